"""Trains fashion-mnist-28 from the data set to the recipe of its pack, in one go: classifier, code, generator, examples.
Usage: python train.py FOLDER (of the four files *-ubyte.gz) [EPOCHS of the classifier] [EPOCHS of the generator]

It is caffenet-64's recipe, next door, made small. The images are grey: the networks see one channel while they are
trained, and what is written makes of it the three equal channels that a pack's images have."""

import gzip
import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import save_file

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "caffenet-64"))
from codes import strongest  # noqa: E402
from common import DEVICE, SEED, WORK, Average, Log, set_up  # noqa: E402
from nets import SLOPE, fold, frozen, layer  # noqa: E402

SIDE, CODE, BATCH = 28, 128, 128
CLASSES = ["T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"]
EXAMPLES, COLUMNS = 9, 40


class Classifier(nn.Module):
    """CaffeNet for 28×28 images: three convolutions, each with its pooling, and two fully connected layers."""

    LAYERS = ["conv1", "conv2", "conv3", "fc4", "fc5"]

    def __init__(self, folded=False, channels=1):
        super().__init__()
        make = lambda kind, *shape: layer(kind, *shape, folded=folded)
        self.conv1 = make(nn.Conv2d, channels, 24, 5, 1, 2)
        self.conv2 = make(nn.Conv2d, 24, 48, 3, 1, 1)
        self.conv3 = make(nn.Conv2d, 48, 64, 3, 1, 1)
        self.fc4 = make(nn.Linear, 64 * 16, CODE)
        self.fc5 = nn.Linear(CODE, len(CLASSES))

    def activations(self, x):
        """Every layer before its rectification, by name; images in -1..1."""
        seen = {}
        for name in ("conv1", "conv2", "conv3"):
            seen[name] = getattr(self, name)(x)
            x = F.max_pool2d(F.relu(seen[name]), 3, 2, 1)
        seen["fc4"] = self.fc4(F.dropout(x.flatten(1), 0.25, self.training))
        seen["fc5"] = self.fc5(F.dropout(F.relu(seen["fc4"]), 0.25, self.training))
        return seen

    def forward(self, x):
        return self.activations(x)["fc5"]


class Generator(nn.Module):
    """The tower of caffenet-64 made small."""

    CHANNELS = [64, 48, 24]

    def __init__(self, scale=1.0):
        super().__init__()
        wide, middle, narrow = self.CHANNELS
        self.register_buffer("scale", torch.tensor(float(scale)))
        self.fc = nn.Linear(CODE, CODE)
        self.base = nn.Linear(CODE, wide * 49)
        self.up = nn.ModuleList(
            [nn.ConvTranspose2d(wide, middle, 4, 2, 1), nn.ConvTranspose2d(middle, narrow, 4, 2, 1)]
        )
        self.c = nn.ModuleList([nn.Conv2d(middle, middle, 3, 1, 1), nn.Conv2d(narrow, 1, 3, 1, 1)])

    def forward(self, code):
        leaky = lambda x: F.leaky_relu(x, SLOPE)
        x = leaky(self.base(leaky(self.fc(code * self.scale)))).unflatten(1, (-1, 7, 7))
        x = leaky(self.c[0](leaky(self.up[0](x))))
        return self.c[1](leaky(self.up[1](x)))


class Discriminator(nn.Module):
    """As caffenet-64's: projection, spectral norm, each layer's output doubled."""

    def __init__(self, scale=1.0):
        super().__init__()
        norm = nn.utils.parametrizations.spectral_norm
        self.register_buffer("scale", torch.tensor(float(scale)))
        self.convolutions = nn.ModuleList(
            [norm(nn.Conv2d(1, 32, 4, 2, 1)), norm(nn.Conv2d(32, 64, 4, 2, 1)), norm(nn.Conv2d(64, 96, 3, 2, 1))]
        )
        self.out = norm(nn.Linear(96, 1))
        self.project = norm(nn.Linear(CODE, 96, bias=False))

    def forward(self, image, code):
        x = image
        for convolution in self.convolutions:
            x = F.leaky_relu(convolution(x) * 2, 0.2)
        x = x.sum((2, 3)) / 4
        return self.out(x)[:, 0] + (x * self.project(code * self.scale)).sum(1) / 16


