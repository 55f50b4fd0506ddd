/** Reviews in Firestore as the rows of a file, so that a model can be tried on them before anything is written. */

import type { Backend } from "../../shared/backends/open.ts";
import { InputError } from "../../shared/input-error.ts";
import type { Row } from "../../shared/json-rows.ts";
import { listFields, type ReviewsFile } from "../../shared/reviews-file.ts";
import type { Config } from "../config.ts";
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
 * @throws {InputError} if REVIEWS_PATH does not name the collection; from `rows` if there are no reviews, or if none of them has the
 * text's field
 */
export function storedReviews(
  store: Pick<Backend["store"], "page" | "load" | "get">,
  { REVIEWS_PATH: reviewsPath, TEXT_FIELD: textField }: Pick<Config, "REVIEWS_PATH" | "TEXT_FIELD">,
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
      // Reviews without a text are kept until one has a text: if none has, the field's name is probably wrong.
      let waiting: Row[] | undefined = [];
      let after: string | undefined;
      do {
        const reading = store.page(selection, { after, limit: Math.min(PAGE, limit - read) });
        const page = await announced(reading, "Firestore to read reviews");
        const paths = page.reviews.map(({ path }) => path);
        const reviews = paths.length === 0 ? [] : await announced(store.load(paths), "Firestore to read reviews");
        for (const review of reviews) {
          if (review === undefined) continue;
          const row = { [STORED_FIELDS.path]: review.path, [STORED_FIELDS.text]: review.text };
          if (review.text === undefined && waiting !== undefined) {
            waiting.push(row);
            continue;
          }
          if (waiting !== undefined) yield* waiting;
          waiting = undefined;
          yield row;
        }
        read += page.read;
        after = page.position;
      } while (after !== undefined && read < limit);
      if (waiting === undefined) return;
      const [first] = waiting;
      if (first === undefined) throw new InputError(`there are no reviews at REVIEWS_PATH ${reviewsPath.source}`);
      const document = await announced(store.get(String(first[STORED_FIELDS.path])), "Firestore to read a review");
      throw new InputError(
        `no review has the field "${textField}", which TEXT_FIELD names; the fields of the first one are ${listFields(Object.keys(document ?? {}))}`,
      );
    },
  };
}
