"""How pictures of `look.py` stand to photographs and to each other, in the features of an outside judge: what `dgn evaluate`
measures of a pack's own engine, by the same formulas.

Usage: python measure.py efficientnet_lite2.pth PHOTOGRAPHS [SHEET.png…] [--units 200]

PHOTOGRAPHS is a folder of ImageNet's images whose names begin with their class's wnid. Each SHEET holds the last pictures of
so many units of one seed, in the same order as the other sheets. Prints a line of JSON: what the judge reads in the
photographs, of all 1000 classes and of those among the 200 of Tiny ImageNet; and of the sheets the kernel distance of all
pictures from the photographs (Bińkowski et al. 2018, of the pooled features) and the distance between the seeds' pictures of
a unit (Zhang et al. 2018 without learned weights; 0 for equal pictures, 2 at most), median and lowest."""

import argparse
import json
import re
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from networks import HERE, SIDE, frozen, published, view

from common import DEVICE, set_up  # noqa: E402

JUDGED_AT, PART = 160, 20


def pictures(path, count):
    """The pictures of a sheet, [n, 3, 128, 128] in -1..1."""
    sheet = torch.from_numpy(np.asarray(Image.open(path).convert("RGB"), dtype=np.float32)) / 127.5 - 1
    rows, columns = (side // SIDE for side in sheet.shape[:2])
    return sheet.view(rows, SIDE, columns, SIDE, 3).permute(0, 2, 4, 1, 3).flatten(0, 1)[:count]


def photograph(path):
    """The middle square of an image."""
    image = Image.open(path).convert("RGB")
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    image = image.crop((left, top, left + side, top + side)).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    return torch.from_numpy(np.asarray(image, dtype=np.float32)).permute(2, 0, 1) / 127.5 - 1


def seen(judge, images):
    """The judge's logits and pooled features of images."""
    parts = [judge.activations(view(part.to(DEVICE), JUDGED_AT)) for part in images.split(PART)]
    return torch.cat([part["fc"] for part in parts]), torch.cat([part["avgpool"] for part in parts]).double()


def kernel_distance(x, y):
    """The unbiased estimate of the squared maximum mean discrepancy with the kernel (x·y / d + 1)³."""
    k = lambda a, b: (a @ b.T / a.shape[1] + 1) ** 3
    own = lambda a: (k(a, a).sum() - k(a, a).diagonal().sum()) / (len(a) * (len(a) - 1))
    return (own(x) + own(y) - 2 * k(x, y).mean()).item()


def spread(judge, images):
    """The mean distance over all pairs of some images."""
    layers = [x for name, x in judge.activations(view(images.to(DEVICE), JUDGED_AT)).items() if x.ndim == 4]
    distances = []
    for layer in map(F.relu, layers):
        unit = layer / (layer.square().sum(1, keepdim=True).sqrt() + 1e-6)
        pairs = [(a - b).square().sum(0).mean() for i, a in enumerate(unit) for b in unit[i + 1 :]]
        distances.append(torch.stack(pairs).mean())
    return torch.stack(distances).mean().item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("judge")
    parser.add_argument("photographs", type=Path)
    parser.add_argument("sheets", nargs="*")
    parser.add_argument("--units", type=int, default=200)
    options = parser.parse_args()
    set_up()
    judge = frozen(published(options.judge, 2), DEVICE)
    classes = json.loads((HERE / "recipe.json").read_text())["manifest"]["classifiers"]
    tiny, all_of = ([c["id"] for c in classes[number]["classes"]] for number in (0, 2))
    files = sorted(p for p in options.photographs.rglob("*") if p.name[:9] in all_of and not p.is_dir())
    photographs = torch.stack([photograph(path) for path in files])
    found = {"photographs": len(files)}
    share = lambda hits: round(hits.float().mean().item() * 100, 1)
    with torch.no_grad():
        logits, real = seen(judge, photographs)
        wanted = torch.tensor([all_of.index(re.match(r"n\d{8}", path.name)[0]) for path in files], device=DEVICE)
        own, among = logits.gather(1, wanted[:, None]), torch.tensor([all_of.index(c) for c in tiny], device=DEVICE)
        shared = torch.isin(wanted, among)
        ranks, of_all = (logits[:, among] > own).sum(1)[shared], (logits > own).sum(1)
        found |= {
            "of the 200": {
                "photographs": len(ranks),
                "first": share(ranks < 1),
                "within five": share(ranks < 5),
                "first of all": share(of_all[shared] < 1),
            },
            "of all": {"first": share(of_all < 1), "within five": share(of_all < 5)},
        }
        if options.sheets:
            seeds = torch.stack([pictures(path, options.units) for path in options.sheets])
            found["kernel distance"] = round(kernel_distance(seen(judge, seeds.flatten(0, 1))[1], real), 4)
            if len(seeds) > 1:
                apart = sorted(spread(judge, of_unit) for of_unit in seeds.unbind(1))
                found["apart"] = {"median": round(apart[len(apart) // 2], 3), "lowest": round(apart[0], 3)}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
