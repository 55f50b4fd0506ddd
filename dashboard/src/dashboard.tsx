import { disableNetwork, enableNetwork, type Firestore } from "firebase/firestore";
import { useEffect, useState } from "preact/hooks";
import type { Account, User } from "./connect.ts";
import { countBuckets, countTotals, countUnseen } from "./counts.ts";
import { FilterBar } from "./filter-bar.tsx";
import { type Filters, NO_FILTERS, writeFilters } from "./filters.ts";
import { type Recounted, useClock, useCount, useSettled } from "./hooks.ts";
import { failedPlan, labelledPlan, planQuery } from "./plans.ts";
import { bucketEdges, RANGES } from "./ranges.ts";
import { isUnavailable } from "./recount.ts";
import { Refused } from "./refused.tsx";
import { type Review, toReview } from "./review.ts";
import { ReviewDialog } from "./review-dialog.tsx";
import { ReviewList } from "./review-list.tsx";
import type { Settings } from "./settings.ts";
import { Timeline } from "./timeline.tsx";
import { LostBanner, TopBar } from "./top-bar.tsx";
import { TotalsBar } from "./totals-bar.tsx";
import { useFilters } from "./use-filters.ts";
import { type List, useList } from "./use-list.ts";

/** Totals and chart follow the lists at once, and the time at this interval. */
const TICK_MS = 15_000;

/** A new query is answered from memory first, which is not a lost connection. */
const LOST_AFTER_MS = 2_000;

/** More news than this is shown as "99+". */
const MAX_NEWS = 99;

/** What the page shows while it is paused. */
interface Held {
  now: Date;
  newest: readonly Review[] | undefined;
  failed: readonly Review[] | undefined;
}

interface DashboardProps {
  db: Firestore;
  account: Account;
  settings: Settings;
  user: User;
}

