/**
 * The way of a review through the worker:
 *
 *     receive ──▶ waiting ──▶ batch ──▶ load ──▶ classify ──▶ save ──▶ settle
 *        │                      ▲                              │
 *        └─ invalid: dead       └────── document changed ◀─────┘
 *           letter, then ack
 *
 * Messages wait by the path of their review, so that several about one review are one piece of work. As soon as a slot is
 * free it takes whatever waits, up to `maxBatchReviews`; nobody waits for a batch to fill. A review is in one batch at a time:
 * a message about one that is in work waits until that is done, and then mostly finds nothing left to do.
 *
 * Each review is settled by itself, and only in `#settle`: ack means saved (or nothing to save), nack means redeliver.
 */
import { EventEmitter } from "node:events";
import { setImmediate as nextTurn } from "node:timers/promises";
import pLimit, { type LimitFunction } from "p-limit";
import type { Classification, Classifier, InferenceError } from "../../model/classifier.ts";
import { withDeadline } from "../../shared/deadline.ts";
import { type MessageProblem, parseMessage } from "../../shared/message.ts";
import type { PathTemplate } from "../../shared/path.ts";
import type { Delivery, ReviewQueue } from "../../shared/queue.ts";
import {
  hashText,
  isCurrent,
  labelled,
  type Result,
  type UnclassifiableCode,
  unclassifiable,
} from "../../shared/result.ts";
import { retrying } from "../../shared/retry.ts";
import {
  type ResultWrite,
  type ReviewStore,
  type SaveOutcome,
  type StoredReview,
  StoreError,
} from "../../shared/store.ts";
import { deadLetterAttributes } from "../dead-letter.ts";
import { failed, traced, tracedFrom } from "../tracing.ts";

export interface PipelineOptions {
  reviewsPath: PathTemplate;
  /** Below this score the label is `NEUTRAL`. */
  neutralBelow?: number | undefined;
  /** The most reviews of one batch. */
  maxBatchReviews: number;
  /** Batches in work at once, so that loading and saving of one overlap the classification of another. */
  maxConcurrentBatches: number;
  /** How long a transient error of the store is retried before the messages are given back, in ms. @default 45000 */
  retryMs?: number;
  /** How long a review that does not exist may still be on its way, from the message's publish time, in ms. @default 60000 */
  missingGraceMs?: number;
  /**
   * How long a message is held before it is given back, in ms, so that a review which cannot be labelled yet is not tried over
   * and over at full speed where the subscription has no retry policy. @default 2000
   */
  giveBackDelayMs?: number;
  /** How long publishing a dead letter may take before its message is given back, in ms. @default 10000 */
  deadLetterMs?: number;
}

/** Why a message was given back to be delivered again. */
export type RetryReason =
  | "not-written-yet"
  | "keeps-changing"
  | "store-failed"
  | "inference-failed"
  | "dead-letter-failed"
  | "unexpected-error"
  | "draining";

/** How a delivery ended. */
export type Settlement =
  | { outcome: "labelled"; label: string; score: number }
  | { outcome: "unclassifiable"; reason: UnclassifiableCode }
  | { outcome: "unchanged" }
  | { outcome: "deleted" }
  | { outcome: "dead-lettered"; reason: MessageProblem["code"] }
  | { outcome: "retried"; reason: RetryReason; error?: Error };

/** What the pipeline tells the world. */
export interface PipelineEvents {
  /** A delivery was acked or nacked. `path` is that of its review, if it named one. */
  settled: [settlement: Settlement, delivery: Delivery, path: string | undefined];
  /** A batch, or one of its stages, has ended. */
  stage: [stage: Stage, reviews: number, ms: number];
}

export type Stage = "batch" | "load" | "classify" | "save";

/** One review to look at, and the deliveries that asked for it. */
interface Job {
  path: string;
  force: boolean;
  deliveries: Delivery[];
}

/** A job whose review has been read. */
interface Loaded {
  job: Job;
  review: StoredReview;
}

/** A job whose result is known and to be written. */
interface Judged extends Loaded {
  result: Result;
}

/** A document that changes faster than it can be classified is given back after so many rounds. */
const MAX_ROUNDS = 5;

