import { describe, expect, test } from "vitest";
import type { Classification } from "../../model/classifier.ts";
import type { ModelId } from "../../model/model-id.ts";
import {
  hashText,
  isCurrent,
  type LabelSettings,
  labelled,
  RESULT_KEYS,
  resultOf,
  strongest,
  unclassifiable,
  withNeutral,
} from "../../shared/result.ts";
import { modelId, textHashOf } from "../ids.ts";

const MODEL = modelId("lite@1");
const ON: LabelSettings = { neutral: "on" };

describe("the hash of a text", () => {
  test("is its SHA-256 in hex", () => {
    // The test vector of FIPS 180-2, appendix B.1.
    expect(hashText("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    expect(hashText("")).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  });

  test("is computed from its UTF-8", () => {
    // printf 'é' | sha256sum
    expect(hashText("é")).toBe("4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c");
  });

  test("differs for texts that differ only in white space or case", () => {
    expect(new Set(["good", "Good", "good ", " good", "good\n"].map(hashText)).size).toBe(5);
  });
});

describe("a review cannot be classified", () => {
  test.each([
    ["a missing text", undefined],
    ["null", null],
  ])("with %s", (_, text) => {
    expect(unclassifiable(text, MODEL)).toEqual({
      error: { code: "text-missing", message: expect.stringMatching(/\w/) },
      model: MODEL,
    });
  });

  test.each([
    ["a number", 5],
    ["zero", 0],
    ["a boolean", false],
    ["a map", { body: "I love it" }],
    ["an array", ["I love it"]],
    ["bytes", Buffer.from("I love it")],
    ["a date", new Date()],
  ])("with %s for a text", (_, text) => {
    expect(unclassifiable(text, MODEL)).toEqual({
      error: { code: "text-not-a-string", message: expect.stringMatching(/\w/) },
      model: MODEL,
    });
  });

  test.each([
    ["nothing", ""],
    ["spaces", "   "],
    ["newlines and tabs", "\r\n\t\n"],
    ["a non-breaking space", "\u00A0"],
    ["an ideographic space and a line separator", "\u3000\u2028"],
    ["zero-width characters and a byte order mark", "\u200B\u200D\u2060\uFEFF"],
    ["control characters", "\0\u0007\u009B"],
    ["direction marks", "\u200E\u202E\u2069"],
    ["a variation selector", "\uFE0F"],
    ["a combining mark alone", "\u0301"],
    ["a Hangul filler", "\u3164"],
    ["an empty Braille pattern", "\u2800"],
    ["a soft hyphen", "\u00AD"],
    ["half of a surrogate pair", "\uD83D"],
    ["HTML entities of white space", "&nbsp;&#8203; &amp;nbsp;"],
  ])("with a text of %s; its hash is kept", (_, text) => {
    expect(unclassifiable(text, MODEL)).toEqual({
      error: { code: "text-blank", message: expect.stringMatching(/\w/) },
      model: MODEL,
      textHash: hashText(text),
    });
  });
});

test.each(["I love it", " ok ", ".", "0", "👍", "❤️", "&amp;", "&#128077;", "\u200Bno", "é", "null", "\u{1FAE9}"])(
  "the text %j can be classified",
  (text) => {
    expect(unclassifiable(text, MODEL)).toBeUndefined();
  },
);

describe("the label to write", () => {
  const two = (score: number): Classification => ({
    label: "POSITIVE",
    score,
    scores: { NEGATIVE: 1 - score, POSITIVE: score },
  });
  const three = (NEGATIVE: number, NEUTRAL: number, POSITIVE: number) => {
    const scores = { NEGATIVE, NEUTRAL, POSITIVE };
    const [label, score] = strongest(scores);
    return { label, score, scores };
  };

  test("is the strongest class, with its probability and that of every class", () => {
    expect(labelled(two(0.6), ON)).toEqual(two(0.6));
    expect(labelled(three(0.1, 0.6, 0.3), ON)).toEqual(three(0.1, 0.6, 0.3));
  });

  test("is NEUTRAL below the limit: with the strongest class's score if the model has no such class", () => {
    expect(labelled(two(0.6), { neutral: "on", neutralBelow: 0.7 })).toEqual({ ...two(0.6), label: "NEUTRAL" });
  });

  test("is NEUTRAL below the limit: with the probability of that class if the model has it", () => {
    expect(labelled(three(0.6, 0.3, 0.1), { neutral: "on", neutralBelow: 0.7 })).toEqual({
      label: "NEUTRAL",
      score: 0.3,
      scores: { NEGATIVE: 0.6, NEUTRAL: 0.3, POSITIVE: 0.1 },
    });
  });

  test.each([0.6, 0.5, 0])("is the model's at the limit and above: %d", (neutralBelow) => {
    expect(labelled(two(0.6), { neutral: "on", neutralBelow })).toEqual(two(0.6));
  });

  test("is one of the other classes with NEUTRAL=off; their probabilities sum to 1", () => {
    const { label, score, scores } = labelled(three(0.3, 0.6, 0.1), { neutral: "off" });
    expect({ label, score }).toEqual({ label: "NEGATIVE", score: expect.closeTo(0.75, 12) });
    expect(scores).toEqual({ NEGATIVE: expect.closeTo(0.75, 12), POSITIVE: expect.closeTo(0.25, 12) });
    expect(labelled(two(0.6), { neutral: "off" })).toEqual(two(0.6));
  });

  test("is also NEUTRAL below the limit with NEUTRAL=off, as for a model without that class", () => {
    const settings = { neutral: "off", neutralBelow: 0.8 } as const;
    expect(labelled(three(0.3, 0.6, 0.1), settings)).toMatchObject({
      label: "NEUTRAL",
      score: expect.closeTo(0.75, 12),
    });
  });

  test("has the model's own name for the neutral class, whatever its case", () => {
    const scores = { negative: 0.7, neutral: 0.2, positive: 0.1 };
    expect(labelled({ scores }, { neutral: "on", neutralBelow: 0.8 })).toEqual({
      label: "neutral",
      score: 0.2,
      scores,
    });
    const off = labelled({ scores }, { neutral: "off" });
    expect(Object.keys(off.scores)).toEqual(["negative", "positive"]);
    expect(withNeutral(Object.keys(scores))).toEqual(Object.keys(scores));
    expect(withNeutral(Object.keys(off.scores))).toEqual(["negative", "positive", "NEUTRAL"]);
  });

  test("has numeric scores even if NEUTRAL has all of the probability", () => {
    expect(labelled(three(0, 1, 0), { neutral: "off" })).toEqual({
      label: "NEGATIVE",
      score: 0.5,
      scores: { NEGATIVE: 0.5, POSITIVE: 0.5 },
    });
  });

  test("keeps the language", () => {
    expect(labelled({ ...two(0.6), language: "en" }, ON)).toEqual({ ...two(0.6), language: "en" });
    expect(labelled(two(0.6), ON)).not.toHaveProperty("language");
  });

  test("of classes with equal probability is the first by name, whatever the order in the store", () => {
    expect(strongest({ POSITIVE: 0.4, NEGATIVE: 0.4, NEUTRAL: 0.2 })).toEqual(["NEGATIVE", 0.4]);
    expect(strongest({ NEUTRAL: 0.2, NEGATIVE: 0.4, POSITIVE: 0.4 })).toEqual(["NEGATIVE", 0.4]);
  });
});

test("a text in a language that the model does not read gets an error, the language, and no label", () => {
  expect(resultOf({ unsupportedLanguage: "es" }, { model: MODEL, textHash: textHashOf("ab") }, ON)).toEqual({
    error: { code: "language-unsupported", message: expect.stringMatching(/language/) },
    language: "es",
    model: MODEL,
    textHash: "ab",
  });
});

test("the keys of a stored result are those of a label, of an error, and the time", () => {
  expect(RESULT_KEYS.toSorted()).toEqual([
    "classifiedAt",
    "error",
    "label",
    "language",
    "model",
    "score",
    "scores",
    "textHash",
  ]);
});

describe("a stored label", () => {
  const textHash = hashText("I love it");
  const scores = { NEGATIVE: 0.1, NEUTRAL: 0.2, POSITIVE: 0.7 };
  const model = { model: MODEL, labels: Object.keys(scores), languages: "any" as const };
  const stored = { label: "POSITIVE", score: 0.7, scores, model: MODEL, textHash, classifiedAt: new Date() };
  const isCurrentNow = (result: unknown, settings: LabelSettings = ON) =>
    isCurrent(result, { textHash }, model, settings);

  test("is current for the same text, model and settings", () => {
    expect(isCurrentNow(stored)).toBe(true);
  });

  test("is current even with additional fields", () => {
    expect(isCurrentNow({ ...stored, more: [1] })).toBe(true);
  });

  test.each([
    ["another text", { ...stored, textHash: hashText("I hate it") }],
    ["another model", { ...stored, model: "lite@2" }],
    ["no text hash", { ...stored, textHash: undefined }],
    ["no model", { ...stored, model: undefined }],
    ["no label", { ...stored, label: undefined }],
    ["a label that its scores do not give", { ...stored, label: "NEGATIVE" }],
    ["no score", { ...stored, score: undefined }],
    ["a score that is no number", { ...stored, score: "0.98" }],
    ["no scores, as in older results", { ...stored, scores: undefined }],
    ["the scores of other classes", { ...stored, scores: { NEGATIVE: 0.1, POSITIVE: 0.9 } }],
    ["scores that are no numbers", { ...stored, scores: { ...scores, NEUTRAL: "0.2" } }],
    ["an error beside it", { ...stored, error: { code: "text-blank", message: "" } }],
  ])("is not current with %s", (_, other) => {
    expect(isCurrentNow(other)).toBe(false);
  });

  test.each([undefined, null, "POSITIVE", 1, [], {}, new Date()])("is not current if it is %j", (other) => {
    expect(isCurrentNow(other)).toBe(false);
  });

  test("is not current for a review that no longer has a text", () => {
    expect(isCurrent(stored, { error: { code: "text-missing", message: "" } }, model, ON)).toBe(false);
  });

  test("is not current if the settings now give other classes", () => {
    const off: LabelSettings = { neutral: "off" };
    const two = { ...stored, ...labelled({ scores }, off) };
    expect([isCurrentNow(stored, off), isCurrentNow(two, off), isCurrentNow(two)]).toEqual([false, true, false]);
  });

  test("is current under another NEUTRAL_BELOW if and only if its label stays the same", () => {
    const neutral = { ...stored, label: "NEUTRAL", score: 0.2 };
    const below = (neutralBelow: number): LabelSettings => ({ neutral: "on", neutralBelow });
    expect([isCurrentNow(stored, below(0.6)), isCurrentNow(stored, below(0.8))]).toEqual([true, false]);
    expect([isCurrentNow(neutral, below(0.8)), isCurrentNow(neutral)]).toEqual([true, false]);
  });

  test("is not current if LANGUAGES no longer allows its language", () => {
    const spanish = { ...stored, language: "es" };
    const check = (languages: readonly string[] | "any") =>
      isCurrent(spanish, { textHash }, { ...model, languages }, ON);
    expect([check("any"), check(["en", "es"]), check(["en"])]).toEqual([true, true, false]);
  });
});

describe("a stored error", () => {
  const model = { model: MODEL, labels: ["NEGATIVE", "POSITIVE"], languages: ["en"] };
  const missing = { error: { code: "text-missing", message: "" }, model: MODEL, classifiedAt: new Date() };
  const blank = { error: { code: "text-blank", message: "" }, model: MODEL, textHash: hashText(" ") };

  test("is current if it is the stored result of unclassifiable()", () => {
    for (const text of [undefined, 5, " "]) {
      const result = unclassifiable(text, MODEL);
      if (result === undefined) throw new Error("classifiable");
      expect(isCurrent({ ...structuredClone(result), classifiedAt: new Date() }, result, model, ON)).toBe(true);
    }
  });

  test.each<[string, Parameters<typeof isCurrent>[1], ModelId]>([
    ["another error", { error: { code: "text-not-a-string", message: "" } }, MODEL],
    ["another model", { error: { code: "text-missing", message: "" } }, modelId("lite@2")],
    ["a text", { textHash: hashText("I love it") }, MODEL],
    ["a blank text", { textHash: hashText(" "), error: { code: "text-blank", message: "" } }, MODEL],
  ])("is not current for %s", (_, text, name) => {
    expect(isCurrent(missing, text, { ...model, model: name }, ON)).toBe(false);
  });

  test("is not current for the same text if it could be classified", () => {
    expect(isCurrent(blank, { textHash: hashText(" ") }, model, ON)).toBe(false);
  });

  test("about the language is current until LANGUAGES allows the language, or the text changes", () => {
    const textHash = hashText("Muy bueno");
    const stored = resultOf({ unsupportedLanguage: "es" }, { model: MODEL, textHash }, ON);
    expect(isCurrent(stored, { textHash }, model, ON)).toBe(true);
    expect(isCurrent(stored, { textHash }, { ...model, languages: ["ca", "en"] }, ON)).toBe(true);
    expect(isCurrent(stored, { textHash }, { ...model, languages: ["ca", "en", "es"] }, ON)).toBe(false);
    expect(isCurrent(stored, { textHash }, { ...model, languages: "any" }, ON)).toBe(false);
    expect(isCurrent(stored, { textHash }, { ...model, model: modelId("lite-multi@1") }, ON)).toBe(false);
    expect(isCurrent(stored, { textHash: hashText("Very good") }, model, ON)).toBe(false);
  });
});
