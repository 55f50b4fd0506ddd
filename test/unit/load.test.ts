import { describe, expect, it } from "vitest";
import { LITE } from "../../model/named-models.ts";
import { type Load, ReviewMaker } from "../bench/load.ts";
import { median, quantile } from "../bench/turns.ts";
import { loadTokenizer } from "../tokenizer.ts";

const maker = await ReviewMaker.open(LITE.folder);
const tokenizer = await loadTokenizer(LITE.folder, 100_000);
const lengths = (load: Load): number[] => maker.texts(load, 1_000, 0).map((text) => tokenizer.encode(text).length);

describe("reviews of a benchmark", () => {
  it("are 30 tokens long if they are short", () => {
    const tokens = lengths("short");
    expect(tokens.length).toBe(4_000);
    // Up to a token or two, depending on the model's vocabulary.
    expect(Math.abs(median(tokens) - 30)).toBeLessThan(3);
    expect(quantile(tokens, 0.95)).toBeLessThan(40);
  });

  it("are as long as Amazon reviews if they are real: median 113 tokens, mean 172, p99 965, one in twenty over 512", () => {
    const tokens = lengths("real");
    const mean = tokens.reduce((a, b) => a + b) / tokens.length;
    expect(Math.abs(median(tokens) / 113 - 1)).toBeLessThan(0.05);
    expect(Math.abs(mean / 172 - 1)).toBeLessThan(0.05);
    expect(Math.abs(quantile(tokens, 0.99) / 965 - 1)).toBeLessThan(0.1);
    expect(tokens.filter((count) => count > 512).length / tokens.length).toBeCloseTo(0.05, 2);
  });

  it("never repeat, even in other rounds, so caches do not help", () => {
    const texts = [0, 1, 2].flatMap((round) => maker.texts("mixed", 200, round));
    expect(new Set(texts).size).toBe(texts.length);
  });

  it("are the same in every run", () => {
    expect(maker.texts("mixed", 50, 3)).toEqual(maker.texts("mixed", 50, 3));
  });
});
