import { describe, expect, test } from "vitest";
import { hashText, isCurrent, labelled, unclassifiable } from "../../shared/result.ts";

const MODEL = "lite@1";

describe("the hash of a text", () => {
  test("is its SHA-256 in hex", () => {
    // The test vector of FIPS 180-2, appendix B.1.
    expect(hashText("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    expect(hashText("")).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  });

  test("is that of its UTF-8", () => {
    // printf 'é' | sha256sum
    expect(hashText("é")).toBe("4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c");
  });

  test("tells texts apart that differ in white space or case only", () => {
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
  ])("with a text of %s; its hash is kept", (_, text) => {
    expect(unclassifiable(text, MODEL)).toEqual({
      error: { code: "text-blank", message: expect.stringMatching(/\w/) },
      model: MODEL,
      textHash: hashText(text),
    });
  });
});

test.each(["I love it", " ok ", ".", "0", "👍", "null"])("the text %j can be classified", (text) => {
  expect(unclassifiable(text, MODEL)).toBeUndefined();
});

describe("the label to write", () => {
  const weak = { label: "POSITIVE", score: 0.6 };

  test("is the model's where no NEUTRAL is configured", () => {
    expect(labelled(weak, undefined)).toEqual(weak);
  });

  test("is NEUTRAL below the limit; the score stays", () => {
    expect(labelled(weak, 0.7)).toEqual({ label: "NEUTRAL", score: 0.6 });
  });

  test("is the model's at the limit and above", () => {
    expect(labelled(weak, 0.6)).toEqual(weak);
    expect(labelled(weak, 0.5)).toEqual(weak);
    expect(labelled(weak, 0)).toEqual(weak);
  });
});

describe("a stored label", () => {
  const textHash = hashText("I love it");
  const stored = { label: "POSITIVE", score: 0.98, model: MODEL, textHash, classifiedAt: new Date() };
  const wanted = { model: MODEL, textHash };

  test("is current for the same text and model", () => {
    expect(isCurrent(stored, wanted)).toBe(true);
  });

  test("is current whatever its label and score, and whatever else is beside them", () => {
    expect(isCurrent({ ...stored, label: "NEUTRAL", score: 0, more: [1] }, wanted)).toBe(true);
  });

  test.each([
    ["another text", { ...stored, textHash: hashText("I hate it") }],
    ["another model", { ...stored, model: "lite@2" }],
    ["no text hash", { ...stored, textHash: undefined }],
    ["no model", { ...stored, model: undefined }],
    ["no label", { ...stored, label: undefined }],
    ["no score", { ...stored, score: undefined }],
    ["a score that is no number", { ...stored, score: "0.98" }],
    ["an error beside it", { ...stored, error: { code: "text-blank", message: "" } }],
  ])("is not current with %s", (_, other) => {
    expect(isCurrent(other, wanted)).toBe(false);
  });

  test.each([undefined, null, "POSITIVE", 1, [], {}, new Date()])("is not current if it is %j", (other) => {
    expect(isCurrent(other, wanted)).toBe(false);
  });

  test("is not current for a review that has no text any more", () => {
    expect(isCurrent(stored, { model: MODEL, error: { code: "text-missing" } })).toBe(false);
  });
});

describe("a stored error", () => {
  const missing = { error: { code: "text-missing", message: "" }, model: MODEL, classifiedAt: new Date() };
  const blank = { error: { code: "text-blank", message: "" }, model: MODEL, textHash: hashText(" ") };

  test("is current for the same error, text and model", () => {
    expect(isCurrent(missing, { model: MODEL, error: { code: "text-missing" } })).toBe(true);
    expect(isCurrent(blank, { model: MODEL, textHash: hashText(" "), error: { code: "text-blank" } })).toBe(true);
  });

  test("is what unclassifiable() gave, once stored", () => {
    for (const text of [undefined, 5, " "]) {
      const result = unclassifiable(text, MODEL);
      if (result === undefined) throw new Error("classifiable");
      expect(isCurrent(structuredClone(result), result)).toBe(true);
    }
  });

  test.each([
    ["another error", { model: MODEL, error: { code: "text-not-a-string" } }],
    ["another model", { model: "lite@2", error: { code: "text-missing" } }],
    ["a text", { model: MODEL, textHash: hashText("I love it") }],
    ["a blank text", { model: MODEL, textHash: hashText(" "), error: { code: "text-blank" } }],
  ])("is not current for %s", (_, wanted) => {
    expect(isCurrent(missing, wanted)).toBe(false);
  });

  test("is not current for the same text if it could be classified", () => {
    expect(isCurrent(blank, { model: MODEL, textHash: hashText(" ") })).toBe(false);
  });
});
