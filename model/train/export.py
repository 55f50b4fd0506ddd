"""Turns the fine-tuned checkpoint into the folder that ships: a small, fast and batch-invariant ONNX model.

    python export.py --checkpoint WORK/final --data DATA --out ../lite

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
- Rare word pieces are dropped, which lengthens texts by a quarter of a percent.
"""

import argparse
import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer
from transformers import AutoModelForSequenceClassification

from countries import NAMES, PEOPLE
from train import clean, head_and_tail, load_sources, read
from wide import PLACES, Wide, fit_wide

WORDS = "bert.embeddings.word_embeddings.weight"
MAX_TOKENS = 384  # of a text, as the product cuts it, unless told; also the positions that are kept
BLOCK = 32  # embedded values that share a step
LIMIT = 63  # of weights: CPUs without VNNI add pairs of products in 16 bits, and 2 * 255 * 64 still fits
MICROSOFT = "com.microsoft"


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
    config, weights: dict[str, np.ndarray], max_tokens: int, wide: Wide | None = None, scale=1.0, power=1.0
) -> onnx.ModelProto:
    """input_ids and attention_mask [batch, sequence] to logits [batch, 2].

    wide: see `wide.py`. scale, power: those of `calibrated`.
    """
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

    def wide_margin(wide: Wide) -> str:
        """`wide.margins`, of weights rounded to integers. Pieces of the padding, and pairs with them, count as nothing."""
        size, end = g.constant(np.array(PLACES)), g.constant(np.array([np.iinfo(np.int64).max]))
        behind, before = g("Slice", "input_ids", second, end, second), g("Slice", "input_ids", first, last_axis, second)
        pairs = g("Add", g("Mul", before, g.constant(np.array(config.vocab_size))), behind)
        place = g("Mod", pairs, size)
        table, quotients = wide.table()
        held = g("Cast", g("Gather", g.constant(quotients), place), to=TensorProto.INT64)
        known = g("Cast", g("Equal", held, g("Div", pairs, size)), to=TensorProto.FLOAT)
        step = max(np.abs(wide.pieces).max(), np.abs(table).max()) / 127
        present = g("Cast", "attention_mask", to=TensorProto.FLOAT)

        def found(weights: np.ndarray, at: str) -> str:
            return g("Gather", g.constant(np.round(weights / step).astype(np.int8)), at)

        # Together: a text of one token has no pair, and the session cannot sum nothing.
        counted = g("Concat", present, g("Mul", known, g("Slice", present, second, end, second)), axis=1)
        steps = g("Cast", g("Concat", found(wide.pieces, "input_ids"), found(table, place), axis=1), to=TensorProto.FLOAT)
        steps = g("Div", g("ReduceSum", g("Mul", steps, counted), last_axis), g("Sqrt", g("ReduceSum", present, last_axis)))
        return g("Add", g("Mul", steps, g.constant(np.float32(step))), g.constant(np.float32(wide.bias)))

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
    margin = g("MatMul", x, g.constant(np.array([[-1], [1]], np.float32)))
    if wide is not None:
        margin = g("Add", margin, wide_margin(wide))
    size = g("Pow", g("Abs", margin), g.constant(np.float32(power)))
    margin = g("Mul", g("Mul", g("Sign", margin), size), g.constant(np.float32(scale)))
    g("MatMul", margin, g.constant(np.array([[-0.5, 0.5]], np.float32)), output="logits")

    value = helper.make_tensor_value_info
    inputs = [value(n, TensorProto.INT64, ["batch", "sequence"]) for n in ("input_ids", "attention_mask")]
    outputs = [value("logits", TensorProto.FLOAT, ["batch", config.num_labels])]
    graph = helper.make_graph(g.nodes, "classifier", inputs, outputs, g.constants)
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid(MICROSOFT, 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=10)


def kept_pieces(tokenizer: Tokenizer, specials: set[str], data: Path, minimum: int) -> list[int]:
    """Ids of the word pieces that stay: those seen `minimum` times in the texts of DATA, the special ones, and all of
    one character, which whatever was dropped then falls into."""
    counts = np.zeros(tokenizer.get_vocab_size(), np.int64)
    for path in sorted([*data.glob("train/*.jsonl.gz"), *data.glob("unlabelled/*.jsonl.gz")]):
        texts = [clean(example["text"]) for example in read(path)]
        for start in range(0, len(texts), 1000):
            for encoding in tokenizer.encode_batch_fast(texts[start : start + 1000]):
                counts += np.bincount(encoding.ids, minlength=len(counts))
    vocabulary = tokenizer.get_vocab()
    characters = {p for p in vocabulary if len(p) == 1 and f"##{p}" in vocabulary}

    def stays(piece: str, id: int) -> bool:
        bare = piece.removeprefix("##")
        splits = len(bare) > 1 and characters.issuperset(bare)
        unused = piece.startswith("[unused")
        return piece in specials or counts[id] >= minimum or not (splits or unused)

    return [id for piece, id in sorted(vocabulary.items(), key=lambda item: item[1]) if stays(piece, id)]


