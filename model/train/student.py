"""Trains the three-class student that ships as `lite`.

    python student.py --data DATA --start FOLDER --work WORK --opinions OPINIONS… [--minutes 120]

FOLDER is a model written by `export.py` (`../lite`), which `restore.py` reads, or the `final/` of an earlier run: four layers of width 384. If
it has two classes, the third starts between them. With `--neurons`, each layer starts with that many neurons; with `--layers`, only
these layers remain. OPINIONS are folders written by `teacher.py ask` or `peers.py`.

The learning rate depends on the time: within `--minutes` it rises, stays, and falls to zero. The program writes `WORK/checkpoint.pt` every few
minutes (the same command continues from it) and, at the end, `WORK/final/`, an input for `export.py`.

Each segment contains a share of every source (`PASS`), with the targets of `targets.py`, and of the generated texts: behaviours
(`behaviours.py`), texts about people (`groups.py`), texts without sentiment (`neutral.py`), and emoji (`symbols.py`). Words of the same group of
`groups.py` share one embedding from the start.
"""

import functools
import json
import random
from typing import NamedTuple

import numpy as np
import torch
from tokenizers import Tokenizer

from behaviours import behaviour_texts, origin_texts, respelled
from fitting import Course, arguments, average, checks_of, encoder_of, fit, report, set_dropout, weights_of
from groups import EQUAL, REPLACE, fairness_texts
from narrow import keep_layers, without_neurons
from neutral import neutral_texts
from pieces import FUNCTION_WORDS, WORD, replaced
from restore import restored
from symbols import EMOJI, RATING_STARS, SMILEYS
from targets import CLASSES, NAMED, Target, load_examples, soft_target
from texts import DEVICE, augment, clean

MAX_TOKENS = 224  # tokens of a training text
LONG, LONG_SHARE = 384, 0.4  # a share of the texts keeps more
PEAK = 8e-5  # learning rate
SEGMENTS = 60  # in a pass
OBSERVED = 100  # held-back texts of each source, from which `without_neurons` chooses the neurons


class Made(NamedTuple):
    """The number of generated texts of each kind in a pass."""

    behaviours: int
    fairness: int
    origins: int
    neutral: int
    moods: int


# How often a pass contains each source.
PASS = {
    "amazon": 0.5,
    "amazon-unlabelled": 0.4,
    "stars": 0.8,
    "sentences3": 2.5,
    "amazon-polarity": 0.5,
    "cad-imdb": 7.0,
    "sst2": 1.2,
    "yelp-sentences": 0.5,
    "imdb": 0.3,
    "imdb-unlabelled": 0.0,
    "pieces": 1.5,
    "written": 2.0,
    "judged": 2.0,
}
MADE = Made(behaviours=100_000, fairness=15_000, origins=10_000, neutral=6_000, moods=2_000)
DROPOUT = 0.05


NEGATED = "|".join(rf"\b{verb}nt" for verb in "do does did is are was were have has had could would should".split())
BEFORE_IS = "|".join(rf"\b{word} ?['’]s" for word in "it that he she what there who where how here".split())
# Contractions, in lower case, and the words that they stand for: the network sees only these words. Missing apostrophes are accepted,
# unless the result is another word ("its", "well"). No pattern begins with a lookbehind of several words, which would be slow.
CONTRACTIONS = (
    (r"(?<![a-z])(?:ca ?n['’]t|cannot|cant)(?![a-z])", "can not"),
    (r"(?<![a-z])(?:wo ?n['’]t|wont)(?![a-z])", "will not"),
    (r"(?<![a-z])sha ?n['’]t(?![a-z])", "shall not"),
    (r"(?<![a-z])(?:ai ?n['’]t|aint)(?![a-z])", "is not"),
    (rf"n['’]t(?![a-z])|nt(?<={NEGATED})(?![a-z])", " not"),
    (r"['’]re(?![a-z])|re(?<=\btheyre|\byoure)(?![a-z])", " are"),
    (r"['’]ve(?![a-z])|ve(?<=\bive)(?![a-z])", " have"),
    (r"['’]ll(?![a-z])", " will"),
    (r"['’]m(?![a-z])|m(?<=\bim)(?![a-z])", " am"),
    (r"['’]d(?![a-z])", " would"),
    (rf"['’]s(?<={BEFORE_IS})(?![a-z])|s(?<=\bthats)(?![a-z])", " is"),
)


