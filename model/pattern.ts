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
/** Of the same syntax. */
const PLACEHOLDERS = new Map([...UNICODE.keys()].map((letter) => [letter, letter === "b" ? "(?:)" : "\\n"]));

/** Returns `undefined` if the pattern could mean something else in JavaScript. */
export function patternToRegExp(pattern: Pattern): RegExp | undefined {
  if ("String" in pattern) return new RegExp(escaped(pattern.String), "gu");
  return isTranslatable(pattern) ? new RegExp(translated(pattern.Regex, UNICODE), "gu") : undefined;
}

/** Whether {@link patternToRegExp} translates it. Does not take the milliseconds that V8 needs for each class of Unicode. */
export function isTranslatable(pattern: Pattern): boolean {
  if ("String" in pattern) return true;
  if (!COMMON_SYNTAX.test(pattern.Regex)) return false;
  try {
    new RegExp(translated(pattern.Regex, PLACEHOLDERS), "gu");
    return true;
  } catch {
    // A possessive quantifier, for example.
    return false;
  }
}

/**
 * A regular expression that finds something in every text in which the pattern does, and perhaps in others: the same without word
 * boundaries. They take V8 milliseconds to compile and are slow. Returns `undefined` for a pattern to which that does not apply.
 */
export function withoutBoundaries(pattern: Pattern): RegExp | undefined {
  if ("String" in pattern || !pattern.Regex.includes("\\b") || !isTranslatable(pattern)) return undefined;
  // Inside these, a part that matches more makes the whole match less.
  if (/\(\?<?!/.test(pattern.Regex)) return undefined;
  return new RegExp(translated(pattern.Regex, new Map([...UNICODE, ["b", "(?:)"]])), "u");
}

function translated(source: string, escapes: ReadonlyMap<string, string>): string {
  return source.replace(/\\(.)/gu, (whole, character) => escapes.get(character) ?? whole);
}

/** The source of a regular expression that finds the text itself. */
export function escaped(text: string): string {
  return text.replace(/[$()*+./?[\\\]^{|}]/g, "\\$&");
}
