/**
 * Loaded into a worker by NODE_OPTIONS=--import: makes its inference threads fail. FAULT says how: `throw`, `exit`, `hang`, or
 * `late` to answer after FAULT_MS; FAULT_EVERY is N to fail each Nth run of the network in a thread; FAULT_THREADS is the number
 * of threads that fail, counted from the first (default: all).
 */
import { isMainThread, threadId } from "node:worker_threads";

if (!isMainThread && threadId <= Number(process.env.FAULT_THREADS ?? Number.POSITIVE_INFINITY)) {
  const { InferenceSession } = await import("onnxruntime-node");
  const every = Number(process.env.FAULT_EVERY);
  const { run } = InferenceSession.prototype;
  const session = await import("onnxruntime-node");
  const { create } = session.InferenceSession;
  let runs = 0;
  InferenceSession.create = async (...args) => {
    const created = await create.apply(InferenceSession, args);
    const inner = (run ?? created.run).bind(created);
    created.run = (...inputs) => {
      if (++runs % every !== 0) return inner(...inputs);
      if (process.env.FAULT === "throw") throw new Error("injected");
      // In a thread this ends the thread, not the process.
      if (process.env.FAULT === "exit") process.exit(1);
      if (process.env.FAULT === "late")
        return new Promise((resolve) => setTimeout(() => resolve(inner(...inputs)), Number(process.env.FAULT_MS)));
      return new Promise(() => {});
    };
    return created;
  };
}
