/**
 * Takes dead-lettered messages from their subscription. A message is acked once `take` has it for certain. All others, and those
 * in flight when the run ends, are nacked.
 *
 * Pub/Sub says neither how many messages there are nor when it has delivered the last one. The run ends when none has arrived for
 * a while although Pub/Sub answers. Messages that are not wanted are held until then, because a nacked message is redelivered at
 * once. When no more can be held, there may be others behind them.
 *
 * A message that the run has published may be dead-lettered again, and the run would publish it in circles. It is recognised by
 * its data. Others may have the same data, for example about the same review. They were published before by Pub/Sub's clock, from
 * which this machine's can differ by minutes: before another message was dead-lettered that had arrived when the run published
 * this data. Not all messages have these times, so nothing is published until those that are there have had time to arrive.
 */
import { hash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { MessageProblem } from "../../shared/message.ts";
import { type Delivery, RefusedMessageError, type ReviewQueue } from "../../shared/queue.ts";
import { deadLetterReason, sourcePublishTime } from "../dead-letter.ts";

/** Why messages are dead-lettered, see {@link deadLetterReason}. */
export const REASONS = Object.keys({
  "invalid-utf8": true,
  "invalid-json": true,
  "invalid-message": true,
  "path-mismatch": true,
  "path-invalid-id": true,
  "too-many-attempts": true,
} satisfies Record<MessageProblem["code"] | "too-many-attempts", true>);

export interface RedriveOptions {
  /**
   * Takes a message, or looks at it. Resolves when the message can be acked; rejects with {@link RefusedMessageError} to keep this
   * message and take the others, or with any other error to end the run.
   */
  take: (message: Delivery) => Promise<unknown>;
  /** Whether `take` publishes the message, which may then be dead-lettered again. */
  publishes: boolean;
  /** Nacks all messages at the end, the taken ones too. @default false */
  keep?: boolean;
  /** Which messages to take. Called once for each message, unless the limit is reached. @default all */
  wanted?: (reason: string, message: Delivery) => boolean;
  /** Maximum number of messages to take. @default all */
  limit?: number | undefined;
  /** The run ends when no message has arrived for this long, in ms. @default 5000 */
  idleMs?: number;
  /** Ends the run once the messages that are being taken are done. */
  signal: AbortSignal;
  /** A message was taken. */
  onDone: (message: Delivery, reason: string) => void;
  /** A message was refused and is kept. */
  onRefused?: (message: Delivery, error: RefusedMessageError) => void;
}

/** What a run has left in the subscription. */
export interface Left {
  /** Messages that were not wanted, were beyond the limit, or were refused. */
  kept: number;
  /** How many of these were refused. */
  refused: number;
  /** Messages with the data of one that this run has published, and no earlier publish time: probably that one, dead-lettered again. */
  returned: number;
  /** No more could be held: there may be messages that the run has not seen. */
  atCapacity: boolean;
}

/** The most messages in flight, including the held ones. */
export const MAX_IN_FLIGHT = 10_000;
export const MAX_MIB_IN_FLIGHT = 512;

// https://cloud.google.com/pubsub/quotas#resource_limits
const LARGEST_MESSAGE_BYTES = 10_000_000;

/** Time to finish what is being taken when the run ends, and to send the acks. */
const CLOSE_MS = 10_000;

/** @throws {Error} if the subscription cannot be reached, or a message cannot be taken for a reason that is not the message's own */
export async function redrive(
  queue: Pick<ReviewQueue, "subscribeDeadLetters" | "reachDeadLetters">,
  {
    take,
    publishes,
    keep = false,
    wanted = () => true,
    limit = Number.POSITIVE_INFINITY,
    idleMs = 5_000,
    signal,
    onDone,
    onRefused,
  }: RedriveOptions,
): Promise<Left> {
  await queue.reachDeadLetters();
  const held = new Map<string, Delivery>();
  /** Messages that are being taken, by id. */
  const taking = new Map<string, Delivery>();
  const takenIds = new Set<string>();
  /** When the newest message had been dead-lettered that had arrived when the run first published this data, by its digest. */
  const publishedData = new Map<string, number>();
  let newest = Number.NEGATIVE_INFINITY;
  const returned = new Set<string>();
  const { promise: over, resolve: end, reject: fail } = Promise.withResolvers<void>();
  let [done, kept, refused] = [0, 0, 0];
  let ended = false;
  /** When those that were there before the first one is published have probably arrived. */
  let gathered: Promise<void> | undefined;
  const idle = setTimeout(async () => {
    const seen = done + kept;
    if (taking.size === 0) await queue.reachDeadLetters().catch(fail);
    if (taking.size === 0 && done + kept === seen) end();
    else idle.refresh();
  }, idleMs);
  signal.addEventListener("abort", () => end());
  if (signal.aborted) end();

  const begin = async (message: Delivery, reason: string): Promise<void> => {
    taking.set(message.id, message);
    if (keep) held.set(message.id, message);
    try {
      if (publishes) {
        gathered ??= Promise.race([sleep(idleMs / 2), over]);
        await gathered;
        signal.throwIfAborted();
      }
      const newestBefore = newest;
      await take(message);
      if (publishes && !publishedData.has(digest(message))) publishedData.set(digest(message), newestBefore);
      if (!keep) {
        takenIds.add(message.id);
        taking.get(message.id)?.ack();
      }
      onDone(message, reason);
      if (++done === limit) end();
    } catch (error) {
      if (error instanceof RefusedMessageError && !ended) {
        held.set(message.id, taking.get(message.id) ?? message);
        kept++;
        refused++;
        onRefused?.(message, error);
      } else {
        if (!keep) taking.get(message.id)?.nack();
        fail(error);
      }
    } finally {
      taking.delete(message.id);
    }
  };
  const subscription = queue.subscribeDeadLetters({
    maxOutstanding: MAX_IN_FLIGHT,
    maxBytes: MAX_MIB_IN_FLIGHT * 2 ** 20,
    onError: fail,
    onDelivery: (message) => {
      if (ended || signal.aborted) {
        message.nack();
        return;
      }
      if (takenIds.has(message.id)) {
        // Its ack was lost.
        message.ack();
        return;
      }
      if (taking.has(message.id)) {
        // Its ack deadline has passed, so this delivery is the one to settle.
        taking.set(message.id, message);
        if (keep) held.set(message.id, message);
        return;
      }
      const reason = deadLetterReason(message.attributes);
      const known = held.has(message.id);
      const publishedAfter = publishedData.get(digest(message));
      const again = publishedAfter !== undefined && !(sourcePublishTime(message.attributes) < publishedAfter);
      newest = Math.max(newest, message.publishTime?.getTime() ?? newest);
      if (!known && !again) {
        idle.refresh();
        if (taking.size + done < limit && wanted(reason, message)) {
          void begin(message, reason);
          return;
        }
        kept++;
      }
      held.set(message.id, message);
      if (again) returned.add(message.id);
    },
  });
  try {
    await over;
  } finally {
    ended = true;
    clearTimeout(idle);
    const closed = subscription.close(CLOSE_MS);
    for (const message of held.values()) message.nack();
    await closed;
  }
  const heldBytes = [...held.values()].reduce((bytes, { data }) => bytes + data.length, 0);
  const atCapacity = held.size >= MAX_IN_FLIGHT || heldBytes > MAX_MIB_IN_FLIGHT * 2 ** 20 - LARGEST_MESSAGE_BYTES;
  return { kept, refused, returned: returned.size, atCapacity: atCapacity && done < limit };
}

/** A digest of the data alone: a push without wrapping loses the attributes of a message. */
function digest({ data }: Delivery): string {
  return hash("sha256", data, "base64");
}
