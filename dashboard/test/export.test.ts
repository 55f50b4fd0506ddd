import { parse } from "csv-parse/sync";
import { expect, test } from "vitest";
import { toCsv } from "../src/export.ts";

const REVIEW = { path: "reviews/a", score: 0.96, rating: 4.5, text: "good; cheap, too", others: [] };

test.each(["\n", "\r", "\r\n"])("a text with the line end %j stays in its cell", async (lineEnd) => {
  const text = `Broke.${lineEnd}=HYPERLINK(1)${lineEnd}Never again.`;
  const rows = parse(await toCsv([{ ...REVIEW, text }], "en"), { columns: true, bom: true });
  expect(rows).toEqual([expect.objectContaining({ text })]);
});

test.each([
  ["en", ",", { score: "0.96", rating: "4.5" }],
  ["es", ";", { score: "0,96", rating: "4,5" }],
])("an export has the separator and the decimal sign of spreadsheets in %s", async (locale, delimiter, numbers) => {
  const [row] = parse(await toCsv([REVIEW], locale), { columns: true, bom: true, delimiter });
  expect(row).toMatchObject({ document: REVIEW.path, text: REVIEW.text, ...numbers });
});
