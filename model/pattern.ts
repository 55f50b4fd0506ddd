/**
 * The patterns in a `tokenizer.json`. They are written for Oniguruma, whose syntax differs slightly from JavaScript's. This file
 * translates only patterns that mean the same in both once character classes such as `\d` are replaced by Unicode's.
 */
import { z } from "zod";

export const Pattern = z.union([z.object({ String: z.string() }), z.object({ Regex: z.string() })]);
export type Pattern = z.infer<typeof Pattern>;

/** Compiles a pattern to a global regular expression. */
export type CompilePattern = (pattern: Pattern) => RegExp;

const ESCAPE = String.raw`\\(?:[dDsStnr]|[pP]\{[A-Z][a-z]?\}|u[0-9A-Fa-f]{4}|[$()*+./?[\\\]^{|}])`;
/** Literals, escapes, character classes without nesting, groups without options, and quantifiers with the same meaning in both. */
const COMMON_SYNTAX = new RegExp(
  String.raw`^(?:[^\\.^$[\](){}*+?]|${ESCAPE}|\\[bwW]|\[\^?(?:[^\\[\]&^]|${ESCAPE}|\\-)+\]|\((?:\?(?:[:=!]|<[=!])|(?!\?))|\)|[*+?]|\{\d+(?:,\d*)?\}(?![?+]))*$`,
  "u",
);
/** Oniguruma's word characters. */
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
/** Replacements of the same syntactic kind that compile quickly. */
const PLACEHOLDERS = new Map([...UNICODE.keys()].map((letter) => [letter, letter === "b" ? "(?:)" : "\\n"]));

/** Returns `undefined` if the pattern could mean something else in JavaScript. */
export function patternToRegExp(pattern: Pattern): RegExp | undefined {
  if ("String" in pattern) return new RegExp(escaped(pattern.String), "gu");
  return isTranslatable(pattern) ? new RegExp(translated(pattern.Regex, UNICODE), "gu") : undefined;
}

/** Whether {@link patternToRegExp} can translate the pattern. Avoids compiling Unicode classes, which takes V8 milliseconds each. */
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
 * A fast pre-check: the pattern without its word boundaries, which take V8 milliseconds to compile and are slow. It matches every text
 * that the pattern matches, and perhaps others. Returns `undefined` if there is no such expression.
 */
export function withoutBoundaries(pattern: Pattern): RegExp | undefined {
  if ("String" in pattern || !pattern.Regex.includes("\\b") || !isTranslatable(pattern)) return undefined;
  // With a lookaround, a part that matches more can make the whole match less.
  if (/\(\?<?!/.test(pattern.Regex)) return undefined;
  return new RegExp(translated(pattern.Regex, new Map([...UNICODE, ["b", "(?:)"]])), "u");
}

function translated(source: string, escapes: ReadonlyMap<string, string>): string {
  return source.replace(/\\(.)/gu, (whole, character) => escapes.get(character) ?? whole);
}

/** The source of a regular expression that matches exactly the text. */
export function escaped(text: string): string {
  return text.replace(/[$()*+./?[\\\]^{|}]/g, "\\$&");
}
