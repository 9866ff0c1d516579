"""The ascent of this folder's page in PyTorch, as the yardstick for its numbers.

    python reference.py PACK_FOLDER… > reference.json

Needs torch, numpy and safetensors. A PACK_FOLDER holds a pack; its networks are computed in f32, from the start and with
the settings that README.md states.
"""

import hashlib
import json
import math
import pathlib
import sys

import torch
import torch.nn.functional as F
from safetensors.torch import load_file

UNIT = 0
STEPS = 10
RATE_END = 1e-10
DECAY = 0.99


def weights(path):
    """The arrays of a file in f32; those of 8 bits, and of 6 (four in three bytes, their shape beside them), times the factors
    beside them."""
    arrays = load_file(path)
    for name in [name for name in arrays if name.endswith(".shape")]:
        whole, shape = name.removesuffix(".shape"), arrays.pop(name).tolist()
        a, b, c = arrays[whole].int().view(-1, 3).T
        four = [(a | b << 8 | c << 16) >> shift & 63 for shift in (0, 6, 12, 18)]
        arrays[whole] = (torch.stack(four, 1).flatten() - 32)[: math.prod(shape)].view(shape)
    arrays = {name: array.float() for name, array in arrays.items()}
    for name in [name for name in arrays if name.endswith(".scale")]:
        arrays[name.removesuffix(".scale")] *= arrays.pop(name)
    return arrays


def leaky(x):
    return F.leaky_relu(x, 0.3)


def generator(w, architecture, code):
    first = architecture["linear"][0]["name"]
    x = leaky(F.linear(code * architecture["code_scale"], w[f"{first}.weight"], w[f"{first}.bias"]))
    x = leaky(F.linear(x, w["fc.weight"], w["fc.bias"])).reshape(1, -1, 4, 4)
    levels = sum(layer["transposed"] for layer in architecture["convolutions"])
    blocks = {block["before"]: block["name"] for block in architecture.get("residual", [])}
    for i in range(levels):
        if block := blocks.get(f"up.{i}"):
            first, second = (lambda x, n=n: F.conv2d(x, w[f"{block}.{n}.weight"], w[f"{block}.{n}.bias"], 1, 1) for n in (0, 1))
            x = x + second(leaky(first(x)))
        x = leaky(F.conv_transpose2d(x, w[f"up.{i}.weight"], w[f"up.{i}.bias"], 2, 1))
        x = F.conv2d(x, w[f"c.{i}.weight"], w[f"c.{i}.bias"], 1, 1)
        if i < levels - 1:
            x = leaky(x)
    return x


def resnet(w, _, x):
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


def caffenet(w, architecture, x):
    for layer in architecture["convolutions"]:
        name = layer["name"]
        x = F.relu(F.conv2d(x, w[f"{name}.weight"], w[f"{name}.bias"], layer["stride"], layer["padding"]))
        if name in architecture["pooled"]:
            x = F.max_pool2d(x, 3, 2, 1)
    x = x.flatten(1)
    *hidden, last = [layer["name"] for layer in architecture["linear"]]
    for name in hidden:
        x = F.relu(F.linear(x, w[f"{name}.weight"], w[f"{name}.bias"]))
    return F.linear(x, w[f"{last}.weight"], w[f"{last}.bias"])


def ascent(folder):
    manifest = json.loads((folder / "pack.json").read_text())
    drawing, seeing = manifest["generator"], manifest["classifiers"][0]
    files = {"classifier": seeing["weights"]["file"], "generator": drawing["weights"]["file"]}
    c, g = (weights(folder / file) for file in files.values())
    classifier = {"resnet": resnet, "caffenet": caffenet}[seeing["architecture"]["kind"]]
    start = manifest["defaults"]["schedule"]["start"]

    code, bound = g["code.mean"][None], g["code.mean"] + 3 * g["code.std"]
    activations = []
    for t in range(STEPS):
        code.requires_grad_()
        image = generator(g, drawing["architecture"], code).clamp(-1, 1)
        seen = F.avg_pool2d(image, 2) if "average_pool" in seeing.get("view", {}) else image
        activation = classifier(c, seeing["architecture"], seen)[0, UNIT]
        (gradient,) = torch.autograd.grad(activation, code)
        activations.append(activation.item())
        rate = start + (RATE_END - start) * t / STEPS
        with torch.no_grad():
            code = code + rate * gradient / gradient.abs().mean()
            code = code.clamp_min(0).minimum(bound) * DECAY
    sha256 = {name: hashlib.sha256((folder / file).read_bytes()).hexdigest() for name, file in files.items()}
    return {"steps": STEPS, "unit": UNIT, "activations": activations, "sha256": sha256}


if __name__ == "__main__":
    folders = [pathlib.Path(folder) for folder in sys.argv[1:]]
    print(json.dumps({folder.name: ascent(folder) for folder in folders}, indent=1))
