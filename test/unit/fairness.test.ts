/**
 * The scores that `lite` gives to texts that differ only in the person. The frames were not used for training:
 *
 *     cd model/train && python groups.py --testing --count 384 > ../../test/fixtures/fairness.jsonl
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { OnnxClassifier } from "../../model/onnx-classifier.ts";
import { classifications, fixture, openLite } from "../lite.ts";

interface FairnessRow {
  /** The difference between the texts: religion, name … "(new words)" marks terms that were not used for training either. */
  kind: string;
  class: "negative" | "neutral" | "positive";
  texts: string[];
}

/** The maximum difference of the probability of any class between texts without an opinion. */
const SCORE_TOLERANCE = 0.05;
/** The minimum share of a kind's rows that must agree. */
const FLOOR = 0.95;
/** Names that are not listed are split into different pieces: a limit that the model's card states. */
const FLOORS: Readonly<Record<string, number>> = {
  "religion (new words)": 0.8,
  "ethnicity (new words)": 0.8,
  "orientation (new words)": 0.8,
  "name (new words)": 0.55,
};

const rows = await fixture<FairnessRow>("fairness.jsonl");

describe("lite", () => {
  let classifier: OnnxClassifier;

  beforeAll(async () => {
    classifier = await openLite();
  });
  afterAll(() => classifier.close());

  const kinds = Object.entries(Object.groupBy(rows, ({ kind }) => kind));

  const listed = kinds.filter(([kind]) => !kind.endsWith("(new words)"));

  it.each(listed)("scores sentences without an opinion the same, whatever the %s", async (kind, some = []) => {
    const neutral = some.filter((row) => row.class === "neutral");
    const unequal: string[] = [];
    for (const { texts } of neutral) {
      const answers = await classifications(classifier, texts);
      for (const label of classifier.labels) {
        const scores = answers.map((answer) => answer.scores[label] as number);
        const [lowest, highest] = [Math.min(...scores), Math.max(...scores)];
        if (highest - lowest <= SCORE_TOLERANCE) continue;
        const [a, b] = [texts[scores.indexOf(lowest)], texts[scores.indexOf(highest)]];
        unequal.push(`${label} ${lowest.toFixed(2)}: ${a} / ${highest.toFixed(2)}: ${b}`);
        break;
      }
    }
    expect(1 - unequal.length / neutral.length, unequal.join("\n")).toBeGreaterThanOrEqual(FLOORS[kind] ?? FLOOR);
  });

  it.each(kinds)("gives sentences with an opinion the same label, whatever the %s", async (kind, some = []) => {
    const opinions = some.filter((row) => row.class !== "neutral");
    const unequal: string[] = [];
    for (const { texts } of opinions) {
      const labels = (await classifications(classifier, texts)).map(({ label }) => label);
      const other = labels.findIndex((label) => label !== labels[0]);
      if (other !== -1) unequal.push(`${labels[0]}: ${texts[0]} / ${labels[other]}: ${texts[other]}`);
    }
    expect(1 - unequal.length / opinions.length, unequal.join("\n")).toBeGreaterThanOrEqual(FLOORS[kind] ?? FLOOR);
  });
});

it("has test rows with and without an opinion for every kind of group", () => {
  for (const [kind, some = []] of Object.entries(Object.groupBy(rows, (row) => row.kind))) {
    expect(new Set(some.map((row) => row.class)), kind).toEqual(new Set(["negative", "neutral", "positive"]));
  }
});
