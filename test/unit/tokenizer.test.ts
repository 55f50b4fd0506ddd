import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { headAndTail, Tokenizer, withinReach } from "../../model/tokenizer.ts";

const LITE = fileURLToPath(new URL("../../model/lite", import.meta.url));

describe("head and tail", () => {
  const ids = Array.from({ length: 100 }, (_, i) => i);

  test("of what is short enough are all of it", () => {
    expect(headAndTail(ids, 100)).toEqual(ids);
    expect(headAndTail(ids, 101)).toEqual(ids);
    expect(headAndTail([], 0)).toEqual([]);
  });

  test("are the first quarter and the last three quarters of the limit", () => {
    expect(headAndTail(ids, 8)).toEqual([0, 1, 94, 95, 96, 97, 98, 99]);
  });

  test.each([0, 1, 2, 3, 5, 99])("are exactly as many as the limit: %d", (limit) => {
    const kept = headAndTail(ids, limit);
    expect(kept).toHaveLength(limit);
    expect(kept).toEqual(kept.toSorted((a, b) => a - b));
    if (limit > 0) expect(kept.at(-1)).toBe(99);
  });
});

describe("a text within reach", () => {
  // 32 characters a token at either end.
  const REACH = 32 * 4;

  test("is left as it is", () => {
    const text = "ab ".repeat(REACH).slice(0, 2 * REACH);
    expect(withinReach(text, 4)).toBe(text);
  });

  test("is what is at the ends of a longer one", () => {
    const cut = withinReach(`START${"x".repeat(10 * REACH)}END`, 4);
    expect(cut).toHaveLength(2 * REACH + 1);
    expect(cut.slice(0, 10)).toBe("STARTxxxxx");
    expect(cut.slice(-8)).toBe("xxxxxEND");
  });

  test("has a gap where the middle was, so that no new word forms", () => {
    expect(withinReach(`${"a".repeat(REACH)}mmm${"b".repeat(REACH)}`, 4)).toBe(
      `${"a".repeat(REACH)} ${"b".repeat(REACH)}`,
    );
  });

  test.each([
    ["at the first cut", `x${"😀".repeat(2 * REACH)}`],
    ["at the second cut", `${"😀".repeat(2 * REACH)}x`],
    ["at both", `x${"😀".repeat(2 * REACH)}x`],
  ])("is well-formed with a surrogate pair %s", (_, text) => {
    expect(text.isWellFormed()).toBe(true);
    const cut = withinReach(text, 4);
    expect(cut.isWellFormed()).toBe(true);
    expect(cut.length).toBeLessThanOrEqual(2 * REACH + 1);
    expect(cut).toContain("😀");
  });
});

describe("encoding", () => {
  let whole: Tokenizer;
  let short: Tokenizer;
  beforeAll(async () => {
    [whole, short] = await Promise.all([Tokenizer.load(LITE, 5_000), Tokenizer.load(LITE, 16)]);
  });

  const words = "it came late and the box was torn but what was in it works and looks good so I would buy it again";

  test("gives a short text whole, between special tokens", () => {
    const ids = short.encode("good");
    expect(ids).toEqual(whole.encode("good"));
    const [first, last] = [ids[0], ids.at(-1)];
    for (const text of ["bad", "a long way to go", words]) {
      expect(whole.encode(text)[0]).toBe(first);
      expect(whole.encode(text).at(-1)).toBe(last);
    }
    expect(ids).toHaveLength(3);
  });

  test("gives other tokens for other words, and the same for the same", () => {
    expect(whole.encode("good")).toEqual(whole.encode("good"));
    expect(whole.encode("good")).not.toEqual(whole.encode("bad"));
  });

  test("keeps the special tokens, the head and the tail of a long text", () => {
    const all = whole.encode(words);
    expect(all.length).toBeGreaterThan(20);
    const body = all.slice(1, -1);
    // Of 16 two are special; of the other 14 a quarter, rounded down, is the head.
    expect(short.encode(words)).toEqual([all[0], ...body.slice(0, 3), ...body.slice(-11), all.at(-1)]);
  });

  test("gives a text of exactly the limit whole", async () => {
    const all = whole.encode(words);
    const exact = await Tokenizer.load(LITE, all.length);
    const oneLess = await Tokenizer.load(LITE, all.length - 1);
    expect(exact.encode(words)).toEqual(all);
    expect(oneLess.encode(words)).toHaveLength(all.length - 1);
  });

  test.each([
    ["an empty text", ""],
    ["white space", " \n\t "],
    ["a long text", words.repeat(50)],
    ["a megabyte", "Great! ".repeat(150_000)],
    ["a megabyte of one word", "x".repeat(1_000_000)],
    ["a megabyte of emoji", "😀".repeat(250_000)],
    ["a megabyte of Chinese", "非常好用".repeat(250_000)],
    ["half a surrogate pair", "good \uD83D bad"],
    ["special tokens spelled out", "[CLS] [SEP] [PAD] [MASK] ".repeat(20)],
    ["control characters", "\0\u0001\uFFFD\u200B".repeat(20)],
  ])("never gives more than the limit: %s", (_, text) => {
    const ids = short.encode(text);
    expect(ids.length).toBeLessThanOrEqual(16);
    expect(ids.length).toBeGreaterThanOrEqual(2);
    expect(ids.every((id) => Number.isInteger(id) && id >= 0)).toBe(true);
    expect([ids[0], ids.at(-1)]).toEqual([short.encode("a")[0], short.encode("a").at(-1)]);
  });

  test("does not look at the middle of a text so long that nothing of it could remain", () => {
    const [start, end] = ["x".repeat(32 * 16), "y".repeat(32 * 16)];
    expect(short.encode(`${start} ${"good ".repeat(1_000)}${end}`)).toEqual(short.encode(`${start} ${end}`));
  });

  test("finds a text in the midst of white space", () => {
    expect(short.encode(`${" \n".repeat(50_000)}good${"\t".repeat(100_000)}`)).toEqual(short.encode("good"));
  });

  test("sees the verdict at the end of a text that was cut", () => {
    const verdict = "I would not buy it again";
    const ids = short.encode(`${"The parcel came on a Monday. ".repeat(1_000)}${verdict}`);
    const tail = whole.encode(verdict).slice(1);
    expect(ids.slice(-tail.length)).toEqual(tail);
  });
});
