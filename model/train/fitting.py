"""The training loop of all networks: it runs for a given time, continues from checkpoints, and learns soft targets. It uses a GPU if there is one."""

import argparse
import functools
import json
import os
import random
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from tokenizers import Tokenizer
from torch.utils.data import DataLoader, Dataset

from targets import CLASSES, Target
from texts import DEVICE, SEED, half_precision, head_and_tail

# Limits of a batch: tokens, padding included, and rows. Small batches are best for a CPU's caches, and too small for a GPU.
TOKENS, ROWS = (4096, 256) if DEVICE.type == "cpu" else (16_384, 512)
WARM_UP, DECAY_FROM = 0.02, 0.25  # as shares of the training time
WEIGHT_DECAY = 0.01

# Maps token ids and mask [texts, tokens] to logits [texts, classes].
Network = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
# Held-back texts by source: their token ids, and the index of each text's class.
Checks = dict[str, tuple[list[list[int]], np.ndarray]]


def arguments(doc: str | None, *, narrows: bool = False) -> argparse.Namespace:
    """Parses the arguments of a student's training, with `--neurons` and `--layers` if it can remove them. Also prepares the training: see `prepare`."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--start", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--opinions", type=Path, nargs="*", default=[])
    parser.add_argument("--seed", type=int, default=1, help="a run that continues an earlier one takes another, so that it reads other texts first (%(default)s)")
    parser.add_argument("--start-share", type=float, default=0, help="share of the weights of --start in the result (%(default)s)")
    if narrows:
        parser.add_argument("--neurons", type=int, help="number of neurons that each layer keeps (all)")
        parser.add_argument("--layers", type=int, nargs="+", help="the layers to keep, counted from 0 (all)")
    add_course_arguments(parser)
    args = parser.parse_args()
    prepare(args)
    return args


def add_course_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments that `fit` and `prepare` read."""
    parser.add_argument("--minutes", type=float, default=120)
    parser.add_argument("--peak", type=float, help="highest learning rate (as in the program)")
    parser.add_argument("--checkpoint-minutes", type=float, default=4)
    add_machine_arguments(parser)


def add_machine_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the number of threads, and of processes that prepare texts beside the program's own."""
    parser.add_argument("--threads", type=int, default=os.cpu_count() if DEVICE.type == "cpu" else 1)
    parser.add_argument("--workers", type=int, default=0, help="processes that prepare texts (%(default)s: the program's own)")


def prepare(args: argparse.Namespace, seed: int = SEED) -> None:
    """Creates the folder `work` and sets the number of threads and the seed."""
    args.work.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(args.threads)
    torch.manual_seed(seed)


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
        seed: int = 1,
    ):
        """A pass has `segments` segments. It contains each source `passes` times; `made` generates 1 / `segments` of its other texts.
        Courses with different seeds have different orders, and other generated texts."""
        self.texts, self.passes, self.segments, self.change, self.made, self.seed = texts, passes, segments, change, made, seed

    def segment(self, number: int) -> list[tuple[str, Target]]:
        """The texts of a segment; deterministic for each number."""
        rng = random.Random(f"{SEED} {self.seed} {number}")
        chosen = []
        for name, passes in self.passes.items():
            texts = self.texts[name]
            size = round(passes * len(texts) / self.segments)
            for n in range(number * size, (number + 1) * size):
                turn, at = divmod(n, len(texts))
                chosen.append(self.change(*texts[order(name, self.seed, turn, len(texts))[at]], rng))
        return chosen + self.made(self.segments, rng)


@functools.lru_cache(32)
def order(name: str, seed: int, turn: int, size: int) -> np.ndarray:
    """The order of a source's texts the nth time that they are used."""
    return np.random.default_rng([SEED, seed, zlib.crc32(name.encode()), turn]).permutation(size)


