"""The ascent of this folder's page in PyTorch, as the yardstick for its numbers.

    python reference.py PACK_FOLDER [STEPS] > reference.json

Needs torch, numpy and safetensors. PACK_FOLDER holds the two safetensors files; they are computed in f32,
from the start and with the settings that README.md states.
"""

import hashlib
import json
import pathlib
import sys

import torch
import torch.nn.functional as F
from safetensors.torch import load_file

UNIT = 0
RATE_START, RATE_END = 0.15, 1e-10
DECAY = 0.99
CODE_SCALE = 1.4309805631637573


def leaky(x):
    return F.leaky_relu(x, 0.3)


def generator(w, scale, code):
    x = leaky(F.linear(code * scale, w["fc1.weight"], w["fc1.bias"]))
    x = leaky(F.linear(x, w["fc.weight"], w["fc.bias"])).reshape(1, -1, 4, 4)
    for i in range(4):
        x = leaky(F.conv_transpose2d(x, w[f"up.{i}.weight"], w[f"up.{i}.bias"], 2, 1))
        x = F.conv2d(x, w[f"c.{i}.weight"], w[f"c.{i}.bias"], 1, 1)
        if i < 3:
            x = leaky(x)
    return x


def classifier(w, x):
    def conv(x, name, stride=1, pad=1):
        return F.conv2d(x, w[f"{name}.weight"], w[f"{name}.bias"], stride, pad)

    x = F.max_pool2d(F.relu(conv(x, "conv1", 1, 3)), 3, 2, 1)
    for layer in range(1, 5):
        for block in range(2):
            name = f"layer{layer}.{block}"
            stride = 2 if layer > 1 and block == 0 else 1
            y = conv(F.relu(conv(x, f"{name}.conv1", stride)), f"{name}.conv2")
            x = F.relu(y + (conv(x, f"{name}.downsample", 2, 0) if stride == 2 else x))
    return F.linear(x.mean((2, 3)), w["fc.weight"], w["fc.bias"])


def main():
    folder = pathlib.Path(sys.argv[1])
    steps = int(sys.argv[2]) if len(sys.argv) > 2 else 10
    files = {"classifier": "classifier-resnet18.safetensors", "generator": "generator.safetensors"}
    c, g = ({k: v.float() for k, v in load_file(folder / files[n]).items()} for n in files)
    manifest = folder / "pack.json"
    scale = CODE_SCALE
    if manifest.exists():
        architecture = json.loads(manifest.read_text())["generator"].get("architecture", {})
        scale = architecture.get("code_scale", CODE_SCALE)

    code, bound = g["code.mean"][None], g["code.mean"] + 3 * g["code.std"]
    activations = []
    for t in range(steps):
        code.requires_grad_()
        activation = classifier(c, generator(g, scale, code).clamp(-1, 1))[0, UNIT]
        (gradient,) = torch.autograd.grad(activation, code)
        activations.append(activation.item())
        rate = RATE_START + (RATE_END - RATE_START) * t / steps
        with torch.no_grad():
            code = code + rate * gradient / gradient.abs().mean()
            code = code.clamp_min(0).minimum(bound) * DECAY
    sha256 = {n: hashlib.sha256((folder / f).read_bytes()).hexdigest() for n, f in files.items()}
    print(json.dumps({"steps": steps, "unit": UNIT, "activations": activations, "sha256": sha256}, indent=1))


if __name__ == "__main__":
    main()