def spelled(tokenizer: dict) -> None:
    """Makes tokenizer.json convert styled letters to plain ones (NFKC), terms of several words to one word (`REPLACE`), and contractions
    to the words that they stand for."""
    steps = tokenizer["normalizer"]["normalizers"]
    terms, contractions = (
        [{"type": "Replace", "pattern": {"Regex": pattern}, "content": words} for pattern, words in kind] for kind in (REPLACE, CONTRACTIONS)
    )
    if not any(step["type"] == "NFKC" for step in steps):
        steps[:] = [{"type": "NFKC"}, *steps, *terms]
    if contractions[0] not in steps:
        lowercase = next(n for n, step in enumerate(steps) if step["type"] == "BertNormalizer")
        steps[lowercase + 1 : lowercase + 1] = contractions


def with_words(model, tokenizer: dict, words: list[str]) -> None:
    """Adds the words that are not word pieces yet. The embedding of each starts as the mean of the pieces that it consisted of."""
    whole = Tokenizer.from_str(json.dumps(tokenizer))
    table, vocabulary = model.bert.embeddings.word_embeddings.weight.data, tokenizer["model"]["vocab"]
    added = []
    for word in words:
        if word not in vocabulary:
            added.append(table[whole.encode(word, add_special_tokens=False).ids].mean(0))
            vocabulary[word] = len(vocabulary)
    if added:
        table = torch.cat([table, torch.stack(added)])
    model.bert.embeddings.word_embeddings = torch.nn.Embedding.from_pretrained(table, freeze=False)
    model.config.vocab_size = len(table)


def tied(vocabulary: dict[str, int]) -> torch.Tensor:
    """[vocabulary]: for each id, the id whose embedding it uses: for the words of a group of `EQUAL` that of its first word, otherwise itself."""
    uses = torch.arange(len(vocabulary))
    for group in EQUAL:
        uses[[vocabulary[word] for word in group]] = vocabulary[group[0]]
    return uses


def tie(model, vocabulary: dict[str, int]) -> None:
    """Sets the embeddings of all words in a group of `EQUAL` to their mean."""
    table = model.bert.embeddings.word_embeddings.weight.data
    for group in EQUAL:
        ids = [vocabulary[word] for word in group]
        table[ids] = table[ids].mean(0)


def with_neutral(layer: torch.nn.Linear) -> torch.nn.Linear:
    """The last layer of a network with a third class if it has two. It starts halfway between the others, with a slightly lower bias."""
    if layer.out_features == len(CLASSES):
        return layer
    new = torch.nn.Linear(layer.in_features, len(CLASSES))
    with torch.no_grad():
        new.weight.copy_(torch.stack((layer.weight[0], layer.weight.mean(0), layer.weight[1])))
        new.bias.copy_(torch.stack((layer.bias[0], layer.bias.mean() - 0.5, layer.bias[1])))
    return new


def three_classes(model) -> None:
    """Adds the third class to a network with two."""
    model.classifier = with_neutral(model.classifier)
    model.config.id2label = dict(enumerate(CLASSES))
    model.config.label2id = {name: n for n, name in enumerate(CLASSES)}
    model.num_labels = model.config.num_labels


def reworded(text: str, rng: random.Random) -> str:
    """The text with one or two function words replaced by others of their kind, which hardly ever changes the verdict."""
    for _ in range(rng.choice((1, 1, 2))):
        found = [(match, words) for match in WORD.finditer(text) for words in FUNCTION_WORDS if match[0].lower() in words]
        if found:
            match, words = rng.choice(found)
            text = replaced(text, match, rng.choice(sorted(words)))
    return text


