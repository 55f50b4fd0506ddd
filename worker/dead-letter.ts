import type { MessageProblem } from "../shared/message.ts";
import type { Delivery } from "../shared/queue.ts";

// https://cloud.google.com/pubsub/quotas#resource_limits
const MAX_ATTRIBUTES = 100;
const MAX_VALUE_BYTES = 1024;

/**
 * The attributes of a dead-lettered message: those that it had, and its reason, id and publish time. Attributes that only Google
 * may set (`goog…`) are left out. If a message cannot hold all of them, the last of the original attributes are left out.
 */
export function deadLetterAttributes(
  delivery: Pick<Delivery, "id" | "publishTime" | "attributes">,
  problem: MessageProblem,
): Record<string, string> {
  const ours = {
    deadLetterReason: problem.code,
    deadLetterDetail: clip(problem.detail.toWellFormed(), MAX_VALUE_BYTES),
    deadLetterMessageId: delivery.id.toWellFormed(),
    ...(delivery.publishTime !== undefined && { deadLetterPublishTime: delivery.publishTime.toISOString() }),
  };
  const theirs = Object.entries(delivery.attributes)
    .filter(([key]) => !key.startsWith("goog") && !Object.hasOwn(ours, key))
    // JSON can hold half a surrogate pair, which has no UTF-8: Pub/Sub would refuse the request and every message in it.
    .map(([key, value]) => [key.toWellFormed(), value.toWellFormed()])
    .slice(0, MAX_ATTRIBUTES - Object.keys(ours).length);
  return { ...Object.fromEntries(theirs), ...ours };
}

/** Why a message was dead-lettered: the worker's reason, or else Pub/Sub did it by the subscription's dead-letter policy. */
export function deadLetterReason(attributes: Readonly<Record<string, string>>): string {
  return attributes.deadLetterReason ?? "too-many-attempts";
}

/** When a dead-lettered message was published before it was dead-lettered, by the server's clock, in ms; `NaN` if that is not known. */
export function sourcePublishTime(attributes: Readonly<Record<string, string>>): number {
  return Date.parse(attributes.deadLetterPublishTime ?? attributes.CloudPubSubDeadLetterSourceTopicPublishTime ?? "");
}

/** The attributes that a message had before the worker, Pub/Sub's dead-letter policy or a client added theirs. */
export function originalAttributes(attributes: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(attributes).filter(
      ([key]) => !/^(goog|CloudPubSubDeadLetter|deadLetter(Reason|Detail|MessageId|PublishTime)$)/.test(key),
    ),
  );
}

/** The beginning of a text: at most `bytes` bytes of UTF-8, cut between characters. */
function clip(text: string, bytes: number): string {
  const encoded = Buffer.from(text);
  if (encoded.length <= bytes) return text;
  return new TextDecoder().decode(encoded.subarray(0, bytes - 3), {
    stream: true,
  });
}
