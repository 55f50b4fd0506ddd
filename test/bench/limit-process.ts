/**
 * Bare ONNX Runtime, the upper limit that the hardware allows: threads only run the network, on texts that were tokenised and sorted
 * beforehand. The longest texts come first, so that no thread has to run a long one alone at the end.
 *
 *     limit-process.ts FOLDER THREADS
 */
import { once } from "node:events";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { readModelFolder } from "../../model/folder.ts";
import { Tokenizer } from "../../model/tokenizer.ts";
import { serve } from "./contestant.ts";
import type { LimitModel, LimitWork } from "./limit-thread.ts";

export interface LimitTurn {
  texts: readonly string[];
  /** Maximum number of tokens in one run, padding included. With 1, each text gets its own run. */
  batchTokens: number;
}

export interface LimitOutcome {
  reviewsPerSecond: number;
  /** CPU time of all threads. */
  cpuMsPerReview: number;
}

const [folder = "", threadCount = ""] = process.argv.slice(2);
const model = await readModelFolder(folder);
const tokenizer = await Tokenizer.create(model.tokenizer, model.maxTokens);
const workerData: LimitModel = {
  onnxFile: join(model.path, model.networkFiles[0]),
  padTokenId: model.padTokenId ?? 0,
};
const threads = Array.from(
  { length: Number(threadCount) },
  () => new Worker(new URL("./limit-thread.ts", import.meta.url), { workerData }),
);
const all = (): Promise<unknown> => Promise.all(threads.map((thread) => once(thread, "message")));
await all();

serve<LimitTurn, LimitOutcome>(async ({ texts, batchTokens }) => {
  const batches = pack(
    texts.map((text) => tokenizer.encode(text)),
    batchTokens,
  );
  const next = new Int32Array(new SharedArrayBuffer(4));
  const prepared = all();
  for (const thread of threads) thread.postMessage({ batches, next } satisfies LimitWork);
  await prepared;
  const done = all();
  const cpu = process.cpuUsage();
  const started = performance.now();
  for (const thread of threads) thread.postMessage("start");
  await done;
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { reviewsPerSecond: texts.length / seconds, cpuMsPerReview: (user + system) / 1000 / texts.length };
});

/** Sorts rows by length, longest first, and packs them into batches of at most `tokens` with padding. */
function pack(rows: readonly number[][], tokens: number): number[][][] {
  const batches: number[][][] = [];
  for (const row of rows.toSorted((a, b) => b.length - a.length)) {
    const batch = batches.at(-1);
    const width = batch?.[0]?.length ?? 0;
    if (batch !== undefined && (batch.length + 1) * width <= tokens) batch.push(row);
    else batches.push([row]);
  }
  return batches;
}
