"""Exports a fine-tuned checkpoint as the model folder that ships: a small, fast and batch-invariant ONNX model.

    python export.py --checkpoint WORK/final --data DATA --out ../lite --version 5
    python export.py --checkpoint WORK/final --data DATA --out ../lite-multi --version 3 --languages ar de en es fr it ja nl pt ru tr zh

Alternatives that were measured (one thread of a CPU with VNNI, onnxruntime-node 1.30, reviews of all lengths, taking turns in one run).
Speed is relative to dynamic int8. Sizes are with the whole vocabulary, except in the last row.

| | speed | size | greatest change of a score by other texts in the batch or padding |
| --- | --- | --- | --- |
| fp32 | 0.5 | 91 MB | 0 |
| dynamic int8, one activation scale per batch | 1 | 23 MB | 0.15 |
| MatMulNBits with 4 and with 8 bits | 0.6, 0.7 | 20, 24 MB | 0 to 0.003 |
| int8 with static activation scales | 1.5 | 24 MB | 0, but scores are 1.7 times as far from fp32 |
| int8 with an activation scale per token, SkipLayerNormalization | 1.1 | 24 MB | 0 |
| the same, with Sum and LayerNormalization | 1.4 | 17 MB | 0 |
| static scales, outliers moved into the weights: this program | 1.8 | 17 MB | 0, and scores are as close to fp32 as with a scale per token |

- Activations have static scales, so a score does not depend on the other texts in its batch. A few channels have outliers, which would
  make a common scale too coarse. So each channel is divided by a factor, and its weights are multiplied by it. LayerNormalization and
  the value projection do the division at no cost.
- Only the first token is classified, so the last layer computes only that token: exact, and a fifth less work in all.
- docs/performance.md shows the gain of each step. test/bench/model-graphs.ts compares graphs.
- Weights have 7 bits and a scale per column; word embeddings have 4 bits and a scale per 32 values. With 4-bit weights the file would be
  12 MB, but the session would unpack them when it loads, which takes 110 MB more memory per thread.
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
from narrow import Inputs, damped, observed
from targets import load_examples
from texts import clean


class Calibration(NamedTuple):
    """See `calibrated`."""

    scale: float
    power: float


UNCALIBRATED = Calibration(1.0, 1.0)
# Added to the final logits. Without it the model recognises only a tenth of the neutral texts; with a larger value it loses clear
# verdicts. Several values give a good macro-F1 on the held-back texts; this one does not harm calibration.
NEUTRAL_BIAS = np.array([[0.0, 0.5, 0.0]], np.float32)
WORDS = "bert.embeddings.word_embeddings.weight"
MAX_TOKENS = 384  # maximum tokens of a text, by default, as in the product; also the number of positions that are kept
OBSERVED = 800  # number of texts from whose activations the scales are chosen
BLOCK = 32  # values of an embedding that share a step
COUNT, COUNTS = 0.25, {"stars": 1.0, "sentences3": 1.0}  # weight of a held-back text in the calibration: sets with three classes count most
LIMIT = 63  # largest weight: CPUs without VNNI add pairs of products in 16 bits, and 2 * 255 * 64 still fits
MICROSOFT = "com.microsoft"
# The special tokens of the two kinds of vocabulary.
WORD_PIECE = {"unk": "[UNK]", "sep": "[SEP]", "pad": "[PAD]", "cls": "[CLS]", "mask": "[MASK]"}
SENTENCE_PIECE = {"unk": "<unk>", "sep": "</s>", "pad": "<pad>", "cls": "<s>"}


def best_steps(blocks: np.ndarray) -> np.ndarray:
    """For each block (last axis), the step that rounds it to -8..7 steps with the least squared error."""
    top = np.take_along_axis(blocks, np.abs(blocks).argmax(-1)[..., None], -1)
    best = error = None
    for shrink in np.linspace(0.65, 1.05, 17):
        step = np.where(top == 0, 1e-8, -top * shrink / 8)
        off = ((np.clip(np.round(blocks / step), -8, 7) * step - blocks) ** 2).sum(-1, keepdims=True)
        best, error = (step, off) if best is None else (np.where(off < error, step, best), np.minimum(off, error))
    return best


class Rounding(NamedTuple):
    """How a linear layer's inputs become integers of 0..255: round(x / spread / step) + zero."""

    spread: np.ndarray  # [inputs]: divisor of each channel
    step: np.float32
    zero: np.uint8


