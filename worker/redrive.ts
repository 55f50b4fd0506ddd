/**
 * Takes dead letters from where they wait. A letter is acked when whoever takes it has it for certain; all others, and those in
 * hand when the run ends for whatever reason, are given back at once.
 *
 * Pub/Sub tells neither how many there are nor when it has delivered all: they are all when none has come for a while. Letters
 * that are not wanted are held until then, since one that is given back comes again.
 */
import type { Delivery, ReviewQueue } from "../shared/queue.ts";
import { deadLetterReason } from "./dead-letter.ts";

export interface RedriveOptions {
  /** Takes a letter; resolves when it can be forgotten here. Without it letters are only looked at, and all stay. */
  take?: ((letter: Delivery) => Promise<unknown>) | undefined;
  /** Which letters to take or look at. @default all */
  wanted?: (reason: string) => boolean;
  /** The most letters to take or look at. @default all */
  limit?: number | undefined;
  /** The letters are all when none has come for so long, in ms. @default 5000 */
  idleMs?: number;
  /** Ends it as soon as those are taken that are being taken. */
  signal: AbortSignal;
  /** A letter was taken or, without `take`, looked at. */
  onDone: (letter: Delivery, reason: string) => void;
}

/** In hand at once, held ones included: what is beyond them is not seen. */
export const MAX_IN_HAND = 10_000;

/** For what is being taken when the run ends, and for sending the acks. */
const CLOSE_MS = 10_000;

/**
 * @returns how many letters were kept: not wanted, or beyond the limit
 * @throws {Error} if the dead letters cannot be had, or one of them not be taken
 */
export async function redrive(
  queue: Pick<ReviewQueue, "subscribeDeadLetters">,
  { take, wanted = () => true, limit = Number.POSITIVE_INFINITY, idleMs = 5_000, signal, onDone }: RedriveOptions,
): Promise<number> {
  const startedAt = new Date();
  const held = new Map<string, Delivery>();
  const { promise: over, resolve: end, reject: fail } = Promise.withResolvers<void>();
  let [begun, done, kept] = [0, 0, 0];
  let ended = false;
  const idle = setTimeout(() => (begun === done ? end() : idle.refresh()), idleMs);
  signal.addEventListener("abort", () => end());

  const finish = (letter: Delivery, reason: string): void => {
    onDone(letter, reason);
    if (++done === limit) end();
  };
  const begin = async (letter: Delivery, reason: string): Promise<void> => {
    begun++;
    if (take === undefined) {
      held.set(letter.id, letter);
      finish(letter, reason);
      return;
    }
    try {
      await take(letter);
      letter.ack();
      finish(letter, reason);
    } catch (error) {
      letter.nack();
      fail(error);
    }
  };
  const subscription = queue.subscribeDeadLetters({
    maxOutstanding: MAX_IN_HAND,
    onError: fail,
    onDelivery: (letter) => {
      if (ended || signal.aborted) {
        letter.nack();
        return;
      }
      // One that died since this began may have been put back by it: to take it would be to go in circles.
      const isNew = letter.publishTime <= startedAt && !held.has(letter.id);
      if (isNew) idle.refresh();
      const reason = deadLetterReason(letter.attributes);
      if (isNew && begun < limit && wanted(reason)) {
        void begin(letter, reason);
      } else {
        held.set(letter.id, letter);
        if (isNew) kept++;
      }
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
  return kept;
}
