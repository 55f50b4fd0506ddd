/** Which stored reviews every store selects, page by page: in memory, and Firestore by Google's emulator. */
import { setTimeout as sleep } from "node:timers/promises";
import { Timestamp } from "@google-cloud/firestore";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Backend } from "../../shared/backends/open.ts";
import { FineTime } from "../../shared/fine-time.ts";
import { PathTemplate } from "../../shared/path.ts";
import type { Result } from "../../shared/result.ts";
import type { Comparison, Condition, Selection } from "../../shared/selection.ts";
import type { SelectedReview, StoredReview } from "../../shared/store.ts";
import { encodeBounds, rangeOf } from "../../worker/replay/shards.ts";
import { backends } from "../backends.ts";
import { modelId, reviewPath, textHashOf } from "../ids.ts";

const ALL: Selection = {
  reviewsPath: PathTemplate.parse("reviews/{review}"),
  where: [],
  unlabelled: false,
  failed: false,
};
const SCORES = { NEGATIVE: 0.1, POSITIVE: 0.9 };
const label = (model: string): Result => ({
  label: "POSITIVE",
  score: 0.9,
  scores: SCORES,
  model: modelId(model),
  textHash: textHashOf("ab"),
});
const error = (model: string): Result => ({ error: { code: "text-blank", message: "blank" }, model: modelId(model) });
const where = (field: string, comparison: Comparison, value: Condition["value"]): Selection => ({
  ...ALL,
  where: [{ field, comparison, value }],
});
/** The ids below `reviews/`, in order. */
const ids = (reviews: readonly { path: string }[]): string[] => reviews.map(({ path }) => path.split("/")[1] as string);

