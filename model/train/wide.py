"""The wide part of the model: a linear model of word pieces and of pairs of them, whose margin is added to the encoder's
(Cheng et al. 2016, "Wide & Deep Learning"). It is weaker than the encoder, but wrong about other texts, and costs nothing.

The weights of pairs are in a table, at the remainder of a pair's number by the table's size; beside each is the quotient, so that a
pair that is not in the table weighs nothing. Of the pairs that would share a place the heaviest has it.
"""

import random
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from groups import EQUAL
from neutral import neutral_texts
from symbols import EMOJI
from targets import soft_target
from texts import SEED, augment

PLACES = 43_003  # in the table: a prime, of which the folder stays below 12 MB
RARE = 4  # texts that a pair occurs in, to be looked at
STRENGTH = 4.0  # C of the regression: the inverse of how much large weights are punished
ROUNDS = 60  # of the solver at most; more change nothing on held-back texts
NEUTRAL = 20_000  # texts that say nothing, each once as positive and once as negative
SHORT = 40_000  # texts of each source of short ones: more would drown the reviews
WEIGHTS = {"imdb": 0.5, "yelp-sentences": 0.3, "sst2": 0.3, "sentences3": 0.5}  # of an example; others count 1
CERTAIN = 0.9  # an example that is more certain is taken as one of its class, others as a part of each
ARTICLES = ("a", "an")
MOODS = ("{}", "{}{}", "The kettle{}", "the film {}", "It is blue {}")  # about each emoji, five times


class Wide(NamedTuple):
    """What a text's margin is made of; `matrix` says how."""

    pieces: np.ndarray  # weights [vocabulary]
    pairs: np.ndarray  # numbers of the pairs that weigh something, ascending
    weights: np.ndarray  # of these
    bias: float

    @classmethod
    def of(cls, file: Path, fit) -> "Wide":
        """The one in a file, or else the one that `fit()` gives, which the file then keeps."""
        if not file.exists():
            np.savez(file, **fit()._asdict())
        kept = np.load(file)
        return cls(kept["pieces"], kept["pairs"], kept["weights"], float(kept["bias"]))

    def margins(self, rows: list[list[int]]) -> np.ndarray:
        """Of token ids, [texts]: above 0 for a positive one."""
        return matrix(rows, len(self.pieces), self.pairs) @ np.append(self.pieces, self.weights) + self.bias

    def times(self, share: float) -> "Wide":
        return Wide(self.pieces * share, self.pairs, self.weights * share, self.bias * share)

    def table(self) -> tuple[np.ndarray, np.ndarray]:
        """Weights [PLACES] of the pairs, and the quotients [PLACES] of their numbers, -1 at an empty place."""
        weights, quotients = np.zeros(PLACES, np.float32), np.full(PLACES, -1, np.int16)
        weights[self.pairs % PLACES], quotients[self.pairs % PLACES] = self.weights, self.pairs // PLACES
        return weights, quotients


def numbers(ids: np.ndarray, vocabulary: int) -> np.ndarray:
    """Of the pairs of neighbours, [tokens - 1]."""
    return ids[:-1] * vocabulary + ids[1:]


def matrix(rows: list[list[int]], vocabulary: int, pairs: np.ndarray) -> csr_matrix:
    """Features [texts, vocabulary + pairs] of token ids: how often each piece and pair occurs, by the root of the text's length."""
    places, values, ends = [], [], [0]
    for ids in rows:
        ids = np.array(ids, np.int64)
        met = numbers(ids, vocabulary)
        found = np.minimum(np.searchsorted(pairs, met), len(pairs) - 1)
        found = found[pairs[found] == met]
        at, count = np.unique(np.concatenate((ids, vocabulary + found)), return_counts=True)
        places.append(at), values.append(count / np.sqrt(len(ids))), ends.append(ends[-1] + len(at))
    return csr_matrix((np.concatenate(values), np.concatenate(places), ends), (len(rows), vocabulary + len(pairs)))


def fit_wide(train: dict[str, list[dict]], encode, vocabulary: dict[str, int]) -> Wide:
    """A wide part by logistic regression: first of all pairs that are not rare, then of those that the table has places for.

    train: examples by source, as `load_examples` gives them. encode: token ids of a text.
    The words of `EQUAL` weigh nothing, nor does any pair with one of them, but for articles: those weigh nothing alone.
    """
    rng = random.Random(SEED)
    texts, labels, weights = [], [], []

    def add(text: str, positive: float, weight: float) -> None:
        sides = ((1, positive), (0, 1 - positive))
        for label, share in sides if max(positive, 1 - positive) < CERTAIN else (max(sides, key=lambda side: side[1]),):
            texts.append(text), labels.append(label), weights.append(weight * share)

    for name, examples in train.items():
        for example in examples if len(examples) <= SHORT else rng.sample(examples, SHORT):
            negative, _, positive = soft_target(example)
            add(augment(example["text"], rng), positive / (negative + positive), WEIGHTS.get(name, 1.0))
    for text in neutral_texts(NEUTRAL, rng):
        add(text, 0.5, 2.0)
    for emoji, (_, mood) in EMOJI.items():
        for frame in MOODS:
            add(frame.replace("{}", emoji), 0.5 if mood is None else mood, 10.0 if mood is None else 5.0)
    rows, size = [encode(text) for text in texts], len(vocabulary)
    weightless = [vocabulary[word] for group in EQUAL for word in group]
    unpaired = [vocabulary[word] for group in EQUAL for word in group if word not in ARTICLES]

    def fit(pairs: np.ndarray) -> Wide:
        model = LogisticRegression(C=STRENGTH, solver="liblinear", dual=True, max_iter=ROUNDS, random_state=SEED)
        model.fit(matrix(rows, size, pairs), labels, sample_weight=weights)
        pieces, of_pairs = np.split(model.coef_[0], [size])
        pieces[weightless] = 0
        return Wide(pieces, pairs, of_pairs, model.intercept_[0])

    met = [np.unique(numbers(np.array(ids, np.int64), size)) for ids in rows]
    pairs, counts = np.unique(np.concatenate(met), return_counts=True)
    usable = (counts >= RARE) & ~np.isin(pairs // size, unpaired) & ~np.isin(pairs % size, unpaired)
    pairs, counts = pairs[usable], counts[usable]
    heaviest = np.argsort(-np.abs(fit(pairs).weights) * np.sqrt(counts))
    _, first = np.unique(pairs[heaviest] % PLACES, return_index=True)
    return fit(np.sort(pairs[heaviest[first]]))
