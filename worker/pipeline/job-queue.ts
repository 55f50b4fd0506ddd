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
  /** Jobs that have not failed, in the order of arrival. */
  readonly #fresh = new Map<ReviewPath, Job>();
  /** Jobs that have failed. The reviews of these are in no batch. */
  readonly #failed = new Map<ReviewPath, Job>();
  readonly #running = new Set<ReviewPath>();
  #retryIsNext = false;

  get hasWaiting(): boolean {
    return this.#fresh.size + this.#failed.size > 0;
  }

  add(path: ReviewPath, force: boolean, delivery: Delivery): void {
    const waiting = this.waitingFor(path);
    if (waiting !== undefined) {
      waiting.deliveries.push(delivery);
      waiting.force ||= force;
      return;
    }
    this.#fresh.set(path, {
      path,
      force,
      deliveries: [delivery],
      changes: 0,
      failures: 0,
      failingSince: undefined,
      unsaved: undefined,
    });
  }

  /** Returns a job that was taken to the queue, and merges what has arrived for its review since. */
  putBack(job: Job): void {
    this.#running.delete(job.path);
    const behind = this.#fresh.get(job.path);
    if (behind !== undefined) {
      this.#fresh.delete(job.path);
      job.deliveries.push(...behind.deliveries);
      job.force ||= behind.force;
    }
    (job.failures > 0 ? this.#failed : this.#fresh).set(job.path, job);
  }

  /**
   * Takes the jobs of a batch: the oldest, up to `limit`, whose reviews are in no batch. A job that failed is a batch of its own:
   * what it waits for must not delay others. Fresh and failed jobs take turns.
   */
  take(limit: number): Job[] {
    const [retry] = this.#failed.values();
    const fresh: Job[] = [];
    for (const job of this.#fresh.values()) {
      if (fresh.length === limit) break;
      if (!this.#running.has(job.path)) fresh.push(job);
    }
    const jobs = retry !== undefined && (fresh.length === 0 || this.#retryIsNext) ? [retry] : fresh;
    this.#retryIsNext = jobs[0] !== retry;
    for (const { path } of jobs) {
      this.#fresh.delete(path);
      this.#failed.delete(path);
      this.#running.add(path);
    }
    return jobs;
  }

  /** The waiting job of a review, if there is one. */
  waitingFor(path: ReviewPath): Job | undefined {
    return this.#fresh.get(path) ?? this.#failed.get(path);
  }

  /** A job has ended: its review can be taken again. */
  release({ path }: Job): void {
    this.#running.delete(path);
  }

  /** Removes and returns all waiting jobs. */
  clear(): Job[] {
    const jobs = [...this.#fresh.values(), ...this.#failed.values()];
    this.#fresh.clear();
    this.#failed.clear();
    return jobs;
  }
}
