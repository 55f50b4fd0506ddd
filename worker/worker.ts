/**
 * The long-running service: takes messages in and runs them through the pipeline until it is told to stop.
 *
 *     RUNNING ── stop() or a lost subscription ──▶ DRAINING ── all settled, or the grace is over ──▶ STOPPED
 *
 * DRAINING takes nothing in, gives back what waits, and lets the batches in work finish. Whatever is not settled shortly
 * before the grace ends is given back too, so that another worker gets it at once and not after an ack deadline.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Classifier } from "../model/classifier.ts";
import type { ReviewQueue, Subscription } from "../shared/queue.ts";
import type { ReviewStore } from "../shared/store.ts";
import { Pipeline, type PipelineOptions } from "./pipeline/pipeline.ts";

export type WorkerState = "RUNNING" | "DRAINING" | "STOPPED";

export interface WorkerOptions extends PipelineOptions {
  /** Messages in hand at once, see {@link SubscribeOptions.maxOutstanding}. */
  maxOutstanding: number;
  /** Messages come by HTTP, see `http/push.ts`, and not by a subscription of this process. @default false */
  push?: boolean;
}

/** Of the grace, what is kept for giving messages back after the batches in work had their time. */
const GIVE_BACK_MS = 1_500;

export class Worker {
  readonly pipeline: Pipeline;
  readonly classifier: Classifier;
  /** Rejects when the subscription is lost or the inference threads keep dying; resolves when the worker has stopped. */
  readonly done: Promise<void>;
  readonly #subscription: Subscription | undefined;
  readonly #maxOutstanding: number;
  readonly #finish: PromiseWithResolvers<void>;
  #state: WorkerState = "RUNNING";
  #stopping: Promise<void> | undefined;

  /** Starts at once. The parts belong to the caller, who closes them after the worker has stopped. */
  constructor(parts: { queue: ReviewQueue; store: ReviewStore; classifier: Classifier }, options: WorkerOptions) {
    this.#finish = Promise.withResolvers();
    this.done = this.#finish.promise;
    this.done.catch(() => {});
    this.classifier = parts.classifier;
    this.pipeline = new Pipeline(parts, options);
    this.#maxOutstanding = options.maxOutstanding;
    rejectWhenBroken(this.classifier, this.#finish.reject);
    this.#subscription = options.push
      ? undefined
      : parts.queue.subscribe({
          maxOutstanding: options.maxOutstanding,
          onDelivery: (delivery) => this.pipeline.receive(delivery),
          onError: (error) => this.#finish.reject(error),
        });
  }

  /** Whether there is as much in hand as there may be, so that pushed messages have to wait elsewhere. */
  get full(): boolean {
    return this.pipeline.backlog >= this.#maxOutstanding;
  }

  get state(): WorkerState {
    return this.#state;
  }

  /**
   * Stops within `graceMs`: takes nothing more in, finishes what is in work and gives back the rest.
   * @param graceMs at least 2000, so that there is time to give messages back
   */
  stop(graceMs: number): Promise<void> {
    this.#stopping ??= this.#stop(graceMs);
    return this.#stopping;
  }

  async #stop(graceMs: number): Promise<void> {
    this.#state = "DRAINING";
    // The subscription closes when everything in hand is settled and the settlements are sent.
    const closed = this.#subscription?.close(graceMs) ?? Promise.resolve();
    await within(graceMs - GIVE_BACK_MS, this.pipeline.drain());
    this.pipeline.abandon();
    await within(GIVE_BACK_MS, closed);
    this.#state = "STOPPED";
    this.#finish.resolve();
  }
}

/** In a function of its own, so that a classifier keeps nothing of a worker that has stopped but this. */
function rejectWhenBroken({ whenBroken }: Classifier, reject: (error: Error) => void): void {
  void whenBroken.then(() => reject(new Error("the inference threads keep dying: the worker cannot go on")));
}

/** Waits for `work`, `ms` at most. */
async function within(ms: number, work: Promise<void>): Promise<void> {
  const timer = new AbortController();
  await Promise.race([work, sleep(Math.max(0, ms), undefined, { signal: timer.signal }).catch(() => {})]);
  timer.abort();
}
