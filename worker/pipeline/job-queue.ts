import type { Delivery } from "../../shared/queue.ts";

/** A review to label, and the deliveries that ask for it. */
export interface Job {
  path: string;
  /** Classify even if the stored result is current. */
  force: boolean;
  deliveries: Delivery[];
}

/**
 * Jobs that wait for a batch, by the path of their review. Deliveries about the same review become one job, and a review is in
 * one batch at a time: a job for a review in a running batch waits until that batch is released.
 */
export class JobQueue {
  readonly #waiting = new Map<string, Job>();
  readonly #running = new Set<string>();

  get hasWaiting(): boolean {
    return this.#waiting.size > 0;
  }

  /** @returns whether this made a new job */
  add(path: string, force: boolean, delivery: Delivery): boolean {
    const job = this.#waiting.get(path);
    if (job === undefined) {
      this.#waiting.set(path, { path, force, deliveries: [delivery] });
      return true;
    }
    job.deliveries.push(delivery);
    job.force ||= force;
    return false;
  }

  /** Takes up to `limit` jobs, oldest first, whose reviews are in no running batch. */
  take(limit: number): Job[] {
    const jobs: Job[] = [];
    for (const job of this.#waiting.values()) {
      if (jobs.length === limit) break;
      if (!this.#running.has(job.path)) jobs.push(job);
    }
    for (const { path } of jobs) {
      this.#waiting.delete(path);
      this.#running.add(path);
    }
    return jobs;
  }

  /** The batch of these jobs has ended: their reviews may be taken again. */
  release(jobs: readonly Job[]): void {
    for (const { path } of jobs) this.#running.delete(path);
  }

  /** Removes and returns all waiting jobs. */
  clear(): Job[] {
    const jobs = [...this.#waiting.values()];
    this.#waiting.clear();
    return jobs;
  }
}
