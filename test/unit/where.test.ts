import { describe, expect, test } from "vitest";
import { FineTime } from "../../shared/fine-time.ts";
import { InputError } from "../../shared/input-error.ts";
import { parseCondition, parseTime, typeHint } from "../../worker/cli/where.ts";

describe("a condition", () => {
  test.each([
    ["shop==7", "shop", "==", 7],
    ['shop=="7"', "shop", "==", "7"],
    ["shop==seven", "shop", "==", "seven"],
    ["shop==no 7", "shop", "==", "no 7"],
    ["shop==007", "shop", "==", "007"],
    ["  shop == 7 ", "shop", "==", 7],
    ["stars>=3.5", "stars", ">=", 3.5],
    ["stars<=-1e3", "stars", "<=", -1000],
    ["stars<3", "stars", "<", 3],
    ["name>a=b", "name", ">", "a=b"],
    ["gift==true", "gift", "==", true],
    ["gift==null", "gift", "==", null],
    ['shop=="<7"', "shop", "==", "<7"],
    ['gift==""', "gift", "==", ""],
    ["by.country==no", "by.country", "==", "no"],
    ["größe==ü", "größe", "==", "ü"],
    ["at>2025-01-31T12:00:00Z", "at", ">", new Date("2025-01-31T12:00:00Z")],
    ["at>2025-01-31T12:00:00.5+01:00", "at", ">", new Date("2025-01-31T11:00:00.500Z")],
    ["at==2025-01-31T12:00:00.123456Z", "at", "==", new FineTime(Date.parse("2025-01-31T12:00:00.123Z"), 456_000)],
    ["at>2025-01-31T12:00:00.123000Z", "at", ">", new Date("2025-01-31T12:00:00.123Z")],
    ['at>"2025-01-31T12:00:00Z"', "at", ">", "2025-01-31T12:00:00Z"],
    ["at>2025-01-31", "at", ">", "2025-01-31"],
  ])("%s", (text, field, comparison, value) => {
    expect(parseCondition(text, () => {})).toEqual({ field, comparison, value });
  });

  test.each([
    ["shop", /write FIELD==VALUE/],
    ["shop=7", /write FIELD==VALUE/],
    ["shop!=7", /there is no !=/],
    ["shop==<b>", /begins with <, > or = needs quotes: 'shop=="<7"'/],
    ["shop===7", /write FIELD==VALUE/],
    ["shop<>7", /write FIELD==VALUE/],
    ["==7", /write FIELD==VALUE/],
    [" ==7", /"" cannot be the name of a field/],
    ["a..b==7", /"a\.\.b" cannot be the name of a field/],
    ["__name__==a", /"__name__" cannot be the name of a field/],
    ["shop==", /a value is missing/],
    ['shop=="7', /"7 is not JSON/],
    ["tags==[1]", /compare with a string, a number/],
    ["by=={}", /compare with a string, a number/],
    ["shop>null", /null can only be compared by ==/],
    ["id==12345678901234567890", /larger than a number can be/],
    ["id==1e999", /larger than a number can be/],
  ])("refuses %s", (text, message) => {
    expect(() => parseCondition(text, () => {})).toThrow(InputError);
    expect(() => parseCondition(text, () => {})).toThrow(message);
  });
});

describe("a warning", () => {
  const warnings = (text: string): string[] => {
    const given: string[] = [];
    parseCondition(text, (message) => given.push(message));
    return given;
  };
  test.each(["at>=2025-01-31", "at>=2025-01-31T12:00:00", "at==2025-01-31 12:00"])("is given for %s", (text) => {
    expect(warnings(text)).toEqual([expect.stringContaining("compares with a string. For a timestamp write")]);
    expect(warnings(text)[0]).toContain("2025-01-31T00:00:00Z");
  });

  test.each(["at>=2025-01-31T12:00:00Z", 'at>="2025-01-31"', "at>=2025", "shop==seven"])("is not for %s", (text) => {
    expect(warnings(text)).toEqual([]);
  });
});

describe("a time", () => {
  const now = new Date("2025-03-01T12:00:00Z");
  test.each([
    ["2025-01-31T12:00:00Z", "2025-01-31T12:00:00.000Z"],
    ["2025-01-31T12:00:00+02:00", "2025-01-31T10:00:00.000Z"],
    ["2025-01-31", "2025-01-31T00:00:00.000Z"],
    ["90m", "2025-03-01T10:30:00.000Z"],
    ["12h", "2025-03-01T00:00:00.000Z"],
    ["7d", "2025-02-22T12:00:00.000Z"],
  ])("%s", (text, expected) => {
    expect(parseTime(text, now).toISOString()).toBe(expected);
  });

  test.each(["yesterday", "2025-01-31T12:00:00", "12", "-1d", ""])("refuses %j", (text) => {
    expect(() => parseTime(text)).toThrow(/^--since .*: write a time with its zone/);
  });

  test.each(["2025-02-30", "2025-02-30T12:00:00Z", "2025-01-31T25:00:00+01:00"])(
    "says that %s does not exist",
    (text) => {
      expect(() => parseTime(text)).toThrow(/^--since .*: there is no such time; write a time with its zone/);
    },
  );
});

test.each([
  [["stars==5"], `if stars holds texts, write --where 'stars=="5"'`],
  [['stars=="5"', "shop==x"], "if stars holds numbers, write --where 'stars==5'"],
  [
    ["at>=2026-01-31T00:00:00Z"],
    `if at holds texts, write --where 'at>="2026-01-31T00:00:00.000Z"', as the texts are written`,
  ],
  [["shop==x"], undefined],
  [["gift==true"], undefined],
  [['gift==""'], undefined],
])("conditions that match nothing, %j, may have a value of another type", (texts, hint) => {
  const conditions = texts.map((text) => parseCondition(text, () => {}));
  expect(typeHint(conditions)).toBe(hint && `A condition matches only values of its own type: ${hint}`);
});
