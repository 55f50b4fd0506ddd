/** The tests of the examples share this: a project of its own on the emulators, a worker in it, and example programs as processes. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { openEmulators } from "../../shared/backends/open.ts";
import { emulatorEnv, uniqueOptions } from "../backends.ts";
import { CliProcess, eventually } from "../process.ts";

export const EXAMPLES = fileURLToPath(new URL("../../examples/", import.meta.url));

export class ExampleProject {
  readonly projectId: string;
  /** The environment with which an example program finds the emulators. */
  readonly env: Record<string, string>;
  readonly #backend: Exclude<Awaited<ReturnType<typeof openEmulators>>, string>;
  readonly #worker: CliProcess | undefined;

  private constructor(
    projectId: string,
    env: Record<string, string>,
    backend: Exclude<Awaited<ReturnType<typeof openEmulators>>, string>,
    worker: CliProcess | undefined,
  ) {
    this.projectId = projectId;
    this.env = env;
    this.#backend = backend;
    this.#worker = worker;
  }

  /** @param worker the worker's own variables; without them there is none */
  static async open(worker?: Record<string, string>): Promise<ExampleProject> {
    const options = uniqueOptions();
    const backend = await openEmulators(options, emulatorEnv());
    if (typeof backend === "string") throw new Error(backend);
    const env = { ...emulatorEnv(), GOOGLE_CLOUD_PROJECT: options.projectId };
    const started =
      worker === undefined ? undefined : new CliProcess(["worker"], { ...env, INFERENCE_THREADS: "1", ...worker });
    await started?.prints("worker started");
    return new ExampleProject(options.projectId, env, backend, started);
  }

  put(path: string, fields: Record<string, unknown>): Promise<void> {
    return this.#backend.store.put([{ path, fields }]);
  }

  get(path: string): Promise<Record<string, unknown> | undefined> {
    return this.#backend.store.get(path);
  }

  /** The result of a review, once it is there. */
  result(path: string): Promise<Record<string, unknown>> {
    return eventually(async () => (await this.get(path))?.sentiment as Record<string, unknown> | undefined, 60_000);
  }

  async close(): Promise<void> {
    await this.#worker?.kill("SIGKILL");
    await this.#backend.close();
  }
}

/**
 * Runs a program to its end.
 * @returns its standard output
 * @throws {Error} with its standard error if it fails
 */
export async function output(
  command: string,
  args: readonly string[],
  { env = {}, cwd }: { env?: Record<string, string>; cwd?: string } = {},
): Promise<string> {
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn(command, args, { cwd, env: { PATH, HOME, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk;
  });
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} exited with ${code}:\n${stderr}`);
  return stdout;
}
