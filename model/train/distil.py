"""Distils the fine-tuned checkpoint into a student of four layers and a smaller vocabulary: the model that ships.

    python distil.py --data DATA --work WORK --teacher CHECKPOINT --quick-teacher FOLDER

CHECKPOINT is what `train.py` leaves in its `final/`, FOLDER what `export.py` makes of that, which is asked for its opinions
because it is several times as fast. WORK receives the same files as from `train.py`, and `opinions.npz`. The student starts
from four of the teacher's six layers and learns

- labelled texts, all sources;
- the teacher's opinion of texts without labels: whole reviews, and sentences cut from them (Hinton et al. 2015, "Distilling
  the Knowledge in a Neural Network", at temperature 1);
- that texts which say nothing are neither positive nor negative (`neutral.py`);
- emoji, which the teacher has no words for (`symbols.py`), and typing errors.

Layers 0, 1, 2 and 5 are kept, of nine ways to choose four: without any training they are right on 91.8 % of the held-back
SST-2 phrases and 86.3 % of the Amazon reviews, next to 91.8 and 92.8 % of all six.
"""

import json
import random
import re
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from tokenizers import Tokenizer
from transformers import AutoModelForSequenceClassification

from export import kept_pieces, renumber
from neutral import neutral_texts
from symbols import EMOJI, SMILEYS, TONES
from train import (
    SEED,
    Phase,
    arguments,
    augment,
    batches_of,
    checks_of,
    clean,
    drawn,
    fit,
    head_and_tail,
    load_sources,
    read,
)

LAYERS = (0, 1, 2, 5)
MIN_COUNT = 75  # of a word piece in DATA, for its embedding to be kept
MAX_TOKENS = 256
SMOOTHING = 0.03  # of labels, which are sometimes wrong

PHASES = (
    Phase(
        {"amazon": 0.6, "amazon-unlabelled": 0.6, "amazon-sentences": 1.0, "sst2": 1.0, "yelp-sentences": 0.2, "imdb": 0.2},
        1.2e-4,
        words=True,
    ),
    Phase(
        {"amazon": 0.6, "amazon-unlabelled": 0.3, "amazon-sentences": 0.5, "sst2": 1.2, "yelp-sentences": 0.15, "imdb": 0.15},
        6e-5,
        words=True,
    ),
    Phase(
        {
            "amazon": 0.12,
            "amazon-unlabelled": 0.05,
            "amazon-sentences": 0.15,
            "sst2": 0.3,
            "yelp-sentences": 0.03,
            "imdb": 0.02,
        },
        3e-5,
        words=True,
    ),
)
NEUTRAL = 5000  # texts in each phase
SENTENCES = 30000


def encoder_of(tokenizer: dict):
    made = Tokenizer.from_str(json.dumps({**tokenizer, "truncation": None, "padding": None}))
    start, end = (made.token_to_id(token) for token in ("[CLS]", "[SEP]"))
    return lambda text: [start, *head_and_tail(made.encode(text, add_special_tokens=False).ids, MAX_TOKENS - 2), end]


def isolating_symbols(tokenizer: dict) -> None:
    """Makes emoji words of their own and gives the known ones ids. A BERT tokenizer has no ids for them, and takes a word
    with an emoji at its end for one unknown word."""
    symbols = {"Regex": "[\\p{So}\\p{Sk}]"}
    tokenizer["pre_tokenizer"] = {
        "type": "Sequence",
        "pretokenizers": [
            {"type": "Split", "pattern": symbols, "behavior": "Isolated", "invert": False},
            {"type": "BertPreTokenizer"},
        ],
    }
    vocabulary = tokenizer["model"]["vocab"]
    for symbol in (*EMOJI, *TONES):
        vocabulary.setdefault(symbol, len(vocabulary))


def student_of(teacher, tokenizer: dict, data: Path):
    """The student before training, and its tokenizer.json."""
    words = teacher.bert.embeddings.word_embeddings.weight.data
    old = tokenizer["model"]["vocab"]
    whole = Tokenizer.from_str(json.dumps({**tokenizer, "truncation": None, "padding": None}))
    isolating_symbols(tokenizer)
    starts = {symbol: word for symbol, (word, _) in EMOJI.items()} | dict.fromkeys(TONES, "color")
    added = [words[old[starts[symbol]]] for symbol, id in old.items() if id >= len(words)]
    words = torch.cat([words, torch.stack(added)])
    specials = {token["content"] for token in tokenizer["added_tokens"]}
    kept = kept_pieces(whole, specials, data, MIN_COUNT)
    kept += range(whole.get_vocab_size(), len(words))
    renumber(tokenizer, kept)

    student = teacher
    layers = student.bert.encoder.layer
    student.bert.encoder.layer = torch.nn.ModuleList(layers[n] for n in LAYERS)
    student.bert.embeddings.word_embeddings = torch.nn.Embedding.from_pretrained(words[kept], freeze=False)
    student.config.num_hidden_layers = len(LAYERS)
    student.config.vocab_size = len(kept)
    student.config.pad_token_id = tokenizer["model"]["vocab"]["[PAD]"]
    return student


