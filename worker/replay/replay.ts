/**
 * Publishes stored reviews again:
 *
 *     page ──▶ record the labels ──▶ wait for rate and backlog ──▶ publish ──▶ confirmed: checkpoint
 *       ▲                                                                        │
 *       └───────────────── up to MAX_IN_FLIGHT messages in flight ◀──────────────┘
 *
 * Reviews are published in the order in which they are read. A checkpoint is reached when Pub/Sub has stored the messages of a
 * review and of all reviews before it. A replay that continues from its last checkpoint misses no review, and repeats at most those
 * that were in flight.
 */
import { pMapIterable } from "p-map";
import pThrottle from "p-throttle";
import type { ReviewPath } from "../../shared/path.ts";
import type { QueuePublisher } from "../../shared/publisher.ts";
import { retrying } from "../../shared/retry.ts";
import type { Selection } from "../../shared/selection.ts";
import type { Page, ReviewStore } from "../../shared/store.ts";
import type { BacklogLimit } from "./backlog-limit.ts";
import type { LabelRecord } from "./label-record.ts";

/** The progress of a replay. */
export interface Checkpoint {
  /** Position of the last review that is done; `undefined` at the start. */
  position?: string | undefined;
  /** Documents read. */
  read: number;
  /** Messages stored by Pub/Sub. */
  published: number;
  /** When the first page was read, by the store's clock. */
  startedAt?: Date | undefined;
  /** Size of the recorded labels of those reviews, in bytes. */
  recorded: number;
  /** Nothing is left to publish. */
  done: boolean;
}

export const START: Checkpoint = { read: 0, published: 0, recorded: 0, done: false };

export interface ReplayOptions {
  selection: Selection;
  /** Classify even if neither text nor model changed. */
  force: boolean;
  /** Maximum number of messages of the whole replay, including those before an interruption. */
  limit?: number | undefined;
  /** Maximum number of messages per second. @default no limit */
  rate?: number | undefined;
  /** Holds messages back while many wait. @default no limit */
  backlogLimit?: Pick<BacklogLimit, "turn"> | undefined;
  /** Ends the replay once the messages in flight are confirmed. */
  signal: AbortSignal;
}

export interface ReplayParts {
  store: Pick<ReviewStore, "page">;
  publisher: Pick<QueuePublisher, "publishReview">;
  /** Records the labels that the reviews have before they are published. */
  labels?: Pick<LabelRecord, "add"> | undefined;
}

/**
 * Documents read by one query. Pages are read one after the other, without partition queries: one reader finds reviews faster than
 * all workers label them, and only a fixed order has a position to continue from.
 *
 * The first page is small, so that publishing begins early. While pages are published quickly each is {@link PAGE_GROWTH} times as
 * large as the one before: publishing waits for each query, and a query takes a while to begin. On the emulator it first scans every
 * document of the collection. A slow replay keeps to small pages, so that it reads little ahead of what it publishes.
 */
const FIRST_PAGE = 1_000;
const PAGE_GROWTH = 8;
/** The reviews of a page are in memory together, about 1 KB each. */
const LARGEST_PAGE = 64_000;
/** A page that is published within this time is followed by a larger one. */
const QUICK_MS = 5_000;
/** A page that takes longer than this is followed by a small one. */
const SLOW_MS = 20_000;

/** How long a transient error of the store is retried. One unanswered query takes a minute of this. */
const RETRY_MS = 180_000;

/** Messages sent and not yet confirmed. */
const MAX_IN_FLIGHT = 1_000;

/** The next step, in order: a review to publish, or only documents that were read. */
type Step = Omit<Checkpoint, "published"> & { path?: ReviewPath };

/**
 * Publishes the selected reviews and yields each checkpoint as it is reached. If the signal ends it early, none is `done`.
 * @throws {StoreError} if the store cannot be read, or Pub/Sub's error; in both cases after the checkpoints reached before
 */
export async function* replay(
  parts: ReplayParts,
  start: Checkpoint,
  options: ReplayOptions,
): AsyncGenerator<Checkpoint, void> {
  const { publisher } = parts;
  let { published } = start;
  const confirmed = pMapIterable(
    steps(parts, start, options),
    async ({ path, ...step }) => {
      if (path === undefined) return { step, messages: 0 };
      await publisher.publishReview(path, { force: options.force });
      return { step, messages: 1 };
    },
    { concurrency: MAX_IN_FLIGHT },
  );
  for await (const { step, messages } of confirmed) {
    published += messages;
    yield { ...step, published };
  }
}

async function* steps(
  { store, labels }: ReplayParts,
  start: Checkpoint,
  { selection, limit = Number.POSITIVE_INFINITY, rate, backlogLimit, signal }: ReplayOptions,
): AsyncGenerator<Step, void> {
  const turn = throttle(rate, signal);
  let { position, startedAt, read, recorded } = start;
  let left = limit - start.published;
  let size = FIRST_PAGE;
  while (left > 0) {
    const wanted = { ...selection, labelledUntil: startedAt };
    const options = { after: position, needed: left };
    const readPage = (attempt: number): Promise<Page> => {
      // A large page may have taken too long.
      if (attempt > 1) size = FIRST_PAGE;
      // A large page would read documents beyond the limit for nothing.
      return store.page(wanted, { ...options, limit: Math.min(size, Math.max(left, FIRST_PAGE)) });
    };
    const page = await nextPage(readPage, signal);
    if (page === undefined) return;
    const readAt = performance.now();
    startedAt ??= page.at;
    const reviews = page.reviews.slice(0, left);
    const sizes = await labels?.add(reviews);
    for (const [i, review] of reviews.entries()) {
      await turn();
      await backlogLimit?.turn(signal);
      if (signal.aborted) return;
      recorded = sizes?.[i] ?? recorded;
      const { path, position } = review;
      yield { path, position, startedAt, read: read + review.read, recorded, done: --left === 0 };
    }
    if (left === 0) return;
    read += page.read;
    position = page.position;
    size = nextSize(size, performance.now() - readAt);
    yield { position, startedAt, read, recorded, done: position === undefined };
    if (position === undefined) return;
  }
}

/** @param ms how long it took to publish a page of this size */
function nextSize(size: number, ms: number): number {
  if (ms > SLOW_MS) return FIRST_PAGE;
  return ms < QUICK_MS ? Math.min(PAGE_GROWTH * size, LARGEST_PAGE) : size;
}

/** `undefined` if the signal was aborted first. */
async function nextPage(read: (attempt: number) => Promise<Page>, signal: AbortSignal): Promise<Page | undefined> {
  try {
    return await retrying(read, RETRY_MS, signal);
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}

/** A function that waits until one more message may be sent. It lets messages through ten times a second, or one by one at lower rates. */
function throttle(rate: number | undefined, signal: AbortSignal): () => Promise<void> {
  if (rate === undefined) return async () => {};
  const limit = Math.ceil(rate / 10);
  const turn = pThrottle({ limit, interval: (limit / rate) * 1_000, signal })(async () => {});
  return async () => {
    await turn().catch(() => {});
  };
}
