import type { ReviewPublisher } from "../../shared/publisher.ts";
import type { Row, RowPaths } from "../../shared/reviews-file.ts";
import type { ReviewStore } from "../../shared/store.ts";

/**
 * Does what an application does with new reviews: writes their documents, then publishes their paths.
 * @param options `omit` is a field of the rows that is not stored (the result field is the worker's)
 * @returns the paths, in the order of `rows`
 */
export async function storeAndPublish(
  store: Pick<ReviewStore, "put">,
  publisher: ReviewPublisher,
  rowPaths: RowPaths,
  rows: readonly Row[],
  { omit, force = false }: { omit: string; force?: boolean },
): Promise<string[]> {
  const reviews = rows.map((row) => {
    const { [omit]: _, ...fields } = row;
    return { path: rowPaths.pathOf(row), fields };
  });
  // A path twice in one request would be refused; the later row wins, as it would one after the other.
  await store.put([...new Map(reviews.map((review) => [review.path, review])).values()]);
  await Promise.all(reviews.map(({ path }) => publisher.publishReview(path, { force })));
  return reviews.map(({ path }) => path);
}
