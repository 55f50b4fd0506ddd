"""Turns the fine-tuned checkpoint into the folder that ships: a small, fast and batch-invariant ONNX model.

    python export.py --checkpoint WORK/final --data DATA --out ../lite --version 4
    python export.py --checkpoint WORK/final --data DATA --out ../lite-multi --version 1 --languages ar de en es fr it ja nl pt ru tr zh

Why this graph (one thread of a CPU with VNNI, onnxruntime-node 1.30, reviews of all lengths, alternatives taking turns
in one run; speed as a ratio to dynamic int8; sizes with the whole vocabulary, but for the last):

| | speed | size | greatest change of a score by batch-mates or padding |
| --- | --- | --- | --- |
| fp32 | 0.5 | 91 MB | 0 |
| dynamic int8, one activation scale for all of a batch | 1 | 23 MB | 0.15 |
| MatMulNBits of 4 and of 8 bits | 0.6, 0.7 | 20, 24 MB | 0 to 0.003 |
| int8 with static activation scales | 1.5 | 24 MB | 0, but scores move 1.7 times as far from fp32 |
| int8 with a scale for each token's activations, SkipLayerNormalization | 1.1 | 24 MB | 0 |
| the same, Sum and LayerNormalization: this file | 1.4 | 17 MB | 0 |

- A scale for each token costs three passes over its activations and makes a score independent of what shares its batch.
- Only the first token is classified, so the last layer works for that token alone: a seventh of the work, exact.
- Weights have 7 bits with a scale for each column, and word embeddings 4 bits with one for each 32. Storing the weights in
  4 bits too makes the file 12 MB, but the session then unfolds them when it loads, which takes 110 MB more memory a thread.
"""

import argparse
import hashlib
import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer
from transformers import AutoModelForSequenceClassification

from fitting import encoder_of, macro_f1
from multilingual import load_languages
from targets import load_examples
from texts import clean


class Calibration(NamedTuple):
    """See `calibrated`."""

    scale: float
    power: float


UNCALIBRATED = Calibration(1.0, 1.0)
# Added to the logits at last. Without it a tenth of the neutral texts is called so; with more, clear verdicts are lost. Of the values
# that do well by macro-F1 on the held-back texts it is one that costs no calibration.
NEUTRAL_BIAS = np.array([[0.0, 0.5, 0.0]], np.float32)
WORDS = "bert.embeddings.word_embeddings.weight"
MAX_TOKENS = 384  # of a text, as the product cuts it, unless told; also the positions that are kept
BLOCK = 32  # embedded values that share a step
COUNT, COUNTS = 0.25, {"stars": 1.0, "sentences3": 1.0}  # of a held-back text in the calibration: three classes count most
LIMIT = 63  # of weights: CPUs without VNNI add pairs of products in 16 bits, and 2 * 255 * 64 still fits
MICROSOFT = "com.microsoft"
# The special tokens of both kinds of vocabulary.
WORD_PIECE = {"unk": "[UNK]", "sep": "[SEP]", "pad": "[PAD]", "cls": "[CLS]", "mask": "[MASK]"}
SENTENCE_PIECE = {"unk": "<unk>", "sep": "</s>", "pad": "<pad>", "cls": "<s>"}


def best_steps(blocks: np.ndarray) -> np.ndarray:
    """The step, for each block (last axis), that rounds it to -8..7 steps with the least squared error."""
    top = np.take_along_axis(blocks, np.abs(blocks).argmax(-1)[..., None], -1)
    best = error = None
    for shrink in np.linspace(0.65, 1.05, 17):
        step = np.where(top == 0, 1e-8, -top * shrink / 8)
        off = ((np.clip(np.round(blocks / step), -8, 7) * step - blocks) ** 2).sum(-1, keepdims=True)
        best, error = (step, off) if best is None else (np.where(off < error, step, best), np.minimum(off, error))
    return best


