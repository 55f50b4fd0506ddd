/** Reviews in Firestore as the rows of a file, so that a model can be tried on them before anything is written. */

import { InputError } from "../../shared/input-error.ts";
import type { PathTemplate } from "../../shared/path.ts";
import type { ReviewsFile } from "../../shared/reviews-file.ts";
import type { ReviewStore } from "../../shared/store.ts";
import { requireCollection } from "./require-collection.ts";
import { announced } from "./waiting.ts";

/** The fields of a row, whatever the documents call theirs. */
export const STORED_FIELDS = { path: "path", text: "text" };

/** Documents per request. */
const PAGE = 300;

/**
 * The first reviews in the order of their paths. Ids are usually random, so that this is a fair sample of a collection; of a collection
 * group it may be only the first collection. Reads each document twice.
 * @param limit maximum number of documents to read
 * @throws {InputError} if REVIEWS_PATH does not name the collection; from `rows` if there are no reviews
 */
export function storedReviews(
  store: Pick<ReviewStore, "page" | "load">,
  reviewsPath: PathTemplate,
  limit: number,
): ReviewsFile {
  requireCollection(reviewsPath, "classify --from-firestore");
  const selection = { reviewsPath, where: [], unlabelled: false, failed: false };
  let read = 0;
  return {
    name: "Firestore",
    // Counted in reviews: a file's progress is only shown.
    bytes: limit,
    bytesRead: () => read,
    async *rows() {
      let found = false;
      let after: string | undefined;
      do {
        const reading = store.page(selection, { after, limit: Math.min(PAGE, limit - read) });
        const page = await announced(reading, "Firestore to read reviews");
        const paths = page.reviews.map(({ path }) => path);
        const reviews = paths.length === 0 ? [] : await announced(store.load(paths), "Firestore to read reviews");
        for (const review of reviews) {
          if (review === undefined) continue;
          found = true;
          yield { [STORED_FIELDS.path]: review.path, [STORED_FIELDS.text]: review.text };
        }
        read += page.read;
        after = page.position;
      } while (after !== undefined && read < limit);
      if (!found) throw new InputError(`there are no reviews at REVIEWS_PATH ${reviewsPath.source}`);
    },
  };
}
