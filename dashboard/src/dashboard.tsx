import type { Firestore } from "firebase/firestore";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Account, User } from "./connect.ts";
import { FilterBar } from "./filter-bar.tsx";
import { inPeriod, periodName } from "./filters.ts";
import { both, type Held, newsSince } from "./held.ts";
import { useClock } from "./hooks.ts";
import { NewestList } from "./newest-list.tsx";
import { findPlace, focusRow, type Place } from "./place.ts";
import { Refused } from "./refused.tsx";
import { ReviewDialog } from "./review-dialog.tsx";
import { ReviewList } from "./review-list.tsx";
import type { Settings } from "./settings.ts";
import { Timeline } from "./timeline.tsx";
import { LostBanner, TopBar } from "./top-bar.tsx";
import { TotalsBar } from "./totals-bar.tsx";
import { useAddress } from "./use-address.ts";
import { type ReviewsList, useData } from "./use-data.ts";

/** While nothing arrives, totals are counted at this interval. */
const TICK_MS = 15_000;

interface DashboardProps {
  db: Firestore;
  account: Account;
  settings: Settings;
  user: User;
}

export function Dashboard({ db, account, settings, user }: DashboardProps) {
  const { filters, setFilters, opened, open, close } = useAddress(settings.negative);
  const clock = useClock(TICK_MS);
  const [held, setHeld] = useState<Held>();
  // Someone who changes the filters wants to see the result.
  useEffect(() => setHeld(undefined), [JSON.stringify(filters)]);
  const data = useData(db, account, settings, filters, clock, held !== undefined);
  const { newest, failed, connected } = data;

  const last = useRef<string>(undefined);
  useEffect(() => {
    if (opened === undefined && last.current !== undefined) focusRow(last.current);
    last.current = opened;
  }, [opened]);

  const current = { now: clock.now, newest: newest.reviews, failed: failed.reviews };
  const shown = held ?? current;
  // Where the open review is, or was before it left its list.
  const place = useRef<Place>(undefined);
  if (opened !== undefined) {
    const kept = place.current?.paths[place.current.index] === opened ? place.current : undefined;
    place.current = findPlace(opened, [shown.newest, shown.failed]) ?? kept;
  }

  if (data.refused !== undefined)
    return (
      <Refused
        code={data.refused.code}
        message={data.refused.message}
        account={account}
        user={user}
        onRetry={data.retry}
      />
    );

  const loading = connected && newest.reviews === undefined;
  const suggestions = both(shown);
  const list = ({ busy, showMore, moreError }: ReviewsList) => ({
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
        news={held && newsSince(held, current)}
        busy={data.busy}
        onPause={() => setHeld(held === undefined ? shown : undefined)}
      />
      {!connected && <LostBanner onEmulator={settings.emulator !== undefined} onRetry={data.retry} />}
      <main>
        <FilterBar
          filters={filters}
          settings={settings}
          models={distinct(suggestions.map(({ model }) => model))}
          languages={distinct(suggestions.map(({ language }) => language))}
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
          totals={data.totals}
          unseen={data.unseen}
          labels={settings.labels}
          period={periodName(filters)}
          inPeriod={inPeriod(filters)}
          connected={connected}
          label={filters.label}
          onLabel={(label) => setFilters({ ...filters, label })}
        />
        <div class="panels">
          <Timeline
            buckets={data.buckets}
            connected={connected}
            range={filters.range}
            part={filters.part}
            settings={settings}
            onPart={(part) => setFilters({ ...filters, part })}
          />
          <NewestList
            {...list(newest)}
            reviews={shown.newest}
            loaded={newest.loaded}
            filters={filters}
            settings={settings}
            onFilters={setFilters}
          />
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
          user={user}
          previous={place.current?.paths[place.current.index - 1]}
          next={place.current?.paths[place.current.index + 1]}
          onDocument={data.update}
          onOpen={open}
          onClose={close}
        />
      )}
    </>
  );
}

function distinct(values: readonly (string | undefined)[]): string[] {
  return [...new Set(values.flatMap((value) => value ?? []))];
}
