"""The training loop of all students: it runs for a given time, continues from checkpoints, and learns soft targets."""

import argparse
import json
import os
import random
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer

from targets import CLASSES, Target
from teacher import batches_of_tokens, padded
from texts import BF16, SEED, head_and_tail

TOKENS = 4096  # in a batch, padding included
WARM_UP, DECAY_FROM = 0.02, 0.25  # as shares of the training time
WEIGHT_DECAY = 0.01

# Maps token ids and mask [texts, tokens] to logits [texts, classes].
Network = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
# Held-back texts by source: their token ids, and the index of each text's class.
Checks = dict[str, tuple[list[list[int]], np.ndarray]]


def arguments(doc: str | None, *, narrows: bool = False) -> argparse.Namespace:
    """Parses the arguments of a training program, with `--neurons` if it can remove neurons. Also creates the folder `work` and sets the
    number of threads and the seed."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--start", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--opinions", type=Path, nargs="*", default=[])
    parser.add_argument("--minutes", type=float, default=120)
    parser.add_argument("--start-share", type=float, default=0, help="share of the weights of --start in the result (%(default)s)")
    if narrows:
        parser.add_argument("--neurons", type=int, help="number of neurons that each layer keeps (all)")
    parser.add_argument("--checkpoint-minutes", type=float, default=4)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(args.threads)
    torch.manual_seed(SEED)
    return args


def encoder_of(tokenizer: dict, start: str, end: str, longest: int) -> Callable[..., list[int]]:
    """Returns a function that gives a text's token ids between two special tokens: at most `longest`, including these, or `limit` if given."""
    whole = Tokenizer.from_str(json.dumps(tokenizer))
    first, last = whole.token_to_id(start), whole.token_to_id(end)

    def encode(text: str, limit: int = longest) -> list[int]:
        return [first, *head_and_tail(whole.encode(text, add_special_tokens=False).ids, limit - 2), last]

    return encode


class Course:
    """Divides the training texts into segments with the same share of every source. Each source is used up in random order before it repeats."""

    def __init__(
        self,
        texts: dict[str, list[tuple[str, Target]]],
        passes: dict[str, float],
        segments: int,
        change: Callable[[str, Target, random.Random], tuple[str, Target]],
        made: Callable[[int, random.Random], list[tuple[str, Target]]],
    ):
        """A pass has `segments` segments. It contains each source `passes` times; `made` generates 1 / `segments` of its other texts."""
        self.texts, self.passes, self.segments, self.change, self.made = texts, passes, segments, change, made

    def segment(self, number: int) -> list[tuple[str, Target]]:
        """The texts of a segment; deterministic for each number."""
        rng = random.Random(SEED + 1000 + number)
        chosen = []
        for name, passes in self.passes.items():
            texts = self.texts[name]
            size = round(passes * len(texts) / self.segments)
            for n in range(number * size, (number + 1) * size):
                at, turn = n % len(texts), n // len(texts)
                if at == 0 or n == number * size:
                    order = list(range(len(texts)))
                    random.Random(f"{name} {turn}").shuffle(order)
                chosen.append(self.change(*texts[order[at]], rng))
        return chosen + self.made(self.segments, rng)


def weights_of(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    """A copy of all weights."""
    return {name: tensor.clone() for name, tensor in model.state_dict().items()}


def average(model: torch.nn.Module, first: dict[str, torch.Tensor], share: float) -> None:
    """Replaces each weight by the weighted mean of its value and that in `first`, which gets this share. This restores what the start knew
    and a short training has unlearnt (Wortsman et al. 2022, "Robust fine-tuning of zero-shot models")."""
    last = model.state_dict()
    model.load_state_dict({name: torch.lerp(last[name], first[name], share) if last[name].is_floating_point() else last[name] for name in last})


def without_dropout(model) -> None:
    """Turns dropout off: with soft targets and few passes it is not needed, and eager attention without it is a third faster on a CPU."""
    model.set_attn_implementation("eager")
    model.config.attention_probs_dropout_prob = 0.0
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0


@torch.no_grad()
def probabilities(network: Network, rows: list[list[int]], pad: int) -> np.ndarray:
    """Probabilities [texts, classes]."""
    found = np.zeros((len(rows), len(CLASSES)), np.float32)
    for batch in batches_of_tokens(rows, TOKENS):
        ids, mask = padded([rows[n] for n in batch], pad)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=BF16):
            found[batch] = network(ids, mask).float().softmax(-1).numpy()
    return found


