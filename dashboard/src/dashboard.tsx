import { disableNetwork, enableNetwork, type Firestore, limit, query } from "firebase/firestore";
import { useEffect, useState } from "preact/hooks";
import type { Account, User } from "./connect.ts";
import { countBuckets, countTotals, countUnseen } from "./counts.ts";
import { FilterBar } from "./filter-bar.tsx";
import { type Filters, NO_FILTERS, readFilters, writeFilters } from "./filters.ts";
import { type Recounted, useClock, useCount, useLive, useSettled } from "./hooks.ts";
import { Notice } from "./notice.tsx";
import { failedPlan, labelledPlan, planQuery } from "./queries.ts";
import { bucketEdges, RANGES } from "./ranges.ts";
import { isUnavailable } from "./recount.ts";
import { type Review, toReview } from "./review.ts";
import { ReviewDialog } from "./review-dialog.tsx";
import { ReviewList } from "./review-list.tsx";
import type { Settings } from "./settings.ts";
import { Timeline } from "./timeline.tsx";
import { TotalsBar } from "./totals-bar.tsx";

/** Each newcomer to a list costs one document read for every page that shows it. */
const LIST_LENGTH = 25;

/** Totals and chart follow the lists at once, and time at this pace. */
const TICK_MS = 15_000;

/** A new query is answered from memory first: that is no lost connection. */
const LOST_AFTER_MS = 2_000;

/** What somebody has paused to look at. */
interface Held {
  now: Date;
  newest: readonly Review[] | undefined;
  failed: readonly Review[] | undefined;
}

const STATES = { lost: "Connection lost", connecting: "Connecting …", paused: "Paused", live: "Live" };

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
  // Whoever asks for something else wants to see it.
  useEffect(() => setHeld(undefined), [key]);
  const labels = filters.label === undefined ? settings.labels : [filters.label];
  const newest = useLive(key, () =>
    query(planQuery(db, settings, labelledPlan(labels, filters, { from })), limit(LIST_LENGTH)),
  );
  const failedKey = JSON.stringify([filters.range, filters.model, attempt]);
  const failed = useLive(failedKey, () =>
    query(planQuery(db, settings, failedPlan(filters, { from })), limit(LIST_LENGTH)),
  );
  // A listener goes on from when it began, and time leaves that behind.
  const [newestNow, failedNow] = [newest, failed].map(({ documents }) =>
    documents
      ?.map((document) => toReview(document, settings))
      .filter(({ classifiedAt }) => classifiedAt !== undefined && classifiedAt >= from),
  );
  const shown = held ?? { now: clock.now, newest: newestNow, failed: failedNow };

  const trigger = [newestNow?.[0], failedNow?.[0]].map(version).concat(String(clock.now.getTime())).join();
  const active = clock.seen && held === undefined;
  // Totals and chart compare the labels, so the label that the list is of makes no difference.
  const countKey = JSON.stringify([{ ...filters, label: undefined }, attempt]);
  const totals = useCount(countKey, trigger, active, () => countTotals(db, settings, filters));
  const unseen = useCount(String(attempt), trigger, active, () => countUnseen(db, settings));
  const buckets = useCount(countKey, trigger, active, () => countBuckets(db, settings, filters));
  // A listener may not notice for minutes that its connection is gone; a count does at once.
  const connected = useSettled(newest.connected && failed.connected && !isUnavailable(totals.error), LOST_AFTER_MS);
  // That the connection is lost is said above, and once is enough.
  const counted = <T,>(count: Recounted<T>): Recounted<T> => (connected ? count : { ...count, error: undefined });

  const retry = async (): Promise<void> => {
    await account.refresh().catch(() => {});
    // Ends the pause that the client makes between its own attempts.
    await disableNetwork(db);
    await enableNetwork(db);
    setAttempt((before) => before + 1);
  };

  const state = !connected ? "lost" : newest.documents === undefined ? "connecting" : held ? "paused" : "live";

  const close = (): void => {
    setOpened(undefined);
    // The dialog has given the focus back to the row that it was opened from, unless that has left its list.
    if (document.activeElement?.matches("body, dialog *"))
      document.getElementById("newest-title")?.focus({ preventScroll: true });
  };

  const refused = newest.error ?? failed.error;
  if (refused !== undefined)
    return <Refused code={refused.code} message={refused.message} account={account} user={user} onRetry={retry} />;

  const models = [...new Set([...(shown.newest ?? []), ...(shown.failed ?? [])].flatMap(({ model }) => model ?? []))];
  const seen = new Set([...(held?.newest ?? []), ...(held?.failed ?? [])].map(version));
  const news = [...(newestNow ?? []), ...(failedNow ?? [])].filter((review) => !seen.has(version(review))).length;
  const filtered = writeFilters({ ...filters, range: NO_FILTERS.range }).size > 0;
  return (
    <>
      <header class="top">
        <h1>Review sentiment</h1>
        <p class={`connection ${state}`} role="status">
          {STATES[state]}
        </p>
        <button
          type="button"
          disabled={[newest, failed, totals, unseen, buckets].some(({ busy }) => busy)}
          onClick={() => setHeld(held === undefined ? shown : undefined)}
        >
          {held === undefined
            ? "Pause"
            : news === 0
              ? "Resume"
              : `Resume (${news}${news < LIST_LENGTH ? "" : "+"} new)`}
        </button>
        <p class="user">
          {user.name}
          {account.signOut !== undefined && (
            <button type="button" onClick={account.signOut}>
              Sign out
            </button>
          )}
        </p>
      </header>
      {!connected && (
        <div class="banner" role="alert">
          <p>
            Firestore cannot be reached. What you see is what was last known; it goes on by itself when the connection
            is back.{" "}
            {settings.emulator === undefined
              ? "Check this device's network."
              : "Check that the command which serves this page still runs."}
          </p>
          <button type="button" onClick={retry}>
            Try now
          </button>
        </div>
      )}
      <main>
        <FilterBar filters={filters} settings={settings} models={models} onChange={setFilters} />
        <TotalsBar
          totals={counted(totals)}
          unseen={counted(unseen)}
          period={title}
          label={filters.label}
          onLabel={(label) => setFilters({ ...filters, label })}
        />
        <div class="panels">
          <Timeline buckets={counted(buckets)} range={filters.range} negative={settings.negative} />
          <ReviewList
            id="newest"
            title={filters.label === undefined ? "Newest reviews" : `Newest reviews: ${filters.label}`}
            reviews={shown.newest}
            busy={newest.busy}
            now={shown.now}
            onOpen={setOpened}
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
                {/* Emulators that a command has started for this page are in a project that other commands do not know. */}
                {settings.emulator === undefined && (
                  <>
                    , or publish one: <code>npm run publish -- --input FILE</code>
                  </>
                )}
                . What is labelled from now on appears here by itself.
              </p>
            )}
          </ReviewList>
          <ReviewList
            id="failed"
            title="Could not be labelled"
            reviews={shown.failed}
            busy={failed.busy}
            now={shown.now}
            onOpen={setOpened}
          >
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

