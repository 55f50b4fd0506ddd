const FIRST_MS = 3_000;
const EVERY_MS = 15_000;

/**
 * Reports on standard error what the command waits for: after three seconds, then every fifteen.
 * @param waitedMs for how long nothing has happened, in ms
 * @param what the command waits for now, such as "Firestore to store reviews"
 * @returns a function that stops it
 */
export function reportWaiting(waitedMs: () => number, what: () => string): () => void {
  let next = FIRST_MS;
  const timer = setInterval(() => {
    const ms = waitedMs();
    if (ms < FIRST_MS) next = FIRST_MS;
    if (ms < next) return;
    next = ms + EVERY_MS;
    console.error(`review-sentiment: waiting for ${what()}, ${Math.round(ms / 1000)} s so far`);
  }, 1_000);
  return () => clearInterval(timer);
}

/**
 * Reports on standard error that a call is slow. Aborting the signal stops the waiting, not the call.
 * @param what the command waits for, such as "Firestore to store reviews"
 * @throws the call's error, or the signal's reason if that comes first
 */
export async function announced<T>(call: Promise<T>, what: string, signal?: AbortSignal): Promise<T> {
  const started = performance.now();
  const stopReports = reportWaiting(
    () => performance.now() - started,
    () => what,
  );
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal?.reason);
  signal?.addEventListener("abort", abort);
  if (signal?.aborted) abort();
  aborted.catch(() => {});
  try {
    return await Promise.race([call, aborted]);
  } finally {
    stopReports();
    signal?.removeEventListener("abort", abort);
  }
}
