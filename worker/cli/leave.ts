import type { Classifier } from "../../model/classifier.ts";

/**
 * Ends the process now, whatever the inference threads do. An orderly exit would wait for those that compute, and then abort
 * (onnxruntime-node 1.30), so while there are any, a program that only exits takes the place of this one. A signal does not do: the
 * kernel ignores SIGKILL from the first process of a container to itself, and this may be that process.
 */
export function leave(classifier: Pick<Classifier, "busy" | "stuck"> | undefined, code = process.exitCode): never {
  if (classifier !== undefined && classifier.busy + classifier.stuck > 0) {
    const exit = ["--eval", `process.exit(${Number(code ?? 0)})`];
    if (process.platform === "win32") process.kill(process.pid, "SIGKILL");
    else process.execve?.(process.execPath, [process.execPath, ...exit], { ...process.env, NODE_OPTIONS: "" });
  }
  return process.exit(code);
}
