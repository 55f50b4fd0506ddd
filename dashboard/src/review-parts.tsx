import { failureOf } from "./failures.ts";
import { isCorrected, languageName, type Review } from "./review.ts";
import { TEXTS } from "./texts.ts";
import { tone } from "./tone.ts";
import type { Triage } from "./triage.ts";

/** The label, or why there is none. */
export function Badge({ review }: { review: Review }) {
  const { label, error } = review;
  if (error !== undefined && !isCorrected(review)) return <span class="badge failed">{failureOf(error).name}</span>;
  return (
    <span class={`badge ${tone(label)}`}>{label === undefined ? TEXTS.list.notLabelled : TEXTS.label(label)}</span>
  );
}

/** Whether the review has been treated, or who is to do it. */
export function Treatment({ triage }: { triage: Triage | undefined }) {
  if (triage?.state === "done") return <span class="treatment">{TEXTS.list.done}</span>;
  return triage?.assignee === undefined ? null : <span class="treatment">{triage.assignee}</span>;
}

/** That a person has corrected the machine, whose label stays beside it. */
export function Corrected({ review }: { review: Review }) {
  if (!isCorrected(review)) return null;
  return (
    <span class="treatment">
      {TEXTS.list.corrected}
      {review.machineLabel !== undefined && <s class="machine">{TEXTS.label(review.machineLabel)}</s>}
    </span>
  );
}

/** What the customer has given. */
export function Rating({ rating }: { rating: number | undefined }) {
  if (rating === undefined) return null;
  return (
    <span class="rating" title={TEXTS.list.ratingTitle(rating)}>
      {TEXTS.list.rating(rating)}
    </span>
  );
}

/** The review's language, except English, which most reviews are in. */
export function Language({ code }: { code: string | undefined }) {
  if (code === undefined || code === "en") return null;
  return <span class="language">{languageName(code)}</span>;
}

export function Score({ score }: { score: number | undefined }) {
  if (score === undefined) return null;
  return (
    <span class="score">
      <span class="visually-hidden">{TEXTS.list.score} </span>
      {score.toFixed(2)}
      <Bar share={score} />
    </span>
  );
}

/** The probability of every class, strongest first. */
export function Scores({ scores }: { scores: NonNullable<Review["scores"]> }) {
  return (
    <table class="scores">
      <caption class="visually-hidden">{TEXTS.dialog.scores}</caption>
      <tbody>
        {scores
          .toSorted(([, a], [, b]) => b - a)
          .map(([label, probability]) => (
            <tr key={label} class={tone(label)}>
              <th scope="row">{TEXTS.label(label)}</th>
              <td>{probability.toFixed(2)}</td>
              <td>
                <Bar share={probability} />
              </td>
            </tr>
          ))}
      </tbody>
    </table>
  );
}

function Bar({ share }: { share: number }) {
  return (
    <span class="bar" aria-hidden="true">
      <span style={{ width: `${share * 100}%` }} />
    </span>
  );
}

const RELATIVE = new Intl.RelativeTimeFormat(TEXTS.locale, { style: "short" });

/** How long ago, in the largest unit that fits. */
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
  return unit === undefined ? TEXTS.triage.justNow : RELATIVE.format(-Math.floor(seconds / unit[1]), unit[0]);
}
