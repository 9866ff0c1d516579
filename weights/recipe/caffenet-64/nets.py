"""The networks, as they are trained. Layouts and names are those of the exported files."""

import torch
import torch.nn as nn
import torch.nn.functional as F

CODE = 1024
SLOPE = 0.3


def layer(kind, *shape, folded):
    """A layer and its batch normalisation, or the one layer that is made of both when training is over."""
    module = kind(*shape, bias=folded)
    norm = nn.BatchNorm2d if kind is nn.Conv2d else nn.BatchNorm1d
    return module if folded else nn.Sequential(module, norm(module.weight.shape[0]))


class CaffeNet(nn.Module):
    """CaffeNet (Jia et al. 2014) for 64×64 images: five convolutions, three poolings, three fully connected layers."""

    LAYERS = ["conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7", "fc8"]
    POOLED = ["conv1", "conv2", "conv5"]

    def __init__(self, dropout=0.0, folded=False):
        super().__init__()
        make = lambda kind, *shape: layer(kind, *shape, folded=folded)
        self.conv1 = make(nn.Conv2d, 3, 40, 5, 2, 2)
        self.conv2 = make(nn.Conv2d, 40, 112, 3, 1, 1)
        self.conv3 = make(nn.Conv2d, 112, 160, 3, 1, 1)
        self.conv4 = make(nn.Conv2d, 160, 160, 3, 1, 1)
        self.conv5 = make(nn.Conv2d, 160, 160, 3, 1, 1)
        self.fc6 = make(nn.Linear, 160 * 16, CODE)
        self.fc7 = make(nn.Linear, CODE, CODE)
        self.fc8 = nn.Linear(CODE, 200)
        self.dropout = dropout

    def activations(self, x):
        """Every layer before its rectification, by name; images in -1..1."""
        pool = lambda x: F.max_pool2d(x, 3, 2, 1)
        drop = lambda x: F.dropout(x, self.dropout, self.training)
        seen = {"conv1": self.conv1(x)}
        seen["conv2"] = self.conv2(pool(F.relu(seen["conv1"])))
        seen["conv3"] = self.conv3(pool(F.relu(seen["conv2"])))
        seen["conv4"] = self.conv4(F.relu(seen["conv3"]))
        seen["conv5"] = self.conv5(F.relu(seen["conv4"]))
        seen["fc6"] = self.fc6(drop(pool(F.relu(seen["conv5"])).flatten(1)))
        seen["fc7"] = self.fc7(drop(F.relu(seen["fc6"])))
        seen["fc8"] = self.fc8(drop(F.relu(seen["fc7"])))
        return seen

    def forward(self, x):
        return self.activations(x)["fc8"]


def fold(network):
    """State of a network with every batch normalisation folded into the layer before it."""
    state = {}
    for name, module in network.named_children():
        if not isinstance(module, nn.Sequential):
            state |= {f"{name}.{k}": v for k, v in module.state_dict().items()}
            continue
        before, norm = module
        scale = norm.weight / (norm.running_var + norm.eps).sqrt()
        state[f"{name}.weight"] = before.weight * scale.view(-1, *[1] * (before.weight.dim() - 1))
        state[f"{name}.bias"] = norm.bias - scale * norm.running_mean
    return {k: v.detach().float().clone() for k, v in state.items()}


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return y + (x if self.downsample is None else self.downsample(x))


