/** Totals, computed by Firestore from its indexes: 1,000 index entries cost one document read. */
import {
  count,
  type Firestore,
  getAggregateFromServer,
  getDocsFromServer,
  limit,
  type Query,
  query,
  sum,
} from "firebase/firestore";
import pLimit from "p-limit";
import { ATTENTION_CODES, UNREAD } from "./failures.ts";
import type { Filters } from "./filters.ts";
import {
  allReviews,
  anyLabelPlan,
  contradictionsPlan,
  donePlan,
  failedPlan,
  labelledPlan,
  nextGroupPlan,
  type Period,
  planField,
  planQuery,
} from "./plans.ts";
import { addReads } from "./reads.ts";
import type { Settings } from "./settings.ts";
import { polarity, poles } from "./tone.ts";

export interface Counted<T> {
  value: T;
  /** The cost in document reads. */
  reads: number;
}

/** Totals of a period. */
export interface Totals {
  /** In the order of the settings. */
  labels: { label: string; count: number }[];
  labelled: number;
  /** The sum of the scores, where a negative label's score counts as below zero and a neutral label's as zero. */
  signed: number;
  /** Reviews that could not be labelled because something is wrong with them. */
  attention: number;
  /** Reviews in a language that the model cannot read. */
  unread: number;
}

/** How much of the work is left. */
export interface Work {
  /** Reviews of the queue that are not done. */
  toTreat: number;
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

/** Reviews of any time that no filter finds. */
export interface Unseen {
  /** Reviews with a label that the settings do not list. */
  otherLabels: number;
  /** Reviews without a result. */
  waiting: number;
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
  const counter = new Counter();
  const failures = (codes: readonly string[]) =>
    counter.count(planQuery(db, settings, failedPlan(filters, period, codes)));
  const [attention, unread, ...labels] = await Promise.all([
    failures(ATTENTION_CODES),
    failures([UNREAD]),
    ...settings.labels.map(async (label) => {
      const labelled = planQuery(db, settings, labelledPlan([label], filters, period));
      const { count, score } = await counter.countAndSum(labelled, settings);
      return { label, count, score };
    }),
  ]);
  return counter.result({
    labels: labels.map(({ label, count }) => ({ label, count })),
    labelled: labels.reduce((total, { count }) => total + count, 0),
    signed: labels.reduce((total, { label, score }) => total + score * polarity(label), 0),
    attention,
    unread,
  });
}

/** @param label the label of the queue */
export async function countWork(
  db: Firestore,
  settings: Settings,
  label: string,
  filters: Filters,
  period: Period,
): Promise<Counted<Work>> {
  const counter = new Counter();
  const pair = settings.ratingField === undefined ? undefined : poles(settings);
  // Most reviews have no field `triage`, so that those that are not done can only be counted as the difference.
  const [all, done, contradictions] = await Promise.all([
    counter.count(planQuery(db, settings, labelledPlan([label], filters, period))),
    counter.count(planQuery(db, settings, donePlan([label], filters, period))),
    pair && counter.count(planQuery(db, settings, contradictionsPlan(pair, filters, period))),
  ]);
  return counter.result({ toTreat: all - done, contradictions });
}

/** @param edges one more than there are buckets, oldest first */
export async function countBuckets(
  db: Firestore,
  settings: Settings,
  filters: Filters,
  edges: readonly Date[],
): Promise<Counted<Bucket[]>> {
  const counter = new Counter();
  const value = await Promise.all(
    edges.slice(0, -1).map(async (start, i): Promise<Bucket> => {
      const end = edges[i + 1] as Date;
      const counts = await Promise.all(
        settings.labels.map((label) =>
          counter.count(planQuery(db, settings, labelledPlan([label], filters, { from: start, before: end }))),
        ),
      );
      return { start, end, counts, labelled: counts.reduce((total, count) => total + count, 0) };
    }),
  );
  return counter.result(value);
}

export async function countUnseen(db: Firestore, settings: Settings): Promise<Counted<Unseen>> {
  const counter = new Counter();
  const any = { model: undefined, language: undefined, group: undefined, scoreFrom: undefined, scoreTo: undefined };
  // In this order, a review labelled between two counts is never taken for one with an unknown label. It may count as waiting
  // until the next count.
  const labelled = await counter.count(planQuery(db, settings, anyLabelPlan()));
  const [known, failed] = await Promise.all(
    [labelledPlan(settings.labels, any), failedPlan(any)].map((plan) => counter.count(planQuery(db, settings, plan))),
  );
  const all = await counter.count(allReviews(db, settings));
  return counter.result({
    otherLabels: Math.max(0, labelled - (known as number)),
    waiting: Math.max(0, all - labelled - (failed as number)),
  });
}

/** Finding the values of a field costs one read each, so the page looks for no more than these. */
export const MAX_GROUPS = 60;

/**
 * The values of the group field, in their order, each found by one read: Firestore cannot list the values of a field.
 * @returns no more than {@link MAX_GROUPS}
 */
export async function findGroups(db: Firestore, settings: Settings): Promise<string[]> {
  const groups: string[] = [];
  while (groups.length < MAX_GROUPS) {
    const next = planQuery(db, settings, nextGroupPlan(groups.at(-1)));
    const { docs } = await getDocsFromServer(query(next, limit(1)));
    addReads(1);
    const group: unknown = docs[0]?.get(planField(settings, "group"));
    if (typeof group !== "string") break;
    groups.push(group);
  }
  return groups;
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
  const counter = new Counter();
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

/** The emulator speaks HTTP/1.1, for which a browser opens six connections at most. The listeners need some of them. */
const concurrently = pLimit(4);

/** Runs aggregations concurrently and adds up their cost. After a failure it skips those that have not started. */
class Counter {
  #reads = 0;
  #failed = false;

  async count(query: Query): Promise<number> {
    const { count } = await this.#aggregate(async () =>
      (await getAggregateFromServer(query, { count: aggregates.count })).data(),
    );
    return count;
  }

  /** The number of documents and the sum of their scores, for the price of the number alone. */
  countAndSum(query: Query, settings: Settings): Promise<{ count: number; score: number }> {
    const score = sum(planField(settings, "score"));
    return this.#aggregate(async () =>
      (await getAggregateFromServer(query, { count: aggregates.count, score })).data(),
    ).then(({ count, score = 0 }) => ({ count, score }));
  }

  #aggregate<T extends { count: number }>(run: () => Promise<T>): Promise<T | { count: number; score?: number }> {
    return concurrently(async () => {
      if (this.#failed) return { count: 0 };
      try {
        const result = await run();
        const reads = Math.max(1, Math.ceil(result.count / 1000));
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

const aggregates = { count: count() };
