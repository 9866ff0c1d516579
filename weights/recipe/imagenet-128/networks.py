"""The networks of the pack in PyTorch. Layouts and names are those of the exported files, batch normalisation folded."""

import math
import sys
from pathlib import Path

import torch
import torch.nn as nn
import torch.nn.functional as F
from safetensors.torch import load_file

HERE = Path(__file__).resolve().parent
# CaffeNet-64 and ResNet-18, and what every stage of a recipe shares.
sys.path.insert(1, str(HERE.parent / "caffenet-64"))

from nets import CODE, SLOPE, CaffeNet, ResNet18, frozen  # noqa: E402, F401

SIDE = 128


class Generator(nn.Module):
    """From codes [n, 1024] to images [n, 3, 128, 128], natural ones in -1..1: 12.55 M parameters, 660 MMAC. Before the
    first two of five stages stands a residual block each."""

    CHANNELS = [320, 256, 160, 96, 48, 24]
    BLOCKS = 2

    def __init__(self, scale=1.0):
        super().__init__()
        channels = self.CHANNELS
        self.register_buffer("scale", torch.tensor(float(scale)))
        self.fc7 = nn.Linear(CODE, CODE)
        self.fc = nn.Linear(CODE, channels[0] * 16)
        pairs = list(zip(channels, channels[1:]))
        block = lambda c: nn.ModuleList([nn.Conv2d(c, c, 3, 1, 1) for _ in range(2)])
        self.r = nn.ModuleList([block(c) for c in channels[: self.BLOCKS]])
        self.up = nn.ModuleList([nn.ConvTranspose2d(i, o, 4, 2, 1) for i, o in pairs])
        self.c = nn.ModuleList([nn.Conv2d(o, o, 3, 1, 1) for _, o in pairs[:-1]] + [nn.Conv2d(channels[-1], 3, 3, 1, 1)])

    def forward(self, code):
        leaky = lambda x: F.leaky_relu(x, SLOPE)
        x = leaky(self.fc(leaky(self.fc7(code * self.scale)))).unflatten(1, (-1, 4, 4))
        for number, (up, c) in enumerate(zip(self.up, self.c)):
            if number < self.BLOCKS:
                first, second = self.r[number]
                x = x + second(leaky(first(x)))
            x = leaky(up(x))
            x = leaky(c(x)) if number + 1 < len(self.c) else c(x)
        return x


