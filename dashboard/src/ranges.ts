/** The time ranges to choose from, each divided into the buckets of the chart. */
export const RANGES = {
  "15m": { title: "last 15 minutes", buckets: 15, start: (now, i) => wholeMinutes(now, 1, i) },
  "1h": { title: "last hour", buckets: 12, start: (now, i) => wholeMinutes(now, 5, i) },
  "24h": { title: "last 24 hours", buckets: 24, start: (now, i) => wholeMinutes(now, 60, i) },
  "7d": { title: "last 7 days", buckets: 7, start: wholeDays },
  "30d": { title: "last 30 days", buckets: 30, start: wholeDays },
  "12mo": {
    title: "last 12 months",
    buckets: 12,
    start: (now, i) => new Date(now.getFullYear(), now.getMonth() + i, 1),
  },
} satisfies Record<string, Range>;

export type RangeName = keyof typeof RANGES;

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

const TIME = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const MONTH = new Intl.DateTimeFormat(undefined, { month: "short", year: "numeric" });

/** A bucket's name in the chart: its start. */
export function bucketName(range: RangeName, start: Date): string {
  if (range === "12mo") return MONTH.format(start);
  return (range === "7d" || range === "30d" ? DAY : TIME).format(start);
}

/** Steps in milliseconds. Calendar steps would go backwards in spring, where the clock skips an hour. */
function wholeMinutes(now: Date, size: number, i: number): Date {
  const minute = now.getTime() - (now.getTime() % 60_000);
  return new Date(minute + (i * size - (now.getMinutes() % size)) * 60_000);
}

function wholeDays(now: Date, i: number): Date {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + i);
}