/** What changes with every result. */
function version(review: Review | undefined): string {
  return `${review?.path}@${review?.classifiedAt?.getTime()}`;
}

/** Filters that are part of the page's address. */
function useFilters(): [Filters, (filters: Filters) => void] {
  const read = (): Filters => readFilters(new URLSearchParams(location.search));
  const [filters, setFilters] = useState(read);
  useEffect(() => {
    const update = (): void => setFilters(read());
    addEventListener("popstate", update);
    return () => removeEventListener("popstate", update);
  });
  return [
    filters,
    (changed) => {
      const search = writeFilters(changed).toString();
      history.pushState(null, "", search === "" ? location.pathname : `?${search}`);
      setFilters(changed);
    },
  ];
}

interface RefusedProps {
  code: string;
  message: string;
  account: Account;
  user: User;
  onRetry: () => void;
}

/** Firestore does not answer the questions at all. */
function Refused({ code, message, account, user, onRetry }: RefusedProps) {
  if (code === "permission-denied")
    return (
      <Notice title="This account may not read the reviews" action="Try again" onAction={onRetry}>
        <p>
          You are signed in as {user.name}, id <code>{user.uid}</code>. Ask those who run the project to give this
          account the claim <code>reviews: "read"</code>, as the README's section “Dashboard” shows; then try again.
        </p>
        {account.signOut !== undefined && (
          <button type="button" onClick={account.signOut}>
            Use another account
          </button>
        )}
      </Notice>
    );
  const noIndex = code === "failed-precondition";
  return (
    <Notice
      title={noIndex ? "An index is missing or still being built" : "Firestore refuses to answer"}
      action="Try again"
      onAction={onRetry}
    >
      <p>
        {noIndex ? (
          <>
            Deploy the indexes of <code>firestore.indexes.json</code>:{" "}
            <code>npx firebase-tools deploy --only firestore:indexes</code>. Building takes some minutes.
          </>
        ) : (
          "The message below says why."
        )}
      </p>
      <p class="detail">
        {code}: {message}
      </p>
    </Notice>
  );
}
