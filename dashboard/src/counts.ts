/** Totals, computed by Firestore from its indexes: 1,000 index entries cost one document read. */
import {
  type AggregateField,
  count,
  type DocumentSnapshot,
  type Firestore,
  getAggregateFromServer,
  getDocsFromServer,
  limit,
  type Query,
  query,
  sum,
} from "firebase/firestore";
import pLimit, { type LimitFunction } from "p-limit";
import { type BucketCache, countInBuckets } from "./buckets.ts";
import { ATTENTION_CODES, UNREAD } from "./failures.ts";
import type { Filters } from "./filters.ts";
import {
  allReviews,
  anyGroupPlan,
  anyLabelPlan,
  contradictionsPlan,
  documentsQuery,
  donePlan,
  EVER,
  failedPlan,
  labelledPlan,
  nextGroupPlan,
  otherLabelsPlan,
  type Plan,
  planField,
  planQuery,
  untimed,
} from "./plans.ts";
import type { Period } from "./ranges.ts";
import { addReads } from "./reads.ts";
import { toReview } from "./review.ts";
import type { Settings } from "./settings.ts";
import { polarity, poles } from "./tone.ts";

export interface Counted<T> {
  value: T;
  /** The cost in document reads. */
  reads: number;
}

/** Totals of a period. */
export interface Totals {
  period: Period;
  /** In the order of the settings. */
  labels: { label: string; count: number }[];
  labelled: number;
  /** The sum of the scores, where a negative label's score counts as below zero and a neutral label's as zero. */
  signed: number;
}

/** Reviews of a period that could not be labelled. */
export interface Failures {
  /** Something is wrong with them. */
  attention: number;
  /** Reviews in a language that the model cannot read. */
  unread: number;
}

/** How much of the work is done. */
export interface Work {
  /** Reviews with the queue's label that are done. */
  done: number;
  /** Reviews whose rating contradicts the label; absent without ratings. */
  contradictions: number | undefined;
}

/**
 * -1 to 1, the mean of the signed scores. Absent without labelled reviews, and where no label is negative or none is positive. The
 * mean of P(positive) - P(negative) would be more exact, but an aggregation needs an index, and `scores` has none.
 */
export function meanSentiment({ labels, labelled, signed }: Totals): number | undefined {
  const signs = labels.map(({ label }) => polarity(label));
  return labelled > 0 && signs.includes(-1) && signs.includes(1) ? signed / labelled : undefined;
}

/** How many reviews have a label; 0 if the settings do not list it. */
export function countOf({ labels }: Totals, name: string): number {
  return labels.find(({ label }) => label === name)?.count ?? 0;
}

/** Reviews of any time that no filter finds. */
export interface Unseen {
  /** Reviews with a label that the settings do not list. */
  otherLabels: number;
  /** Reviews without a result. If {@link countsUndated} is false, also those with a result but without `createdField`. */
  waiting: number;
  /** Reviews with a result that have no time in the settings' `createdField`. */
  undated: number;
}

export interface Bucket {
  start: Date;
  end: Date;
  /** In the order of the settings' labels. */
  counts: number[];
  labelled: number;
}

export async function countTotals(
  db: Firestore,
  settings: Settings,
  filters: Filters,
  period: Period,
): Promise<Counted<Totals>> {
  const counter = new Counter(settings);
  const labels = await Promise.all(
    settings.labels.map(async (label) => {
      const { count, score } = await counter.countAndSum(
        planQuery(db, settings, labelledPlan([label], filters, period)),
      );
      return { label, count, score };
    }),
  );
  return counter.result({
    period,
    labels: labels.map(({ label, count }) => ({ label, count })),
    labelled: labels.reduce((total, { count }) => total + count, 0),
    signed: labels.reduce((total, { label, score }) => total + score * polarity(label), 0),
  });
}

export async function countFailures(
  db: Firestore,
  settings: Settings,
  filters: Filters,
  period: Period,
): Promise<Counted<Failures>> {
  const counter = new Counter(settings);
  const [attention, unread] = await Promise.all(
    [ATTENTION_CODES, [UNREAD]].map((codes) =>
      counter.count(planQuery(db, settings, failedPlan(filters, period, codes))),
    ),
  );
  return counter.result({ attention: attention as number, unread: unread as number });
}

