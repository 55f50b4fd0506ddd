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

test("a message keeps its lines", () => {
  expect(printableLines("a\nb\x1b[2J")).toBe("a\nb\\x1b[2J");
});
