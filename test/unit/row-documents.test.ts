import { describe, expect, test, vi } from "vitest";
import { documentFields } from "../../shared/document-fields.ts";
import type { Row } from "../../shared/json-rows.ts";
import { PathTemplate } from "../../shared/path.ts";
import { RowDocuments, type RowDocumentsOptions, reportUnstored } from "../../worker/cli/row-documents.ts";

const config = { REVIEWS_PATH: PathTemplate.parse("reviews/{review}"), TEXT_FIELD: "text", RESULT_FIELD: "sentiment" };
const documentOf = (row: Row, options: RowDocumentsOptions & Partial<typeof config> = {}) =>
  new RowDocuments({ ...config, ...options }, options).documentOf(row);

/** A number that is too large for JavaScript, as the JSON reader returns it. */
const digits = (source: string) => (JSON as unknown as { rawJSON(source: string): unknown }).rawJSON(source);

describe("a row that Firestore cannot hold", () => {
  test.each<[string, Row, RegExp]>([
    ["an array inside an array", { text: "a", tags: [["x"]] }, /the field "tags" holds an array inside an array/],
    ["one deeper down", { text: "a", x: { y: [{ z: [[1]] }] } }, /the field "x\.y\[0\]\.z" holds an array inside/],
    ["a column without a name", { "": "0", text: "a" }, /the field number 2 has no name, which Firestore/],
    ["a map with a key without a name", { text: "a", x: { "": 1 } }, /the field "x\." has no name/],
    ["a reserved name", { text: "a", __id__: 1 }, /the field "__id__" has a reserved name, which Firestore/],
    [
      "a number beyond 64 bits",
      { text: "a", n: digits("9223372036854775808") },
      /^the field "n" holds a number that is too large, which Firestore cannot store: write it as a text, in quotes$/,
    ],
    [
      "a number below 64 bits",
      { text: "a", n: digits("-9223372036854775809") },
      /the field "n" holds a number that is too large/,
    ],
    ["a number beyond a double", { text: "a", n: digits("1e999") }, /the field "n" holds a number that is too large/],
    [
      "more than 20 levels",
      { text: "a", x: Array.from({ length: 30 }).reduce((x) => ({ x }), 1) },
      /more than 20 levels/,
    ],
    ["more than a MiB", { text: "x".repeat(1_100_000) }, /the row takes 11000\d\d bytes/],
  ])("is refused for %s", (_, row, problem) => {
    expect(() => documentOf({ id: "1", ...row })).toThrow(problem);
    expect(new RowDocuments(config).problem({ id: "1", ...row })).toMatch(problem);
  });

  test("is not refused for integers of 64 bits, which are stored exactly", () => {
    expect(documentOf({ id: "1", text: "a", n: digits("-9223372036854775808") }).fields).toMatchObject({
      n: -9223372036854775808n,
    });
  });

  test("is not refused for an unpaired surrogate, which is replaced", () => {
    expect(documentFields({ text: "a\uD83D" })).toMatchObject({ fields: { text: "a\uFFFD" } });
  });
});

describe("the text of a row", () => {
  test("is stored in TEXT_FIELD, whatever the file calls it", () => {
    expect(documentOf({ id: "1", review: "a", n: 1 }, { field: "review" }).fields).toEqual({
      id: "1",
      text: "a",
      n: 1,
    });
    const nested = { TEXT_FIELD: "content.body" };
    expect(documentOf({ id: "1", review: "a", content: { n: 1 } }, { ...nested, field: "review" }).fields).toEqual({
      id: "1",
      content: { n: 1, body: "a" },
    });
    // A column of CSV.
    expect(documentOf({ id: "1", "content.body": "a" }, nested).fields).toEqual({ id: "1", content: { body: "a" } });
    expect(documentOf({ id: "1", content: { body: "a" } }, nested).fields).toEqual({ id: "1", content: { body: "a" } });
  });

  test("never overwrites another field", () => {
    expect(() => documentOf({ id: "1", review: "a", text: "title" }, { field: "review" })).toThrow(
      'the text of "review" would overwrite the field "text"',
    );
  });

  test("is never the id", () => {
    expect(documentOf({ review: "Great" }, { field: "review" }).path).toMatch(/^reviews\/[0-9a-f]{20}$/);
  });
});

test("a result in the file is omitted and counted, because the field belongs to the worker", () => {
  const documents = new RowDocuments(config);
  expect(documents.documentOf({ id: "1", text: "a", sentiment: { label: "POSITIVE" } }).fields).toEqual({
    id: "1",
    text: "a",
  });
  expect(documents.resultsLeftOut).toBe(1);
});

test("the columns of a result in CSV are omitted too, so the path is that of the row without them", () => {
  const result = { "sentiment.label": "POSITIVE", "sentiment.scores.POSITIVE": "0.9", "sentiment.error.code": "" };
  const documents = new RowDocuments(config);
  const { path, fields } = documents.documentOf({ text: "a", sentiments: "x", ...result });
  expect(fields).toEqual({ text: "a", sentiments: "x" });
  expect(path).toBe(documentOf({ text: "a", sentiments: "x" }).path);
  expect(documents.resultsLeftOut).toBe(1);
  // A column of texts may have such a name.
  expect(documentOf({ id: "1", "sentiment.text": "a" }, { field: "sentiment.text" }).fields).toEqual({
    id: "1",
    text: "a",
  });
});

test("texts that were encoded twice are reported with an example, if several rows have such texts", () => {
  const reported = (rows: number): unknown[] => {
    const documents = new RowDocuments(config);
    for (let line = 2; line < 2 + rows; line++) documents.documentOf({ id: String(line), text: "Sehr schÃ¶n" }, line);
    const print = vi.spyOn(console, "error").mockReturnValue();
    reportUnstored(documents);
    return print.mock.calls.splice(0);
  };
  expect(reported(2)).toEqual([]);
  expect(reported(3)).toEqual([[expect.stringContaining('3 texts were encoded twice, such as "schÃ¶n" for "schön":')]]);
});

test("several fields of times and ratings are converted, and each must have a value", () => {
  const options = { createdField: ["written", "published"], ratingField: ["stars", "service"] };
  const row = { id: "1", text: "a", written: "2026-01-31", published: "2026-02-01", stars: "5", service: "3" };
  const documents = new RowDocuments(config, options);
  expect(documents.documentOf(row).fields).toEqual({
    id: "1",
    text: "a",
    written: new Date("2026-01-31"),
    published: new Date("2026-02-01"),
    stars: 5,
    service: 3,
  });
  documents.requireStorable("in.csv");
  const incomplete = new RowDocuments(config, options);
  incomplete.documentOf({ ...row, published: "" });
  expect(() => incomplete.requireStorable("in.csv")).toThrow(
    /--created-field published: no review of in\.csv has a time/,
  );
});