class EfficientNetLite(nn.Module):
    """EfficientNet-Lite (Tan & Le 2019, without squeeze-and-excitation and with ReLU6), for images in -1..1 as the
    published weights want them to within half a grey level. TensorFlow's padding, by the size of what is read."""

    STAGES = [
        (1, 3, 1, 1, 16),
        (2, 3, 2, 6, 24),
        (2, 5, 2, 6, 40),
        (3, 3, 2, 6, 80),
        (3, 5, 1, 6, 112),
        (4, 5, 2, 6, 192),
        (1, 3, 1, 6, 320),
    ]
    # Factors on width and depth of Lite0, Lite1 and Lite2.
    SIZES = [(1.0, 1.0), (1.0, 1.1), (1.1, 1.2)]

    def __init__(self, number):
        super().__init__()
        width, depth = self.SIZES[number]
        self.stem = nn.Conv2d(3, 32, 3, 2)
        self.blocks, channels = nn.ModuleList(), 32
        for stage, (blocks, kernel, stride, expansion, out) in enumerate(self.STAGES):
            ends = stage in (0, len(self.STAGES) - 1)
            near = int(out * width + 4) // 8 * 8
            out = near + 8 if near < 0.9 * out * width else near
            for block in range(blocks if ends else math.ceil(blocks * depth)):
                inner, own = channels * expansion, stride if block == 0 else 1
                module = nn.ModuleDict()
                if expansion != 1:
                    module["expand"] = nn.Conv2d(channels, inner, 1)
                module["depthwise"] = nn.Conv2d(inner, inner, kernel, own, groups=inner)
                module["project"] = nn.Conv2d(inner, out, 1)
                self.blocks.append(module)
                channels = out
        self.head = nn.Conv2d(channels, 1280, 1)
        self.fc = nn.Linear(1280, 1000)

    @staticmethod
    def same(convolution, x):
        pads = []
        for side, kernel, stride in zip(x.shape[2:], convolution.kernel_size, convolution.stride):
            whole = max((-(-side // stride) - 1) * stride + kernel - side, 0)
            pads = [whole // 2, whole - whole // 2, *pads]
        return convolution(F.pad(x, pads) if any(pads) else x)

    def activations(self, x):
        """Every layer as the pack reads it, by name; images in -1..1."""
        # (255 x01 - 127) / 128 of x = 2 x01 - 1.
        x = x * (127.5 / 128) + 0.5 / 128
        seen = {"stem": self.same(self.stem, x)}
        x = F.relu6(seen["stem"])
        for number, block in enumerate(self.blocks):
            y = F.relu6(block["expand"](x)) if "expand" in block else x
            y = block["project"](F.relu6(self.same(block["depthwise"], y)))
            x = y + x if block["depthwise"].stride == (1, 1) and y.shape == x.shape else y
            name = f"blocks.{number}"
            # A projection that nothing is added to is the block's result itself.
            seen[name if x is not y else f"{name}.project"] = x
        seen["head"] = self.head(x)
        seen["avgpool"] = F.relu6(seen["head"]).mean((2, 3))
        seen["fc"] = self.fc(seen["avgpool"])
        return seen

    def forward(self, x):
        return self.activations(x)["fc"]


def published(path, number):
    """An EfficientNet-Lite with the published weights, their batch normalisation folded."""
    state = torch.load(path, map_location="cpu", weights_only=True)
    # Folded in 64 bits, so that what comes out is the same on every processor.
    state = {name: value.double() for name, value in state.items()}
    network, folded = EfficientNetLite(number), {}

    def fold(convolution, norm, name):
        scale = state[f"{norm}.weight"] / (state[f"{norm}.running_var"] + 1e-3).sqrt()
        folded[f"{name}.weight"] = state[f"{convolution}.weight"] * scale[:, None, None, None]
        folded[f"{name}.bias"] = state[f"{norm}.bias"] - state[f"{norm}.running_mean"] * scale

    fold("_conv_stem", "_bn0", "stem")
    fold("_conv_head", "_bn1", "head")
    for block, module in enumerate(network.blocks):
        norms = iter(("_bn0", "_bn1", "_bn2") if "expand" in module else ("_bn1", "_bn2"))
        for part in module:
            prefix = f"_blocks.{block}."
            fold(f"{prefix}_{part}_conv", prefix + next(norms), f"blocks.{block}.{part}")
    folded |= {f"fc.{k}": state[f"_fc.{k}"] for k in ("weight", "bias")}
    network.load_state_dict(folded)
    return network


def view(images, side):
    """What a classifier of another size sees of images of 128 pixels: averages where it is half as large, else bilinear."""
    if side * 2 == images.shape[-1]:
        return F.avg_pool2d(images, 2)
    return F.interpolate(images, size=(side, side), mode="bilinear", align_corners=False)


def rescaled(images, factor):
    """Images enlarged about their middle by a factor, or made smaller with their edges drawn out, at the same size."""
    theta = torch.tensor([[1 / factor, 0, 0], [0, 1 / factor, 0]], device=images.device).expand(len(images), 2, 3)
    grid = F.affine_grid(theta, images.shape, align_corners=False)
    return F.grid_sample(images, grid.to(images.dtype), "bilinear", "border", align_corners=False)


def caffenet():
    """CaffeNet-64, which is the encoder too, as the recipe of caffenet-64 keeps it."""
    network = CaffeNet(folded=True)
    kept = load_file(HERE.parent / "caffenet-64" / "kept" / "classifier-caffenet.safetensors")
    network.load_state_dict({name: value.float() for name, value in kept.items()})
    return network


def resnet18(folder):
    """ResNet-18 as the recipe of caffenet-64 has it: `model_weights.pth` of a folder."""
    network = ResNet18()
    network.load_state_dict(torch.load(folder / "model_weights.pth", map_location="cpu", weights_only=True))
    return network


def generator_from(path):
    """A generator of 128 pixels as `kept` has one, and its code's statistics."""
    state = {name: value.float() for name, value in load_file(path).items()}
    statistics = {name: state.pop(name) for name in list(state) if name.startswith("code.")}
    network = Generator()
    network.load_state_dict(state, strict="scale" in state)
    return network, statistics
