"""The generator halfway between two of the same shape. Usage: python between.py A.safetensors B.safetensors OUT.safetensors

Where one was trained on from the other, so far apart in arithmetic and so near in what they do that the way from one to the
other leads over no ridge, the middle can have what each is better at (Wortsman et al. 2022)."""

import sys

import torch
from safetensors.torch import load_file, save_file


def main():
    one, other = map(load_file, sys.argv[1:3])
    middle = {name: torch.lerp(one[name].float(), value.float(), 0.5).to(value.dtype) for name, value in other.items()}
    save_file(middle, sys.argv[3])


if __name__ == "__main__":
    main()
