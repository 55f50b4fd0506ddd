import type { Firestore } from "firebase/firestore";
import { useEffect, useReducer, useRef, useState } from "preact/hooks";
import type { Account, User } from "./account.ts";
import { countOf } from "./counts.ts";
import { readAll } from "./export.ts";
import { ExportDialog } from "./export-dialog.tsx";
import { FilterBar } from "./filter-bar.tsx";
import { type Filters, inPeriod, labelsOf, periodName, periodOf } from "./filters.ts";
import { GroupsPanel } from "./groups-panel.tsx";
import { both, type Held, newsSince } from "./held.ts";
import { useClock } from "./hooks.ts";
import { listPlan, selected } from "./listing.ts";
import { NewestList } from "./newest-list.tsx";
import { findPlace, focusedRow, focusRow, type Place, stepRow } from "./place.ts";
import { countReads, onReads } from "./reads.ts";
import { Refused } from "./refused.tsx";
import { ReviewDialog } from "./review-dialog.tsx";
import { ReviewList } from "./review-list.tsx";
import type { Settings } from "./settings.ts";
import { useShortcuts } from "./shortcuts.ts";
import { TEXTS } from "./texts.ts";
import { Timeline } from "./timeline.tsx";
import { Toast } from "./toast.tsx";
import { LostBanner, TopBar } from "./top-bar.tsx";
import { TotalsBar } from "./totals-bar.tsx";
import { useAddress } from "./use-address.ts";
import { type Data, type ReviewsList, useData } from "./use-data.ts";
import { askingAccount, type Unsaved, useDecisions } from "./use-decisions.ts";
import { useOpening } from "./use-opening.ts";

/** While nothing arrives, totals are counted at this interval. */
const TICK_MS = 15_000;

interface DashboardProps {
  db: Firestore;
  account: Account;
  settings: Settings;
  user: User;
  unsaved: Unsaved;
}

