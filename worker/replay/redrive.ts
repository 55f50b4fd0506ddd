/**
 * Takes dead letters from where they wait. A letter is acked when whoever takes it has it for certain; all others, and those in
 * hand when the run ends for whatever reason, are given back at once.
 *
 * Pub/Sub tells neither how many there are nor when it has delivered all: they are all when none has come for a while, although
 * Pub/Sub can be reached. Letters that are not wanted are held until then, since one that is given back comes again; when no
 * more can be held, there may be others behind them.
 */
import type { MessageProblem } from "../../shared/message.ts";
import type { Delivery, ReviewQueue } from "../../shared/queue.ts";
import { deadLetterReason } from "../dead-letter.ts";

/** Why letters are dead, see {@link deadLetterReason}. */
export const REASONS = Object.keys({
  "invalid-utf8": true,
  "invalid-json": true,
  "invalid-message": true,
  "path-mismatch": true,
  "path-invalid-id": true,
  "too-many-attempts": true,
} satisfies Record<MessageProblem["code"] | "too-many-attempts", true>);

export interface RedriveOptions {
  /** Takes a letter, or looks at it; resolves when it can be forgotten here. */
  take: (letter: Delivery) => Promise<unknown>;
  /** Letters stay where they are, taken or not. @default false */
  keep?: boolean;
  /** Which letters to take. @default all */
  wanted?: (reason: string) => boolean;
  /** The most letters to take. @default all */
  limit?: number | undefined;
  /** The letters are all when none has come for so long, in ms. @default 5000 */
  idleMs?: number;
  /** Ends it as soon as those are taken that are being taken. */
  signal: AbortSignal;
  /** A letter was taken. */
  onDone: (letter: Delivery, reason: string) => void;
}

/** What a run has left. */
export interface Left {
  /** Not wanted, or beyond the limit. */
  kept: number;
  /**
   * Died since the run began, by this machine's clock. What it publishes may be refused and die again, so to take those would be
   * to go in circles.
   */
  newer: number;
  /** No more could be held: there may be letters that were not seen. */
  full: boolean;
}

/** In hand at once, held ones included. */
export const MAX_IN_HAND = 10_000;
export const MAX_MIB_IN_HAND = 512;

// https://cloud.google.com/pubsub/quotas#resource_limits
const LARGEST_MESSAGE_BYTES = 10_000_000;

/** For what is being taken when the run ends, and for sending the acks. */
const CLOSE_MS = 10_000;

/** @throws {Error} if the dead letters cannot be had, or one of them not be taken */
export async function redrive(
  queue: Pick<ReviewQueue, "subscribeDeadLetters" | "reachDeadLetters">,
  {
    take,
    keep = false,
    wanted = () => true,
    limit = Number.POSITIVE_INFINITY,
    idleMs = 5_000,
    signal,
    onDone,
  }: RedriveOptions,
): Promise<Left> {
  const startedAt = new Date();
  await queue.reachDeadLetters();
  const held = new Map<string, Delivery>();
  const newer = new Set<string>();
  const { promise: over, resolve: end, reject: fail } = Promise.withResolvers<void>();
  let [begun, done, kept] = [0, 0, 0];
  let ended = false;
  const idle = setTimeout(async () => {
    const seen = begun + kept;
    if (begun === done) await queue.reachDeadLetters().catch(fail);
    if (begun === done && begun + kept === seen) end();
    else idle.refresh();
  }, idleMs);
  signal.addEventListener("abort", () => end());
  if (signal.aborted) end();

  const begin = async (letter: Delivery, reason: string): Promise<void> => {
    begun++;
    if (keep) held.set(letter.id, letter);
    try {
      await take(letter);
      if (!keep) letter.ack();
      onDone(letter, reason);
      if (++done === limit) end();
    } catch (error) {
      if (!keep) letter.nack();
      fail(error);
    }
  };
  const subscription = queue.subscribeDeadLetters({
    maxOutstanding: MAX_IN_HAND,
    maxBytes: MAX_MIB_IN_HAND * 2 ** 20,
    onError: fail,
    onDelivery: (letter) => {
      if (ended || signal.aborted) {
        letter.nack();
        return;
      }
      const reason = deadLetterReason(letter.attributes);
      const known = held.has(letter.id);
      const late = letter.publishTime > startedAt;
      if (!known && !late) idle.refresh();
      if (!known && !late && begun < limit && wanted(reason)) {
        void begin(letter, reason);
        return;
      }
      held.set(letter.id, letter);
      if (late) newer.add(letter.id);
      else if (!known) kept++;
    },
  });
  try {
    await over;
  } finally {
    ended = true;
    clearTimeout(idle);
    const closed = subscription.close(CLOSE_MS);
    for (const letter of held.values()) letter.nack();
    await closed;
  }
  const heldBytes = [...held.values()].reduce((bytes, { data }) => bytes + data.length, 0);
  const full = held.size >= MAX_IN_HAND || heldBytes > MAX_MIB_IN_HAND * 2 ** 20 - LARGEST_MESSAGE_BYTES;
  return { kept, newer: newer.size, full: full && done < limit };
}
