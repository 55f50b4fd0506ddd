/**
 * The long-running service: takes messages from its intakes and runs them through the pipeline until it is stopped.
 *
 *     STARTING ── store and intakes reached ──▶ RUNNING ── stop() ──▶ DRAINING ── all settled, or out of time ──▶ STOPPED
 *         └──────────────────────── stop() ────────────────────────────▲
 *
 * STARTING waits for servers that do not answer yet, for as long as it takes, and a few minutes for permissions: a new grant does not
 * take effect at once. Pub/Sub refuses a subscriber only when it pulls, so a pull intake is started again while that may help.
 * DRAINING takes nothing in, nacks what waits, and lets running batches finish. What is not settled shortly before the end of the
 * shutdown grace period is nacked too, so that another worker gets it at once and not only after the ack deadline.
 */
import { EventEmitter } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Classifier } from "../model/classifier.ts";
import type { QueueError, ReviewQueue } from "../shared/queue.ts";
import type { ReviewStore, StoreError } from "../shared/store.ts";
import type { Intake } from "./intake/intake.ts";
import { PullIntake } from "./intake/pull.ts";
import { Pipeline, type PipelineOptions } from "./pipeline/pipeline.ts";
import { Watchdog, type WatchdogOptions } from "./watchdog.ts";

export type WorkerState = "STARTING" | "RUNNING" | "DRAINING" | "STOPPED";

export interface WorkerParts {
  queue: ReviewQueue;
  store: ReviewStore;
  classifier: Classifier;
  /** Done once, before messages are taken. @default nothing */
  prepare?: (() => Promise<void>) | undefined;
  /** @default the queue's subscription is pulled */
  intakes?: readonly Intake[] | undefined;
}

export interface WorkerOptions extends PipelineOptions {
  watchdog?: WatchdogOptions;
  /** For how long after the start the worker waits for permissions that it lacks, in ms. @default {@link GRANT_WAIT_MS} */
  grantWaitMs?: number;
}

export interface WorkerEvents {
  /** A server that is needed to start does not answer, or refuses for lack of a permission. It is asked again. */
  waiting: [server: string, error: Error | undefined];
}

/**
 * Typically a grant takes effect within 2 minutes, but 7 or more are possible: https://cloud.google.com/iam/docs/access-change-propagation.
 * Cloud Run waits 4 minutes at most for an instance to start, with the loading of the model before this time and a last try after it.
 */
export const GRANT_WAIT_MS = 200_000;

type Refusal = Pick<StoreError | QueueError, "transient" | "lacksPermission">;

/** The part of the grace period that is kept for nacking what running batches have not finished. */
const NACK_MS = 1_500;

/** A server that has not answered after this time is reported as waited for. */
const REPORT_WAITING_MS = 3_000;
const FIRST_BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 10_000;

export class Worker extends EventEmitter<WorkerEvents> {
  readonly pipeline: Pipeline;
  readonly classifier: Classifier;
  readonly watchdog: Watchdog;
  /** Rejects when the subscription is lost or the inference threads keep dying; resolves when the worker has stopped. */
  readonly done: Promise<void>;
  readonly #parts: WorkerParts;
  readonly #intakes: readonly Intake[];
  readonly #maxOutstanding: number;
  readonly #grantWaitMs: number;
  readonly #finish: PromiseWithResolvers<void>;
  readonly #stop = new AbortController();
  #state: WorkerState = "STARTING";
  #stopping: Promise<void> | undefined;
  #startedAt = 0;

