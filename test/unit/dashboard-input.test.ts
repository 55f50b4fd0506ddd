import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { demoReviews, fileReviews, periodOf } from "../../worker/cli/dashboard.ts";
import { readConfig } from "../../worker/config.ts";

const config = readConfig({});
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dashboard-input-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function fieldsOf(name: string, content: string, options = {}) {
  await writeFile(join(folder, name), content);
  return (await fileReviews(join(folder, name), config, { port: 0, ...options })).map(({ fields }) => fields);
}

test("times and ratings in a CSV file become timestamps and numbers", async () => {
  const csv = 'id,text,date,stars\na,Fine.,2026-11-25T10:00:00Z,5\nb,Broke.,2026-11-24,"1.0"\nc,Ok.,,\n';
  expect(await fieldsOf("a.csv", csv, { createdField: "date", ratingField: "stars" })).toMatchObject([
    { date: new Date("2026-11-25T10:00:00Z"), stars: 5 },
    { date: new Date("2026-11-24T00:00:00Z"), stars: 1 },
    { date: null, stars: null },
  ]);
});

test("a nested field of JSON lines is converted in its place", async () => {
  const jsonl = '{"id":"a","text":"Fine.","meta":{"date":"2026-11-25","n":1}}\n{"id":"b","text":"Fine."}\n';
  expect(await fieldsOf("b.jsonl", jsonl, { createdField: "meta.date" })).toEqual([
    { id: "a", text: "Fine.", meta: { date: new Date("2026-11-25"), n: 1 } },
    { id: "b", text: "Fine." },
  ]);
});

test("a column whose name has dots becomes a nested field, as the page reads it", async () => {
  const csv = "id,text,meta.date\na,Fine.,2026-11-25\n";
  expect(await fieldsOf("d.csv", csv, { createdField: "meta.date" })).toEqual([
    { id: "a", text: "Fine.", meta: { date: new Date("2026-11-25") } },
  ]);
});

test("a date with two meanings is refused with its line, unless an option says what comes first", async () => {
  const csv = "id,text,Datum\na,Fine.,\nb,Broke.,1.11.2026\n";
  await expect(fieldsOf("f.csv", csv, { createdField: "Datum" })).rejects.toThrow(
    /f\.csv, line 3: "Datum" holds "1\.11\.2026": say whether the day or the month comes first, by --date-order dmy/,
  );
  expect(await fieldsOf("f.csv", csv, { createdField: "Datum", dateOrder: "dmy" })).toMatchObject([
    { Datum: null },
    { Datum: new Date("2026-11-01") },
  ]);
});

test("without field options, a file is stored unchanged", async () => {
  expect(await fieldsOf("c.csv", "id,text,date\na,Fine.,2026-11-25\n")).toEqual([
    { id: "a", text: "Fine.", date: "2026-11-25" },
  ]);
});

test("the demo's reviews are dated within the last two days, and have products and ratings", async () => {
  const reviews = await demoReviews(config);
  const ages = reviews.map(({ fields }) => Date.now() - (fields.createdAt as Date).getTime());
  expect(Math.min(...ages)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...ages)).toBeLessThan(48 * 60 * 60_000);
  // Both days have reviews, so that the page has something to compare.
  expect(ages.filter((age) => age < 24 * 60 * 60_000).length).toBeGreaterThan(reviews.length / 3);
  expect(
    reviews.filter(({ fields }) => fields.product !== undefined && fields.rating !== undefined).length,
  ).toBeGreaterThan(100);
});

test.each([
  [
    "createdField",
    "Date",
    /--created-field Date: no review of .* has a time in this field; the fields are "id", "text", "date"/,
  ],
  ["createdField", "empty", /--created-field empty: no review of .* has a time in/],
  ["ratingField", "stars", /--rating-field stars: no review of .* has a rating in/],
  [
    "groupField",
    "shop",
    /--group-field shop: no review of .* has a value in this field; the fields are "id", "text", "date", "empty"/,
  ],
])("a %s that no review has is refused, because the page would be empty", async (option, field, message) => {
  const csv = "id,text,date,empty\na,Fine.,2026-11-25,\nb,Broke.,2026-11-24,\n";
  await expect(fieldsOf("e.csv", csv, { [option]: field })).rejects.toThrow(message);
});

test("groups that are not texts are refused, because the page cannot compare them", async () => {
  const jsonl = '{"text":"Fine.","shop":1}\n{"text":"Broke.","shop":2}\n';
  await expect(fieldsOf("h.jsonl", jsonl, { groupField: "shop" })).rejects.toThrow(
    /--group-field shop: no review of .* has a text in this field, and only texts can be compared/,
  );
});

test("the page opens with the days of the file's reviews, from the first to the last", () => {
  const of = (...times: unknown[]) =>
    periodOf(
      times.map((at) => ({ fields: { meta: { at } } }) as unknown as Parameters<typeof periodOf>[0][number]),
      "meta.at",
    );
  const [first, last] = [new Date(2023, 1, 3, 0, 0), new Date(2024, 10, 30, 23, 59)];
  expect(of(last, null, first, new Date(2024, 0, 1), "2025")).toBe("?since=2023-02-03&until=2024-11-30");
  expect(of(first)).toBe("?since=2023-02-03&until=2023-02-03");
  expect(of(new Date("0001-01-01"), first)).toBe(of(first));
  expect(of(null)).toBe("");
  expect(periodOf([], undefined)).toBe("");
});

test("the field of the text is refused for times and ratings, so that no error quotes a review", async () => {
  await expect(fieldsOf("g.csv", "id,text\na,Fine.\n", { ratingField: "text" })).rejects.toThrow(
    "--rating-field text: this is the field of the text",
  );
});
