"""Puts more layers of multilingual-e5-small on top of a trained network with fewer of them, as a start for further training.

    python grow.py --weights e5-small-q4.bin --model FOLDER --out START [--layers 10]

FOLDER is a model written by `export.py`, or `final/` of a run of `multilingual.py`.

The new layers hardly change a text at first, so training begins with the accuracy of FOLDER: what they add to a row is weakened, and their
layer norms are fitted to reproduce their inputs, which the last layer of FOLDER has normalised already.
"""

import argparse
import copy
import json
import shutil
from pathlib import Path

import torch
from transformers import BertForSequenceClassification

from e5 import network, read_weights
from fitting import encoder_of
from restore import restored
from targets import WRITTEN
from texts import clean, read

OUTPUT = 0.15  # factor of the weights and biases of the new layers' outputs
FITTED = 40  # texts of each language of `written/` to which the layer norms are fitted
MAX_TOKENS = 128


def last_rows(model: BertForSequenceClassification, texts: list[str], tokenizer: dict) -> torch.Tensor:
    """The outputs of the last layer [tokens of all texts, hidden]."""
    encode = encoder_of(tokenizer, "<s>", "</s>", MAX_TOKENS)
    return torch.cat([model.bert(input_ids=torch.tensor([encode(clean(text))])).last_hidden_state[0] for text in texts])


def identity(rows: torch.Tensor, epsilon: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Weight and bias [hidden] of the layer norm that changes the rows [tokens, hidden] least: a least-squares fit for each channel."""
    normalised = torch.nn.functional.layer_norm(rows, rows.shape[1:], eps=epsilon)
    centred = normalised - normalised.mean(0)
    weight = (centred * rows).sum(0) / centred.square().sum(0)
    bias = rows.mean(0) - weight * normalised.mean(0)
    error = (normalised * weight + bias - rows).square().mean() / rows.var()
    print(f"the fitted layer norm changes its inputs by {error:.2%} of their variance")
    return weight, bias


@torch.no_grad()
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--layers", type=int, default=10)
    args = parser.parse_args()

    model = restored(args.model).eval()
    own = model.config.num_hidden_layers
    config = copy.deepcopy(model.config)
    config.num_hidden_layers = args.layers
    grown, e5 = BertForSequenceClassification(config), network(*read_weights(args.weights), args.layers)
    grown.load_state_dict({f"bert.{name}": tensor for name, tensor in e5.state_dict().items()} | model.state_dict())

    tokenizer = json.loads((args.model / "tokenizer.json").read_text(encoding="utf-8"))
    texts = [row["text"] for file in sorted(WRITTEN.glob("*.jsonl")) for row in list(read(file))[:FITTED]]
    weight, bias = identity(last_rows(model, texts, tokenizer), config.layer_norm_eps)
    for layer in grown.bert.encoder.layer[own:]:
        for part in (layer.attention.output, layer.output):
            part.dense.weight.mul_(OUTPUT)
            part.dense.bias.mul_(OUTPUT)
            part.LayerNorm.weight.copy_(weight)
            part.LayerNorm.bias.copy_(bias)
    grown.save_pretrained(args.out)
    shutil.copy(args.model / "tokenizer.json", args.out / "tokenizer.json")


if __name__ == "__main__":
    main()
