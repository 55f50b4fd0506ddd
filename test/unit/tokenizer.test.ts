import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { bounded, headAndTail, isForTransformers, Tokenizer, TokenizerFile } from "../../model/tokenizer.ts";
import { loadTokenizer } from "../tokenizer.ts";

const FIXTURE = new URL("../fixtures/tokenizers.json", import.meta.url);
const SPLIT = { type: "Split", pattern: { String: "," }, invert: false };
type Json = Record<string, unknown>;
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

describe("a bounded text", () => {
  // 12 characters a token: a quarter of them for the head.
  const REACH = 12 * 4;

  test("is the text itself if it is short enough", () => {
    const text = "ab ".repeat(REACH).slice(0, REACH);
    expect(bounded(text, 4)).toBe(text);
  });

  test("is the ends of a longer text, in the proportion of head and tail", () => {
    const cut = bounded(`${"a".repeat(10 * REACH)}${"b".repeat(10 * REACH)}`, 4);
    expect(cut).toBe(`${"a".repeat(REACH / 4)} ${"b".repeat((3 * REACH) / 4)}`);
  });

  test("keeps the words between long runs of white space", () => {
    expect(bounded(`\n\nI${" ".repeat(10 * REACH)}hate\t\n${"\n".repeat(10 * REACH)}it`, 4)).toBe("I hate it");
  });

  test.each([
    ["at the first cut", `x${"😀".repeat(2 * REACH)}`],
    ["at the second cut", `${"😀".repeat(2 * REACH)}x`],
    ["at both", `x${"😀".repeat(2 * REACH)}x`],
    ["that is only half there", "good \uD83D bad"],
  ])("is well-formed with a surrogate pair %s", (_, text) => {
    const cut = bounded(text, 4);
    expect(cut.isWellFormed()).toBe(true);
    expect(cut.length).toBeLessThanOrEqual(REACH + 1);
  });

  test.each([
    ["a word", "x"],
    ["combining marks", "\u0301"],
    ["marks that are two in one", "\u0344"],
    ["marks and letters", `a${"\u0301\u0323".repeat(10)}`],
    ["white space", " \t\u00a0\u3000\u2028"],
    ["white space that JavaScript does not know", "\u0085"],
    ["white space before added tokens", "  [MASK]  <mask>"],
    ["emoji joined to one", "👩\u200d"],
    ["families", "👨‍👩‍👧‍👦"],
    ["flags", "🇩🇪"],
    ["halves of surrogate pairs", "\ude00\ud83d"],
    ["a character that stands for 18", "ﷺ"],
    ["characters that stand for several", "㍿½ﬃㄱ"],
    ["the same behind ordinary words", `${"good words ".repeat(50_000)}${"ﷺ".repeat(100_000)}`],
    ["Hangul", "각"],
    ["entities", "&amp;amp;"],
    ["control characters", "\0\u0001\uFFFD\u200B"],
  ])("is short whatever a megabyte is made of, also once it is normalised: %s", (_, part) => {
    const cut = bounded(part.repeat(Math.ceil(1_000_000 / part.length)), 512);
    expect(cut.length).toBeLessThanOrEqual(12 * 512 + 1);
    for (const form of ["NFC", "NFD", "NFKC", "NFKD"])
      expect(cut.normalize(form).length, form).toBeLessThanOrEqual(5 * 12 * 512);
    expect(cut.normalize("NFKD")).not.toMatch(/\p{M}{70}/u);
  });

  test("is whole where normalisation lengthens it as much as any language", () => {
    for (const text of ["각".repeat(2_000), "ǖ".repeat(4_000), "½ ﬁ ".repeat(1_000)])
      expect(bounded(text, 512)).toBe(text);
  });

  test("has 30 combining marks in a row at most", () => {
    expect(bounded(`a${"\u0301".repeat(100)}b\u0327`, 512)).toBe(`a${"\u0301".repeat(30)}b\u0327`);
  });
});