/** @param label the label of the queue */
export async function countWork(
  db: Firestore,
  settings: Settings,
  label: string,
  filters: Filters,
  period: Period,
): Promise<Counted<Work>> {
  const counter = new Counter(settings);
  const pair = settings.ratingField === undefined ? undefined : poles(settings);
  const [done, contradictions] = await Promise.all([
    counter.count(planQuery(db, settings, donePlan([label], filters, period))),
    pair && counter.count(planQuery(db, settings, contradictionsPlan(pair, filters, period))),
  ]);
  return counter.result({ done, contradictions });
}

/**
 * @param edges one more than there are buckets, oldest first
 * @param totals used if they are of the same time; otherwise it is counted too
 * @param cache of the same filters
 */
export async function countBuckets(
  db: Firestore,
  settings: Settings,
  filters: Filters,
  edges: readonly Date[],
  totals: Totals | undefined,
  cache: BucketCache,
): Promise<Counted<Bucket[]>> {
  const { labels } = settings;
  const counter = new Counter(settings);
  const count = (label: string, from: Date, before: Date): Promise<number> =>
    counter.count(planQuery(db, settings, labelledPlan([label], filters, { from, before })));
  const [start, end] = [edges[0] as Date, edges.at(-1) as Date];
  const isWhole =
    totals?.period.from.getTime() === start.getTime() && (totals.period.before ?? end).getTime() === end.getTime();
  const whole = isWhole
    ? totals.labels
    : await Promise.all(labels.map(async (label) => ({ label, count: await count(label, start, end) })));
  const read = async (some: readonly string[], from: Date, before: Date) => {
    const documents = await counter.read(documentsQuery(db, settings, labelledPlan(some, filters, { from, before })));
    return documents.flatMap((document) => {
      const { machineLabel: label, time } = toReview(document, settings);
      return label === undefined || time === undefined || !some.includes(label) ? [] : [{ label, time }];
    });
  };
  const counted = await countInBuckets(
    { count, read },
    edges,
    new Map(whole.map(({ label, count }) => [label, count])),
    cache,
  );
  return counter.result(
    counted.map((bucket, i): Bucket => {
      const counts = labels.map((label) => bucket.get(label) ?? 0);
      const labelled = counts.reduce((total, count) => total + count, 0);
      return { start: edges[i] as Date, end: edges[i + 1] as Date, counts, labelled };
    }),
  );
}

/**
 * Whether reviews without the settings' `createdField` are counted separately. The composite indexes leave them out. The indexes of
 * single fields contain them, but Firestore makes these by itself only for a collection, not for a collection group.
 */
export function countsUndated({ collection, createdField }: Settings): boolean {
  return collection !== undefined && createdField !== undefined;
}

export async function countUnseen(db: Firestore, settings: Settings): Promise<Counted<Unseen>> {
  const { labels } = settings;
  const counter = new Counter(settings);
  const any = { model: undefined, language: undefined, group: undefined, scoreFrom: undefined, scoreTo: undefined };
  const count = (plan: Plan) => counter.count(planQuery(db, settings, plan));
  const hasUndated = countsUndated(settings);
  // Firestore's not-in takes at most ten values. With more labels, those that the settings list are counted and subtracted.
  const isLong = labels.length > 10;
  const plans = [anyLabelPlan(), isLong ? labelledPlan(labels, any) : otherLabelsPlan(labels), failedPlan(any)];
  // In this order, a review that is labelled meanwhile does not count as undated, and counts as waiting until the next count.
  const [labelled = 0, some = 0, failed = 0] = await Promise.all((hasUndated ? plans.map(untimed) : plans).map(count));
  const [dated = 0, failedDated = 0] = await Promise.all(
    hasUndated ? [labelledPlan(labels, any, EVER), failedPlan(any, EVER)].map(count) : [],
  );
  const all = await counter.count(allReviews(db, settings));
  const otherLabels = isLong ? Math.max(0, labelled - some) : some;
  return counter.result({
    otherLabels,
    waiting: Math.max(0, all - labelled - failed),
    undated: hasUndated ? Math.max(0, labelled - otherLabels + failed - dated - failedDated) : 0,
  });
}

/** Finding the values of a field costs one read each, so the page looks for no more than these. */
export const MAX_GROUPS = 60;

export interface FoundGroups {
  /** No more than {@link MAX_GROUPS}. */
  groups: string[];
  /** The value of some review if no review has a text, but one has something else, which cannot be compared. */
  other: unknown;
}

