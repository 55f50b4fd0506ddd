"""Asks exported models for their opinions of texts: the means of their predictions. Such a mean is right more often than each of them.

    python peers.py --data DATA --models ../lite ../lite-multi --out OPINIONS --most 300000 unlabelled/pieces unlabelled/imdb

Writes `OPINIONS/unlabelled-pieces.npy` and so on, [texts, 3], in the form of `teacher.py ask`: logits, NaN for texts without an opinion. At most
`--most` texts of each file, chosen at random, get one. The file is written after every `ASKED` texts, so it can be used before all is done, and the same command
continues from it.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from fitting import batches_of_tokens
from targets import CLASSES
from texts import SEED, clean, head_and_tail, read

ASKED = 20_000  # texts whose opinions are written at a time
TOKENS, LIMIT = 1024, 224  # tokens of a batch, and of a text


def model_of(folder: Path, threads: int) -> Callable[[list[str]], np.ndarray]:
    """Returns a function that gives the logarithms of an exported model's probabilities [texts, classes]."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(str(folder / "onnx" / "model_quantized.onnx"), options)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    pad = next(found for name in ("[PAD]", "<pad>") if (found := tokenizer.token_to_id(name)) is not None)

    def believed(texts: list[str]) -> np.ndarray:
        rows = [head_and_tail(row.ids, LIMIT) for row in tokenizer.encode_batch([clean(text) for text in texts])]
        logits = np.empty((len(rows), len(CLASSES)), np.float32)
        for batch in batches_of_tokens(np.array([len(row) for row in rows]), TOKENS):
            width = max(len(rows[n]) for n in batch)
            ids = np.array([rows[n] + [pad] * (width - len(rows[n])) for n in batch], np.int64)
            mask = (np.arange(width) < np.array([[len(rows[n])] for n in batch])).astype(np.int64)
            (logits[batch],) = session.run(["logits"], {"input_ids": ids, "attention_mask": mask})
        return logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)

    return believed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--models", type=Path, nargs="+", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--most", type=int, default=300_000)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("files", nargs="+")
    args = parser.parse_args()

    models = [model_of(folder, args.threads) for folder in args.models]
    args.out.mkdir(parents=True, exist_ok=True)
    for file in args.files:
        texts = [example["text"] for example in read(args.data / f"{file}.jsonl.gz")]
        chosen = np.random.default_rng(SEED).permutation(len(texts))[: args.most]
        path = args.out / f"{file.replace('/', '-')}.npy"
        opinions = np.load(path) if path.exists() else np.full((len(texts), len(CLASSES)), np.nan, np.float32)
        chosen = chosen[np.isnan(opinions[chosen, 0])]
        for some in np.split(chosen, range(ASKED, len(chosen), ASKED)):
            opinions[some] = np.mean([model([texts[n] for n in some]) for model in models], axis=0)
            np.save(path.with_suffix(".partial.npy"), opinions)
            path.with_suffix(".partial.npy").replace(path)
            print(f"{file}: {np.sum(~np.isnan(opinions[:, 0]))} opinions", flush=True)


if __name__ == "__main__":
    main()
