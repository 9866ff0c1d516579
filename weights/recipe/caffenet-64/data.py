"""Stage 1: decodes Tiny ImageNet once. Usage: python data.py FOLDER (the unpacked tiny-imagenet-200)."""

import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

from common import CLASSES, WORK, set_up


def decode(path):
    return np.asarray(Image.open(path).convert("RGB"))


def of_class(folder):
    return np.stack([decode(path) for path in sorted((folder / "images").iterdir())])


def main():
    set_up()
    root = Path(sys.argv[1])
    # The classifiers' units are in the order of the sorted ids, not in that of the file.
    ids = sorted((root / "wnids.txt").read_text().split())
    assert len(ids) == CLASSES
    with ProcessPoolExecutor() as pool:
        train = list(pool.map(of_class, [root / "train" / name for name in ids]))
        np.save(WORK / "train_images.npy", np.concatenate(train))
        np.save(WORK / "train_classes.npy", np.repeat(np.arange(CLASSES), [len(x) for x in train]).astype(np.uint8))
        rows = [line.split("\t")[:2] for line in (root / "val" / "val_annotations.txt").read_text().splitlines()]
        paths = [root / "val" / "images" / name for name, _ in rows]
        np.save(WORK / "val_images.npy", np.stack(list(pool.map(decode, paths, chunksize=100))))
    np.save(WORK / "val_classes.npy", np.array([ids.index(name) for _, name in rows], np.uint8))


if __name__ == "__main__":
    main()
