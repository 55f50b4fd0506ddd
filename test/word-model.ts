/** A model folder whose network is a table: the logits of a text are the mean of those of its words. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FLOAT16, Graph } from "./onnx.ts";

/**
 * @param logits by word, those of NEGATIVE and POSITIVE; with `null` the network fails on each batch with the word
 * @param config what config.json has beside its labels
 * @param options `half`: the network returns numbers in half precision; `masked`: it has the input `attention_mask`, which it ignores
 */
export async function writeWordModel(
  folder: string,
  logits: Readonly<Record<string, readonly [number, number] | null>>,
  config: Record<string, unknown> = { pad_token_id: 0 },
  { half = false, masked = true } = {},
): Promise<void> {
  const all = { "[PAD]": [0, 0], "[UNK]": [0, 0], ...logits };
  const known = Object.entries(all).filter(([, each]) => each !== null);
  // Words behind the end of the table.
  const words = [...known, ...Object.entries(all).filter(([, each]) => each === null)].map(([word]) => word);
  const graph = new Graph();
  const table = graph.constant(Float32Array.from(known.flatMap(([, each]) => each as number[])), [known.length, 2]);
  const mean = graph.node("ReduceMean", [graph.node("Gather", [table, "input_ids"])], { axes: [1], keepdims: 0 });
  const tokens = ["batch", "tokens"];
  const network = graph.encode(
    { input_ids: tokens, ...(masked && { attention_mask: tokens }) },
    { name: "logits", shape: ["batch", 2], ...(half && { type: FLOAT16 }) },
    half ? graph.node("Cast", [mean], { to: FLOAT16 }) : mean,
  );
  const json = {
    "config.json": { id2label: { 0: "NEGATIVE", 1: "POSITIVE" }, ...config },
    "tokenizer_config.json": {},
    "tokenizer.json": {
      pre_tokenizer: { type: "WhitespaceSplit" },
      model: { type: "WordPiece", vocab: Object.fromEntries(words.map((word, id) => [word, id])) },
    },
  };
  await mkdir(join(folder, "onnx"), { recursive: true });
  for (const [file, content] of Object.entries(json)) await writeFile(join(folder, file), JSON.stringify(content));
  await writeFile(join(folder, "onnx/model.onnx"), network);
}
