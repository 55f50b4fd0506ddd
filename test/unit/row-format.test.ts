import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { csvDialect, csvRows } from "../../shared/csv-rows.ts";
import type { Separator } from "../../shared/file-format.ts";
import { InputError } from "../../shared/input-error.ts";
import type { Row } from "../../shared/json-rows.ts";
import { rowFormat } from "../../worker/cli/row-format.ts";

const columns = () => ["label", "scores.POSITIVE", "error.code"];

async function format(path: string, rows: Row[], separator?: string, chosenSeparator?: Separator): Promise<string> {
  const added = { field: "sentiment", columns, separator: () => separator, chosenSeparator };
  const line = await rowFormat(path, "--output", added);
  return rows.map(line).join("");
}

const POSITIVE = { label: "POSITIVE", score: 0.9, scores: { POSITIVE: 0.9 } };
const FAILED = { error: { code: "text-blank", message: "blank" } };

test("a name that ends in .csv gives CSV with the parts of a result as columns", async () => {
  const rows = [
    { id: "1", "a.b": 'say "hi", or\nnot', sentiment: POSITIVE },
    { id: "2", "a.b": "", sentiment: FAILED },
  ];
  const expected = [
    "\uFEFFid,a.b,sentiment.label,sentiment.scores.POSITIVE,sentiment.error.code",
    '1,"say ""hi"", or\nnot",POSITIVE,0.9,',
    "2,,,,text-blank",
    "",
  ].join("\n");
  expect(await format("out.csv", rows)).toBe(expected);
  expect(await format("OUT.CSV.gz", rows)).toBe(expected);
});

test("CSV keeps the digits of a number that JavaScript cannot represent", async () => {
  const id = (JSON as unknown as { rawJSON(source: string): unknown }).rawJSON("765432109876760513");
  expect(await format("out.csv", [{ id, n: 1, ok: true, none: null, sentiment: FAILED }])).toContain(
    "\n765432109876760513,1,true,,,,text-blank\n",
  );
});

test("CSV has the separator of the input, and tabs in a file named .tsv", async () => {
  const rows = [{ text: "one; two, three", sentiment: POSITIVE }];
  expect(await format("out.csv", rows, ";")).toContain('\n"one; two, three";POSITIVE;0,9;\n');
  expect(await format("out.tsv", rows, ";")).toContain("\none; two, three\tPOSITIVE\t0.9\t\n");
});

test("scores have four decimals, and a decimal comma between semicolons", async () => {
  const result = { label: "POSITIVE", scores: { POSITIVE: 0.9881581147898417 } };
  const digits = (JSON as unknown as { rawJSON(source: string): unknown }).rawJSON("0.12345678901234567890");
  const rows = [{ text: "1.5 stars", stars: 4.5, spelled: "4.5", digits, sentiment: result }];
  expect(await format("out.csv", rows)).toContain("\n1.5 stars,4.5,4.5,0.12345678901234567890,POSITIVE,0.9882,\n");
  // Texts of the file stay as they are.
  const semicolons = "\n1.5 stars;4,5;4.5;0,12345678901234567890;POSITIVE;0,9882;\n";
  expect(await format("out.csv", rows, ";")).toContain(semicolons);
  expect(await format("out.csv", rows, ",", ";")).toContain(semicolons);
  expect(await format("out.csv", rows, ";", ",")).toContain(",0.9882,\n");
  expect(await format("out.csv", [{ text: "a", sentiment: { scores: { POSITIVE: 1e-7 } } }])).toContain("\na,,0,\n");
});

test.each(["out.tsv", "out.jsonl", "-"])("only CSV has a separator to choose, and %s is none", async (path) => {
  await expect(format(path, [], undefined, ";")).rejects.toThrow(
    "--separator ;: only CSV has it; give --output a name that ends in .csv",
  );
});