/** The values of the group field, in their order, each found by one read: Firestore cannot list the values of a field. */
export async function findGroups(db: Firestore, settings: Settings): Promise<Counted<FoundGroups>> {
  let reads = 0;
  const first = async (plan: Plan): Promise<unknown> => {
    const { docs } = await getDocsFromServer(query(planQuery(db, settings, plan), limit(1)));
    addReads(1);
    reads++;
    return docs[0]?.get(planField(settings, "group"));
  };
  const groups: string[] = [];
  while (groups.length < MAX_GROUPS) {
    const group = await first(nextGroupPlan(groups.at(-1)));
    if (typeof group !== "string") break;
    groups.push(group);
  }
  const other = groups.length === 0 ? await first(anyGroupPlan()) : undefined;
  return { value: { groups, other }, reads };
}

export interface Group {
  group: string;
  /** In the order of the settings' labels. */
  counts: number[];
  labelled: number;
  before: { negative: number; labelled: number };
}

/** Counts each group in a period and in the one before. */
export async function countGroups(
  db: Firestore,
  settings: Settings,
  filters: Filters,
  groups: readonly string[],
  [period, before]: readonly [Period, Period],
  onProgress: (done: number) => void,
): Promise<Counted<Group[]>> {
  const counter = new Counter(settings);
  let done = 0;
  const value = await Promise.all(
    groups.map(async (group): Promise<Group> => {
      const count = (labels: readonly string[], when: Period): Promise<number> =>
        counter.count(planQuery(db, settings, labelledPlan(labels, { ...filters, group }, when)));
      const { labels, negative } = settings;
      const [labelled, earlier] = await Promise.all([count(labels, period), count(labels, before)]);
      // Without reviews there is nothing to divide, and the last label has what the others leave.
      const [negativeEarlier, ...some] = await Promise.all([
        earlier === 0 ? 0 : count([negative], before),
        ...(labelled === 0 ? [] : labels.slice(0, -1).map((label) => count([label], period))),
      ]);
      const counts = labels.map((_, i) =>
        i < labels.length - 1 ? (some[i] ?? 0) : Math.max(0, labelled - some.reduce((a, b) => a + b, 0)),
      );
      onProgress(++done);
      return { group, counts, labelled, before: { negative: negativeEarlier, labelled: earlier } };
    }),
  );
  return counter.result(value);
}

/** Emulator and proxy speak HTTP/1.1, for which a browser opens six connections at most. The listeners need some of them. */
const local = pLimit(4);
const cloud = pLimit(16);

/** Runs queries concurrently and adds up their cost. After a failure it skips those that have not started. */
class Counter {
  readonly #concurrently: LimitFunction;
  readonly #score: AggregateField<number>;
  #reads = 0;
  #failed = false;

  constructor(settings: Settings) {
    this.#concurrently = settings.emulator === undefined && settings.proxy === undefined ? cloud : local;
    this.#score = sum(planField(settings, "score"));
  }

  count(query: Query): Promise<number> {
    return this.#run(
      0,
      async () => (await getAggregateFromServer(query, { count: count() })).data().count,
      (count) => count / 1000,
    );
  }

  /** The number of documents and the sum of their scores, for the price of the number alone. */
  countAndSum(query: Query): Promise<{ count: number; score: number }> {
    return this.#run(
      { count: 0, score: 0 },
      async () => (await getAggregateFromServer(query, { count: count(), score: this.#score })).data(),
      ({ count }) => count / 1000,
    );
  }

  read(query: Query): Promise<readonly DocumentSnapshot[]> {
    return this.#run<readonly DocumentSnapshot[]>(
      [],
      async () => (await getDocsFromServer(query)).docs,
      ({ length }) => length,
    );
  }

  #run<T>(skipped: T, run: () => Promise<T>, cost: (result: T) => number): Promise<T> {
    return this.#concurrently(async () => {
      if (this.#failed) return skipped;
      try {
        const result = await run();
        const reads = Math.max(1, Math.ceil(cost(result)));
        this.#reads += reads;
        addReads(reads);
        return result;
      } catch (error) {
        this.#failed = true;
        throw error;
      }
    });
  }

  result<T>(value: T): Counted<T> {
    return { value, reads: this.#reads };
  }
}
