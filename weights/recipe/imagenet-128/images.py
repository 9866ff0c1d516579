"""Stage 1 of the generator: brings its training images to 128 pixels.
Usage: python images.py UPSCALER KIND=FOLDER…

KIND is one of tiny, mini, imagenette, imagewoof and places; FOLDER any folder with its images. UPSCALER is the folder with
RealESRGAN_General_x4_v3.bin and .param. Of an image its middle square is taken; those that are smaller than 128 pixels are
enlarged by the upscaler and brought back, mixed with 0.2 of what plain interpolation gives, so that the upscaler's own look
is not learned. Writes `images-KIND.npy`, uint8 [n, 128, 128, 3]; goes on where it was broken off."""

import json
import random
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, UnidentifiedImageError

from networks import SIDE

from common import DEVICE, SEED, WORK, Log, half, set_up  # noqa: E402

KINDS = ["tiny", "mini", "imagenette", "imagewoof", "places"]
PART, PLAIN = 256, 0.2


class Upscaler:
    """Real-ESRGAN general x4 v3 in ncnn's format: convolutions and PReLU one behind the other, and a pixel shuffle on top of
    the nearest pixels. Arrays stand in the file in the order of the layers; 16-bit kernels behind a mark of four bytes."""

    def __init__(self, folder):
        numbers, at, self.layers = (folder / "RealESRGAN_General_x4_v3.bin").read_bytes(), 0, []

        def take(kind, count):
            nonlocal at
            values = np.frombuffer(numbers, kind, count, at).astype(np.float32)
            # Every array ends at a multiple of four bytes.
            at += -(-count * np.dtype(kind).itemsize // 4) * 4
            return torch.from_numpy(values).to(DEVICE)

        for line in (folder / "RealESRGAN_General_x4_v3.param").read_text().splitlines()[2:]:
            kind, *_ = words = line.split()
            said = dict(word.split("=") for word in words if "=" in word)
            if kind == "Convolution":
                outputs, count = int(said["0"]), int(said["6"])
                at += 4
                kernel = take(np.float16, count).view(outputs, -1, 3, 3).contiguous(memory_format=torch.channels_last)
                self.layers.append((F.conv2d, (kernel, take(np.float32, outputs), 1, 1)))
            elif kind == "PReLU":
                self.layers.append((F.prelu, (take(np.float32, int(said["0"])),)))
        assert at == len(numbers)

    def __call__(self, x):
        """Images in 0..1 at four times their size."""
        y = x
        with torch.inference_mode(), half():
            for function, arguments in self.layers:
                y = function(y, *(a.to(y.dtype) if torch.is_tensor(a) and function is F.prelu else a for a in arguments))
        return (F.pixel_shuffle(y.float(), 4) + F.interpolate(x, scale_factor=4)).clamp(0, 1)


def square(path):
    """The middle of an image, at 128 pixels or less; None for what is no image."""
    try:
        with Image.open(path) as image:
            image = image.convert("RGB")
    except (UnidentifiedImageError, OSError):
        return None
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    image = image.crop((left, top, left + side, top + side))
    return np.asarray(image if side <= SIDE else image.resize((SIDE, SIDE), Image.Resampling.LANCZOS))


def enlarged(images, upscaler):
    """Images of one size, brought to 128 pixels."""
    x = torch.from_numpy(np.stack(images)).to(DEVICE).permute(0, 3, 1, 2)
    if x.shape[-1] != SIDE:
        x = x.float().div(255).contiguous(memory_format=torch.channels_last)
        sharp = F.interpolate(upscaler(x), (SIDE, SIDE), mode="bicubic", antialias=True)
        plain = F.interpolate(x, (SIDE, SIDE), mode="bicubic")
        x = ((1 - PLAIN) * sharp + PLAIN * plain).clamp(0, 1).mul(255).round().byte()
    return x.permute(0, 2, 3, 1).cpu().numpy()


def main():
    set_up()
    upscaler, log = Upscaler(Path(sys.argv[1])), Log("images")
    wanted = [argument.split("=", 1) for argument in sys.argv[2:]]
    if len({kind for kind, _ in wanted}) < len(wanted):
        sys.exit("each KIND has one folder")
    for kind, folder in wanted:
        if kind not in KINDS:
            sys.exit(f"{kind} is none of {', '.join(KINDS)}")
        done, so_far = WORK / f"images-{kind}.npy", WORK / f"images-{kind}.part"
        if done.exists():
            continue
        suffixes = (".jpg", ".jpeg", ".png", ".webp")
        paths = sorted(p for p in Path(folder).rglob("*") if p.suffix.lower() in suffixes)
        if not paths:
            sys.exit(f"{folder} holds no images")
        random.Random(SEED).shuffle(paths)
        # How many paths there are, were looked at, and were images.
        note = WORK / f"images-{kind}.json"
        of, looked, count = json.loads(note.read_text()) if note.exists() and so_far.exists() else (len(paths), 0, 0)
        if of != len(paths):
            sys.exit(f"{folder} had {of} images when it was begun and has {len(paths)} now; delete {so_far} to begin anew")
        shape = (len(paths), SIDE, SIDE, 3)
        out = np.lib.format.open_memmap(so_far, "r+" if looked else "w+", np.uint8, None if looked else shape)
        with ThreadPoolExecutor() as pool:
            while looked < len(paths):
                found = [x for x in pool.map(square, paths[looked : looked + PART]) if x is not None]
                for side in sorted({len(x) for x in found}):
                    these = enlarged([x for x in found if len(x) == side], upscaler)
                    out[count : count + len(these)] = these
                    count += len(these)
                looked = min(looked + PART, len(paths))
                out.flush()
                beside = note.with_suffix(".json.part")
                beside.write_text(json.dumps([of, looked, count]))
                beside.replace(note)
                if looked % (20 * PART) == 0 or looked == len(paths):
                    log.write(kind=kind, looked=looked, of=len(paths), images=count)
        if count < len(paths):
            beside = so_far.with_suffix(".whole")
            whole = np.lib.format.open_memmap(beside, "w+", np.uint8, (count, SIDE, SIDE, 3))
            whole[:] = out[:count]
            whole.flush()
            beside.rename(done)
            so_far.unlink()
        else:
            so_far.rename(done)


if __name__ == "__main__":
    main()