test("a text that a spreadsheet would take for a formula gets an apostrophe, and a number does not", async () => {
  const texts = ["=1+1", "+good", "-bad", "@you", "\tx", "-1", "+4.5", "-1,5", "good = bad"];
  const csv = await format(
    "out.csv",
    texts.map((text) => ({ text, sentiment: FAILED })),
  );
  expect(
    csv
      .split("\n")
      .slice(1, -1)
      .map((line) => line.replace(/,,,text-blank$/, "")),
  ).toEqual(["'=1+1", "'+good", "'-bad", "'@you", "'\tx", "-1", "+4.5", '"-1,5"', "good = bad"]);
});

test("a file that was written is read again as it was, also by a spreadsheet that moved its columns", async () => {
  const texts = ["=1+1", "-bad handle", "'-quoted", "''=2", "'tis good", "-1,5", "plain"];
  const rows = texts.map((text) => ({ "=1": "@x", text }));
  const line = await rowFormat("out.csv", "--output", {
    field: "mood",
    columns: () => ["label", "score", "scores.POSITIVE", "language", "model", "error.code"],
  });
  const csv = rows.map((row) => line({ ...row, mood: { ...POSITIVE, model: "lite@8" } })).join("");
  const read = (content: string) => Array.fromAsync(csvRows(Readable.from([content]), csvDialect(content), "out.csv"));
  const results = {
    "mood.label": "POSITIVE",
    "mood.score": "0.9",
    "mood.scores.POSITIVE": "0.9",
    "mood.language": "",
    "mood.model": "lite@8",
    "mood.error.code": "",
  };
  expect((await read(csv.slice(1))).map(({ row }) => row)).toEqual(rows.map((row) => ({ ...row, ...results })));
  const moved = await read("note,mood.model,mood.label,text,mood.score\nx,lite@8,POSITIVE,'-bad,0.9\n");
  expect(moved[0]?.row.text).toBe("-bad");
  // Without the columns of a result, another program wrote the file.
  const [foreign] = await read("text,mood.label,mood.score\n'-bad,POSITIVE,0.9\n");
  expect(foreign?.row.text).toBe("'-bad");
  const errors = await read("text,x.file,x.actual,x.predicted,x.score\n'-bad,in.csv,NEGATIVE,POSITIVE,0.9\n");
  expect(errors[0]?.row.text).toBe("-bad");
});

test("the fields of a row may be in another order", async () => {
  const rows = [
    { a: 1, b: 2 },
    { b: 4, a: 3 },
  ].map((row) => ({ ...row, sentiment: POSITIVE }));
  const [header, ...lines] = (await format("out.csv", rows)).split("\n");
  expect(header).toMatch(/^\uFEFFa,b,sentiment/);
  expect(lines).toMatchObject([expect.stringMatching(/^1,2,/), expect.stringMatching(/^3,4,/), ""]);
});

test.each([
  ["different fields", [{ a: 1 }, { b: 1 }], "--output: the reviews have different fields, which CSV cannot hold"],
  ["a field less", [{ a: 1, b: 2 }, { a: 1 }], "different fields"],
  ["a nested field", [{ a: { b: 1 } }], 'the field "a" holds more than one value, which CSV cannot hold'],
])("reviews with %s are refused in CSV", async (_, rows, message) => {
  const writing = format(
    "out.csv",
    rows.map((row) => ({ ...row, sentiment: POSITIVE })),
  );
  await expect(writing).rejects.toThrow(InputError);
  await expect(format("out.csv", rows)).rejects.toThrow(message);
});

test("any other name gives JSON lines, except those of other formats", async () => {
  const row = { a: { b: [1] }, sentiment: POSITIVE };
  for (const path of ["out.jsonl", "out.jsonl.gz", "out", "-", "/dev/stdout"])
    expect(await format(path, [row])).toBe(`${JSON.stringify(row)}\n`);
  await expect(format("out.xlsx", [row])).rejects.toThrow(
    "--output out.xlsx: JSON lines and CSV can be written; name the file out.jsonl or out.csv",
  );
});
