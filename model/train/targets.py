"""The examples of all sources, and the training target of each: the probabilities of negative, neutral and positive.

Labels are sometimes wrong and often coarse, so no target is certain:

- One and two stars are negative, three neutral, four and five positive. Three stars are noisy: the part of the target that is not neutral is
  divided between negative and positive as the teacher's opinion suggests.
- A two-class label is averaged with the teacher's opinion. The closer the opinion is to the middle, the more neutral the target.
- Sentences that contain both praise and blame (`mixed`) have no class of their own; their target is nearly uniform.
"""

import math
import random
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from texts import SEED, digest, read, sentences

CLASSES = ("NEGATIVE", "NEUTRAL", "POSITIVE")
# Sources with labels, in files of their names.
LABELLED = ("amazon", "stars", "sentences3", "amazon-polarity", "cad-imdb", "sst2", "yelp-sentences", "imdb")
# Sources without labels, and their files. The last is made by `pieces.py`.
UNLABELLED = {"amazon-unlabelled": "unlabelled/amazon", "imdb-unlabelled": "unlabelled/imdb", "pieces": "unlabelled/pieces"}
SOURCES = (*LABELLED, *UNLABELLED, "written", "judged")
GROWING = ("written", "judged")  # each version of this project may have more of these

# Reviews that were written for training, a file for each language. They have classes.
WRITTEN = Path(__file__).parent / "written"

# The classes of single sentences of the reviews in these files, and of those in other languages, by digest: a sentence often says
# something else than its review.
JUDGED = Path(__file__).parent / "judged.txt"
JUDGED_IN = ("train/stars", "train/amazon", "train/amazon-polarity", "unlabelled/amazon", "train/imdb", "unlabelled/imdb")

STARS = {
    1: (0.93, 0.06, 0.01),
    1.5: (0.85, 0.13, 0.02),
    2: (0.73, 0.24, 0.03),
    2.5: (0.45, 0.48, 0.07),
    3: (0.22, 0.60, 0.18),
    3.5: (0.08, 0.52, 0.40),
    4: (0.03, 0.17, 0.80),
    4.5: (0.02, 0.09, 0.89),
    5: (0.01, 0.04, 0.95),
}
NAMED = {
    "negative": (0.91, 0.06, 0.03),
    "neutral": (0.07, 0.86, 0.07),
    "positive": (0.03, 0.06, 0.91),
    "mixed": (0.34, 0.34, 0.32),
}
NOISE = {"yelp-sentences": 0.06, "pros-cons": 0.06}  # share of wrong labels by source; 0.03 for others
HELD_BACK = {"stars": 1500, "sentences3": 1500}  # examples that are never used for training; 400 of each other source
NEUTRAL_FLOOR, NEUTRAL_PEAK = 0.03, 0.36  # probability of neutral for a text that is certainly in one of two classes, and for one in the middle

Target = tuple[float, float, float]


def from_two(positive: float) -> Target:
    """Three probabilities from the probability of positive, for a label or teacher without a neutral class."""
    neutral = NEUTRAL_FLOOR + (NEUTRAL_PEAK - NEUTRAL_FLOOR) * 4 * positive * (1 - positive)
    return (1 - neutral) * (1 - positive), neutral, (1 - neutral) * positive


def mix(a: Target, b: Target, share: float) -> Target:
    """The weighted mean of two targets, with `share` as the weight of b."""
    return tuple((1 - share) * x + share * y for x, y in zip(a, b, strict=True))


def believed(opinion) -> Target | None:
    """A teacher's opinion (logits of three classes, or the log-odds of two) as probabilities."""
    if opinion is None or np.isnan(opinion).any():
        return None
    if np.ndim(opinion) == 0:
        return from_two(1 / (1 + math.exp(-float(opinion))))
    powers = np.exp(np.asarray(opinion, np.float32) - np.max(opinion).astype(np.float32))
    return tuple(powers / powers.sum())


def soft_target(example: dict) -> Target:
    """The target of an example from `load_examples`."""
    teacher = believed(example.get("opinion"))
    if "stars" in example:
        given = STARS[example["stars"]]
        if teacher is None:
            return given
        if example["stars"] == 3:  # the teacher divides the part that is not neutral
            lean = teacher[2] / (teacher[0] + teacher[2])
            rest = 1 - given[1]
            return mix(given, (rest * (1 - lean), given[1], rest * lean), 0.7)
        return mix(given, teacher, 0.5)
    if "class" in example:
        given = NAMED[example["class"]]
        noise = NOISE.get(example.get("source"), 0)
        return mix(given, (1 / 3, 1 / 3, 1 / 3), noise)
    if "label" in example:
        noise = NOISE.get(example["source"].split("/")[0], 0.03)
        given = from_two(noise + (1 - 2 * noise) * example["label"])
        return given if teacher is None else mix(given, teacher, 0.6)
    if teacher is None:
        raise ValueError("nothing says what to believe of a text without a label or an opinion")
    return teacher


def judged_sentences(reviews: Iterable[dict]) -> list[dict]:
    """The sentences of the reviews whose classes are in `JUDGED`."""
    classes = dict(line.split() for line in JUDGED.read_text(encoding="ascii").splitlines())
    found = {sentence for review in reviews for sentence in sentences(review["text"])}
    named = ((text, digest(text)) for text in sorted(found))
    return [{"text": text, "class": classes[name]} for text, name in named if name in classes]


def shuffle(examples: list[dict], grows: bool) -> None:
    """Shuffles the examples of a file in place. The first ones are held back. In a file that `grows`, the order follows from the texts, so that
    a training text of an earlier version is never held back in a later one."""
    if grows:
        examples.sort(key=lambda example: digest(example["text"]))
    else:
        random.Random(SEED).shuffle(examples)


def load_examples(data: Path, opinions: tuple[Path, ...] = ()) -> tuple[dict[str, list[dict]], dict[str, list[dict]]]:
    """Training examples by source, and those that are never used for training. An example may have an `opinion`, from the first folder of
    `opinions` that has one. Unlabelled texts without an opinion are left out."""
    train, held_back = {}, {}
    for name in SOURCES:
        file = UNLABELLED.get(name, f"train/{name}")
        found = [folder / f"{file.replace('/', '-')}.npy" for folder in opinions]
        found = [path for path in reversed(found) if path.exists()]
        if name in UNLABELLED and not found:
            train[name] = []
            continue
        if name == "judged":
            examples = judged_sentences(review for file in JUDGED_IN for review in read(data / f"{file}.jsonl.gz"))
        else:
            examples = read(WRITTEN / "en.jsonl" if name == "written" else data / f"{file}.jsonl.gz")
        for path in found:
            for example, opinion in zip(examples, np.load(path), strict=True):
                if not np.isnan(opinion).any():
                    example["opinion"] = opinion
        if name in UNLABELLED:
            train[name] = [e for e in examples if "opinion" in e]
            continue
        if name == "judged":
            unseen = {sentence for reviews in held_back.values() for review in reviews for sentence in sentences(review["text"])}
            examples = [e for e in examples if e["text"] not in unseen]
        shuffle(examples, grows=name in GROWING)
        kept = HELD_BACK.get(name, 400)
        held_back[name], train[name] = examples[:kept], examples[kept:]
    return train, held_back
