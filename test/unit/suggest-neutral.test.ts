import { expect, test } from "vitest";
import { type Compared, suggestNeutralBelow } from "../../worker/cli/suggest-neutral.ts";

const LABELS = ["NEGATIVE", "NEUTRAL", "POSITIVE"];

const many = (count: number, expected: string, negative: number): Compared[] =>
  Array.from({ length: count }, () => ({ scores: { NEGATIVE: negative, POSITIVE: 1 - negative }, expected }));

test("suggests the lowest threshold that separates uncertain neutral texts from certain ones", () => {
  const reviews = [...many(30, "NEGATIVE", 0.9), ...many(30, "POSITIVE", 0.1), ...many(20, "NEUTRAL", 0.6)];
  const suggestion = suggestNeutralBelow(reviews, LABELS, { neutral: "on" });
  expect(suggestion).toMatchObject({ neutralBelow: 0.61, macroF1: 1 });
  expect(suggestion?.macroF1Without).toBeLessThan(0.7);
});

test("suggests none if no threshold is an improvement", () => {
  const reviews = [...many(30, "NEGATIVE", 0.7), ...many(30, "POSITIVE", 0.3), ...many(20, "NEUTRAL", 0.99)];
  expect(suggestNeutralBelow(reviews, LABELS, { neutral: "on" })).toMatchObject({ neutralBelow: undefined });
});

test("suggests none for few reviews, or few neutral ones", () => {
  expect(suggestNeutralBelow(many(49, "NEUTRAL", 0.6), LABELS, { neutral: "on" })).toBeUndefined();
  const reviews = [...many(60, "NEGATIVE", 0.9), ...many(9, "NEUTRAL", 0.6)];
  expect(suggestNeutralBelow(reviews, LABELS, { neutral: "on" })).toBeUndefined();
});
