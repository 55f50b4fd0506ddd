import { describe, expect, test } from "vitest";
import {
  accuracy,
  calibrationError,
  classwiseCalibrationError,
  confusion,
  coverageAt,
  f1,
  macroF1,
  type Prediction,
  recall,
  scoreBins,
} from "../../model/metrics.ts";

const judged = (score: number, right: boolean, label = "POSITIVE"): Prediction => ({
  label,
  score,
  expected: right ? label : label === "POSITIVE" ? "NEGATIVE" : "POSITIVE",
});

// Three in the bin (14/15, 1], one in (8/15, 9/15].
const FOUR = [judged(0.95, true), judged(0.97, true), judged(0.99, false), judged(0.55, true, "NEGATIVE")];

test("accuracy is the share of right labels", () => {
  expect(accuracy(FOUR)).toBe(0.75);
  expect(accuracy([])).toBeNaN();
});

test("recall is the share that got a label among those that should have it", () => {
  // Two should be POSITIVE, and both are; two should be NEGATIVE, and one is.
  expect(recall(FOUR, "POSITIVE")).toBe(1);
  expect(recall(FOUR, "NEGATIVE")).toBe(0.5);
  expect(recall(FOUR, "NEUTRAL")).toBeNaN();
});

test("a bin contains the scores above its lower bound up to its upper bound", () => {
  const counts = (scores: number[]) =>
    scoreBins(
      scores.map((score) => judged(score, true)),
      4,
    ).map(({ count }) => count);
  expect(counts([0, 0.25, 0.26, 0.5, 0.75, 0.76, 1])).toEqual([2, 2, 1, 2]);
  expect(scoreBins([], 2)).toEqual([
    { from: 0, to: 0.5, count: 0, confidence: 0, accuracy: 0 },
    { from: 0.5, to: 1, count: 0, confidence: 0, accuracy: 0 },
  ]);
});

test("the expected calibration error weighs each bin's gap between score and accuracy by its texts", () => {
  // (3 * |2/3 - 0.97| + 1 * |1 - 0.55|) / 4 = (0.91 + 0.45) / 4
  expect(calibrationError(FOUR)).toBeCloseTo(0.34, 10);
  // Nine of ten right at 0.9: no error.
  expect(calibrationError(Array.from({ length: 10 }, (_, i) => judged(0.9, i > 0)))).toBeCloseTo(0, 10);
  // Within one bin, too high and too low scores cancel out; across two bins they do not.
  expect(calibrationError([judged(0.61, true), judged(0.61, false)])).toBeCloseTo(0.11, 10);
  expect(calibrationError([judged(0.61, true), judged(0.81, false)])).toBeCloseTo((0.39 + 0.81) / 2, 10);
  expect(calibrationError([])).toBeNaN();
});

test("coverage is the share of scores that reach the threshold, with their accuracy", () => {
  expect(coverageAt(FOUR, 0.5)).toEqual({ threshold: 0.5, coverage: 1, accuracy: 0.75 });
  expect(coverageAt(FOUR, 0.97)).toEqual({ threshold: 0.97, coverage: 0.5, accuracy: 0.5 });
  expect(coverageAt(FOUR, 0.999)).toEqual({ threshold: 0.999, coverage: 0, accuracy: Number.NaN });
});

describe("with three labels", () => {
  const LABELS = ["NEGATIVE", "NEUTRAL", "POSITIVE"];
  const given = (expected: string, label: string, score = 0.8) => {
    const rest = (1 - score) / 2;
    const scores = Object.fromEntries(LABELS.map((one) => [one, one === label ? score : rest]));
    return { expected, label, score, scores };
  };
  // NEGATIVE: 2 of 2; NEUTRAL: 1 of 3, called NEGATIVE and POSITIVE once each; POSITIVE: 1 of 1.
  const SIX = [
    given("NEGATIVE", "NEGATIVE"),
    given("NEGATIVE", "NEGATIVE"),
    given("NEUTRAL", "NEUTRAL"),
    given("NEUTRAL", "NEGATIVE"),
    given("NEUTRAL", "POSITIVE"),
    given("POSITIVE", "POSITIVE"),
  ];

  test("F1 is the harmonic mean of precision and recall", () => {
    expect(f1(SIX, "NEGATIVE")).toBeCloseTo(0.8, 10);
    expect(f1(SIX, "NEUTRAL")).toBeCloseTo(0.5, 10);
    expect(f1(SIX, "POSITIVE")).toBeCloseTo(2 / 3, 10);
    expect(f1([given("NEGATIVE", "POSITIVE")], "NEGATIVE")).toBe(0);
    expect(f1([], "NEGATIVE")).toBeNaN();
  });

  test("macro-F1 is the mean over the labels that occur", () => {
    expect(macroF1(SIX, LABELS)).toBeCloseTo((0.8 + 0.5 + 2 / 3) / 3, 10);
    expect(macroF1([given("NEGATIVE", "NEGATIVE")], LABELS)).toBe(1);
    expect(macroF1([], LABELS)).toBeNaN();
  });

  test("the confusion matrix counts texts by expected and actual label", () => {
    expect(confusion(SIX, LABELS)).toEqual({
      NEGATIVE: { NEGATIVE: 2, NEUTRAL: 0, POSITIVE: 0 },
      NEUTRAL: { NEGATIVE: 1, NEUTRAL: 1, POSITIVE: 1 },
      POSITIVE: { NEGATIVE: 0, NEUTRAL: 0, POSITIVE: 1 },
    });
  });

  test("the calibration error also works with three labels", () => {
    // All scores are 0.8, four of six right.
    expect(calibrationError(SIX)).toBeCloseTo(0.8 - 4 / 6, 10);
  });

  test("the class-wise calibration error averages over the labels", () => {
    // NEGATIVE: three at 0.8, two right; three at 0.1, none. NEUTRAL: one at 0.8, right; five at 0.1, two. POSITIVE: two at 0.8, one; four at 0.1, none.
    const negative = (3 * Math.abs(2 / 3 - 0.8) + 3 * 0.1) / 6;
    const neutral = (0.2 + 5 * Math.abs(2 / 5 - 0.1)) / 6;
    const positive = (2 * 0.3 + 4 * 0.1) / 6;
    expect(classwiseCalibrationError(SIX, LABELS)).toBeCloseTo((negative + neutral + positive) / 3, 10);
  });
});
