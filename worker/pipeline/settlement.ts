/** How a delivery can end. */
import type { MessageProblem } from "../../shared/message.ts";
import type { UnclassifiableCode } from "../../shared/result.ts";

/** Why a message is nacked. */
export type NackReason =
  /** The document does not exist, and the message is too young to conclude that it was deleted. */
  | "not-written-yet"
  /** The document changed each time between being read and being written. */
  | "keeps-changing"
  | "store-failed"
  | "inference-failed"
  | "dead-letter-failed"
  /** It was not settled in the time that the sender waits for an answer. */
  | "answer-due"
  /** A bug. */
  | "unexpected-error"
  /** The worker is stopping. */
  | "draining";

/** `retried` nacks the delivery, and Pub/Sub delivers the message again; every other outcome acks it. */
export type Settlement =
  | { outcome: "labelled"; label: string; score: number }
  | { outcome: "unclassifiable"; reason: UnclassifiableCode }
  /** The stored result is current. */
  | { outcome: "unchanged" }
  /** The review was deleted. */
  | { outcome: "deleted" }
  | { outcome: "dead-lettered"; reason: MessageProblem["code"]; detail: string }
  | Nack;

export interface Nack {
  outcome: "retried";
  reason: NackReason;
  error?: Error;
}

export function nack(reason: NackReason, error?: Error): Nack {
  return { outcome: "retried", reason, ...(error !== undefined && { error }) };
}
