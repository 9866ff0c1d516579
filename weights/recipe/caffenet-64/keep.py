"""Beside the stages: keeps what training made so far in the repository, so that nobody has to begin anew.
Usage: python keep.py (from the work folder into `kept`), python keep.py back (from `kept` into the work folder)

The classifier, the generator with its code's statistics, and the discriminator, matrices and kernels rounded to 16
bits. The pack is made from them: what comes back serves every stage after the classifier; `generator.py` begins with
it in place of `inherit.py`'s weights, its rates anew."""

import sys

import torch
from safetensors.torch import load_file, save_file

from common import HERE, WORK, code_scale, save, set_up

KEPT = HERE / "kept"


def keep():
    load = lambda name: torch.load(WORK / name, map_location="cpu", weights_only=True)
    trained = load("generator.pt")
    trained["average"].pop("scale")
    states = {
        "classifier-caffenet": load("caffenet.pt"),
        "generator": trained["average"] | load("statistics.pt"),
        "discriminator": trained["judge"],
    }
    KEPT.mkdir(exist_ok=True)
    for name, state in states.items():
        rounded = {k: (v.half() if v.dim() > 1 else v.float()).contiguous() for k, v in state.items()}
        save_file(rounded, KEPT / f"{name}.safetensors")


def bring_back():
    load = lambda name: {k: v.float() for k, v in load_file(KEPT / f"{name}.safetensors").items()}
    generator = load("generator")
    statistics = {k: generator.pop(k) for k in list(generator) if k.startswith("code.")}
    save(WORK / "caffenet.pt", load("classifier-caffenet"))
    save(WORK / "statistics.pt", statistics)
    save(WORK / "inherited.pt", generator | {"scale": torch.tensor(code_scale(statistics))})
    save(WORK / "discriminator.pt", load("discriminator"))


def main():
    set_up()
    bring_back() if sys.argv[1:] == ["back"] else keep()


if __name__ == "__main__":
    main()
