/** Totals, computed by Firestore from its indexes: 1,000 index entries cost one document read. */
import { count, type Firestore, getAggregateFromServer, type Query, sum } from "firebase/firestore";
import pLimit from "p-limit";
import { ATTENTION_CODES, UNREAD } from "./failures.ts";
import type { Filters } from "./filters.ts";
import { allReviews, anyLabelPlan, failedPlan, labelledPlan, type Period, planField, planQuery } from "./plans.ts";
import type { Settings } from "./settings.ts";
import { polarity } from "./tone.ts";

export interface Counted<T> {
  value: T;
  /** The cost in document reads. */
  reads: number;
}

export interface Totals {
  /** In the order of the settings. */
  labels: { label: string; count: number }[];
  labelled: number;
  /**
   * -1 to 1, the mean of the scores, where a negative label's score counts as below zero and a neutral label's as zero. Absent
   * without labelled reviews, and where no label is negative or none is positive. The mean of P(positive) - P(negative) would
   * be more exact, but an aggregation needs an index, and `scores` has none.
   */
  sentiment: number | undefined;
  /** Reviews that could not be labelled because something is wrong with them. */
  attention: number;
  /** Reviews in a language that the model cannot read. */
  unread: number;
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
  const labelled = labels.reduce((total, { count }) => total + count, 0);
  const poles = labels.map(({ label }) => polarity(label));
  const signed = labels.reduce((total, { score }, i) => total + score * (poles[i] as number), 0);
  return counter.result({
    labels: labels.map(({ label, count }) => ({ label, count })),
    labelled,
    sentiment: labelled > 0 && poles.includes(-1) && poles.includes(1) ? signed / labelled : undefined,
    attention,
    unread,
  });
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
  const any = { model: undefined, language: undefined, scoreFrom: undefined, scoreTo: undefined };
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

/** The emulator speaks HTTP/1.1, for which a browser opens six connections at most. The listeners need some of them. */
const limit = pLimit(4);

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
    return limit(async () => {
      if (this.#failed) return { count: 0 };
      try {
        const result = await run();
        this.#reads += Math.max(1, Math.ceil(result.count / 1000));
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
