import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { isTranslatable, patternToRegExp, withoutBoundaries } from "../../model/pattern.ts";
import { compilePattern } from "../../model/tokenizers-engine.ts";

const FIXTURE = new URL("../fixtures/tokenizers.json", import.meta.url);
const { texts } = JSON.parse(readFileSync(FIXTURE, "utf8")) as { texts: string[] };

describe("a pattern of a tokenizer", () => {
  test.each([
    " {2,}",
    "\\p{Mn}",
    "[\\p{So}\\p{Sk}]",
    "[\u200b\u200d\ufeff]",
    "(?<=\\d),(?=\\d{3})",
    "(\\.){3,}",
    "[^\\s\\p{L}]+?",
    "\\s+|\\S\\d*",
    "[a\\-z]|(?:!|\\?)+",
    "\\u00e9",
  ])("is found where `tokenizers` finds it: %s", (source) => {
    const found = patternToRegExp({ Regex: source }) as RegExp;
    const theirs = compilePattern({ Regex: source });
    for (const text of texts) {
      expect([...text.matchAll(found)].map(({ 0: match, index }) => [index, match])).toEqual(
        [...text.matchAll(theirs)].map(({ 0: match, index }) => [index, match]),
      );
    }
  });

  test("recognises words in every script, like Oniguruma", () => {
    const word = patternToRegExp({ Regex: "\\b(?:jew|gay)\\b" }) as RegExp;
    expect("jew, Ðjew jewя _gay 3gay gay\u0301 (gay)".replace(word, "X")).toBe("X, Ðjew jewя _gay 3gay gay\u0301 (X)");
    const handle = patternToRegExp({ Regex: "(?<!\\S)@\\w+" }) as RegExp;
    expect("@größe_3 a@b @@c".replace(handle, "X")).toBe("X a@b @@c");
    expect("a-b".replace(patternToRegExp({ Regex: "\\W" }) as RegExp, "X")).toBe("aXb");
  });

  test("is found literally if it is a string", () => {
    const every = "$()*+.?[\\]^{|}/-";
    expect(`a${every}b${every}`.replace(patternToRegExp({ String: every }) as RegExp, "")).toBe("ab");
  });

  test.each([
    ["a group with options", "(?i:'s|'t)"],
    ["a line's end", "a$"],
    ["any character but a line feed", "a.b"],
    ["a possessive quantifier", "a++"],
    ["a repeated quantifier", "a{2}?"],
    ["a quantifier without a minimum", "a{,2}"],
    ["an intersection of classes", "[a-z&&[^aeiou]]"],
    ["a class by name", "[[:punct:]]"],
    ["a property by another name", "\\p{Han}"],
    ["a letter's class in a class", "[\\w.]+"],
    ["the place of the last match", "\\Gword"],
  ])("is not translated if JavaScript could interpret it differently: %s", (_, source) => {
    expect(patternToRegExp({ Regex: source })).toBeUndefined();
    expect(isTranslatable({ Regex: source })).toBe(false);
  });

  test.each([
    "\\b(?:jew|gay)s?\\b",
    "\\b\\d{1,3}[- ]years?[- ]old\\b",
    "\\btrans[- ]?(?=(?:wo)?m[ae]n\\b)",
    "(?<=\\bbi)[- ]?\\w+",
  ])("is never found where the version without word boundaries is not: %s", (Regex) => {
    const found = patternToRegExp({ Regex }) as RegExp;
    const glance = withoutBoundaries({ Regex }) as RegExp;
    const made = [
      "jew",
      "ajew",
      "gays",
      "12 years old",
      "12 years older",
      "trans-man",
      "trans-mania",
      "translate",
      "bi-annual",
      "abi annual",
    ];
    for (const text of [...texts, ...made]) if (text.search(found) !== -1) expect(text).toMatch(glance);
    expect(made.some((text) => glance.test(text) && text.search(found) === -1)).toBe(true);
  });

  test.each(["\\bnot (?!very\\b)", "(?<!\\bnot )good", "(?<!\\S)@\\w+", "good"])(
    "is not searched without word boundaries where that could find less: %s",
    (Regex) => expect(withoutBoundaries({ Regex })).toBeUndefined(),
  );
});
