import { FirebaseError } from "firebase/app";
import type { Counted } from "./counts.ts";

/** What may be spent on each thing that is counted, however much arrives: 36,000 an hour at most. */
const READS_PER_SECOND = 10;

/** Nobody can follow numbers that change faster. */
const LEAST_MS = 1_500;

/** Whether Firestore could not be reached. */
export function isUnavailable(error: unknown): boolean {
  return error instanceof FirebaseError && error.code === "unavailable";
}

/** Counts that fail are tried again after this, and after twice as long with each further failure. */
const RETRY_MS = 3_000;

/** What cannot be counted today, for want of an index perhaps, need not be asked oftener. */
const RETRY_AT_MOST_MS = 60_000;

/**
 * Counts whenever it is asked to, but one at a time and no oftener than the reads that it takes allow. After a failure it
 * goes on by itself until it succeeds, or is paused.
 */
export class Recount<T> {
  readonly #count: () => Promise<Counted<T>>;
  readonly #report: (value: T | undefined, error: unknown) => void;
  #wanted = false;
  #running = false;
  #paused = false;
  #stopped = false;
  /** In a row, up to now. */
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #due = 0;

  constructor(count: () => Promise<Counted<T>>, report: (value: T | undefined, error: unknown) => void) {
    this.#count = count;
    this.#report = report;
  }

  /** Ends a pause, too. */
  request(): void {
    this.#paused = false;
    this.#wanted = true;
    this.#schedule();
  }

  /** Neither counts nor reports until the next request. What failed before is then counted at once. */
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
      this.#due = Date.now() + Math.max(LEAST_MS, (reads / READS_PER_SECOND) * 1_000);
    } catch (error) {
      if (!this.#paused && !this.#stopped) this.#report(undefined, error);
      this.#due = Date.now() + Math.min(RETRY_AT_MOST_MS, RETRY_MS * 2 ** this.#failures);
      // Asking a lost connection costs nothing, and by the answer the page knows that it is back.
      if (!isUnavailable(error)) this.#failures++;
      this.#wanted = true;
    }
    this.#running = false;
    this.#schedule();
  }
}
