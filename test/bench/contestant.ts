/**
 * One alternative in a comparison. It runs in its own process, so its memory, CPU time and event loop are not shared, and is idle until it
 * gets a turn.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export class Contestant<Turn, Outcome> {
  readonly #child: ChildProcess;
  readonly #file: string;

  private constructor(child: ChildProcess, file: string) {
    this.#child = child;
    this.#file = file;
  }

  /**
   * Starts a process and waits until it is ready.
   * @param file a module that calls {@link serve}
   */
  static async start<Turn, Outcome>(
    file: URL,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<Contestant<Turn, Outcome>> {
    const path = fileURLToPath(file);
    const child = fork(path, args, { env: { ...process.env, ...env }, serialization: "advanced" });
    const contestant = new Contestant<Turn, Outcome>(child, path);
    await contestant.#answer();
    return contestant;
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  async take(turn: Turn): Promise<Outcome> {
    this.#child.send(turn as object);
    return (await this.#answer()) as Outcome;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.disconnect();
    await once(this.#child, "exit");
  }

  async #answer(): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const gone = (code: number | null, signal: string | null): void =>
      reject(new Error(`${this.#file} exited unexpectedly (${code ?? signal}); its output is above`));
    this.#child.once("exit", gone).once("message", resolve);
    try {
      return await promise;
    } finally {
      this.#child.off("exit", gone).off("message", resolve);
    }
  }
}

/** Runs in the contestant's process: takes turns until the parent disconnects. */
export function serve<Turn, Outcome>(take: (turn: Turn) => Promise<Outcome>): void {
  process.on("message", async (turn: Turn) => {
    process.send?.(await take(turn));
  });
  process.on("disconnect", () => process.exit());
  process.send?.("ready");
}
