import type { Classifier } from "../../model/classifier.ts";

/**
 * Ends the process now, whatever the inference threads do. An orderly exit would wait for those that compute, and then abort
 * (onnxruntime-node 1.30), so this kills the process while there are any.
 */
export function leave(classifier: Pick<Classifier, "busy" | "stuck"> | undefined, code?: number): never {
  if (classifier !== undefined && classifier.busy + classifier.stuck > 0) process.kill(process.pid, "SIGKILL");
  return process.exit(code ?? process.exitCode);
}
