"""What the run makes of the output units of CaffeNet-64, ResNet-18 or EfficientNet-Lite1, and what an outside judge reads
in it: for choosing the run's settings. `dgn evaluate` measures what the pack's own weights and engine do.

Usage: python look.py efficientnet_lite2.pth|resnet18 [--climb caffenet|resnet18|lite1] [--weights FILE] [--every N] [--from N]
  [--known] [--lr 0.1] [--epsilon1 1] [--jitter 8] [--rescale 0.2] [--steps 100] [--seed 0] [--start near-mean|noise]
  [--lite1 efficientnet_lite1.pth] [--sheet FILE.png]

Prints one line of JSON: the settings, and of how many pictures the judge's first class is the unit's (of those that both
know), within five, and first of all its classes. Units and seeds are those of the arguments, none is left out; of those
whose class the judge does not know the picture is made and nothing asked, unless `--known` leaves them out. The judge resnet18
is `model_weights.pth` of the work folder."""

import argparse
import json
from pathlib import Path

import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import load_file

from networks import HERE, CaffeNet, Generator, ResNet18, frozen, published, view

from common import DEVICE, WORK, set_up  # noqa: E402

BATCH, NEAR, BOUND, DECAY, MEAN_SIZE = 10, 0.5, 3.0, 0.99, 160


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("judge")
    parser.add_argument("--climb", default="caffenet")
    parser.add_argument("--weights", default=str(HERE / "kept" / "generator.safetensors"))
    parser.add_argument("--lite1", default="")
    for name, kind, value in [
        ("every", int, 1),
        ("from", int, 0),
        ("lr", float, 0.1),
        ("epsilon1", float, 1.0),
        ("jitter", int, 8),
        ("rescale", float, 0.2),
        ("steps", int, 100),
        ("seed", int, 0),
    ]:
        parser.add_argument(f"--{name}", type=kind, default=value)
    parser.add_argument("--known", action="store_true")
    parser.add_argument("--start", default="near-mean")
    parser.add_argument("--sheet", default="")
    return parser.parse_args()


def rescaled(x, factor):
    """Images enlarged about their middle by a factor, or made smaller with their edges drawn out, at the same size."""
    theta = torch.tensor([[1 / factor, 0, 0], [0, 1 / factor, 0]]).expand(len(x), 2, 3)
    grid = F.affine_grid(theta, x.shape, align_corners=False)
    return F.grid_sample(x, grid, "bilinear", "border", align_corners=False)


def main():
    options = arguments()
    set_up()
    state = {k: v.float() for k, v in load_file(options.weights).items()}
    mean, std = state.pop("code.mean"), state.pop("code.std")
    state.pop("code.max", None)
    generator = Generator()
    generator.load_state_dict(state, strict="scale" in state)
    generator = frozen(generator, DEVICE)
    encoder = CaffeNet(folded=True)
    kept = load_file(HERE.parent / "caffenet-64" / "kept" / "classifier-caffenet.safetensors")
    encoder.load_state_dict({k: v.float() for k, v in kept.items()})
    encoder = frozen(encoder, DEVICE)
    classes = json.loads((HERE / "recipe.json").read_text())["manifest"]["classifiers"]
    thousand = {c["id"]: i for i, c in enumerate(classes[2]["classes"])}
    resnet = ResNet18()
    if "resnet18" in (options.judge, options.climb):
        resnet.load_state_dict(torch.load(WORK / "model_weights.pth", map_location="cpu", weights_only=True))
    judge, judged_at, known = resnet, 64, {c["id"]: i for i, c in enumerate(classes[1]["classes"])}
    if options.judge != "resnet18":
        judge, judged_at, known = published(options.judge, 2), MEAN_SIZE, thousand
    judge = frozen(judge, DEVICE)
    if options.climb == "caffenet":
        climbed, size, ids = encoder, 64, [c["id"] for c in classes[0]["classes"]]
    elif options.climb == "resnet18":
        climbed, size, ids = resnet, 64, [c["id"] for c in classes[1]["classes"]]
    else:
        climbed, size, ids = published(options.lite1, 1), MEAN_SIZE, list(thousand)
    climbed = frozen(climbed, DEVICE)
    shared = torch.tensor([known[i] for i in ids if i in known])
    units = list(range(getattr(options, "from"), len(ids), options.every))
    if options.known:
        units = [unit for unit in units if ids[unit] in known]
    random = torch.Generator().manual_seed(options.seed)
    upper, judged, pictures, activations = mean + BOUND * std, [], [], []
    for first in range(0, len(units), BATCH):
        part = torch.tensor(units[first : first + BATCH])
        noise = torch.randn(len(part), len(mean), generator=random)
        y = mean + NEAR * noise * std if options.start == "near-mean" else noise * std
        y = y.clamp_min(0)
        for step in range(options.steps):
            y = y.detach().requires_grad_()
            x = generator(y).clamp(-1, 1)
            shift = torch.randint(-options.jitter, options.jitter + 1, (2,), generator=random).tolist()
            moved = torch.roll(x, shift, (2, 3))
            if options.rescale:
                factor = 1 + options.rescale * (2 * torch.rand(1, generator=random).item() - 1)
                moved = rescaled(moved, factor)
            small = view(moved, 64)
            if options.climb == "caffenet":
                seen = encoder.activations(small)
                a, code = seen["fc8"].gather(1, part[:, None])[:, 0], F.relu(seen["fc6"])
            else:
                a = climbed(view(moved, size)).gather(1, part[:, None])[:, 0]
                code = F.relu(encoder.activations(small)["fc6"]) if options.epsilon1 else y
            (g,) = torch.autograd.grad(a.sum(), y)
            rate = options.lr * (1 - step / options.steps)
            with torch.no_grad():
                g = g / (g.abs().mean(1, keepdim=True) + 1e-12) + options.epsilon1 * (code - y)
                y = (y + rate * g).clamp_min(0).minimum(upper) * DECAY
        x = x.detach()
        x = ((x + 1) * 127.5).round().div(127.5).sub(1)
        with torch.no_grad():
            logits = judge(view(x, judged_at))
        asked = [number for number, unit in enumerate(part.tolist()) if ids[unit] in known]
        logits = logits[asked]
        wanted = torch.tensor([known[ids[part[number].item()]] for number in asked], dtype=torch.long)
        own = logits.gather(1, wanted[:, None])
        judged.append(torch.stack([(logits[:, shared] > own).sum(1), (logits > own).sum(1)], 1))
        activations.append(a.detach())
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
    said = {k: v for k, v in vars(options).items() if k not in ("judge", "lite1", "sheet")}
    said["weights"] = Path(options.weights).name
    print(json.dumps(said | found), flush=True)
    if options.sheet:
        x = ((torch.cat(pictures) + 1) * 127.5).byte()
        columns = 10 if len(x) <= 100 else 20
        x = F.pad(x, (0, 0, 0, 0, 0, 0, 0, -len(x) % columns), value=255)
        rows = x.view(-1, columns, *x.shape[1:]).permute(0, 3, 1, 4, 2).flatten(0, 1).flatten(1, 2)
        Image.fromarray(rows.numpy()).save(options.sheet)


if __name__ == "__main__":
    main()