export function Dashboard({ db, account, settings, user }: DashboardProps) {
  const [filters, setFilters] = useFilters();
  const [opened, setOpened] = useState<string>();
  const [attempt, setAttempt] = useState(0);
  const clock = useClock(TICK_MS);
  const [held, setHeld] = useState<Held>();
  const { title } = RANGES[filters.range];
  const from = bucketEdges(filters.range, clock.now)[0] as Date;
  const key = JSON.stringify([filters, attempt]);
  // Someone who changes the filters wants to see the result.
  useEffect(() => setHeld(undefined), [key]);

  const labels = filters.label === undefined ? settings.labels : [filters.label];
  const newest = useList(key, () => planQuery(db, settings, labelledPlan(labels, filters, { from })));
  const failedKey = JSON.stringify([filters.range, filters.model, filters.language, attempt]);
  const failed = useList(failedKey, () => planQuery(db, settings, failedPlan(filters, { from })));
  const reviewsOf = ({ documents }: List): Review[] | undefined =>
    documents
      ?.map((document) => toReview(document, settings))
      // A listener keeps the start of the time range that it began with.
      .filter(({ time }) => time !== undefined && time >= from);
  const [newestNow, failedNow] = [reviewsOf(newest), reviewsOf(failed)];

  const trigger = [newestNow?.[0], failedNow?.[0]].map(version).concat(String(clock.now.getTime())).join();
  const active = clock.seen && held === undefined;
  // Totals and chart compare the labels, so the filter by label does not apply.
  const countKey = JSON.stringify([{ ...filters, label: undefined }, attempt]);
  const totals = useCount(countKey, trigger, active, () => countTotals(db, settings, filters, currentPeriod(filters)));
  const unseen = useCount(String(attempt), trigger, active, () => countUnseen(db, settings));
  const buckets = useCount(countKey, trigger, active, () =>
    countBuckets(db, settings, filters, bucketEdges(filters.range, new Date())),
  );
  // A listener may take minutes to notice that its connection is lost; a count notices at once.
  const connected = useSettled(newest.connected && failed.connected && !isUnavailable(totals.error), LOST_AFTER_MS);
  // The banner reports the lost connection, so the counts need not.
  const counted = <T,>(count: Recounted<T>): Recounted<T> => (connected ? count : { ...count, error: undefined });

  const retry = async (): Promise<void> => {
    await account.refresh().catch(() => {});
    // Ends the client's pause between its own attempts.
    await disableNetwork(db);
    await enableNetwork(db);
    setAttempt((before) => before + 1);
  };

  const close = (): void => {
    setOpened(undefined);
    // The dialog has returned the focus to the row it was opened from, unless that row has left its list.
    if (document.activeElement?.matches("body, dialog *"))
      document.getElementById("newest-title")?.focus({ preventScroll: true });
  };

  const refused = newest.error ?? failed.error;
  if (refused !== undefined)
    return <Refused code={refused.code} message={refused.message} account={account} user={user} onRetry={retry} />;

  // Without a connection, nothing is known about a new query.
  const known = (list: List, reviews: Review[] | undefined) => (connected || !list.busy ? reviews : undefined);
  const shown = held ?? { now: clock.now, newest: known(newest, newestNow), failed: known(failed, failedNow) };
  const everything = [...(shown.newest ?? []), ...(shown.failed ?? [])];
  const loading = connected && newest.documents === undefined;
  const filtered = writeFilters({ ...filters, range: NO_FILTERS.range }).size > 0;
  const list = ({ busy, showMore, moreError }: List) => ({
    busy,
    connected,
    now: shown.now,
    onOpen: setOpened,
    showMore: held === undefined ? showMore : undefined,
    moreError,
  });
  return (
    <>
      <TopBar
        state={!connected ? "lost" : loading ? "connecting" : held ? "paused" : "live"}
        account={account}
        user={user}
        news={held && newsText(held, [...(newestNow ?? []), ...(failedNow ?? [])])}
        busy={[newest, failed, totals, unseen, buckets].some(({ busy }) => busy)}
        onPause={() => setHeld(held === undefined ? shown : undefined)}
      />
      {!connected && <LostBanner onEmulator={settings.emulator !== undefined} onRetry={retry} />}
      <main>
        <FilterBar
          filters={filters}
          settings={settings}
          models={distinct(everything.map(({ model }) => model))}
          languages={distinct(everything.map(({ language }) => language))}
          onChange={setFilters}
        />
        <TotalsBar
          totals={counted(totals)}
          unseen={counted(unseen)}
          labels={settings.labels}
          period={title}
          connected={connected}
          label={filters.label}
          onLabel={(label) => setFilters({ ...filters, label })}
        />
        <div class="panels">
          <Timeline buckets={counted(buckets)} connected={connected} range={filters.range} settings={settings} />
          <ReviewList
            {...list(newest)}
            id="newest"
            title={filters.label === undefined ? "Newest reviews" : `Newest reviews: ${filters.label}`}
            reviews={shown.newest}
          >
            {filtered ? (
              <>
                <p>No review of the {title} matches the filters.</p>
                <button type="button" onClick={() => setFilters({ ...NO_FILTERS, range: filters.range })}>
                  Remove the filters
                </button>
              </>
            ) : (
              <p>
                No review was labelled in the {title}. Choose a longer time
                {/* A project on emulators that this command has started is unknown to other commands. */}
                {settings.emulator === undefined && (
                  <>
                    , or publish one: <code>npm run publish -- --input FILE</code>
                  </>
                )}
                . New labels appear here by themselves.
              </p>
            )}
          </ReviewList>
          <ReviewList {...list(failed)} id="failed" title="Need attention" reviews={shown.failed}>
            <p>
              None in the {title}
              {filters.model === undefined ? "" : ` by ${filters.model}`}.
            </p>
          </ReviewList>
        </div>
      </main>
      {opened !== undefined && <ReviewDialog key={opened} db={db} path={opened} settings={settings} onClose={close} />}
    </>
  );
}

function currentPeriod({ range }: Filters): { from: Date } {
  return { from: bucketEdges(range, new Date())[0] as Date };
}

/** How many results are not among the held ones; empty for none. */
function newsText(held: Held, now: readonly Review[]): string {
  const seen = new Set([...(held.newest ?? []), ...(held.failed ?? [])].map(version));
  const news = now.filter((review) => !seen.has(version(review))).length;
  return news > MAX_NEWS ? `${MAX_NEWS}+` : news === 0 ? "" : String(news);
}

/** Changes with every result. */
function version(review: Review | undefined): string {
  return `${review?.path}@${review?.classifiedAt?.getTime()}`;
}

function distinct(values: readonly (string | undefined)[]): string[] {
  return [...new Set(values.flatMap((value) => value ?? []))];
}
