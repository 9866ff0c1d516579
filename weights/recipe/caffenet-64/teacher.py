"""Stage 2: what the teacher says of every part of every training image. Usage: python teacher.py model_weights.pth

The teacher is ten times the student's size, so asking it anew about each augmented view would take most of the time.
It is asked once: its last layer is applied to each position of its last feature map, before the pooling, which gives a
map of logits. Because pooling and last layer are linear, the mean of that map over the whole image is exactly what the
teacher says of the image, and the mean over a crop stands for what it would say of the crop (ReLabel: Yun et al. 2021).
"""

import sys

import numpy as np
import torch
import torch.nn.functional as F

from common import CLASSES, DEVICE, WORK, Log, half, images, set_up, to_unit
from nets import ResNet18, frozen

BATCH, PART = 100, 10_000
# Positions of the teacher's last feature map, along each side.
GRID = 4


def load_teacher(path):
    teacher = ResNet18()
    teacher.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    return frozen(teacher, DEVICE)


def maps(teacher, pixels):
    """Logits at each position of some images, [n, GRID, GRID, CLASSES] f16."""
    parts = []
    for part in pixels.split(BATCH):
        with torch.no_grad(), half():
            features = F.relu(teacher.activations(to_unit(part))["layer4.1"])
            parts.append(F.linear(features.permute(0, 2, 3, 1), teacher.fc.weight, teacher.fc.bias).half().cpu())
    return torch.cat(parts)


def parts():
    """The maps of the training images, in their order, as files of PART images each."""
    return [WORK / f"teacher_{number}.npy" for number in range(100_000 // PART)]


def main():
    set_up()
    teacher, log = load_teacher(sys.argv[1]), Log("teacher")
    pixels, classes = images("train")
    for path, some, right in zip(parts(), pixels.split(PART), classes.split(PART)):
        if path.exists():
            continue
        answers = maps(teacher, some)
        assert answers.shape[1:] == (GRID, GRID, CLASSES)
        top1 = (answers.float().mean((1, 2)).argmax(1) == right.cpu()).float().mean().item()
        np.save(path.with_suffix(".part.npy"), answers.numpy())
        path.with_suffix(".part.npy").replace(path)
        log.write(part=path.stem, top1=top1)
    if not (WORK / "teacher_val.npy").exists():
        pixels, classes = images("val")
        answers = maps(teacher, pixels).float().mean((1, 2))
        log.write(part="val", top1=(answers.argmax(1) == classes.cpu()).float().mean().item())
        np.save(WORK / "teacher_val.npy", answers.numpy())


if __name__ == "__main__":
    main()
