"""What the run makes of the output units of CaffeNet-64, ResNet-18 or EfficientNet-Lite1, and what an outside judge reads
in it: for choosing the run's settings. `dgn evaluate` measures what the pack's own weights and engine do.

Usage: python look.py efficientnet_lite2.pth|resnet18 [--climb caffenet|resnet18|lite1] [--weights FILE] [--every N] [--from N]
  [--known] [--lr 0.1] [--epsilon1 1] [--jitter 8] [--rescale 0.2] [--steps 100] [--seed 0] [--start near-mean|noise]
  [--lite1 efficientnet_lite1.pth] [--batch 10] [--sheet FILE.png]

Prints one line of JSON: the settings, and of how many pictures the judge's first class is the unit's (of those that both
know), within five, and first of all its classes. Of a setting several values may stand, parted by commas: then a line for
each, and for each together with each of the others. Units and seeds are those of the arguments, none is left out; of those
whose class the judge does not know the picture is made and nothing asked, unless `--known` leaves them out. The pictures of
a batch are moved alike. The judge resnet18 is `model_weights.pth` of the work folder."""

import argparse
import itertools
import json
from pathlib import Path

import torch
import torch.nn.functional as F
from PIL import Image

from networks import HERE, caffenet, frozen, generator_from, published, rescaled, resnet18, view

from common import DEVICE, WORK, set_up  # noqa: E402

NEAR, BOUND, DECAY, MEAN_SIZE = 0.5, 3.0, 0.99, 160
SETTINGS = {
    "weights": (str, str(HERE / "kept" / "generator.safetensors")),
    "lr": (float, "0.1"),
    "epsilon1": (float, "1"),
    "jitter": (int, "8"),
    "rescale": (float, "0.2"),
    "steps": (int, "100"),
    "seed": (int, "0"),
    "start": (str, "near-mean"),
}


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("judge")
    parser.add_argument("--climb", default="caffenet")
    parser.add_argument("--lite1", default="")
    for name, value in [("every", 1), ("from", 0), ("batch", 10)]:
        parser.add_argument(f"--{name}", type=int, default=value)
    for name, (kind, value) in SETTINGS.items():
        several = lambda said, kind=kind: [kind(part) for part in said.split(",")]
        parser.add_argument(f"--{name}", type=several, default=several(value))
    parser.add_argument("--known", action="store_true")
    parser.add_argument("--sheet", default="")
    return parser.parse_args()


class Climbs:
    """Ascents of the output units of one classifier, pulled to what the encoder says."""

    def __init__(self, name, lite1, encoder):
        self.encoder, self.network, self.size = encoder, encoder, 64
        if name != "caffenet":
            self.network = frozen(resnet18(WORK) if name == "resnet18" else published(lite1, 1), DEVICE)
            self.size = 64 if name == "resnet18" else MEAN_SIZE

    def __call__(self, x, units):
        """What the units say of images, and the images' codes."""
        x = x.contiguous(memory_format=torch.channels_last)
        seen = self.encoder.activations(view(x, 64))
        logits = seen["fc8"] if self.network is self.encoder else self.network(view(x, self.size))
        return logits.gather(1, units[:, None])[:, 0], F.relu(seen["fc6"])

    def run(self, generator, mean, std, units, settings, random):
        """The pictures and activations of the last step."""
        upper, noise = mean + BOUND * std, torch.randn(len(units), len(mean), generator=random).to(DEVICE)
        y = mean + NEAR * noise * std if settings["start"] == "near-mean" else noise * std
        y = y.clamp_min(0)
        for step in range(settings["steps"]):
            y = y.detach().requires_grad_()
            x = generator(y).clamp(-1, 1)
            jitter, rescale = settings["jitter"], settings["rescale"]
            shift = torch.randint(-jitter, jitter + 1, (2,), generator=random).tolist()
            moved = torch.roll(x, shift, (2, 3))
            if rescale:
                moved = rescaled(moved, 1 + rescale * (2 * torch.rand(1, generator=random).item() - 1))
            a, code = self(moved, units)
            (g,) = torch.autograd.grad(a.sum(), y)
            rate = settings["lr"] * (1 - step / settings["steps"])
            with torch.no_grad():
                g = g / (g.abs().mean(1, keepdim=True) + 1e-12) + settings["epsilon1"] * (code - y)
                y = (y + rate * g).clamp_min(0).minimum(upper) * DECAY
        return ((x.detach() + 1) * 127.5).round().div(127.5).sub(1), a.detach()