def whole_codes(weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A weight [inputs, outputs] as codes * scales: the codes, and the scales [outputs]."""
    scale = (np.abs(weight).max(0) / LIMIT).astype(np.float32)
    return np.round(weight / scale), scale


def best_rounding(inputs: Inputs, weight: np.ndarray) -> Rounding:
    """The rounding that changes the products with a weight [inputs, outputs] least. Channels with outliers are scaled down and their
    weights up (Xiao et al. 2023, "SmoothQuant", equation 4), and the range may clip the largest values."""
    x = inputs.sample
    exact, best = x @ weight, None
    for share in (0.5, 0.6, 0.7, 0.8, 0.9):
        spread = (np.abs(x).max(0) + 1e-6) ** share / (np.abs(weight).max(1) + 1e-9) ** (1 - share)
        spread = (spread / np.exp(np.log(spread).mean())).astype(np.float32)
        scaled, (codes, scale) = x / spread, whole_codes(weight * spread[:, None])
        for kept in (1, 0.95, 0.9, 0.8, 0.7):
            low, high = min(scaled.min(), 0) * kept, max(scaled.max(), 0) * kept
            step = np.float32((high - low) / 255)
            zero = np.round(-low / step)
            found = (np.clip(np.round(scaled / step) + zero, 0, 255) - zero) * step @ (codes * scale)
            error = ((found - exact) ** 2).mean()
            if best is None or error < best[0]:
                best = error, Rounding(spread, step, np.uint8(zero))
    return best[1]


def best_codes(weight: np.ndarray, products: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Like `whole_codes`, but the rows that are not yet rounded compensate the rounding error of each row (Frantar et al. 2023, "GPTQ",
    algorithm 1)."""
    _, scale = whole_codes(weight)
    products = damped(products)
    order = np.argsort(-np.diag(products))
    factor = np.linalg.cholesky(np.linalg.inv(products[np.ix_(order, order)])).T
    rest, codes = weight[order].astype(np.float64), np.empty(weight.shape, np.int8)
    for n, at in enumerate(order):
        codes[at] = np.clip(np.round(rest[n] / scale), -LIMIT, LIMIT)
        rest[n + 1 :] -= np.outer(factor[n, n + 1 :], (rest[n] - codes[at] * scale) / factor[n, n])
    return codes, scale


class Graph:
    """Collects the nodes and constants of an ONNX graph. Calling it adds a node and returns its output's name."""

    def __init__(self) -> None:
        self.nodes, self.constants = [], []

    def constant(self, array: np.ndarray, name: str = "") -> str:
        name = name or f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.array(array, order="C"), name))
        return name

    def half(self, array: np.ndarray, name: str) -> str:
        """A constant that is stored in 16 bits; the session converts it to 32 bits when it loads."""
        return self("Cast", self.constant(array.astype(np.float16), name), to=TensorProto.FLOAT)

    def __call__(self, op: str, *inputs: str, domain: str = "", output: str = "", **attributes) -> str:
        output = output or f"{op}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, inputs, [output], name=output, domain=domain, **attributes))
        return output


