import type { ReviewPath } from "../../shared/path.ts";
import type { Delivery } from "../../shared/queue.ts";
import type { Result } from "../../shared/result.ts";

/** A review to label, and the deliveries that ask for it. */
export interface Job {
  path: ReviewPath;
  /** Classify even if the stored result is current. */
  force: boolean;
  deliveries: Delivery[];
  /** How many times its document changed between load and save. */
  changes: number;
  /** How many requests to the store have failed, and when the first did, by `performance.now()`. */
  failures: number;
  failingSince: number | undefined;
  /** A result that could not be saved, so that a retry does not classify the same text again. */
  unsaved: Result | undefined;
}

/**
 * Jobs that wait for a batch, by the path of their review. Deliveries about the same review become one job, and a review is in
 * one batch at a time: a job for a review that is in a batch waits until that one is released.
 */
export class JobQueue {
  readonly #waiting = new Map<ReviewPath, Job>();
  readonly #running = new Set<ReviewPath>();
  #retryIsNext = false;

  get hasWaiting(): boolean {
    return this.#waiting.size > 0;
  }

  add(path: ReviewPath, force: boolean, delivery: Delivery): void {
    this.#merge({
      path,
      force,
      deliveries: [delivery],
      changes: 0,
      failures: 0,
      failingSince: undefined,
      unsaved: undefined,
    });
  }

  /** Has a job that was taken wait again. */
  putBack(job: Job): void {
    this.#running.delete(job.path);
    this.#merge(job);
  }

  /**
   * Takes the jobs of a batch: the oldest, up to `limit`, whose reviews are in no batch. A job that failed is a batch of its own:
   * what it waits for must not delay others. Fresh and failed jobs take turns.
   */
  take(limit: number): Job[] {
    const ready = [...this.#waiting.values()].filter(({ path }) => !this.#running.has(path));
    const fresh = ready.filter(({ failures }) => failures === 0);
    const retry = ready.find(({ failures }) => failures > 0);
    const jobs = retry !== undefined && (fresh.length === 0 || this.#retryIsNext) ? [retry] : fresh.slice(0, limit);
    this.#retryIsNext = jobs[0] !== retry;
    for (const { path } of jobs) {
      this.#waiting.delete(path);
      this.#running.add(path);
    }
    return jobs;
  }

  /** The waiting job of a review, if there is one. */
  waitingFor(path: ReviewPath): Job | undefined {
    return this.#waiting.get(path);
  }

  /** A job has ended: its review can be taken again. */
  release({ path }: Job): void {
    this.#running.delete(path);
  }

  /** Removes and returns all waiting jobs. */
  clear(): Job[] {
    const jobs = [...this.#waiting.values()];
    this.#waiting.clear();
    return jobs;
  }

  #merge(job: Job): void {
    const waiting = this.#waiting.get(job.path);
    if (waiting === undefined) {
      this.#waiting.set(job.path, job);
      return;
    }
    waiting.deliveries.push(...job.deliveries);
    waiting.force ||= job.force;
    waiting.changes = Math.max(waiting.changes, job.changes);
    waiting.failures = Math.max(waiting.failures, job.failures);
    waiting.failingSince ??= job.failingSince;
    waiting.unsaved ??= job.unsaved;
  }
}
