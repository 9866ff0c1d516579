"""What every stage shares: where things are, the device, checkpoints, the log, images on their way to the device."""

import json
import os
import time
from pathlib import Path

import numpy as np
import torch

SEED = 0
SIDE = 64
CLASSES = 200
# Everything that the stages make lies here, outside the repository.
WORK = Path(os.environ.get("DGN_WORK", "work"))
DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
HERE = Path(__file__).resolve().parent


def set_up():
    """Seeds and threads; makes the work folder."""
    WORK.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(SEED)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    torch.backends.cudnn.benchmark = True
    if DEVICE.type == "cpu":
        torch.set_num_threads(int(os.environ.get("DGN_THREADS", os.cpu_count())))


def half():
    """Multiplications in bf16 where the hardware has them; imitated, they are several times slower than f32."""
    able = DEVICE.type == "cuda" or torch.ops.mkldnn._is_mkldnn_bf16_supported()
    return torch.autocast(DEVICE.type, torch.bfloat16, enabled=able)


def images(split):
    """All images of a split, [n, 3, 64, 64] uint8 in channels-last memory, and their classes, both on the device."""
    pixels = torch.from_numpy(np.load(WORK / f"{split}_images.npy")).to(DEVICE)
    classes = torch.from_numpy(np.load(WORK / f"{split}_classes.npy").astype(np.int64)).to(DEVICE)
    return pixels.permute(0, 3, 1, 2), classes


def to_unit(pixels):
    """uint8 to floats in -1..1, as the pack's images are."""
    return pixels.float().div_(127.5).sub_(1).contiguous(memory_format=torch.channels_last)


def save(path, state):
    """Writes a checkpoint so that a run that is broken off in the middle of writing leaves the one before."""
    beside = path.with_suffix(".part")
    torch.save(state, beside)
    beside.replace(path)


def load(path):
    return torch.load(path, map_location=DEVICE, weights_only=True) if path.exists() else None


def generator_so_far():
    """State of the generator, the average; where it was not trained here, what `keep.py` or `inherit.py` gave."""
    trained = load(WORK / "generator.pt")
    return trained["average"] if trained else load(WORK / "inherited.pt")


def code_scale(statistics):
    """What brings codes of these statistics to a mean square of 1."""
    return (1 / (statistics["code.mean"] ** 2 + statistics["code.std"] ** 2).mean().sqrt()).item()


class Log:
    """One JSON object a line, also printed: what the curves are drawn from."""

    def __init__(self, stage):
        self.path, self.begun = WORK / f"{stage}.jsonl", time.time()

    def write(self, **values):
        values = {k: round(v, 5) if isinstance(v, float) else v for k, v in values.items()}
        values["minutes"] = round((time.time() - self.begun) / 60, 2)
        with self.path.open("a") as file:
            file.write(json.dumps(values) + "\n")
        print(json.dumps(values), flush=True)


class Average:
    """Exponential moving average of a network's state, floating-point arrays only."""

    def __init__(self, network, state=None):
        self.state = state or {k: v.detach().clone() for k, v in network.state_dict().items()}

    def update(self, network, rate):
        with torch.no_grad():
            for name, value in network.state_dict().items():
                if value.is_floating_point():
                    self.state[name].lerp_(value, rate)
                else:
                    self.state[name].copy_(value)
