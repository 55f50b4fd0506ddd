import { setTimeout as sleep } from "node:timers/promises";

/**
 * What `work` comes to, if that takes no longer than `ms`. It is not called off: Google's clients go on trying for minutes.
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