class Graph:
    """Collects the nodes and constants of an ONNX graph. Calling it adds a node and returns its output's name."""

    def __init__(self) -> None:
        self.nodes, self.constants = [], []

    def constant(self, array: np.ndarray) -> str:
        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.array(array, order="C"), name))
        return name

    def half(self, array: np.ndarray) -> str:
        """A constant that takes 16 bits in the file; the session makes it 32 bits when it loads."""
        return self("Cast", self.constant(array.astype(np.float16)), to=TensorProto.FLOAT)

    def __call__(self, op: str, *inputs: str, domain: str = "", output: str = "", **attributes) -> str:
        output = output or f"{op}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, inputs, [output], name=output, domain=domain, **attributes))
        return output


def classifier_graph(
    config, weights: dict[str, np.ndarray], max_tokens: int, fitted: Calibration = UNCALIBRATED
) -> onnx.ModelProto:
    """input_ids and attention_mask [batch, sequence] to logits [batch, 3]."""
    g = Graph()
    unit, middle = g.constant(np.float32(1 / 127)), g.constant(np.uint8(128))
    first, second, last_axis = (g.constant(np.array([n])) for n in (0, 1, -1))

    def constant(name: str) -> str:
        return g.constant(weights[name])

    def quantised(x: str) -> tuple[str, str]:
        """A row's values as 128 + 127 * value / size, and its size, the greatest magnitude in it."""
        size = g("ReduceMax", g("Abs", x), last_axis, keepdims=1)
        return g("QuantizeLinear", g("Mul", x, g("Reciprocal", size)), unit, middle), size

    def product(x: tuple[str, str], name: str) -> str:
        """A row times a weight, both rounded to integers: the product is exact, whatever the order of its sums."""
        weight = weights[f"{name}.weight"].T  # [inputs, outputs]
        scale = np.abs(weight).max(0) / LIMIT
        codes = g.constant(np.round(weight / scale).astype(np.int8))
        return g("Mul", g("MatMulIntegerToFloat", x[0], codes, unit, g.constant(scale), middle, domain=MICROSOFT), x[1])

    def normalised(name: str, *summands: str) -> str:
        """Sum, not Add: after Add the session would fuse SkipLayerNormalization, which is much slower."""
        gain, bias = constant(f"{name}.LayerNorm.weight"), constant(f"{name}.LayerNorm.bias")
        return g("LayerNormalization", g("Sum", *summands), gain, bias, epsilon=config.layer_norm_eps)

    table = weights[WORDS]
    blocks = table.reshape(len(table), -1, BLOCK)
    step = best_steps(blocks).astype(np.float16)
    nibbles = (np.clip(np.round(blocks / step), -8, 7) + 8).astype(np.uint8).reshape(table.shape)
    words = g(
        "GatherBlockQuantized",
        g.constant(nibbles[:, ::2] | nibbles[:, 1::2] << 4),
        "input_ids",
        g.half(step[..., 0]),
        domain=MICROSOFT,
        bits=4,
        block_size=BLOCK,
        gather_axis=0,
        quantize_axis=1,
    )
    places = weights["bert.embeddings.position_embeddings.weight"][:max_tokens]
    places = g.half(places + weights["bert.embeddings.token_type_embeddings.weight"][0])
    x = normalised("bert.embeddings", words, g("Slice", places, first, g("Shape", "input_ids", start=1)))
    mask = g("Cast", "attention_mask", to=TensorProto.INT32)

    for layer in range(config.num_hidden_layers):
        name = f"bert.encoder.layer.{layer}"
        rows = asking = quantised(x)
        if layer == config.num_hidden_layers - 1:  # of whose output only the first token is read
            x = g("Slice", x, first, second, second)
            asking = quantised(x)
        context = g(
            "MultiHeadAttention",
            product(asking, f"{name}.attention.self.query"),
            product(rows, f"{name}.attention.self.key"),
            product(rows, f"{name}.attention.self.value"),
            g.constant(np.concatenate([weights[f"{name}.attention.self.{n}.bias"] for n in ("query", "key", "value")])),
            mask,
            domain=MICROSOFT,
            num_heads=config.num_attention_heads,
        )
        out = product(quantised(context), f"{name}.attention.output.dense")
        x = normalised(f"{name}.attention.output", out, x, constant(f"{name}.attention.output.dense.bias"))
        inner = product(quantised(x), f"{name}.intermediate.dense")
        inner = g("BiasGelu", inner, constant(f"{name}.intermediate.dense.bias"), domain=MICROSOFT)
        out = product(quantised(inner), f"{name}.output.dense")
        x = normalised(f"{name}.output", out, x, constant(f"{name}.output.dense.bias"))

    x = g("Gather", x, g.constant(np.array(0)), axis=1)
    x = g("Tanh", g("Gemm", x, g.half(weights["bert.pooler.dense.weight"].T), constant("bert.pooler.dense.bias")))
    x = g("Gemm", x, constant("classifier.weight"), constant("classifier.bias"), transB=1)
    x = g("Sub", x, g("ReduceMean", x, last_axis, keepdims=1))
    size = g("Mul", g("Pow", g("Abs", x), g.constant(np.float32(fitted.power))), g.constant(np.float32(fitted.scale)))
    g("Add", g("Mul", g("Sign", x), size), g.constant(NEUTRAL_BIAS), output="logits")

    value = helper.make_tensor_value_info
    inputs = [value(n, TensorProto.INT64, ["batch", "sequence"]) for n in ("input_ids", "attention_mask")]
    outputs = [value("logits", TensorProto.FLOAT, ["batch", config.num_labels])]
    graph = helper.make_graph(g.nodes, "classifier", inputs, outputs, g.constants)
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid(MICROSOFT, 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=10)


