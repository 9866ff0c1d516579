"""Stage 8: writes what was trained as safetensors, and the recipe for `dgn pack`. Usage: python export.py [RATE]

RATE is the default learning rate of the ascent; see README.md for how it was found."""

import hashlib
import json
import sys

import torch
from safetensors.torch import save_file

from common import CLASSES, HERE, SIDE, WORK, generator_so_far, set_up
from nets import CODE, SLOPE, CaffeNet, Generator

PACK = "caffenet-64"
LICENCE = "MIT"


def write(name, arrays):
    """Writes a file of f32 arrays; gives what the recipe says of an original."""
    path = WORK / name
    save_file({k: v.float().contiguous() for k, v in arrays.items()}, path)
    return {"file": name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}


def convolution(name, channels, kernel, stride, padding, transposed=False):
    return dict(name=name, transposed=transposed, channels=channels, kernel=kernel, stride=stride, padding=padding)


def classifier_architecture():
    kinds = dict(CaffeNet(folded=True).named_children())
    convolutions = [(name, kinds[name]) for name in CaffeNet.LAYERS if name.startswith("conv")]
    return {
        "kind": "caffenet",
        "convolutions": [
            convolution(name, c.out_channels, c.kernel_size[0], c.stride[0], c.padding[0]) for name, c in convolutions
        ],
        "pooled": CaffeNet.POOLED,
        "linear": [
            {"name": name, "units": kinds[name].out_features} for name in CaffeNet.LAYERS if name.startswith("fc")
        ],
    }


def generator_architecture(scale):
    channels = Generator.CHANNELS
    layers = []
    for number, (name, last) in enumerate(zip(channels[1:], [False, False, False, True])):
        layers.append(convolution(f"up.{number}", name, 4, 2, 1, True))
        layers.append(convolution(f"c.{number}", 3 if last else name, 3, 1, 1))
    return {
        "kind": "deconvolution_tower",
        "code": CODE,
        "code_scale": scale,
        "negative_slope": SLOPE,
        "linear": [{"name": "fc7", "units": CODE}, {"name": "fc", "units": channels[0] * 16}],
        "base": [channels[0], 4, 4],
        "convolutions": layers,
    }


def main():
    set_up()
    rate = float(sys.argv[1]) if len(sys.argv) > 1 else 0.05
    load = lambda name: torch.load(WORK / name, map_location="cpu", weights_only=True)
    trained, strongest = generator_so_far(), load("strongest.pt")
    scale = trained.pop("scale").item()
    sources = [
        write("generator.safetensors", trained | load("statistics.pt"))
        | {"into": "generator.safetensors", "keep": "i8"},
        write("classifier-caffenet.safetensors", load("caffenet.pt"))
        | {"into": "classifier-caffenet.safetensors", "keep": "i8"},
    ]
    for name in ("caffenet", "resnet18"):
        into = f"strongest-{name}.safetensors"
        sources.append(write(into, strongest[name]) | {"into": into, "keep": "f32"})
    sources.append(write("natural.safetensors", load("natural.pt")) | {"into": "natural.safetensors", "keep": "i8"})
    # The teacher as the other pack has it.
    other = json.loads((HERE.parent / "tiny-imagenet-64" / "recipe.json").read_text())
    teacher = other["manifest"]["classifiers"][0]
    sources += [source for source in other["sources"] if source["into"] == teacher["weights"]["file"]]
    nothing_yet = lambda name: {"file": name, "bytes": 0, "sha256": ""}
    classifier = {
        "name": "caffenet",
        "title": "CaffeNet-64",
        "weights": nothing_yet("classifier-caffenet.safetensors"),
        "strongest": nothing_yet("strongest-caffenet.safetensors"),
        "architecture": classifier_architecture(),
        "preprocessing": teacher["preprocessing"],
        "classes": teacher["classes"],
        "licence": LICENCE,
        "origin": "Trained for this project on the training images of Tiny ImageNet, taught by the ResNet-18 of this pack; "
        "see weights/recipe.",
    }
    assert len(classifier["classes"]) == CLASSES
    manifest = other["manifest"] | {
        "format": 2,
        "name": PACK,
        "title": "Tiny ImageNet, 64 × 64: CaffeNet",
        "image": {"height": SIDE, "width": SIDE},
        "generator": {
            "weights": nothing_yet("generator.safetensors"),
            "architecture": generator_architecture(scale),
            "encoder": "caffenet",
            "encoder_layer": "fc6",
            "licence": LICENCE,
            "origin": "Trained for this project on the training images of Tiny ImageNet; see weights/recipe.",
        },
        "natural": nothing_yet("natural.safetensors"),
        "classifiers": [classifier, teacher | {"strongest": nothing_yet("strongest-resnet18.safetensors")}],
    }
    manifest["defaults"] = manifest["defaults"] | {
        "unit": {"layer": "fc8", "index": 0},
        "schedule": {"start": rate, "end": 0.0},
    }
    manifest["tuning"] = (HERE / "tuning.txt").read_text().strip() if (HERE / "tuning.txt").exists() else ""
    text = json.dumps({"manifest": manifest, "sources": sources}, indent=1, ensure_ascii=False)
    (HERE / "recipe.json").write_text(text + "\n")
    print(f"code_scale {scale}")


if __name__ == "__main__":
    main()
