/**
 * The patterns of a `tokenizer.json`. They are written for Oniguruma, whose syntax is not quite that of JavaScript, so that only
 * those are translated here that mean the same in both, once character classes such as `\d` are those of Unicode.
 */
import { z } from "zod";

export const Pattern = z.union([z.object({ String: z.string() }), z.object({ Regex: z.string() })]);
export type Pattern = z.infer<typeof Pattern>;

/** A global regular expression that finds a pattern. */
export type CompilePattern = (pattern: Pattern) => RegExp;

const ESCAPE = String.raw`\\(?:[dDsStnr]|[pP]\{[A-Z][a-z]?\}|u[0-9A-Fa-f]{4}|[$()*+./?[\\\]^{|}])`;
/** Literals, escapes, classes without nested ones, groups without options, and quantifiers that Oniguruma reads as JavaScript does. */
const COMMON_SYNTAX = new RegExp(
  String.raw`^(?:[^\\.^$[\](){}*+?]|${ESCAPE}|\\[bwW]|\[\^?(?:[^\\[\]&^]|${ESCAPE}|\\-)+\]|\((?:\?(?:[:=!]|<[=!])|(?!\?))|\)|[*+?]|\{\d+(?:,\d*)?\}(?![?+]))*$`,
  "u",
);
/** What Oniguruma takes for a part of a word. */
const WORD = String.raw`[\p{L}\p{M}\p{Nd}\p{Pc}]`;
const UNICODE = new Map([
  ["b", `(?:(?<!${WORD})(?=${WORD})|(?<=${WORD})(?!${WORD}))`],
  ["w", WORD],
  ["W", WORD.replace("[", "[^")],
  ["d", "\\p{Nd}"],
  ["D", "\\P{Nd}"],
  ["s", "\\p{White_Space}"],
  ["S", "\\P{White_Space}"],
]);

/** Returns `undefined` if the pattern could mean something else in JavaScript. */
export function patternToRegExp(pattern: Pattern): RegExp | undefined {
  if ("String" in pattern) return new RegExp(escaped(pattern.String), "gu");
  if (!COMMON_SYNTAX.test(pattern.Regex)) return undefined;
  const source = pattern.Regex.replace(/\\(.)/gu, (whole, character) => UNICODE.get(character) ?? whole);
  try {
    return new RegExp(source, "gu");
  } catch {
    // A possessive quantifier, for example.
    return undefined;
  }
}

/** The source of a regular expression that finds the text itself. */
export function escaped(text: string): string {
  return text.replace(/[$()*+./?[\\\]^{|}]/g, "\\$&");
}
