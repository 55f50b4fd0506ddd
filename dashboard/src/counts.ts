/** Totals, counted by Firestore: nothing is read but the indexes, and a thousand of their entries cost one document read. */
import { type Firestore, getCountFromServer, type Query } from "firebase/firestore";
import pLimit from "p-limit";
import type { Filters } from "./filters.ts";
import { allReviews, anyLabelPlan, failedPlan, labelledPlan, planQuery } from "./queries.ts";
import { bucketEdges } from "./ranges.ts";
import type { Settings } from "./settings.ts";

export interface Counted<T> {
  value: T;
  /** What it cost, in document reads. */
  reads: number;
}

export interface Totals {
  /** In the order of the settings. */
  labels: { label: string; count: number }[];
  labelled: number;
  failed: number;
}

/** Of all times. */
export interface Unseen {
  /** Reviews with a label that the settings do not know: nothing else on the page shows them. */
  otherLabels: number;
  /** Reviews that have no result yet. */
  waiting: number;
}

export interface Bucket {
  start: Date;
  labelled: number;
  negative: number;
}

export async function countTotals(db: Firestore, settings: Settings, filters: Filters): Promise<Counted<Totals>> {
  const counter = new Counter();
  const period = { from: bucketEdges(filters.range, new Date())[0] as Date };
  const [failed, ...counts] = await Promise.all([
    counter.count(planQuery(db, settings, failedPlan(filters, period))),
    ...settings.labels.map((label) => counter.count(planQuery(db, settings, labelledPlan([label], filters, period)))),
  ]);
  const labels = settings.labels.map((label, i) => ({ label, count: counts[i] as number }));
  return counter.result({ labels, labelled: labels.reduce((sum, { count }) => sum + count, 0), failed });
}

export async function countBuckets(db: Firestore, settings: Settings, filters: Filters): Promise<Counted<Bucket[]>> {
  const counter = new Counter();
  const edges = bucketEdges(filters.range, new Date());
  const value = await Promise.all(
    edges.slice(0, -1).map(async (start, i): Promise<Bucket> => {
      const period = { from: start, before: edges[i + 1] as Date };
      const [labelled, negative] = await Promise.all(
        [settings.labels, [settings.negative]].map((labels) =>
          counter.count(planQuery(db, settings, labelledPlan(labels, filters, period))),
        ),
      );
      return { start, labelled: labelled as number, negative: negative as number };
    }),
  );
  return counter.result(value);
}

export async function countUnseen(db: Firestore, settings: Settings): Promise<Counted<Unseen>> {
  const counter = new Counter();
  const any = { model: undefined, scoreFrom: undefined, scoreTo: undefined };
  // In this order what is labelled meanwhile never seems to have an unknown label. It may seem to wait, until the next count.
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

/** The emulator speaks HTTP/1.1, of which a browser opens six connections: counts must leave some to the listeners. */
const limit = pLimit(4);

/** Counts together; once one fails, those that have not begun are left. */
class Counter {
  #reads = 0;
  #failed = false;

  count(query: Query): Promise<number> {
    return limit(async () => {
      if (this.#failed) return 0;
      try {
        const { count } = (await getCountFromServer(query)).data();
        this.#reads += Math.max(1, Math.ceil(count / 1000));
        return count;
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
