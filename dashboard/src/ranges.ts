import { TEXTS } from "./texts.ts";

/** The time ranges to choose from, each divided into the buckets of the chart. */
export const RANGES = {
  "15m": { title: TEXTS.ranges["15m"], buckets: 15, start: (now, i) => wholeMinutes(now, 1, i) },
  "1h": { title: TEXTS.ranges["1h"], buckets: 12, start: (now, i) => wholeMinutes(now, 5, i) },
  "24h": { title: TEXTS.ranges["24h"], buckets: 24, start: (now, i) => wholeMinutes(now, 60, i) },
  "7d": { title: TEXTS.ranges["7d"], buckets: 7, start: wholeDays },
  "30d": { title: TEXTS.ranges["30d"], buckets: 30, start: wholeDays },
  "12mo": {
    title: TEXTS.ranges["12mo"],
    buckets: 12,
    start: (now, i) => new Date(now.getFullYear(), now.getMonth() + i, 1),
  },
} satisfies Record<string, Range>;

export type RangeName = keyof typeof RANGES;

/** Days in the local time zone, such as `2026-11-25`; both are part of the time. */
export interface OwnDates {
  since: string;
  until: string;
}

/** What the chart shows: a range that ends now, or own dates. */
export interface Span {
  range: RangeName;
  /** In place of `range`. */
  own: OwnDates | undefined;
}

export interface Period {
  from: Date;
  /** @default now and later */
  before?: Date;
}

interface Range {
  title: string;
  buckets: number;
  /** The start of the bucket that contains `now` (0), of the one before (-1), and so on. In the local time zone. */
  start(now: Date, i: number): Date;
}

/** One more than there are buckets, oldest first: each bucket goes from one edge to the next. The last contains `now`. */
export function bucketEdges(range: RangeName, now: Date): Date[] {
  const { buckets, start } = RANGES[range];
  return Array.from({ length: buckets + 1 }, (_, i) => start(now, i + 1 - buckets));
}

/** The chart has at most this many bars for own dates: each costs one count for each label. */
const MAX_BARS = 31;

/** The edges of the buckets of a span, oldest first. Those of own dates end with the last day, in the future too. */
export function spanEdges({ range, own }: Span, now: Date): Date[] {
  if (own === undefined) return bucketEdges(range, now);
  const [start, end] = [dayStart(own.since, 0), dayStart(own.until, 1)];
  const next = ownSteps(start, end);
  const edges = [start];
  for (let i = 1; next(i) < end; i++) edges.push(next(i));
  return [...edges, end];
}

/** The i-th edge: hours for two days, days for a month, weeks for half a year, months for more. */
function ownSteps(start: Date, end: Date): (i: number) => Date {
  const [year, month, day] = [start.getFullYear(), start.getMonth(), start.getDate()];
  const days = Math.round((end.getTime() - start.getTime()) / DAY_MS);
  if (days <= 2) return (i) => new Date(start.getTime() + i * 2 * HOUR_MS);
  if (days <= MAX_BARS) return (i) => new Date(year, month, day + i);
  if (days <= MAX_BARS * 7) return (i) => new Date(year, month, day + i * 7);
  const months = (end.getFullYear() - year) * 12 + end.getMonth() - month + 1;
  const step = Math.ceil(months / MAX_BARS);
  // The first bar may be a part of a month.
  return (i) => new Date(year, month + i * step, 1);
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Midnight at the start of a day, or of one `more` days later. */
function dayStart(date: string, more: number): Date {
  const [year, month, day] = date.split("-").map(Number) as [number, number, number];
  return new Date(year, month - 1, day + more);
}

/** Own dates as typed, or `undefined` if they are not valid or in the wrong order. */
export function readOwnDates(since: string | null, until: string | null): OwnDates | undefined {
  const isDay = (text: string | null): text is string => {
    if (!/^\d{4}-\d{2}-\d{2}$/.test(text ?? "")) return false;
    const date = new Date(`${text}T12:00`);
    // 31 February would be in March.
    return !Number.isNaN(date.getTime()) && dateOf(date) === text;
  };
  return isDay(since) && isDay(until) && since <= until ? { since, until } : undefined;
}

/** A day in the local time zone, such as `2026-11-25`. */
export function dateOf(time: Date): string {
  const two = (number: number): string => String(number).padStart(2, "0");
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
}

/** How many days {@link spanAround} shows of reviews that are older than every range. */
const OLD_DAYS = 30;

/** The shortest range of a day or more that contains a time, or else the days up to it. */
export function spanAround(time: Date, now: Date): Span {
  const ranges = ["24h", "7d", "30d", "12mo"] as const;
  const range = ranges.find((name) => (bucketEdges(name, now)[0] as Date) <= time);
  if (range !== undefined) return { range, own: undefined };
  const first = new Date(time.getFullYear(), time.getMonth(), time.getDate() - OLD_DAYS + 1);
  return { range: "24h", own: { since: dateOf(first), until: dateOf(time) } };
}

const TIME = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const MONTH = new Intl.DateTimeFormat(undefined, { month: "short", year: "numeric" });

/** A bucket's name in the chart: its start. */
export function bucketName(range: RangeName, start: Date): string {
  if (range === "12mo") return MONTH.format(start);
  return (range === "7d" || range === "30d" ? DAY : TIME).format(start);
}

/** The name of a bucket in the chart of a span, by how long the bucket is. */
export function spanBucketName({ range, own }: Span, start: Date, end: Date): string {
  if (own === undefined) return bucketName(range, start);
  const days = (end.getTime() - start.getTime()) / DAY_MS;
  if (days > 8) return MONTH.format(start);
  return days < 0.5 ? `${DAY.format(start)} ${TIME.format(start)}` : DAY.format(start);
}

/** Steps in milliseconds. Calendar steps would go backwards in spring, where the clock skips an hour. */
function wholeMinutes(now: Date, size: number, i: number): Date {
  const minute = now.getTime() - (now.getTime() % 60_000);
  return new Date(minute + (i * size - (now.getMinutes() % size)) * 60_000);
}

function wholeDays(now: Date, i: number): Date {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + i);
}
