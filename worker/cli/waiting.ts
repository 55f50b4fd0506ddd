import { setTimeout as sleep } from "node:timers/promises";

const FIRST_MS = 3_000;
const EVERY_MS = 15_000;

/**
 * Reports on standard error that a call is slow: after three seconds, then every fifteen. Aborting the signal stops the waiting, not
 * the call.
 * @param what the command waits for, such as "Firestore to store reviews"
 * @throws the call's error, or the signal's reason if that comes first
 */
export async function announced<T>(call: Promise<T>, what: string, signal?: AbortSignal): Promise<T> {
  const done = new AbortController();
  const started = performance.now();
  const report = async (): Promise<void> => {
    for (let ms = FIRST_MS; ; ms = EVERY_MS) {
      await sleep(ms, undefined, { signal: done.signal });
      console.error(
        `review-sentiment: waiting for ${what}, ${Math.round((performance.now() - started) / 1000)} s so far`,
      );
    }
  };
  report().catch(() => {});
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal?.reason);
  signal?.addEventListener("abort", abort);
  if (signal?.aborted) abort();
  aborted.catch(() => {});
  try {
    return await Promise.race([call, aborted]);
  } finally {
    done.abort();
    signal?.removeEventListener("abort", abort);
  }
}
