import {
  type DocumentSnapshot,
  disableNetwork,
  enableNetwork,
  type Firestore,
  type FirestoreError,
} from "firebase/firestore";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Account, User } from "./account.ts";
import { BucketCache } from "./buckets.ts";
import {
  correctBuckets,
  correctContradictions,
  correctFailures,
  correctionsIn,
  correctLeft,
  correctTotals,
  failuresOf,
  MAX_CORRECTIONS,
} from "./corrections.ts";
import {
  type Bucket,
  countBuckets,
  countFailures,
  countOf,
  countTotals,
  countUnseen,
  countWork,
  type Failures,
  type Totals,
  type Unseen,
} from "./counts.ts";
import { type Filters, labelsOf, periodBefore, periodOf } from "./filters.ts";
import { contains } from "./find.ts";
import { type Clock, type Recounted, useCount, useDrawn, useSettled } from "./hooks.ts";
import { isWanted, listPlan, withCorrections } from "./listing.ts";
import { correctedPlan, documentsQuery, failedPlan, planQuery } from "./plans.ts";
import { spanEdges } from "./ranges.ts";
import { isUnavailable } from "./recount.ts";
import { isCorrected, type Review, toReview, version } from "./review.ts";
import type { Settings } from "./settings.ts";
import { poles } from "./tone.ts";
import { type List, useList } from "./use-list.ts";

/** While nothing arrives, the chart and the time before are counted at this interval: they take the most counts, and change little. */
const CHART_TICK_MS = 60_000;

/** A new query is answered from memory first, which is not a lost connection. */
const LOST_AFTER_MS = 2_000;

/** Where most loaded reviews are done, the queue loads more until it has this many. */
const QUEUE_LENGTH = 10;
/** Maximum number of reviews that it reads for that. */
const QUEUE_READS = 300;

/** A list as the page shows it. */
export interface ReviewsList extends Pick<List, "busy" | "showMore" | "moreError"> {
  /** Absent while nothing is known about the query. */
  reviews: readonly Review[] | undefined;
  /** How many reviews are loaded, with those that are hidden because they are done or somebody else's. */
  loaded: number;
  /** How many of them are not hidden, whether or not they contain the text to find. */
  searched: number;
}

