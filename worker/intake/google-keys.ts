import { OAuth2Client } from "google-auth-library";
import { withDeadline } from "../../shared/deadline.ts";

/** Google's public keys by key id, PEM. */
export type Certificates = Readonly<Record<string, string>>;

/** A key server that has not answered by then is treated as down. */
const DEADLINE_MS = 5_000;
/** After a failure, the next request to the key server waits this long. */
const RETRY_AFTER_MS = 5_000;
/** Keys are published hours before they sign, and stay valid hours longer: old ones bridge an outage of the key server. */
const STALE_MS = 6 * 60 * 60 * 1_000;

export interface GoogleKeysOptions {
  /** @default Google's, which the client caches for as long as their `Cache-Control` says */
  fetch?: () => Promise<Certificates>;
  deadlineMs?: number;
  retryAfterMs?: number;
}

/**
 * The keys that sign Google's tokens. However many requests need them at once, one fetch is in flight. A fetch has a deadline,
 * and a failed one is not repeated at once, so a flood of tokens cannot become a flood of fetches.
 */
export class GoogleKeys {
  readonly #fetch: () => Promise<Certificates>;
  readonly #deadlineMs: number;
  readonly #retryAfterMs: number;
  #inFlight: Promise<Certificates> | undefined;
  #latest: { keys: Certificates; at: number } | undefined;
  #failure: { error: unknown; at: number } | undefined;

  constructor({ fetch, deadlineMs = DEADLINE_MS, retryAfterMs = RETRY_AFTER_MS }: GoogleKeysOptions = {}) {
    const client = new OAuth2Client({ transporterOptions: { timeout: deadlineMs } });
    this.#fetch = fetch ?? (async () => (await client.getFederatedSignonCertsAsync()).certs as Certificates);
    this.#deadlineMs = deadlineMs;
    this.#retryAfterMs = retryAfterMs;
  }

  /**
   * All current keys.
   * @throws {Error} if the key server fails and no keys from the last hours are known
   */
  async get(): Promise<Certificates> {
    const failure = this.#failure;
    if (failure !== undefined && performance.now() - failure.at < this.#retryAfterMs)
      return this.#afterFailure(failure);
    this.#inFlight ??= this.#load().finally(() => {
      this.#inFlight = undefined;
    });
    return this.#inFlight;
  }

  async #load(): Promise<Certificates> {
    const fetched = this.#fetch();
    // It may still fail after the deadline, when nobody waits for it.
    fetched.catch(() => {});
    try {
      const late = `Google's key server did not answer within ${this.#deadlineMs} ms`;
      const keys = await withDeadline(fetched, this.#deadlineMs, late);
      this.#latest = { keys, at: performance.now() };
      this.#failure = undefined;
      return keys;
    } catch (error) {
      this.#failure = { error, at: performance.now() };
      return this.#afterFailure(this.#failure);
    }
  }

  #afterFailure({ error }: { error: unknown }): Certificates {
    if (this.#latest !== undefined && performance.now() - this.#latest.at < STALE_MS) return this.#latest.keys;
    throw error;
  }
}
