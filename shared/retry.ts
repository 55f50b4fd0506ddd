import pRetry from "p-retry";
import { StoreError } from "./store.ts";

/**
 * Repeats a request to the store while it fails transiently, with backoff, for at most `ms`.
 * @param request is passed the number of the attempt, 1 for the first
 * @throws the last failure, or the signal's reason
 */
export function retrying<T>(request: (attempt: number) => Promise<T>, ms: number, signal: AbortSignal): Promise<T> {
  return pRetry(request, {
    retries: Number.POSITIVE_INFINITY,
    minTimeout: 100,
    maxTimeout: 5_000,
    randomize: true,
    maxRetryTime: ms,
    signal,
    shouldRetry: ({ error }) => error instanceof StoreError && error.transient,
  });
}