const { texts, kinds } = JSON.parse(readFileSync(FIXTURE, "utf8")) as {
  texts: string[];
  kinds: Record<string, { tokenizer: Json; ids: number[][] }>;
};

describe.each(Object.keys(kinds))("the work of a tokenizer of the kind %s", (kind) => {
  // Nothing is cut at this limit, so that it is the tokenizer that has to cope.
  const LENGTH = 100_000;
  let tokenizer: Tokenizer;
  beforeAll(async () => {
    tokenizer = await Tokenizer.create(TokenizerFile.parse(kinds[kind]?.tokenizer), LENGTH);
  });

  /** CPU time of this thread in microseconds, which other processes and the tests before do not affect. */
  const work = (part: string): number => {
    const text = part.repeat(LENGTH / part.length);
    const before = process.threadCpuUsage();
    tokenizer.encode(text);
    const { user, system } = process.threadCpuUsage(before);
    return user + system;
  };

  test("does not grow with the square of a run of anything", () => {
    const ordinary = Math.max(...[1, 2, 3].map(() => work("A good product, I would buy it again. ")));
    // Linear work is up to 15 times as much here, quadratic work more than 200 times.
    const isQuadratic = (part: string): boolean => work(part) > 100 * ordinary;
    for (const part of [" ", "\u0085", "\n ", "x", "\u0301\u0327", "👩\u200d", "!", "1", "[", "<mask", " [MASK"]) {
      // Garbage collection and compilation do not fall into each of three.
      expect(
        [1, 2, 3].every(() => isQuadratic(part)),
        JSON.stringify(part),
      ).toBe(false);
    }
  });
});

