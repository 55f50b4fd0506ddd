import { setTimeout as sleep } from "node:timers/promises";

const FIRST_MS = 3_000;
const EVERY_MS = 15_000;

/**
 * Says on standard error that a call takes long: after three seconds, and every fifteen after that. A call that is abandoned goes on
 * in its client, but nobody waits for it.
 * @param what is waited for, such as "Firestore to store the reviews"
 * @throws the call's error, or the signal's reason if that comes first
 */
export async function announced<T>(call: Promise<T>, what: string, signal?: AbortSignal): Promise<T> {
  const done = new AbortController();
  const started = performance.now();
  const tell = async (): Promise<void> => {
    for (let ms = FIRST_MS; ; ms = EVERY_MS) {
      await sleep(ms, undefined, { signal: done.signal });
      console.error(
        `review-sentiment: waiting for ${what}, ${Math.round((performance.now() - started) / 1000)} s so far`,
      );
    }
  };
  tell().catch(() => {});
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
