"""Says what a linear model reaches: fastText (Joulin et al. 2017, "Bag of tricks") on words and pairs of words, the cheapest alternative to `lite`.

    pip install fasttext-community==0.11.9
    python linear.py --data DATA --input FILE…

It learns the labelled English texts that `lite` learns, without the teacher's opinions and generated texts. For each file it prints the accuracy
over three classes, between negative and positive, and macro-F1. The model is not saved.
"""

import argparse
import random
import re
import tempfile
from pathlib import Path

import fasttext
import numpy as np

from fitting import macro_f1
from targets import CLASSES, load_examples, soft_target
from texts import SEED, clean, read

WRITTEN_TIMES = 5  # the reviews in `written/` are few


def words(text: str) -> str:
    """The text in lower case on one line, with spaces around punctuation."""
    return re.sub(r"([^\w\s'])", r" \1 ", clean(text).lower()).replace("\n", " ")


def class_of(row: dict) -> str:
    """The class of a row of a test file: by its name, or 0 and 1 for negative and positive."""
    named = row.get("class", row.get("label"))
    return str({0: "NEGATIVE", 1: "POSITIVE"}.get(named, named)).upper()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--input", type=Path, nargs="+", required=True)
    args = parser.parse_args()
    lines = []
    for source, examples in load_examples(args.data)[0].items():
        for example in (e for e in examples if e.get("class") != "mixed"):
            strongest = CLASSES[int(np.argmax(soft_target(example)))]
            lines += [f"__label__{strongest} {words(example['text'])}"] * (WRITTEN_TIMES if source == "written" else 1)
    random.Random(SEED).shuffle(lines)
    with tempfile.NamedTemporaryFile("w", encoding="utf-8") as file:
        file.write("\n".join(lines))
        file.flush()
        model = fasttext.train_supervised(file.name, wordNgrams=2, dim=10, epoch=5, lr=0.5, minCount=2, thread=1, verbose=0)
    for path in args.input:
        rows = [(words(row["text"]), class_of(row)) for row in read(path) if row.get("class") != "mixed"]
        wanted = np.array([CLASSES.index(name) for _, name in rows])
        found = [dict(zip(*model.predict(text, k=3), strict=True)) for text, _ in rows]
        scores = np.array([[probabilities.get(f"__label__{name}", 0) for name in CLASSES] for probabilities in found])
        three, polar = scores.argmax(-1), wanted != 1
        two = np.mean((scores[polar, 2] > scores[polar, 0]) == (wanted[polar] == 2))
        print(f"{path.name}: {len(rows)} texts, {np.mean(three == wanted):.1%}, {two:.1%}, {macro_f1(three, wanted):.3f}", flush=True)


if __name__ == "__main__":
    main()