def main():
    options = arguments()
    set_up()
    encoder = frozen(caffenet(), DEVICE)
    climbs = Climbs(options.climb, options.lite1, encoder)
    classes = json.loads((HERE / "recipe.json").read_text())["manifest"]["classifiers"]
    classes = [[c["id"] for c in classifier["classes"]] for classifier in classes]
    ids = classes[["caffenet", "resnet18", "lite1"].index(options.climb)]
    by_resnet = options.judge == "resnet18"
    judge = frozen(resnet18(WORK) if by_resnet else published(options.judge, 2), DEVICE)
    judged_at, known = (64 if by_resnet else MEAN_SIZE), {c: i for i, c in enumerate(classes[1 if by_resnet else 2])}
    shared = torch.tensor([known[i] for i in ids if i in known], device=DEVICE)
    units = list(range(getattr(options, "from"), len(ids), options.every))
    if options.known:
        units = [unit for unit in units if ids[unit] in known]
    for values in itertools.product(*(getattr(options, name) for name in SETTINGS)):
        settings = dict(zip(SETTINGS, values))
        generator, statistics = generator_from(settings["weights"])
        generator, mean, std = frozen(generator, DEVICE), *(statistics[f"code.{k}"].to(DEVICE) for k in ("mean", "std"))
        random = torch.Generator().manual_seed(settings["seed"])
        judged, pictures, activations = [], [], []
        for first in range(0, len(units), options.batch):
            part = units[first : first + options.batch]
            x, a = climbs.run(generator, mean, std, torch.tensor(part, device=DEVICE), settings, random)
            asked = [number for number, unit in enumerate(part) if ids[unit] in known]
            with torch.no_grad():
                logits = judge(view(x, judged_at))[asked]
            wanted = torch.tensor([known[ids[part[number]]] for number in asked], dtype=torch.long, device=DEVICE)
            own = logits.gather(1, wanted[:, None])
            judged.append(torch.stack([(logits[:, shared] > own).sum(1), (logits > own).sum(1)], 1))
            activations.append(a)
            pictures.append(x)
        ranks, activations = torch.cat(judged), torch.cat(activations)
        if not len(ranks):
            raise SystemExit("The judge knows none of these units' classes.")
        share = lambda hits: round(hits.float().mean().item() * 100, 1)
        found = {
            "units": len(units),
            "asked": len(ranks),
            "first": share(ranks[:, 0] < 1),
            "within five": share(ranks[:, 0] < 5),
            "first of all": share(ranks[:, 1] < 1),
            "activation": round(activations.median().item(), 2),
        }
        said = {k: v for k, v in vars(options).items() if k not in ("judge", "lite1", "sheet", "batch")}
        said |= settings | {"weights": Path(settings["weights"]).name}
        print(json.dumps(said | found), flush=True)
    if options.sheet:
        sheet(torch.cat(pictures), options.sheet)


def sheet(pictures, path):
    """All pictures of the last settings, in rows."""
    x = ((pictures + 1) * 127.5).byte().cpu()
    columns = 10 if len(x) <= 100 else 20
    x = F.pad(x, (0, 0, 0, 0, 0, 0, 0, -len(x) % columns), value=255)
    rows = x.view(-1, columns, *x.shape[1:]).permute(0, 3, 1, 4, 2).flatten(0, 1).flatten(1, 2)
    Image.fromarray(rows.numpy()).save(path)


if __name__ == "__main__":
    main()
