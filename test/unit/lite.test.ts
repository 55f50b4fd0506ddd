/** The guarantees of `lite`, for every version. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Classification } from "../../model/classifier.ts";
import { resolveModel } from "../../model/named-models.ts";
import { OnnxClassifier } from "../../model/onnx-classifier.ts";
import { reviews, shuffled } from "../reviews.ts";

describe("lite", () => {
  let classifier: OnnxClassifier;

  beforeAll(async () => {
    const { folder, ...named } = await resolveModel("lite");
    // Some of the texts are in other languages.
    classifier = await OnnxClassifier.open(folder, { ...named, threads: 1, languages: "any" });
  });
  afterAll(() => classifier.close());

  const classify = async (some: readonly string[]): Promise<Classification[]> =>
    (await classifier.classify(some)) as Classification[];

  it("gives a text the same score alone, in shuffled batches and in sorted ones", async () => {
    const texts = await reviews(200);
    const alone: Classification[] = [];
    for (const text of texts) alone.push(...(await classify([text])));
    for (const order of [shuffled(texts), texts.toSorted((a, b) => a.length - b.length)]) {
      const together = await classify(order);
      const byText = new Map(order.map((text, i) => [text, together[i]]));
      for (const [i, text] of texts.entries()) {
        const { label, score } = alone[i] as Classification;
        expect(byText.get(text)?.label).toBe(label);
        expect(Math.abs((byText.get(text)?.score as number) - score)).toBeLessThan(1e-6);
      }
    }
  }, 120_000);

  it("does not need to run each text alone", () => {
    expect(classifier.batching).toBe("tokens");
  });

  it("distinguishes clear praise from clear blame, however they are spelt", async () => {
    const pairs = [
      ["I love it. Best purchase in years!", "I hate it. Worst purchase in years!"],
      ["GREAT QUALITY, WORKS PERFECTLY", "TERRIBLE QUALITY, STOPPED WORKING"],
      ["did n't disappoint , highly recommended .", "very disappointing , do n't buy it ."],
      ["Not bad at all, I would buy it again.", "Not good at all, I would never buy it again."],
    ] as const;
    for (const [praise, blame] of pairs) {
      const [good, bad] = await classify([praise, blame]);
      expect([good?.label, bad?.label]).toEqual(["POSITIVE", "NEGATIVE"]);
    }
  });

  it("reads emoji, also at the end of a word, and labels texts without content neutral", async () => {
    const [good, bad, glued] = await classify(["👍", "👎👎", "The kettle👎🏽"]);
    expect([good?.label, bad?.label, glued?.label]).toEqual(["POSITIVE", "NEGATIVE", "NEGATIVE"]);
    const nothing = ["ok", "42", "The film lasts 90 minutes.", "Was ist das?", "не знаю", "Delivered on Friday."];
    expect((await classify(nothing)).map(({ label }) => label)).toEqual(nothing.map(() => "NEUTRAL"));
  });

  it("has no opinion of countries or of those who live there", async () => {
    const about = async (names: readonly string[], frame: string): Promise<void> => {
      const outcomes = await classify(names.map((name) => `${frame} ${name}.`));
      expect(new Set(outcomes.map(({ scores }) => JSON.stringify(scores))).size).toBe(1);
      expect(outcomes[0]?.label).toBe("NEUTRAL");
    };
    const countries = ["Palestine", "Israel", "Turkey", "Greece", "Syria", "Nigeria", "Canada"];
    await about(countries, "The seller is from");
    await about(countries, "This film was filmed in");
    await about(["Palestinian", "Israeli", "Turkish", "Greek", "Syrian", "Nigerian", "Canadian"], "The seller is");
  });

  it("reads the end of a very long text", async () => {
    const story = "We ordered it in March and it came in April in a box of cardboard with a paper about it. ".repeat(
      200,
    );
    const [good, bad] = await classify([
      `${story}I love it, it is wonderful. `.concat("Highly recommended! ".repeat(5)),
      `${story}I hate it, it is terrible. `.concat("Do not buy it! ".repeat(5)),
    ]);
    expect([good?.label, bad?.label]).toEqual(["POSITIVE", "NEGATIVE"]);
  });
});
