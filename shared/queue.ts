/**
 * Where messages come from. Two of these exist: `backends/pubsub.ts` (Google Cloud and its emulator) and
 * `backends/memory.ts`. Delivery is at least once on both.
 */

/** One delivery of a message. Exactly one of `ack` and `nack` is called, once. */
export interface Delivery {
  /** Unique within the topic; the same for each delivery of a message. */
  readonly id: string;
  readonly data: Uint8Array;
  readonly attributes: Readonly<Record<string, string>>;
  readonly publishTime: Date;
  /** The work is done and saved: never deliver again. */
  ack(): void;
  /** The work is not done: deliver again, by the subscription's retry policy. */
  nack(): void;
}

export interface SubscribeOptions {
  /** The most deliveries in hand at once, neither acked nor nacked. */
  maxOutstanding: number;
  /** The most bytes of their data. @default what the client takes, 100 MiB */
  maxBytes?: number | undefined;
  onDelivery(delivery: Delivery): void;
  /** The subscription is lost for good (deleted, no permission): no more deliveries will come. */
  onError(error: Error): void;
}

export interface Subscription {
  /**
   * Stops delivering at once, lets what is in hand be settled for up to `graceMs`, gives the rest back for redelivery and
   * resolves when the settlements have been sent.
   */
  close(graceMs: number): Promise<void>;
}

export interface ReviewQueue {
  /** Publishes to the reviews topic; resolves with the message id once it is stored. */
  publish(data: Uint8Array, attributes?: Readonly<Record<string, string>>): Promise<string>;
  /** Publishes to the dead-letter topic. */
  deadLetter(data: Uint8Array, attributes: Readonly<Record<string, string>>): Promise<void>;
  /** Starts delivering messages of the subscription. */
  subscribe(options: SubscribeOptions): Subscription;
  /**
   * Resolves when the server has answered for the dead letters' subscription: a subscription that is silent for want of a
   * connection looks like an empty one.
   * @throws {Error} if it does not answer within seconds, or has no such subscription
   */
  reachDeadLetters(): Promise<void>;
  /** Starts delivering what was dead-lettered. */
  subscribeDeadLetters(options: SubscribeOptions): Subscription;
}

/** The topic refuses this message, and would refuse it again: it is empty, too large, or does not fit the topic's schema. */
export class RefusedMessageError extends Error {
  override readonly name = "RefusedMessageError";
}