def read(folder, split):
    """Images [n, 1, 28, 28] in -1..1 and classes of a split."""
    bytes_of = lambda kind: gzip.decompress((folder / f"{split}-{kind}-ubyte.gz").read_bytes())
    pixels = np.frombuffer(bytes_of("images-idx3"), np.uint8, offset=16).reshape(-1, 1, SIDE, SIDE)
    classes = np.frombuffer(bytes_of("labels-idx1"), np.uint8, offset=8)
    return torch.from_numpy(pixels.copy()).float().div(127.5).sub(1).to(DEVICE), torch.from_numpy(
        classes.astype(np.int64)
    ).to(DEVICE)


def moved(x, random):
    """Mirrored half of the time, and moved by up to two pixels."""
    if random.random() < 0.5:
        x = x.flip(3)
    down, across = random.integers(0, 5, 2)
    return F.pad(x, (2, 2, 2, 2), value=-1)[:, :, down : down + SIDE, across : across + SIDE]


def batches(count, epochs):
    """Indices of each batch, the step's own random numbers, and what is left of the run, 1 to 0."""
    per_epoch = count // BATCH
    for step in range(epochs * per_epoch):
        epoch, place = divmod(step, per_epoch)
        order = np.random.default_rng([SEED, 1, epoch]).permutation(count)
        torch.manual_seed(SEED + step)
        chosen = torch.from_numpy(order[place * BATCH : (place + 1) * BATCH]).to(DEVICE)
        yield (
            step,
            chosen,
            np.random.default_rng([SEED, step]),
            1 - step / (epochs * per_epoch),
            (step + 1) % per_epoch == 0,
        )


def train_classifier(train, test, epochs):
    log, network = Log("fashion-classifier"), Classifier().to(DEVICE)
    optimiser, average = torch.optim.AdamW(network.parameters(), 3e-3, weight_decay=0.02), None
    average, judged = Average(network), Classifier().to(DEVICE)
    for step, chosen, random, left, over in batches(len(train[0]), epochs):
        for group in optimiser.param_groups:
            group["lr"] = 3e-3 * min(left * 1.5, 1, (step + 1) / 200)
        network.train()
        loss = F.cross_entropy(network(moved(train[0][chosen], random)), train[1][chosen], label_smoothing=0.05)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        average.update(network, max(3e-3, 10 / (step + 10)))
        if over:
            judged.load_state_dict(average.state)
            judged.eval()
            with torch.no_grad():
                found = torch.cat([judged(x).argmax(1) for x in test[0].split(1000)])
            log.write(step=step + 1, loss=loss.item(), top1=(found == test[1]).float().mean().item())
    judged.load_state_dict(average.state)
    return fold(judged)


def train_generator(train, encoder, statistics, epochs):
    log, spread = Log("fashion-generator"), statistics["code.std"].to(DEVICE)
    scale = (1 / (statistics["code.mean"] ** 2 + statistics["code.std"] ** 2).mean().sqrt()).item()
    generator, judge = Generator(scale).to(DEVICE), Discriminator(scale).to(DEVICE)
    draw = torch.optim.Adam(generator.parameters(), 1e-3, (0.5, 0.99))
    tell = torch.optim.Adam(judge.parameters(), 4e-4, (0.5, 0.99))
    average, sums = Average(generator), {}
    layers = ["conv1", "conv2", "conv3"]
    for step, chosen, random, left, over in batches(len(train[0]), epochs):
        for optimiser, rate in ((draw, 1e-3), (tell, 4e-4)):
            for group in optimiser.param_groups:
                group["lr"] = rate * min(1, 2.5 * left)
        x = moved(train[0][chosen], random)
        with torch.no_grad():
            wanted = encoder.activations(x)
        code = F.relu(wanted["fc4"])
        y = generator((code + torch.randn_like(code) * spread * 0.15).clamp_min(0))
        found = encoder.activations(y)
        terms = {
            "pixels": (y - x).abs().mean(),
            "features": sum(
                (F.relu(found[n]) - F.relu(wanted[n])).pow(2).mean() / F.relu(wanted[n]).pow(2).mean() for n in layers
            ),
            "code": ((F.relu(found["fc4"]) - code) * scale).pow(2).mean(),
        }
        loss = terms["pixels"] + 0.2 * terms["features"] + 0.3 * terms["code"]
        if left < 0.85:
            judge.requires_grad_(False)
            terms["adversary"] = -judge(y, code).mean()
            judge.requires_grad_(True)
            loss = loss + 0.1 * min(1, (0.85 - left) * 5) * terms["adversary"]
        draw.zero_grad(set_to_none=True)
        loss.backward()
        draw.step()
        average.update(generator, max(2e-3, 10 / (step + 10)))
        if left < 0.9:
            verdict = judge(torch.cat([x, y.detach()]), torch.cat([code, code]))
            terms["discriminator"] = F.relu(1 - verdict[: len(x)]).mean() + F.relu(1 + verdict[len(x) :]).mean()
            tell.zero_grad(set_to_none=True)
            terms["discriminator"].backward()
            tell.step()
        for name, value in terms.items():
            sums.setdefault(name, []).append(value.item())
        if over:
            log.write(step=step + 1, **{name: sum(values) / len(values) for name, values in sums.items()})
            sums = {}
    generator.load_state_dict(average.state)
    return generator.eval(), scale


