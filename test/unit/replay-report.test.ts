import { expect, test } from "vitest";
import { describeChanges } from "../../worker/cli/replay-report.ts";
import { modelId, reviewPath } from "../ids.ts";

const NONE = { same: 0, edited: 0, unknown: 0, added: 0, failed: 0, deleted: 0, waiting: 0 };

test("a report escapes control characters in ids and in a file's labels", () => {
  const report = describeChanges(
    {
      ...NONE,
      reviews: 1,
      changed: 1,
      changes: { "\x1b[31mOLD → POSITIVE": 1 },
      examples: [{ path: reviewPath("reviews/a\x1b]0;title\x07"), from: "\x9b2JOLD", to: "POSITIVE", score: 0.9 }],
    },
    modelId("lite@4"),
  );
  expect(report).toContain("\\x1b[31mOLD → POSITIVE: 1");
  expect(report).toContain("reviews/a\\x1b]0;title\\x07");
  expect(report).toContain("\\x9b2JOLD");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: none of these may be left
  expect(report).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
});
