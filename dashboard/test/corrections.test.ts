/** How people's corrections change what Firestore has counted. */
import { describe, expect, test } from "vitest";
import {
  correctBuckets,
  correctContradictions,
  correctFailures,
  correctGroups,
  correctionsIn,
  correctLeft,
  correctList,
  correctTotals,
} from "../src/corrections.ts";
import { meanSentiment, type Totals } from "../src/counts.ts";
import { NO_FILTERS } from "../src/filters.ts";
import type { Review } from "../src/review.ts";
import { wilson } from "../src/statistics.ts";

const LABELS = ["NEGATIVE", "NEUTRAL", "POSITIVE"];
const at = (hour: number): Date => new Date(Date.UTC(2026, 10, 25, hour));

/** A review that the machine has called `machineLabel`, and a person `label`. */
function review(id: string, machineLabel: string | undefined, label: string, more: Partial<Review> = {}): Review {
  return {
    path: `reviews/${id}`,
    text: id,
    label,
    ...(machineLabel !== undefined && { machineLabel, score: 0.8 }),
    textHash: "h",
    time: at(10),
    triage: { state: "open", by: "ann", label, textHash: "h" },
    others: [],
    ...more,
  };
}

const machine = (id: string, label: string, time: Date, score = 0.8): Review => ({
  path: `reviews/${id}`,
  text: id,
  label,
  machineLabel: label,
  score,
  time,
  others: [],
});

const totals = (counts: readonly number[], more: Partial<Totals> = {}): Totals => ({
  period: { from: at(0) },
  labels: LABELS.map((label, i) => ({ label, count: counts[i] as number })),
  labelled: counts.reduce((a, b) => a + b, 0),
  signed: 0,
  ...more,
});

describe("totals", () => {
  test("move a corrected review from one label to the other", () => {
    const corrected = correctTotals(totals([5, 1, 4]), [review("a", "NEGATIVE", "POSITIVE")]);
    expect(corrected.labels.map(({ count }) => count)).toEqual([4, 1, 5]);
    expect(corrected.labelled).toBe(10);
  });

  test("take a review that the machine could not label out of the failed ones", () => {
    const error = (code: string) => ({ error: { code, message: "" } });
    const corrections = [
      review("a", undefined, "NEGATIVE", error("language-unsupported")),
      review("b", undefined, "NEUTRAL", error("text-blank")),
    ];
    expect(correctTotals(totals([5, 1, 4]), corrections).labelled).toBe(12);
    expect(correctFailures({ attention: 2, unread: 3 }, corrections)).toEqual({ attention: 1, unread: 2 });
  });

  test("subtract no score of a label that they do not have, such as one of an earlier model", () => {
    const corrected = correctTotals(totals([0, 0, 1], { signed: 0.8 }), [review("a", "NEG", "POSITIVE")]);
    expect(corrected).toMatchObject({ labelled: 2, signed: 1.8 });
  });

  test("count a correction as certain in the mean sentiment", () => {
    // 0.9 + 0.7 - 0.8, and 0 of a neutral review.
    const machines = totals([1, 1, 2], { signed: 0.8 });
    expect(meanSentiment(machines)).toBeCloseTo(0.2, 10);
    expect(meanSentiment(correctTotals(machines, [review("a", "NEGATIVE", "POSITIVE")]))).toBeCloseTo(
      (1.6 + 1) / 4,
      10,
    );
    expect(meanSentiment(totals([0, 0, 0]))).toBeUndefined();
    expect(meanSentiment({ ...machines, labels: machines.labels.slice(1) })).toBeUndefined();
  });
});

test("corrections of an earlier text, of another time and of other filters do not count", () => {
  const right = review("right", "NEGATIVE", "POSITIVE", { model: "lite@4", language: "en", group: "Kettle" });
  const others = [
    review("earlier text", "NEGATIVE", "POSITIVE", { textHash: "other" }),
    review("too old", "NEGATIVE", "POSITIVE", { time: at(7) }),
    review("too new", "NEGATIVE", "POSITIVE", { time: at(12) }),
    { ...right, model: "lite@3" },
    { ...right, language: "es" },
    { ...right, group: "Lamp" },
    { ...right, score: 0.4 },
  ];
  const filters = { ...NO_FILTERS, model: "lite@4", language: "en", group: "Kettle", scoreFrom: 0.5 };
  expect(correctionsIn([right, ...others], filters, { from: at(8), before: at(12) })).toEqual([right]);
});