class ResNet18(nn.Module):
    """The teacher: torchvision's ResNet-18 with a 7×7 stem of stride 1, for 200 classes."""

    LAYERS = ["conv1", *[f"layer{i}.{b}" for i in (1, 2, 3, 4) for b in (0, 1)], "avgpool", "fc"]

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 1, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        stage = lambda inputs, outputs, stride: nn.ModuleList(
            [Block(inputs, outputs, stride), Block(outputs, outputs, 1)]
        )
        self.layer1, self.layer2 = stage(64, 64, 1), stage(64, 128, 2)
        self.layer3, self.layer4 = stage(128, 256, 2), stage(256, 512, 2)
        self.fc = nn.Linear(512, 200)

    def activations(self, x):
        """Every layer before its rectification, by name; images in -1..1."""
        seen = {"conv1": self.bn1(self.conv1(x))}
        x = F.max_pool2d(F.relu(seen["conv1"]), 3, 2, 1)
        for number, stage in enumerate((self.layer1, self.layer2, self.layer3, self.layer4), 1):
            for index, block in enumerate(stage):
                seen[f"layer{number}.{index}"] = y = block(x)
                x = F.relu(y)
        seen["avgpool"] = x.mean((2, 3))
        seen["fc"] = self.fc(seen["avgpool"])
        return seen

    def forward(self, x):
        return self.activations(x)["fc"]


def frozen(network, device):
    """For use and no more training."""
    network.eval().requires_grad_(False)
    return network.to(device, memory_format=torch.channels_last)


class Generator(nn.Module):
    """DeePSiM's tower (Dosovitskiy & Brox 2016) scaled down: 7.0 M parameters, 177 MMAC."""

    CHANNELS = [256, 192, 112, 56, 32]

    def __init__(self, scale=1.0):
        super().__init__()
        channels = self.CHANNELS
        self.register_buffer("scale", torch.tensor(float(scale)))
        self.fc7 = nn.Linear(CODE, CODE)
        self.fc = nn.Linear(CODE, channels[0] * 16)
        pairs = list(zip(channels, channels[1:]))
        self.up = nn.ModuleList([nn.ConvTranspose2d(i, o, 4, 2, 1) for i, o in pairs])
        self.c = nn.ModuleList(
            [nn.Conv2d(o, o, 3, 1, 1) for _, o in pairs[:-1]] + [nn.Conv2d(channels[-1], 3, 3, 1, 1)]
        )
        for module in self.modules():
            if isinstance(module, (nn.Linear, nn.Conv2d)):
                nn.init.kaiming_normal_(module.weight, SLOPE)
            elif isinstance(module, nn.ConvTranspose2d):
                # Each output is made of four of the sixteen weights.
                nn.init.normal_(module.weight, 0, (2 / ((1 + SLOPE**2) * module.in_channels * 4)) ** 0.5)
            if getattr(module, "bias", None) is not None:
                nn.init.zeros_(module.bias)
        self.c[-1].weight.data.mul_(0.3)

    def forward(self, code):
        leaky = lambda x: F.leaky_relu(x, SLOPE)
        x = leaky(self.fc(leaky(self.fc7(code * self.scale)))).unflatten(1, (-1, 4, 4))
        for up, c in zip(self.up, self.c):
            x = leaky(up(x))
            x = leaky(c(x)) if c is not self.c[-1] else c(x)
        return x


class Discriminator(nn.Module):
    """Judges an image given its code (projection, Miyato & Koyama 2018). Spectral norm holds every layer's gain at 1 or
    less; at this size the signal then dies out on the way, so each layer's output is doubled."""

    def __init__(self, scale=1.0):
        super().__init__()
        norm = nn.utils.parametrizations.spectral_norm
        channels = [3, 40, 80, 160, 256]
        self.register_buffer("scale", torch.tensor(float(scale)))
        self.convolutions = nn.ModuleList([norm(nn.Conv2d(i, o, 4, 2, 1)) for i, o in zip(channels, channels[1:])])
        self.out = norm(nn.Linear(channels[-1], 1))
        self.project = norm(nn.Linear(CODE, channels[-1], bias=False))

    def forward(self, image, code):
        x = image
        for convolution in self.convolutions:
            x = F.leaky_relu(convolution(x) * 2, 0.2)
        x = x.float().sum((2, 3)) / 4
        return self.out(x)[:, 0] + (x * self.project(code * self.scale)).sum(1) / 16
