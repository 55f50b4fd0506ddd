import { readFile } from "node:fs/promises";
import { PreTrainedTokenizer } from "@xenova/transformers/src/tokenizers.js";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { WordPiece } from "../../model/wordpiece.ts";

const VOCABULARY = new Map(
  ["[UNK]", "un", "##aff", "##able", "##ab", "a", "##a", "😀", "##😀", "##x"].map((p, i) => [p, i]),
);

describe("WordPiece", () => {
  const pieces = new WordPiece(VOCABULARY, "[UNK]", "##", 10);

  test.each([
    ["unaffable", ["un", "##aff", "##able"]],
    ["aaa", ["a", "##a", "##a"]],
    ["😀😀x", ["😀", "##😀", "##x"]],
    ["unz", ["[UNK]"]],
    ["z", ["[UNK]"]],
    ["", []],
    ["a".repeat(10), ["a", ...Array(9).fill("##a")]],
    ["a".repeat(11), ["[UNK]"]],
    ["😀".repeat(10), ["😀", ...Array(9).fill("##😀")]],
    ["😀".repeat(11), ["[UNK]"]],
  ])("splits %s", (word, expected) => {
    expect(pieces.encode([word])).toEqual(expected);
  });

  test("keeps the order of words", () => {
    expect(pieces.encode(["a", "z", "una"])).toEqual(["a", "[UNK]", "un", "##a"]);
  });
});

describe("with the vocabulary of lite", () => {
  let theirs: (words: string[]) => string[];
  let ours: WordPiece;
  beforeAll(async () => {
    const json = async (name: string) =>
      JSON.parse(await readFile(new URL(`../../model/lite/${name}`, import.meta.url), "utf8"));
    const { model } = new PreTrainedTokenizer(await json("tokenizer.json"), await json("tokenizer_config.json"));
    theirs = (words) => model.encode(words);
    ours = new WordPiece(model.tokens_to_ids, "[UNK]", "##", 100);
  });

  test("gives what the tokenizer's package gives", () => {
    const letters = fc.string({ unit: fc.constantFrom(..."aeinorstlé'😀x9"), maxLength: 110 });
    fc.assert(
      fc.property(fc.array(fc.oneof(letters, fc.string({ unit: "grapheme" })), { maxLength: 5 }), (words) => {
        expect(ours.encode(words)).toEqual(theirs(words));
      }),
    );
  });

  test("looks up no more pieces for an unknown word than it could contain", () => {
    let lookups = 0;
    class Counted extends Map<string, number> {
      override has(piece: string): boolean {
        lookups++;
        return super.has(piece);
      }
    }
    const counted = new WordPiece(new Counted(VOCABULARY), "[UNK]", "##", 100);
    expect(counted.encode([`${"a".repeat(99)}q`])).toEqual(["[UNK]"]);
    // The longest piece has six letters, of which two are the prefix; those of a hundred letters would be five thousand.
    expect(lookups).toBeLessThanOrEqual(100 * 6);
  });
});
