/**
 * The contract for queues. There are two: `backends/pubsub.ts` (Google Cloud and its emulator) and `backends/memory.ts`. Both
 * deliver at least once.
 */
import { ExplainedError } from "./explained-error.ts";

/** One delivery of a message. Either `ack` or `nack` is called, once. */
export interface Delivery {
  /** Unique within the topic, and the same for each delivery of a message. Empty where the sender gave none. */
  readonly id: string;
  readonly data: Uint8Array;
  readonly attributes: Readonly<Record<string, string>>;
  /** Pub/Sub delivers messages with the same key in the order of their publication, where the subscription asks for it. */
  readonly orderingKey?: string | undefined;
  /** By the server's clock: compare it only with other times of the server's. `undefined` where the sender gave none. */
  readonly publishTime: Date | undefined;
  /** The review existed when the message was sent, as in an event about its document: if it does not exist now, it was deleted. */
  readonly existed?: true;
  /** The work is done and saved: never deliver again. */
  ack(): void;
  /** The work is not done: deliver again, as the subscription's retry policy says. */
  nack(): void;
}

export interface SubscribeOptions {
  /** Maximum number of deliveries in flight: neither acked nor nacked. */
  maxOutstanding: number;
  /** Maximum number of bytes of their data. @default the client's, 100 MiB */
  maxBytes?: number | undefined;
  onDelivery(delivery: Delivery): void;
  /**
   * Nothing more will be delivered: the subscription is lost (deleted, no permission), or, if the error is transient, has to be
   * opened again.
   */
  onError(error: Error): void;
}

export interface Subscription {
  /**
   * Stops delivering at once, waits up to `graceMs` until everything in flight is settled, nacks the rest, and resolves when
   * the settlements have been sent.
   */
  close(graceMs: number): Promise<void>;
}

/** How many messages of the subscription are not acked. */
export interface Backlog {
  messages: number;
  /** When they were counted, by the server's clock. It may be minutes ago. */
  at: Date;
}

export interface ReviewQueue {
  /**
   * Publishes to the reviews topic.
   * @returns the message id, once the message is stored
   */
  publish(data: Uint8Array, attributes?: Readonly<Record<string, string>>, orderingKey?: string): Promise<string>;
  /** Publishes to the dead-letter topic. */
  deadLetter(data: Uint8Array, attributes: Readonly<Record<string, string>>, orderingKey?: string): Promise<void>;
  /** Starts delivering messages of the subscription. */
  subscribe(options: SubscribeOptions): Subscription;
  /**
   * Resolves when the server has answered a question about the subscription. A subscription without a connection delivers
   * nothing, like an empty one; this tells them apart.
   * @throws {Error} if the server does not answer within seconds, or has no such subscription
   */
  reach(): Promise<void>;
  /** As {@link reach}, about the subscription of the dead-letter topic. */
  reachDeadLetters(): Promise<void>;
  /** `false` if {@link backlog} has no answer, as on an emulator. */
  readonly countsBacklog: boolean;
  /**
   * Counts the messages of the subscription.
   * @returns `undefined` if no count is known yet
   * @throws {QueueError}
   */
  backlog(): Promise<Backlog | undefined>;
  /** Starts delivering messages of the dead-letter topic. */
  subscribeDeadLetters(options: SubscribeOptions): Subscription;
}

/** The topic refuses this message, and would refuse it again: it is empty, too large, or does not fit the topic's schema. */
export class RefusedMessageError extends ExplainedError {
  override readonly name = "RefusedMessageError";
  override readonly exitCode = 1;
}

/** The queue refused a request, or could not be reached. */
export class QueueError extends ExplainedError {
  override readonly name = "QueueError";
  override readonly exitCode = 1;
  /** Whether the same request may succeed later. */
  readonly transient: boolean;
  /** Whether the caller lacks a permission. A new grant takes effect after minutes. */
  readonly lacksPermission: boolean;

  constructor(
    message: string,
    transient: boolean,
    { lacksPermission = false, ...options }: ErrorOptions & { lacksPermission?: boolean } = {},
  ) {
    super(message, options);
    this.transient = transient;
    this.lacksPermission = lacksPermission;
  }
}
