"""Stage 3: distils the teacher into CaffeNet. Usage: python classifier.py EPOCHS DECAY

The student sees random crops, mirrored half of the time, a little lighter, darker or paler, and learns the teacher's
probabilities for that crop at a raised temperature (Hinton, Vinyals & Dean 2015; the teacher's map of logits pooled
over the crop: Yun et al. 2021), with a little of the true class. Some batches are mixed in pairs, and what is wanted
with them (mixup: Zhang et al. 2018).

The rate stays as it is until the last DECAY epochs, over which it falls to 0: so a run can be lengthened without
beginning anew. Over the same epochs the crops grow and the mixing ceases, so that the student ends on images as it will
be shown them (Touvron et al. 2019). A run that is broken off goes on from its checkpoint."""

import sys
import time

import numpy as np
import torch
import torch.nn.functional as F

from common import CLASSES, DEVICE, SEED, SIDE, WORK, Average, Log, half, images, load, save, set_up, to_unit
from nets import CaffeNet, fold
from teacher import GRID, parts

BATCH = 256
RATE, WEIGHT_DECAY = 2e-3, 0.05
WARM_UP = 400
TEMPERATURE = 2.0
TRUE_CLASS = 0.1
MIXED = 0.3
DROPOUT = 0.1
# Of the image's area, and of its ratio of width to height.
CROPS, LAST_CROPS, RATIOS = (0.35, 1.0), (0.75, 1.0), (3 / 4, 4 / 3)
KEEP_EVERY = 100
CHECKPOINT = WORK / "classifier.pt"


def crops(n, areas, random):
    """Random crops: centre and half the size, in halves of the image, [n] each, as (across, down, width, height)."""
    area = random.uniform(*areas, n)
    ratio = np.exp(random.uniform(*np.log(RATIOS), n))
    width, height = np.minimum(np.sqrt(area * ratio), 1), np.minimum(np.sqrt(area / ratio), 1)
    across, down = (1 - width) * random.uniform(-1, 1, n), (1 - height) * random.uniform(-1, 1, n)
    return [torch.from_numpy(x.astype(np.float32)).to(DEVICE) for x in (across, down, width, height)]


def cut(x, crop, random):
    """The crops of images [n, 3, 64, 64] in -1..1, resized to their size, mirrored and recoloured at random."""
    across, down, width, height = crop
    n, zero = len(x), torch.zeros_like(across)
    mirror = torch.from_numpy(random.choice(np.float32([-1, 1]), n)).to(DEVICE)
    transform = torch.stack([torch.stack([width * mirror, zero, across], 1), torch.stack([zero, height, down], 1)], 1)
    grid = F.affine_grid(transform, (n, 3, SIDE, SIDE), align_corners=False)
    x = F.grid_sample(x, grid, mode="bilinear", padding_mode="reflection", align_corners=False)
    each = lambda low, high: torch.from_numpy(random.uniform(low, high, (n, 1, 1, 1)).astype(np.float32)).to(DEVICE)
    grey, mean = x.mean(1, keepdim=True), x.mean((1, 2, 3), keepdim=True)
    x = grey + (x - grey) * each(0.6, 1.4)
    x = mean + (x - mean) * each(0.75, 1.25) + each(-0.2, 0.2)
    return x.clamp(-1, 1).contiguous(memory_format=torch.channels_last)


def pooled(maps, crop):
    """The mean of maps [n, GRID, GRID, CLASSES] over the crops, cells at its border counted in part: [n, CLASSES]."""
    across, down, width, height = crop
    edges = torch.linspace(-1, 1, GRID + 1, device=maps.device)

    def share(centre, size):
        low, high = (centre - size)[:, None], (centre + size)[:, None]
        covered = (torch.minimum(high, edges[1:]) - torch.maximum(low, edges[:-1])).clamp_min(0)
        return covered / covered.sum(1, keepdim=True)

    return torch.einsum("nhwc,nh,nw->nc", maps, share(down, height), share(across, width))


