import { once } from "node:events";
import { parentPort, workerData } from "node:worker_threads";
import * as ort from "onnxruntime-node";
import { SESSION_OPTIONS } from "../../model/session.ts";

export interface LimitModel {
  onnxFile: string;
  padTokenId: number;
}

export interface LimitWork {
  /** Token ids by batch and text, the longest text first. */
  batches: number[][][];
  /** Index of the next batch, shared by all threads. */
  next: Int32Array;
}

const port = parentPort as NonNullable<typeof parentPort>;
const { onnxFile, padTokenId } = workerData as LimitModel;
const session = await ort.InferenceSession.create(onnxFile, SESSION_OPTIONS);

port.postMessage("loaded");
for (;;) {
  const [{ batches, next }] = (await once(port, "message")) as [LimitWork];
  const feeds = batches.map(feedOf);
  const start = once(port, "message");
  port.postMessage("prepared");
  await start;
  for (let i = Atomics.add(next, 0, 1); i < feeds.length; i = Atomics.add(next, 0, 1)) {
    await session.run(feeds[i] as ort.InferenceSession.OnnxValueMapType);
  }
  port.postMessage("done");
}

function feedOf(batch: number[][]): ort.InferenceSession.OnnxValueMapType {
  const width = (batch[0] as number[]).length;
  const padded = (fill: (id: number | undefined) => number): ort.Tensor =>
    new ort.Tensor(
      "int64",
      BigInt64Array.from(
        batch.flatMap((row) => Array.from({ length: width }, (_, i) => fill(row[i]))),
        BigInt,
      ),
      [batch.length, width],
    );
  const inputs: Record<string, ort.Tensor> = {
    input_ids: padded((id) => id ?? padTokenId),
    attention_mask: padded((id) => (id === undefined ? 0 : 1)),
    token_type_ids: padded(() => 0),
  };
  return Object.fromEntries(session.inputNames.map((name) => [name, inputs[name] as ort.Tensor]));
}