export class Pipeline extends EventEmitter<PipelineEvents> {
  readonly #queue: Pick<ReviewQueue, "deadLetter">;
  readonly #store: Pick<ReviewStore, "load" | "save">;
  readonly #classifier: Pick<Classifier, "classify" | "model">;
  readonly #options: Required<Omit<PipelineOptions, "neutralBelow">> & Pick<PipelineOptions, "neutralBelow">;
  readonly #slots: LimitFunction;
  readonly #waiting = new Map<string, Job>();
  readonly #inWork = new Map<string, Job>();
  readonly #burying = new Set<Promise<void>>();
  /** Deliveries that are not settled yet. */
  readonly #inHand = new Set<Delivery>();
  /** Those of them that are held before they are given back, each with what gives it back now. */
  readonly #held = new Map<Delivery, () => void>();
  readonly #abandon = new AbortController();
  #draining = false;

  constructor(
    parts: {
      queue: Pick<ReviewQueue, "deadLetter">;
      store: Pick<ReviewStore, "load" | "save">;
      classifier: Pick<Classifier, "classify" | "model">;
    },
    options: PipelineOptions,
  ) {
    super();
    this.#queue = parts.queue;
    this.#store = parts.store;
    this.#classifier = parts.classifier;
    this.#options = {
      retryMs: 45_000,
      missingGraceMs: 60_000,
      giveBackDelayMs: 2_000,
      deadLetterMs: 10_000,
      ...options,
    };
    this.#slots = pLimit(options.maxConcurrentBatches);
  }

  /** Takes a delivery in hand; from here on the pipeline settles it. */
  receive(delivery: Delivery): void {
    this.#inHand.add(delivery);
    if (this.#draining) {
      this.#settle(delivery, undefined, {
        outcome: "retried",
        reason: "draining",
      });
      return;
    }
    const parsed = parseMessage(delivery.data, this.#options.reviewsPath);
    if (!parsed.ok) {
      const { problem } = parsed;
      const burial = tracedFrom([delivery], "dead-letter", { reason: problem.code }, () =>
        this.#bury(delivery, problem),
      ).finally(() => this.#burying.delete(burial));
      this.#burying.add(burial);
      return;
    }
    const { path, force = false } = parsed.message;
    const waiting = this.#waiting.get(path);
    if (waiting === undefined) {
      this.#waiting.set(path, { path, force, deliveries: [delivery] });
      this.#wake();
    } else {
      waiting.deliveries.push(delivery);
      waiting.force ||= force;
    }
  }

  /** Messages in hand: received, and neither acked nor given back. */
  get backlog(): number {
    return this.#inHand.size;
  }

  /** Gives back what waits and resolves when what is in work has been settled. Deliveries that still come are given back. */
  async drain(): Promise<void> {
    this.#draining = true;
    for (const job of this.#waiting.values()) this.#settleAll(job, { outcome: "retried", reason: "draining" });
    this.#waiting.clear();
    for (const giveBack of this.#held.values()) giveBack();
    while (this.#inWork.size > 0 || this.#burying.size > 0) await Promise.race([...this.#working, ...this.#burying]);
  }

  /** Gives back all that is in hand, at once. Use after {@link drain} has taken too long. */
  abandon(): void {
    this.#abandon.abort();
    for (const job of this.#inWork.values()) this.#settleAll(job, { outcome: "retried", reason: "draining" });
    for (const delivery of this.#inHand) this.#settle(delivery, undefined, { outcome: "retried", reason: "draining" });
  }

  readonly #working = new Set<Promise<void>>();

  #wake(): void {
    void this.#slots(() => {
      const work = this.#runBatch().finally(() => this.#working.delete(work));
      this.#working.add(work);
      return work;
    });
  }

  async #runBatch(): Promise<void> {
    if (this.#waiting.size === 0) return;
    // Messages of one network read arrive in several callbacks of the same turn: let them all arrive.
    await nextTurn();
    const jobs = this.#take();
    // All that waits is in work already: the end of that batch wakes the next one.
    if (jobs.length === 0) return;
    const deliveries = jobs.flatMap((job) => job.deliveries);
    try {
      await tracedFrom(deliveries, "batch", { reviews: jobs.length, messages: deliveries.length }, () =>
        this.#timed("batch", jobs.length, () => this.#settleBatch(jobs)),
      );
    } finally {
      for (const job of jobs) this.#inWork.delete(job.path);
      if (this.#waiting.size > 0) this.#wake();
    }
  }

  /** Settles all jobs of a batch. Never rejects. */
  async #settleBatch(jobs: readonly Job[]): Promise<void> {
    try {
      let open = jobs;
      for (let round = 0; open.length > 0; round++) {
        if (round === MAX_ROUNDS) {
          for (const job of open)
            this.#settleAll(job, {
              outcome: "retried",
              reason: "keeps-changing",
            });
          break;
        }
        open = await this.#attempt(open);
      }
    } catch (error) {
      // Not foreseen above, so a defect of ours: the messages must come back all the same.
      for (const job of jobs)
        this.#settleAll(job, {
          outcome: "retried",
          reason: "unexpected-error",
          error: error as Error,
        });
    }
  }

  /** Up to a batch of waiting jobs, oldest first, whose reviews are not in work. */
  #take(): Job[] {
    const jobs: Job[] = [];
    for (const job of this.#waiting.values()) {
      if (jobs.length === this.#options.maxBatchReviews) break;
      if (this.#inWork.has(job.path)) continue;
      jobs.push(job);
    }
    for (const job of jobs) {
      this.#waiting.delete(job.path);
      this.#inWork.set(job.path, job);
    }
    return jobs;
  }

  /** One round of load, classify and save. Returns the jobs whose documents changed meanwhile; all others are settled. */
  async #attempt(jobs: readonly Job[]): Promise<Job[]> {
    const loaded = await this.#stage("load", jobs, (these) => this.#load(these));
    const judged = await this.#stage("classify", loaded, (these) => this.#classify(these));
    return this.#stage("save", judged, (these) => this.#save(these));
  }

  /** Does one stage of a round, if there is anything left to do, and tells how long it took. */
  async #stage<T, R>(stage: Stage, reviews: readonly T[], work: (reviews: readonly T[]) => Promise<R[]>): Promise<R[]> {
    if (reviews.length === 0) return [];
    return traced(stage, { reviews: reviews.length }, () => this.#timed(stage, reviews.length, () => work(reviews)));
  }

  async #timed<T>(stage: Stage, reviews: number, work: () => Promise<T>): Promise<T> {
    const started = performance.now();
    try {
      return await work();
    } finally {
      this.emit("stage", stage, reviews, performance.now() - started);
    }
  }

  async #load(jobs: readonly Job[]): Promise<Loaded[]> {
    const outcomes = await together(jobs, (some) =>
      this.#retrying(() => this.#store.load(some.map(({ path }) => path))),
    );
    return jobs.flatMap((job, i) => {
      const outcome = outcomes[i];
      if (outcome instanceof Error) {
        this.#settleAll(job, {
          outcome: "retried",
          reason: "store-failed",
          error: outcome,
        });
      } else if (outcome === undefined) {
        this.#settleMissing(job);
      } else {
        return [{ job, review: outcome }];
      }
      return [];
    });
  }

  async #classify(loaded: readonly Loaded[]): Promise<Judged[]> {
    const { model } = this.#classifier;
    const judged: Judged[] = [];
    /** Reviews to classify, by the hash of their text: the same text in several reviews is classified once. */
    const byText = new Map<string, { text: string; reviews: Loaded[] }>();
    for (const one of loaded) {
      const { text, result } = one.review;
      const refusal = unclassifiable(text, model);
      const wanted = refusal ?? { model, textHash: hashText(text as string) };
      if (!one.job.force && isCurrent(result, wanted)) {
        this.#settleAll(one.job, { outcome: "unchanged" });
      } else if (refusal !== undefined) {
        judged.push({ ...one, result: refusal });
      } else {
        const hash = wanted.textHash as string;
        const same = byText.get(hash);
        if (same === undefined) byText.set(hash, { text: text as string, reviews: [one] });
        else same.reviews.push(one);
      }
    }
    if (byText.size === 0) return judged;
    const outcomes = await this.#classifier.classify([...byText.values()].map(({ text }) => text));
    for (const [i, [textHash, { reviews }]] of [...byText].entries()) {
      const outcome = outcomes[i] as Classification | InferenceError;
      for (const one of reviews) {
        if (outcome instanceof Error) {
          this.#settleAll(one.job, {
            outcome: "retried",
            reason: "inference-failed",
            error: outcome,
          });
        } else {
          judged.push({
            ...one,
            result: { ...labelled(outcome, this.#options.neutralBelow), model, textHash },
          });
        }
      }
    }
    return judged;
  }

  /** Writes results, retrying those that fail for a passing reason. Returns the jobs whose documents changed meanwhile. */
  async #save(judged: readonly Judged[]): Promise<Job[]> {
    const changed: Job[] = [];
    let open = judged;
    let failures: StoreError[] = [];
    const round = async (): Promise<void> => {
      if (open.length === 0) return;
      const writes = open.map(
        ({ review, result }): ResultWrite => ({
          path: review.path,
          version: review.version,
          result,
        }),
      );
      const outcomes = await this.#store.save(writes);
      const again: Judged[] = [];
      failures = [];
      for (const [i, one] of open.entries()) {
        const outcome = outcomes[i] as SaveOutcome;
        if (outcome === "saved") this.#settleAll(one.job, settlementOf(one));
        else if (outcome === "changed") changed.push(one.job);
        else if (outcome.transient) {
          again.push(one);
          failures.push(outcome);
        } else {
          this.#settleAll(one.job, {
            outcome: "retried",
            reason: "store-failed",
            error: outcome,
          });
        }
      }
      open = again;
      if (failures[0] !== undefined) throw failures[0];
    };
    try {
      await this.#retrying(round);
    } catch (error) {
      for (const [i, { job }] of open.entries())
        this.#settleAll(job, {
          outcome: "retried",
          reason: "store-failed",
          error: failures[i] ?? (error as Error),
        });
    }
    return changed;
  }

  /** Repeats a request of the store while it fails for a passing reason: with backoff, `retryMs` long at most. */
  #retrying<T>(request: () => Promise<T>): Promise<T> {
    return retrying(request, this.#options.retryMs, this.#abandon.signal);
  }

  /** The review may be about to be written: applications publish and write at the same time. */
  #settleMissing(job: Job): void {
    for (const delivery of job.deliveries) {
      const age = Date.now() - delivery.publishTime.getTime();
      this.#settle(
        delivery,
        job.path,
        age < this.#options.missingGraceMs ? { outcome: "retried", reason: "not-written-yet" } : { outcome: "deleted" },
      );
    }
    job.deliveries = [];
  }

  /** A message that can never be processed goes to the dead letters with the reason; only then is it acked. */
  async #bury(delivery: Delivery, problem: MessageProblem): Promise<void> {
    const { deadLetterMs } = this.#options;
    try {
      await withDeadline(
        this.#queue.deadLetter(delivery.data, deadLetterAttributes(delivery, problem)),
        deadLetterMs,
        `the dead letter was not published within ${deadLetterMs} ms`,
      );
      this.#settle(delivery, undefined, {
        outcome: "dead-lettered",
        reason: problem.code,
      });
    } catch (error) {
      this.#settle(delivery, undefined, {
        outcome: "retried",
        reason: "dead-letter-failed",
        error: error as Error,
      });
    }
  }

  #settleAll(job: Job, settlement: Settlement): void {
    const { deliveries } = job;
    job.deliveries = [];
    for (const delivery of deliveries) this.#settle(delivery, job.path, settlement);
  }

  #settle(delivery: Delivery, path: string | undefined, settlement: Settlement): void {
    // What was abandoned may still come to an end: it has been given back already.
    if (!this.#inHand.has(delivery) || this.#held.has(delivery)) return;
    if (settlement.outcome !== "retried") {
      this.#inHand.delete(delivery);
      delivery.ack();
      this.emit("settled", settlement, delivery, path);
      return;
    }
    if (settlement.error !== undefined) failed(settlement.reason);
    const giveBack = (): void => {
      clearTimeout(timer);
      this.#held.delete(delivery);
      this.#inHand.delete(delivery);
      delivery.nack();
      this.emit("settled", settlement, delivery, path);
    };
    const timer = setTimeout(giveBack, this.#options.giveBackDelayMs);
    this.#held.set(delivery, giveBack);
    if (this.#draining) giveBack();
  }
}

function settlementOf({ result }: Judged): Settlement {
  return "error" in result
    ? { outcome: "unclassifiable", reason: result.error.code }
    : {
        outcome: "labelled",
        label: result.label,
        score: result.score,
      };
}

/** Makes one request for all items; if it is refused, one for each, so that an item that the server refuses fails alone. */
async function together<T, R>(
  items: readonly T[],
  request: (items: readonly T[]) => Promise<R[]>,
): Promise<(R | Error)[]> {
  try {
    return await request(items);
  } catch (error) {
    // Anything else (no permission, no database, no connection) would be said to each of them again.
    const oneItemsFault = error instanceof StoreError && error.code === "INVALID_ARGUMENT";
    if (!oneItemsFault || items.length === 1) return items.map(() => error as Error);
    return (await Promise.all(items.map((item) => together([item], request)))).flat();
  }
}
