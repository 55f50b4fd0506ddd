import type { Counted } from "./counts.ts";

/** What may be spent on each thing that is counted, however much arrives: 36,000 an hour at most. */
const READS_PER_SECOND = 10;

/** Nobody can follow numbers that change faster. */
const LEAST_MS = 1_500;

/** Counts that fail are tried again after this. */
const RETRY_MS = 3_000;

/**
 * Counts whenever it is asked to, but one at a time and no oftener than the reads that it takes allow. After a failure it
 * goes on by itself until it succeeds.
 */
export class Recount<T> {
  readonly #count: () => Promise<Counted<T>>;
  readonly #report: (value: T | undefined, error: unknown) => void;
  #wanted = false;
  #running = false;
  #stopped = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #due = 0;

  constructor(count: () => Promise<Counted<T>>, report: (value: T | undefined, error: unknown) => void) {
    this.#count = count;
    this.#report = report;
  }

  request(): void {
    this.#wanted = true;
    this.#schedule();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    if (!this.#wanted || this.#running || this.#stopped || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => void this.#run(), Math.max(0, this.#due - Date.now()));
  }

  async #run(): Promise<void> {
    this.#timer = undefined;
    this.#wanted = false;
    this.#running = true;
    try {
      const { value, reads } = await this.#count();
      if (!this.#stopped) this.#report(value, undefined);
      this.#due = Date.now() + Math.max(LEAST_MS, (reads / READS_PER_SECOND) * 1_000);
    } catch (error) {
      if (!this.#stopped) this.#report(undefined, error);
      this.#due = Date.now() + RETRY_MS;
      this.#wanted = true;
    }
    this.#running = false;
    this.#schedule();
  }
}
