"""Stage 5: what natural images are like: shapes of patches, and the mean images of clusters of each class.
Usage: python natural.py

Both are centres of clusters found by k-means over the training images, each of at least MEMBERS of them, so that no
image can be told from them. Patches are compared by shape alone: without their channels' means, at length 1 (spherical
k-means). Images are clustered by their code, as Nguyen et al. 2016 (multifaceted feature visualization) do it."""

import numpy as np
import torch
import torch.nn.functional as F

from codes import encode, encoder
from common import CLASSES, DEVICE, SEED, WORK, Log, images, set_up, to_unit

MEMBERS = 20
# Patches: how many are looked at, how many shapes come of them, their side; those with less contrast (of -1..1) are
# left out.
SAMPLES, SHAPES, PATCH, CONTRAST = 200_000, 1024, 8, 0.05
# Mean images: clusters of each class, and their side (means are smooth).
CLUSTERS, MEAN_SIDE = 4, 32
ROUNDS = 12


def shape_of(patches):
    """[n, 3, PATCH, PATCH] to shapes [n, 3 * PATCH * PATCH], and their contrast before they were scaled, [n]."""
    shapes = (patches - patches.mean((2, 3), keepdim=True)).flatten(1)
    length = shapes.norm(dim=1)
    return shapes / length.clamp_min(1e-6)[:, None], length / (3 * PATCH * PATCH) ** 0.5


def cluster(points, count, spherical, generator):
    """k-means: the centres [count, d], and each point's cluster [n]. A centre without points begins anew at one."""
    centres = points[torch.randperm(len(points), generator=generator)[:count]].clone()
    for _ in range(ROUNDS):
        nearest = torch.cat(
            [
                (part @ centres.T if spherical else -torch.cdist(part, centres)).argmax(1)
                for part in points.split(20_000)
            ]
        )
        sizes = torch.bincount(nearest, minlength=count)
        centres = torch.zeros_like(centres).index_add_(0, nearest, points) / sizes.clamp_min(1)[:, None]
        empty = sizes == 0
        centres[empty] = points[torch.randperm(len(points), generator=generator)[: int(empty.sum())]]
        if spherical:
            centres = F.normalize(centres, dim=1)
    return centres, nearest


def main():
    set_up()
    log, generator = Log("natural"), torch.Generator().manual_seed(SEED)
    random = np.random.default_rng(SEED)
    pixels, classes = images("train")
    side = pixels.shape[-1]
    number = torch.from_numpy(random.integers(0, len(pixels), SAMPLES))
    row, column = (random.integers(0, side - PATCH + 1, SAMPLES) for _ in range(2))
    parts = [
        to_unit(pixels[n, :, r : r + PATCH, c : c + PATCH][None].cpu()) for n, r, c in zip(number.tolist(), row, column)
    ]
    shapes, contrast = shape_of(torch.cat(parts).contiguous())
    shapes = shapes[contrast > CONTRAST]
    centres, nearest = cluster(shapes, SHAPES, True, generator)
    sizes = torch.bincount(nearest, minlength=SHAPES)
    kept = centres[sizes >= MEMBERS]
    log.write(patches=len(shapes), shapes=len(kept), explained=((shapes[:20_000] @ kept.T).amax(1) ** 2).mean().item())

    codes = encode(encoder(), pixels).float()
    means, smallest = [], len(pixels)
    for number in range(CLASSES):
        chosen = (classes == number).nonzero().flatten().cpu()
        _, nearest = cluster(codes[chosen], CLUSTERS, False, generator)
        sizes = torch.bincount(nearest, minlength=CLUSTERS)
        own = to_unit(pixels[chosen.to(DEVICE)]).cpu()
        # Too small a cluster would show its images: the whole class stands for it.
        of = [own[nearest == k] if sizes[k] >= MEMBERS else own for k in range(CLUSTERS)]
        smallest = min(smallest, *(len(x) for x in of))
        means.append(torch.stack([F.interpolate(x.mean(0)[None], size=MEAN_SIDE, mode="area")[0] for x in of]))
    log.write(classes=CLASSES, clusters=CLUSTERS, smallest=smallest)
    torch.save({"patches": kept.view(-1, 3, PATCH, PATCH), "means": torch.stack(means)}, WORK / "natural.pt")


if __name__ == "__main__":
    main()
