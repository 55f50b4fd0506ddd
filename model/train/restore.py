"""Reads a folder that `export.py` wrote back into a checkpoint, to train it further: exact but for the rounding of weights.

    python restore.py FOLDER --out CHECKPOINT
"""

import argparse
import json
import shutil
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from transformers import BertConfig, BertForSequenceClassification

# What the network or the product reads, and transformers does not know.
OWN_SETTINGS = ("architectures", "calibration", "wide", "version", "languages", "transformers_version", "dtype")


def restored(folder: Path) -> BertForSequenceClassification:
    """The network of `classifier_graph`, whose nodes come in the order in which that adds them."""
    settings = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config = BertConfig(**{key: value for key, value in settings.items() if key not in OWN_SETTINGS})
    graph = onnx.load(folder / "onnx" / "model_quantized.onnx").graph
    constants = {constant.name: numpy_helper.to_array(constant) for constant in graph.initializer}
    makers = {node.output[0]: node for node in graph.node}

    def nodes(op: str) -> list:
        return [node for node in graph.node if node.op_type == op]

    def value(name: str) -> np.ndarray:
        """A constant, or one that is stored in half precision."""
        return constants[name] if name in constants else constants[makers[name].input[0]].astype(np.float32)

    state = {}

    def normalisation(name: str, node) -> None:
        state[f"{name}.LayerNorm.weight"], state[f"{name}.LayerNorm.bias"] = (constants[i] for i in node.input[1:3])

    [table] = nodes("GatherBlockQuantized")
    nibbles, steps = constants[table.input[0]], value(table.input[2])
    words = np.stack((nibbles & 15, nibbles >> 4), -1).reshape(len(nibbles), -1).astype(np.float32) - 8
    words = (words.reshape(*steps.shape, -1) * steps[..., None]).reshape(words.shape)
    state["bert.embeddings.word_embeddings.weight"] = words
    # The types of tokens were added to the positions.
    state["bert.embeddings.position_embeddings.weight"] = value(nodes("Slice")[0].input[0])
    state["bert.embeddings.token_type_embeddings.weight"] = np.zeros((config.type_vocab_size, words.shape[1]), np.float32)
    products, sums, norms = nodes("MatMulIntegerToFloat"), nodes("Sum"), nodes("LayerNormalization")
    normalisation("bert.embeddings", norms[0])
    for n, (attention, gelu) in enumerate(zip(nodes("MultiHeadAttention"), nodes("BiasGelu"), strict=True)):
        layer = f"bert.encoder.layer.{n}"
        asking = [f"attention.self.{name}" for name in ("query", "key", "value")]
        names = [*asking, "attention.output.dense", "intermediate.dense", "output.dense"]
        for name, node in zip(names, products[6 * n : 6 * n + 6], strict=True):
            state[f"{layer}.{name}.weight"] = (constants[node.input[1]] * constants[node.input[3]]).T
        for name, bias in zip(asking, np.split(constants[attention.input[3]], 3), strict=True):
            state[f"{layer}.{name}.bias"] = bias
        state[f"{layer}.intermediate.dense.bias"] = constants[gelu.input[1]]
        for name, at in (("attention.output", 1 + 2 * n), ("output", 2 + 2 * n)):
            state[f"{layer}.{name}.dense.bias"] = constants[sums[at].input[2]]
            normalisation(f"{layer}.{name}", norms[at])
    pooler, classifier = nodes("Gemm")
    state["bert.pooler.dense.weight"] = value(pooler.input[1]).T
    state["bert.pooler.dense.bias"] = constants[pooler.input[2]]
    state["classifier.weight"], state["classifier.bias"] = (constants[i] for i in classifier.input[1:3])

    model = BertForSequenceClassification(config)
    model.load_state_dict({name: torch.tensor(np.array(array, np.float32)) for name, array in state.items()})
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    restored(args.folder).save_pretrained(args.out)
    shutil.copy(args.folder / "tokenizer.json", args.out / "tokenizer.json")


if __name__ == "__main__":
    main()
