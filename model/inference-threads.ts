/**
 * The inference threads of a process, each with its own session. A thread holds two batches, one running and one ready, so that it
 * does not wait for the main thread between batches.
 *
 *     alive ──── dies, or does not answer in time ─────▶ lost: a new thread replaces it
 *        ▲                                                 │ dead: its memory is freed
 *        │                                                 │ stuck: it keeps its memory until it answers
 *        └─── the new thread answers                       ▼
 *                         too many batches lost in a row, or too many threads stuck ──▶ broken
 *
 * A thread that is stuck in native code cannot be ended alone: with onnxruntime-node 1.30 that aborts the process.
 */
import { Piscina } from "piscina";
import { setRunningTimeout } from "../shared/running-timeout.ts";
import { ModelFolderError } from "./folder.ts";
import type { InferenceResult, InferenceTask, Network } from "./inference-thread.ts";

/** The thread of a batch was lost, so its texts have no result. */
export interface Lost {
  lost: string;
}

interface InferenceThread {
  pool: Piscina<InferenceTask, InferenceResult>;
  batches: Set<Batch>;
  /** Ends the watchdog, which runs while the thread has batches, and restarts with each answer. */
  cancelWatchdog?: () => void;
}

interface Batch {
  /** Stops waiting for the result. */
  giveUp(lost: Lost): void;
  /** Resolves when the thread has answered or died, or when the batch has been given up. */
  done: Promise<unknown>;
}

const BATCHES_PER_THREAD = 2;

/** Maximum number of batches lost in a row. */
const MAX_LOST = 10;

/** Maximum number of stuck threads. Each keeps the memory of a session, and perhaps a CPU. */
const MAX_STUCK = 3;

export class InferenceThreads {
  readonly #network: Network;
  readonly #timeoutMs: number;
  readonly #threads: InferenceThread[];
  readonly #stuck = new Set<InferenceThread>();
  readonly #broken = Promise.withResolvers<void>();
  #lost = 0;
  #closed = false;

  /**
   * Starts the threads, which load the network at once.
   * @param timeoutMs a thread that has batches and does not answer for this long is replaced, see {@link setRunningTimeout}
   */
  constructor(network: Network, threads: number, timeoutMs: number) {
    // Microsoft's builds of ONNX Runtime report usage unless this is set before the library is loaded.
    process.env.ORT_DISABLE_TELEMETRY ??= "1";
    this.#network = network;
    this.#timeoutMs = timeoutMs;
    this.#threads = Array.from({ length: threads }, () => this.#start());
  }

  /** Whether a thread can take a batch. */
  get room(): boolean {
    return this.#threads.some(({ batches }) => batches.size < BATCHES_PER_THREAD);
  }

  /** Threads that are running a batch. */
  get busy(): number {
    return this.#threads.filter(({ batches }) => batches.size > 0).length;
  }

  /** Threads that do not respond. While there is one, the process must be killed, because a normal exit would wait for it. */
  get stuck(): number {
    return this.#stuck.size;
  }

  /** Whether too many batches were lost in a row or too many threads are stuck: a new process is needed. */
  get broken(): boolean {
    return this.#lost >= MAX_LOST || this.#stuck.size >= MAX_STUCK;
  }

  /** Resolves when the threads first become {@link broken}. */
  get whenBroken(): Promise<void> {
    return this.#broken.promise;
  }

  /**
   * Runs `rows` once in each thread.
   * @throws {ModelFolderError} if the network cannot be loaded or run
   * @throws {Error} if a thread dies or does not answer
   */
  async warmUp(rows: InferenceTask["rows"]): Promise<void> {
    const results = await Promise.all(this.#threads.map((thread) => this.#runIn(thread, rows)));
    for (const result of results) {
      if ("lost" in result) throw new Error(result.lost);
      if ("error" in result)
        throw new ModelFolderError(`the model in ${this.#network.folder} cannot be run: ${result.error}`);
    }
  }

  /** Runs rows of token ids through the network, in the thread with the fewest batches. Never rejects. */
  async run(rows: InferenceTask["rows"]): Promise<InferenceResult | Lost> {
    if (this.#closed) return { error: "the classifier is closed" };
    if (this.broken) return { error: "the inference threads are broken" };
    return this.#runIn(
      this.#threads.reduce((a, b) => (b.batches.size < a.batches.size ? b : a)),
      rows,
    );
  }

  /** Refuses new batches, waits for the running ones, and ends the threads. */
  async close(): Promise<void> {
    this.#closed = true;
    // Ending a thread during a native inference aborts the process (onnxruntime-node 1.30).
    for (;;) {
      const running = this.#threads.flatMap(({ batches }) => [...batches]);
      if (running.length === 0) break;
      await Promise.race(running.map(({ done }) => done));
    }
    await Promise.all(this.#threads.map(({ pool }) => pool.destroy()));
  }

  #start(): InferenceThread {
    const pool = new Piscina<InferenceTask, InferenceResult>({
      filename: new URL(
        import.meta.url.endsWith(".ts") ? "./inference-thread.ts" : "./inference-thread.js",
        import.meta.url,
      ).href,
      workerData: this.#network,
      minThreads: 1,
      maxThreads: 1,
      concurrentTasksPerWorker: BATCHES_PER_THREAD,
      // With atomics, a thread could not answer while it holds a second task.
      atomics: "disabled",
      recordTiming: false,
    });
    return { pool, batches: new Set() };
  }

  async #runIn(thread: InferenceThread, rows: InferenceTask["rows"]): Promise<InferenceResult | Lost> {
    const { promise: givenUp, resolve: giveUp } = Promise.withResolvers<Lost>();
    const task = thread.pool.run({ rows }).then(
      (result) => {
        this.#lost = 0;
        return result;
      },
      // The pool replaces the thread.
      (error: Error) => {
        this.#countLost();
        return { lost: `an inference thread died (${error.message})` };
      },
    );
    const ended = task.then(() => {
      thread.batches.delete(batch);
      thread.cancelWatchdog?.();
      if (thread.batches.size > 0) this.#watch(thread);
      else if (this.#stuck.delete(thread)) void thread.pool.destroy();
    });
    const batch: Batch = { giveUp, done: Promise.race([ended, givenUp]) };
    if (thread.batches.size === 0) this.#watch(thread);
    thread.batches.add(batch);
    return Promise.race([task, givenUp]);
  }

  #countLost(): void {
    this.#lost++;
    if (this.broken) this.#broken.resolve();
  }

  #watch(thread: InferenceThread): void {
    thread.cancelWatchdog = setRunningTimeout(() => this.#replace(thread), this.#timeoutMs);
  }

  /** Replaces a stuck thread and gives up its batches. */
  #replace(thread: InferenceThread): void {
    const place = this.#threads.indexOf(thread);
    if (place === -1) return;
    this.#stuck.add(thread);
    this.#countLost();
    if (this.#closed) this.#threads.splice(place, 1);
    else this.#threads[place] = this.#start();
    for (const { giveUp } of thread.batches)
      giveUp({ lost: `no answer from an inference thread within ${this.#timeoutMs} ms` });
  }
}
