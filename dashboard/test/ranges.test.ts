import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { bucketEdges, RANGES, type RangeName } from "../src/ranges.ts";

beforeEach(() => vi.stubEnv("TZ", "Europe/Berlin"));
afterEach(() => vi.unstubAllEnvs());

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
