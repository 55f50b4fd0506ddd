import { describe, expect, test } from "vitest";
import { type DateOrder, parseFileRating, parseFileTime } from "../../worker/cli/file-values.ts";

const timeOf = (value: unknown, order?: DateOrder) => {
  const result = parseFileTime(value, order);
  return "problem" in result ? result.problem : result.value?.toISOString();
};

describe("a time in a file", () => {
  test.each<[unknown, string]>([
    ["2026-01-31", "2026-01-31T00:00:00.000Z"],
    ["2026/1/31", "2026-01-31T00:00:00.000Z"],
    ["2026-01-31T12:05:06Z", "2026-01-31T12:05:06.000Z"],
    ["2026-01-31T12:05:06.123456789+01:00", "2026-01-31T11:05:06.123Z"],
    ["2026-01-31 00:30:00+01", "2026-01-30T23:30:00.000Z"],
    ["2026-01-31T12:05:06-0730", "2026-01-31T19:35:06.000Z"],
    ["2026-01-31 12:05:06 UTC", "2026-01-31T12:05:06.000Z"],
    [" 2026-01-31 12:05 ", "2026-01-31T12:05:00.000Z"],
    ["2026-01-31 12:05 AM", "2026-01-31T00:05:00.000Z"],
    ["2024-02-29", "2024-02-29T00:00:00.000Z"],
  ])("is %j", (value, expected) => {
    expect(timeOf(value)).toBe(expected);
  });

  test("may be a number of seconds or milliseconds since 1970", () => {
    const at = Date.UTC(2026, 10, 25);
    for (const value of [at, at / 1000, String(at), String(at / 1000), `${at / 1000}.000123`])
      expect(timeOf(value)).toBe("2026-11-25T00:00:00.000Z");
  });

  test.each([20261125, "20261125", "20261125120000", 202611251200, 0, 5, -1])(
    "is not the number %j, which would be a time that nobody means",
    (value) => {
      expect(timeOf(value)).toMatch(/^"?-?\d+"?: (it is no number of seconds|write times like)/);
    },
  );

  test.each([
    "2026-02-30",
    "2026-13-01",
    "2026-00-10",
    "2026-01-00",
    "2026-11-99",
    "0026-01-31",
    "2026-01-31 24:00",
    "2026-01-31 12:60",
    "2026-01-31 13:00 PM",
    "2026-01-31T12:00:00+15:00",
  ])("is not %s, because there is no such time", (value) => {
    expect(timeOf(value)).toBe(
      `"${value}": there is no such time; write times like 2026-01-31 or 2026-01-31T12:00:00Z`,
    );
  });

  test.each(["yesterday", "Jan 31, 2026", "2026", true, { seconds: 5 }, ["2026-01-31"]])("is not %j", (value) => {
    expect(timeOf(value)).toMatch(/write times like 2026-01-31/);
  });

  test("is refused if day and month could be swapped, whatever their values", () => {
    for (const value of ["1.11.2026", "11/1/2026", "25.11.2026", "1-11-26"])
      expect(timeOf(value)).toBe(
        `"${value}": say whether the day or the month comes first, by --date-order dmy or mdy, or write times like 2026-01-31 or 2026-01-31T12:00:00Z`,
      );
  });

  test.each<[string, DateOrder, string]>([
    ["1.11.2026", "dmy", "2026-11-01T00:00:00.000Z"],
    ["01. 11. 2026", "dmy", "2026-11-01T00:00:00.000Z"],
    ["1/11/26 14:05", "dmy", "2026-11-01T14:05:00.000Z"],
    ["1.11.2026, 14:05:06", "dmy", "2026-11-01T14:05:06.000Z"],
    ["1/11/2026 2:05 PM", "mdy", "2026-01-11T14:05:00.000Z"],
    ["11/25/2026", "mdy", "2026-11-25T00:00:00.000Z"],
    ["2026-11-25", "mdy", "2026-11-25T00:00:00.000Z"],
  ])("such as %s is read with the order %s", (value, order, expected) => {
    expect(timeOf(value, order)).toBe(expected);
  });

  test("that the order makes impossible is refused, not read the other way", () => {
    expect(timeOf("11/25/2026", "dmy")).toMatch(/no such date with the day first, as --date-order dmy says/);
    expect(timeOf("25.11.2026", "mdy")).toMatch(/no such date with the month first/);
  });

  test("is null where the file has none", () => {
    for (const value of ["", "  ", null]) expect(parseFileTime(value)).toEqual({ value: null });
  });

  test("that is a long text is not quoted: it may be a review", () => {
    expect(timeOf(`I love it. ${"It is good. ".repeat(5)}`)).toMatch(/^a long text: write times/);
  });
});

describe("a rating in a file", () => {
  test.each<[unknown, number | null]>([
    [5, 5],
    ["4", 4],
    [" 4.5 ", 4.5],
    ["4,5", 4.5],
    ["1.0", 1],
    ["★★★☆☆", 3],
    ["4/5", 4],
    ["1 star", 1],
    ["", null],
    [null, null],
  ])("%j is %j", (value, expected) => {
    expect(parseFileRating(value)).toEqual({ value: expected });
  });

  test.each(["many", "8/10", "6 stars", "1e3", "1,000.5", true, [5]])("%j is refused", (value) => {
    expect(parseFileRating(value)).toMatchObject({
      problem: expect.stringMatching(/: write ratings like 4, 4\.5, 4\/5, 4 stars or ★★★★☆$/),
    });
  });
});
