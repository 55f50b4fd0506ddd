import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { CliProcess } from "../process.ts";
import type { BenchModel } from "./models.ts";
import type { Stage } from "./stage.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export const SOURCES = `${ROOT}/worker/cli/main.ts`;
export const BUNDLE = `${ROOT}/dist/cli.js`;

/**
 * The environment of an instance with 1 GiB: the Dockerfile's allocator settings, and the heap limit that Node would choose there, half of
 * the memory. With a higher limit V8 would collect garbage later.
 */
export const IMAGE_ENV = {
  MALLOC_ARENA_MAX: "2",
  MALLOC_TRIM_THRESHOLD_: "131072",
  NODE_OPTIONS: "--max-semi-space-size=4 --max-old-space-size=512",
};

/** Builds the image's bundle from the current sources. */
export async function buildBundle(): Promise<void> {
  await promisify(execFile)(process.execPath, ["build.ts"], { cwd: ROOT });
}

/**
 * Starts a worker like the image does, and waits until it accepts messages.
 * @param how.settings additional environment variables
 */
export async function startWorker(
  stage: Stage,
  model: BenchModel,
  threads: number,
  { entry = BUNDLE, settings = {} }: { entry?: string; settings?: Record<string, string> } = {},
): Promise<CliProcess> {
  const env = { ...stage.env, ...IMAGE_ENV, MODEL: model.folder, INFERENCE_THREADS: String(threads), ...settings };
  const worker = new CliProcess(["worker"], env, entry);
  await worker.prints("worker started");
  return worker;
}