def examples(encoder, test):
    """The sheet of the test images that excite some unit most, and which of them each unit has, strongest first."""
    best, chosen = {}, {}
    with torch.no_grad():
        parts = [encoder.activations(x) for x in test[0].split(1000)]
    for name in Classifier.LAYERS:
        x = torch.cat([part[name] for part in parts])
        if x.dim() == 4:
            best[f"{name}.centre"] = x[:, :, x.shape[2] // 2, x.shape[3] // 2]
            best[f"{name}.mean"] = x.mean((2, 3))
        else:
            best[name] = x
    places = {}
    for name, values in best.items():
        top = values.topk(EXAMPLES, 0).indices.T.tolist()
        chosen[name] = [[places.setdefault(image, len(places)) for image in unit] for unit in top]
    rows = -(-len(places) // COLUMNS)
    sheet = np.zeros((rows * SIDE, COLUMNS * SIDE), np.uint8)
    pixels = ((test[0][:, 0].cpu().numpy() + 1) * 127.5).round().astype(np.uint8)
    for image, place in places.items():
        row, column = divmod(place, COLUMNS)
        sheet[row * SIDE : (row + 1) * SIDE, column * SIDE : (column + 1) * SIDE] = pixels[image]
    return Image.fromarray(sheet), {"columns": COLUMNS, "images": len(places), "units": chosen}


def three_channels(classifier, generator):
    """States for images of three equal channels."""
    classifier, generator = dict(classifier), dict(generator)
    classifier["conv1.weight"] = classifier["conv1.weight"].repeat(1, 3, 1, 1) / 3
    for name in ("c.1.weight", "c.1.bias"):
        generator[name] = generator[name].repeat(3, *[1] * (generator[name].dim() - 1))
    return classifier, generator


def convolution(name, channels, kernel, stride, padding, transposed=False):
    return dict(name=name, transposed=transposed, channels=channels, kernel=kernel, stride=stride, padding=padding)


def manifest(scale, accuracy, rate):
    nothing_yet = lambda name: {"file": name, "bytes": 0, "sha256": ""}
    wide, middle, narrow = Generator.CHANNELS
    origin = "Trained for this project on Fashion-MNIST (MIT); see weights/recipe."
    return {
        "format": 2,
        "name": "fashion-mnist-28",
        "title": "Fashion-MNIST, 28 × 28",
        "licence": "MIT",
        "image": {"height": SIDE, "width": SIDE},
        "generator": {
            "weights": nothing_yet("generator.safetensors"),
            "architecture": {
                "kind": "deconvolution_tower",
                "code": CODE,
                "code_scale": scale,
                "negative_slope": SLOPE,
                "linear": [{"name": "fc", "units": CODE}, {"name": "base", "units": wide * 49}],
                "base": [wide, 7, 7],
                "convolutions": [
                    convolution("up.0", middle, 4, 2, 1, True),
                    convolution("c.0", middle, 3, 1, 1),
                    convolution("up.1", narrow, 4, 2, 1, True),
                    convolution("c.1", 3, 3, 1, 1),
                ],
            },
            "encoder": "caffenet",
            "encoder_layer": "fc4",
            "licence": "MIT",
            "origin": origin,
        },
        "classifiers": [
            {
                "name": "caffenet",
                "title": "CaffeNet-28",
                "weights": nothing_yet("classifier-caffenet.safetensors"),
                "strongest": nothing_yet("strongest-caffenet.safetensors"),
                "examples": {
                    "sheet": nothing_yet("examples-caffenet.png"),
                    "index": nothing_yet("examples-caffenet.json"),
                },
                "architecture": {
                    "kind": "caffenet",
                    "convolutions": [
                        convolution("conv1", 24, 5, 1, 2),
                        convolution("conv2", 48, 3, 1, 1),
                        convolution("conv3", 64, 3, 1, 1),
                    ],
                    "pooled": ["conv1", "conv2", "conv3"],
                    "linear": [{"name": "fc4", "units": CODE}, {"name": "fc5", "units": len(CLASSES)}],
                },
                "preprocessing": {"mean": [0.5] * 3, "std": [0.5] * 3},
                "classes": [{"id": str(number), "name": name} for number, name in enumerate(CLASSES)],
                "licence": "MIT",
                "origin": f"{origin} {accuracy:.2%} of the 10,000 test images are classified correctly.",
            }
        ],
        "defaults": {
            "unit": {"layer": "fc5", "index": 7},
            "start": "noise",
            "steps": 100,
            "schedule": {"start": rate, "end": 0.0},
            "decay": 0.99,
            "bound": 3.0,
        },
        "tuning": (HERE / "tuning.txt").read_text().strip() if (HERE / "tuning.txt").exists() else "",
    }


def main():
    set_up()
    folder, arguments = Path(sys.argv[1]), sys.argv[2:]
    train, test = read(folder, "train"), read(folder, "t10k")
    state = train_classifier(train, test, int(arguments[0]) if arguments else 16)
    encoder = Classifier(folded=True)
    encoder.load_state_dict(state)
    encoder = frozen(encoder, DEVICE)
    with torch.no_grad():
        codes = torch.cat([F.relu(encoder.activations(x)["fc4"]) for x in train[0].split(1000)])
        accuracy = torch.cat([encoder(x).argmax(1) for x in test[0].split(1000)]).eq(test[1]).float().mean().item()
    statistics = {"code.mean": codes.mean(0).cpu(), "code.std": codes.std(0).cpu(), "code.max": codes.amax(0).cpu()}
    generator, scale = train_generator(train, encoder, statistics, int(arguments[1]) if len(arguments) > 1 else 12)
    with torch.no_grad():
        drawn = generator(F.relu(encoder.activations(test[0][:80])["fc4"])).clamp(-1, 1)
    rows = torch.cat(
        [
            torch.cat([torch.cat(list(part[i : i + 20, 0]), 1) for part in (test[0][:80], drawn)])
            for i in range(0, 80, 20)
        ]
    )
    Image.fromarray(((rows.cpu().numpy() + 1) * 127.5).round().astype(np.uint8)).save(WORK / "fashion.png")

    drawing = {name: value for name, value in generator.state_dict().items() if name != "scale"}
    state, drawing = three_channels(state, drawing)
    bytes_of = lambda x: ((x + 1) * 127.5).round().to(torch.uint8)
    three = Classifier(folded=True, channels=3)
    three.load_state_dict(state)
    sources = []

    def write(name, arrays, **more):
        save_file({k: v.detach().float().cpu().contiguous() for k, v in arrays.items()}, WORK / f"fashion-{name}")
        add(name, **more)

    def add(name, **more):
        digest = hashlib.sha256((WORK / f"fashion-{name}").read_bytes()).hexdigest()
        sources.append({"into": name, "file": f"fashion-{name}", "sha256": digest, **more})

    write("generator.safetensors", drawing | statistics, keep="i8")
    write("classifier-caffenet.safetensors", state, keep="i8")
    with torch.no_grad():
        found = strongest(frozen(three, DEVICE), bytes_of(test[0]).repeat(1, 3, 1, 1))
    write("strongest-caffenet.safetensors", found, keep="f32")
    sheet, index = examples(encoder, test)
    sheet.save(WORK / "fashion-examples-caffenet.png", optimize=True)
    (WORK / "fashion-examples-caffenet.json").write_text(json.dumps(index, separators=(",", ":")))
    add("examples-caffenet.png", keep="as_it_is")
    add("examples-caffenet.json", keep="as_it_is")
    rate = float((HERE / "rate.txt").read_text()) if (HERE / "rate.txt").exists() else 0.3
    text = json.dumps({"manifest": manifest(scale, accuracy, rate), "sources": sources}, indent=1, ensure_ascii=False)
    (HERE / "recipe.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
