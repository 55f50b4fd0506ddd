import { expect, test } from "vitest";
import { type Classifier, InferenceError } from "../../model/classifier.ts";
import type { Row } from "../../shared/json-rows.ts";
import type { ReviewsFile } from "../../shared/reviews-file.ts";
import { type Counts, outputLines } from "../../worker/cli/classify.ts";
import { readConfig } from "../../worker/config.ts";

const classifier = {
  model: "test@1",
  classify: async (texts: readonly string[]) =>
    texts.map((text) => {
      if (text.includes("poison")) return new InferenceError("the model failed on a text");
      if (text.includes("hola")) return { unsupportedLanguage: "es" };
      return { label: "POSITIVE", score: 0.75, scores: { NEGATIVE: 0.25, POSITIVE: 0.75 }, language: "en" };
    }),
} as unknown as Classifier;

const fileOf = (rows: Row[]): ReviewsFile => ({
  name: "test",
  bytes: undefined,
  bytesRead: () => 0,
  async *rows() {
    yield* rows;
  },
});

test("if the model fails on a review, it gets an error, and the others their labels", async () => {
  const counts: Counts = { reviews: 0, labelled: 0, failed: 0, failedBecause: {}, errors: 0 };
  const texts = ["good", "poison", "", "hola", "good"];
  const file = fileOf(texts.map((body, n) => ({ n, body, sentiment: "mine" })));
  const options = { field: "body", resultField: "result" };
  const lines = await Array.fromAsync(outputLines(file, options, classifier, readConfig({}), counts, () => {}));
  const label = { label: "POSITIVE", score: 0.75, scores: { NEGATIVE: 0.25, POSITIVE: 0.75 }, language: "en" };
  const results = [
    label,
    { error: { code: "inference-failed", message: "the model failed on a text" } },
    { error: { code: "text-blank", message: expect.any(String) } },
    { error: { code: "language-unsupported", message: expect.any(String) }, language: "es" },
    label,
  ];
  expect(lines.map((line) => JSON.parse(line))).toEqual(
    texts.map((body, n) => ({ n, body, sentiment: "mine", result: { ...results[n], model: "test@1" } })),
  );
  expect(counts).toEqual({
    reviews: 5,
    labelled: 2,
    failed: 2,
    failedBecause: { "text-blank": 1, "language-unsupported": 1 },
    errors: 1,
  });
});

test("thousands of reviews keep their order, even with failures among them", async () => {
  const counts: Counts = { reviews: 0, labelled: 0, failed: 0, failedBecause: {}, errors: 0 };
  const rows = Array.from({ length: 2_000 }, (_, n) => ({
    n,
    text: n % 7 === 0 ? "poison" : n % 5 === 0 ? " " : "good",
  }));
  const options = { field: "text", resultField: "sentiment" };
  const lines = await Array.fromAsync(outputLines(fileOf(rows), options, classifier, readConfig({}), counts, () => {}));
  for (const [n, line] of lines.entries()) {
    const { sentiment, ...row } = JSON.parse(line);
    expect(row).toEqual(rows[n]);
    const expected = n % 7 === 0 ? "inference-failed" : n % 5 === 0 ? "text-blank" : undefined;
    expect(sentiment.error?.code).toBe(expected);
  }
});
