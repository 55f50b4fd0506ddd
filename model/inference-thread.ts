/**
 * The code of an inference thread: it pads the texts, runs the network, and turns logits into probabilities. `session.run()` blocks its
 * thread for the whole inference, so it never runs on the main thread.
 */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { workerData } from "node:worker_threads";
import * as ort from "onnxruntime-node";
import { SESSION_OPTIONS } from "./session.ts";

/** The parts of a model that a thread needs. */
export interface Network {
  /** The model's folder. */
  folder: string;
  /** The graph, then its external data, each with its expected SHA-256. */
  files: readonly { path: string; sha256: string }[];
  labels: number;
  /** Absent if each text runs alone, without padding. */
  padTokenId?: number;
}

export interface InferenceTask {
  /** Token ids of each text. They share one run of the network. */
  rows: readonly (readonly number[])[];
}

/**
 * The probability of each label for each text, in order, or the error of the run. A task is only rejected if the thread itself is
 * lost.
 */
export type InferenceResult = { probabilities: number[][] } | { error: string };

const network = workerData as Network;

async function load(): Promise<ort.InferenceSession> {
  const [graph, ...external] = await Promise.all(network.files.map(readVerified));
  if (graph === undefined) throw new Error("the model has no graph");
  const session = await ort.InferenceSession.create(graph.data, {
    ...SESSION_OPTIONS,
    ...(external.length > 0 && { externalData: external }),
  }).catch((error: Error) => {
    throw new Error(`${network.files[0]?.path}: ${error.message}`);
  });
  // The session has its own copy. Without this, the file would stay in memory until the next garbage collection.
  graph.data.buffer.transfer(0);
  for (const name of session.inputNames) {
    if (!["input_ids", "attention_mask", "token_type_ids"].includes(name))
      throw new Error(`the model needs an input "${name}", which is not an input of a text classifier`);
  }
  if (network.padTokenId !== undefined && !session.inputNames.includes("attention_mask")) {
    throw new Error(
      'the model has no input "attention_mask", so padding would change its scores: export it with this input, or set pad_token_id to null in config.json',
    );
  }
  if (!session.outputNames.includes("logits")) {
    throw new Error(
      `the model has no output "logits" but ${session.outputNames.join(", ")}: it is not a text classifier`,
    );
  }
  return session;
}

/** Reads a whole file, so that ONNX Runtime gets exactly the bytes that were verified. */
async function readVerified({ path, sha256 }: Network["files"][number]) {
  const content = await readFile(join(network.folder, path));
  // A buffer of its own, not from Node's pool of small buffers, so that it can be transferred.
  const data = new Uint8Array(content.byteLength);
  data.set(content);
  if (createHash("sha256").update(data).digest("hex") !== sha256)
    throw new Error(`${path} has changed: it does not have the SHA-256 ${sha256}`);
  return { path: basename(path), data };
}

// Loading starts with the thread, and each task waits for it. If it fails, the tasks fail, but not the thread.
const loading = load();
loading.catch(() => {});

/** Classifies all texts of a task, or none if the run fails. */
export default async function answer({ rows }: InferenceTask): Promise<InferenceResult> {
  try {
    return { probabilities: (await run(await loading, rows)).map(softmax) };
  } catch (error) {
    return { error: (error as Error).message };
  }
}

/** Logits of each row: [rows, labels]. */
async function run(session: ort.InferenceSession, rows: InferenceTask["rows"]): Promise<number[][]> {
  const width = Math.max(...rows.map((row) => row.length));
  const dims = [rows.length, width];
  const ids = new BigInt64Array(rows.length * width).fill(BigInt(network.padTokenId ?? 0));
  const mask = new BigInt64Array(rows.length * width);
  for (const [i, row] of rows.entries()) {
    for (const [j, id] of row.entries()) {
      ids[i * width + j] = BigInt(id);
      mask[i * width + j] = 1n;
    }
  }
  const inputs: Record<string, BigInt64Array> = {
    input_ids: ids,
    attention_mask: mask,
    token_type_ids: new BigInt64Array(rows.length * width),
  };
  const { logits } = await session.run(
    Object.fromEntries(
      session.inputNames.map((name) => [name, new ort.Tensor("int64", inputs[name] as BigInt64Array, dims)]),
    ),
    ["logits"],
  );
  // Before Node 24, ONNX Runtime returns half-precision numbers as integers.
  if (logits?.type !== "float32")
    throw new Error(`the model returns its logits as ${logits?.type}, not float32: export it with float32 outputs`);
  const { labels } = network;
  const data = logits.data as Float32Array;
  if (data.length !== rows.length * labels) {
    throw new Error(
      `the model returns ${data.length / rows.length} logits for a text, but config.json has ${labels} labels`,
    );
  }
  return rows.map((_, i) => [...data.subarray(i * labels, (i + 1) * labels)]);
}

function softmax(logits: readonly number[]): number[] {
  const largest = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - largest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}
