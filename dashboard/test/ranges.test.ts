import { beforeEach, describe, expect, test, vi } from "vitest";
import { bucketEdges, RANGES, type RangeName, spanAround, spanEdges } from "../src/ranges.ts";

beforeEach(() => vi.stubEnv("TZ", "Europe/Berlin"));

const HOUR = 60 * 60_000;

describe.each([
  ["the clock skips an hour in spring", "2025-03-30T01:20:30.400Z"],
  ["an hour is repeated in autumn", "2025-10-26T01:20:30.400Z"],
  ["the clock does not change", "2025-06-15T12:34:56.789Z"],
])("when %s", (_, time) => {
  const now = new Date(time);

  test.each(Object.keys(RANGES) as RangeName[])(
    "the buckets of %s are in order, and the last contains now",
    (range) => {
      const edges = bucketEdges(range, now).map((edge) => edge.getTime());
      expect(edges).toEqual(edges.toSorted((a, b) => a - b));
      expect(edges.at(-2)).toBeLessThanOrEqual(now.getTime());
      expect(edges.at(-1)).toBeGreaterThan(now.getTime());
    },
  );

  test.each([
    ["15m", HOUR / 60],
    ["1h", HOUR / 12],
    ["24h", HOUR],
  ] as const)("all buckets of %s have the same length", (range, ms) => {
    const edges = bucketEdges(range, now).map((edge) => edge.getTime());
    expect(new Set(edges.slice(1).map((edge, i) => edge - (edges[i] as number)))).toEqual(new Set([ms]));
  });
});

test("days begin at midnight, including those of 23 hours", () => {
  const edges = bucketEdges("7d", new Date("2025-03-31T10:00:00Z"));
  expect(edges.map((edge) => edge.getHours())).toEqual(edges.map(() => 0));
});

test("hours follow the local clock, even with an offset of half an hour", () => {
  vi.stubEnv("TZ", "Asia/Kolkata");
  const edges = bucketEdges("24h", new Date("2025-06-15T12:34:56Z"));
  expect(edges.map((edge) => edge.getMinutes())).toEqual(edges.map(() => 0));
});

describe("own dates", () => {
  const edges = (since: string, until: string) => spanEdges({ range: "24h", own: { since, until } }, new Date());

  test.each([
    ["a day has hours", "2025-06-15", "2025-06-15"],
    ["a day of 23 hours", "2025-03-30", "2025-03-30"],
    ["two days, one of 25 hours", "2025-10-25", "2025-10-26"],
    ["a month", "2025-03-01", "2025-03-31"],
    ["a quarter", "2025-01-01", "2025-03-31"],
    ["a year that begins within a month", "2024-11-15", "2025-11-14"],
    ["ten years", "2015-01-01", "2024-12-31"],
  ])("%s: at most 31 bars, in order, from midnight to midnight", (_, since, until) => {
    const times = edges(since, until).map((edge) => edge.getTime());
    expect(times.length).toBeGreaterThan(2);
    expect(times.length).toBeLessThanOrEqual(32);
    expect(times).toEqual([...new Set(times)].toSorted((a, b) => a - b));
    expect([times[0], times.at(-1)]).toEqual([
      new Date(`${since}T00:00`).getTime(),
      new Date(new Date(`${until}T12:00`).getTime() + 12 * HOUR).setHours(0, 0, 0, 0),
    ]);
  });
});

test("the time around the newest review is the shortest range that contains it, or the days up to it", () => {
  const now = new Date("2025-06-15T12:34:56Z");
  const around = (time: string) => spanAround(new Date(time), now);
  expect(around("2025-06-15T12:30:00Z")).toEqual({ range: "24h", own: undefined });
  expect(around("2025-06-10T00:00:00Z")).toEqual({ range: "7d", own: undefined });
  expect(around("2025-05-20T00:00:00Z")).toEqual({ range: "30d", own: undefined });
  expect(around("2024-08-01T00:00:00Z")).toEqual({ range: "12mo", own: undefined });
  const own = { since: "2020-02-01", until: "2020-03-01" };
  expect(around("2020-03-01T10:00:00Z")).toEqual({ range: "24h", own });
});
