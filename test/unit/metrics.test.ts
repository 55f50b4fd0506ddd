import { expect, test } from "vitest";
import { accuracy, calibrationError, coverageAt, type Prediction, recall, scoreBins } from "../../model/metrics.ts";

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

test("recall is the share of those which should have a label that got it", () => {
  // Two should be POSITIVE, and are; two should be NEGATIVE, of which one is.
  expect(recall(FOUR, "POSITIVE")).toBe(1);
  expect(recall(FOUR, "NEGATIVE")).toBe(0.5);
  expect(recall(FOUR, "NEUTRAL")).toBeNaN();
});

test("bins hold the scores above their lower end up to their upper one", () => {
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
  // Nine of ten right at 0.9: nothing to correct.
  expect(calibrationError(Array.from({ length: 10 }, (_, i) => judged(0.9, i > 0)))).toBeCloseTo(0, 10);
  // In one bin too much and too little cancel; in two they do not.
  expect(calibrationError([judged(0.61, true), judged(0.61, false)])).toBeCloseTo(0.11, 10);
  expect(calibrationError([judged(0.61, true), judged(0.81, false)])).toBeCloseTo((0.39 + 0.81) / 2, 10);
  expect(calibrationError([])).toBeNaN();
});

test("coverage is the share of scores that reach the threshold, with the accuracy among them", () => {
  expect(coverageAt(FOUR, 0.5)).toEqual({ threshold: 0.5, coverage: 1, accuracy: 0.75 });
  expect(coverageAt(FOUR, 0.97)).toEqual({ threshold: 0.97, coverage: 0.5, accuracy: 0.5 });
  expect(coverageAt(FOUR, 0.999)).toEqual({ threshold: 0.999, coverage: 0, accuracy: Number.NaN });
});
