import { FirebaseError } from "firebase/app";
import type { Counted } from "./counts.ts";

/** The maximum cost of each count, however many reviews arrive: 36,000 reads an hour. */
const READS_PER_SECOND = 10;

/** Nobody can follow numbers that change faster. */
const MIN_INTERVAL_MS = 1_500;

/** Whether the error means that Firestore could not be reached. */
export function isUnavailable(error: unknown): boolean {
  return error instanceof FirebaseError && error.code === "unavailable";
}

/** The pause after a failed count. It doubles with each further failure. */
const RETRY_MS = 3_000;

/** The longest pause: a count that fails because an index is missing need not be retried more often. */
const MAX_RETRY_MS = 60_000;

/**
 * Runs a count on request, one at a time and only as often as its cost in reads allows. After a failure it retries until it
 * succeeds or is paused.
 */
export class Recount<T> {
  readonly #count: () => Promise<Counted<T>>;
  readonly #report: (value: T | undefined, error: unknown) => void;
  #wanted = false;
  #running = false;
  #paused = false;
  #stopped = false;
  /** Consecutive failures. */
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #due = 0;

  constructor(count: () => Promise<Counted<T>>, report: (value: T | undefined, error: unknown) => void) {
    this.#count = count;
    this.#report = report;
  }

  /** Also ends a pause. */
  request(): void {
    this.#paused = false;
    this.#wanted = true;
    this.#schedule();
  }

  /** Neither counts nor reports until the next request. After a failure, that request then runs at once. */
  pause(): void {
    this.#paused = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#failures > 0) this.#due = 0;
    this.#failures = 0;
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    if (!this.#wanted || this.#running || this.#paused || this.#stopped || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => void this.#run(), Math.max(0, this.#due - Date.now()));
  }

  async #run(): Promise<void> {
    this.#timer = undefined;
    this.#wanted = false;
    this.#running = true;
    try {
      const { value, reads } = await this.#count();
      if (!this.#paused && !this.#stopped) this.#report(value, undefined);
      this.#failures = 0;
      this.#due = Date.now() + Math.max(MIN_INTERVAL_MS, (reads / READS_PER_SECOND) * 1_000);
    } catch (error) {
      if (!this.#paused && !this.#stopped) this.#report(undefined, error);
      this.#due = Date.now() + Math.min(MAX_RETRY_MS, RETRY_MS * 2 ** this.#failures);
      // An attempt without a connection costs nothing, and its success shows that the connection is back.
      if (!isUnavailable(error)) this.#failures++;
      this.#wanted = true;
    }
    this.#running = false;
    this.#schedule();
  }
}