def calibrated(logits: torch.Tensor, fitted: Calibration) -> torch.Tensor:
    """Logits [texts, 3] whose scores are probabilities: what a logit is above or below the mean of its row, to a power, times a scale,
    plus `NEUTRAL_BIAS`. With a power of 1 that is temperature scaling (Guo et al. 2017, "On Calibration of Modern Neural Networks",
    section 4.2)."""
    logits = logits - logits.mean(-1, keepdim=True)
    return fitted.scale * logits.sign() * logits.abs() ** fitted.power + torch.tensor(NEUTRAL_BIAS)


def calibration(logits: torch.Tensor, labels: torch.Tensor, weights: torch.Tensor) -> tuple[Calibration, float]:
    """The calibration that makes labels [texts] most likely, each text counting by its weight, and minus the logarithm of how likely."""
    choices = [Calibration(float(s), float(p)) for s in np.linspace(0.4, 2, 33) for p in np.linspace(0.7, 2, 27)]
    losses = [
        float((torch.nn.functional.cross_entropy(calibrated(logits, c), labels, reduction="none") * weights).sum() / weights.sum())
        for c in choices
    ]
    return choices[int(np.argmin(losses))], min(losses)


def calibration_error(logits: torch.Tensor, labels: torch.Tensor, bins: int = 15) -> float:
    """Expected calibration error of the stronger class's score (Guo et al. 2017, equation 3)."""
    score, guess = logits.softmax(-1).max(-1)
    right, bin = (guess == labels).float(), (score * bins).long().clamp(max=bins - 1)
    gaps = [((right - score)[bin == n].sum().abs()) for n in range(bins)]
    return float(sum(gaps) / len(labels))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--version", default="1")
    parser.add_argument("--max-tokens", type=int, default=MAX_TOKENS)
    parser.add_argument("--languages", nargs="+", default=["en"], help="which the model reads (BCP 47 primary tags)")
    args = parser.parse_args()

    model = AutoModelForSequenceClassification.from_pretrained(args.checkpoint, local_files_only=True).eval()
    weights = {name: tensor.float().numpy() for name, tensor in model.state_dict().items()}
    tokenizer = json.loads((args.checkpoint / "tokenizer.json").read_text(encoding="utf-8"))
    model.bert.embeddings.word_embeddings = torch.nn.Embedding.from_pretrained(torch.tensor(weights[WORDS]))
    model.config.vocab_size = len(weights[WORDS])

    encoder, (_, held_back) = Tokenizer.from_str(json.dumps(tokenizer)), load_examples(args.data)
    if args.languages != ["en"]:
        held_back |= load_languages(args.data)[1]
    special = WORD_PIECE if encoder.token_to_id("[CLS]") is not None else SENTENCE_PIECE
    encode = encoder_of(tokenizer, special["cls"], special["sep"], args.max_tokens)

    (args.out / "onnx").mkdir(parents=True, exist_ok=True)
    file = args.out / "onnx" / "model_quantized.onnx"

    def logits_of(rows: list[list[int]]) -> torch.Tensor:
        session = onnxruntime.InferenceSession(file)
        run = lambda row: session.run(None, {"input_ids": row, "attention_mask": np.ones_like(row)})[0][0]
        return torch.tensor(np.stack([run(np.array([ids])) for ids in rows]))

    # The calibration is fitted on one half of the held-back texts and judged on the other.
    texts = [(name, e) for name, examples in held_back.items() for e in examples if e.get("class") != "mixed"]
    rows = [encode(clean(e["text"])) for _, e in texts]
    names = ("negative", "neutral", "positive")
    labels = torch.tensor([names.index(e["class"]) if "class" in e else 2 * e["label"] for _, e in texts])
    counts = torch.tensor([COUNTS.get(name, COUNT) for name, _ in texts])
    onnx.save(classifier_graph(model.config, weights, args.max_tokens), file)
    deep = logits_of(rows) - torch.tensor(NEUTRAL_BIAS)
    fitted, _ = calibration(deep[::2], labels[::2], counts[::2])
    print(fitted)
    for name, logits in (("as trained", deep), ("calibrated", calibrated(deep, fitted))):
        found, other = logits.softmax(-1).numpy(), labels.numpy()
        error = calibration_error(logits[1::2], labels[1::2])
        figures = []
        for source in held_back:
            at = np.array([n for n, (where, _) in enumerate(texts) if where == source])
            polar = at[other[at] != 1]
            two = np.mean((found[polar, 2] > found[polar, 0]) == (other[polar] == 2))
            three = "" if len(polar) == len(at) else f" F1 {macro_f1(found[at].argmax(-1), other[at]):.3f}"
            figures.append(f"{source} {two:.4f}{three}")
        print(f"{name}: {', '.join(figures)}; expected calibration error {error:.4f}", flush=True)
    onnx.save(classifier_graph(model.config, weights, args.max_tokens, fitted), file)

    def write(name: str, content: dict, **how) -> None:
        (args.out / name).write_text(json.dumps(content, ensure_ascii=False, **how) + "\n", encoding="utf-8")

    write("tokenizer.json", tokenizer, separators=(",", ":"))
    named = {f"{name}_token": token for name, token in special.items()}
    spelling = {"do_lower_case": True, "strip_accents": None, "tokenize_chinese_chars": True} if special is WORD_PIECE else {}
    kind = {"tokenizer_class": "BertTokenizer" if special is WORD_PIECE else "XLMRobertaTokenizer", "model_max_length": args.max_tokens}
    write("tokenizer_config.json", {**kind, **spelling, **named}, indent=2)
    config = json.loads((args.checkpoint / "config.json").read_text(encoding="utf-8"))
    config |= {"vocab_size": model.config.vocab_size, "max_position_embeddings": args.max_tokens, "version": args.version}
    config |= {"pad_token_id": encoder.token_to_id(special["pad"]), "calibration": fitted._asdict()}
    config |= {"languages": args.languages}
    write("config.json", config, indent=2)

    files = sorted(path.relative_to(args.out).as_posix() for path in args.out.rglob("*") if path.suffix in (".json", ".onnx"))
    sums = [f"{hashlib.sha256((args.out / name).read_bytes()).hexdigest()}  {name}\n" for name in files]
    (args.out / "SHA256SUMS").write_text("".join(sums), encoding="utf-8")

    small, differences, flips = logits_of(rows[::4]), [], 0
    for ids, logits in zip(rows[::4], small, strict=True):
        with torch.no_grad():
            exact = calibrated(model(torch.tensor([ids])).logits, fitted)[0]
        differences.append(float((logits.softmax(-1) - exact.softmax(-1)).abs().max()))
        flips += int(logits.argmax() != exact.argmax())
    print(f"{model.config.vocab_size} word pieces, {sum(f.stat().st_size for f in args.out.rglob('*') if f.is_file()) / 1e6:.1f} MB")
    print(f"{len(differences)} held-back texts: mean of the greatest change of a probability {np.mean(differences):.4f}, {flips} labels")


if __name__ == "__main__":
    main()
