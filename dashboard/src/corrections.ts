/**
 * Corrections in counts and lists. Firestore counts by the machine's label, because it cannot compare the text that a correction is
 * about with the text of the result. So the page loads the corrected reviews themselves and moves each from the machine's label to
 * the corrected one. This is exact for the newest {@link MAX_CORRECTIONS} of the period; older ones count as the machine has labelled.
 */
import type { Bucket, Failures, Group, Totals } from "./counts.ts";
import { UNREAD } from "./failures.ts";
import type { Filters, Sort } from "./filters.ts";
import { contradicting } from "./plans.ts";
import type { Period } from "./ranges.ts";
import { isCorrected, type Review } from "./review.ts";
import { type Poles, polarity } from "./tone.ts";

/** Each costs one read when the page opens or the time changes. */
export const MAX_CORRECTIONS = 200;

export type Narrowing = Pick<Filters, "model" | "language" | "group" | "scoreFrom" | "scoreTo">;

/** The corrections that count among what the filters select in a period. */
export function correctionsIn(reviews: readonly Review[], filters: Narrowing, { from, before }: Period): Review[] {
  const { model, language, group, scoreFrom, scoreTo } = filters;
  return reviews.filter(
    (review) =>
      isCorrected(review) &&
      review.time !== undefined &&
      review.time >= from &&
      (before === undefined || review.time < before) &&
      (model === undefined || review.model === model) &&
      (language === undefined || review.language === language) &&
      (group === undefined || review.group === group) &&
      (scoreFrom === undefined || (review.score ?? -1) >= scoreFrom) &&
      (scoreTo === undefined || (review.score ?? 2) <= scoreTo),
  );
}

/** Counts by label with the corrections: each moves one review. */
function moved(labels: readonly string[], counts: readonly number[], corrections: readonly Review[]): number[] {
  const by = (label: string): number =>
    corrections.filter((review) => review.label === label).length -
    corrections.filter((review) => review.machineLabel === label).length;
  return labels.map((label, i) => Math.max(0, (counts[i] ?? 0) + by(label)));
}

/** @param corrections of the totals' period */
export function correctTotals(totals: Totals, corrections: readonly Review[]): Totals {
  const names = totals.labels.map(({ label }) => label);
  const counts = moved(
    names,
    totals.labels.map(({ count }) => count),
    corrections,
  );
  // A person is certain.
  const signed = ({ label = "", machineLabel = "", score = 0 }: Review): number =>
    polarity(label) - (names.includes(machineLabel) ? polarity(machineLabel) * score : 0);
  return {
    period: totals.period,
    labels: names.map((label, i) => ({ label, count: counts[i] as number })),
    labelled: sum(counts),
    signed: totals.signed + sum(corrections.map(signed)),
  };
}

/** Reviews that could not be labelled. */
export function failuresOf(reviews: readonly Review[]): Failures {
  const of = (isUnread: boolean): number =>
    reviews.filter(({ error }) => error !== undefined && (error.code === UNREAD) === isUnread).length;
  return { attention: of(false), unread: of(true) };
}

/** Without those that a person has labelled. @param corrections of the period */
export function correctFailures({ attention, unread }: Failures, corrections: readonly Review[]): Failures {
  const corrected = failuresOf(corrections);
  return {
    attention: Math.max(0, attention - corrected.attention),
    unread: Math.max(0, unread - corrected.unread),
  };
}

/** The number of reviews that are left to do, with the corrections. @param label the label of the queue */
export function correctLeft(left: number, label: string, corrections: readonly Review[]): number {
  const open = corrections.filter(({ triage }) => triage?.state !== "done");
  return moved([label], [left], open)[0] as number;
}

/** The number of ratings that contradict the label, without corrected reviews. */
export function correctContradictions(
  count: number,
  poles: Poles,
  { label }: Pick<Filters, "label">,
  corrections: readonly Review[],
): number {
  const settled = corrections.filter(
    (review) =>
      review.label !== review.machineLabel &&
      (label === undefined || review.machineLabel === label) &&
      contradicting(review.machineLabel, poles).includes(review.rating ?? 0),
  );
  return Math.max(0, count - settled.length);
}

export function correctBuckets(
  buckets: readonly Bucket[],
  labels: readonly string[],
  corrections: readonly Review[],
): Bucket[] {
  return buckets.map((bucket) => {
    const inside = corrections.filter(({ time }) => time !== undefined && time >= bucket.start && time < bucket.end);
    const counts = moved(labels, bucket.counts, inside);
    return { ...bucket, counts, labelled: sum(counts) };
  });
}

/** @param corrections of the period, and of the one before */
export function correctGroups(
  groups: readonly Group[],
  { labels, negative }: { labels: readonly string[]; negative: string },
  [corrections, before]: readonly [readonly Review[], readonly Review[]],
): Group[] {
  return groups.map((one) => {
    const here = ({ group }: Review): boolean => group === one.group;
    const counts = moved(labels, one.counts, corrections.filter(here));
    const earlier = before.filter(here);
    const unlabelled = earlier.filter(({ machineLabel }) => machineLabel === undefined).length;
    return {
      ...one,
      counts,
      labelled: sum(counts),
      before: {
        negative: moved([negative], [one.before.negative], earlier)[0] as number,
        labelled: one.before.labelled + unlabelled,
      },
    };
  });
}

/**
 * A list of reviews with the machine's `labels` as a list of reviews with these labels: without those that have been corrected to
 * others, and with those that have been corrected to these.
 * @param complete whether `reviews` are all there are; if not, corrected ones below the last of them are left out
 */
export function correctList(
  reviews: readonly Review[],
  corrections: readonly Review[],
  { labels, sort, complete }: { labels: readonly string[]; sort: Sort; complete: boolean },
): Review[] {
  const known = new Set(reviews.map(({ path }) => path));
  const before = ORDER[sort];
  const last = reviews.at(-1);
  const added = corrections.filter(
    (review) => !known.has(review.path) && (complete || last === undefined || before(review, last)),
  );
  const right = [...reviews, ...added].filter(({ label }) => label !== undefined && labels.includes(label));
  return added.length === 0 ? right : right.toSorted((a, b) => (before(a, b) ? -1 : before(b, a) ? 1 : 0));
}

/** Whether the first review comes before the second one. */
const ORDER: Record<Sort, (a: Review, b: Review) => boolean> = {
  newest: (a, b) => timeOf(a) > timeOf(b),
  worst: (a, b) => certainty(a) > certainty(b),
  uncertain: (a, b) => certainty(a) < certainty(b),
};

function timeOf({ time }: Review): number {
  return time?.getTime() ?? 0;
}

/** A person is certain. */
function certainty(review: Review): number {
  return isCorrected(review) ? 1 : (review.score ?? 0);
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
