/** Publishes messages about reviews. */
import type { ReviewMessage } from "./message.ts";
import { PathTemplate, refusal } from "./path.ts";
import type { ReviewQueue } from "./queue.ts";
import { SHARED } from "./settings.ts";

export interface QueuePublisherOptions {
  /** Which documents are reviews, as REVIEWS_PATH. @default "reviews/{review}" */
  reviewsPath?: string;
  /** Where to publish. */
  queue: Pick<ReviewQueue, "publish">;
}

export class QueuePublisher {
  readonly #queue: Pick<ReviewQueue, "publish">;
  readonly #template: PathTemplate;

  /** @throws {Error} if `reviewsPath` is not a template of document paths */
  constructor({ reviewsPath = SHARED.reviewsPath.default, queue }: QueuePublisherOptions) {
    try {
      this.#template = PathTemplate.parse(reviewsPath);
    } catch (cause) {
      throw new Error(`reviewsPath is "${reviewsPath}": ${(cause as Error).message}`, { cause });
    }
    this.#queue = queue;
  }

  /**
   * Asks for the review at `path` to be labelled.
   * @param path the document's path, as `ref.path` gives it
   * @param options `force` classifies even if neither text nor model changed
   * @returns the message id, once Pub/Sub has stored the message
   * @throws {Error} before anything is sent if the path is not that of a review
   */
  async publishReview(path: string, { force = false }: { force?: boolean | undefined } = {}): Promise<string> {
    // Applications in JavaScript pass the document's reference, or a parameter of a URL.
    if (typeof path !== "string") throw new TypeError("publishReview takes the document's path: pass ref.path");
    if (typeof force !== "boolean") throw new TypeError("force must be true or false");
    const checked = this.#template.check(path);
    if ("problem" in checked) throw new Error(refusal(path, checked.problem, this.#template.source));
    return this.#queue.publish(encodeMessage(force ? { path, force } : { path }));
  }
}

/** The body of a message. */
export function encodeMessage(message: ReviewMessage): Buffer {
  return Buffer.from(JSON.stringify(message));
}
