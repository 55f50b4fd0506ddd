import pLimit from "p-limit";
import { ReviewPublisher } from "../../shared/publisher.ts";
import { chunks, InputError, openReviewsFile, RowPaths } from "../../shared/reviews-file.ts";
import { readConfig } from "../config.ts";
import { openConfigured } from "./backend.ts";
import { progressBar } from "./progress.ts";
import { storeAndPublish } from "./store-and-publish.ts";

export interface PublishOptions {
  input?: string;
  force?: boolean;
  json?: boolean;
}

/** `publish`: stores the reviews of a file and publishes them, or publishes stored reviews by path. */
export async function publish(paths: readonly string[], { input, force, json }: PublishOptions): Promise<void> {
  if ((input === undefined) === (paths.length === 0))
    throw new InputError("say what to publish: either paths such as reviews/abc, or --input FILE");
  const config = readConfig(process.env);
  const reviewsPath = config.REVIEWS_PATH;
  for (const path of paths) {
    if (reviewsPath.problem(path) !== undefined)
      throw new InputError(`"${path}" is no review: it does not match REVIEWS_PATH, which is ${reviewsPath.source}`);
  }
  const file = input === undefined ? undefined : await openReviewsFile(input);
  const backend = await openConfigured(config);
  const publisher = new ReviewPublisher({ reviewsPath: reviewsPath.source, queue: backend.queue });
  const bar = progressBar("publishing (bytes)", file?.bytes ?? paths.length, !json);
  let published = 0;
  try {
    if (file === undefined) {
      const limit = pLimit(1000);
      await limit.map(paths, async (path) => {
        await publisher.publishReview(path, { force: force === true });
        bar.update(++published);
      });
    } else {
      const rowPaths = new RowPaths(reviewsPath);
      for await (const rows of chunks(file.rows(), 500)) {
        await storeAndPublish(backend.store, publisher, rowPaths, rows, {
          omit: config.RESULT_FIELD,
          force: force === true,
        });
        published += rows.length;
        bar.update(file.bytesRead());
      }
    }
  } finally {
    bar.stop();
    await backend.close();
  }
  console.log(json ? JSON.stringify({ published }) : `${published} reviews published to ${config.PUBSUB_TOPIC}`);
}