def accuracy(network, pixels, classes):
    network.eval()
    with torch.no_grad(), half():
        logits = torch.cat([network(to_unit(p)).float() for p in pixels.split(500)])
    right = logits.topk(5).indices == classes[:, None]
    return right[:, 0].float().mean().item(), right.any(1).float().mean().item()


def main():
    set_up()
    epochs, decay = float(sys.argv[1]), float(sys.argv[2])
    pixels, classes = images("train")
    maps = torch.from_numpy(np.concatenate([np.load(path) for path in parts()])).to(DEVICE)
    per_epoch = len(pixels) // BATCH
    total, fall = int(epochs * per_epoch), int(decay * per_epoch)
    student = CaffeNet(DROPOUT).to(DEVICE, memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(student.parameters(), RATE, (0.9, 0.99), weight_decay=WEIGHT_DECAY)
    average, step = Average(student), 0
    if state := load(CHECKPOINT):
        student.load_state_dict(state["student"])
        optimiser.load_state_dict(state["optimiser"])
        average, step = Average(student, state["average"]), state["step"]
    log, begun, since, sums = Log("classifier"), time.time(), step, np.zeros(2)
    judged = CaffeNet().to(DEVICE, memory_format=torch.channels_last)

    def keep():
        save(
            CHECKPOINT,
            dict(student=student.state_dict(), optimiser=optimiser.state_dict(), average=average.state, step=step),
        )

    while step < total:
        # Everything random in a step follows from its number, so a run that is broken off goes on as it would have.
        random = np.random.default_rng([SEED, step])
        torch.manual_seed(SEED + step)
        epoch, place = divmod(step, per_epoch)
        order = np.random.default_rng([SEED, 1, epoch]).permutation(len(pixels))
        indices = torch.from_numpy(order[place * BATCH : (place + 1) * BATCH]).to(DEVICE)
        left = min(1, (total - step) / max(fall, 1))
        crop = crops(BATCH, [left * a + (1 - left) * b for a, b in zip(CROPS, LAST_CROPS)], random)
        x = cut(to_unit(pixels[indices]), crop, random)
        wanted = F.softmax(pooled(maps[indices].float(), crop) / TEMPERATURE, 1)
        wanted = (1 - TRUE_CLASS) * wanted + TRUE_CLASS * F.one_hot(classes[indices], CLASSES)
        if random.random() < MIXED * left:
            part = float(random.beta(0.4, 0.4))
            x, wanted = part * x + (1 - part) * x.roll(1, 0), part * wanted + (1 - part) * wanted.roll(1, 0)
        rate = RATE * min(left, (step + 1) / WARM_UP)
        for group in optimiser.param_groups:
            group["lr"] = rate
        student.train()
        with half():
            logits = student(x.contiguous(memory_format=torch.channels_last))
        loss = F.kl_div(F.log_softmax(logits.float() / TEMPERATURE, 1), wanted, reduction="batchmean") * TEMPERATURE**2
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(student.parameters(), 5)
        optimiser.step()
        # Over the last tenth of what has been done, but no more than some three epochs, and less as the rate falls.
        average.update(student, max(1e-3 / max(left, 0.1), min(1, 10 / (step + 10))))
        sums += loss.item(), 1
        step += 1
        if step % per_epoch == 0 or step == total:
            judged.load_state_dict(average.state)
            top1, top5 = accuracy(judged, *images("val"))
            log.write(
                epoch=step / per_epoch,
                rate=rate,
                loss=sums[0] / sums[1],
                top1=top1,
                top5=top5,
                images_a_second=(step - since) * BATCH / (time.time() - begun),
            )
            begun, since, sums = time.time(), step, np.zeros(2)
        if step % KEEP_EVERY == 0 or step == total:
            keep()
    judged.load_state_dict(average.state)
    save(WORK / "caffenet.pt", fold(judged))


if __name__ == "__main__":
    main()
