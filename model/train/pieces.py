"""Cuts the reviews into sentences and passages, joins sentences, and edits them: short texts about which only the teacher has an opinion.

    python pieces.py --data DATA

Writes `DATA/unlabelled/pieces.jsonl.gz`. A student that learns the teacher's opinions of many short texts comes closer to it than one that sees
each review only whole (Jiao et al. 2020, "TinyBERT", section 3.3, on augmentation for distillation). Edited sentences often mean
something else than the original, and some make no sense; the teacher says what to believe of each.
"""

import argparse
import gzip
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path

from lexicon import BLAME, MILD, NEGATIVE_VERBS, POSITIVE_VERBS, PRAISE, listed
from targets import load_examples
from texts import SEED, read, sentences

# The share of its sentences that each source gives, and the number of passages of a review.
GOODS, FILMS = (1.0, 1), (0.4, 1)
SOURCES = {"amazon": GOODS, "amazon-unlabelled": GOODS, "stars": GOODS, "amazon-polarity": GOODS, "imdb": FILMS, "imdb-unlabelled": FILMS}
JOINED, EDITED = 0.2, 0.4  # joined pairs and edited texts for each sentence
WORD = re.compile(r"[\w'’-]+")
CONNECTIVES = (". ", "! ", ", but ", ". But ", ". However, ", "; ", " and ", ", yet ", ". On the other hand, ", ", although ", ". Still, ", " - ")

# Words that another word of the same set may replace without any change of the verdict.
FUNCTION_WORDS = [
    set(words.split())
    for words in (
        "the a an this that our my your his her their some another",
        "in on at by to from with into onto near behind for of",
        "i we you he she they",
        "me us him her them",
        "today yesterday monday tuesday wednesday thursday friday saturday sunday tonight",
        "january february march april may june july august september october november december",
        "one two three four five six seven eight nine ten twelve twenty",
        "husband wife son daughter brother sister mother father boss friend neighbour colleague",
    )
]
VERDICTS = [
    [word for word in listed(PRAISE) if " " not in word],
    [word for word in listed(BLAME) if " " not in word],
    [word for word in listed(MILD) if " " not in word],
]
VERBS = [[entry.split() for entry in listed(verbs)] for verbs in (POSITIVE_VERBS, NEGATIVE_VERBS)]
_VERDICT = {word: kind for kind, words in enumerate(VERDICTS) for word in words}
_VERB = {form: (kind, place) for kind, verbs in enumerate(VERBS) for forms in verbs if len(forms) == 3 for place, form in enumerate(forms)}
NEGATIONS = {
    **{word: f"{word} not" for word in "is was are were has had will would could should can does did do".split()},
    **{f"{word}n't": word for word in "is was are were has had would could should does did do".split()},
    **{"can't": "can", "won't": "will", "cannot": "can", "never": "always", "always": "never", "not": "", "no": "some", "nothing": "everything"},
    **{"very": "not very", "too": "not too", "more": "less", "less": "more", "all": "none", "everyone": "nobody", "only": "not only", "hardly": "really"},
}


def replaced(text: str, match: re.Match, word: str) -> str:
    """The text with a word in place of the match, capitalised as it was."""
    if match[0][:1].isupper():
        word = word[:1].upper() + word[1:]
    return re.sub(" {2,}", " ", text[: match.start()] + word + text[match.end() :])


def edited(text: str, rng: random.Random) -> str | None:
    """The text with one to three words replaced or dropped, if it has any that can be."""
    changed = text
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        options = []
        for match in WORD.finditer(changed):
            word = match[0].lower()
            if word in _VERDICT:
                # Half of the verdicts are replaced by one of another kind.
                options += 3 * [(match, rng.choice(VERDICTS[rng.choice((_VERDICT[word], *range(3)))]))]
            if word in _VERB:
                kind, place = _VERB[word]
                forms = rng.choice([f for f in VERBS[rng.randrange(2)] if len(f) == 3])
                options += 3 * [(match, forms[place])]
            if word in NEGATIONS:
                options += 2 * [(match, NEGATIONS[word])]
            for words in FUNCTION_WORDS:
                if word in words:
                    options.append((match, rng.choice(sorted(words))))
        if not options:
            break
        changed = replaced(changed, *rng.choice(options))
    return None if changed == text else changed


def pieces(data: Path, rng: random.Random) -> Iterator[str]:
    """The pieces of all reviews that are not held back; no text twice."""
    train, _ = load_examples(data)
    # Without opinions, unlabelled texts are left out of `train`.
    unlabelled = {f"{name}-unlabelled": read(data / f"unlabelled/{name}.jsonl.gz") for name in ("amazon", "imdb")}
    seen: set[str] = set()
    for source, (share, passages) in SOURCES.items():
        singles = []
        for example in (train | unlabelled)[source]:
            parts = sentences(example["text"])
            singles += [part for part in parts if rng.random() < share]
            for _ in range(passages if len(parts) > 2 else 0):
                length = rng.randint(2, min(6, len(parts) - 1))
                first = rng.randrange(len(parts) - length + 1)
                singles.append(" ".join(parts[first : first + length]))
        joined = [rng.choice(singles).rstrip(" .!") + rng.choice(CONNECTIVES) + rng.choice(singles) for _ in range(int(JOINED * len(singles)))]
        changed = [edited(rng.choice(singles), rng) for _ in range(int(EDITED * len(singles)))]
        for text in [*singles, *joined, *changed]:
            if text and text not in seen:
                seen.add(text)
                yield text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    args = parser.parse_args()
    count = 0
    with gzip.open(args.data / "unlabelled/pieces.jsonl.gz", "wt", compresslevel=1, encoding="utf-8") as out:
        for text in pieces(args.data, random.Random(SEED)):
            out.write(json.dumps({"text": text}, ensure_ascii=False) + "\n")
            count += 1
    print(f"{count} pieces")


if __name__ == "__main__":
    main()