export interface Data {
  newest: ReviewsList;
  failed: ReviewsList;
  totals: Recounted<Totals>;
  before: Recounted<Totals>;
  failures: Recounted<Failures>;
  unseen: Recounted<Unseen>;
  work: Recounted<WorkLeft>;
  buckets: Recounted<Bucket[]>;
  corrections: Corrections;
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

/** How much of the work is left. */
export interface WorkLeft {
  /** Reviews of the queue that are not done; absent while they are not counted. */
  left: number | undefined;
  /** Reviews whose rating contradicts the label; absent without ratings. */
  contradictions: number | undefined;
}

export interface Corrections {
  /** With those of earlier texts, which do not count. From the time before the page's own on. */
  reviews: readonly Review[];
  /** How many count in the page's time. */
  count: number;
  /** Whether these are all. */
  complete: boolean;
}

/**
 * Everything that the page reads from Firestore. Totals and chart follow the lists at once, and the clock. On a fresh page the list
 * comes first and alone, then the totals and what failed, then the comparison and the work that is left, then the chart, and last
 * what counts all time.
 * @param held whether the page is paused: then nothing is counted
 * @param chartSeen whether the chart is, or has been, in sight: until then it is not counted
 */
export function useData(
  db: Firestore,
  account: Account,
  user: User,
  settings: Settings,
  filters: Filters,
  clock: Clock,
  held: boolean,
  chartSeen: boolean,
): Data {
  const [attempt, setAttempt] = useState(0);
  const { range, own, part, model, language, group, view, find } = filters;
  const period = periodOf(filters, clock.now);
  const labels = labelsOf(filters, settings.labels, settings.negative);
  const ofList = {
    ...filters,
    view: view === "contradictions",
    hideDone: undefined,
    owner: undefined,
    find: undefined,
  };
  const newest = useList(JSON.stringify([ofList, labels, attempt]), () =>
    documentsQuery(db, settings, listPlan(filters, settings, period)),
  );
  const listDrawn = useDrawn(!newest.busy);
  const failedKey = JSON.stringify([range, own, part, model, language, group, attempt]);
  const failed = useList(failedKey, () => planQuery(db, settings, failedPlan(filters, period)), listDrawn);
  // For the chart, which has the whole range, and for the time before.
  const corrected = useList(
    JSON.stringify([range, own, part, attempt]),
    () => {
      const now = new Date();
      const whole = periodOf({ range, own, part: undefined }, now);
      const starts = [periodBefore(periodOf(filters, now), now).from, whole.from];
      const from = new Date(Math.min(...starts.map((start) => start.getTime())));
      return planQuery(db, settings, correctedPlan(settings.labels, { ...whole, from }));
    },
    listDrawn && !failed.busy,
    MAX_CORRECTIONS,
  );

  const reviewsOf = ({ documents }: List): Review[] | undefined =>
    documents
      ?.map((document) => toReview(document, settings))
      // A listener keeps the start of the time range that it began with.
      .filter(({ time }) => time !== undefined && time >= period.from);
  const loaded = useMemo(() => reviewsOf(newest), [newest.documents, period.from.getTime()]);
  const unlabelled = useMemo(
    () => reviewsOf(failed)?.filter((review) => !isCorrected(review)),
    [failed.documents, period.from.getTime()],
  );
  const allCorrected = useMemo(
    () => corrected.documents?.map((document) => toReview(document, settings)) ?? [],
    [corrected.documents],
  );
  const corrections = correctionsIn(allCorrected, filters, period);
  const complete = newest.showMore === undefined;
  const labelled = loaded && withCorrections(loaded, allCorrected, { filters, settings, period, complete });

  // What was counted at the time before is not counted again until everything has been counted once.
  const [tick, setTick] = useState(() => clock.now.getTime());
  const arrivals = [loaded?.[0], unlabelled?.[0]].map(version).join();
  const active = clock.seen && !held;
  // Totals and chart compare the labels, so neither the filter by label nor what is about the list applies.
  const compared = { range, own, part, model, language, group, from: filters.scoreFrom, to: filters.scoreTo };
  const comparedKey = JSON.stringify([compared, attempt]);
  const minute = Math.floor(tick / CHART_TICK_MS);
  const totals = useCount(
    comparedKey,
    `${version(loaded?.[0])},${tick}`,
    active && (listDrawn || !newest.connected),
    () => countTotals(db, settings, filters, periodOf(filters, new Date())),
  );
  const failuresActive = active && failed.showMore !== undefined && !totals.busy;
  const isFailedComplete = !failed.busy && failed.showMore === undefined;
  const countedFailures = useCount(failedKey, `${arrivals},${tick}`, failuresActive, () =>
    countFailures(db, settings, filters, periodOf(filters, new Date())),
  );
  const activeLater = active && listDrawn && !failed.busy && !totals.busy;
  const pair = poles(settings);
  const queueLabel = labelsOf({ view: "treat", label: filters.label }, settings.labels, settings.negative)[0] as string;
  // What is done changes the reviews in the list, and comes from this page or another.
  const doneHere = loaded?.filter(({ triage }) => triage?.state === "done").length ?? 0;
  const work = useCount(
    JSON.stringify([compared, filters.label, attempt]),
    `${arrivals},${doneHere},${tick}`,
    activeLater,
    () => countWork(db, settings, queueLabel, filters, periodOf(filters, new Date())),
  );
  const before = useCount(comparedKey, String(minute), activeLater, () => {
    const time = new Date();
    return countTotals(db, settings, filters, periodBefore(periodOf(filters, time), time));
  });
  const activeLast = activeLater && !work.busy && !before.busy;
  const latestTotals = useRef<Totals>(undefined);
  latestTotals.current = totals.busy ? undefined : totals.value;
  const chartKey = JSON.stringify([{ ...compared, part: undefined }, attempt]);
  const cache = useMemo(() => new BucketCache(), [chartKey]);
  const buckets = useCount(
    chartKey,
    `${arrivals},${minute},${JSON.stringify(totals.value?.labels)}`,
    activeLast && chartSeen,
    () => {
      const time = new Date();
      cache.expire(time.getTime());
      return countBuckets(db, settings, filters, spanEdges(filters, time), latestTotals.current, cache);
    },
  );

  const isCharting = chartSeen && buckets.busy;
  // Last, because it counts every review there is.
  const unseen = useCount(String(attempt), `${arrivals},${tick}`, activeLast && !isCharting, () =>
    countUnseen(db, settings),
  );
  const isFirstPass =
    active &&
    (isCharting || (failuresActive && countedFailures.busy) || [totals, work, before, unseen].some(({ busy }) => busy));
  const now = clock.now.getTime();
  useEffect(() => {
    if (!isFirstPass) setTick(now);
  }, [isFirstPass, now]);

  // A listener may take minutes to notice that its connection is lost; a count notices at once.
  const connected = useSettled(newest.connected && failed.connected && !isUnavailable(totals.error), LOST_AFTER_MS);
  // The page reports the lost connection once, so the counts need not.
  const counted = <T, U = T>(count: Recounted<T>, correct: (value: T) => U): Recounted<U> => ({
    ...count,
    value: count.value && correct(count.value),
    error: connected ? count.error : undefined,
  });
  const listed = (
    { busy, showMore, moreError }: List,
    reviews: readonly Review[] | undefined,
    text: string,
  ): ReviewsList => {
    const shown = reviews?.filter((review) => isWanted(review, filters, user));
    return {
      busy,
      showMore,
      moreError,
      // Without a connection, nothing is known about a new query.
      reviews: connected || !busy ? shown?.filter((review) => contains(review, text)) : undefined,
      loaded: reviews?.length ?? 0,
      searched: shown?.length ?? 0,
    };
  };
  const newestList = listed(newest, labelled, find);
  const failures = useRef<Recounted<Failures>>({ value: undefined, busy: true, error: undefined });
  // The list is live while the page is paused.
  if (!held)
    failures.current = isFailedComplete
      ? { value: failuresOf(unlabelled ?? []), busy: false, error: undefined }
      : counted(countedFailures, (value) => correctFailures(value, corrections));

  // Most of what is loaded may be done.
  const wantsMore = view === "treat" && newestList.searched < QUEUE_LENGTH && (loaded?.length ?? 0) < QUEUE_READS;
  const { showMore, moreError } = newest;
  useEffect(() => {
    if (wantsMore && connected && moreError === undefined) void showMore?.();
  }, [wantsMore, connected, newest.documents?.length, showMore === undefined]);

  const wholeRange = periodOf({ range, own, part: undefined }, clock.now);
  // The chart is drawn again for each new value.
  const correctedBuckets = useMemo(
    () =>
      buckets.value && correctBuckets(buckets.value, settings.labels, correctionsIn(allCorrected, filters, wholeRange)),
    [buckets.value, allCorrected, comparedKey],
  );
  return {
    newest: newestList,
    failed: listed(failed, unlabelled, ""),
    totals: counted(totals, (value) => correctTotals(value, corrections)),
    before: counted(before, (value) =>
      correctTotals(value, correctionsIn(allCorrected, filters, periodBefore(period, clock.now))),
    ),
    unseen: counted(unseen, (value) => value),
    failures: failures.current,
    // Most reviews have no field `triage`, so that those that are not done can only be counted as the difference.
    work: counted(work, ({ done, contradictions }) => ({
      left: totals.value && correctLeft(countOf(totals.value, queueLabel) - done, queueLabel, corrections),
      contradictions: contradictions && pair && correctContradictions(contradictions, pair, filters, corrections),
    })),
    buckets: counted({ ...buckets, busy: isCharting }, () => correctedBuckets as Bucket[]),
    corrections: { reviews: allCorrected, count: corrections.length, complete: corrected.showMore === undefined },
    connected,
    busy: isCharting || [newest, failed, totals, unseen].some(({ busy }) => busy),
    refused: newest.error ?? failed.error ?? corrected.error,
    update: (document) => {
      newest.update(document);
      failed.update(document);
    },
    retry: async () => {
      await account.refresh().catch(() => {});
      // Ends the client's pause between its own attempts.
      await disableNetwork(db);
      await enableNetwork(db);
      setAttempt((count) => count + 1);
    },
  };
}
