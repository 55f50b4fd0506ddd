import type { ReviewPath } from "../../shared/path.ts";
import type { Delivery } from "../../shared/queue.ts";

/** Applications may publish and write at the same time, so a document that does not exist may still be written. */
const GRACE_MS = 60_000;

/** Maximum number of remembered reviews. */
const CAPACITY = 10_000;

/**
 * Decides whether a review that does not exist was deleted, or may still be written: it was deleted if it existed when the message
 * was sent, or if its message is older than a minute. Publish times are compared with the store's clock, because this machine's clock may be wrong.
 *
 * A message without a publish time looks new on each delivery. For such messages this remembers when the review was first missed.
 */
export class MissingReviews {
  readonly #now: () => Date;
  /** By path, in the order of insertion: the time in ms, by this process's monotonic clock. */
  readonly #missedSince = new Map<ReviewPath, number>();

  /** @param now the store's clock */
  constructor(now: () => Date) {
    this.#now = now;
  }

  /** @returns whether the review must have been deleted; if not, it may still be written */
  isDeleted(path: ReviewPath, { publishTime, existed }: Pick<Delivery, "publishTime" | "existed">): boolean {
    if (existed) return true;
    if (publishTime !== undefined) return this.#now().getTime() - publishTime.getTime() >= GRACE_MS;
    const since = this.#missedSince.get(path);
    if (since === undefined) {
      this.#remember(path);
      return false;
    }
    if (performance.now() - since < GRACE_MS) return false;
    this.#missedSince.delete(path);
    return true;
  }

  #remember(path: ReviewPath): void {
    const [oldest] = this.#missedSince.keys();
    if (this.#missedSince.size >= CAPACITY && oldest !== undefined) this.#missedSince.delete(oldest);
    this.#missedSince.set(path, performance.now());
  }
}