def renumber(tokenizer: dict, kept: list[int]) -> None:
    """Rewrites tokenizer.json for a vocabulary of the kept ids, which become 0, 1, 2 …"""
    new = {old: id for id, old in enumerate(kept)}
    tokenizer["truncation"] = tokenizer["padding"] = None
    vocabulary = tokenizer["model"]["vocab"]
    tokenizer["model"]["vocab"] = {p: new[id] for p, id in sorted(vocabulary.items(), key=lambda i: i[1]) if id in new}
    for token in tokenizer["added_tokens"]:
        token["id"] = new[token["id"]]
    for token in tokenizer["post_processor"]["special_tokens"].values():
        token["ids"] = [new[id] for id in token["ids"]]


def spell_out(tokenizer: dict) -> None:
    """Has combining marks taken off by rules of their own: `strip_accents` means all of them in Python, and only those of
    Latin in JavaScript. (Among them is the variation selector after a heart.) Likewise the joiners of emoji."""
    if tokenizer["normalizer"]["type"] == "Sequence":  # it has been done
        return
    strip = [{"type": "Replace", "pattern": {"Regex": "\\p{Mn}"}, "content": ""}]
    strip += [{"type": "Replace", "pattern": {"String": mark}, "content": ""} for mark in ("\u200d", "\u200b", "\ufeff")]
    tokenizer["normalizer"] = {"type": "Sequence", "normalizers": [*strip, tokenizer["normalizer"]]}


def equalise(vocabulary: dict[str, int], weights: dict[str, np.ndarray], names: list[str]) -> list[int]:
    """Gives all names one embedding, the mean of those that are word pieces, and makes pieces of the others. Returns their ids."""
    mean = weights[WORDS][[vocabulary[name] for name in names if name in vocabulary]].mean(0)
    for name in names:
        vocabulary.setdefault(name, len(vocabulary))
    ids = [vocabulary[name] for name in names]
    weights[WORDS] = np.append(weights[WORDS], np.tile(mean, (len(vocabulary) - len(weights[WORDS]), 1)), 0)
    weights[WORDS][ids] = mean
    return ids


def calibrated(margins: torch.Tensor, scale: float, power: float) -> torch.Tensor:
    """Logits [texts, 2] of margins d [texts]: their difference is scale * |d| ** power, with the sign of d. With a power of 1 that is
    temperature scaling (Guo et al. 2017, "On Calibration of Modern Neural Networks", section 4.2); labels stay, and so does 0."""
    margins = scale * margins.sign() * margins.abs() ** power
    return torch.stack((-margins / 2, margins / 2), -1)


