/** The contract of stores: the memory backend, and Firestore on Google's emulator. */
import { DocumentReference, FieldValue, GeoPoint, Timestamp } from "@google-cloud/firestore";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { FirestoreStore } from "../../shared/backends/firestore.ts";
import type { Backend, BackendOptions } from "../../shared/backends/open.ts";
import { PathTemplate } from "../../shared/path.ts";
import type { Label, Unclassifiable } from "../../shared/result.ts";
import type { ReviewStore, StoredReview } from "../../shared/store.ts";
import { StoreError } from "../../shared/store.ts";
import { backends } from "../backends.ts";
import { modelId, reviewPath, textHashOf } from "../ids.ts";

const LABEL: Label = {
  label: "POSITIVE",
  score: 0.98,
  scores: { NEGATIVE: 0.02, POSITIVE: 0.98 },
  model: modelId("lite@1"),
  textHash: textHashOf("ab12"),
};
const ERROR: Unclassifiable = {
  error: { code: "text-missing", message: "The review has no text field." },
  model: modelId("lite@1"),
};

for (const { name, open, absent } of backends) {
  describe.skipIf(absent)(`the store on ${name}`, () => {
    const opened: Backend[] = [];
    let store: Backend["store"];
    const openStore = async (options?: Partial<BackendOptions>): Promise<Backend["store"]> => {
      const backend = await open(options);
      opened.push(backend);
      return backend.store;
    };
    beforeEach(async () => {
      store = await openStore();
    });
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((backend) => backend.close()));
    });

    describe("loading", () => {
      test("returns reviews in the order of the paths, and undefined for one that does not exist", async () => {
        await store.put(["a", "b", "c"].map((id) => ({ path: `reviews/${id}`, fields: { text: `text of ${id}` } })));
        const reviews = await store.load(["c", "nothing", "a", "b"].map((id) => reviewPath(`reviews/${id}`)));
        expect(reviews.map((review) => review?.path)).toEqual(["reviews/c", undefined, "reviews/a", "reviews/b"]);
        expect(reviews.map((review) => review?.text)).toEqual(["text of c", undefined, "text of a", "text of b"]);
        expect(reviews[1]).toBeUndefined();
      });

      test("returns three hundred at once", async () => {
        const paths = Array.from({ length: 300 }, (_, i) => reviewPath(`reviews/${(i * 7919) % 300}`));
        await store.put(paths.filter((_, i) => i % 3 !== 0).map((path) => ({ path, fields: { text: path } })));
        const reviews = await store.load(paths);
        expect(reviews.map((review) => review?.text)).toEqual(paths.map((path, i) => (i % 3 === 0 ? undefined : path)));
      });

      test("returns nothing for no paths", async () => {
        expect(await store.load([])).toEqual([]);
      });

      test("returns a document that has no text", async () => {
        await store.put([{ path: "reviews/a", fields: { stars: 5 } }]);
        const review = await loadOne(store, "reviews/a");
        expect(review.text).toBeUndefined();
        expect(review.result).toBeUndefined();
      });

      test.each([
        ["an empty string", ""],
        ["a string as it is", " I love it\n😀 "],
        ["a number", 5],
        ["a boolean", false],
        ["null", null],
        ["an array", ["I", "love", "it"]],
        ["a map", { body: "I love it" }],
      ])("gives the text field whatever it holds: %s", async (_, text) => {
        await store.put([{ path: "reviews/a", fields: { text } }]);
        expect((await loadOne(store, "reviews/a")).text).toEqual(text);
      });

      test("returns the text at a dotted path", async () => {
        store = await openStore({ textField: "content.body.text" });
        await store.put([
          { path: "reviews/a", fields: { content: { body: { text: "I love it", language: "en" } } } },
          { path: "reviews/b", fields: { content: { body: "not a map" } } },
          { path: "reviews/c", fields: { "content.body.text": "a field with dots in its name" } },
          { path: "reviews/d", fields: { text: "elsewhere" } },
        ]);
        const reviews = await store.load(["a", "b", "c", "d"].map((id) => reviewPath(`reviews/${id}`)));
        expect(reviews.map((review) => review?.text)).toEqual(["I love it", undefined, undefined, undefined]);
      });

      test("returns the text and result of fields with unusual names", async () => {
        store = await openStore({ textField: 'review text.本文 "1"', resultField: "AI tag's" });
        await store.put([{ path: "reviews/a", fields: { "review text": { '本文 "1"': "I love it" } } }]);
        const review = await loadOne(store, "reviews/a");
        expect(review.text).toBe("I love it");
        expect(await store.save([{ ...review, result: LABEL }])).toEqual(["saved"]);
        expect((await loadOne(store, "reviews/a")).result).toMatchObject(LABEL);
        expect(await store.get("reviews/a")).toMatchObject({ "AI tag's": LABEL });
      });

      test("returns what was saved", async () => {
        await store.put(["a", "b"].map((id) => ({ path: `reviews/${id}`, fields: { text: id } })));
        const reviews = await loadAll(store, ["reviews/a", "reviews/b"]);
        await store.save(reviews.map((review, i) => ({ ...review, result: i === 0 ? LABEL : ERROR })));
        const [a, b] = await loadAll(store, ["reviews/a", "reviews/b"]);
        expect(a?.result).toMatchObject(LABEL);
        expect(b?.result).toMatchObject(ERROR);
      });
    });

    describe("saving", () => {
      const path = "reviews/a";
      /** Puts a review, reads it and saves a result. */
      const save = async (result: Label | Unclassifiable, fields: Record<string, unknown> = { text: "I love it" }) => {
        await store.put([{ path, fields }]);
        return store.save([{ ...(await loadOne(store, path)), result }]);
      };

      test("writes the result and the time", async () => {
        const before = Date.now();
        expect(await save(LABEL)).toEqual(["saved"]);
        const { sentiment, ...rest } = (await store.get(path)) ?? {};
        const { classifiedAt, ...result } = sentiment as Record<string, unknown>;
        expect(result).toEqual(LABEL);
        expect(rest).toEqual({ text: "I love it" });
        const at = classifiedAt instanceof Timestamp ? classifiedAt.toDate() : (classifiedAt as Date);
        expect(at).toBeInstanceOf(Date);
        expect(Math.abs(at.getTime() - before)).toBeLessThan(30_000);
      });

      test("writes the result field and no other", async () => {
        const fields = {
          text: "I love it",
          stars: 5,
          price: 12.5,
          gift: false,
          nothing: null,
          tags: ["a", { b: 1 }, null],
          author: { name: "Jane", address: { city: "Oslo", "zip.code": "0150" }, none: {} },
          at: new Date("2025-01-02T03:04:05.678Z"),
          "sentiment.label": "a field with a dot in its name",
          sentimentScore: 1,
        };
        await store.put([{ path, fields }]);
        const before = await store.get(path);
        await store.save([{ ...(await loadOne(store, path)), result: LABEL }]);
        const { sentiment, ...after } = (await store.get(path)) ?? {};
        expect(sentiment).toMatchObject(LABEL);
        expect(after).toEqual(before);
        expect(after).toMatchObject({ author: fields.author, tags: fields.tags, nothing: null });
      });

      test("replaces the whole result: no stale label beside an error, and no error beside a label", async () => {
        await save(LABEL);
        await save(ERROR);
        expect(Object.keys((await store.get(path))?.sentiment as object).toSorted()).toEqual([
          "classifiedAt",
          "error",
          "model",
        ]);
        await save(LABEL);
        expect(Object.keys((await store.get(path))?.sentiment as object).toSorted()).toEqual([
          "classifiedAt",
          "label",
          "model",
          "score",
          "scores",
          "textHash",
        ]);
      });

      test("replaces a result field that is not a map", async () => {
        expect(await save(LABEL, { text: "I love it", sentiment: "positive" })).toEqual(["saved"]);
        expect((await store.get(path))?.sentiment).toMatchObject(LABEL);
      });

      test("refuses and writes nothing after the review was edited", async () => {
        await store.put([{ path, fields: { text: "I love it" } }]);
        const review = await loadOne(store, path);
        await store.put([{ path, fields: { text: "I hate it" } }]);
        expect(await store.save([{ ...review, result: LABEL }])).toEqual(["changed"]);
        expect(await store.get(path)).toEqual({ text: "I hate it" });
      });

      test("refuses after a change of any other field", async () => {
        await store.put([{ path, fields: { text: "I love it" } }]);
        const review = await loadOne(store, path);
        await store.put([{ path, fields: { stars: 1 } }]);
        expect(await store.save([{ ...review, result: LABEL }])).toEqual(["changed"]);
      });

      test("refuses a second result for the same version", async () => {
        await store.put([{ path, fields: { text: "I love it" } }]);
        const review = await loadOne(store, path);
        expect(await store.save([{ ...review, result: LABEL }])).toEqual(["saved"]);
        expect(await store.save([{ ...review, result: ERROR }])).toEqual(["changed"]);
        expect((await store.get(path))?.sentiment).toMatchObject(LABEL);
      });

      test("refuses and creates nothing after the review was deleted", async () => {
        await store.put([{ path, fields: { text: "I love it" } }]);
        const review = await loadOne(store, path);
        await store.delete(path);
        expect(await store.save([{ ...review, result: LABEL }])).toEqual(["changed"]);
        expect(await store.get(path)).toBeUndefined();
      });

      test("refuses after the review was deleted and created again", async () => {
        await store.put([{ path, fields: { text: "I love it" } }]);
        const review = await loadOne(store, path);
        await store.delete(path);
        await store.put([{ path, fields: { text: "I love it" } }]);
        expect(await store.save([{ ...review, result: LABEL }])).toEqual(["changed"]);
        expect(await store.get(path)).toEqual({ text: "I love it" });
      });

      test("saves the reviews that have not changed, and refuses the others", async () => {
        const paths = Array.from({ length: 30 }, (_, i) => reviewPath(`reviews/${i}`));
        await store.put(paths.map((p) => ({ path: p, fields: { text: p } })));
        const reviews = await loadAll(store, paths);
        await store.put([{ path: "reviews/7", fields: { text: "edited" } }]);
        await store.delete("reviews/19");

        const outcomes = await store.save(reviews.map((review) => ({ ...review, result: LABEL })));
        expect(outcomes).toEqual(paths.map((_, i) => (i === 7 || i === 19 ? "changed" : "saved")));
        const after = await store.load(paths);
        expect(after.map((review) => review?.result !== undefined)).toEqual(paths.map((_, i) => i !== 7 && i !== 19));
      });

      test("writes to each review its own result", async () => {
        const paths = Array.from({ length: 30 }, (_, i) => reviewPath(`reviews/${i}`));
        await store.put(paths.map((p) => ({ path: p, fields: { text: p } })));
        const reviews = await loadAll(store, paths);
        await store.save(
          reviews.map((review, i) => ({ ...review, result: { ...LABEL, textHash: textHashOf(`${i}`) } })),
        );
        const after = await loadAll(store, paths.toReversed());
        expect(after.map(({ result }) => (result as Label).textHash)).toEqual(paths.map((_, i) => `${29 - i}`));
      });

      test("does nothing for no writes", async () => {
        expect(await store.save([])).toEqual([]);
      });
    });

    describe("putting", () => {
      const path = "reviews/a";

      test("creates a review", async () => {
        await store.put([{ path, fields: { text: "I love it", stars: 5 } }]);
        expect(await store.get(path)).toEqual({ text: "I love it", stars: 5 });
      });

      test("merges fields into an existing review", async () => {
        await store.put([{ path, fields: { text: "I love it", stars: 5 } }]);
        await store.put([{ path, fields: { stars: 4, author: "Jane" } }]);
        expect(await store.get(path)).toEqual({ text: "I love it", stars: 4, author: "Jane" });
      });

      test("merges maps within a review", async () => {
        await store.put([{ path, fields: { content: { body: "I love it", language: "en" } } }]);
        await store.put([{ path, fields: { content: { language: "no" } } }]);
        expect(await store.get(path)).toEqual({ content: { body: "I love it", language: "no" } });
      });

      test("leaves the result as it is", async () => {
        await store.put([{ path, fields: { text: "I love it" } }]);
        await store.save([{ ...(await loadOne(store, path)), result: LABEL }]);
        await store.put([{ path, fields: { text: "I hate it" } }]);
        expect(await store.get(path)).toMatchObject({ text: "I hate it", sentiment: LABEL });
      });

      test("changes nothing if all fields have these values already", async () => {
        const fields = { text: "I love it", stars: 5, tags: ["a"], author: { name: "Jane" }, none: null };
        await store.put([{ path, fields }]);
        const review = await loadOne(store, path);
        await store.put([{ path, fields }]);
        expect((await loadOne(store, path)).version).toEqual(review.version);
        expect(await store.save([{ ...review, result: LABEL }])).toEqual(["saved"]);
      });

      test("changes nothing if the review has these and other fields", async () => {
        await store.put([{ path, fields: { text: "I love it", stars: 5 } }]);
        const review = await loadOne(store, path);
        await store.put([{ path, fields: { text: "I love it" } }]);
        expect(await store.save([{ ...review, result: LABEL }])).toEqual(["saved"]);
      });

      test("does not keep a reference to its arguments", async () => {
        const fields = { text: "I love it", author: { name: "Jane" } };
        await store.put([{ path, fields }]);
        fields.text = "I hate it";
        fields.author.name = "John";
        expect(await store.get(path)).toEqual({ text: "I love it", author: { name: "Jane" } });
      });

      test("stores many at once", async () => {
        const reviews = Array.from({ length: 600 }, (_, i) => ({
          path: reviewPath(`reviews/${i}`),
          fields: { text: `${i}` },
        }));
        await store.put(reviews);
        const texts = (await store.load(reviews.map((review) => review.path))).map((review) => review?.text);
        expect(texts).toEqual(reviews.map(({ fields }) => fields.text));
      });
    });

    test.each([
      ["emoji", "😀👩‍👩‍👧‍👦"],
      ["spaces", "  a b  "],
      ["what has a meaning elsewhere", "a?b#c%2F&d=e:f*[g]`h~.i\\j\"k'"],
      ["dots", "..."],
      ["underscores", "__a"],
      ["a newline", "a\nb"],
      ["what is written in two ways", "e\u0301"],
      ["1500 bytes", "x".repeat(1500)],
      ["1500 bytes in fewer characters", "é".repeat(750)],
    ])("takes any id that fits the template: %s", async (_, id) => {
      const template = PathTemplate.parse("shops/{shop}/reviews/{review}");
      const path = template.fill({ shop: id, review: id });
      expect(template.check(path)).toEqual({ path });
      await store.put([{ path, fields: { text: "I love it" } }]);
      const review = await loadOne(store, path);
      expect(review).toMatchObject({ path, text: "I love it" });
      expect(await store.save([{ ...review, result: LABEL }])).toEqual(["saved"]);
      expect((await store.get(path))?.sentiment).toMatchObject(LABEL);
    });

    if (name === "emulators") {
      test("keeps fields of all types", async () => {
        const { firestore } = store as FirestoreStore;
        const path = "reviews/a";
        const vector = FieldValue.vector([0.5, -1]);
        const fields = {
          text: "I love it",
          integer: 7,
          double: 0.1,
          notANumber: Number.NaN,
          infinite: Number.NEGATIVE_INFINITY,
          nothing: null,
          bytes: Buffer.from([0, 255, 128]),
          at: new Timestamp(1_700_000_000, 123_456_000),
          where: new GeoPoint(59.9, 10.7),
          shop: firestore.doc("shops/7"),
          vector,
          nested: { map: { at: new Timestamp(1, 0), empty: {}, list: [{ shop: firestore.doc("shops/8") }, null] } },
        };
        await firestore.doc(path).set(fields);
        const before = await firestore.doc(path).get();
        expect(await store.save([{ ...(await loadOne(store, path)), result: LABEL }])).toEqual(["saved"]);
        const after = await firestore.doc(path).get();

        const { sentiment, ...rest } = after.data() ?? {};
        expect(sentiment).toMatchObject(LABEL);
        expect(Object.keys(sentiment).toSorted()).toEqual([...Object.keys(LABEL), "classifiedAt"].toSorted());
        expect(plain(rest)).toEqual(plain(before.data()));
        expect(plain(rest)).toEqual(plain(fields));
      });

      test("refuses a result that would make a document too large, and saves the others", async () => {
        const { firestore } = store as FirestoreStore;
        // A document may have 1 MiB: https://firebase.google.com/docs/firestore/quotas
        await firestore.doc("reviews/large").set({ text: "I love it", more: "x".repeat(1_048_576 - 160) });
        await store.put(["a", "b"].map((id) => ({ path: `reviews/${id}`, fields: { text: id } })));
        const reviews = await loadAll(store, ["reviews/a", "reviews/large", "reviews/b"]);
        const [a, large, b] = await store.save(reviews.map((review) => ({ ...review, result: LABEL })));
        expect([a, b]).toEqual(["saved", "saved"]);
        expect(large).toBeInstanceOf(StoreError);
        expect(large).toMatchObject({ code: "request-invalid" });
      });
    }
  });
}

/** Values that can be compared with toEqual: a reference holds its client, with all of that one's state. */
function plain(value: unknown): unknown {
  if (value instanceof DocumentReference) return { reference: value.path };
  if (Array.isArray(value)) return value.map(plain);
  if (value !== null && typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
  }
  return value;
}

async function loadAll(store: ReviewStore, paths: readonly string[]): Promise<StoredReview[]> {
  const reviews = await store.load(paths.map(reviewPath));
  return reviews.map((review, i) => {
    if (review === undefined) throw new Error(`${paths[i]} does not exist`);
    return review;
  });
}

async function loadOne(store: ReviewStore, path: string): Promise<StoredReview> {
  return (await loadAll(store, [path]))[0] as StoredReview;
}
