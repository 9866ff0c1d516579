"""How strongly real images excite each unit of EfficientNet-Lite1.
Usage: python strongest.py efficientnet_lite1.pth FOLDER…

Every image under the folders (JPEG) is cut to its middle square, brought to 128 pixels, and seen by the network as the
page shows it one. For every unit of every layer the five strongest activations are kept as numbers: for convolutional
units at the centre of the map, and as the mean over it.

The images are taken in the order of their digests, which are of their paths below the folders: as good as random, and the
same everywhere. So what `kept` holds says how far it has come, and any machine that has the same images goes on from there,
or from the checkpoint in the work folder, whichever has come farther. `python strongest.py --keep` writes the checkpoint
into `kept`."""

import hashlib
import os
import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from networks import HERE, SIDE, frozen, published, view

from common import DEVICE, WORK, Log, load, save, set_up, to_unit  # noqa: E402

STRONGEST, BATCH, EVERY = 5, 100, 20
SEEN_AT = 160
KEPT, CHECKPOINT = HERE / "kept" / "strongest-lite1.safetensors", WORK / "strongest-lite1.pt"


def digest(folder, path):
    return hashlib.sha256(path.relative_to(folder).as_posix().encode()).hexdigest()


def so_far():
    """What is known: how many images of how many were seen, the digest of the last, and the strongest, [5, units] each."""
    begun = [load(CHECKPOINT) or {"seen": 0, "of": 0, "last": "", "best": {}}]
    if KEPT.exists():
        with safe_open(KEPT, "pt") as file:
            said = file.metadata()
        best = {name: array.T.to(DEVICE) for name, array in load_file(KEPT).items()}
        begun.append({"seen": int(said["seen"]), "of": int(said["of"]), "last": said["last"], "best": best})
    return max(begun, key=lambda state: state["last"])


def keep():
    """Writes it as a pack's file has it, [units, 5]; what it was measured on as metadata."""
    state = so_far()
    arrays = {name: array.T.contiguous().cpu() for name, array in state["best"].items()}
    save_file(arrays, KEPT, {"seen": str(state["seen"]), "of": str(state["of"]), "last": state["last"]})


def square(path):
    """The middle of an image, [128, 128, 3]."""
    with Image.open(path) as image:
        image = image.convert("RGB")
        side = min(image.size)
        left, top = (image.width - side) // 2, (image.height - side) // 2
        box = (left, top, left + side, top + side)
        return np.array(image.resize((SIDE, SIDE), Image.Resampling.BICUBIC, box=box))


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
    # Numbers that are compared with the engine's.
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    if sys.argv[1:] == ["--keep"]:
        return keep()
    network = frozen(published(sys.argv[1], 1), DEVICE)
    images = {}
    for folder in map(Path, sys.argv[2:]):
        found = (p for p in folder.rglob("*") if p.suffix.lower() in (".jpeg", ".jpg"))
        images |= {digest(folder, path): path for path in found}
    log, state = Log("strongest-lite1"), so_far()
    state["of"] = len(images)
    rest = sorted(name for name in images if name > state["last"])
    # Where the network takes no time, reading the images does.
    readers = os.cpu_count() if DEVICE.type == "cuda" else 0
    loader = torch.utils.data.DataLoader(Images([images[name] for name in rest]), BATCH, num_workers=readers)
    best, names = state["best"], iter(rest)
    for number, pixels in enumerate(loader, 1):
        with torch.inference_mode():
            seen = network.activations(view(to_unit(pixels.to(DEVICE)), SEEN_AT))
            for name, values in readings(seen):
                both = torch.cat([best[name], values]) if name in best else values.clone()
                best[name] = both.topk(min(STRONGEST, len(both)), 0).values
        state["seen"] += len(pixels)
        state["last"] = [next(names) for _ in range(len(pixels))][-1]
        if number % EVERY == 0 or state["last"] == rest[-1]:
            save(CHECKPOINT, state)
            log.write(seen=state["seen"], of=len(images), output=best["fc"][0].mean().item())


if __name__ == "__main__":
    main()
