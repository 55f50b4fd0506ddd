/**
 * What an application imports to have its reviews labelled:
 *
 *     const publisher = new ReviewPublisher();
 *     await ref.set({ text });
 *     await publisher.publishReview(ref.path);
 */
import { PubSub } from "@google-cloud/pubsub";
import { QueuePublisher } from "../../shared/publisher.ts";
import { SHARED } from "../../shared/settings.ts";

/** The part of Google's client that is used, so that any of its versions will do. */
export interface PubSubClient {
  topic(
    name: string,
    options?: { batching?: { maxMilliseconds?: number } },
  ): { publishMessage(message: { data: Uint8Array }): Promise<string> };
  close(): Promise<unknown>;
}

export interface ReviewPublisherOptions {
  /** @default the credentials' project, or GOOGLE_CLOUD_PROJECT */
  projectId?: string | undefined;
  /** The topic's name, as the worker's PUBSUB_TOPIC. @default "reviews" */
  topic?: string | undefined;
  /** Which documents are reviews, as the worker's REVIEWS_PATH. @default "reviews/{review}" */
  reviewsPath?: string | undefined;
  /** The application's own client, which `close` leaves open. @default a new one */
  pubsub?: PubSubClient | undefined;
}

export interface PublishOptions {
  /** Classify even if neither text nor model changed. @default false */
  force?: boolean | undefined;
}

/** Asks the worker to label reviews. One instance serves a whole application. */
export class ReviewPublisher {
  readonly #publisher: QueuePublisher;
  readonly #closeClient: () => Promise<unknown>;
  readonly #pending = new Set<Promise<string>>();

  constructor({ projectId, topic = SHARED.topic.default, reviewsPath, pubsub }: ReviewPublisherOptions = {}) {
    const client: PubSubClient = pubsub ?? new PubSub(projectId === undefined ? {} : { projectId });
    // The client waits 10 ms for other messages; most reviews come alone.
    const messages = client.topic(topic, { batching: { maxMilliseconds: 1 } });
    this.#publisher = new QueuePublisher({
      ...(reviewsPath !== undefined && { reviewsPath }),
      queue: { publish: (data) => messages.publishMessage({ data }) },
    });
    this.#closeClient = async () => pubsub ?? client.close();
  }

  /**
   * Asks for the review at `path` to be labelled. Call it after the document is written.
   * @param path the document's path, as `ref.path` gives it
   * @returns the message id, once Pub/Sub has stored the message
   * @throws {Error} before anything is sent if the path is not that of a review
   */
  publishReview(path: string, options?: PublishOptions): Promise<string> {
    const sent = this.#publisher.publishReview(path, options);
    this.#pending.add(sent);
    // A promise of its own: `close` must not count as handling the application's error.
    return sent.finally(() => this.#pending.delete(sent));
  }

  /**
   * Waits for pending messages, and closes the client unless it is the application's own. The error of a message is that of its
   * `publishReview`.
   */
  async close(): Promise<void> {
    // Not the client's `flush`: it does not wait for messages that it has begun to send.
    await Promise.allSettled(this.#pending);
    await this.#closeClient();
  }
}