def calibration(margins: torch.Tensor, labels: torch.Tensor) -> tuple[float, float, float]:
    """The scale and power that make labels [texts] most likely, and minus the logarithm of how likely."""
    choices = [(scale, power) for scale in np.linspace(0.3, 2, 35) for power in np.linspace(0.7, 2, 27)]
    losses = torch.stack([torch.nn.functional.cross_entropy(calibrated(margins, *choice), labels) for choice in choices])
    return *(float(x) for x in choices[int(losses.argmin())]), float(losses.min())


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
    parser.add_argument("--min-count", type=int, default=0, help="drop rarer word pieces; 0 keeps all")
    parser.add_argument("--max-tokens", type=int, default=MAX_TOKENS)
    args = parser.parse_args()

    model = AutoModelForSequenceClassification.from_pretrained(args.checkpoint, local_files_only=True).eval()
    weights = {name: tensor.float().numpy() for name, tensor in model.state_dict().items()}
    tokenizer = json.loads((args.checkpoint / "tokenizer.json").read_text(encoding="utf-8"))
    if args.min_count:
        whole = Tokenizer.from_str(json.dumps({**tokenizer, "truncation": None, "padding": None}))
        specials = {token["content"] for token in tokenizer["added_tokens"]}
        kept = kept_pieces(whole, specials, args.data, args.min_count)
    else:
        kept = sorted(tokenizer["model"]["vocab"].values())
    renumber(tokenizer, kept)
    spell_out(tokenizer)
    weights[WORDS] = weights[WORDS][kept]
    equal = [id for names in (NAMES, PEOPLE) for id in equalise(tokenizer["model"]["vocab"], weights, names)]
    model.bert.embeddings.word_embeddings = torch.nn.Embedding.from_pretrained(torch.tensor(weights[WORDS]))
    model.config.vocab_size = len(weights[WORDS])

    encoder, (train, held_back) = Tokenizer.from_str(json.dumps(tokenizer)), load_sources(args.data)
    start, end = (encoder.token_to_id(token) for token in ("[CLS]", "[SEP]"))

    def encode(text: str) -> list[int]:
        ids = encoder.encode(clean(text), add_special_tokens=False).ids
        return [start, *head_and_tail(ids, args.max_tokens - 2), end]

    (args.out / "onnx").mkdir(parents=True, exist_ok=True)
    file = args.out / "onnx" / "model_quantized.onnx"

    def margins_of(rows: list[list[int]]) -> torch.Tensor:
        session = onnxruntime.InferenceSession(file)
        run = lambda row: session.run(None, {"input_ids": row, "attention_mask": np.ones_like(row)})[0][0]
        return torch.tensor([np.diff(run(np.array([ids])))[0] for ids in rows])

    # The wide part's share and the calibration are chosen on one half of the held-back texts and judged on the other.
    onnx.save(classifier_graph(model.config, weights, args.max_tokens), file)
    rows, labels = [encode(e["text"]) for e in held_back], torch.tensor([e["label"] for e in held_back])
    wide = fit_wide(train, encode, model.config.vocab_size, equal)
    deep, beside = margins_of(rows), torch.tensor(wide.margins(rows), dtype=torch.float)
    choices = {share: calibration((deep + share * beside)[::2], labels[::2]) for share in np.linspace(0, 1, 21)}
    share = min(choices, key=lambda share: choices[share][-1])
    *fitted, _ = choices[share]
    whole = deep + share * beside
    for name, logits in (
        ("encoder alone", calibrated(deep, 1, 1)),
        ("with the wide part", calibrated(whole, 1, 1)),
        ("calibrated", calibrated(whole, *fitted)),
    ):
        right = float((logits.argmax(-1) == labels)[1::2].float().mean())
        print(f"{name}: {right:.4f} right, expected calibration error {calibration_error(logits[1::2], labels[1::2]):.4f}")
    onnx.save(classifier_graph(model.config, weights, args.max_tokens, wide.times(share), *fitted), file)

    def write(name: str, content: dict, **how) -> None:
        (args.out / name).write_text(json.dumps(content, ensure_ascii=False, **how) + "\n", encoding="utf-8")

    write("tokenizer.json", tokenizer, separators=(",", ":"))
    named = {f"{n}_token": f"[{n.upper()}]" for n in ("unk", "sep", "pad", "cls", "mask")}
    spelling = {"do_lower_case": True, "strip_accents": None, "tokenize_chinese_chars": True}
    kind = {"tokenizer_class": "BertTokenizer", "model_max_length": args.max_tokens}
    write("tokenizer_config.json", {**kind, **spelling, **named}, indent=2)
    config = json.loads((args.checkpoint / "config.json").read_text(encoding="utf-8"))
    config |= {"vocab_size": model.config.vocab_size, "max_position_embeddings": args.max_tokens, "version": args.version}
    config |= {"pad_token_id": encoder.token_to_id("[PAD]"), "calibration": dict(zip(("scale", "power"), fitted, strict=True))}
    config |= {"wide": {"share": float(share)}}
    write("config.json", config, indent=2)

    files = sorted(path.relative_to(args.out).as_posix() for path in args.out.rglob("*") if path.suffix in (".json", ".onnx"))
    sums = [f"{hashlib.sha256((args.out / name).read_bytes()).hexdigest()}  {name}\n" for name in files]
    (args.out / "SHA256SUMS").write_text("".join(sums), encoding="utf-8")

    small, differences, flips = margins_of(rows[::4]), [], 0
    for ids, beside_it, margin in zip(rows[::4], beside[::4], small, strict=True):
        with torch.no_grad():
            exact = torch.diff(model(torch.tensor([ids])).logits[0]) + share * beside_it
        exact = torch.diff(calibrated(exact, *fitted)[0])[0]
        differences.append(abs(margin.sigmoid() - exact.sigmoid()).item())
        flips += int((margin > 0) != (exact > 0))
    print(f"{model.config.vocab_size} word pieces, {sum(f.stat().st_size for f in args.out.rglob('*') if f.is_file()) / 1e6:.1f} MB")
    print(f"{len(differences)} held-back texts: mean change of the score {np.mean(differences):.4f}, {flips} labels")


if __name__ == "__main__":
    main()
