import { readFile } from "node:fs/promises";
import { PreTrainedTokenizer } from "@xenova/transformers/src/tokenizers.js";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { WordPiece } from "../../model/wordpiece.ts";

const VOCABULARY = new Map(
  ["[UNK]", "un", "##aff", "##able", "##ab", "a", "##a", "😀", "##😀", "##x"].map((p, i) => [p, i]),
);

describe("WordPiece", () => {
  const wordPiece = new WordPiece(VOCABULARY, 0, "##", 10);
  const pieces = (words: string[]) => wordPiece.encode(words).map((id) => [...VOCABULARY.keys()][id]);

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
    expect(pieces([word])).toEqual(expected);
  });

  test("keeps the order of words", () => {
    expect(pieces(["a", "z", "una"])).toEqual(["a", "[UNK]", "un", "##a"]);
  });
});

describe("with the vocabulary of lite", () => {
  let theirs: (words: string[]) => number[];
  let ours: WordPiece;
  beforeAll(async () => {
    const json = async (name: string) =>
      JSON.parse(await readFile(new URL(`../../model/lite/${name}`, import.meta.url), "utf8"));
    const { model } = new PreTrainedTokenizer(await json("tokenizer.json"), await json("tokenizer_config.json"));
    theirs = (words) => model.convert_tokens_to_ids(model.encode(words));
    ours = new WordPiece(model.tokens_to_ids, model.unk_token_id, "##", 100);
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
      override get(piece: string): number | undefined {
        lookups++;
        return super.get(piece);
      }
    }
    const counted = new WordPiece(new Counted(VOCABULARY), 0, "##", 100);
    expect(counted.encode([`${"a".repeat(99)}q`])).toEqual([0]);
    // The longest piece has six letters, of which two are the prefix; those of a hundred letters would be five thousand.
    expect(lookups).toBeLessThanOrEqual(100 * 6);
  });
});
