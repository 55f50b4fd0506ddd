import type { MessageProblem } from "../shared/message.ts";
import type { Delivery } from "../shared/queue.ts";

// https://cloud.google.com/pubsub/quotas#resource_limits
const MAX_ATTRIBUTES = 100;
const MAX_VALUE_BYTES = 1024;

/**
 * Attributes of a dead letter: those of the message, and why, which and when it was. Attributes that only Google may set
 * (`goog…`) are left out, and where there are too many for a message, the last of the original ones.
 */
export function deadLetterAttributes(
  delivery: Pick<Delivery, "id" | "publishTime" | "attributes">,
  problem: MessageProblem,
): Record<string, string> {
  const ours = {
    deadLetterReason: problem.code,
    deadLetterDetail: clip(problem.detail.toWellFormed(), MAX_VALUE_BYTES),
    deadLetterMessageId: delivery.id.toWellFormed(),
    deadLetterPublishTime: delivery.publishTime.toISOString(),
  };
  const theirs = Object.entries(delivery.attributes)
    .filter(([key]) => !key.startsWith("goog") && !Object.hasOwn(ours, key))
    // Half a surrogate pair, which JSON can hold, has no UTF-8: Pub/Sub would refuse it, and all that is published beside it.
    .map(([key, value]) => [key.toWellFormed(), value.toWellFormed()])
    .slice(0, MAX_ATTRIBUTES - Object.keys(ours).length);
  return { ...Object.fromEntries(theirs), ...ours };
}

/** Why a message is dead: what the worker said, or else Pub/Sub gave up on it, as the subscription's dead-letter policy says. */
export function deadLetterReason(attributes: Readonly<Record<string, string>>): string {
  return attributes.deadLetterReason ?? "too-many-attempts";
}

/**
 * The attributes that a dead letter had as a message: without those that the worker, Pub/Sub's dead-letter policy or a client
 * has added.
 */
export function originalAttributes(attributes: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(attributes).filter(
      ([key]) => !/^(goog|CloudPubSubDeadLetter|deadLetter(Reason|Detail|MessageId|PublishTime)$)/.test(key),
    ),
  );
}

/** At most `bytes` bytes of UTF-8, cut between characters. */
function clip(text: string, bytes: number): string {
  const encoded = Buffer.from(text);
  if (encoded.length <= bytes) return text;
  return new TextDecoder().decode(encoded.subarray(0, bytes - 3), {
    stream: true,
  });
}
