"""How strongly real images excite each unit of EfficientNet-Lite1.
Usage: python strongest.py efficientnet_lite1.pth FOLDER…

Every image under the folders (JPEG) is cut to its middle square, brought to 128 pixels, and seen by the network as the
page shows it one. For every unit of every layer the five strongest activations are kept as numbers: for convolutional
units at the centre of the map, and as the mean over it. Goes on where it was broken off."""

import random
import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from networks import SIDE, frozen, published, view

from common import DEVICE, SEED, WORK, Log, load, save, set_up, to_unit  # noqa: E402

STRONGEST, BATCH, EVERY = 5, 100, 20
SEEN_AT = 160


def square(path):
    """The middle of an image, [128, 128, 3]."""
    with Image.open(path) as image:
        image = image.convert("RGB")
        side = min(image.size)
        left, top = (image.width - side) // 2, (image.height - side) // 2
        box = (left, top, left + side, top + side)
        return np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BICUBIC, box=box))


class Images(torch.utils.data.Dataset):
    def __init__(self, paths):
        self.paths = paths

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, number):
        return torch.from_numpy(square(self.paths[number])).permute(2, 0, 1)


def readings(seen):
    for name, x in seen.items():
        if x.dim() == 4:
            yield f"{name}.centre", x[:, :, x.shape[2] // 2, x.shape[3] // 2]
            yield f"{name}.mean", x.mean((2, 3))
        else:
            yield name, x


def main():
    set_up()
    network = frozen(published(sys.argv[1], 1), DEVICE)
    paths = sorted(p for folder in sys.argv[2:] for p in Path(folder).rglob("*") if p.suffix.lower() in (".jpeg", ".jpg"))
    random.Random(SEED).shuffle(paths)
    log, checkpoint = Log("strongest-lite1"), WORK / "strongest-lite1.pt"
    state = load(checkpoint) or {"seen": 0, "best": {}}
    best = state["best"]
    rest = torch.utils.data.DataLoader(Images(paths[state["seen"] :]), BATCH)
    for number, pixels in enumerate(rest, 1):
        with torch.inference_mode():
            seen = network.activations(view(to_unit(pixels.to(DEVICE)), SEEN_AT))
            for name, values in readings(seen):
                both = torch.cat([best[name], values]) if name in best else values.clone()
                best[name] = both.topk(min(STRONGEST, len(both)), 0).values
        state["seen"] += len(pixels)
        if number % EVERY == 0 or state["seen"] == len(paths):
            save(checkpoint, state)
            log.write(seen=state["seen"], of=len(paths), output=best["fc"][0].mean().item())


if __name__ == "__main__":
    main()
