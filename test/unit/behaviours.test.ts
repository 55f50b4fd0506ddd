/**
 * The labels that `lite` gives to kinds of reviews that shops get. The fixtures come from frames and words that were not used for training:
 *
 *     cd model/train
 *     python behaviours.py --testing --count 1360 > ../../test/fixtures/behaviours.jsonl
 *     python behaviours.py --rows --count 1080 > ../../test/fixtures/invariance.jsonl
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Classification } from "../../model/classifier.ts";
import type { OnnxClassifier } from "../../model/onnx-classifier.ts";
import { classifications, fixture, marginOf, openLite } from "../lite.ts";

/** `not-negative` is mild praise, which may also count as neutral; `not-positive` is mild blame. */
type Expected = "negative" | "neutral" | "positive" | "not-negative" | "not-positive";

interface BehaviourRow {
  text: string;
  class: Expected;
  family: string;
}

interface InvarianceRow {
  /** The difference between the variants and the first text. */
  change: string;
  texts: string[];
}

/**
 * The minimum share of a family's texts that must get the right class. The target is 0.85. CPUs round differently, so one text in twenty
 * may differ: a family that misses the target has a floor that much below the result of `lite@11`. Another model has other weak families:
 * set its floors anew if the mean over all families, which has a floor of its own, is no lower.
 */
const FLOOR = 0.8;
const MEAN_FLOOR = 0.89;
const FLOORS: Readonly<Record<string, number>> = {
  "how long it lasted": 0.7,
  "mild verdicts": 0.775,
  misspelt: 0.725,
  "negation of facts": 0.775,
  "problem solved": 0.675,
};

/** Limits for the change of P(positive) − P(negative): by a change without sentiment, and in the wrong direction by one with sentiment. */
const INVARIANCE = 0.2;
const DIRECTION = 0.1;
/** The minimum share of rows that must stay within these limits. */
const ROW_FLOOR = 0.9;
const ROW_FLOORS: Readonly<Record<string, number>> = {
  address: 1,
  handle: 1,
  // Below the aim, see FLOORS.
  "typing error": 0.6,
  "order number": 0.68,
  punctuation: 0.75,
  contraction: 0.95,
  "praise added": 0.86,
  "blame added": 0.82,
};

const behaviours = await fixture<BehaviourRow>("behaviours.jsonl");
const invariance = await fixture<InvarianceRow>("invariance.jsonl");

describe("lite on kinds of reviews", () => {
  let classifier: OnnxClassifier;

  beforeAll(async () => {
    classifier = await openLite();
  });
  afterAll(() => classifier.close());

  describe("gives the same class as a reader to", () => {
    const shares: number[] = [];

    it.each(Object.entries(Object.groupBy(behaviours, ({ family }) => family)))("%s", async (family, rows = []) => {
      const answers = await classifications(
        classifier,
        rows.map(({ text }) => text),
      );
      const wrong = rows
        .map((row, i) => ({ ...row, label: (answers[i] as Classification).label }))
        .filter((row) => !isRight(row.class, row.label));
      const share = 1 - wrong.length / rows.length;
      shares.push(share);
      const listed = wrong.map((row) => `${row.label}, not ${row.class}: ${row.text}`).join("\n");
      expect(share, listed).toBeGreaterThanOrEqual(FLOORS[family] ?? FLOOR);
    });

    it("all families on average", () => {
      expect(shares.reduce((sum, share) => sum + share, 0) / shares.length).toBeGreaterThanOrEqual(MEAN_FLOOR);
    });
  });

  const changes = Object.entries(Object.groupBy(invariance, ({ change }) => change));

  /** The share of rows in which `holds` is true for every variant's difference from the original's margin. */
  async function shareOfRows(rows: InvarianceRow[], holds: (move: number) => boolean): Promise<[number, string]> {
    const broken: string[] = [];
    for (const { texts } of rows) {
      const [original = 0, ...variants] = (await classifications(classifier, texts)).map(marginOf);
      const at = variants.findIndex((margin) => !holds(margin - original));
      if (at !== -1)
        broken.push(`${original.toFixed(2)} → ${variants[at]?.toFixed(2)}: ${texts[0]} → ${texts[at + 1]}`);
    }
    return [1 - broken.length / rows.length, broken.join("\n")];
  }

  describe("keeps its label despite", () => {
    it.each(changes.filter(([change]) => !change.endsWith("added")))("%s", async (change, rows = []) => {
      const [share, broken] = await shareOfRows(rows, (move) => Math.abs(move) <= INVARIANCE);
      expect(share, broken).toBeGreaterThanOrEqual(ROW_FLOORS[change] ?? ROW_FLOOR);
    });
  });

  it.each([
    ["praise added", 1],
    ["blame added", -1],
  ] as const)("moves in the right direction, or not at all, with %s", async (change, direction) => {
    const rows = invariance.filter((row) => row.change === change);
    const [share, broken] = await shareOfRows(rows, (move) => move * direction >= -DIRECTION);
    expect(share, broken).toBeGreaterThanOrEqual(ROW_FLOORS[change] ?? ROW_FLOOR);
  });
});

it("has test texts of every class and at least 15 of each family", () => {
  expect(new Set(behaviours.map((row) => row.class))).toEqual(
    new Set(["negative", "neutral", "positive", "not-negative", "not-positive"]),
  );
  for (const [family, rows] of Object.entries(Object.groupBy(behaviours, (row) => row.family))) {
    expect(rows?.length, family).toBeGreaterThanOrEqual(15);
  }
});

function isRight(expected: Expected, label: string): boolean {
  return expected.startsWith("not-") ? label !== expected.slice(4).toUpperCase() : label === expected.toUpperCase();
}