def sentences_of(examples: list[dict], rng: random.Random) -> list[dict]:
    """Short pieces of reviews, of 3 to 40 words."""
    pieces = []
    for example in examples:
        parts = [p for p in re.split(r"(?<=[.!?])\s+", example["text"]) if 3 <= len(p.split()) <= 40]
        if parts:
            pieces.append({"text": rng.choice(parts)})
    return rng.sample(pieces, min(SENTENCES, len(pieces)))


def opinions(folder: Path, texts: list[str]) -> np.ndarray:
    """The probability that each text is positive, by an exported model."""
    encode = encoder_of(json.loads((folder / "tokenizer.json").read_text(encoding="utf-8")))
    options = onnxruntime.SessionOptions()
    options.enable_mem_pattern = False
    session = onnxruntime.InferenceSession(folder / "onnx" / "model_quantized.onnx", options)
    result = np.zeros(len(texts), np.float32)
    for i, text in enumerate(texts):
        row = np.array([encode(clean(text))])
        logits = session.run(None, {"input_ids": row, "attention_mask": np.ones_like(row)})[0][0]
        result[i] = 1 / (1 + np.exp(logits[0] - logits[1]))
    return result


def rough(text: str, target: float, rng: random.Random) -> tuple[str, float]:
    """The text as it might arrive from a telephone, and what to think of it."""
    text = augment(text, rng)
    if rng.random() < 0.08 and len(text) > 20:  # one letter lost, doubled or in the wrong place
        at = rng.randrange(1, len(text) - 2)
        before, one, two, after = text[:at], text[at], text[at + 1], text[at + 2 :]
        text = before + rng.choice((two, one + one + two, two + one)) + after
    if rng.random() < 0.05 and abs(target - 0.5) > 0.3:
        label = int(target > 0.5)
        emoji = [symbol for symbol, (_, mood) in EMOJI.items() if mood == label]
        smileys = [symbol for symbol, mood in SMILEYS.items() if mood == label]
        symbols = rng.choice(emoji * 2 + smileys) * rng.choice((1, 1, 1, 2, 3))
        text = rng.choice((f"{text} {symbols}", f"{text}{symbols}", f"{symbols} {text}"))
    return text, target


def moods(rng: random.Random) -> tuple[str, float]:
    """Emoji alone."""
    symbol, (_, mood) = rng.choice(list(EMOJI.items()))
    return symbol * rng.choice((1, 1, 2, 3)), 0.5 if mood is None else (0.05, 0.95)[mood]


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--teacher", type=Path, required=True)
    parser.add_argument("--quick-teacher", type=Path, required=True)
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(args.threads)
    torch.manual_seed(SEED)
    teacher = AutoModelForSequenceClassification.from_pretrained(args.teacher, local_files_only=True).eval()
    tokenizer = json.loads((args.teacher / "tokenizer.json").read_text(encoding="utf-8"))

    rng = random.Random(SEED)
    train, held_back = load_sources(args.data)
    unlabelled = {"amazon-unlabelled": read(args.data / "unlabelled" / "amazon.jsonl.gz")}
    unlabelled["amazon-sentences"] = sentences_of(unlabelled["amazon-unlabelled"] + train["amazon"], rng)
    saved = args.work / "opinions.npz"
    if not saved.exists():
        print("asking the teacher", flush=True)
        np.savez(saved, **{n: opinions(args.quick_teacher, [e["text"] for e in u]) for n, u in unlabelled.items()})
    believed = np.load(saved)
    texts = {n: [(e["text"], SMOOTHING + (1 - 2 * SMOOTHING) * e["label"]) for e in t] for n, t in train.items()}
    for name, examples in unlabelled.items():
        texts[name] = [(e["text"], float(p)) for e, p in zip(examples, believed[name], strict=True)]
        print(f"{name}: {len(examples)}, {np.mean(abs(believed[name] - 0.5) < 0.4):.1%} between 0.1 and 0.9", flush=True)

    student = student_of(teacher, tokenizer, args.data)
    encode = encoder_of(tokenizer)

    def plan(phase: int):
        rng = random.Random(SEED + 1 + phase)
        chosen = [(text, 0.5) for text in neutral_texts(NEUTRAL, rng)] + [moods(rng) for _ in range(NEUTRAL // 10)]
        for name, passes in PHASES[phase].passes.items():
            chosen += [rough(text, target, rng) for text, target in drawn(texts[name], passes, rng)]
        return batches_of([(encode(text), target) for text, target in chosen], rng)

    fit(student, PHASES, plan, checks_of(held_back, encode), student.config.pad_token_id, args.work, args.checkpoint_minutes)
    student.float().save_pretrained(args.work / "final")
    (args.work / "final" / "tokenizer.json").write_text(json.dumps(tokenizer, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main()
