/** What the model that ships promises, whatever else changes. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Classification, Classifier } from "../../model/classifier.ts";
import { resolveModel } from "../../model/registry.ts";
import { openReviewsFile } from "../../shared/reviews-file.ts";
import { SAMPLES } from "../../worker/demo/samples.ts";

describe("lite", () => {
  let classifier: Classifier;
  let texts: string[];

  beforeAll(async () => {
    const { folder, ...named } = resolveModel("lite");
    classifier = await Classifier.open(folder, { ...named, threads: 1 });
    texts = [];
    for await (const { text } of (await openReviewsFile(SAMPLES)).rows()) {
      if (typeof text === "string" && text.trim() !== "") texts.push(text);
    }
  });
  afterAll(() => classifier.close());

  const classify = async (some: readonly string[]): Promise<Classification[]> =>
    (await classifier.classify(some)) as Classification[];

  it("gives a text the same score alone and among others of any length", async () => {
    const together = await classify(texts);
    const shuffled = texts.toSorted((a, b) => a.slice(5).localeCompare(b.slice(5)));
    const inOtherOrder = new Map((await classify(shuffled)).map((one, i) => [shuffled[i], one]));
    for (const [i, text] of texts.entries()) {
      const [alone] = await classify([text]);
      const { label, score } = together[i] as Classification;
      for (const other of [alone, inOtherOrder.get(text)]) {
        expect(other?.label).toBe(label);
        expect(Math.abs((other?.score as number) - score)).toBeLessThan(1e-6);
      }
    }
  });

  it("tells plain praise from plain blame, however they are spelt", async () => {
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

  it("reads the end of a text that is far too long", async () => {
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
