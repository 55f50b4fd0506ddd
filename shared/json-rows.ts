/** Reads reviews from JSON: one object per line, or an array of objects. */
import { InputError } from "./input-error.ts";

/** The fields of one review in a file. */
export type Row = Record<string, unknown>;

/** A row and its line in the file. */
export interface RowAt {
  row: Row;
  line: number;
}

/** The longest record of a file of reviews, in UTF-16 code units. A document of Firestore holds 1 MiB. */
export const MAX_RECORD_LENGTH = 4 * 2 ** 20;

/** Maximum nesting; a Firestore document allows less. */
const MAX_DEPTH = 100;

const EXAMPLE = 'each line should be like {"text":"I like it"}';

/**
 * @param longest the longest line that is read, in UTF-16 code units
 * @throws {InputError} at the first line that is no JSON object
 */
export async function* jsonLines(
  text: AsyncIterable<string>,
  path: string,
  longest = MAX_RECORD_LENGTH,
): AsyncGenerator<RowAt> {
  for await (const { content, line } of linesOf(text, path, longest)) {
    if (content.trim() === "") continue;
    yield { row: parseRow(content, `${path}, line ${line}`), line };
  }
}

/** @throws {InputError} at the first element that is no JSON object */
export async function* jsonArray(text: AsyncIterable<string>, path: string): AsyncGenerator<RowAt> {
  for await (const { content, line } of elementsOf(text, path))
    yield { row: parseRow(content, `${path}, line ${line}`), line };
}

/** Only line feeds end a line: JSON strings may contain any other line separator unescaped. */
export async function* linesOf(
  text: AsyncIterable<string>,
  path: string,
  longest = MAX_RECORD_LENGTH,
): AsyncGenerator<{ content: string; line: number }> {
  let parts: string[] = [];
  let length = 0;
  let line = 1;
  for await (const chunk of text) {
    let start = 0;
    for (let end = chunk.indexOf("\n"); end !== -1; end = chunk.indexOf("\n", start)) {
      parts.push(chunk.slice(start, end));
      start = end + 1;
      yield { content: parts.join(""), line };
      line++;
      parts = [];
      length = 0;
    }
    if (start < chunk.length) parts.push(chunk.slice(start));
    length += chunk.length - start;
    if (length > longest) throw tooLong(path, line, longest);
  }
  if (length > 0) yield { content: parts.join(""), line };
}

/** The elements of a JSON array as text, without parsing the whole array. */
async function* elementsOf(
  text: AsyncIterable<string>,
  path: string,
): AsyncGenerator<{ content: string; line: number }> {
  let parts: string[] = [];
  let length = 0;
  let line = 1;
  /** `undefined` before the first character of an element. */
  let lineOfElement: number | undefined;
  let depth = 0;
  let inString = false;
  let escaped = false;
  let closed = false;
  for await (const chunk of text) {
    let start = 0;
    for (let i = 0; i < chunk.length; i++) {
      const character = chunk[i] as string;
      if (character === "\n") line++;
      if (inString) {
        if (escaped) escaped = false;
        else if (character === "\\") escaped = true;
        else if (character === '"') inString = false;
        continue;
      }
      if (closed) {
        if (character.trim() !== "")
          throw new InputError(`${path}, line ${line}: text follows the end of the JSON array`);
        continue;
      }
      const ends = depth === 1 && (character === "," || character === "]");
      if (ends) {
        parts.push(chunk.slice(start, i));
        const content = parts.join("").trim();
        if (content !== "") yield { content, line: lineOfElement ?? line };
        else if (character === ",") throw new InputError(`${path}, line ${line}: not JSON; an element is missing`);
        parts = [];
        length = 0;
        start = i + 1;
        lineOfElement = undefined;
      } else if (depth > 0 && lineOfElement === undefined && character.trim() !== "") lineOfElement = line;
      if (character === '"') inString = true;
      else if (character === "[" || character === "{") {
        if (depth === 0) start = i + 1;
        depth++;
      } else if (character === "]" || character === "}") closed = --depth === 0;
    }
    if (depth > 0) parts.push(chunk.slice(start));
    length += chunk.length - start;
    if (length > MAX_RECORD_LENGTH) throw tooLong(path, lineOfElement ?? line, MAX_RECORD_LENGTH);
  }
  if (!closed) throw new InputError(`${path}, line ${line}: the JSON array is cut off`);
}

function tooLong(path: string, line: number, longest: number): InputError {
  return new InputError(
    `${path}, line ${line}: longer than ${longest / 2 ** 20} Mi characters, the most that ${longest === MAX_RECORD_LENGTH ? "a review" : "a line"} may take up`,
  );
}

function parseRow(content: string, place: string): Row {
  const text = content.startsWith("\uFEFF") ? content.slice(1) : content;
  let row: unknown;
  try {
    row = LONG_NUMBER.test(text) ? JSON.parse(text, keepDigits as never) : JSON.parse(text);
  } catch (cause) {
    const advice = text.trim() === "{" ? "an object may not span lines; `jq -c . FILE` puts each on one" : EXAMPLE;
    throw new InputError(`${place}: not JSON; ${advice}`, { cause });
  }
  if (typeof row !== "object" || row === null || Array.isArray(row))
    throw new InputError(`${place}: not an object; ${EXAMPLE}`);
  if ((text.match(/[[{]/g)?.length ?? 0) > MAX_DEPTH && isDeeperThan(MAX_DEPTH, row))
    throw new InputError(`${place}: nested more than ${MAX_DEPTH} levels deep`);
  return row as Row;
}

function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeperThan(levels - 1, inner));
}

/** Matches a text that may contain a number that JavaScript cannot represent. */
const LONG_NUMBER = /\d{16}|[eE]\+?\d{3}/;

/** V8 has these functions, and TypeScript's library does not declare them yet: https://github.com/tc39/proposal-json-parse-with-source */
const RAW_JSON = JSON as unknown as {
  rawJSON(source: string): { rawJSON: string };
  isRawJSON(value: unknown): value is { rawJSON: string };
};

/** A reviver that keeps the digits of a number that JavaScript cannot represent; `JSON.stringify` writes the same digits. */
function keepDigits(_key: string, value: unknown, { source = "" }: { source?: string }): unknown {
  if (typeof value !== "number") return value;
  const exact = Number.isFinite(value) && (Number.isSafeInteger(value) || !/^-?\d+$/.test(source));
  return exact ? value : RAW_JSON.rawJSON(source);
}

/** The digits of a number that JavaScript cannot represent; `undefined` for any other value. */
export function digitsOf(value: unknown): string | undefined {
  return RAW_JSON.isRawJSON(value) ? value.rawJSON : undefined;
}