for (const { name, open, absent } of backends) {
  describe.skipIf(absent)(`the selection of reviews on ${name}`, () => {
    let backend: Backend;
    let store: Backend["store"];
    beforeEach(async () => {
      backend = await open();
      store = backend.store;
    });
    afterEach(() => backend.close());

    /** Stores reviews by id, each with the result that is given. */
    async function put(reviews: Record<string, Record<string, unknown>>, results: Record<string, Result> = {}) {
      await store.put(Object.entries(reviews).map(([id, fields]) => ({ path: `reviews/${id}`, fields })));
      const labelled = await store.load(Object.keys(results).map((id) => reviewPath(`reviews/${id}`)));
      const saved = await store.save(
        labelled.map((review, i) => ({
          ...(review as StoredReview),
          result: Object.values(results)[i] as Result,
        })),
      );
      expect(saved.every((outcome) => outcome === "saved")).toBe(true);
    }

    /** All pages; what they read is what was counted. */
    async function select(selection: Selection, limit = 2): Promise<SelectedReview[]> {
      const counted = await store.count(selection);
      const reviews: SelectedReview[] = [];
      let read = 0;
      let after: string | undefined;
      do {
        const page = await store.page(selection, { after, limit });
        expect(page.read).toBeLessThanOrEqual(limit);
        reviews.push(...page.reviews);
        read += page.read;
        after = page.position;
      } while (after !== undefined);
      expect(counted.documents).toBe(read);
      if (counted.exact) expect(counted.documents).toBe(reviews.length);
      return reviews;
    }

    test("divided into shards returns every review once, whatever their ids", async () => {
      const all = [
        "!",
        "0",
        "9z",
        "A",
        "V000",
        "V0000",
        "Vz",
        "Z",
        "_",
        "__id7__",
        "a",
        "g000",
        "m",
        "zz",
        "é",
        "😀",
        "\uffee",
      ];
      await put(Object.fromEntries(all.map((id) => [id, { text: id, shop: id.length }])));
      for (const shards of [2, 20]) {
        const own = await store.partition(ALL.reviewsPath, shards);
        for (const bounds of [undefined, own && encodeBounds(shards, own)]) {
          const parts: string[] = [];
          for (let number = 1; number <= shards; number++) {
            const range = rangeOf(ALL.reviewsPath, { number, of: shards }, bounds);
            parts.push(...ids(await select({ ...ALL, range }, 3)));
          }
          expect(parts.toSorted()).toEqual(all.toSorted());
        }
      }
      const [before, from] = [{ before: "reviews/V000" }, { from: "reviews/V000" }];
      const one: Selection = { ...where("shop", "==", 1), unlabelled: true };
      const found = [...(await select({ ...one, range: before })), ...(await select({ ...one, range: from }))];
      expect(ids(found).toSorted()).toEqual(["!", "0", "A", "Z", "_", "a", "m", "é", "\uffee"].toSorted());
    });

    test("of several collections, divided into shards, returns every review once", async () => {
      const reviewsPath = PathTemplate.parse("shops/{shop}/reviews/{review}");
      const all = ["0", "V000", "W", "a", "z"].flatMap((shop) =>
        ["!", "V000", "x"].map((id) => `shops/${shop}/reviews/${id}`),
      );
      await store.put([...all, "reviews/V", "zoos/V/reviews/a"].map((path) => ({ path, fields: { text: "a" } })));
      const found: string[] = [];
      for (let number = 1; number <= 4; number++) {
        const range = rangeOf(reviewsPath, { number, of: 4 });
        const part = await select({ ...ALL, reviewsPath, range }, 4);
        found.push(...part.map(({ path }) => path));
      }
      expect(found.toSorted()).toEqual(all.toSorted());
    });

    test("returns every review once, whatever the size of the pages", async () => {
      const all = Array.from({ length: 23 }, (_, i) => `r${String(i).padStart(2, "0")}`);
      await put(Object.fromEntries(all.map((id) => [id, { text: id }])));
      for (const limit of [1, 5, 22, 23, 24, 1000]) expect(ids(await select(ALL, limit))).toEqual(all);
    });

    test("returns reviews in Firestore's order: numeric ids, then ids by their UTF-8 bytes", async () => {
      const all = ["__id7__", "__id30__", "!", "A", "__", "__id7", "a", "a!", "é", "\ue000", "\uffee", "😀", "😀a"];
      await put(Object.fromEntries(all.toReversed().map((id) => [id, { text: id }])));
      expect(ids(await select(ALL))).toEqual(all);
      for (const [i, id] of all.entries()) {
        expect(ids(await select({ ...ALL, range: { before: `reviews/${id}` } }, 100))).toEqual(all.slice(0, i));
        expect(ids(await select({ ...ALL, range: { from: `reviews/${id}` } }, 100))).toEqual(all.slice(i));
      }
    });

    test("compares paths segment by segment", async () => {
      const reviewsPath = PathTemplate.parse("shops/{shop}/reviews/{review}");
      const all = ["shops/a/reviews/1", "shops/a/reviews/2", "shops/a!/reviews/1", "shops/😀/reviews/1"];
      await store.put(all.toReversed().map((path) => ({ path, fields: { text: path } })));
      const found = (await select({ ...ALL, reviewsPath })).map(({ path }) => path);
      expect(found).toEqual(all);
    });

    test("compares strings by their UTF-8 bytes", async () => {
      await put({ bmp: { shop: "\uffee" }, beyond: { shop: "😀" }, letter: { shop: "a" } });
      expect(ids(await select(where("shop", ">", "\uffee")))).toEqual(["beyond"]);
      expect(ids(await select(where("shop", "<", "😀"))).toSorted()).toEqual(["bmp", "letter"]);
    });

    test("returns nothing from an empty collection", async () => {
      expect(await select(ALL)).toEqual([]);
      expect(await store.count(ALL)).toEqual({ documents: 0, exact: true });
    });

    test("continues after any review, in pages of any size, and counts the rest", async () => {
      await put(Object.fromEntries(["a", "b", "c", "d", "é", "😀"].map((id) => [id, { stars: 3 }])));
      for (const selection of [ALL, where("stars", ">", 1), where("stars", "==", 3)]) {
        const reviews = await select(selection);
        for (const [i, { position }] of reviews.entries()) {
          const rest = await store.page(selection, { after: position, limit: 10 });
          expect(ids(rest.reviews)).toEqual(ids(reviews.slice(i + 1)));
          expect((await store.count(selection, { after: position })).documents).toBe(reviews.length - i - 1);
        }
      }
    });

    test("reports the number of documents read up to each review", async () => {
      await put({ a: {}, b: {}, c: {}, d: {} }, { a: label("m@1"), c: label("m@1") });
      const { reviews, read } = await store.page({ ...ALL, unlabelled: true }, { limit: 10 });
      expect(ids(reviews)).toEqual(["b", "d"]);
      expect(reviews.map((review) => review.read)).toEqual(name === "memory" ? [1, 2] : [2, 4]);
      expect(read).toBe(name === "memory" ? 2 : 4);
    });

    test("reads no more documents than are needed, where all that it reads is selected", async () => {
      await put({ a: {}, b: {}, c: {} });
      const all = await store.page(ALL, { limit: 10, needed: 2 });
      expect(all).toMatchObject({ read: 2, reviews: [{ path: "reviews/a" }, { path: "reviews/b" }] });
      const some = await store.page({ ...ALL, unlabelled: true }, { limit: 10, needed: 2 });
      expect(some.read).toBe(name === "memory" ? 2 : 3);
    });

    test("returns the result of each review", async () => {
      await put({ a: {}, b: {}, c: {} }, { a: label("m@1"), b: error("m@1") });
      await put({ d: {} }, { d: { ...label("m@1"), score: 1 } });
      const [a, b, c, d] = await select(ALL);
      expect(d?.result).toMatchObject({ score: 1 });
      // Not the scores, which nothing selects or compares.
      expect(a?.result).toMatchObject({ label: "POSITIVE", score: 0.9, model: "m@1", textHash: "ab" });
      expect(b?.result).toMatchObject({ error: { code: "text-blank" }, model: "m@1" });
      expect(c?.result).toBeUndefined();
    });

    test("finds the reviews of a path with several variables, and no other document in collections of that name", async () => {
      const reviewsPath = PathTemplate.parse("shops/{shop}/reviews/{review}");
      const paths = ["shops/1/reviews/a", "shops/1/reviews/b", "shops/2/reviews/a"];
      const others = ["reviews/a", "hotels/1/reviews/a", "shops/1/reviews/a/reviews/b", "shops/1/ratings/a"];
      await store.put([...paths, ...others].map((path) => ({ path, fields: { stars: 1 } })));
      for (const selection of [ALL, where("stars", "==", 1), where("stars", "<", 2)]) {
        const reviews = await select({ ...selection, reviewsPath });
        expect(reviews.map(({ path }) => path).toSorted()).toEqual(paths);
      }
      expect(ids(await select(ALL))).toEqual(["a"]);
    });

    test.each<[string, Condition["value"], Record<Comparison, string[]>]>([
      ["a number", 3, { "==": ["n3"], "<": ["n1"], "<=": ["n1", "n3"], ">": ["n4"], ">=": ["n3", "n4"] }],
      ["a string", "b", { "==": ["sb"], "<": ["s3"], "<=": ["s3", "sb"], ">": ["sc"], ">=": ["sb", "sc"] }],
      ["false", false, { "==": ["no"], "<": [], "<=": ["no"], ">": ["yes"], ">=": ["no", "yes"] }],
      [
        "a time",
        new Date("2025-01-02T00:00:00.123Z"),
        { "==": ["t2"], "<": ["t1"], "<=": ["t1", "t2"], ">": ["t3"], ">=": ["t2", "t3"] },
      ],
    ])("compares with %s, and only values of that type", async (_, value, expected) => {
      const values = {
        n1: 1,
        n3: 3,
        n4: 4.5,
        s3: "3",
        sb: "b",
        sc: "c",
        no: false,
        yes: true,
        none: null,
        t1: new Date("2025-01-02T00:00:00.122Z"),
        t2: new Date("2025-01-02T00:00:00.123Z"),
        t3: new Date("2025-01-02T00:00:01Z"),
        list: [3, "b"],
        map: { b: 3 },
      };
      await put({ missing: {}, ...Object.fromEntries(Object.entries(values).map(([id, field]) => [id, { field }])) });
      for (const [comparison, found] of Object.entries(expected))
        expect(ids(await select(where("field", comparison as Comparison, value)))).toEqual(found);
    });

    test("compares with null: finds null, not missing fields", async () => {
      await put({ a: { field: null }, b: {}, c: { field: 0 }, d: { field: "null" } });
      expect(ids(await select(where("field", "==", null)))).toEqual(["a"]);
    });

    test("compares fields in maps, and by several conditions at once", async () => {
      await put({
        a: { by: { country: "no", age: 30 }, stars: 1 },
        b: { by: { country: "no", age: 40 }, stars: 1 },
        c: { by: { country: "se", age: 40 }, stars: 1 },
        d: { by: { country: "no", age: 50 }, stars: 5 },
        e: { "by.country": "no" },
      });
      const norwegian = { field: "by.country", comparison: "==", value: "no" } as const;
      const low = { field: "stars", comparison: "==", value: 1 } as const;
      const grown = { field: "by.age", comparison: ">", value: 30 } as const;
      const young = { field: "by.age", comparison: "<=", value: 40 } as const;
      expect(ids(await select({ ...ALL, where: [norwegian] }))).toEqual(["a", "b", "d"]);
      expect(ids(await select({ ...ALL, where: [norwegian, low] }))).toEqual(["a", "b"]);
      expect(ids(await select({ ...ALL, where: [norwegian, low, grown] }))).toEqual(["b"]);
      expect(ids(await select({ ...ALL, where: [grown, young] }))).toEqual(["b", "c"]);
    });

    test("continues in the middle of equal values", async () => {
      const at = new Date("2025-01-02T03:04:05.678Z");
      await put(Object.fromEntries(["a", "b", "c", "d", "e"].map((id) => [id, { at, stars: 0.1, shop: "1" }])));
      for (const selection of [where("at", ">=", new Date(0)), where("stars", "<", 1), where("shop", ">", "")])
        expect(ids(await select(selection))).toEqual(["a", "b", "c", "d", "e"]);
    });

    if (name === "emulators")
      test("continues between integers that are equal as numbers", async () => {
        const integers = [1, 2, 3, 4, 5].map((n) => 1_234_567_890_123_456_780n + BigInt(n));
        await put(Object.fromEntries(integers.map((productId, i) => [`r${i}`, { productId }])));
        // By pages: an endless selection would never end here.
        const found: string[] = [];
        for (let after: string | undefined, i = 0; i < 6; i++) {
          const page = await store.page(where("productId", ">", 0), { after, limit: 1 });
          found.push(...ids(page.reviews));
          after = page.position;
          if (after === undefined) break;
        }
        expect(found).toEqual(["r0", "r1", "r2", "r3", "r4"]);
      });

    if (name === "emulators")
      test("continues between times that differ by a microsecond", async () => {
        const micros = [1, 2, 3, 4, 5].map((n) => new Timestamp(1_700_000_000, 678_000_000 + n * 1_000));
        await put(Object.fromEntries(micros.map((at, i) => [`r${i}`, { at }])));
        expect(ids(await select(where("at", ">=", new Date(0)), 1))).toEqual(["r0", "r1", "r2", "r3", "r4"]);
      });

    if (name !== "memory")
      test("compares times to the microsecond", async () => {
        const seconds = 1_700_000_000;
        const at = (micros: number) => new Timestamp(seconds, 123_000_000 + micros * 1_000);
        await put({ r0: { at: at(0) }, r1: { at: at(456) }, r2: { at: at(457) } });
        const time = FineTime.parse(`${new Date(seconds * 1_000 + 123).toISOString().replace("Z", "456Z")}`);
        expect(ids(await select(where("at", "==", time)))).toEqual(["r1"]);
        expect(ids(await select(where("at", ">", time)))).toEqual(["r2"]);
        expect(ids(await select(where("at", "<=", time)))).toEqual(["r0", "r1"]);
      });

    describe("by the state of the result", () => {
      beforeEach(async () => {
        const reviews = ["failed1", "failed2", "new1", "new2", "none", "odd"];
        await put(Object.fromEntries(reviews.map((id) => [id, { shop: id.endsWith("2") ? 2 : 1 }])), {
          failed1: error("m@1"),
          failed2: error("m@2"),
          new1: label("m@1"),
          new2: label("m@2"),
        });
        await put({ odd: { sentiment: "written by somebody else" } });
      });
      const otherModel = modelId("m@2");
      const shop = where("shop", "==", 1).where;

      test.each<[string, Partial<Selection>, string[]]>([
        ["without a result", { unlabelled: true }, ["none", "odd"]],
        ["with an error", { failed: true }, ["failed1", "failed2"]],
        ["with one kind of error", { failed: "text-blank" }, ["failed1", "failed2"]],
        ["with another kind of error", { failed: "language-unsupported" }, []],
        ["one kind of error, in a shop", { failed: "text-blank", where: shop }, ["failed1"]],
        ["of another model", { otherModel }, ["failed1", "new1"]],
        ["without a result, or an error", { unlabelled: true, failed: true }, ["failed1", "failed2", "none", "odd"]],
        ["an error, or of another model", { failed: true, otherModel }, ["failed1", "failed2", "new1"]],
        ["without one of the model", { unlabelled: true, otherModel }, ["failed1", "new1", "none", "odd"]],
        ["of another model, in a shop", { otherModel, where: shop }, ["failed1", "new1"]],
        ["an error, in a shop", { failed: true, where: shop }, ["failed1"]],
        ["without a result, in a shop", { unlabelled: true, where: shop }, ["none", "odd"]],
      ])("%s", async (_, wanted, found) => {
        expect(ids(await select({ ...ALL, ...wanted })).toSorted()).toEqual(found);
      });

      test("counts without reading where an index can answer", async () => {
        const exact = async (wanted: Partial<Selection>) => (await store.count({ ...ALL, ...wanted })).exact;
        expect(await exact({ failed: true })).toBe(true);
        expect(await exact({ failed: "text-blank" })).toBe(true);
        expect(await exact({ otherModel })).toBe(true);
        if (name !== "memory") expect(await exact({ unlabelled: true })).toBe(false);
      });
    });

    test("finds reviews written at a time or later, by an application or a worker", async () => {
      await put({ old: {}, relabelled: {}, edited: { text: "1" } });
      await sleep(50);
      const { at: since } = await store.page(ALL, { limit: 1 });
      await sleep(50);
      await put({ edited: { text: "2" }, fresh: {} }, { relabelled: label("m@1") });
      expect(ids(await select({ ...ALL, since }))).toEqual(["edited", "fresh", "relabelled"]);
      expect(ids(await select({ ...ALL, since, unlabelled: true }))).toEqual(["edited", "fresh"]);
    });

    test("returns a review once if workers label it in the meantime", async () => {
      const all = Array.from({ length: 12 }, (_, i) => `r${String(i).padStart(2, "0")}`);
      const old = Object.fromEntries(all.map((id) => [id, label("m@2")]));
      await put(Object.fromEntries(all.map((id) => [id, {}])), old);
      const orders: Selection[] = [
        // The model of the workers is neither the old one nor the one that the replay names, and sorts behind both.
        { ...ALL, otherModel: modelId("m@1") },
        // A review that they label moves behind all others.
        where("sentiment.classifiedAt", ">", new Date(0)),
      ];
      for (const [round, selection] of orders.entries()) {
        const given: string[] = [];
        let [after, labelledUntil]: [string?, Date?] = [];
        do {
          const page = await store.page({ ...selection, labelledUntil }, { after, limit: 5 });
          labelledUntil ??= page.at;
          given.push(...ids(page.reviews));
          await sleep(5);
          await put({}, Object.fromEntries(ids(page.reviews).map((id) => [id, label(`m@${3 + round}`)])));
          after = page.position;
        } while (after !== undefined && given.length <= all.length);
        expect(given).toEqual(all);
      }
    });
  });
}
