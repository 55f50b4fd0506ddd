/** Times and ratings as files spell them. CSV has texts only, and JSON has no times. */
import { digitsOf } from "../../shared/json-rows.ts";
import { starRating } from "./star-rating.ts";

/** Whether the day or the month comes first in a date such as `1.11.2026`. */
export const DATE_ORDERS = ["dmy", "mdy"] as const;
export type DateOrder = (typeof DATE_ORDERS)[number];

/** The converted value, `null` for an empty one, or what is wrong with it. */
export type FileValue<T> = { value: T | null } | { problem: string };

/** Longer values are not quoted in errors: a wrong field may hold reviews. */
const MAX_QUOTED = 40;

/** Reviews are from these years. A number outside them is in another unit, or a date such as `20261101`. */
const YEARS = { least: 1990, most: 2100 };

const TIME = String.raw`(?:[T ,]\s*(?<hour>\d{1,2}):(?<minute>\d\d)(?::(?<second>\d\d)(?:[.,](?<fraction>\d{1,9}))?)?\s*(?<half>[AP]M)?)?`;
const ZONE = String.raw`\s*(?<zone>Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?`;
const ISO = new RegExp(String.raw`^(?<year>\d{4})[-/](?<month>\d{1,2})[-/](?<day>\d{1,2})${TIME}${ZONE}$`, "i");
/** Day or month first: only an option can say which. */
const ORDERED = new RegExp(
  String.raw`^(?<first>\d{1,2})[./-]\s?(?<next>\d{1,2})[./-]\s?(?<year>\d{4}|\d\d)${TIME}${ZONE}$`,
  "i",
);

const EXAMPLES = "2026-01-31 or 2026-01-31T12:00:00Z";

/**
 * Parses a time: ISO 8601, also with a space in place of the `T`; or seconds or milliseconds since 1970. Without a zone it is in UTC.
 * A date such as `1.11.2026` is refused without `order`, because it has two meanings.
 */
export function parseFileTime(value: unknown, order?: DateOrder): FileValue<Date> {
  if (isEmpty(value)) return { value: null };
  const fail = (advice: string): { problem: string } => ({ problem: `${quoted(value)}: ${advice}` });
  const written = `write times like ${EXAMPLES}`;
  if (typeof value === "number" || (typeof value === "string" && /^\d+(\.\d+)?$/.test(value.trim()))) {
    const date = sinceEpoch(Number(value));
    return date === undefined
      ? fail(`it is no number of seconds or milliseconds since 1970; ${written}`)
      : { value: date };
  }
  if (typeof value !== "string") return fail(written);
  const text = value.trim();
  const iso = ISO.exec(text)?.groups;
  if (iso !== undefined) {
    const date = dateOf(iso, iso.month, iso.day);
    return date === undefined ? fail(`there is no such time; ${written}`) : { value: date };
  }
  const ordered = ORDERED.exec(text)?.groups;
  if (ordered === undefined) return fail(written);
  if (order === undefined)
    return fail(`say whether the day or the month comes first, by --date-order dmy or mdy, or ${written}`);
  const { first, next } = ordered;
  const date = order === "dmy" ? dateOf(ordered, next, first) : dateOf(ordered, first, next);
  return date === undefined
    ? fail(`there is no such date with the ${order === "dmy" ? "day" : "month"} first, as --date-order ${order} says`)
    : { value: date };
}

/** Parses a rating: a number, a text that is one, or a text such as `4/5` or `★★★★☆`. */
export function parseFileRating(value: unknown): FileValue<number> {
  if (isEmpty(value)) return { value: null };
  const number = typeof value === "string" ? (decimalOf(value) ?? starRating(value)) : value;
  return typeof number === "number"
    ? { value: number }
    : { problem: `${quoted(value)}: write ratings like 4, 4.5, 4/5, 4 stars or ★★★★☆` };
}

/** The number that a text is, with a decimal point or a decimal comma; `undefined` if it is none. Spreadsheets write both. */
export function decimalOf(text: string): number | undefined {
  const trimmed = text.trim();
  return /^[+-]?\d{1,6}([.,]\d{1,6})?$/.test(trimmed) ? Number(trimmed.replace(",", ".")) : undefined;
}

/** Whether a file has no value here. */
export function isEmpty(value: unknown): boolean {
  return value === null || (typeof value === "string" && value.trim() === "");
}

function quoted(value: unknown): string {
  const digits = digitsOf(value);
  if (digits !== undefined) return digits;
  if (typeof value === "object") return "an object or an array";
  const text = JSON.stringify(value);
  return text.length > MAX_QUOTED ? "a long text" : text;
}

/** The time of a number, in the unit in which it is plausible. */
function sinceEpoch(number: number): Date | undefined {
  return [new Date(number * 1000), new Date(number)].find((date) => {
    const year = date.getUTCFullYear();
    return year >= YEARS.least && year <= YEARS.most;
  });
}

/** @returns `undefined` if there is no such time, as on 30 February or at 25:00 */
function dateOf(
  { year = "", hour = "0", minute = "0", second = "0", fraction = "", half, zone }: Record<string, string | undefined>,
  month: string | undefined,
  day: string | undefined,
): Date | undefined {
  const hours = half === undefined ? Number(hour) : (Number(hour) % 12) + (/^p/i.test(half) ? 12 : 0);
  const isHour = half === undefined ? hours < 24 : Number(hour) >= 1 && Number(hour) <= 12;
  if (!isHour || Number(minute) > 59 || Number(second) > 59) return undefined;
  const fullYear = year.length === 2 ? 2000 + Number(year) : Number(year);
  const midnight = new Date(Date.UTC(fullYear, Number(month) - 1, Number(day)));
  // Date rolls over: 30 February would be 2 March. It also takes years below 100 for those of the last century.
  if (midnight.getUTCFullYear() !== fullYear || midnight.getUTCMonth() !== Number(month) - 1) return undefined;
  const offset = offsetMinutes(zone);
  if (offset === undefined) return undefined;
  const seconds = (hours * 60 + Number(minute) - offset) * 60 + Number(second);
  return new Date(midnight.getTime() + seconds * 1000 + Number(fraction.slice(0, 3).padEnd(3, "0")));
}

/** Minutes that a zone is ahead of UTC. */
function offsetMinutes(zone = "Z"): number | undefined {
  const [, sign, hours = "", minutes = "0"] = /^([+-])(\d\d):?(\d\d)?$/.exec(zone) ?? [];
  if (sign === undefined) return 0;
  if (Number(hours) > 14 || Number(minutes) > 59) return undefined;
  return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}
