import type { Review } from "./review.ts";
import { tone } from "./tone.ts";

/** The label, or why there is none. */
export function Badge({ review: { label, error } }: { review: Review }) {
  if (error !== undefined) return <span class="badge failed">{error.code}</span>;
  return <span class={`badge ${tone(label)}`}>{label ?? "no result yet"}</span>;
}

export function Score({ score }: { score: number | undefined }) {
  if (score === undefined) return null;
  return (
    <span class="score">
      <span class="visually-hidden">score </span>
      {score.toFixed(2)}
      <span class="bar" aria-hidden="true">
        <span style={{ width: `${score * 100}%` }} />
      </span>
    </span>
  );
}

const RELATIVE = new Intl.RelativeTimeFormat("en", { style: "short" });

/** How long ago, in its largest unit. */
export function Time({ at, now }: { at: Date | undefined; now: Date }) {
  if (at === undefined) return null;
  return (
    <time dateTime={at.toISOString()} title={at.toLocaleString()}>
      {ago(at, now)}
    </time>
  );
}

const UNITS = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
] as const;

function ago(at: Date, now: Date): string {
  const seconds = (now.getTime() - at.getTime()) / 1000;
  const unit = UNITS.find(([, size]) => seconds >= size);
  return unit === undefined ? "just now" : RELATIVE.format(-Math.floor(seconds / unit[1]), unit[0]);
}
