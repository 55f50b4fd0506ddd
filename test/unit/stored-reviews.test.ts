import { expect, test } from "vitest";
import { MemoryStore } from "../../shared/backends/memory.ts";
import { PathTemplate } from "../../shared/path.ts";
import { storedReviews } from "../../worker/cli/stored-reviews.ts";

const reviewsPath = PathTemplate.parse("reviews/{review}");

async function storeOf(reviews: number): Promise<MemoryStore> {
  const store = new MemoryStore({ textField: "content.body", resultField: "sentiment" });
  const documents = Array.from({ length: reviews }, (_, i) => ({
    path: `reviews/${String(i).padStart(4, "0")}`,
    fields: { content: { body: `text ${i}` }, sentiment: { label: "POSITIVE" } },
  }));
  await store.put([...documents, { path: "orders/1", fields: { content: { body: "not a review" } } }]);
  return store;
}

test("stored reviews are rows with path and text, whatever the document calls its text, and nothing else", async () => {
  const rows = await Array.fromAsync(storedReviews(await storeOf(2), reviewsPath, 200).rows());
  expect(rows).toEqual([
    { path: "reviews/0000", text: "text 0" },
    { path: "reviews/0001", text: "text 1" },
  ]);
});

test.each([1, 299, 300, 301, 650, 700, 1_000])("of 700 stored reviews at most the limit is read: %i", async (limit) => {
  const file = storedReviews(await storeOf(700), reviewsPath, limit);
  const rows = await Array.fromAsync(file.rows());
  const expected = Math.min(limit, 700);
  expect(new Set(rows.map(({ path }) => path)).size).toBe(expected);
  expect(rows).toHaveLength(expected);
  expect(file.bytesRead()).toBe(expected);
});

test("a wrong REVIEWS_PATH is an error instead of no reviews", async () => {
  const elsewhere = storedReviews(await storeOf(2), PathTemplate.parse("feedback/{review}"), 200);
  await expect(Array.fromAsync(elsewhere.rows())).rejects.toThrow(
    "there are no reviews at REVIEWS_PATH feedback/{review}",
  );
  const unnamed = PathTemplate.parse("{collection}/{review}");
  expect(() => storedReviews({} as MemoryStore, unnamed, 200)).toThrow(
    "needs a REVIEWS_PATH whose last collection has a name, such as reviews/{review}; it is {collection}/{review}",
  );
});