def weights_of(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    """A copy of all weights."""
    return {name: tensor.clone() for name, tensor in model.state_dict().items()}


def average(model: torch.nn.Module, first: dict[str, torch.Tensor], share: float) -> None:
    """Replaces each weight by the weighted mean of its value and that in `first`, which gets this share. This restores what the start knew
    and a short training has unlearnt (Wortsman et al. 2022, "Robust fine-tuning of zero-shot models")."""
    last = model.state_dict()
    model.load_state_dict({name: torch.lerp(last[name], first[name], share) if last[name].is_floating_point() else last[name] for name in last})


def set_dropout(model, share: float) -> None:
    """Sets the dropout of all layers to `share`, against learning small sources by heart. Embeddings and attention get none: eager attention
    without it is a third faster on a CPU."""
    model.set_attn_implementation("eager" if DEVICE.type == "cpu" else "sdpa")
    model.config.attention_probs_dropout_prob = 0.0
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    for layer in model.bert.encoder.layer:
        layer.attention.output.dropout.p = layer.output.dropout.p = share
    model.dropout.p = share


def batches_of_tokens(lengths: np.ndarray, tokens: int = TOKENS, most: int = ROWS) -> list[np.ndarray]:
    """Groups rows of similar length into batches of at most `tokens` tokens, padding included, and `most` rows. Returns their indices."""
    batches: list[list[int]] = [[]]
    for place in np.argsort(lengths, kind="stable"):
        if batches[-1] and ((len(batches[-1]) + 1) * lengths[place] > tokens or len(batches[-1]) == most):
            batches.append([])
        batches[-1].append(place)
    return [np.array(batch) for batch in batches]


class Encoded(NamedTuple):
    """Token ids of some texts one after the other [tokens], and the number of tokens of each text [texts]."""

    ids: np.ndarray
    lengths: np.ndarray


def encoded(rows: list[list[int]]) -> Encoded:
    return Encoded(np.concatenate([np.array(row, np.int32) for row in rows]), np.array([len(row) for row in rows]))


def padded(rows: Encoded, batches: list[np.ndarray], pad: int) -> Iterator[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
    """For each batch, on the device: token ids and mask [texts, tokens of the longest text], and the texts' places [texts]. All
    copies to the device are made first, because it has to finish its work for each."""
    lengths = torch.from_numpy(rows.lengths)
    ids, starts = torch.from_numpy(rows.ids).to(DEVICE, torch.long), (lengths.cumsum(0) - lengths).to(DEVICE)
    places = torch.from_numpy(np.concatenate(batches)).to(DEVICE).split([len(batch) for batch in batches])
    columns, widths = torch.arange(int(lengths.max()), device=DEVICE), [rows.lengths[batch].max() for batch in batches]
    lengths = lengths.to(DEVICE)
    for chosen, width in zip(places, widths, strict=True):
        mask = columns[:width] < lengths[chosen][:, None]
        whole = ids[(starts[chosen][:, None] + columns[:width]).clamp(max=len(ids) - 1)]
        yield torch.where(mask, whole, pad), mask.long(), chosen


@torch.no_grad()
def predictions(network: Network, rows: Encoded, pad: int) -> np.ndarray:
    """Logits [texts, classes]."""
    batches, found = batches_of_tokens(rows.lengths), []
    for ids, mask, _ in padded(rows, batches, pad):
        with half_precision():
            found.append(network(ids, mask).float())
    logits = torch.cat(found).cpu().numpy()
    ordered = np.empty_like(logits)
    ordered[np.concatenate(batches)] = logits
    return ordered


def probabilities(network: Network, rows: list[list[int]], pad: int) -> np.ndarray:
    """Probabilities [texts, classes]."""
    return torch.from_numpy(predictions(network, encoded(rows), pad)).softmax(-1).numpy()


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


class Segment(NamedTuple):
    """The texts of a segment, ready for training: their targets [texts, classes], and the batches in the order of their use."""

    rows: Encoded
    targets: np.ndarray
    batches: list[np.ndarray]


class Segments(Dataset):
    """Prepares segments by their numbers, in the training's process or in others."""

    def __init__(self, segment: Callable[[int], list[tuple[str, Target]]], encode: Callable[[str, bool], list[int]], tokens: int, long_share: float):
        self.segment, self.encode, self.tokens, self.long_share = segment, encode, tokens, long_share

    def __getitem__(self, number: int) -> Segment:
        rng, pairs = random.Random(SEED + number), self.segment(number)
        rows = encoded([self.encode(text, rng.random() < self.long_share) for text, _ in pairs])
        batches = batches_of_tokens(rows.lengths, self.tokens)
        rng.shuffle(batches)
        return Segment(rows, np.array([target for _, target in pairs], np.float32), batches)


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
    tokens: int = TOKENS,
    long_share: float = 0.25,
) -> None:
    """Trains the parameters of `model`, which is on `DEVICE`, that require a gradient. `segment` returns texts with their targets for a segment's
    number; `encode` returns the token ids of a text, cut at the long limit for `long_share` of the texts, at the short one for the others. A batch
    has at most `tokens` tokens. Within the minutes of `args` (see `add_course_arguments`), the learning rate rises to `peak`, or that of `args`,
    stays there, and falls to zero. A checkpoint is written every few minutes; if one exists, training continues from it."""
    minutes, peak, checkpoint = args.minutes, args.peak or peak, args.work / "checkpoint.pt"
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
        state = torch.load(checkpoint, map_location=DEVICE)
        model.load_state_dict(state["model"]), optimizer.load_state_dict(state["optimizer"])
        spent, number = state["spent"], state["segment"]

    def held_back() -> str:
        model.eval()
        found = report(checks, network, pad)
        model.train()
        return found

    print("before", held_back(), flush=True)
    loader = DataLoader(
        Segments(segment, encode, tokens, long_share),
        sampler=range(number, 10**9),
        batch_size=None,
        collate_fn=lambda prepared: prepared,
        num_workers=args.workers,
        prefetch_factor=4 if args.workers else None,
    )
    began = saved = time.time()
    for prepared in loader:
        targets = torch.from_numpy(prepared.targets).to(DEVICE)
        loss, started, part = torch.zeros((), device=DEVICE), time.time(), 0.0
        for ids, mask, places in padded(prepared.rows, prepared.batches, pad):
            part = (spent + time.time() - began) / (60 * minutes)
            if part >= 1:
                break
            for group in optimizer.param_groups:
                group["lr"] = peak * (part / WARM_UP if part < WARM_UP else min(1.0, (1 - part) / (1 - DECAY_FROM)))
            with half_precision():
                logits = network(ids, mask)
            cost = torch.nn.functional.cross_entropy(logits.float(), targets[places])
            cost.backward()
            torch.nn.utils.clip_grad_norm_(trained, 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            loss += cost.detach()
        number += 1
        mean = loss.item() / len(prepared.batches)
        rate = len(prepared.rows.ids) / (time.time() - started)
        print(f"segment {number} ({part:.1%} of the time) loss {mean:.4f} {rate:.0f} tokens/s", flush=True)
        if part >= 1:
            break
        if time.time() - saved > 60 * args.checkpoint_minutes:
            parts = {"model": model.state_dict(), "optimizer": optimizer.state_dict()}
            torch.save(parts | {"spent": spent + time.time() - began, "segment": number}, checkpoint.with_suffix(".partial"))
            checkpoint.with_suffix(".partial").replace(checkpoint)
            print(f"held back: {held_back()}", flush=True)
            saved = time.time()
    print(f"held back: {held_back()}", flush=True)
    model.eval()
