/**
 * The way of a message through the worker:
 *
 *     receive ──▶ JobQueue ──▶ labelBatch (load ▸ classify ▸ save) ──▶ InFlight (ack or nack)
 *        │                                                                ▲
 *        └── invalid message ──▶ dead-letter topic ───────────────────────┘
 *
 * As soon as a slot is free it takes the jobs that wait, up to `maxBatchReviews`; no job waits for a batch to fill.
 */
import { EventEmitter } from "node:events";
import { setImmediate as nextTurn } from "node:timers/promises";
import pLimit, { type LimitFunction } from "p-limit";
import { withDeadline } from "../../shared/deadline.ts";
import { type MessageProblem, parseMessage } from "../../shared/message.ts";
import type { PathTemplate } from "../../shared/path.ts";
import type { Delivery, ReviewQueue } from "../../shared/queue.ts";
import type { LabelSettings } from "../../shared/result.ts";
import { retrying } from "../../shared/retry.ts";
import type { ReviewStore } from "../../shared/store.ts";
import { deadLetterAttributes } from "../dead-letter.ts";
import { traced, tracedFrom } from "../tracing.ts";
import { InFlight } from "./in-flight.ts";
import { type Job, JobQueue } from "./job-queue.ts";
import { type BatchContext, type LabellingClassifier, labelBatch } from "./label-batch.ts";
import { MissingReviews } from "./missing-reviews.ts";
import { nack, type Settlement } from "./settlement.ts";

export interface PipelineParts {
  queue: Pick<ReviewQueue, "deadLetter">;
  store: Pick<ReviewStore, "load" | "save" | "now">;
  classifier: LabellingClassifier;
}

export interface PipelineOptions {
  reviewsPath: PathTemplate;
  labelSettings: LabelSettings;
  /** Maximum number of reviews in a batch. */
  maxBatchReviews: number;
  /** Maximum number of batches at once, so that loading and saving of one overlap the classification of another. */
  maxConcurrentBatches: number;
  /** How long transient failures of the store are retried before the messages are nacked, in ms. @default 45000 */
  storeRetryMs?: number;
  /** How long a nack is delayed, in ms. @default 2000 */
  nackDelayMs?: number;
  /** How long publishing to the dead-letter topic may take, in ms. @default 10000 */
  deadLetterMs?: number;
}

export type Stage = "batch" | "load" | "classify" | "save";

export interface PipelineEvents {
  /** A delivery was acked or nacked. `path` is that of its review, if the message named one. */
  settled: [settlement: Settlement, delivery: Delivery, path: string | undefined];
  /** A batch, or one of its stages, has ended. */
  stage: [stage: Stage, reviews: number, ms: number];
}

export class Pipeline extends EventEmitter<PipelineEvents> {
  readonly #parts: PipelineParts;
  readonly #options: PipelineOptions;
  readonly #jobs = new JobQueue();
  readonly #inFlight: InFlight;
  readonly #missing: MissingReviews;
  readonly #slots: LimitFunction;
  /** Batches and dead letters that have not ended. */
  readonly #running = new Set<Promise<void>>();
  readonly #abandoned = new AbortController();
  #draining = false;

  constructor(parts: PipelineParts, options: PipelineOptions) {
    super();
    this.#parts = parts;
    this.#options = options;
    this.#missing = new MissingReviews(() => parts.store.now());
    this.#slots = pLimit(options.maxConcurrentBatches);
    this.#inFlight = new InFlight(options.nackDelayMs ?? 2_000, (...settled) => this.emit("settled", ...settled));
  }

  /** The number of messages in flight: received, and neither acked nor nacked. */
  get backlog(): number {
    return this.#inFlight.size;
  }

