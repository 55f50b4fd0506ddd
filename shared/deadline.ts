import { setTimeout as sleep } from "node:timers/promises";

/**
 * The outcome of `work`, if it takes no longer than `ms`. The work itself is not cancelled: Google's clients retry for minutes.
 * @param late message of the error if it takes longer
 */
export async function withDeadline<T>(work: Promise<T>, ms: number, late: string): Promise<T> {
  const timer = new AbortController();
  const tooLate = sleep(ms, undefined, { signal: timer.signal }).then(() => {
    throw new Error(late);
  });
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    timer.abort();
  }
}
