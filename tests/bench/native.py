"""A step of the ascent on this machine's processor: this project's command line beside PyTorch, eager and compiled, on the same
networks, in turns.

    python native.py DGN PACK_FOLDER…

Needs torch, numpy and safetensors; and a C++ compiler for the compiled one. DGN is the command line, built for release.
Reports the median of the turns' medians for one thread and for two, and ratios.
"""

import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import time

ROUNDS = 3
STEPS = 20
WARM_UP = 10


def milliseconds(folder, threads, compiled):
    """Of a step in PyTorch, in a process of its own."""
    command = [sys.executable, __file__, "--peer", str(folder), str(threads), str(int(compiled))]
    answer = subprocess.run(command, capture_output=True, text=True)
    return float(answer.stdout.split()[-1]) if answer.returncode == 0 else None


def own(dgn, folder, threads):
    """Of a step of this project's, compiled and operation by operation."""
    command = [dgn, "bench", "--weights", str(folder.parent), "--pack", folder.name, "--engine", "cpu", "--plain"]
    environment = {**os.environ, "RAYON_NUM_THREADS": str(threads)}
    answer = subprocess.run([*command, "--steps", str(STEPS)], capture_output=True, text=True, check=True, env=environment)
    rows = [re.split(r"\s+", line) for line in answer.stdout.splitlines() if line.startswith("cpu ")]
    return [float(row[1]) for row in rows]


def peer(folder, threads, compiled):
    import torch

    import reference

    torch.set_num_threads(threads)
    manifest = json.loads((folder / "pack.json").read_text())
    drawing, seeing = manifest["generator"], manifest["classifiers"][0]
    g, c = (reference.weights(folder / part["weights"]["file"]) for part in (drawing, seeing))
    classifier = {"resnet": reference.resnet, "caffenet": reference.caffenet}[seeing["architecture"]["kind"]]
    bound = g["code.mean"] + 3 * g["code.std"]

    def look(code):
        image = reference.generator(g, drawing["architecture"], code).clamp(-1, 1)
        seen = torch.nn.functional.avg_pool2d(image, 2) if "average_pool" in seeing.get("view", {}) else image
        return classifier(c, seeing["architecture"], seen)[0, reference.UNIT], image

    look = torch.compile(look) if compiled else look

    def step(code):
        code = code.detach().requires_grad_()
        activation, image = look(code)
        (gradient,) = torch.autograd.grad(activation, code)
        with torch.no_grad():
            moved = code + 0.1 * gradient / gradient.abs().mean()
            return moved.clamp_min(0).minimum(bound) * reference.DECAY, image.detach().numpy()

    code, times = g["code.mean"][None], []
    for number in range(WARM_UP + STEPS):
        before = time.perf_counter()
        code, _ = step(code)
        if number >= WARM_UP:
            times.append((time.perf_counter() - before) * 1e3)
    print(statistics.median(times))


def main(dgn, folders):
    print(f"{'pack':<20}{'threads':>8}{'compiled':>10}{'by Burn':>10}{'PyTorch':>10}{'its compiled':>14}{'ratio':>8}{'ratio':>8}")
    for folder in map(pathlib.Path, folders):
        for threads in (1, 2):
            rounds = []
            for _ in range(ROUNDS):
                rounds.append([*own(dgn, folder, threads), *(milliseconds(folder, threads, c) for c in (False, True))])
            middle = [
                None if None in column else statistics.median(column) for column in map(list, zip(*rounds))
            ]
            mine, _, *peers = middle
            ratios = [peer / mine if peer else None for peer in peers]
            cells = [f"{value:.1f}" if value else "-" for value in middle]
            said = [f"{ratio:.2f}" if ratio else "-" for ratio in ratios]
            widths = (10, 10, 10, 14, 8, 8)
            print(f"{folder.name:<20}{threads:>8}" + "".join(f"{c:>{w}}" for c, w in zip(cells + said, widths)))


if __name__ == "__main__":
    if sys.argv[1] == "--peer":
        peer(pathlib.Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4] == "1")
    else:
        main(sys.argv[1], sys.argv[2:])
