"""Beside the stages: what the generator is good for so far. Usage: python look.py [RATE…]

The ascent with the settings of `dgn synthesize` (100 steps from rectified noise, decay 0.99, bound mean + 3 standard
deviations; other noise, as seeds are PyTorch's), for all output units at once, at each rate. It tells how often the
teacher, which the ascent does not climb but which taught the classifier, names the same class, and draws the last
rate's pictures, 20 in a row."""

import sys

import torch
from PIL import Image

from codes import encoder
from common import CLASSES, DEVICE, SEED, SIDE, WORK, generator_so_far, half, set_up
from nets import Generator, frozen
from teacher import load_teacher

STEPS, DECAY, DEVIATIONS = 100, 0.99, 3


def ascend(generator, classifier, statistics, rate):
    """Images [CLASSES, 3, 64, 64] in -1..1, and their logits [CLASSES, CLASSES]."""
    mean, std = (statistics[f"code.{name}"].to(DEVICE) for name in ("mean", "std"))
    noise = torch.randn(CLASSES, len(std), generator=torch.Generator().manual_seed(SEED)).to(DEVICE)
    code, bound = (noise * std).clamp_min(0), mean + DEVIATIONS * std
    for step in range(STEPS):
        code.requires_grad_()
        with half():
            images = generator(code).float().clamp(-1, 1)
            logits = classifier(images.contiguous(memory_format=torch.channels_last)).float()
        (gradient,) = torch.autograd.grad(logits.diagonal().sum(), code)
        gradient /= gradient.abs().mean(1, keepdim=True)
        code = DECAY * (code.detach() + rate * (1 - step / STEPS) * gradient).clamp_min(0).minimum(bound)
    return images.detach(), logits.detach()


def main():
    set_up()
    generator, classifier = Generator(), encoder()
    generator.load_state_dict(generator_so_far())
    generator = frozen(generator, DEVICE)
    judge = load_teacher(WORK / "model_weights.pth")
    statistics = torch.load(WORK / "statistics.pt", weights_only=True)
    spread = statistics["code.std"].mean().item()
    rates = [float(rate) for rate in sys.argv[1:]] or [0.3 * spread]
    wanted = torch.arange(CLASSES, device=DEVICE)[:, None]
    for rate in rates:
        images, logits = ascend(generator, classifier, statistics, rate)
        with torch.no_grad(), half():
            right = judge(images.contiguous(memory_format=torch.channels_last)).topk(5).indices == wanted
        own = (logits.argmax(1) == wanted[:, 0]).float().mean().item()
        reached = logits.diagonal()
        top1, top5 = right[:, 0].float().mean(), right.any(1).float().mean()
        print(
            f"rate {rate:.4f} ({rate / spread:.2f} of the code's deviation): "
            f"judge top-1 {top1:.3f}, top-5 {top5:.3f}; own top-1 {own:.3f}; "
            f"logit median {reached.median():.1f}, worst {reached.min():.1f}",
            flush=True,
        )
    drawn = ((images + 1) * 127.5).round().byte().view(CLASSES // 20, 20, 3, SIDE, SIDE)
    Image.fromarray(drawn.permute(0, 3, 1, 4, 2).reshape(-1, 20 * SIDE, 3).cpu().numpy()).save(WORK / "look.png")


if __name__ == "__main__":
    main()
