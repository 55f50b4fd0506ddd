import { disableNetwork, enableNetwork, type Firestore } from "firebase/firestore";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Account, User } from "./connect.ts";
import { countBuckets, countTotals, countUnseen } from "./counts.ts";
import { FilterBar } from "./filter-bar.tsx";
import { inPeriod, NO_FILTERS, periodName, periodOf, SORTS, type Sort, sortedBy, writeFilters } from "./filters.ts";
import { type Recounted, useClock, useCount, useSettled } from "./hooks.ts";
import { failedPlan, labelledPlan, planQuery } from "./plans.ts";
import { bucketEdges } from "./ranges.ts";
import { isUnavailable } from "./recount.ts";
import { Refused } from "./refused.tsx";
import { type Review, toReview } from "./review.ts";
import { ReviewDialog } from "./review-dialog.tsx";
import { ReviewList } from "./review-list.tsx";
import type { Settings } from "./settings.ts";
import { Timeline } from "./timeline.tsx";
import { LostBanner, TopBar } from "./top-bar.tsx";
import { TotalsBar } from "./totals-bar.tsx";
import { useAddress } from "./use-address.ts";
import { type List, useList } from "./use-list.ts";

/** Totals and chart follow the lists at once. While nothing arrives, they are counted at these intervals. */
const TICK_MS = 15_000;
const CHART_TICK_MS = 60_000;

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
  const { filters, setFilters, opened, open, close } = useAddress(settings.negative);
  const [attempt, setAttempt] = useState(0);
  const clock = useClock(TICK_MS);
  const [held, setHeld] = useState<Held>();
  // Where the open review is, or was before it left its list.
  const place = useRef<Place>(undefined);
  const last = useRef<string>(undefined);
  useEffect(() => {
    if (opened === undefined && last.current !== undefined) focusRow(last.current);
    last.current = opened;
  }, [opened]);
  const period = periodOf(filters, clock.now);
  const key = JSON.stringify([filters, attempt]);
  // Someone who changes the filters wants to see the result.
  useEffect(() => setHeld(undefined), [key]);

  const labels = filters.label === undefined ? settings.labels : [filters.label];
  const newest = useList(key, () => planQuery(db, settings, labelledPlan(labels, filters, period, filters.sort)));
  const failedKey = JSON.stringify([filters.range, filters.part, filters.model, filters.language, attempt]);
  const failed = useList(failedKey, () => planQuery(db, settings, failedPlan(filters, period)));
  const reviewsOf = ({ documents }: List): Review[] | undefined =>
    documents
      ?.map((document) => toReview(document, settings))
      // A listener keeps the start of the time range that it began with.
      .filter(({ time }) => time !== undefined && time >= period.from);
  const [newestNow, failedNow] = [reviewsOf(newest), reviewsOf(failed)];

  const arrivals = [newestNow?.[0], failedNow?.[0]].map(version).join();
  const trigger = `${arrivals},${clock.now.getTime()}`;
  // The chart takes the most counts, and little of it changes while nothing arrives.
  const chartTrigger = `${arrivals},${Math.floor(clock.now.getTime() / CHART_TICK_MS)}`;
  const active = clock.seen && held === undefined;
  // Totals and chart compare the labels, so neither the filter by label nor the sort applies. The chart shows the whole range.
  const countKey = JSON.stringify([{ ...filters, label: undefined, sort: undefined }, attempt]);
  const chartKey = JSON.stringify([{ ...filters, label: undefined, sort: undefined, part: undefined }, attempt]);
  const totals = useCount(countKey, trigger, active, () =>
    countTotals(db, settings, filters, periodOf(filters, new Date())),
  );
  const unseen = useCount(String(attempt), trigger, active, () => countUnseen(db, settings));
  const buckets = useCount(chartKey, chartTrigger, active, () =>
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

  const refused = newest.error ?? failed.error;
  if (refused !== undefined)
    return <Refused code={refused.code} message={refused.message} account={account} user={user} onRetry={retry} />;

  // Without a connection, nothing is known about a new query.
  const known = (list: List, reviews: Review[] | undefined) => (connected || !list.busy ? reviews : undefined);
  const shown = held ?? { now: clock.now, newest: known(newest, newestNow), failed: known(failed, failedNow) };
  const everything = [...(shown.newest ?? []), ...(shown.failed ?? [])];
  const loading = connected && newest.documents === undefined;
  const filtered = writeFilters({ ...filters, range: NO_FILTERS.range, sort: NO_FILTERS.sort }).size > 0;
  if (opened !== undefined) {
    const kept = place.current?.paths[place.current.index] === opened ? place.current : undefined;
    place.current = findPlace(opened, shown) ?? kept;
  }
  const list = ({ busy, showMore, moreError }: List) => ({
    busy,
    connected,
    now: shown.now,
    onOpen: open,
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
        {filters.part !== undefined && (
          <p class="narrowed">
            Only {periodName(filters)}
            <button type="button" onClick={() => setFilters({ ...filters, part: undefined })}>
              Show the {periodName({ ...filters, part: undefined })}
            </button>
          </p>
        )}
        <TotalsBar
          totals={counted(totals)}
          unseen={counted(unseen)}
          labels={settings.labels}
          period={periodName(filters)}
          inPeriod={inPeriod(filters)}
          connected={connected}
          label={filters.label}
          onLabel={(label) => setFilters({ ...filters, label })}
        />
        <div class="panels">
          <Timeline
            buckets={counted(buckets)}
            connected={connected}
            range={filters.range}
            part={filters.part}
            settings={settings}
            onPart={(part) => setFilters({ ...filters, part })}
          />
          <ReviewList
            {...list(newest)}
            id="newest"
            title={[SORTS[filters.sort].title, filters.label ?? []].flat().join(": ")}
            reviews={shown.newest}
            tools={
              <SortSelect
                sort={filters.sort}
                onSort={(sort) => setFilters(sortedBy(sort, filters, settings.negative))}
              />
            }
          >
            {filtered ? (
              <>
                <p>No review {inPeriod(filters)} matches the filters.</p>
                <button type="button" onClick={() => setFilters({ ...NO_FILTERS, range: filters.range })}>
                  Remove the filters
                </button>
              </>
            ) : (
              <p>
                No labelled review {inPeriod(filters)}. Choose a longer time
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
              None {inPeriod(filters)}
              {filters.model === undefined ? "" : ` by ${filters.model}`}.
            </p>
          </ReviewList>
        </div>
      </main>
      {opened !== undefined && (
        <ReviewDialog
          db={db}
          path={opened}
          settings={settings}
          previous={place.current?.paths[place.current.index - 1]}
          next={place.current?.paths[place.current.index + 1]}
          onOpen={open}
          onClose={close}
        />
      )}
    </>
  );
}

function SortSelect({ sort, onSort }: { sort: Sort; onSort: (sort: Sort) => void }) {
  return (
    <label class="sort">
      Sort by
      <select value={sort} onChange={({ currentTarget }) => onSort(currentTarget.value as Sort)}>
        {Object.entries(SORTS).map(([name, { option }]) => (
          <option key={name} value={name}>
            {option}
          </option>
        ))}
      </select>
    </label>
  );
}

/** A position in a list, with the paths of that list. */
interface Place {
  paths: readonly string[];
  index: number;
}

function findPlace(path: string, { newest, failed }: Pick<Held, "newest" | "failed">): Place | undefined {
  for (const reviews of [newest, failed]) {
    const paths = reviews?.map((review) => review.path) ?? [];
    const index = paths.indexOf(path);
    if (index >= 0) return { paths, index };
  }
  return undefined;
}

/** Returns the focus to the row of the review that was open; if it has left its list, to the title of the first list. */
function focusRow(path: string): void {
  const row = document.querySelector<HTMLElement>(`.review[data-path="${CSS.escape(path)}"]`);
  (row ?? document.getElementById("newest-title"))?.focus({ preventScroll: row === null });
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
