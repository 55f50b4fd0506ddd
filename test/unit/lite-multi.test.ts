/** The guarantees of `lite-multi`, for every version. */
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LITE_MULTI, resolveModel } from "../../model/named-models.ts";
import { OnnxClassifier } from "../../model/onnx-classifier.ts";
import { SAMPLES } from "../../worker/demo/samples.ts";
import { LONG } from "../fixtures/languages.ts";
import { classifications, fixture } from "../lite.ts";
import { reviews, shuffled } from "../reviews.ts";
import { loadTokenizer } from "../tokenizer.ts";

interface Sample {
  text: string;
  language: string;
  label: string;
}
/** The minimum number of right labels among the four samples of a language. Of all 48 at most three may be wrong. */
const MIN_RIGHT_OF_A_LANGUAGE = 2;
const MIN_RIGHT = 45;

describe("lite-multi", () => {
  let classifier: OnnxClassifier;
  let samples: Sample[];

  beforeAll(async () => {
    const { folder, ...named } = await resolveModel("lite-multi");
    classifier = await OnnxClassifier.open(folder, { ...named, threads: 1 });
    const lines = (await readFile(SAMPLES.multilingual, "utf8")).trimEnd().split("\n");
    samples = lines.map((line) => JSON.parse(line) as Sample);
  });
  afterAll(() => classifier.close());

  it("distinguishes praise, blame and facts in each of its languages", async () => {
    const outcomes = await classifications(
      classifier,
      samples.map(({ text }) => text),
    );
    const right = samples.filter(({ label }, i) => outcomes[i]?.label === label);
    const wrong = samples.filter(({ label }, i) => outcomes[i]?.label !== label);
    const byLanguage = Object.groupBy(samples, ({ language }) => language);
    expect(Object.keys(byLanguage).toSorted()).toEqual([
      "ar",
      "de",
      "en",
      "es",
      "fr",
      "it",
      "ja",
      "nl",
      "pt",
      "ru",
      "tr",
      "zh",
    ]);
    for (const language of Object.keys(byLanguage)) {
      const count = right.filter((sample) => sample.language === language).length;
      expect(count, language).toBeGreaterThanOrEqual(MIN_RIGHT_OF_A_LANGUAGE);
    }
    expect(right.length, JSON.stringify(wrong)).toBeGreaterThanOrEqual(MIN_RIGHT);
  });

  it("names the language of a text, and refuses other languages", async () => {
    const outcomes = await classifications(
      classifier,
      samples.map(({ text }) => text),
    );
    const wrong = samples.filter(({ language }, i) => (outcomes[i]?.language ?? language) !== language);
    expect(wrong).toEqual([]);
    const polish = LONG.filter(({ language }) => language === "pl").map(({ text }) => text);
    expect(polish.length).toBeGreaterThan(0);
    expect(await classifier.classify(polish)).toEqual(polish.map(() => ({ unsupportedLanguage: "pl" })));
  });

  it("gives a text the same score alone and in any batch", async () => {
    const texts = [...(await reviews(40)), ...samples.map(({ text }) => text)];
    const open = await OnnxClassifier.open(LITE_MULTI.folder, { threads: 1, languages: "any" });
    try {
      const alone = new Map<string, number>();
      for (const text of texts) alone.set(text, (await classifications(open, [text]))[0]?.score as number);
      const order = shuffled(texts);
      for (const [i, { score }] of (await classifications(open, order)).entries())
        expect(Math.abs(score - (alone.get(order[i] as string) as number))).toBeLessThan(1e-6);
      expect(open.batching).toBe("tokens");
    } finally {
      await open.close();
    }
  }, 60_000);

  it("ignores web addresses and handles, even if no space follows them", async () => {
    const tokenizer = await loadTokenizer(LITE_MULTI.folder, 5_000);
    for (const [text, plain] of [
      ["@shop24 Très déçu. https://t.co/aB9x", "Très déçu."],
      ["http://t.cn/aB9x非常好用", "非常好用"],
      ["@shop_24非常好用 www.shop.com", "非常好用"],
      ["Preis@Leistung stimmt", "Preis@Leistung stimmt"],
    ] as const)
      expect(tokenizer.encode(text), text).toEqual(tokenizer.encode(plain));
  });

  it("splits texts like Python's tokenizers", async () => {
    const tokenizer = await loadTokenizer(LITE_MULTI.folder, 5_000);
    const rows = await fixture<{ text: string; ids: number[] }>("lite-multi-ids.jsonl");
    expect(rows.length).toBeGreaterThan(100);
    for (const { text, ids } of rows) expect(tokenizer.encode(text), text).toEqual(ids);
  });
});
