/**
 * The way of a message through the worker:
 *
 *     receive ──▶ JobQueue ──▶ labelBatch (load ▸ classify ▸ save) ──▶ InFlight (ack or nack)
 *        │           ▲                       │                            ▲
 *        │           └─── changed, failed ◀──┘                            │
 *        └── invalid message ──▶ dead-letter topic ───────────────────────┘
 *
 * As soon as a slot is free it takes the jobs that wait, up to `maxBatchReviews`; no job waits for a batch to fill. A batch has
 * its slot until it is classified. Nothing that waits for the store takes a slot: saving, and the time before a retry.
 */
import { EventEmitter } from "node:events";
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import pLimit, { type LimitFunction } from "p-limit";
import type { ModelId } from "../../model/model-id.ts";
import { withDeadline } from "../../shared/deadline.ts";
import { type MessageProblem, parseMessage } from "../../shared/message.ts";
import type { PathTemplate, ReviewPath } from "../../shared/path.ts";
import type { Delivery, ReviewQueue } from "../../shared/queue.ts";
import type { LabelSettings } from "../../shared/result.ts";
import type { ReviewStore, StoreError } from "../../shared/store.ts";
import { deadLetterAttributes } from "../dead-letter.ts";
import { traced, tracedFrom } from "../tracing.ts";
import { InFlight } from "./in-flight.ts";
import { type Job, JobQueue } from "./job-queue.ts";
import { type BatchContext, type LabellingClassifier, labelBatch, type RetryReason } from "./label-batch.ts";
import { MissingReviews } from "./missing-reviews.ts";
import { type Nack, nack, type Settlement } from "./settlement.ts";

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
  /** Maximum number of messages in flight. A quarter of them may wait for something other than the worker. */
  maxOutstanding: number;
  /** How long transient failures of the store are retried before the messages are nacked, in ms. @default 45000 */
  storeRetryMs?: number;
  /** How long a nack is delayed, in ms. @default 2000 */
  nackDelayMs?: number;
  /**
   * A message that has not been settled after this time, in ms, is nacked: its sender waits for the answer. What runs for it goes
   * on, and its result is stored. @default it may take any time
   */
  settleWithinMs?: number | undefined;
  /**
   * A save that takes longer, in ms, waits for others, for example for a transaction of the application. A busy machine or a far
   * database should not be taken for that: what is held beyond the limit is nacked, and loaded again. @default 5000
   */
  slowSaveMs?: number;
  /** How long publishing to the dead-letter topic may take, in ms. @default 10000 */
  deadLetterMs?: number;
}

export type Stage = "batch" | "load" | "classify" | "save";

export interface PipelineEvents {
  /** A delivery was acked or nacked. `path` is that of its review, if the message named one. */
  settled: [settlement: Settlement, delivery: Delivery, path: ReviewPath | undefined];
  /** A batch, or one of its stages, has ended. */
  stage: [stage: Stage, reviews: number, ms: number];
}

/** A document that changes faster than it can be classified is nacked after this number of attempts. */
const MAX_CHANGES = 5;

const FIRST_RETRY_MS = 100;
const MAX_RETRY_MS = 5_000;

export class Pipeline extends EventEmitter<PipelineEvents> {
  readonly #parts: PipelineParts;
  readonly #options: PipelineOptions;
  readonly #jobs = new JobQueue();
  /** By path, jobs that wait for their next attempt, each with the timer that starts it. */
  readonly #retries = new Map<ReviewPath, { job: Job; timer: NodeJS.Timeout }>();
  /** By path, why a review that is being saved takes long. */
  readonly #slow = new Map<ReviewPath, Nack>();
  readonly #inFlight: InFlight;
  readonly #missing: MissingReviews;
  readonly #slots: LimitFunction;
  /** A batch has no jobs yet: it waits for a slot, or for more messages. */
  #isForming = false;
  /** Batches, and messages that are being dead-lettered. */
  readonly #running = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  /** The callers of {@link process}. */
  readonly #callers = new WeakMap<Delivery, (settlement: Settlement) => void>();
  /** Number of loads that have failed in succession. */
  #failedLoads = 0;