describe("token ids are those of Python's tokenizers", () => {
  const load = async (tokenizer: unknown): Promise<Tokenizer> =>
    Tokenizer.create(TokenizerFile.parse(tokenizer), 1_000);

  describe.each(Object.keys(kinds))("with a tokenizer of the kind %s", (kind) => {
    const { tokenizer, ids } = kinds[kind] as { tokenizer: Json; ids: number[][] };
    const encode = async (changed: unknown): Promise<number[][]> => {
      const loaded = await load(changed);
      return texts.map((text) => loaded.encode(text));
    };

    test("as it is saved today", async () => {
      expect(await encode(tokenizer)).toEqual(ids);
    });

    test("as older versions saved it", async () => {
      expect(await encode(asSavedBefore(tokenizer))).toEqual(ids);
    });
  });

  const bert = kinds["bert-uncased"]?.tokenizer as Json & { added_tokens: Json[]; model: { vocab: object } };
  const free = Object.keys(bert.model.vocab).length;
  const withAdded = (...tokens: Json[]): Json => ({
    ...bert,
    added_tokens: [...bert.added_tokens, ...tokens.map((token, i) => ({ id: free + i, normalized: false, ...token }))],
  });

  test.each<[string, Json, string, number[]]>([
    [
      "an added token is found in normalised text",
      withAdded({ content: "Great", normalized: true }),
      "So GREAT, great greatest",
      [2, 448, free, 15, free, free, 40, 482, 3],
    ],
    [
      "the longest of several added tokens is found",
      withAdded({ content: "gre" }, { content: "great" }),
      "it is great",
      [2, 288, 293, free + 1, 3],
    ],
    [
      "an added token takes the white space around it",
      withAdded({ content: "@@", lstrip: true, rstrip: true }),
      "it is \u0085@@ \u00a0 @@ \t good",
      [2, 288, 293, free, free, 305, 3],
    ],
    [
      "an added token takes the white space that is an added token itself",
      kinds.modernbert?.tokenizer as Json,
      `x${" ".repeat(30)}[MASK] y`,
      [1, 91, 500, 224, 92, 2],
    ],
    [
      "a word is longer than words may be, though the vocabulary has it",
      {
        pre_tokenizer: { type: "WhitespaceSplit" },
        model: {
          type: "WordPiece",
          vocab: { "[UNK]": 0, good: 1, great: 2, fine: 3 },
          max_input_chars_per_word: 4,
        },
      },
      "good great fine",
      [1, 0, 3],
    ],
  ])("where %s", async (_, tokenizer, text, ids) => {
    expect((await load(tokenizer)).encode(text)).toEqual(ids);
  });

  test.each<[Json, string[]]>([
    [{ type: "Punctuation", behavior: "Isolated" }, ["a12 ½x²", "!", "!", "$"]],
    [{ type: "Digits", individual_digits: true }, ["a", "1", "2", " ", "½", "x", "²", "!!$"]],
    [{ type: "Digits", individual_digits: false }, ["a", "12", " ", "½", "x", "²", "!!$"]],
    [{ ...SPLIT, pattern: { Regex: "(?i:X|!)+" }, behavior: "Removed" }, ["a12 ½", "²", "$"]],
    [{ ...SPLIT, pattern: { Regex: "\\d+|!" }, behavior: "Isolated" }, ["a", "12", " ½x²", "!", "!", "$"]],
  ])("where a text is split by %o", async (pre_tokenizer, words) => {
    // Each word is one piece, so that the ids show how the text was split.
    const vocab = Object.fromEntries(["[UNK]", ...new Set(words)].map((word, id) => [word, id]));
    const tokenizer = await load({ pre_tokenizer, model: { type: "WordPiece", vocab } });
    expect(tokenizer.encode("a12 ½x²!!$")).toEqual(words.map((word) => vocab[word]));
  });

  test("by the tokenizer of @xenova/transformers, unless it looks for added tokens in the wrong text", () => {
    const others = Object.keys(kinds).filter((kind) => !isForTransformers(TokenizerFile.parse(kinds[kind]?.tokenizer)));
    expect(others).toEqual(["modernbert"]);
  });

  test("or cannot read a pattern or a merge", () => {
    const split = { ...SPLIT, pattern: { Regex: "(?i:x)" }, behavior: "Removed" };
    const merged = { type: "BPE", vocab: { "a ": 0, b: 1 }, merges: [["a ", "b"]] };
    expect(isForTransformers(TokenizerFile.parse({ ...bert, pre_tokenizer: split }))).toBe(false);
    expect(isForTransformers(TokenizerFile.parse({ model: merged }))).toBe(false);
  });

  /** Without the model's type, with merges as strings, and with `add_prefix_space` for `prepend_scheme`. */
  function asSavedBefore(tokenizer: Json): unknown {
    const old = JSON.parse(JSON.stringify(tokenizer), (_, value) => {
      if (value?.type !== "Metaspace" || value.prepend_scheme !== "always") return value;
      const { prepend_scheme, split, ...rest } = value;
      return { ...rest, add_prefix_space: true };
    });
    const { type, ...model } = old.model;
    if (model.merges) model.merges = model.merges.map((pair: string[]) => pair.join(" "));
    return { ...old, model };
  }

  test.each<[string, string, object]>([
    ["a model of words", "model", { type: "WordLevel", vocab: { a: 0 }, unk_token: "a" }],
    ["byte fallback", "byte_fallback", { type: "BPE", vocab: { a: 0 }, merges: [], byte_fallback: true }],
    ["dropout", "dropout", { type: "BPE", vocab: { a: 0 }, merges: [], dropout: 0.1 }],
  ])("or the file is refused: %s", async (_, part, model) => {
    await expect(load({ ...kinds.gpt2?.tokenizer, model })).rejects.toThrow(new RegExp(part));
  });

  test.each<[string, object]>([
    ["a normalizer that nobody knows", { normalizer: { type: "Nmt" } }],
    ["a pre-tokenizer that nobody knows", { pre_tokenizer: { type: "UnicodeScripts" } }],
    ["punctuation that is not isolated", { pre_tokenizer: { type: "Punctuation", behavior: "Contiguous" } }],
    ["a split that keeps delimiters elsewhere", { pre_tokenizer: { ...SPLIT, behavior: "MergedWithNext" } }],
    ["an inverted split", { pre_tokenizer: { ...SPLIT, invert: true } }],
    ["an added token that only matches whole words", { added_tokens: [{ id: 0, content: "a", single_word: true }] }],
    ["a vocabulary without its unknown token", { model: { type: "WordPiece", vocab: { a: 0 }, unk_token: "[UNK]" } }],
    ["an unknown token outside the vocabulary", { model: { type: "Unigram", vocab: [["a", -1]], unk_id: 7 } }],
  ])("or the file is refused: %s", async (_, changes) => {
    await expect(load({ ...kinds["bert-cased"]?.tokenizer, ...changes })).rejects.toThrow();
  });
});

