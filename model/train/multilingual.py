"""Trains the three-class network for twelve languages that ships as `lite-multi`.

    python multilingual.py --data DATA --start START --work WORK --opinions OPINIONS… [--minutes 120]

START is the output of `e5.py`, or `final/` of an earlier run; in the latter case `--start-share 0.5` makes the result the mean of both. The
program writes `WORK/checkpoint.pt` every few minutes (the same command continues from it) and, at the end, `WORK/final/`, an input for
`export.py`.

The network learns the English sources of `student.py`, with the same targets and generated texts; `DATA/train/languages.jsonl.gz`; the
reviews in `written/`; and short texts in each language (`languages.py`). Word embeddings and the lowest layers are frozen, so that the network does not forget what it
knows of languages with few reviews, and each step takes less time.
"""

import json
import random
from collections import defaultdict
from pathlib import Path

from transformers import AutoModelForSequenceClassification

import student
from fitting import Course, arguments, average, checks_of, encoder_of, fit, report, set_dropout, weights_of
from languages import LANGUAGES, frame_texts
from targets import WRITTEN, Target, judged_sentences, load_examples, shuffle, soft_target
from texts import DEVICE, clean, read

MAX_TOKENS, LONG = 144, 320  # tokens of a training text; one text in four keeps LONG
PEAK = 9e-5
FROZEN = 2  # layers
DROPOUT = 0.1
SEGMENTS = 150  # in a pass
# How often a pass contains each source, and the number of generated texts of each kind.
PASS = {
    "amazon": 0.3,
    "amazon-unlabelled": 0.15,
    "stars": 0.25,
    "sentences3": 0.5,
    "amazon-polarity": 0.2,
    "cad-imdb": 0.6,
    "sst2": 0.2,
    "yelp-sentences": 0.08,
    "imdb": 0.03,
    "pieces": 0.5,
    "written": 5.0,
    "judged": 2.0,
    **{language: 16.0 for language in ("es", "fr", "it")},
    **{language: 10.0 for language in ("de", "pt", "nl", "ru")},
    "ar": 1.5,
    "tr": 5.0,
    "zh": 0.6,
    "written-others": 11.0,
    "judged-others": 10.0,
}
FRAMES, MADE = 20_000, student.Made(behaviours=30_000, fairness=8_000, origins=4_000, neutral=4_000, moods=1_200)
HELD_BACK = 120  # texts of each language that are never used for training


def made(segments: int, rng: random.Random) -> list[tuple[str, Target]]:
    """The generated texts for one of `segments` segments of a pass."""
    return frame_texts(FRAMES // segments, rng) + student.made(MADE, segments, rng)


def load_languages(data: Path) -> tuple[dict[str, list[dict]], dict[str, list[dict]]]:
    """Training examples by language, and those that are never used for training."""
    by_language = defaultdict(list)
    for example in read(data / "train/languages.jsonl.gz"):
        if example["lang"] in LANGUAGES:
            by_language[example["lang"]].append(example)
    by_language["written-others"] = [row for file in sorted(WRITTEN.glob("*.jsonl")) if file.stem != "en" for row in read(file)]
    train, held_back = {}, {}
    for language, examples in by_language.items():
        shuffle(examples, grows=language == "written-others")
        held_back[language], train[language] = examples[:HELD_BACK], examples[HELD_BACK:]
    train["judged-others"] = judged_sentences(example for examples in train.values() for example in examples)
    return train, held_back


def without_addresses(tokenizer: dict) -> None:
    """Makes tokenizer.json drop web addresses and @handles, as `lite` does, and spaces around the text. Addresses and handles are matched in
    ASCII, because Chinese and Japanese put no space after them."""
    steps = tokenizer["normalizer"]["normalizers"]
    patterns = (r"(?:https?://|www\.)[!-~]+", r"(?<!\S)@[A-Za-z0-9_]+")
    dropped = [{"type": "Replace", "pattern": {"Regex": pattern}, "content": " "} for pattern in patterns]
    if dropped[0] not in steps:
        steps[1:1] = dropped  # after Precompiled and before spaces are collapsed
        steps.append({"type": "Strip", "strip_left": True, "strip_right": True})


def main() -> None:
    args = arguments(__doc__)

    train, held_back = load_examples(args.data, tuple(args.opinions))
    others, others_held_back = load_languages(args.data)
    model = AutoModelForSequenceClassification.from_pretrained(args.start, local_files_only=True).float().train()
    tokenizer = json.loads((args.start / "tokenizer.json").read_text(encoding="utf-8"))
    without_addresses(tokenizer)
    set_dropout(model, DROPOUT)
    model.to(DEVICE)
    for part in (model.bert.embeddings.word_embeddings, *model.bert.encoder.layer[:FROZEN]):
        part.requires_grad_(False)
    encode, pad = encoder_of(tokenizer, "<s>", "</s>", LONG), model.config.pad_token_id
    texts = {name: [(e["text"], soft_target(e)) for e in examples] for name, examples in (train | others).items()}
    checks = checks_of({n: held_back[n] for n in ("amazon", "stars", "sst2", "sentences3")} | others_held_back, lambda text: encode(clean(text)))
    first, network = weights_of(model), lambda ids, mask: model(input_ids=ids, attention_mask=mask).logits
    fit(
        model,
        network,
        Course(texts, PASS, SEGMENTS, student.rough, made, args.seed).segment,
        lambda text, long: encode(text, LONG if long else MAX_TOKENS),
        checks,
        pad=pad,
        peak=PEAK,
        args=args,
    )
    average(model, first, args.start_share)
    print(f"averaged: {report(checks, network, pad)}", flush=True)
    final = args.work / "final"
    model.save_pretrained(final)
    (final / "tokenizer.json").write_text(json.dumps(tokenizer, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main()