def macro_f1(guesses: np.ndarray, wanted: np.ndarray) -> float:
    """The mean of F1 (the harmonic mean of precision and recall) over the classes."""
    hit = [np.sum((guesses == n) & (wanted == n)) for n in range(len(CLASSES))]
    return float(np.mean([2 * h / max(1, np.sum(guesses == n) + np.sum(wanted == n)) for n, h in enumerate(hit)]))


def report(checks: Checks, network: Network, pad: int) -> str:
    """The figures for each held-back source: accuracy between negative and positive, and macro-F1 if it has three classes."""
    figures = []
    for name, (rows, wanted) in checks.items():
        found = probabilities(network, rows, pad)
        polar = wanted != 1
        two = np.mean((found[polar, 2] > found[polar, 0]) == (wanted[polar] == 2))
        figures.append(f"{name} {two:.4f}" + (f" F1 {macro_f1(found.argmax(-1), wanted):.3f}" if not polar.all() else ""))
    return ", ".join(figures)


def checks_of(held_back: dict[str, list[dict]], encode: Callable[[str], list[int]]) -> Checks:
    """Encodes some of the held-back texts of each source, with their classes."""
    checks, names = {}, ("negative", "neutral", "positive")
    for source, examples in held_back.items():
        examples = examples[: 600 if "class" in examples[0] else 240]
        wanted = [e.get("class") or ("negative", "positive")[e["label"]] for e in examples]
        kept = [(encode(e["text"]), names.index(w)) for e, w in zip(examples, wanted, strict=True) if w != "mixed"]
        checks[source] = [row for row, _ in kept], np.array([w for _, w in kept])
    return checks


def fit(
    model: torch.nn.Module,
    network: Network,
    segment: Callable[[int], list[tuple[str, Target]]],
    encode: Callable[[str, bool], list[int]],
    checks: Checks,
    *,
    pad: int,
    peak: float,
    args: argparse.Namespace,
) -> None:
    """Trains the parameters of `model` that require a gradient. `segment` returns texts with their targets for a segment's number; `encode`
    returns the token ids of a text, cut at the long or the short limit. Within the minutes of `args` (from `arguments`), the learning rate rises to
    `peak`, stays there, and falls to zero. A checkpoint is written every few minutes; if one exists, training continues from it."""
    minutes, checkpoint = args.minutes, args.work / "checkpoint.pt"
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(
        [
            {"params": [p for p in trained if p.dim() > 1], "weight_decay": WEIGHT_DECAY},
            {"params": [p for p in trained if p.dim() <= 1], "weight_decay": 0.0},
        ],
        lr=peak,
        betas=(0.9, 0.98),
        fused=True,
    )
    spent, number = 0.0, 0
    if checkpoint.exists():
        state = torch.load(checkpoint)
        model.load_state_dict(state["model"]), optimizer.load_state_dict(state["optimizer"])
        spent, number = state["spent"], state["segment"]
    print("before", report(checks, network, pad), flush=True)
    began = saved = time.time()
    while (part := (spent + time.time() - began) / (60 * minutes)) < 1:
        rng = random.Random(SEED + number)
        pairs = segment(number)
        rows = [encode(text, rng.random() < 0.25) for text, _ in pairs]
        targets = torch.tensor([target for _, target in pairs])
        batches = batches_of_tokens(rows, TOKENS, 256)
        rng.shuffle(batches)
        losses, tokens, started = [], 0, time.time()
        for batch in batches:
            part = (spent + time.time() - began) / (60 * minutes)
            if part >= 1:
                break
            for group in optimizer.param_groups:
                group["lr"] = peak * (part / WARM_UP if part < WARM_UP else min(1.0, (1 - part) / (1 - DECAY_FROM)))
            ids, mask = padded([rows[n] for n in batch], pad)
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=BF16):
                logits = network(ids, mask)
            loss = torch.nn.functional.cross_entropy(logits.float(), targets[batch])
            loss.backward()
            torch.nn.utils.clip_grad_norm_(trained, 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            losses.append(loss.item())
            tokens += int(mask.sum())
        number += 1
        print(f"segment {number} ({part:.1%} of the time) loss {np.mean(losses):.4f} {tokens / (time.time() - started):.0f} tokens/s", flush=True)
        if time.time() - saved > 60 * args.checkpoint_minutes:
            parts = {"model": model.state_dict(), "optimizer": optimizer.state_dict()}
            torch.save(parts | {"spent": spent + time.time() - began, "segment": number}, checkpoint.with_suffix(".partial"))
            checkpoint.with_suffix(".partial").replace(checkpoint)
            saved = time.time()
        if number % 8 == 0:
            print(f"held back: {report(checks, network, pad)}", flush=True)
    print(f"held back: {report(checks, network, pad)}", flush=True)
