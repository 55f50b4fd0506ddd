/**
 * What runs in each inference thread: tokenise, pad, run the network, turn logits into probabilities. `session.run()` blocks
 * its thread for the whole inference, so it never happens on the main one.
 */
import { workerData } from "node:worker_threads";
import * as ort from "onnxruntime-node";
import type { ModelFolder } from "./folder.ts";
import { Tokenizer } from "./tokenizer.ts";

export interface InferenceTask {
  texts: readonly string[];
  /** The most tokens of one run of the network, padding included; a text longer than that runs alone. */
  maxBatchTokens: number;
}

export interface Inferred {
  /** For each text, in order, the probability of each label. */
  probabilities: number[][];
  /** Tokens of all texts, and of all runs with their padding. */
  tokens: number;
  paddedTokens: number;
}

/** A run of the network that fails is an answer too: a rejected task means that the thread itself is lost. */
export type InferenceResult = Inferred | { error: string };

interface Loaded {
  tokenizer: Tokenizer;
  session: ort.InferenceSession;
}

const model = workerData as ModelFolder;

async function load(): Promise<Loaded> {
  const [tokenizer, session] = await Promise.all([
    Tokenizer.load(model.path, model.maxTokens),
    ort.InferenceSession.create(model.onnxFile, {
      // Parallelism comes from several threads with a session each: measured faster than one session with several threads.
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      executionMode: "sequential",
      graphOptimizationLevel: "all",
      // Batches differ in shape every time, so a plan remembered by shape would only grow.
      enableMemPattern: false,
      extra: { session: { intra_op: { allow_spinning: "0" } } },
      logSeverityLevel: 3,
    }),
  ]);
  for (const name of session.inputNames) {
    if (!["input_ids", "attention_mask", "token_type_ids"].includes(name)) {
      throw new Error(`the model wants an input "${name}", which no text classifier has`);
    }
  }
  if (!session.outputNames.includes("logits")) {
    throw new Error(
      `the model has no output "logits" but ${session.outputNames.join(", ")}: it is not a text classifier`,
    );
  }
  return { tokenizer, session };
}

// Begun when the thread starts, awaited by its tasks: a model that cannot be loaded fails them, not the thread.
const loading = load();
loading.catch(() => {});

/** Classifies the texts of a task: all of them, or none if any of its runs fails. */
export default async function answer(task: InferenceTask): Promise<InferenceResult> {
  try {
    return await infer(task);
  } catch (error) {
    return { error: (error as Error).message };
  }
}

async function infer({ texts, maxBatchTokens }: InferenceTask): Promise<Inferred> {
  const { tokenizer, session } = await loading;
  const rows = texts.map((text, index) => ({
    index,
    ids: tokenizer.encode(text),
  }));
  const result: Inferred = {
    probabilities: new Array(texts.length),
    tokens: 0,
    paddedTokens: 0,
  };
  for (const batch of packs(rows, maxBatchTokens)) {
    const width = (batch.at(-1) as Row).ids.length;
    const logits = await run(session, batch, width);
    for (const [i, row] of batch.entries()) {
      result.probabilities[row.index] = softmax(logits[i] as number[]);
      result.tokens += row.ids.length;
    }
    result.paddedTokens += batch.length * width;
  }
  return result;
}

interface Row {
  index: number;
  ids: number[];
}

/** Rows by length, shortest first, in runs of at most `maxBatchTokens` tokens with padding. */
function packs(rows: readonly Row[], maxBatchTokens: number): Row[][] {
  const batches: Row[][] = [];
  let batch: Row[] = [];
  for (const row of rows.toSorted((a, b) => a.ids.length - b.ids.length)) {
    if (batch.length > 0 && (batch.length + 1) * row.ids.length > maxBatchTokens) {
      batches.push(batch);
      batch = [];
    }
    batch.push(row);
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}

/** Logits of each row: [rows, labels]. */
async function run(session: ort.InferenceSession, batch: readonly Row[], width: number): Promise<number[][]> {
  const dims = [batch.length, width];
  const ids = new BigInt64Array(batch.length * width).fill(BigInt(model.padTokenId));
  const mask = new BigInt64Array(batch.length * width);
  for (const [i, row] of batch.entries()) {
    for (const [j, id] of row.ids.entries()) {
      ids[i * width + j] = BigInt(id);
      mask[i * width + j] = 1n;
    }
  }
  const inputs: Record<string, BigInt64Array> = {
    input_ids: ids,
    attention_mask: mask,
    token_type_ids: new BigInt64Array(batch.length * width),
  };
  const { logits } = await session.run(
    Object.fromEntries(
      session.inputNames.map((name) => [name, new ort.Tensor("int64", inputs[name] as BigInt64Array, dims)]),
    ),
    ["logits"],
  );
  const labels = model.labels.length;
  const data = logits?.data as Float32Array;
  if (data.length !== batch.length * labels) {
    throw new Error(
      `the model gives ${data.length / batch.length} logits a text, but id2label of its config.json has ${labels} labels`,
    );
  }
  return batch.map((_, i) => [...data.subarray(i * labels, (i + 1) * labels)]);
}

function softmax(logits: readonly number[]): number[] {
  const largest = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - largest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}
