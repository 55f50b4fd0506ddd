/**
 * The text-classification pipeline of a peer, as its documentation says to use it. In this folder, where the peers' packages are
 * installed beside the runtimes that they want.
 *
 *     peer-process.ts PACKAGE FOLDER
 */
import { basename, dirname } from "node:path";
import { serve } from "../contestant.ts";

export interface PeerTurn {
  texts: readonly string[];
  /** Texts given to the pipeline at once. */
  batch: number;
}

export interface PeerOutcome {
  reviewsPerSecond: number;
}

const [name = "", folder = ""] = process.argv.slice(2);
const { env, pipeline } = await import(name);
env.allowRemoteModels = false;
env.localModelPath = dirname(folder);
// Each package reads the one of these options that it knows: both mean onnx/model_quantized.onnx.
const classify = await pipeline("text-classification", basename(folder), { quantized: true, dtype: "q8" });
await classify("warm-up");

serve<PeerTurn, PeerOutcome>(async ({ texts, batch }) => {
  const started = performance.now();
  for (let at = 0; at < texts.length; at += batch) await classify(texts.slice(at, at + batch));
  return { reviewsPerSecond: texts.length / ((performance.now() - started) / 1000) };
});
