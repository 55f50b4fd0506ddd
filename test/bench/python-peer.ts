/** An alternative in Python. It takes the same turns as a {@link Contestant}, as lines of JSON. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { PeerOutcome, PeerTurn } from "./peers/peer-process.ts";

const SCRIPT = fileURLToPath(new URL("./peers/python-peer.py", import.meta.url));
const REQUIREMENTS = fileURLToPath(new URL("./peers/requirements.txt", import.meta.url));

/** The peer's first line of output. */
interface Ready {
  installMb: number;
}

export class PythonPeer {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly installMb: number;

  private constructor(child: ChildProcess, lines: AsyncIterator<string>, { installMb }: Ready) {
    this.#child = child;
    this.#lines = lines;
    this.installMb = installMb;
  }

  /** @param kind the first argument of `python-peer.py` */
  static async start(python: string, kind: string, folder: string, threads: number): Promise<PythonPeer> {
    const child = spawn(python, [SCRIPT, kind, folder, String(threads)], { stdio: ["pipe", "pipe", "inherit"] });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    return new PythonPeer(child, lines, await next<Ready>(lines));
  }

  async take(turn: PeerTurn): Promise<PeerOutcome> {
    this.#child.stdin?.write(`${JSON.stringify(turn)}\n`);
    return next<PeerOutcome>(this.#lines);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.stdin?.end();
    await once(this.#child, "exit");
  }
}

async function next<T>(lines: AsyncIterator<string>): Promise<T> {
  const { done, value } = await lines.next();
  if (done) throw new Error("python-peer.py ended unexpectedly; its output is above");
  return JSON.parse(value);
}

/**
 * Finds a Python with the packages that the peers need: `BENCH_PYTHON`, or `.venv/bin/python` beside the requirements.
 * @returns instructions to install one, if there is none
 */
export async function findPython(): Promise<{ python: string } | string> {
  const folder = fileURLToPath(new URL("./peers/.venv", import.meta.url));
  const python = process.env.BENCH_PYTHON ?? `${folder}/bin/python`;
  const todo = `python3 -m venv ${folder} && ${folder}/bin/pip install -r ${REQUIREMENTS}; or set BENCH_PYTHON to a Python that has them`;
  if (!existsSync(python)) return `there is no ${python}: ${todo}`;
  try {
    await promisify(execFile)(python, ["-c", "import fasttext, onnxruntime, tokenizers, torch, transformers"]);
    return { python };
  } catch {
    return `${python} lacks torch, transformers, onnxruntime, tokenizers or fasttext: ${todo}`;
  }
}