  /** Takes a delivery; from here on the pipeline settles it. */
  receive(delivery: Delivery): void {
    this.#inFlight.add(delivery);
    if (this.#draining) {
      this.#inFlight.settle(delivery, nack("draining"));
      return;
    }
    const parsed = parseMessage(delivery.data, this.#options.reviewsPath);
    if (!parsed.ok) {
      void this.#track(this.#deadLetter(delivery, parsed.problem));
      return;
    }
    const { path, force = false } = parsed.message;
    if (this.#jobs.add(path, force, delivery)) this.#wake();
  }

  /** Nacks the jobs that wait and resolves when everything that runs has been settled. Later deliveries are nacked. */
  async drain(): Promise<void> {
    this.#draining = true;
    this.#inFlight.flush();
    for (const job of this.#jobs.clear()) this.#settle(job, nack("draining"));
    while (this.#running.size > 0) await Promise.race(this.#running);
  }

  /** Nacks everything in flight at once. Call it when {@link drain} takes too long. */
  abandon(): void {
    this.#abandoned.abort();
    this.#inFlight.settleAll(nack("draining"));
  }

  #track(work: Promise<void>): Promise<void> {
    const running = work.finally(() => this.#running.delete(running));
    this.#running.add(running);
    return running;
  }

  #wake(): void {
    void this.#slots(() => this.#track(this.#runBatch()));
  }

  /** Never rejects. */
  async #runBatch(): Promise<void> {
    if (!this.#jobs.hasWaiting) return;
    // Messages of one network read arrive in several callbacks of the same turn: let all of them arrive.
    await nextTurn();
    const jobs = this.#jobs.take(this.#options.maxBatchReviews);
    // The reviews of all waiting jobs are in running batches, whose end wakes the next batch.
    if (jobs.length === 0) return;
    const deliveries = jobs.flatMap((job) => job.deliveries);
    try {
      await tracedFrom(deliveries, "batch", { reviews: jobs.length, messages: deliveries.length }, () =>
        this.#timed("batch", jobs.length, () => labelBatch(jobs, this.#batchContext())),
      );
    } catch (error) {
      // A bug: nack, so that the messages are redelivered.
      for (const job of jobs) this.#settle(job, nack("unexpected-error", error as Error));
    } finally {
      this.#jobs.release(jobs);
      if (this.#jobs.hasWaiting) this.#wake();
    }
  }

  #batchContext(): BatchContext {
    const { store, classifier } = this.#parts;
    const { labelSettings, storeRetryMs = 45_000 } = this.#options;
    return {
      store,
      classifier,
      labelSettings,
      retry: (request) => retrying(request, storeRetryMs, this.#abandoned.signal),
      stage: async (name, reviews, work) =>
        reviews === 0 ? [] : traced(name, { reviews }, () => this.#timed(name, reviews, work)),
      settle: (job, settlement) => this.#settle(job, settlement),
      settleMissing: (job) => this.#settleMissing(job),
    };
  }

  async #timed<T>(stage: Stage, reviews: number, work: () => Promise<T>): Promise<T> {
    const started = performance.now();
    try {
      return await work();
    } finally {
      this.emit("stage", stage, reviews, performance.now() - started);
    }
  }

  /** Publishes an invalid message to the dead-letter topic with the reason; only then is it acked. Never rejects. */
  #deadLetter(delivery: Delivery, problem: MessageProblem): Promise<void> {
    const { deadLetterMs = 10_000 } = this.#options;
    return tracedFrom([delivery], "dead-letter", { reason: problem.code }, async () => {
      try {
        await withDeadline(
          this.#parts.queue.deadLetter(delivery.data, deadLetterAttributes(delivery, problem), delivery.orderingKey),
          deadLetterMs,
          `the message was not published to the dead-letter topic within ${deadLetterMs} ms`,
        );
        this.#inFlight.settle(delivery, { outcome: "dead-lettered", reason: problem.code });
      } catch (error) {
        this.#inFlight.settle(delivery, nack("dead-letter-failed", error as Error));
      }
    });
  }

  #settle(job: Job, settlement: Settlement): void {
    for (const delivery of job.deliveries) this.#inFlight.settle(delivery, settlement, job.path);
  }

  #settleMissing(job: Job): void {
    for (const delivery of job.deliveries) {
      const isDeleted = this.#missing.isDeleted(job.path, delivery);
      this.#inFlight.settle(delivery, isDeleted ? { outcome: "deleted" } : nack("not-written-yet"), job.path);
    }
  }
}
