"""Turns a folder written by `export.py` back into a checkpoint, to train it further. It is exact except for the rounding of weights.

    python restore.py FOLDER --out CHECKPOINT [--other OTHER --share 0.35]

FOLDER and OTHER may also be the `final/` of a training. With OTHER, the checkpoint is the weighted mean of both.
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

from fitting import average, weights_of

# Settings of the product that transformers does not know.
OWN_SETTINGS = ("architectures", "calibration", "wide", "version", "languages", "transformers_version", "dtype")


def by_name(constants: dict[str, np.ndarray], config: BertConfig) -> dict[str, np.ndarray]:
    """The weights of a graph whose constants have names, as `classifier_graph` builds it."""
    constants = {name: array if name == "words.codes" else array.astype(np.float32) for name, array in constants.items()}
    state = {}

    pairs, steps = constants["words.codes"], constants["words.step"]
    words = np.concatenate((pairs & 15, pairs >> 4), 1).astype(np.float32) - 8
    words = (words.reshape(*steps.shape[:2], -1) * steps).reshape(words.shape)
    state["bert.embeddings.word_embeddings.weight"] = words
    # The export adds the token types to the positions.
    state["bert.embeddings.position_embeddings.weight"] = constants["places"]
    state["bert.embeddings.token_type_embeddings.weight"] = np.zeros((config.type_vocab_size, words.shape[1]), np.float32)

    def normalisation(name: str, spread: np.ndarray | float) -> None:
        for part in ("weight", "bias"):
            state[f"{name}.LayerNorm.{part}"] = constants[f"{name}.LayerNorm.{part}"] * spread

    def dense(name: str, spread: np.ndarray, out: np.ndarray | float = 1) -> None:
        weight = constants[f"{name}.codes"] * constants[f"{name}.scale"]
        state[f"{name}.weight"] = (weight / spread[:, None] * out).T
        state[f"{name}.bias"] = constants[f"{name}.bias"] * out

    before = "bert.embeddings"
    for layer in range(config.num_hidden_layers):
        name = f"bert.encoder.layer.{layer}"
        query, key, value = (f"{name}.attention.self.{n}" for n in ("query", "key", "value"))
        out, inner, outer = (f"{name}.{n}.dense" for n in ("attention.output", "intermediate", "output"))
        spread, middle = constants[f"{query}.spread"], 1 / constants[f"{outer}.spread.inverse"]
        normalisation(before, spread)
        normalisation(f"{name}.attention.output", constants[f"{inner}.spread"])
        dense(query, spread)
        # The context's spread cancels out: the weights of the value are divided by it, and those of the output multiplied.
        unchanged = np.ones(config.hidden_size, np.float32)
        if f"{key}.codes" in constants:
            dense(key, spread)
            dense(value, spread)
        else:  # the last layer
            for n, divide in ((key, np.sqrt(config.hidden_size // config.num_attention_heads)), (value, 1)):
                rows = (constants[f"{n}.rows"] * constants[f"{n}.scale"]).reshape(config.hidden_size, -1)
                state[f"{n}.weight"] = rows / spread * divide
            state[f"{value}.bias"] = constants[f"{value}.bias"]
            # The bias of a key has no effect on attention.
            state[f"{key}.bias"] = np.zeros(config.hidden_size, np.float32)
        dense(out, unchanged)
        dense(inner, constants[f"{inner}.spread"])
        dense(outer, middle)
        before = f"{name}.output"
    normalisation(before, 1)
    state["bert.pooler.dense.weight"] = constants["bert.pooler.dense.weight"].T
    for name in ("bert.pooler.dense.bias", "classifier.weight", "classifier.bias"):
        state[name] = constants[name]
    return state


def by_order(constants: dict[str, np.ndarray], graph: onnx.GraphProto, config: BertConfig) -> dict[str, np.ndarray]:
    """The weights of a graph without names, up to `lite@4` and `lite-multi@1`, found by the known order of its nodes."""
    makers = {node.output[0]: node for node in graph.node}

    def nodes(op: str) -> list:
        return [node for node in graph.node if node.op_type == op]

    def value(name: str) -> np.ndarray:
        """A constant, which may be stored in half precision."""
        return constants[name] if name in constants else constants[makers[name].input[0]].astype(np.float32)

    state = {}

    def normalisation(name: str, node) -> None:
        state[f"{name}.LayerNorm.weight"], state[f"{name}.LayerNorm.bias"] = (constants[i] for i in node.input[1:3])

    [table] = nodes("GatherBlockQuantized")
    nibbles, steps = constants[table.input[0]], value(table.input[2])
    words = np.stack((nibbles & 15, nibbles >> 4), -1).reshape(len(nibbles), -1).astype(np.float32) - 8
    words = (words.reshape(*steps.shape, -1) * steps[..., None]).reshape(words.shape)
    state["bert.embeddings.word_embeddings.weight"] = words
    # The export adds the token types to the positions.
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
    return state


def restored(folder: Path) -> BertForSequenceClassification:
    """The network of a folder written by `export.py`, or of the `final/` of a training."""
    if not (folder / "onnx").exists():
        return BertForSequenceClassification.from_pretrained(folder, local_files_only=True).float()
    settings = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config = BertConfig(**{key: value for key, value in settings.items() if key not in OWN_SETTINGS})
    graph = onnx.load(folder / "onnx" / "model_quantized.onnx").graph
    constants = {constant.name: numpy_helper.to_array(constant) for constant in graph.initializer}
    state = by_name(constants, config) if "words.codes" in constants else by_order(constants, graph, config)
    model = BertForSequenceClassification(config)
    model.load_state_dict({name: torch.tensor(np.array(array, np.float32)) for name, array in state.items()})
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--other", type=Path, help="a folder of the same kind of network")
    parser.add_argument("--share", type=float, default=0.5, help="weight of --other in the mean (%(default)s)")
    args = parser.parse_args()
    model = restored(args.folder)
    if args.other:
        average(model, weights_of(restored(args.other)), args.share)
    model.save_pretrained(args.out)
    shutil.copy(args.folder / "tokenizer.json", args.out / "tokenizer.json")


if __name__ == "__main__":
    main()
