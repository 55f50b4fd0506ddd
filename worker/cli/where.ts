/** Parses `--where` and `--since`. */
import { z } from "zod";
import { FineTime } from "../../shared/fine-time.ts";
import { InputError } from "../../shared/input-error.ts";
import type { Comparison, Condition } from "../../shared/selection.ts";
import { isFieldName } from "../config.ts";

const Time = z.iso.datetime({ offset: true });
const Day = z.iso.date();
const UNITS_MS: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * Parses a condition such as `shop==7`. The value is JSON where it can be (`7`, `true`, `null`, `"7"`), a time with its zone
 * (`2025-01-31T12:00:00Z`) is a timestamp, and anything else the string that it is.
 * @param warn called with a warning about what is allowed but probably not meant
 * @throws {InputError} that says how to write it
 */
export function parseCondition(text: string, warn: (message: string) => void): Condition {
  const fail = (problem: string): never => {
    throw new InputError(`--where ${text}: ${problem}`);
  };
  const [, left, comparison, right] = /^([^<>=!]+)(==|<=|>=|<|>)(?![=<>])(.*)$/s.exec(text) ?? [];
  if (left === undefined || right === undefined)
    return fail(
      `write FIELD==VALUE, or one of <, <=, >, >= in place of == (there is no !=), such as 'shop==7'. A value that begins with <, > or = needs quotes: 'shop=="<7"'`,
    );
  const field = left.trim();
  if (!field.split(".").every(isFieldName)) return fail(`"${field}" cannot be the name of a field`);
  const value = parseValue(right.trim(), fail);
  if (/^\d{4}-\d\d-\d\d/.test(right.trim()) && typeof value === "string")
    warn(
      `--where ${text}: this compares with a string. For a timestamp write its time and zone, as in ${value.slice(0, 10)}T00:00:00Z; for a string write "${value}"`,
    );
  if (value === null && comparison !== "==") return fail("null can only be compared by ==");
  return { field, comparison: comparison as Comparison, value };
}

/**
 * Explains why conditions may match nothing: Firestore compares values of the same type only.
 * @returns `undefined` if the type of no condition is likely to be the reason
 */
export function typeHint(conditions: readonly Condition[]): string | undefined {
  const hints = conditions.flatMap(({ field, comparison, value }) => {
    const write = (other: string): string => `--where '${field}${comparison}${other}'`;
    if (typeof value === "number") return [`if ${field} holds texts, write ${write(`"${value}"`)}`];
    if (value instanceof Date || value instanceof FineTime)
      return [`if ${field} holds texts, write ${write(`"${value.toISOString()}"`)}, as the texts are written`];
    const isNumeric = typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value));
    return isNumeric ? [`if ${field} holds numbers, write ${write(String(Number(value)))}`] : [];
  });
  return hints.length === 0 ? undefined : `A condition matches only values of its own type: ${hints.join("; ")}`;
}

function parseValue(text: string, fail: (problem: string) => never): Condition["value"] {
  if (text === "") return fail('a value is missing; an empty string is ""');
  if (Time.safeParse(text).success) return FineTime.parse(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return /^["'[{]/.test(text) ? fail(`${text} is not JSON; a string may also stand without quotes`) : text;
  }
  if (typeof value === "object" && value !== null) return fail("compare with a string, a number, true, false or null");
  if (typeof value === "number" && (!Number.isFinite(value) || (/^-?\d+$/.test(text) && !Number.isSafeInteger(value))))
    return fail(`${text} is larger than a number can be here; if the field holds a string, write "${text}"`);
  return value as Condition["value"];
}

/**
 * Parses a time: with its zone (`2025-01-31T12:00:00Z`), a day (`2025-01-31`, from its beginning in UTC), or a duration before now
 * (`90m`, `12h`, `7d`).
 * @throws {InputError} that says how to write it
 */
export function parseTime(text: string, now = new Date()): Date {
  const [, count, unit] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  if (unit !== undefined) return new Date(now.getTime() - Number(count) * (UNITS_MS[unit] as number));
  if (Day.safeParse(text).success || Time.safeParse(text).success) return new Date(text);
  const isWritten = /^\d{4}-\d\d-\d\d(T[\d:.]+(Z|[+-]\d\d:\d\d))?$/.test(text);
  throw new InputError(
    `--since ${text}: ${isWritten ? "there is no such time; " : ""}write a time with its zone (2025-01-31T12:00:00Z), a day (2025-01-31, UTC), or how long ago (90m, 12h, 7d)`,
  );
}
