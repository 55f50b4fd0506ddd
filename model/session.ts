import type { InferenceSession } from "onnxruntime-node";

/** How an inference thread runs a network. */
export const SESSION_OPTIONS: InferenceSession.SessionOptions = {
  // Parallelism comes from several threads with a session each: measured faster than one session with several threads.
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: "sequential",
  graphOptimizationLevel: "all",
  // Batches differ in shape every time, so a plan remembered by shape would only grow.
  enableMemPattern: false,
  extra: { session: { intra_op: { allow_spinning: "0" } } },
  logSeverityLevel: 3,
};