  constructor(parts: PipelineParts, options: PipelineOptions) {
    super();
    this.#parts = parts;
    this.#options = options;
    this.#missing = new MissingReviews(() => parts.store.now());
    this.#slots = pLimit(options.maxConcurrentBatches);
    const { nackDelayMs = 2_000, settleWithinMs, maxOutstanding } = options;
    const maxHeld = Math.max(1, Math.floor(maxOutstanding / 4));
    this.#inFlight = new InFlight({ nackDelayMs, settleWithinMs, maxHeld }, (...settled) => {
      const [settlement, delivery] = settled;
      this.#callers.get(delivery)?.(settlement);
      this.emit("settled", ...settled);
    });
  }

  /** The number of messages in flight: received, and neither acked nor nacked. */
  get backlog(): number {
    return this.#inFlight.size;
  }

  /** The id of the model that labels. */
  get model(): ModelId {
    return this.#parts.classifier.model;
  }

  /** The time by the store's clock. */
  now(): Date {
    return this.#parts.store.now();
  }

  /** Takes a delivery; from here on the pipeline settles it. */
  receive(delivery: Delivery): void {
    this.#inFlight.add(delivery);
    if (this.#isDraining) {
      this.#inFlight.settle(delivery, nack("draining"));
      return;
    }
    const parsed = parseMessage(delivery.data, this.#options.reviewsPath);
    if (!parsed.ok) {
      void this.#track(this.#deadLetter(delivery, parsed.problem));
      return;
    }
    const { path, force = false } = parsed.message;
    const retry = this.#retries.get(path)?.job;
    const waitsFor = this.#slow.get(path) ?? (retry && nack("store-failed"));
    if (waitsFor !== undefined) this.#inFlight.hold(delivery, waitsFor, path);
    if (retry !== undefined) {
      retry.deliveries.push(delivery);
      retry.force ||= force;
      return;
    }
    this.#jobs.add(path, force, delivery);
    this.#wake();
  }

  /**
   * As {@link receive}, for a message that no queue has to be answered about: a nack is up to the caller.
   * @returns how the message was settled. Never rejects
   */
  process(message: Omit<Delivery, "ack" | "nack">): Promise<Settlement> {
    return new Promise((resolve) => {
      const delivery = { ...message, ack() {}, nack() {} };
      this.#callers.set(delivery, resolve);
      this.receive(delivery);
    });
  }

  /** Nacks the jobs that wait and resolves when everything that runs has been settled. Later deliveries are nacked. */
  async drain(): Promise<void> {
    this.#stop.abort();
    this.#inFlight.flush();
    const retries = [...this.#retries.values()];
    this.#retries.clear();
    for (const { timer } of retries) clearTimeout(timer);
    for (const job of [...this.#jobs.clear(), ...retries.map(({ job }) => job)]) this.#settle(job, nack("draining"));
    while (this.#running.size > 0) await Promise.race(this.#running);
  }

  /** Nacks everything in flight at once. Call it when {@link drain} takes too long. */
  abandon(): void {
    this.#inFlight.settleAll(nack("draining"));
  }

  get #isDraining(): boolean {
    return this.#stop.signal.aborted;
  }

  #track(work: Promise<void>): Promise<void> {
    const running = work.finally(() => this.#running.delete(running));
    this.#running.add(running);
    return running;
  }

  /** Forms a batch of what waits, unless one is being formed: that one takes what arrives until then. */
  #wake(): void {
    if (this.#isForming) return;
    this.#isForming = true;
    void this.#slots(() => this.#runBatch());
  }

  /** Resolves when the batch no longer needs its slot. Never rejects. */
  async #runBatch(): Promise<void> {
    // Messages of one network read arrive in several callbacks of the same turn: let all of them arrive.
    await nextTurn();
    this.#isForming = false;
    // While the store refuses everything, asking it at full speed would help nobody.
    if (this.#failedLoads > 0)
      await sleep(backoff(this.#failedLoads), undefined, { signal: this.#stop.signal }).catch(() => {});
    let jobs: Job[];
    do {
      const taken = this.#jobs.take(this.#options.maxBatchReviews);
      // The reviews of all waiting jobs are in batches, whose end wakes the next batch.
      if (taken.length === 0) return;
      jobs = taken.filter((job) => this.#isWanted(job));
      // Jobs whose messages have all been nacked must not take the turns of others.
    } while (jobs.length === 0);
    if (this.#jobs.hasWaiting) this.#wake();
    const classified = Promise.withResolvers<void>();
    const batch = this.#track(this.#label(jobs, classified.resolve));
    await Promise.race([classified.promise, batch]);
  }

  /** Whether a job that was taken still has deliveries: they may have been nacked while it waited. */
  #isWanted(job: Job): boolean {
    job.deliveries = job.deliveries.filter((delivery) => this.#inFlight.isOpen(delivery));
    for (const delivery of job.deliveries) this.#inFlight.release(delivery);
    if (job.deliveries.length === 0) this.#jobs.release(job);
    return job.deliveries.length > 0;
  }

  /** Never rejects. */
  async #label(jobs: readonly Job[], classified: () => void): Promise<void> {
    const open = new Set(jobs);
    const end = (job: Job): boolean => {
      this.#slow.delete(job.path);
      return open.delete(job);
    };
    const { store, classifier } = this.#parts;
    const context: BatchContext = {
      store,
      classifier,
      labelSettings: this.#options.labelSettings,
      stage: (name, reviews, work) => this.#stage(name, reviews, open, work),
      loaded: (failed) => {
        this.#failedLoads = failed ? this.#failedLoads + 1 : 0;
      },
      classified,
      settle: (job, settlement) => {
        if (end(job)) this.#settle(job, settlement);
      },
      settleMissing: (job) => {
        if (end(job)) this.#settleMissing(job);
      },
      retry: (job, reason) => {
        if (end(job)) this.#retry(job, reason);
      },
    };
    const deliveries = jobs.flatMap((job) => job.deliveries);
    try {
      await tracedFrom(deliveries, "batch", { reviews: jobs.length, messages: deliveries.length }, () =>
        this.#timed("batch", jobs.length, () => labelBatch(jobs, context)),
      );
    } catch (error) {
      // A bug: nack, so that the messages are redelivered.
      for (const job of open) context.settle(job, nack("unexpected-error", error as Error));
    }
  }

  async #stage<T>(
    name: "load" | "classify" | "save",
    jobs: readonly Job[],
    open: ReadonlySet<Job>,
    work: () => Promise<T>,
  ): Promise<T> {
    const { slowSaveMs = 5_000 } = this.#options;
    const hold = (): void => {
      for (const job of jobs) if (open.has(job)) this.#holdSlow(job);
    };
    const slow = name === "save" ? setTimeout(hold, slowSaveMs) : undefined;
    try {
      return await traced(name, { reviews: jobs.length }, () => this.#timed(name, jobs.length, work));
    } finally {
      clearTimeout(slow);
    }
  }

  /** Holds the deliveries of a review that is being saved, and of the job behind it. */
  #holdSlow(job: Job): void {
    const reason = nack("store-failed");
    this.#slow.set(job.path, reason);
    const behind = this.#jobs.waitingFor(job.path)?.deliveries ?? [];
    for (const delivery of [...job.deliveries, ...behind]) this.#inFlight.hold(delivery, reason, job.path);
  }

  /** Repeats a job: at once if its document changed, after a delay if the store failed. */
  #retry(job: Job, reason: RetryReason): void {
    if (this.#isDraining) {
      this.#settle(job, nack("draining"));
      return;
    }
    if (reason === "changed") {
      if (++job.changes >= MAX_CHANGES) this.#settle(job, nack("keeps-changing"));
      else {
        this.#jobs.putBack(job);
        this.#wake();
      }
      return;
    }
    const { storeRetryMs = 45_000 } = this.#options;
    if (job.failingSince === undefined) {
      job.failingSince = performance.now();
      setTimeout(() => this.#giveUp(job, reason), storeRetryMs).unref();
    }
    const delayMs = backoff(++job.failures);
    if (performance.now() + delayMs - job.failingSince > storeRetryMs) {
      this.#settle(job, nack("store-failed", reason));
      return;
    }
    for (const delivery of job.deliveries) this.#inFlight.hold(delivery, nack("store-failed", reason), job.path);
    const timer = setTimeout(() => {
      this.#retries.delete(job.path);
      this.#jobs.putBack(job);
      this.#wake();
    }, delayMs);
    this.#retries.set(job.path, { job, timer });
  }

  /** Nacks the deliveries of a job that waits: while the store is silent, its turn may come only after minutes. */
  #giveUp(job: Job, reason: StoreError): void {
    for (const delivery of job.deliveries) this.#inFlight.giveUp(delivery, nack("store-failed", reason), job.path);
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
        this.#inFlight.settle(delivery, {
          outcome: "dead-lettered",
          reason: problem.code,
          detail: problem.detail,
        });
      } catch (error) {
        this.#inFlight.settle(delivery, nack("dead-letter-failed", error as Error));
      }
    });
  }

  /** Settles a job that has ended. */
  #settle(job: Job, settlement: Settlement): void {
    for (const delivery of job.deliveries) this.#inFlight.settle(delivery, settlement, job.path);
    this.#release(job);
  }

  #settleMissing(job: Job): void {
    for (const delivery of job.deliveries) {
      const isDeleted = this.#missing.isDeleted(job.path, delivery);
      this.#inFlight.settle(delivery, isDeleted ? { outcome: "deleted" } : nack("not-written-yet"), job.path);
    }
    this.#release(job);
  }

  #release(job: Job): void {
    this.#jobs.release(job);
    // A job about the same review may have waited for this one.
    if (this.#jobs.waitingFor(job.path) !== undefined) this.#wake();
  }
}

/** @param failures 1 or more. @returns how long to wait before the next attempt, in ms */
function backoff(failures: number): number {
  return Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), MAX_RETRY_MS) * (0.5 + Math.random() / 2);
}