def rough(text: str, target: Target, rng: random.Random) -> tuple[str, Target]:
    """The text as somebody might type it on a phone, with its target."""
    text = augment(text, rng)
    for change in ("contraction", "punctuation"):
        if rng.random() < 0.06:
            text = respelled(text, change, rng) or text
    if rng.random() < 0.12:
        text = reworded(text, rng)
    if rng.random() < 0.3 and len(text) > 20:  # a letter dropped, doubled or swapped; several in a long text
        for _ in range(rng.randint(1, 1 + len(text) // 150)):
            at = rng.randrange(1, len(text) - 2)
            before, one, two, after = text[:at], text[at], text[at + 1], text[at + 2 :]
            text = before + rng.choice((two, one + one + two, two + one)) + after
    if rng.random() < 0.04 and max(target[0], target[2]) > 0.75:
        label = int(target[2] > target[0])
        emoji = [symbol for symbol, (_, mood) in EMOJI.items() if mood == label]
        smileys = [symbol for symbol, mood in SMILEYS.items() if mood == label]
        symbols = rng.choice(emoji * 2 + smileys) * rng.choice((1, 1, 1, 2, 3))
        text = rng.choice((f"{text} {symbols}", f"{text}{symbols}", f"{symbols} {text}"))
    return text, target


def moods(rng: random.Random) -> tuple[str, Target]:
    """A text that consists of emoji, with its target."""
    # A star alone is a rating; `behaviours.py` generates those.
    symbol, (_, mood) = rng.choice([(symbol, about) for symbol, about in EMOJI.items() if symbol not in RATING_STARS])
    target = NAMED["neutral"] if mood is None else NAMED[("negative", "positive")[mood]]
    return symbol * rng.choice((1, 1, 2, 3)), target


def made(counts: Made, segments: int, rng: random.Random) -> list[tuple[str, Target]]:
    """The generated texts for one of `segments` segments of a pass."""
    texts = [(text, target) for text, target, _ in behaviour_texts(counts.behaviours // segments, rng)]
    texts += [(text, target) for text, target, *_ in fairness_texts(counts.fairness // segments, rng)]
    texts += origin_texts(counts.origins // segments, rng)
    texts += [(text, NAMED["neutral"]) for text in neutral_texts(counts.neutral // segments, rng)]
    return texts + [moods(rng) for _ in range(counts.moods // segments)]


def main() -> None:
    args = arguments(__doc__, narrows=True)

    train, held_back = load_examples(args.data, tuple(args.opinions))
    for name, examples in ((name, examples) for name, examples in train.items() if examples):
        print(f"{name}: {len(examples)} texts, {np.mean(['opinion' in e for e in examples]):.0%} with an opinion", flush=True)
    model = restored(args.start)
    if args.layers:
        keep_layers(model, args.layers)
    tokenizer = json.loads((args.start / "tokenizer.json").read_text(encoding="utf-8"))
    spelled(tokenizer)
    with_words(model, tokenizer, [word for group in EQUAL for word in group])
    vocabulary = args.work / "vocabulary.json"  # a checkpoint is only valid for its word pieces
    if not vocabulary.exists():
        vocabulary.write_text(json.dumps(tokenizer["model"]["vocab"], ensure_ascii=False), encoding="utf-8")
    elif json.loads(vocabulary.read_text(encoding="utf-8")) != tokenizer["model"]["vocab"]:
        raise SystemExit(f"the words of groups.py have changed since {args.work} was begun: take another --work")
    tie(model, tokenizer["model"]["vocab"])
    three_classes(model)
    uses, pad = tied(tokenizer["model"]["vocab"]).to(DEVICE), tokenizer["model"]["vocab"]["[PAD]"]
    encode, network = encoder_of(tokenizer, "[CLS]", "[SEP]", LONG), lambda ids, mask: model(input_ids=uses[ids], attention_mask=mask).logits
    texts = {name: [(e["text"], soft_target(e)) for e in examples] for name, examples in train.items()}
    if args.neurons:
        some = [encode(clean(e["text"])) for examples in held_back.values() for e in examples[:OBSERVED]]
        model = without_neurons(model, some, args.neurons)
    set_dropout(model, DROPOUT)
    model.to(DEVICE)
    first = weights_of(model)
    checks = checks_of(held_back, lambda text: encode(clean(text)))
    fit(
        model,
        network,
        Course(texts, PASS, SEGMENTS, rough, functools.partial(made, MADE), args.seed).segment,
        lambda text, long: encode(text, LONG if long else MAX_TOKENS),
        checks,
        pad=pad,
        peak=PEAK,
        args=args,
        long_share=LONG_SHARE,
    )
    average(model, first, args.start_share)
    print(f"averaged: {report(checks, network, pad)}", flush=True)
    final = args.work / "final"
    table = model.bert.embeddings.word_embeddings.weight.data
    table.copy_(table[uses])
    model.float().save_pretrained(final)
    (final / "tokenizer.json").write_text(json.dumps(tokenizer, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main()
