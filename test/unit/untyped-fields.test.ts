import { expect, test } from "vitest";
import type { Row } from "../../shared/json-rows.ts";
import { UntypedFields } from "../../worker/cli/untyped-fields.ts";

function warningFor(rows: Row[], ignored: string[] = ["text"]): string | undefined {
  const untyped = new UntypedFields(ignored);
  for (const row of rows) untyped.add(row);
  return untyped.describe();
}

test("times and ratings that are texts are named, with the options that convert them", () => {
  expect(
    warningFor([
      { id: "2026", text: "2026-11-01", Datum: "1.11.2026", "Sterne (1-5)": "5", updated: "2026-11-01T10:00:00Z" },
      { id: "2027", text: "Fine.", Datum: "", "Sterne (1-5)": "4,5", updated: null },
    ]),
  ).toBe(
    `"Datum", "updated", "Sterne (1-5)" are stored as text: no query for a time or a number finds them; to convert them, add --created-field Datum --created-field updated --date-order ORDER --rating-field 'Sterne (1-5)', where ORDER is dmy (day first) or mdy (month first)`,
  );
  expect(warningFor([{ text: "a", at: "2026-11-01" }])).toBe(
    '"at" is stored as text: no query for a time or a number finds it; to convert it, add --created-field at',
  );
});

test("the hint leaves out --date-order if that is given", () => {
  const untyped = new UntypedFields(["text", "written"], true);
  untyped.add({ text: "a", written: "1.11.2026", published: "2.11.2026" });
  expect(untyped.describe()).toMatch(/to convert it, add --created-field published$/);
});

test.each<[string, Row[]]>([
  ["a field with another value", [{ at: "2026-11-01" }, { at: "soon" }, { at: "2026-11-02" }]],
  ["numbers", [{ at: 1_764_000_000, stars: 5 }]],
  ["digits, which may be ids", [{ order: "1764000000", n: "5" }]],
  ["a number that is not named for ratings", [{ quantity: "5" }]],
  ["a rating in words", [{ rating: "5" }, { rating: "five" }]],
  ["fields that are converted", [{ text: "2026-11-01" }]],
  ["no value", [{ at: "" }, { at: null }]],
])("%s is not named", (_, rows) => {
  expect(warningFor(rows)).toBeUndefined();
});