test("the queue gets reviews that are corrected to its label, unless they are done", () => {
  const done = { triage: { state: "done" as const, by: "ann", label: "NEGATIVE", textHash: "h" } };
  const corrections = [
    review("a", "POSITIVE", "NEGATIVE"),
    review("b", "POSITIVE", "NEGATIVE", done),
    review("c", "NEGATIVE", "NEUTRAL"),
    review("d", "NEUTRAL", "NEGATIVE"),
  ];
  expect(correctLeft(10, "NEGATIVE", corrections)).toBe(11);
});

test("ratings contradict no label that has been corrected", () => {
  const poles = { negative: "NEGATIVE", positive: "POSITIVE" };
  const corrections = [
    review("a", "NEGATIVE", "POSITIVE", { rating: 5 }),
    review("b", "POSITIVE", "NEGATIVE", { rating: 1 }),
    review("agrees with the rating", "NEGATIVE", "NEUTRAL", { rating: 2 }),
    review("labelled again as corrected", "NEGATIVE", "NEGATIVE", { rating: 5 }),
    review("without a rating", "NEGATIVE", "POSITIVE"),
  ];
  expect(correctContradictions(8, poles, { label: undefined }, corrections)).toBe(6);
  expect(correctContradictions(5, poles, { label: "NEGATIVE" }, corrections)).toBe(4);
});

test("a bar of the chart has the corrections of its own time", () => {
  const bucket = (hour: number) => ({ start: at(hour), end: at(hour + 1), counts: [2, 0, 0], labelled: 2 });
  const [before, during] = correctBuckets([bucket(9), bucket(10)], LABELS, [review("a", "NEGATIVE", "NEUTRAL")]);
  expect([before?.counts, during?.counts]).toEqual([
    [2, 0, 0],
    [1, 1, 0],
  ]);
});

test("a group has its own corrections, in both times", () => {
  const group = (name: string) => ({
    group: name,
    counts: [3, 0, 1],
    labelled: 4,
    before: { negative: 2, labelled: 5 },
  });
  const mine = { group: "Kettle" };
  const [kettle, lamp] = correctGroups([group("Kettle"), group("Lamp")], { labels: LABELS, negative: "NEGATIVE" }, [
    [review("a", "NEGATIVE", "POSITIVE", mine)],
    [review("b", undefined, "NEGATIVE", mine), review("c", "POSITIVE", "NEGATIVE", mine)],
  ]);
  expect(kettle).toMatchObject({ counts: [2, 0, 2], labelled: 4, before: { negative: 4, labelled: 6 } });
  expect(lamp).toMatchObject(group("Lamp"));
});

describe("a list", () => {
  const loaded = [machine("n1", "NEGATIVE", at(12)), machine("n2", "NEGATIVE", at(9))];
  const away = review("n1", "NEGATIVE", "NEUTRAL", { time: at(12) });
  const ids = (reviews: readonly Review[]): string[] => reviews.map(({ path }) => path.slice("reviews/".length));
  const options = { labels: ["NEGATIVE"], sort: "newest" as const, complete: false };

  test("loses reviews that are corrected to another label, and gets those that are corrected to its own", () => {
    const to = review("p1", "POSITIVE", "NEGATIVE", { time: at(10) });
    expect(ids(correctList([away, loaded[1] as Review], [away, to], options))).toEqual(["p1", "n2"]);
  });

  test("gets none from below the part that is loaded", () => {
    const old = review("p1", "POSITIVE", "NEGATIVE", { time: at(3) });
    expect(ids(correctList(loaded, [old], options))).toEqual(["n1", "n2"]);
    expect(ids(correctList(loaded, [old], { ...options, complete: true }))).toEqual(["n1", "n2", "p1"]);
  });

  test("has corrected reviews among the most certain", () => {
    const to = review("p1", "POSITIVE", "NEGATIVE");
    const worst = { ...options, sort: "worst" as const };
    expect(ids(correctList([machine("a", "NEGATIVE", at(9), 0.9)], [to], worst))).toEqual(["p1", "a"]);
    const uncertain = { ...options, sort: "uncertain" as const, complete: true };
    expect(ids(correctList([machine("a", "NEGATIVE", at(9), 0.9)], [to], uncertain))).toEqual(["a", "p1"]);
  });
});

test.each([
  // Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I.
  [81, 263, 0.2553, 0.3662],
  [15, 148, 0.0624, 0.1605],
  [0, 20, 0, 0.1611],
  [1, 29, 0.0061, 0.1718],
])("Wilson's interval of %i of %i", (count, total, low, high) => {
  expect(wilson(count, total).low).toBeCloseTo(low, 4);
  expect(wilson(count, total).high).toBeCloseTo(high, 4);
});