def prepared(config, weights: dict[str, np.ndarray], inputs: dict[str, Inputs]) -> dict[str, np.ndarray]:
    """The constants of the linear layers for `classifier_graph`, by name: codes, scales, bias, and the rounding of the inputs."""
    constants = {}

    def rounding(name: str, *weight_names: str) -> Rounding:
        found = best_rounding(inputs[name], np.concatenate([weights[f"{n}.weight"].T for n in weight_names or (name,)], 1))
        constants.update({f"{name}.{part}": value for part, value in found._asdict().items()})
        return found

    def quantise(name: str, spread: np.ndarray, source: str, out: np.ndarray | float = 1) -> None:
        """`source` is the observed layer with the same inputs. Outputs are divided by `out`."""
        products = inputs[source].products[:-1, :-1] / np.outer(spread, spread)
        constants[f"{name}.codes"], constants[f"{name}.scale"] = best_codes(weights[f"{name}.weight"].T * spread[:, None] / out, products)
        constants[f"{name}.bias"] = (weights[f"{name}.bias"] / out).astype(np.float32)

    for layer in range(config.num_hidden_layers):
        name = f"bert.encoder.layer.{layer}"
        query, key, value = (f"{name}.attention.self.{n}" for n in ("query", "key", "value"))
        rows, context = rounding(query, query, key, value), rounding(f"{name}.attention.output.dense")
        quantise(query, rows.spread, query)
        quantise(key, rows.spread, query)
        quantise(value, rows.spread, query, context.spread)
        quantise(f"{name}.attention.output.dense", context.spread, f"{name}.attention.output.dense")
        for dense in (f"{name}.intermediate.dense", f"{name}.output.dense"):
            quantise(dense, rounding(dense).spread, dense)
    return constants


