"""Stage 6: the generator's first weights, made from the generator of the pack tiny-imagenet-64.
Usage: python inherit.py model_weights.pth

That generator draws from another code (the ResNet's pooled features) and is wider, but how to draw it knows already,
and starting from it saves some ten hours on a CPU. Its channels are pruned to the number wanted, the ones that matter
most to the next layer kept; what the others contributed on average goes into the next layer's bias. Its code is
predicted from the new one by ridge regression, which becomes part of the first layer. Half of the hidden units are
new."""

import sys

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file

from common import DEVICE, HERE, SEED, WORK, code_scale, images, save, set_up, to_unit
from codes import encoder
from nets import SLOPE, Generator
from teacher import load_teacher

PACK = HERE.parents[1] / "tiny-imagenet-64"
# In the pack's description.
CODE_SCALE = 1.4309806
SAMPLE, BATCH = 6_000, 250
RIDGE = 1e-2


def pairs(teacher, encode):
    """New and old codes of some training images, [n, 1024] and [n, 512]."""
    pixels, _ = images("train")
    chosen = np.sort(np.random.default_rng(SEED).choice(len(pixels), SAMPLE, replace=False))
    new, old = [], []
    with torch.no_grad():
        for part in pixels[torch.from_numpy(chosen).to(DEVICE)].split(BATCH):
            x = to_unit(part)
            new.append(F.relu(encode.activations(x)["fc6"]))
            old.append(teacher.activations(x)["avgpool"])
    return torch.cat(new), torch.cat(old)


def regression(x, y):
    """Weights [outputs, inputs] and biases [outputs] that predict y from x best, the weights held small."""
    means = x.mean(0), y.mean(0)
    a, b = (x - means[0]).double(), (y - means[1]).double()
    square = a.T @ a
    weights = torch.linalg.solve(
        square + RIDGE * square.diagonal().mean() * torch.eye(len(square), dtype=a.dtype, device=a.device), a.T @ b
    )
    predicted = (a @ weights).float()
    print(f"of the old code's variance, {1 - (predicted - b).pow(2).sum() / b.pow(2).sum():.3f} is predicted")
    weights = weights.T.float()
    return weights, means[1] - weights @ means[0]


def prune(old, name, following, activations, count, share):
    """Keeps `count` output channels of a layer. `activations` are the layer's after its leaky ReLU, [n, channels, ...];
    `share` is the part of the next layer's kernel that falls on one output pixel."""
    weight = old[following + ".weight"]
    transposed = following.startswith("up")
    if transposed:
        weight = weight.transpose(0, 1)
    reach = weight.pow(2).sum((0, 2, 3)).sqrt()
    swing = activations.transpose(0, 1).flatten(1).std(1)
    order = (reach * swing).argsort(descending=True)
    kept, dropped = order[:count].sort().values, order[count:]
    means = activations.transpose(0, 1).flatten(1).mean(1)
    old[following + ".bias"] = old[following + ".bias"] + (weight[:, dropped].sum((2, 3)) * share) @ means[dropped]
    weight = weight[:, kept]
    old[following + ".weight"] = (weight.transpose(0, 1) if transposed else weight).contiguous()
    return kept


def first_weights(teacher, encode, scale):
    """State of a new generator for codes of this scale."""
    old = {k: v.float().to(DEVICE) for k, v in load_file(PACK / "generator.safetensors").items()}
    new_codes, old_codes = pairs(teacher, encode)
    channels = Generator.CHANNELS
    leaky = lambda x: F.leaky_relu(x, SLOPE)
    x = leaky(F.linear(old_codes[:BATCH] * CODE_SCALE, old["fc1.weight"], old["fc1.bias"]))
    x = leaky(F.linear(x, old["fc.weight"], old["fc.bias"])).unflatten(1, (-1, 4, 4))

    layers = [f"{kind}.{number}" for number in range(4) for kind in ("up", "c")]
    kept = prune(old, "fc", "up.0", x, channels[0], 0.25)
    rows = (kept[:, None] * 16 + torch.arange(16, device=DEVICE)).flatten()
    old["fc.weight"], old["fc.bias"] = old["fc.weight"][rows], old["fc.bias"][rows]
    x = x[:, kept]
    for name, following in zip(layers, layers[1:]):
        weight, bias = old[name + ".weight"], old[name + ".bias"]
        up = name.startswith("up")
        x = leaky(F.conv_transpose2d(x, weight, bias, 2, 1) if up else F.conv2d(x, weight, bias, 1, 1))
        count = channels[int(name[-1]) + 1]
        kept = prune(old, name, following, x, count, 0.25 if following.startswith("up") else 1)
        old[name + ".weight"] = (weight[:, kept] if up else weight[kept]).contiguous()
        old[name + ".bias"] = bias[kept]
        x = x[:, kept]

    state = Generator(scale).to(DEVICE).state_dict()
    state |= {k: v for k, v in old.items() if k.startswith(("up", "c."))}
    weights, biases = regression(new_codes, old_codes)
    half = len(old["fc1.bias"])
    state["fc7.weight"][:half] = CODE_SCALE * old["fc1.weight"] @ weights / scale
    state["fc7.bias"][:half] = old["fc1.bias"] + CODE_SCALE * old["fc1.weight"] @ biases
    state["fc.weight"][:, :half] = old["fc.weight"]
    state["fc.weight"][:, half:] *= 0.2
    state["fc.bias"] = old["fc.bias"]
    return state


def main():
    set_up()
    statistics = torch.load(WORK / "statistics.pt", weights_only=True)
    scale = code_scale(statistics)
    state = first_weights(load_teacher(sys.argv[1]), encoder(), scale)
    save(WORK / "inherited.pt", state)


if __name__ == "__main__":
    main()