export function Dashboard({ db, account: signedIn, settings, user, unsaved }: DashboardProps) {
  const { filters, setFilters, replaceFilters, opened, open, close } = useAddress(settings.negative);
  const clock = useClock(TICK_MS);
  const [held, setHeld] = useState<Held>();
  const [exporting, setExporting] = useState(false);
  // Someone who changes the filters wants to see the result.
  useEffect(() => setHeld(undefined), [JSON.stringify(filters)]);
  const [chartSeen, setChartSeen] = useState(false);
  const decisions = useDecisions(db, user, unsaved);
  const account = askingAccount(signedIn, decisions.isSaving);
  const data = useData(db, account, user, settings, filters, clock, held !== undefined, chartSeen);
  const { newest, failed, connected } = data;
  useOpening(db, settings, filters, newest, replaceFilters);

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

  const isListActive = opened === undefined && !exporting && data.refused === undefined;
  const decideFocused = (state: "open" | "done"): boolean => {
    const path = focusedRow();
    const review = both(shown).find((one) => one.path === path);
    if (!isListActive || !user.mayWrite || review === undefined || (review.triage?.state ?? "open") === state)
      return false;
    void decisions.decide(review, { state });
    return true;
  };
  useShortcuts({
    j: () => isListActive && stepRow(1),
    k: () => isListActive && stepRow(-1),
    e: () => decideFocused("done"),
    u: () => {
      const undo = isListActive ? decisions.last?.undo : undefined;
      // A decision that is no longer shown comes after the focused review.
      if ((undo === undefined || !decisions.isShown) && decideFocused("open")) return true;
      return undo === undefined ? false : void undo();
    },
    "/": () => (isListActive ? document.getElementById("find")?.focus() : false),
  });

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
  const groups = distinct([filters.group, ...suggestions.map(({ group }) => group)]);
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
      {!connected && <LostBanner isServed={(settings.emulator ?? settings.proxy) !== undefined} onRetry={data.retry} />}
      <main>
        <FilterBar
          filters={filters}
          settings={settings}
          models={distinct(suggestions.map(({ model }) => model))}
          languages={distinct(suggestions.map(({ language }) => language))}
          groups={groups}
          onChange={setFilters}
        />
        {filters.part !== undefined && (
          <p class="narrowed">
            {TEXTS.filters.only(periodName(filters))}
            <button type="button" onClick={() => setFilters({ ...filters, part: undefined })}>
              {TEXTS.filters.showAll(periodName({ ...filters, part: undefined }), filters.own === undefined)}
            </button>
          </p>
        )}
        <TotalsBar
          totals={data.totals}
          before={data.before}
          work={data.work}
          failures={data.failures}
          unseen={data.unseen}
          corrections={data.corrections}
          settings={settings}
          period={periodName(filters)}
          inPeriod={inPeriod(filters)}
          connected={connected}
          label={filters.label}
          onLabel={(label) => setFilters({ ...filters, label })}
        />
        <div class={`panels ${filters.view === "treat" ? "queue" : ""}`}>
          <div class="column">
            <Timeline
              buckets={data.buckets}
              connected={connected}
              filters={filters}
              settings={settings}
              onSeen={() => setChartSeen(true)}
              onPart={(part) => setFilters({ ...filters, part })}
            />
            {settings.groupField !== undefined && (
              <GroupsPanel
                db={db}
                settings={settings}
                filters={filters}
                corrected={data.corrections.reviews}
                known={groups}
                onGroup={(group) => setFilters({ ...filters, group })}
              />
            )}
            <ReviewList {...list(failed)} id="failed" title={TEXTS.list.failedTitle} reviews={shown.failed}>
              <p>{TEXTS.list.noneIn(inPeriod(filters), filters.model)}</p>
            </ReviewList>
          </div>
          <NewestList
            {...list(newest)}
            reviews={shown.newest}
            loaded={newest.loaded}
            searched={newest.searched}
            work={data.work.value}
            mayWrite={user.mayWrite}
            filters={filters}
            settings={settings}
            onFilters={setFilters}
            onExport={() => setExporting(true)}
          />
        </div>
      </main>
      <Reads />
      {opened === undefined && <Toast {...decisions} />}
      {opened !== undefined && (
        <ReviewDialog
          db={db}
          path={opened}
          settings={settings}
          user={user}
          decisions={decisions}
          previous={place.current?.paths[place.current.index - 1]}
          next={place.current?.paths[place.current.index + 1]}
          queue={filters.view === "treat"}
          onDocument={data.update}
          onOpen={open}
          onClose={close}
        />
      )}
      {exporting && (
        <ExportDialog
          expected={expected(data, filters, settings)}
          inPeriod={inPeriod(filters)}
          filters={filters}
          read={async (signal, onProgress) => {
            const period = periodOf(filters, new Date());
            const plan = listPlan(filters, settings, period);
            const { reviews, cut } = await readAll(db, settings, plan, signal, onProgress);
            const context = { filters, settings, period, user };
            return { reviews: selected(reviews, data.corrections.reviews, context), cut };
          }}
          onClose={() => setExporting(false)}
        />
      )}
    </>
  );
}

/** How many reviews an export has to read. */
function expected({ totals, work }: Data, filters: Filters, settings: Settings): number | undefined {
  if (filters.view === "contradictions") return work.value?.contradictions;
  const labels = labelsOf(filters, settings.labels, settings.negative);
  const { value } = totals;
  return value && labels.reduce((sum, label) => sum + countOf(value, label), 0);
}

/** What the page has cost so far. */
function Reads() {
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  useEffect(() => onReads(() => redraw(undefined)), []);
  return <footer class="reads">{TEXTS.footer.reads(countReads())}</footer>;
}

function distinct(values: readonly (string | undefined)[]): string[] {
  return [...new Set(values.flatMap((value) => value ?? []))];
}
