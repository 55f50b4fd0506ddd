"""Prints the failure rate of a model in each test of a CheckList suite (Ribeiro et al. 2020, "Beyond Accuracy").

    python checklist.py --model FOLDER --suite checklist.json.gz

The suite is a list of `{"name", "type", "capability", "data", "labels"}`. A row of `data` is a text (MFT), or a list of texts that
starts with the original (INV, DIR). A row fails

- MFT: if its strongest class is not the label (0 negative, 1 neutral, 2 positive; null: anything but negative);
- INV: if P(positive) − P(negative) of any text differs by more than 0.2 from the original's. The second figure counts only rows whose
  strongest class changes as well;
- DIR: if P(positive) − P(negative) moves by more than 0.1 in the wrong direction. Added positive phrases must not lower it, and added
  negative phrases must not raise it; intensifiers must not move it towards 0; reducers and "used to" must not move it away from 0.

A two-class model gives neutral the probability 0.
"""

import argparse
import gzip
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

INV_TOLERANCE = 0.2
DIR_TOLERANCE = 0.1

Classify = Callable[[Sequence[str]], np.ndarray]  # texts → probabilities of negative, neutral and positive, one row per text


class Outcome(NamedTuple):
    name: str
    type: str
    capability: str
    rows: int
    failures: float  # share of the rows
    label_failures: float  # INV: share of the rows that fail and whose strongest class changes; otherwise the same as failures


def wrong_direction(name: str, original: float, margins: np.ndarray) -> np.ndarray:
    """How far each margin moved from the original's in the direction that a DIR test, by its name, forbids."""
    moved = margins - original
    name = name.lower()
    if "positive" in name:
        return -moved
    if "negative" in name:
        return moved
    stronger = moved if original > 0 else -moved  # away from 0 on the original's side
    if "intensif" in name:
        return -stronger
    if "reduc" in name:
        return stronger
    raise ValueError(f"no direction is known for the test {name!r}")


def outcome_of(test: dict, classify: Classify) -> Outcome:
    rows = [[row] if isinstance(row, str) else list(row) for row in test["data"]]
    labels = test["labels"] if isinstance(test["labels"], list) else [test["labels"]] * len(rows)
    probabilities = classify([text for row in rows for text in row])
    failed, relabelled, start = [], [], 0
    for row, label in zip(rows, labels, strict=True):
        p = probabilities[start : start + len(row)]
        start += len(row)
        strongest, margins = p.argmax(-1), p[:, 2] - p[:, 0]
        if test["type"] == "MFT":
            failed.append(bool((strongest == 0).any() if label is None else (strongest != label).any()))
            relabelled.append(failed[-1])
        elif test["type"] == "INV":
            failed.append(bool((abs(margins - margins[0]) > INV_TOLERANCE).any()))
            relabelled.append(bool(((abs(margins - margins[0]) > INV_TOLERANCE) & (strongest != strongest[0])).any()))
        else:
            failed.append(bool((wrong_direction(test["name"], margins[0], margins[1:]) > DIR_TOLERANCE).any()))
            relabelled.append(failed[-1])
    return Outcome(
        test["name"], test["type"], test["capability"], len(rows), float(np.mean(failed)), float(np.mean(relabelled))
    )


def evaluate(suite: list[dict], classify: Classify) -> list[Outcome]:
    """The outcome of every test of a suite."""
    return [outcome_of(test, classify) for test in suite]


def read_suite(path: Path) -> list[dict]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return json.load(file)


def exported(folder: Path, *, threads: int = 1, batch: int = 64) -> Classify:
    """The classifier of a folder that `export.py` wrote."""
    import onnxruntime
    from tokenizers import Tokenizer

    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    names = [config["id2label"][str(i)] for i in range(len(config["id2label"]))]
    columns = [("NEGATIVE", "NEUTRAL", "POSITIVE").index(name) for name in names]
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(min(config.get("max_position_embeddings", 512), 384))
    tokenizer.no_padding()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(str(folder / "onnx" / "model_quantized.onnx"), options)

    def classify(texts: Sequence[str]) -> np.ndarray:
        rows = [encoding.ids for encoding in tokenizer.encode_batch(list(texts))]
        result = np.zeros((len(rows), 3))
        order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
        for start in range(0, len(order), batch):
            chosen = order[start : start + batch]
            ids = np.zeros((len(chosen), max(len(rows[i]) for i in chosen)), dtype=np.int64)
            mask = np.zeros_like(ids)
            for row, i in enumerate(chosen):
                ids[row, : len(rows[i])] = rows[i]
                mask[row, : len(rows[i])] = 1
            logits = session.run(["logits"], {"input_ids": ids, "attention_mask": mask})[0].astype(np.float64)
            powers = np.exp(logits - logits.max(-1, keepdims=True))
            result[np.ix_(chosen, columns)] = powers / powers.sum(-1, keepdims=True)
        return result

    return classify


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True, help="a folder that export.py wrote")
    parser.add_argument("--suite", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print one JSON line per test")
    args = parser.parse_args()
    for outcome in evaluate(read_suite(args.suite), exported(args.model, threads=args.threads)):
        if args.json:
            print(json.dumps(outcome._asdict(), ensure_ascii=False))
            continue
        labels = f" ({outcome.label_failures:.3f} change class)" if outcome.type == "INV" else ""
        print(f"{outcome.type} {outcome.failures:.3f}{labels}  {outcome.name}  [{outcome.capability}, {outcome.rows} rows]", flush=True)


if __name__ == "__main__":
    main()
