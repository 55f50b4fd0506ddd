import { CollectionGroup, type QueryPartition } from "@google-cloud/firestore";
import fc from "fast-check";
import { afterAll, describe, expect, it, vi } from "vitest";
import { FirestoreStore } from "../../shared/backends/firestore.ts";
import { MemoryStore } from "../../shared/backends/memory.ts";
import { everyNth } from "../../shared/every-nth.ts";
import { InputError } from "../../shared/input-error.ts";
import { PathTemplate } from "../../shared/path.ts";
import { START } from "../../worker/replay/replay.ts";
import { decodeToken, encodeToken } from "../../worker/replay/resume-token.ts";
import { encodeBounds, evenBounds, rangeOf, shardOf } from "../../worker/replay/shards.ts";

const REVIEWS = PathTemplate.parse("reviews/{review}");
const SHOPS = PathTemplate.parse("shops/{shop}/reviews/{review}");

describe("a shard", () => {
  it("is the requested one, or else the task of a Cloud Run job", () => {
    const job = { CLOUD_RUN_TASK_INDEX: "0", CLOUD_RUN_TASK_COUNT: "4" };
    expect(shardOf("2/3", {})).toEqual({ number: 2, of: 3 });
    expect(shardOf("2/3", job)).toEqual({ number: 2, of: 3 });
    expect(shardOf(undefined, job)).toEqual({ number: 1, of: 4 });
    expect(shardOf(undefined, { ...job, CLOUD_RUN_TASK_INDEX: "3" })).toEqual({ number: 4, of: 4 });
    expect(shardOf(undefined, { CLOUD_RUN_TASK_INDEX: "0", CLOUD_RUN_TASK_COUNT: "1" })).toBeUndefined();
    expect(shardOf(undefined, {})).toBeUndefined();
  });

  it.each(["0/4", "5/4", "1", "1/0", "a/b", "1/4/2", "-1/4", ""])("%j is refused", (option) => {
    expect(() => shardOf(option, {})).toThrow(InputError);
  });

  it("is the same after its replay was interrupted", () => {
    const place = { REVIEWS_PATH: REVIEWS.source } as Parameters<typeof encodeToken>[1];
    const selection = {
      reviewsPath: REVIEWS,
      where: [],
      unlabelled: false,
      failed: false,
      range: { before: "reviews/K" },
    };
    const replay = { selection, force: false, shard: { number: 1, of: 3 }, checkpoint: { ...START, position: "x" } };
    expect(decodeToken(encodeToken(replay, place), place)).toMatchObject({
      shard: { number: 1, of: 3 },
      selection: { range: { before: "reviews/K" } },
    });
  });
});

describe("bounds", () => {
  it("evenly divide the ids that Firestore's clients generate", () => {
    expect(evenBounds(REVIEWS, 1)).toEqual([]);
    expect(evenBounds(REVIEWS, 2)).toEqual(["reviews/V000"]);
    expect(evenBounds(SHOPS, 2)).toEqual(["shops/V000/reviews/V000"]);
    const bounds = evenBounds(REVIEWS, 1_000);
    expect(new Set(bounds).size).toBe(999);
    expect(bounds).toEqual(bounds.toSorted());
  });

  it("are only valid for their own number of shards", () => {
    const text = encodeBounds(3, ["reviews/a", "reviews/b"]);
    const range = (number: number, of: number) => rangeOf(REVIEWS, { number, of }, text);
    expect([1, 2, 3].map((number) => range(number, 3))).toEqual([
      { from: undefined, before: "reviews/a" },
      { from: "reviews/a", before: "reviews/b" },
      { from: "reviews/b", before: undefined },
    ]);
    expect(() => range(1, 4)).toThrow("into 3 shards, not into 4");
    expect(() => rangeOf(REVIEWS, { number: 1, of: 3 }, "x")).toThrow("whole");
  });

  it.each([[["reviews/a"]], [[]]])("for few reviews, %j, leave the last shards empty", (bounds) => {
    const range = (number: number) => rangeOf(REVIEWS, { number, of: 4 }, encodeBounds(4, bounds));
    expect(range(1)).toEqual({ from: undefined, before: bounds[0] });
    const { from, before } = range(4);
    expect(from).toBeDefined();
    expect(before).toBe(from);
  });

  it("from a store are at equal distances", () => {
    expect(everyNth([0, 1, 2, 3, 4, 5, 6, 7], 4)).toEqual([2, 4, 6]);
    expect(everyNth([0, 1, 2], 4)).toEqual([1, 2]);
    expect(everyNth([], 4)).toEqual([]);
  });
});

describe("Firestore's partition query", () => {
  /** The client's result for a response that names these documents. */
  function answering(paths: readonly string[]) {
    return vi.spyOn(CollectionGroup.prototype, "getPartitions").mockImplementation(async function* (
      this: CollectionGroup,
    ) {
      const documents = paths.map((path) => this.firestore.doc(path));
      for (const begin of [undefined, ...documents]) yield { startAt: begin && [begin] } as unknown as QueryPartition;
    });
  }
  const store = new FirestoreStore({
    projectId: "p",
    emulatorHost: "127.0.0.1:9",
    textField: "text",
    resultField: "sentiment",
  });
  afterAll(() => store.close());

  it("gives bounds at equal distances, of more partitions than shards", async () => {
    const asked = answering(Array.from({ length: 31 }, (_, i) => `reviews/${String(i + 1).padStart(2, "0")}`));
    expect(await store.partition(REVIEWS, 4)).toEqual(["reviews/08", "reviews/16", "reviews/24"]);
    expect(asked).toHaveBeenCalledWith(32);
  });

  it("ignores bounds in other collections of the same name, if the reviews are in one", async () => {
    answering(["reviews/5", "shops/1/reviews/2"]);
    expect(await store.partition(REVIEWS, 4)).toEqual(["reviews/5"]);
    expect(await store.partition(SHOPS, 4)).toEqual(["reviews/5", "shops/1/reviews/2"]);
  });

  it("for few reviews gives no bounds", async () => {
    answering([]);
    expect(await store.partition(REVIEWS, 4)).toEqual([]);
  });
});

it("all shards together contain each review once, whatever the ids and the bounds", async () => {
  const id = fc.string({ minLength: 1, unit: "grapheme" }).filter((text) => "path" in REVIEWS.check(`reviews/${text}`));
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(id, { maxLength: 30 }),
      fc.integer({ min: 1, max: 9 }),
      fc.boolean(),
      async (ids, of, even) => {
        const store = new MemoryStore({ textField: "text", resultField: "sentiment" });
        await store.put(ids.map((id) => ({ path: `reviews/${id}`, fields: {} })));
        const text = even ? undefined : encodeBounds(of, await store.partition(REVIEWS, of));
        const seen: string[] = [];
        for (let number = 1; number <= of; number++) {
          const range = rangeOf(REVIEWS, { number, of }, text);
          const selection = { reviewsPath: REVIEWS, where: [], unlabelled: false, failed: false, range };
          const page = await store.page(selection, { limit: 100 });
          expect((await store.count(selection)).documents).toBe(page.reviews.length);
          seen.push(...page.reviews.map(({ path }) => path));
        }
        expect(seen.toSorted()).toEqual(ids.map((id) => `reviews/${id}`).toSorted());
      },
    ),
    { numRuns: 100 },
  );
});
