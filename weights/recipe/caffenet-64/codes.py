"""Stage 4: the code of every image, its statistics, and how strongly real images excite each unit.
Usage: python codes.py model_weights.pth

For every unit of every layer of both classifiers, the five strongest activations on the validation images are kept as
numbers: for convolutional units at the centre of the map, and as the mean over it."""

import sys

import numpy as np
import torch
import torch.nn.functional as F

from common import DEVICE, WORK, Log, half, images, set_up, to_unit
from nets import CaffeNet, ResNet18, frozen

STRONGEST = 5


def encoder():
    network = CaffeNet(folded=True)
    network.load_state_dict(torch.load(WORK / "caffenet.pt", map_location="cpu", weights_only=True))
    return frozen(network, DEVICE)


def encode(network, pixels):
    """Codes [n, 1024]: fc6 after its rectification, as f16."""
    with torch.no_grad(), half():
        parts = [F.relu(network.activations(to_unit(p))["fc6"]).half().cpu() for p in pixels.split(500)]
    return torch.cat(parts)


def strongest(network, pixels):
    """By layer: [units, 5], strongest first; two such arrays for a convolutional layer."""
    best = {}
    for part in pixels.split(250):
        with torch.no_grad():
            seen = network.activations(to_unit(part))
        for name, x in seen.items():
            readings = {name: x}
            if x.dim() == 4:
                readings = {f"{name}.centre": x[:, :, x.shape[2] // 2, x.shape[3] // 2], f"{name}.mean": x.mean((2, 3))}
            for key, values in readings.items():
                both = torch.cat([best[key], values]) if key in best else values
                best[key] = both.topk(min(STRONGEST, len(both)), 0).values
    return {name: values.T.float().cpu().contiguous() for name, values in best.items()}


def main():
    set_up()
    log, network = Log("codes"), encoder()
    for split in ("val", "train"):
        pixels, _ = images(split)
        codes = encode(network, pixels)
        log.write(split=split, mean=codes.float().mean().item(), active=(codes > 0).float().mean().item())
    codes = codes.float()
    statistics = {"code.mean": codes.mean(0), "code.std": codes.std(0), "code.max": codes.amax(0)}
    torch.save(statistics, WORK / "statistics.pt")
    log.write(mean=statistics["code.mean"].mean().item(), std=statistics["code.std"].mean().item())
    teacher = ResNet18()
    teacher.load_state_dict(torch.load(sys.argv[1], map_location="cpu", weights_only=True))
    pixels, _ = images("val")
    torch.save(
        {"caffenet": strongest(network, pixels), "resnet18": strongest(frozen(teacher, DEVICE), pixels)},
        WORK / "strongest.pt",
    )


if __name__ == "__main__":
    main()
