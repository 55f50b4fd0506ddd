/**
 * Holds a replay back while many messages wait. Workers at capacity refuse pushes, a refusal counts as a delivery attempt, and after
 * the last attempt a healthy message is dead-lettered. So no more messages may wait than the workers handle in reasonable time.
 *
 * Google's count is minutes old. Whatever the replay has published since may be waiting too, so after each count it publishes at
 * most what was missing to the limit then. The backlog never exceeds the limit by its doing, whether workers run or not.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { type Backlog, QueueError } from "../../shared/queue.ts";

export interface BacklogLimitOptions {
  /** Maximum number of messages that wait. */
  max: number;
  /** Replays that run at the same time, such as shards: each publishes its share. @default 1 */
  sharers?: number;
  /** `undefined` if nothing is known yet, as for a subscription that never had a message. */
  read: () => Promise<Backlog | undefined>;
  /** How often to count, in ms. @default 15000 */
  everyMs?: number;
  /** After this time without a count an error is thrown, in ms: a new subscription has one within minutes. @default 300000 */
  giveUpAfterMs?: number;
  /** How much the clocks of this machine and of the server may differ, in ms. @default 5000 */
  clockSkewMs?: number;
}

const NO_COUNT =
  "Cloud Monitoring has no count of the messages that wait in PUBSUB_SUBSCRIPTION: set it to the subscription of the workers, or give --max-backlog 0 and --rate";

/** Publications are counted by tenths of a second. */
const BUCKET_MS = 100;

export class BacklogLimit {
  readonly #options: Required<BacklogLimitOptions>;
  /** Messages that were let through and may not be in the latest count, by bucket. */
  readonly #published = new Map<number, number>();
  /** Their sum. */
  #uncounted = 0;
  #latest: Backlog | undefined;
  #readAt = Number.NEGATIVE_INFINITY;
  #countedAt = performance.now();
  #reading: Promise<void> | undefined;
  #failure: unknown;
  #isWaiting = false;

  constructor(options: BacklogLimitOptions) {
    this.#options = { sharers: 1, everyMs: 15_000, giveUpAfterMs: 300_000, clockSkewMs: 5_000, ...options };
  }

  /** Whether the replay is held back now. */
  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  /** The latest count. */
  get latest(): Backlog | undefined {
    return this.#latest;
  }

  /**
   * Counts for the first time.
   * @throws the error of `read`
   */
  async start(): Promise<void> {
    await this.#refresh();
    if (this.#failure !== undefined) throw this.#failure;
  }

  /**
   * Resolves when one more message may be published, and counts it; or when the signal is aborted.
   * @throws {QueueError} if there has been no count for minutes, or the error of `read`
   */
  async turn(signal: AbortSignal): Promise<void> {
    if (performance.now() - this.#readAt >= this.#options.everyMs) void this.#refresh();
    try {
      while (!signal.aborted && this.#room <= 0) {
        this.#isWaiting = true;
        const left = this.#options.everyMs - (performance.now() - this.#readAt);
        if (left > 0) {
          await sleep(left, undefined, { signal }).catch(() => {});
          continue;
        }
        await this.#refresh();
        if (performance.now() - this.#countedAt > this.#options.giveUpAfterMs)
          throw this.#failure ?? new QueueError(NO_COUNT, false);
      }
    } finally {
      this.#isWaiting = false;
    }
    if (signal.aborted) return;
    const bucket = Math.floor(Date.now() / BUCKET_MS);
    this.#published.set(bucket, (this.#published.get(bucket) ?? 0) + 1);
    this.#uncounted++;
  }

  /** How many more messages may be published before the next count. */
  get #room(): number {
    const { max, sharers } = this.#options;
    return Math.floor((max - (this.#latest?.messages ?? 0)) / sharers) - this.#uncounted;
  }

  /** Never rejects. */
  #refresh(): Promise<void> {
    this.#reading ??= (async () => {
      this.#readAt = performance.now();
      try {
        const backlog = await this.#options.read();
        this.#failure = undefined;
        if (backlog === undefined) return;
        this.#count(backlog);
        this.#countedAt = performance.now();
      } catch (error) {
        this.#failure = error;
      } finally {
        this.#reading = undefined;
      }
    })();
    return this.#reading;
  }

  #count(backlog: Backlog): void {
    this.#latest = backlog;
    const since = Math.floor((backlog.at.getTime() - this.#options.clockSkewMs) / BUCKET_MS);
    for (const [bucket, messages] of this.#published)
      if (bucket < since) {
        this.#published.delete(bucket);
        this.#uncounted -= messages;
      }
  }
}
