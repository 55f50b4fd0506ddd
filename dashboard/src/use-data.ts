import {
  type DocumentSnapshot,
  disableNetwork,
  enableNetwork,
  type Firestore,
  type FirestoreError,
} from "firebase/firestore";
import { useState } from "preact/hooks";
import type { Account } from "./connect.ts";
import { type Bucket, countBuckets, countTotals, countUnseen, type Totals, type Unseen } from "./counts.ts";
import { type Filters, periodOf } from "./filters.ts";
import { type Clock, type Recounted, useCount, useSettled } from "./hooks.ts";
import { failedPlan, labelledPlan, planQuery } from "./plans.ts";
import { bucketEdges } from "./ranges.ts";
import { isUnavailable } from "./recount.ts";
import { type Review, toReview, version } from "./review.ts";
import type { Settings } from "./settings.ts";
import { type List, useList } from "./use-list.ts";

/** While nothing arrives, the chart is counted at this interval: it takes the most counts, and little of it changes. */
const CHART_TICK_MS = 60_000;

/** A new query is answered from memory first, which is not a lost connection. */
const LOST_AFTER_MS = 2_000;

/** A list as the page shows it. */
export interface ReviewsList extends Pick<List, "busy" | "showMore" | "moreError"> {
  /** Absent while nothing is known about the query. */
  reviews: readonly Review[] | undefined;
  /** How many reviews are loaded, with those that `hideDone` leaves out. */
  loaded: number;
}

export interface Data {
  newest: ReviewsList;
  failed: ReviewsList;
  totals: Recounted<Totals>;
  unseen: Recounted<Unseen>;
  buckets: Recounted<Bucket[]>;
  /** Whether Firestore can be reached. */
  connected: boolean;
  /** Whether something is being loaded for the first time with these filters. */
  busy: boolean;
  /** Firestore refused a query. */
  refused: FirestoreError | undefined;
  /** Puts a newer version of a document into the lists that are not live. */
  update(document: DocumentSnapshot): void;
  /** Connects again, with the account's current claims. */
  retry(): Promise<void>;
}

/**
 * Everything that the page reads from Firestore. Totals and chart follow the lists at once, and the clock.
 * @param held whether the page is paused: then nothing is counted
 */
export function useData(
  db: Firestore,
  account: Account,
  settings: Settings,
  filters: Filters,
  clock: Clock,
  held: boolean,
): Data {
  const [attempt, setAttempt] = useState(0);
  const period = periodOf(filters, clock.now);
  const labels = filters.label === undefined ? settings.labels : [filters.label];
  const newestKey = JSON.stringify([{ ...filters, hideDone: undefined }, attempt]);
  const newest = useList(newestKey, () => planQuery(db, settings, labelledPlan(labels, filters, period, filters.sort)));
  const failedKey = JSON.stringify([filters.range, filters.part, filters.model, filters.language, attempt]);
  const failed = useList(failedKey, () => planQuery(db, settings, failedPlan(filters, period)));

  const reviewsOf = ({ documents }: List): Review[] | undefined =>
    documents
      ?.map((document) => toReview(document, settings))
      // A listener keeps the start of the time range that it began with.
      .filter(({ time }) => time !== undefined && time >= period.from);
  const [labelled, unlabelled] = [reviewsOf(newest), reviewsOf(failed)];

  const arrivals = [labelled?.[0], unlabelled?.[0]].map(version).join();
  const now = clock.now.getTime();
  const active = clock.seen && !held;
  // Totals and chart compare the labels, so neither the filter by label nor the sort applies. The chart shows the whole range.
  const compared = { ...filters, label: undefined, sort: undefined, hideDone: undefined };
  const totals = useCount(JSON.stringify([compared, attempt]), `${arrivals},${now}`, active, () =>
    countTotals(db, settings, filters, periodOf(filters, new Date())),
  );
  const unseen = useCount(String(attempt), `${arrivals},${now}`, active, () => countUnseen(db, settings));
  const buckets = useCount(
    JSON.stringify([{ ...compared, part: undefined }, attempt]),
    `${arrivals},${Math.floor(now / CHART_TICK_MS)}`,
    active,
    () => countBuckets(db, settings, filters, bucketEdges(filters.range, new Date())),
  );

  // A listener may take minutes to notice that its connection is lost; a count notices at once.
  const connected = useSettled(newest.connected && failed.connected && !isUnavailable(totals.error), LOST_AFTER_MS);
  // The page reports the lost connection once, so the counts need not.
  const counted = <T>(count: Recounted<T>): Recounted<T> => (connected ? count : { ...count, error: undefined });
  const isShown = ({ triage }: Review): boolean => !filters.hideDone || triage?.state !== "done";
  const listed = ({ busy, showMore, moreError }: List, reviews: readonly Review[] | undefined): ReviewsList => ({
    busy,
    showMore,
    moreError,
    // Without a connection, nothing is known about a new query.
    reviews: connected || !busy ? reviews?.filter(isShown) : undefined,
    loaded: reviews?.length ?? 0,
  });
  return {
    newest: listed(newest, labelled),
    failed: listed(failed, unlabelled),
    totals: counted(totals),
    unseen: counted(unseen),
    buckets: counted(buckets),
    connected,
    busy: [newest, failed, totals, unseen, buckets].some(({ busy }) => busy),
    refused: newest.error ?? failed.error,
    update: (document) => {
      newest.update(document);
      failed.update(document);
    },
    retry: async () => {
      await account.refresh().catch(() => {});
      // Ends the client's pause between its own attempts.
      await disableNetwork(db);
      await enableNetwork(db);
      setAttempt((before) => before + 1);
    },
  };
}
