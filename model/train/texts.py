"""Reads, cleans, respells and shortens texts of reviews for training."""

import gzip
import hashlib
import json
import random
import re
from pathlib import Path

import torch

SEED = 20260101
DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
# CPUs without support for it emulate it: 81 tokens/s per core instead of 955 with fp32.
BF16 = DEVICE.type == "cuda" or torch.cpu._is_avx512_bf16_supported()


def half_precision() -> torch.autocast:
    """A context in which matrices are multiplied in bfloat16, if the device can do so fast."""
    return torch.autocast(DEVICE.type, dtype=torch.bfloat16, enabled=BF16)


def head_and_tail(ids: list[int], limit: int) -> list[int]:
    """Keeps the first quarter and the last three quarters of `limit` tokens, as the product does (Sun et al. 2019)."""
    if len(ids) <= limit:
        return ids
    head = limit // 4
    return ids[:head] + ids[len(ids) - (limit - head) :]


_GLUED = re.compile(r" (?=[.,!?;:)\]%]|'(?:s|m|d|re|ve|ll)\b|n't\b)")


def natural(text: str) -> str:
    """Undoes tokenised spelling: "did n't like it ." becomes "didn't like it."."""
    text = re.sub(r"\b(\w+) n't\b", r"\1n't", text)
    text = _GLUED.sub("", text)
    return re.sub(r"([(\[$]) ", r"\1", text)


def clean(text: str) -> str:
    return text.replace("<br />", " ")


_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=\S)")
WORDS = range(2, 60)  # words of a sentence


def sentences(text: str) -> list[str]:
    """The sentences of a review that are neither very short nor very long."""
    return [part.strip() for part in _END.split(natural(clean(text))) if len(part.split()) in WORDS]


def digest(text: str) -> str:
    """Names a text in a file without containing it."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def augment(text: str, rng: random.Random) -> str:
    """A random spelling of the same review; the words stay the same."""
    text = clean(text)
    if rng.random() < 0.5:
        text = natural(text)
    if rng.random() < 0.1:
        text = text.rstrip(" .!")
    return text


def read(path: Path) -> list[dict]:
    """The rows of a `.jsonl` or `.jsonl.gz` file."""
    with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]
