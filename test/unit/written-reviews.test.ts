/**
 * The labels of reviews that were written for this project as customers write them: in English of 32 kinds, twenty each, 800 in the natural
 * mix of easy and hard ones, and 200 in each other language of `lite-multi`. They were written independently of those in
 * `model/train/written`, which both models were trained on.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LITE, LITE_MULTI, type NamedModel } from "../../model/named-models.ts";
import { OnnxClassifier } from "../../model/onnx-classifier.ts";
import { classifications, fixture } from "../lite.ts";

interface Review {
  text: string;
  class: "negative" | "neutral" | "positive";
  /** In English only. */
  kind?: string;
  /** BCP 47 primary tag, in other languages only. */
  language?: string;
}

const english = await fixture<Review>("reviews-en.jsonl");
const fromShops = await fixture<Review>("reviews-shops.jsonl");
const others = await fixture<Review>("reviews-others.jsonl");

/** Minimum shares of right labels: the shipped models' results, less what a CPU that rounds differently may cost. */
const FLOORS = { lite: 0.9, "lite-multi": 0.88 };
const SHOPS_FLOOR = 0.94;
/** Of a language in `lite-multi`: 200 reviews. */
const LANGUAGE_FLOOR = 0.86;

describe.each([LITE, LITE_MULTI])("$name", ({ name, folder }: NamedModel) => {
  let classifier: OnnxClassifier;
  let shareOf: (reviews: readonly Review[]) => Promise<[share: number, wrong: string]>;

  beforeAll(async () => {
    classifier = await OnnxClassifier.open(folder, { threads: 1, languages: "any" });
    shareOf = async (reviews) => {
      const answers = await classifications(
        classifier,
        reviews.map(({ text }) => text),
      );
      const wrong = reviews
        .map((review, i) => ({ ...review, label: answers[i]?.label }))
        .filter((review) => review.class.toUpperCase() !== review.label);
      const listed = wrong.map((review) => `${review.label}, not ${review.class}: ${review.text}`).join("\n");
      return [1 - wrong.length / reviews.length, listed];
    };
  });
  afterAll(() => classifier.close());

  it("agrees with the reader on English reviews", async () => {
    const [share, wrong] = await shareOf(english);
    expect(share, wrong).toBeGreaterThanOrEqual(FLOORS[name as keyof typeof FLOORS]);
  });

  it("agrees with the reader on the reviews of a shop", async () => {
    const [share, wrong] = await shareOf(fromShops);
    expect(share, wrong).toBeGreaterThanOrEqual(SHOPS_FLOOR);
  });

  if (name === LITE_MULTI.name)
    it.each(Object.entries(Object.groupBy(others, ({ language }) => language as string)))(
      "agrees with the reader on reviews in %s",
      async (_, reviews = []) => {
        const [share, wrong] = await shareOf(reviews);
        expect(share, wrong).toBeGreaterThanOrEqual(LANGUAGE_FLOOR);
      },
    );
});

it("has twenty reviews of each kind in English and two hundred in every other language", () => {
  const sizes = (reviews: readonly Review[], key: "kind" | "language") =>
    new Set(Object.values(Object.groupBy(reviews, (review) => review[key] as string)).map((group) => group?.length));
  expect([english.length, sizes(english, "kind")]).toEqual([640, new Set([20])]);
  expect([others.length, sizes(others, "language")]).toEqual([2200, new Set([200])]);
});