def classifier_graph(
    config, weights: dict[str, np.ndarray], linear: dict[str, np.ndarray], max_tokens: int, fitted: Calibration = UNCALIBRATED
) -> onnx.ModelProto:
    """The graph from input_ids and attention_mask [batch, sequence] to logits [batch, 3]. Padding must follow the tokens. `linear` is the result of
    `prepared`."""
    g = Graph()
    size, heads = config.hidden_size, config.num_attention_heads
    first, second, last_axis = (g.constant(np.array([n])) for n in (0, 1, -1))

    def constant(name: str) -> str:
        return g.constant(linear[name] if name in linear else weights[name], name)

    def rounded(x: str, name: str) -> str:
        return g("QuantizeLinear", x, constant(f"{name}.step"), constant(f"{name}.zero"))

    def product(codes: str, name: str, source: str = "") -> str:
        """The codes from `rounded` times a weight, plus its bias. The sums are of integers, so their order does not matter. `source` is the layer
        whose `step` and `zero` were used, if it is another one."""
        step, zero = f"{source or name}.step", f"{source or name}.zero"
        return g(
            "MatMulIntegerToFloat",
            codes,
            *(constant(f"{name}.codes"), step, constant(f"{name}.scale"), zero, "", constant(f"{name}.bias")),
            domain=MICROSOFT,
        )

    def normalised(x: str, name: str, spread: np.ndarray | float = 1) -> str:
        """Layer normalisation, divided by `spread`."""
        gain, bias = (
            g.constant((weights[f"{name}.LayerNorm.{n}"] / spread).astype(np.float32), f"{name}.LayerNorm.{n}")
            for n in ("weight", "bias")
        )
        return g("LayerNormalization", x, gain, bias, epsilon=config.layer_norm_eps)

    def added(x: str, scaled: str, spread: str) -> str:
        """Uses Sum instead of Add: the session would fuse Add into SkipLayerNormalization, which is much slower."""
        return g("Sum", x, g("Mul", scaled, constant(spread)))

    def by_head(weight: np.ndarray, name: str) -> str:
        """The weight as [heads, outputs of a head, inputs], stored in 8 bits; the session converts it to 32 bits when it loads."""
        rows = weight.T.reshape(heads, size // heads, size)
        scale = np.abs(rows).max(-1, keepdims=True) / 127
        codes = g("Cast", g.constant(np.round(rows / scale).astype(np.int8), f"{name}.rows"), to=TensorProto.FLOAT)
        return g("Mul", codes, g.constant(scale.astype(np.float32), f"{name}.scale"))

    def shaped(x: str, *shape: int) -> str:
        return g("Reshape", x, g.constant(np.array(shape)))

    table = weights[WORDS]
    blocks = table.reshape(len(table), -1, BLOCK)
    step = best_steps(blocks).astype(np.float16)
    nibbles = (np.clip(np.round(blocks / step), -8, 7) + 8).astype(np.uint8).reshape(table.shape)
    pairs = g("Gather", g.constant(nibbles[:, : size // 2] | nibbles[:, size // 2 :] << 4, "words.codes"), "input_ids")
    halves = g("BitwiseAnd", pairs, g.constant(np.uint8(15))), g("BitShift", pairs, g.constant(np.uint8(4)), direction="RIGHT")
    steps = g("Cast", g("Gather", g.constant(step, "words.step"), "input_ids"), to=TensorProto.FLOAT)
    codes = g("DequantizeLinear", g("Concat", *halves, axis=-1), g.constant(np.float32(1)), g.constant(np.uint8(8)))
    words = shaped(g("Mul", shaped(codes, 0, 0, -1, BLOCK), steps), 0, 0, size)
    places = weights["bert.embeddings.position_embeddings.weight"][:max_tokens]
    places = g.half(places + weights["bert.embeddings.token_type_embeddings.weight"][0], "places")
    x, name = g("Sum", words, g("Slice", places, first, g("Shape", "input_ids", start=1))), "bert.embeddings"
    lengths = g("ReduceSum", "attention_mask", second, keepdims=0)

    for layer in range(config.num_hidden_layers):
        before, name = name, f"bert.encoder.layer.{layer}"
        query, key, value = (f"{name}.attention.self.{n}" for n in ("query", "key", "value"))
        out, inner, outer = (f"{name}.{n}.dense" for n in ("attention.output", "intermediate", "output"))
        scaled = normalised(x, before, linear[f"{query}.spread"])
        if layer < config.num_hidden_layers - 1:
            codes = rounded(scaled, query)
            asked = [product(codes, n, query) for n in (query, key, value)]
            # MultiHeadAttention would copy all three inputs and be a third slower.
            context = g("Attention", *asked, "", "", "", lengths, q_num_heads=heads, kv_num_heads=heads)
        else:
            # Only the first token's output is used. Its attention does not need the keys and values of the other tokens: q · (W x) equals
            # (q W) · x, and the mean of the values equals the value of the mean. Each text's rows are multiplied separately, so that
            # sums have the same order in every batch.
            rows, scaled = scaled, g("Slice", scaled, first, second, second)
            asked = shaped(product(rounded(scaled, query), query), 0, heads, 1, -1)
            spread = linear[f"{query}.spread"][:, None]
            keys = by_head(weights[f"{key}.weight"].T * spread / np.sqrt(size // heads), key)
            values = by_head(weights[f"{value}.weight"].T * spread / linear[f"{out}.spread"], value)
            asked = shaped(g("MatMul", asked, keys), 0, heads, size)
            hidden = g("Unsqueeze", g("Log", g("Cast", "attention_mask", to=TensorProto.FLOAT)), second)
            shares = g("Softmax", g("Add", g("FusedMatMul", asked, rows, domain=MICROSOFT, transB=1), hidden), axis=-1)
            means = shaped(g("MatMul", shares, rows), 0, heads, 1, size)
            context = shaped(g("FusedMatMul", means, values, domain=MICROSOFT, transB=1), 0, 1, size)
            context = g("Add", context, constant(f"{value}.bias"))
        x = added(product(rounded(context, out), out), scaled, f"{query}.spread")
        scaled = normalised(x, f"{name}.attention.output", linear[f"{inner}.spread"])
        # The tanh approximation is off by at most 0.0005 and a third faster.
        middle = g("Gelu", product(rounded(scaled, inner), inner), approximate="tanh")
        middle = g("Mul", middle, g.constant(1 / linear[f"{outer}.spread"], f"{outer}.spread.inverse"))
        x = added(product(rounded(middle, outer), outer), scaled, f"{inner}.spread")
        name = f"{name}.output"

    x = g("Gather", normalised(x, name), g.constant(np.array(0)), axis=1)
    pooler = g.half(weights["bert.pooler.dense.weight"].T, "bert.pooler.dense.weight"), constant("bert.pooler.dense.bias")
    x = g("Tanh", g("Gemm", x, *pooler))
    x = g("Gemm", x, constant("classifier.weight"), constant("classifier.bias"), transB=1)
    x = g("Sub", x, g("ReduceMean", x, last_axis, keepdims=1))
    power, scale = g.constant(np.float32(fitted.power)), g.constant(np.float32(fitted.scale))
    g("Add", g("Mul", g("Sign", x), g("Mul", g("Pow", g("Abs", x), power), scale)), g.constant(NEUTRAL_BIAS), output="logits")

    info = helper.make_tensor_value_info
    inputs = [info(n, TensorProto.INT64, ["batch", "sequence"]) for n in ("input_ids", "attention_mask")]
    outputs = [info("logits", TensorProto.FLOAT, ["batch", config.num_labels])]
    graph = helper.make_graph(g.nodes, "classifier", inputs, outputs, g.constants)
    opsets = [helper.make_opsetid("", 24), helper.make_opsetid(MICROSOFT, 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=11)


def calibrated(logits: torch.Tensor, fitted: Calibration) -> torch.Tensor:
    """Calibrated logits [texts, 3]: the difference of each logit from the mean of its row, raised to a power with its sign kept, times a
    scale, plus `NEUTRAL_BIAS`. With a power of 1 this is temperature scaling (Guo et al. 2017, "On Calibration of Modern Neural Networks",
    section 4.2)."""
    logits = logits - logits.mean(-1, keepdim=True)
    return fitted.scale * logits.sign() * logits.abs() ** fitted.power + torch.tensor(NEUTRAL_BIAS)


def calibration(logits: torch.Tensor, labels: torch.Tensor, weights: torch.Tensor) -> tuple[Calibration, float]:
    """The calibration with the smallest weighted cross-entropy on labels [texts], and that cross-entropy."""
    choices = [Calibration(s, p) for s in np.linspace(0.4, 2, 33).round(2).tolist() for p in np.linspace(0.7, 2, 27).round(2).tolist()]
    losses = [
        float((torch.nn.functional.cross_entropy(calibrated(logits, c), labels, reduction="none") * weights).sum() / weights.sum())
        for c in choices
    ]
    return choices[int(np.argmin(losses))], min(losses)


def calibration_error(logits: torch.Tensor, labels: torch.Tensor, bins: int = 15) -> float:
    """Expected calibration error of the strongest class's score (Guo et al. 2017, equation 3)."""
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
    parser.add_argument("--languages", nargs="+", default=["en"], help="languages that the model reads (BCP 47 primary tags)")
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

    # The calibration is fitted on one half of the held-back texts and evaluated on the other.
    texts = [(name, e) for name, examples in held_back.items() for e in examples if e.get("class") != "mixed"]
    rows = [encode(clean(e["text"])) for _, e in texts]
    names = ("negative", "neutral", "positive")
    labels = torch.tensor([names.index(e["class"]) if "class" in e else 2 * e["label"] for _, e in texts])
    counts = torch.tensor([COUNTS.get(name, COUNT) for name, _ in texts])
    inputs = observed(model, rows[:: 2 * max(1, len(rows) // (2 * OBSERVED))])
    linear = prepared(model.config, weights, inputs)
    del inputs
    print("rounded", flush=True)
    onnx.save(classifier_graph(model.config, weights, linear, args.max_tokens), file)
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
    onnx.save(classifier_graph(model.config, weights, linear, args.max_tokens, fitted), file)

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
