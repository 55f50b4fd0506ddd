import { expect, test } from "vitest";
import { printable, printableLines } from "../../worker/cli/printable.ts";

test.each([
  ["plain text, ünïcode and 😀", "plain text, ünïcode and 😀"],
  ["\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"],
  ["\x9b2J", "\\x9b2J"],
  ["a\r\nb\tc\0", "a\\x0d\\x0ab\\x09c\\x00"],
  ["abc\u202Edef", "abc\\u202edef"],
  ["a\u2028b", "a\\u2028b"],
  ["a\uD83D", "a\uFFFD"],
])("%j is shown as %j", (text, shown) => {
  expect(printable(text)).toBe(shown);
});

test("every character that controls a terminal or the direction of a text is escaped", () => {
  const codes = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
  for (const code of [
    ...[...codes(0, 0x1f), ...codes(0x7f, 0x9f), 0x61c, 0x200e, 0x200f, 0x2028, 0x2029],
    ...[...codes(0x202a, 0x202e), ...codes(0x2066, 0x2069)],
  ])
    expect(printable(String.fromCharCode(code))).toMatch(/^\\[xu][0-9a-f]+$/);
});

test("a message keeps its lines", () => {
  expect(printableLines("a\nb\x1b[2J")).toBe("a\nb\\x1b[2J");
});
