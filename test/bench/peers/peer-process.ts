/**
 * The text-classification pipeline of another library, used as its documentation says. This file is in this folder because the
 * libraries' packages are installed here.
 *
 *     peer-process.ts PACKAGE FOLDER
 */
import { basename, dirname } from "node:path";
import { serve } from "../contestant.ts";

export interface PeerTurn {
  texts: readonly string[];
  /** Number of texts passed to the pipeline at a time. */
  batch: number;
}

export interface PeerOutcome {
  reviewsPerSecond: number;
  /** How long each review waited for its label, in ms: the duration of its call. */
  waitsMs: readonly number[];
  rssMb: number;
}

const [name = "", folder = ""] = process.argv.slice(2);
const { env, pipeline } = await import(name);
env.allowRemoteModels = false;
env.localModelPath = dirname(folder);
// Each library has one of these options. Both select onnx/model_quantized.onnx.
const classify = await pipeline("text-classification", basename(folder), { quantized: true, dtype: "q8" });
await classify("warm-up");

serve<PeerTurn, PeerOutcome>(async ({ texts, batch }) => {
  const waitsMs: number[] = [];
  const started = performance.now();
  for (let at = 0; at < texts.length; at += batch) {
    const some = texts.slice(at, at + batch);
    const called = performance.now();
    await classify(some);
    waitsMs.push(...some.map(() => performance.now() - called));
  }
  const seconds = (performance.now() - started) / 1000;
  return { reviewsPerSecond: texts.length / seconds, waitsMs, rssMb: process.memoryUsage.rss() / 2 ** 20 };
});
