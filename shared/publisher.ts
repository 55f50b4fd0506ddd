/**
 * What an application imports to have its reviews tagged:
 *
 *     const publisher = new ReviewPublisher({ topic: "reviews" });
 *     await ref.set({ text });
 *     await publisher.publishReview(ref.path);
 */
import { PubSubTopic } from "./backends/pubsub.ts";
import { encodeMessage } from "./message.ts";
import { PathTemplate } from "./path.ts";
import type { ReviewQueue } from "./queue.ts";

export interface ReviewPublisherOptions {
  /** @default the credentials' project */
  projectId?: string;
  /** @default "reviews" */
  topic?: string;
  /** Which documents are reviews, as the worker's REVIEWS_PATH. @default "reviews/{review}" */
  reviewsPath?: string;
}

export class ReviewPublisher {
  readonly #queue: Pick<ReviewQueue, "publish"> & {
    close?(): Promise<void>;
  };
  readonly #template: PathTemplate;

  constructor({
    projectId,
    topic = "reviews",
    reviewsPath = "reviews/{review}",
    queue = new PubSubTopic({ projectId }, topic),
  }: ReviewPublisherOptions & {
    /** Where to publish instead of Pub/Sub. */
    queue?: Pick<ReviewQueue, "publish">;
  } = {}) {
    this.#template = PathTemplate.parse(reviewsPath);
    this.#queue = queue;
  }

  /**
   * Asks for the review at `path` to be tagged. Publish after the document is written.
   * @param path the document's path, as `ref.path` gives it
   * @param options `force` classifies even if neither text nor model changed
   * @returns the message id, once Pub/Sub has stored the message
   * @throws {Error} if the path is no review, before anything is sent
   */
  async publishReview(path: string, { force = false }: { force?: boolean } = {}): Promise<string> {
    const problem = this.#template.problem(path);
    if (problem !== undefined)
      throw new Error(`"${path}" is not a review: it does not match ${this.#template.source} (${problem})`);
    return this.#queue.publish(encodeMessage(force ? { path, force } : { path }));
  }

  /** Sends what is still buffered and closes the connection. */
  async close(): Promise<void> {
    await this.#queue.close?.();
  }
}
