/**
 * What runs in each inference thread: pad, run the network, turn logits into probabilities. `session.run()` blocks its thread for
 * the whole inference, so it never happens on the main one.
 */
import { workerData } from "node:worker_threads";
import * as ort from "onnxruntime-node";
import type { ModelFolder } from "./folder.ts";
import { SESSION_OPTIONS } from "./session.ts";

export interface InferenceTask {
  /** Token ids of each text. They share one run of the network. */
  rows: readonly (readonly number[])[];
}

/**
 * For each text, in order, the probability of each label. A run of the network that fails is an answer too: a rejected task means
 * that the thread itself is lost.
 */
export type InferenceResult = { probabilities: number[][] } | { error: string };

const model = workerData as ModelFolder;

async function load(): Promise<ort.InferenceSession> {
  const session = await ort.InferenceSession.create(model.onnxFile, SESSION_OPTIONS);
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
  return session;
}

// Begun when the thread starts, awaited by its tasks: a model that cannot be loaded fails them, not the thread.
const loading = load();
loading.catch(() => {});

/** Classifies the texts of a task: all of them, or none if the run fails. */
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
  const ids = new BigInt64Array(rows.length * width).fill(BigInt(model.padTokenId));
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
  const labels = model.labels.length;
  const data = logits?.data as Float32Array;
  if (data.length !== rows.length * labels) {
    throw new Error(
      `the model gives ${data.length / rows.length} logits a text, but id2label of its config.json has ${labels} labels`,
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
