import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { demoReviews, fileReviews } from "../../worker/cli/dashboard.ts";
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
  const csv = 'id,text,date,stars\na,Fine.,2026-11-25T10:00:00Z,5\nb,Broke.,2026-11-24,"1.0"\nc,Ok.,yesterday,many\n';
  expect(await fieldsOf("a.csv", csv, { createdField: "date", ratingField: "stars" })).toMatchObject([
    { date: new Date("2026-11-25T10:00:00Z"), stars: 5 },
    { date: new Date("2026-11-24T00:00:00Z"), stars: 1 },
    { date: null, stars: "many" },
  ]);
});

test("a time may be a number of milliseconds or seconds since 1970", async () => {
  const at = Date.UTC(2026, 10, 25);
  const rows = [{ at }, { at: at / 1000 }, { at: String(at) }].map((row, i) => ({
    id: `r${i}`,
    text: "Fine.",
    ...row,
  }));
  const jsonl = rows.map((row) => JSON.stringify(row)).join("\n");
  const fields = await fieldsOf("b.jsonl", jsonl, { createdField: "at" });
  expect(fields.map((one) => one.at)).toEqual([new Date(at), new Date(at), new Date(at)]);
});

test("without field options, a file is stored unchanged", async () => {
  expect(await fieldsOf("c.csv", "id,text,date\na,Fine.,2026-11-25\n")).toEqual([
    { id: "a", text: "Fine.", date: "2026-11-25" },
  ]);
});

test("a nested field is refused, because files have none", async () => {
  await expect(fieldsOf("d.csv", "id,text\na,Fine.\n", { createdField: "meta.date" })).rejects.toThrow(/name a column/);
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
  ["createdField", "text", /--created-field text: no review of .* has a time such as/],
  ["ratingField", "date", /--rating-field date: no review of .* has a number/],
  ["groupField", "shop", /--group-field shop: no review of .* has a value/],
])("a %s that no review has is refused, because the page would be empty", async (option, field, message) => {
  const csv = "id,text,date\na,Fine.,2026-11-25\nb,Broke.,2026-11-24\n";
  await expect(fieldsOf("e.csv", csv, { [option]: field })).rejects.toThrow(message);
});
