/**
 * A DistilBERT of random weights, for what cannot be tested with the real one: it is not in this repository. Same inputs, output,
 * operators and kind of quantisation as the file that the registry names (dynamic: 8-bit weights, and for each product one scale for
 * all of its activations), with the vocabulary of lite.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Graph } from "./onnx.ts";

const LITE = fileURLToPath(new URL("../model/lite", import.meta.url));
const WIDTH = 768;
const HEADS = 12;
const INNER = 3072;
const POSITIONS = 512;

/**
 * Writes a model folder.
 * @param layers 6 in the real one
 * @param tokenizer a folder with the tokenizer to take
 */
export async function writeRandomDistilBert(folder: string, layers: number, tokenizer = LITE): Promise<void> {
  await mkdir(join(folder, "onnx"), { recursive: true });
  const json = await readFile(join(tokenizer, "tokenizer.json"), "utf8");
  const vocabulary = Object.keys(JSON.parse(json).model.vocab).length;
  await writeFile(join(folder, "tokenizer.json"), json);
  await writeFile(
    join(folder, "tokenizer_config.json"),
    JSON.stringify({
      ...JSON.parse(await readFile(join(tokenizer, "tokenizer_config.json"), "utf8")),
      tokenizer_class: "DistilBertTokenizer",
      model_max_length: POSITIONS,
    }),
  );
  await writeFile(
    join(folder, "config.json"),
    JSON.stringify({
      architectures: ["DistilBertForSequenceClassification"],
      model_type: "distilbert",
      dim: WIDTH,
      hidden_dim: INNER,
      n_heads: HEADS,
      n_layers: layers,
      max_position_embeddings: POSITIONS,
      vocab_size: vocabulary,
      id2label: { 0: "NEGATIVE", 1: "POSITIVE" },
      label2id: { NEGATIVE: 0, POSITIVE: 1 },
      pad_token_id: JSON.parse(json).model.vocab["[PAD]"],
    }),
  );
  await writeFile(join(folder, "onnx/model_quantized.onnx"), network(layers, vocabulary));
}

/** Activations rounded to 8 bits, their scale and their zero point. */
type Quantised = string[];

function network(layers: number, vocabulary: number): Uint8Array {
  const g = new Graph();
  const random = randomBytes();
  const zero = g.constant(Uint8Array.of(64), []);
  const shape = (...dims: number[]): string => g.constant(BigInt64Array.from(dims, BigInt), [dims.length]);
  /** 7-bit weights of standard deviation `deviation`; those of 0..127 around 64 is 37. */
  const weights = (dims: [number, number], deviation: number): [string, string, string] => [
    g.constant(random(dims[0] * dims[1]), dims),
    g.scalar(deviation / 37),
    zero,
  ];
  const bias = (size: number): string =>
    g.constant(
      Float32Array.from(random(size), (b) => (b - 64) / 640),
      [size],
    );
  const quantised = (x: string): Quantised => g.nodes("DynamicQuantizeLinear", [x], 3);

  const linear = ([codes, scale, point]: Quantised, from: number, to: number, gain = 1): string => {
    const [w, weightScale, weightPoint] = weights([from, to], gain / Math.sqrt(from));
    const product = g.node("MatMulInteger", [codes as string, w, point as string, weightPoint]);
    const scaled = g.node("Mul", [g.node("Cast", [product], { to: 1 }), g.node("Mul", [scale as string, weightScale])]);
    return g.node("Add", [scaled, bias(to)]);
  };

  const normalised = (x: string): string => {
    const off = g.node("Sub", [x, g.node("ReduceMean", [x], { axes: [-1] })]);
    const variance = g.node("ReduceMean", [g.node("Pow", [off, g.scalar(2)])], { axes: [-1] });
    const deviation = g.node("Sqrt", [g.node("Add", [variance, g.scalar(1e-12)])]);
    const gain = g.constant(new Float32Array(WIDTH).fill(1), [WIDTH]);
    return g.node("Add", [g.node("Mul", [g.node("Div", [off, deviation]), gain]), bias(WIDTH)]);
  };

  const embedded = (rows: number, ids: string): string => {
    const [table, scale, point] = weights([rows, WIDTH], 1);
    return g.node("DequantizeLinear", [g.node("Gather", [table, ids]), scale, point]);
  };

  const length = g.node("Gather", [g.node("Shape", ["input_ids"]), g.constant(BigInt64Array.of(1n), [])]);
  const places = g.node("Range", [g.constant(BigInt64Array.of(0n), []), length, g.constant(BigInt64Array.of(1n), [])]);
  let x = normalised(g.node("Add", [embedded(vocabulary, "input_ids"), embedded(POSITIONS, places)]));
  const padding = g.node("Unsqueeze", [g.node("Equal", ["attention_mask", g.constant(BigInt64Array.of(0n), [])])], {
    axes: [1, 2],
  });

  const heads = (y: string, perm: number[]): string =>
    g.node("Transpose", [g.node("Reshape", [y, shape(0, -1, HEADS, WIDTH / HEADS)])], { perm });
  for (let layer = 0; layer < layers; layer++) {
    const rows = quantised(x);
    const asked = g.node("Div", [
      heads(linear(rows, WIDTH, WIDTH, 1.5), [0, 2, 1, 3]),
      g.scalar(Math.sqrt(WIDTH / HEADS)),
    ]);
    const keys = heads(linear(rows, WIDTH, WIDTH, 1.5), [0, 2, 3, 1]);
    const values = heads(linear(rows, WIDTH, WIDTH), [0, 2, 1, 3]);
    const scores = g.node("Where", [padding, g.scalar(-3.4028234663852886e38), g.node("MatMul", [asked, keys])]);
    const context = g.node("MatMul", [g.node("Softmax", [scores], { axis: 3 }), values]);
    const joined = g.node("Reshape", [g.node("Transpose", [context], { perm: [0, 2, 1, 3] }), shape(0, -1, WIDTH)]);
    x = normalised(g.node("Add", [linear(quantised(joined), WIDTH, WIDTH, 3), x]));
    const inner = linear(quantised(x), WIDTH, INNER);
    const erf = g.node("Erf", [g.node("Div", [inner, g.scalar(Math.SQRT2)])]);
    const gelu = g.node("Mul", [g.node("Mul", [inner, g.node("Add", [erf, g.scalar(1)])]), g.scalar(0.5)]);
    x = normalised(g.node("Add", [linear(quantised(gelu), INNER, WIDTH), x]));
  }

  const first = g.node("Gather", [x, g.constant(BigInt64Array.of(0n), [])], { axis: 1 });
  const pooled = g.node("Relu", [linear(quantised(first), WIDTH, WIDTH)]);
  const logits = linear(quantised(pooled), WIDTH, 2, 3);
  const tokens = ["batch_size", "sequence_length"];
  return g.encode({ input_ids: tokens, attention_mask: tokens }, { name: "logits", shape: ["batch_size", 2] }, logits);
}

/** Bytes of 0..127, the same ones every time: https://www.jstatsoft.org/article/view/v008i14 (xorshift). */
function randomBytes(): (count: number) => Uint8Array {
  let state = 2_463_534_242;
  return (count) => {
    const words = new Uint32Array(Math.ceil(count / 4));
    for (let i = 0; i < words.length; i++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      words[i] = state & 0x7f7f7f7f;
    }
    return new Uint8Array(words.buffer, 0, count);
  };
}