test("only the engine that a tokenizer needs is loaded", () => {
  const script = `
    import { registerHooks } from "node:module";
    const loaded = new Set();
    registerHooks({
      resolve(specifier, context, next) {
        if (/^@(xenova|huggingface)\\/t/.test(specifier)) loaded.add(specifier.split("/")[0]);
        return next(specifier, context);
      },
    });
    const { loadTokenizer } = await import("./test/tokenizer.ts");
    await loadTokenizer("model/lite", 512);
    console.log([...loaded].join());
  `;
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const args = ["--input-type=module", "--eval", script];
  expect(execFileSync(process.execPath, args, { cwd: root, encoding: "utf8" }).trim()).toBe("@xenova");
});

describe("encoding", () => {
  let whole: Tokenizer;
  let short: Tokenizer;
  beforeAll(async () => {
    [whole, short] = await Promise.all([loadTokenizer(LITE, 5_000), loadTokenizer(LITE, 16)]);
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
    // Two of the 16 are special tokens. A quarter of the other 14, rounded down, is the head.
    expect(short.encode(words)).toEqual([all[0], ...body.slice(0, 3), ...body.slice(-11), all.at(-1)]);
  });

  test("gives a text of exactly the limit whole", async () => {
    const all = whole.encode(words);
    const exact = await loadTokenizer(LITE, all.length);
    const oneLess = await loadTokenizer(LITE, all.length - 1);
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

  test("skips the middle of a text that is far longer than the limit", () => {
    const [start, end] = ["x".repeat(3 * 16), "y".repeat(9 * 16)];
    expect(short.encode(`${start}${"good ".repeat(1_000)}${end}`)).toEqual(short.encode(`${start} ${end}`));
  });

  test("gives the words of a text the same ids whether or not it is all ASCII", () => {
    const phrases = [
      "African-American",
      "an  18 year old",
      "see https://x.y/z ",
      "@me",
      "<b>",
      "don't",
      "it's\t5/5!",
      "Non-binary",
    ];
    const characters = fc.string({ unit: "binary-ascii", maxLength: 20 });
    fc.assert(
      fc.property(fc.array(fc.oneof(characters, fc.constantFrom(...phrases)), { maxLength: 6 }), (parts) => {
        const text = parts.join(" ");
        expect(whole.encode(`${text} 好`).toSpliced(-2, 1)).toEqual(whole.encode(`${text} `));
      }),
      { numRuns: 500 },
    );
  });

  test("finds a text between long runs of white space", () => {
    expect(short.encode(`${" \n".repeat(50_000)}good${"\t".repeat(100_000)}`)).toEqual(short.encode("good"));
  });

  test("sees the verdict at the end of a text that was cut", () => {
    const verdict = "I would not buy it again";
    const ids = short.encode(`${"The parcel came on a Monday. ".repeat(1_000)}${verdict}`);
    const tail = whole.encode(verdict).slice(1);
    expect(ids.slice(-tail.length)).toEqual(tail);
  });
});
