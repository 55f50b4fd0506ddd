import { expect, test } from "vitest";
import { MemoryStore } from "../../shared/backends/memory.ts";
import { PathTemplate } from "../../shared/path.ts";
import { storedReviews } from "../../worker/cli/stored-reviews.ts";

const config = { REVIEWS_PATH: PathTemplate.parse("reviews/{review}"), TEXT_FIELD: "content.body" };

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
  const rows = await Array.fromAsync(storedReviews(await storeOf(2), config, 200).rows());
  expect(rows).toEqual([
    { path: "reviews/0000", text: "text 0" },
    { path: "reviews/0001", text: "text 1" },
  ]);
});

test.each([1, 299, 300, 301, 650, 700, 1_000])("of 700 stored reviews at most the limit is read: %i", async (limit) => {
  const file = storedReviews(await storeOf(700), config, limit);
  const rows = await Array.fromAsync(file.rows());
  const expected = Math.min(limit, 700);
  expect(new Set(rows.map(({ path }) => path)).size).toBe(expected);
  expect(rows).toHaveLength(expected);
  expect(file.bytesRead()).toBe(expected);
});

test("a wrong TEXT_FIELD is an error that lists the fields, and single reviews without a text are not", async () => {
  const store = new MemoryStore({ textField: "Text", resultField: "sentiment" });
  const documents = Array.from({ length: 301 }, (_, i) => ({
    path: `reviews/${1000 + i}`,
    fields: { text: "a", n: i },
  }));
  await store.put(documents);
  const rowsOf = () => Array.fromAsync(storedReviews(store, { ...config, TEXT_FIELD: "Text" }, 500).rows());
  await expect(rowsOf()).rejects.toThrow(
    'no review has the field "Text", which TEXT_FIELD names; the fields of the first one are "text", "n"',
  );
  await store.put([{ path: "reviews/1300", fields: { Text: "b" } }]);
  const rows = await rowsOf();
  expect(rows.map(({ path, text }) => [path, text]).slice(-2)).toEqual([
    ["reviews/1299", undefined],
    ["reviews/1300", "b"],
  ]);
  expect(rows).toHaveLength(301);
});

test("a wrong REVIEWS_PATH is an error instead of no reviews", async () => {
  const elsewhere = storedReviews(
    await storeOf(2),
    { ...config, REVIEWS_PATH: PathTemplate.parse("feedback/{review}") },
    200,
  );
  await expect(Array.fromAsync(elsewhere.rows())).rejects.toThrow(
    "there are no reviews at REVIEWS_PATH feedback/{review}",
  );
  const unnamed = PathTemplate.parse("{collection}/{review}");
  expect(() => storedReviews({} as MemoryStore, { ...config, REVIEWS_PATH: unnamed }, 200)).toThrow(
    "needs a REVIEWS_PATH whose last collection has a name, such as reviews/{review}; it is {collection}/{review}",
  );
});
