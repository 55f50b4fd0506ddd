/** Runs the command line in a process of its own, as a user or Cloud Run does. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const CLI = fileURLToPath(new URL("../worker/cli/main.ts", import.meta.url));

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export class CliProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  stdout = "";
  stderr = "";

  /** @param cli the entry to run instead of the sources' */
  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}, cli = CLI) {
    // Variables of this process, such as CI and the emulators' hosts, must not reach the other one.
    const { PATH = "", HOME = "", NODE_COMPILE_CACHE = "" } = process.env;
    this.child = spawn(process.execPath, [cli, ...args], {
      env: { PATH, HOME, NODE_COMPILE_CACHE, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child.stdout?.on("data", (chunk: Buffer) => {
      this.stdout += chunk;
    });
    this.child.stderr?.on("data", (chunk: Buffer) => {
      this.stderr += chunk;
    });
    this.ended = once(this.child, "close").then(([code, signal]) => ({
      code,
      signal,
      stdout: this.stdout,
      stderr: this.stderr,
    }));
  }

  /** Resolves when standard output holds `text`; rejects if the process ends before. */
  async prints(text: string): Promise<void> {
    while (!this.stdout.includes(text)) {
      await Promise.race([
        once(this.child.stdout as NodeJS.ReadableStream, "data"),
        this.ended.then((ended) => {
          if (!this.stdout.includes(text)) throw new Error(`the process ended: ${JSON.stringify(ended)}`);
        }),
      ]);
    }
  }

  kill(signal: NodeJS.Signals): Promise<Ended> {
    this.child.kill(signal);
    return this.ended;
  }
}

/** Runs a command to its end. */
export function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return new CliProcess(args, env).ended;
}

/** The log entries among the lines of an output. */
export function logEntries(output: string): Record<string, unknown>[] {
  return output
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** The address of a worker, from its log. */
export function listeningAt(worker: CliProcess): string {
  const started = logEntries(worker.stdout).find(({ message }) => message === "worker started");
  const [address] = (started?.listening ?? []) as { port: number }[];
  return `http://127.0.0.1:${address?.port}`;
}

/** Repeats `check` until it returns a value, for at most `ms`. */
export async function eventually<T>(check: () => Promise<T | undefined | false>, ms = 60_000): Promise<T> {
  const deadline = Date.now() + ms;
  for (;;) {
    const begun = performance.now();
    const result = await check();
    if (result !== undefined && result !== false) return result;
    if (Date.now() > deadline) throw new Error(`what was waited for did not happen within ${ms} ms`);
    // A long check, such as reading a thousand documents, must leave the cores to what it waits for.
    await sleep(Math.min(500, Math.max(50, 2 * (performance.now() - begun))));
  }
}
