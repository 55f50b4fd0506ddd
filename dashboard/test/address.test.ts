import { beforeEach, describe, expect, test, vi } from "vitest";
import { type Filters, NO_FILTERS, periodBefore, periodName, sortedBy, withValidSort } from "../src/filters.ts";
import { readAddress, writeAddress } from "../src/use-address.ts";

beforeEach(() => vi.stubEnv("TZ", "Europe/Berlin"));

const NEGATIVE = "NEGATIVE";
const FILTERS: Filters = {
  range: "7d",
  own: undefined,
  part: { start: new Date("2026-11-23T23:00:00Z"), end: new Date("2026-11-24T23:00:00Z") },
  label: NEGATIVE,
  model: undefined,
  language: undefined,
  group: undefined,
  scoreFrom: 0.5,
  scoreTo: 1,
  view: "treat",
  owner: "me",
  sort: "worst",
  hideDone: true,
  find: "kettle",
};

test.each([
  [{ filters: FILTERS, opened: "shops/a b/reviews/ü&c" }],
  [
    {
      filters: { ...FILTERS, part: undefined, sort: "newest", model: "lite@4", language: "es" } as const,
      opened: undefined,
    },
  ],
  [
    {
      filters: {
        ...NO_FILTERS,
        own: { since: "2026-02-01", until: "2026-02-28" },
        group: "Kettle & co",
        view: "contradictions",
      } as const,
      opened: undefined,
    },
  ],
  [{ filters: NO_FILTERS, opened: undefined }],
])("an address says everything that a link has to show again", (address) => {
  expect(readAddress(new URLSearchParams(writeAddress(address).toString()), NEGATIVE)).toEqual(address);
});

test("without filters the address is empty", () => {
  expect(writeAddress({ filters: NO_FILTERS, opened: undefined }).toString()).toBe("");
});

test.each([
  "range=2y",
  "range=toString",
  "from=2&to=-1",
  "language=english",
  "sort=best",
  "done=yes",
  "view=some",
  "owner=they",
  "since=2026-02-01",
  "since=2026-02-01&until=2026-02-31",
  "since=2026-02-02&until=2026-02-01",
  "since=today&until=tomorrow",
  "start=2026-11-24T00:00:00Z",
  "start=2026-11-24T00:00:00Z&end=2026-11-23T00:00:00Z",
  "start=yesterday&end=today",
  "review=reviews",
  "review=reviews//a/b",
  "review=/reviews",
])("%s makes no sense and is ignored", (query) => {
  expect(readAddress(new URLSearchParams(query), NEGATIVE)).toEqual({ filters: NO_FILTERS, opened: undefined });
});

describe("sorts other than the newest", () => {
  test("remove the filters that they have no index with", () => {
    const filters = { ...NO_FILTERS, model: "lite@4", language: "es", group: "Kettle", label: "POSITIVE" };
    expect(sortedBy("worst", filters, NEGATIVE)).toEqual({ ...NO_FILTERS, label: NEGATIVE, sort: "worst" });
    expect(sortedBy("uncertain", filters, NEGATIVE)).toEqual({ ...NO_FILTERS, label: "POSITIVE", sort: "uncertain" });
  });

  test.each([
    [{ sort: "worst", label: "POSITIVE" }],
    [{ sort: "worst" }],
    [{ sort: "uncertain", model: "lite@4" }],
    [{ sort: "uncertain", language: "es" }],
    [{ sort: "uncertain", group: "Kettle" }],
    [{ sort: "worst", view: "contradictions", label: NEGATIVE }],
  ] as const)("end with %j", (changed) => {
    expect(withValidSort({ ...NO_FILTERS, ...changed }, NEGATIVE).sort).toBe("newest");
  });
});

test("the queue has the negative label, so that it can be sorted by worst", () => {
  expect(withValidSort({ ...NO_FILTERS, view: "treat", sort: "worst" }, NEGATIVE).sort).toBe("worst");
});

test("the time before is as long as the time itself, and ends where it begins", () => {
  const now = new Date("2026-11-25T12:00:00Z");
  const day = { from: new Date("2026-11-24T12:00:00Z") };
  expect(periodBefore(day, now)).toEqual({ from: new Date("2026-11-23T12:00:00Z"), before: day.from });
  const past = { from: new Date("2026-11-01T00:00:00Z"), before: new Date("2026-11-04T00:00:00Z") };
  expect(periodBefore(past, now)).toEqual({ from: new Date("2026-10-29T00:00:00Z"), before: past.from });
});

test("a whole day is named by its date alone, on the day of 23 hours too", () => {
  const day = (start: string, end: string) =>
    periodName({ range: "7d", own: undefined, part: { start: new Date(start), end: new Date(end) } });
  expect(day("2025-03-29T23:00:00Z", "2025-03-30T22:00:00Z")).toBe(
    new Intl.DateTimeFormat(undefined, { dateStyle: "medium" }).format(new Date("2025-03-30T12:00:00Z")),
  );
  expect(day("2025-06-01T08:00:00Z", "2025-06-01T09:00:00Z")).toMatch(/10:00.*11:00/);
});
