import type { InferenceSession } from "onnxruntime-node";

/** How an inference thread runs a network. */
export const SESSION_OPTIONS: InferenceSession.SessionOptions = {
  // Several threads with one session each are faster than one session with several threads.
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: "sequential",
  graphOptimizationLevel: "all",
  // It caches a memory plan for each shape, and nearly every batch has a new shape.
  enableMemPattern: false,
  extra: { session: { intra_op: { allow_spinning: "0" } } },
  logSeverityLevel: 3,
};
