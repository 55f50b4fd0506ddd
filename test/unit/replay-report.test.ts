import { expect, test } from "vitest";
import { describeChanges } from "../../worker/cli/replay-report.ts";
import { noChanges } from "../../worker/replay/label-changes.ts";
import { modelId, reviewPath } from "../ids.ts";

test("a report counts lost labels as changed, with the error that replaced them", () => {
  const report = describeChanges({
    ...noChanges(modelId("lite@7")),
    reviews: 52,
    changed: 24,
    lost: 21,
    lostBecause: { "language-unsupported": 21 },
    same: 27,
    failed: 1,
    failedBecause: { "text-blank": 1 },
    changes: { "NEUTRAL → POSITIVE": 3, "POSITIVE → (language-unsupported)": 21 },
    examples: [{ path: reviewPath("reviews/a"), from: "POSITIVE", to: "(language-unsupported)" }],
  });
  expect(report.split("\n")).toEqual([
    "52 reviews: 30 labelled by lite@7, 21 lost their label (language-unsupported 21), 1 without a label before and after (text-blank 1)",
    "24 labels changed (47.1 %)",
    "  NEUTRAL → POSITIVE: 3",
    "  POSITIVE → (language-unsupported): 21",
    expect.stringMatching(/^review +was +is +score$/),
    expect.stringMatching(/^reviews\/a +POSITIVE +\(language-unsupported\) *$/),
    "If lite@7 had labelled some of these reviews before, this report cannot tell whether they are relabelled yet",
    "MODEL=lite-multi reads twelve languages.",
  ]);
});

test("a report escapes control characters in ids and in a file's labels", () => {
  const report = describeChanges({
    ...noChanges(modelId("lite@4")),
    reviews: 1,
    changed: 1,
    changes: { "\x1b[31mOLD → POSITIVE": 1 },
    examples: [{ path: reviewPath("reviews/a\x1b]0;title\x07"), from: "\x9b2JOLD", to: "POSITIVE", score: 0.9 }],
  });
  expect(report).toContain("\\x1b[31mOLD → POSITIVE: 1");
  expect(report).toContain("reviews/a\\x1b]0;title\\x07");
  expect(report).toContain("\\x9b2JOLD");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: none of these may be left
  expect(report).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
});

test("a report says that MODEL is not the model that has labelled the reviews", () => {
  const found = { ...noChanges(modelId("lite@8")), reviews: 12, waiting: 12, otherModels: { "lite-multi@3": 10 } };
  expect(describeChanges(found).split("\n")).toEqual([
    "12 reviews: 0 labelled by lite@8, 12 still waiting",
    "0 labels changed",
    "MODEL is lite@8, but lite-multi@3 has labelled 10 of these reviews since: set MODEL to the model of the workers",
  ]);
});

test("a report on a record that names its model suspects the workers instead", () => {
  const report = describeChanges({
    ...noChanges(modelId("lite-multi@3")),
    modelRecorded: true,
    reviews: 12,
    same: 11,
    waiting: 1,
    otherModels: { "lite@8": 1 },
  });
  expect(report).toContain("\nlite@8 has labelled 1 of these reviews since: do all workers have the same MODEL?");
  expect(report).not.toMatch(/set MODEL|had labelled/);
});