  /** The parts belong to the caller, who closes them after the worker has stopped. */
  constructor(parts: WorkerParts, options: WorkerOptions) {
    super();
    this.#finish = Promise.withResolvers();
    this.done = this.#finish.promise;
    this.done.catch(() => {});
    this.#parts = parts;
    this.#maxOutstanding = options.maxOutstanding;
    this.#grantWaitMs = options.grantWaitMs ?? GRANT_WAIT_MS;
    this.#intakes = parts.intakes ?? [new PullIntake(parts.queue, options.maxOutstanding)];
    this.classifier = parts.classifier;
    const pulled = this.#intakes
      .filter(({ reach }) => reach !== undefined)
      .map((intake) => ({ name: "subscription", reach: async () => intake.reach?.() }));
    this.watchdog = new Watchdog([{ name: "store", reach: () => parts.store.reach() }, ...pulled], options.watchdog);
    this.pipeline = new Pipeline({ ...parts, store: this.#watched(parts.store) }, options);
    rejectWhenBroken(this.classifier, this.#finish.reject);
  }

  get state(): WorkerState {
    return this.#state;
  }

  /** Whether as many messages are in flight as may be. */
  get isAtCapacity(): boolean {
    return this.pipeline.backlog >= this.#maxOutstanding;
  }

  /**
   * Resolves when messages come in, or when the worker is stopped before. Waits for the store and the intakes.
   * @throws {Error} if one of them can never be used as it is configured
   */
  async start(): Promise<void> {
    const { store, prepare } = this.#parts;
    this.#startedAt = performance.now();
    await this.#untilReached("store", () => store.reach());
    if (prepare !== undefined) await this.#untilReached("subscription", prepare);
    for (const intake of this.#intakes) {
      await this.#untilReached("subscription", async () => intake.reach?.());
      if (this.#state !== "STARTING") return;
      this.#startIntake(intake);
    }
    if (this.#state !== "STARTING") return;
    this.#state = "RUNNING";
    this.watchdog.start();
  }

  /**
   * Stops within `graceMs`: takes nothing more in, finishes what runs and nacks the rest.
   * @param graceMs at least 2000, so that there is time to nack
   */
  stop(graceMs: number): Promise<void> {
    this.#stopping ??= this.#drain(graceMs);
    return this.#stopping;
  }

  async #drain(graceMs: number): Promise<void> {
    this.#state = "DRAINING";
    this.#stop.abort();
    this.watchdog.stop();
    // An intake stops when everything that it delivered is settled and the settlements are sent.
    const stopped = Promise.all(this.#intakes.map((intake) => intake.stop(graceMs)));
    await within(graceMs - NACK_MS, this.pipeline.drain());
    this.pipeline.abandon();
    await within(NACK_MS, stopped);
    this.#state = "STOPPED";
    this.#finish.resolve();
  }

  #startIntake(intake: Intake, backoffMs = FIRST_BACKOFF_MS): void {
    const { promise: lost, resolve } = Promise.withResolvers<Error & Partial<Refusal>>();
    intake.start({
      receive: (delivery) => {
        this.watchdog.heard("subscription");
        this.pipeline.receive(delivery);
      },
      isAtCapacity: () => this.isAtCapacity,
      lost: resolve,
    });
    void lost.then(async (error) => {
      // The client reconnects by itself only after some errors, not when its credentials were unavailable for a moment.
      if (error.transient !== true && !this.#mayBeGranted(error)) return this.#finish.reject(error);
      this.emit("waiting", "subscription", error);
      await sleep(backoffMs, undefined, { signal: this.#stop.signal }).catch(() => {});
      if (!this.#stop.signal.aborted) this.#startIntake(intake, nextBackoff(backoffMs));
    });
  }

  /** Whether the error is about a permission that may have been granted and has not taken effect yet. */
  #mayBeGranted(error: Partial<Refusal>): boolean {
    return error.lacksPermission === true && performance.now() - this.#startedAt < this.#grantWaitMs;
  }

  /** Asks a server again, with backoff, until it answers or the worker is stopped. */
  async #untilReached(server: string, reach: () => Promise<void>): Promise<void> {
    const { signal } = this.#stop;
    const stopped = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    let lastError: (Error & Partial<Refusal>) | undefined;
    for (let backoffMs = FIRST_BACKOFF_MS; !signal.aborted; backoffMs = nextBackoff(backoffMs)) {
      const report = setTimeout(() => this.emit("waiting", server, lastError), REPORT_WAITING_MS);
      try {
        await Promise.race([reach(), stopped]);
        return;
      } catch (error) {
        lastError = error as Error & Partial<Refusal>;
        if (lastError.transient === false && !this.#mayBeGranted(lastError)) throw error;
        this.emit("waiting", server, lastError);
      } finally {
        clearTimeout(report);
      }
      await sleep(backoffMs, undefined, { signal }).catch(() => {});
    }
  }

  /** The store, each of whose answers is a sign of life. */
  #watched(store: ReviewStore): Pick<ReviewStore, "load" | "save" | "now"> {
    return {
      load: async (paths) => {
        const reviews = await store.load(paths);
        this.watchdog.heard("store");
        return reviews;
      },
      save: async (writes) => {
        const outcomes = await store.save(writes);
        if (outcomes.some((outcome) => typeof outcome === "string")) this.watchdog.heard("store");
        return outcomes;
      },
      now: () => store.now(),
    };
  }
}

function nextBackoff(ms: number): number {
  return Math.min(2 * ms, MAX_BACKOFF_MS);
}

/** A function of its own, so that a classifier keeps nothing else of a worker that has stopped. */
function rejectWhenBroken({ whenBroken }: Classifier, reject: (error: Error) => void): void {
  void whenBroken.then(() => reject(new Error("the inference threads keep dying: the worker cannot go on")));
}

/** Waits for `work`, at most `ms`. */
async function within(ms: number, work: Promise<unknown>): Promise<void> {
  const timer = new AbortController();
  await Promise.race([work, sleep(Math.max(0, ms), undefined, { signal: timer.signal }).catch(() => {})]);
  timer.abort();
}
