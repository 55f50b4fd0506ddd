import type { Firestore } from "firebase/firestore";
import { useEffect, useRef, useState } from "preact/hooks";
import { correctGroups, correctionsIn } from "./corrections.ts";
import { CountFailed } from "./count-failed.tsx";
import { countGroups, type FoundGroups, findGroups, type Group, MAX_GROUPS } from "./counts.ts";
import { type Filters, periodBefore, periodOf } from "./filters.ts";
import type { Review } from "./review.ts";
import { groupFieldName, groupName, type Settings } from "./settings.ts";
import { wilson } from "./statistics.ts";
import { TEXTS } from "./texts.ts";
import { MIN_FOR_SHARE } from "./timeline.tsx";

const { groups: T } = TEXTS;

interface GroupsPanelProps {
  db: Firestore;
  settings: Settings;
  filters: Filters;
  /** Corrected reviews, for the page's time and the one before. */
  corrected: readonly Review[];
  /** Groups of reviews that are loaded. */
  known: readonly string[];
  onGroup: (group: string | undefined) => void;
}

interface Counted {
  groups: Group[];
  /** A value that is not a text, if there are no others. */
  other: unknown;
  /** Whether there are more groups than these. */
  cut: boolean;
  reads: number;
  at: Date;
}

type State =
  | { step: "idle" }
  | { step: "finding" }
  | { step: "counting"; done: number; of: number }
  | { step: "counted"; counted: Counted }
  | { step: "failed"; error: unknown };

/** The reviews of each product, shop or whatever the settings name. Counted on request, because each value costs counts of its own. */
export function GroupsPanel({ db, settings, filters, corrected, known, onGroup }: GroupsPanelProps) {
  const [state, setState] = useState<State>({ step: "idle" });
  /** How often the reader has asked for the table. From the first time on, it follows the filters. */
  const [wanted, setWanted] = useState(0);
  /** Kept while the filters change: to find a value costs a read. */
  const found = useRef<FoundGroups>(undefined);
  const { range, own, part, model, language, scoreFrom, scoreTo } = filters;
  const key = JSON.stringify([range, own, part, model, language, scoreFrom, scoreTo]);

  useEffect(() => {
    if (wanted === 0) return;
    let stopped = false;
    const set = (next: State): void => {
      if (!stopped) setState(next);
    };
    const run = async (): Promise<void> => {
      set({ step: "finding" });
      let reads = 0;
      if (found.current === undefined) {
        const { value, reads: cost } = await findGroups(db, settings);
        found.current = value;
        reads += cost;
      }
      if (stopped) return;
      const { groups, other } = found.current;
      const all = [...new Set([...groups, ...known])].slice(0, 2 * MAX_GROUPS);
      set({ step: "counting", done: 0, of: all.length });
      const now = new Date();
      const period = periodOf(filters, now);
      const { value, reads: counts } = await countGroups(
        db,
        settings,
        filters,
        all,
        [period, periodBefore(period, now)],
        (done) => set({ step: "counting", done, of: all.length }),
      );
      const cut = groups.length === MAX_GROUPS;
      set({ step: "counted", counted: { groups: value, other, cut, reads: reads + counts, at: now } });
    };
    run().catch((error: unknown) => set({ step: "failed", error }));
    return () => {
      stopped = true;
    };
  }, [wanted, key]);

  const name = groupName(settings);
  return (
    <section class="panel" id="groups" aria-labelledby="groups-title">
      <header>
        <h2 id="groups-title">
          {T.title} {groupFieldName(settings)}
        </h2>
        {(state.step === "idle" || state.step === "counted" || state.step === "failed") && (
          <button
            type="button"
            onClick={() => {
              found.current = undefined;
              setWanted((before) => before + 1);
            }}
          >
            {state.step === "idle" ? T.count : T.countAgain}
          </button>
        )}
      </header>
      {state.step === "idle" && <p class="empty">{T.intro(MAX_GROUPS)}</p>}
      {state.step === "finding" && <p class="empty">{T.finding}</p>}
      {state.step === "counting" && (
        <p class="empty">
          <progress value={state.done} max={state.of} aria-label={T.counting(state.done, state.of)} />
          {T.counting(state.done, state.of)}
        </p>
      )}
      {state.step === "failed" && <CountFailed what="groups" error={state.error} />}
      {state.step === "counted" && (
        <Table
          {...state.counted}
          name={name}
          settings={settings}
          filters={filters}
          corrected={corrected}
          onGroup={onGroup}
        />
      )}
    </section>
  );
}

type Sorted = "reviews" | "share" | "change";

interface Row extends Group {
  share: { share: number; low: number; high: number };
  /** In percentage points; absent where there are too few reviews. */
  change: number | undefined;
  /** Whether the intervals of the two shares do not overlap. */
  clear: boolean;
}

function Table({
  groups,
  other,
  cut,
  reads,
  at,
  name,
  settings,
  filters,
  corrected,
  onGroup,
}: Counted & Pick<GroupsPanelProps, "settings" | "filters" | "corrected" | "onGroup"> & { name: string }) {
  const [sort, setSort] = useState<Sorted>("reviews");
  const { labels, negative } = settings;
  const ofAll = { ...filters, group: undefined };
  const period = periodOf(filters, at);
  const rows = correctGroups(groups, settings, [
    correctionsIn(corrected, ofAll, period),
    correctionsIn(corrected, ofAll, periodBefore(period, at)),
  ])
    .filter(({ labelled, before }) => labelled + before.labelled > 0)
    .map((group) => toRow(group, labels.indexOf(negative)))
    .toSorted((a, b) => sortValue(b, sort) - sortValue(a, sort));
  if (rows.length === 0)
    return (
      <p class="empty">{groups.length > 0 ? T.noneInTime : other === undefined ? T.none : T.notText(typeof other)}</p>
    );
  const column = (by: Sorted, title: string) => (
    <th scope="col" aria-sort={sort === by ? "descending" : undefined}>
      <button type="button" class="link" onClick={() => setSort(by)}>
        {title}
      </button>
    </th>
  );
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
      <section class="scroll" tabIndex={0} aria-label={T.table}>
        <table>
          <thead>
            <tr>
              <th scope="col">{name}</th>
              {labels.map((label) => (
                <th key={label} scope="col" class="wide">
                  {TEXTS.label(label)}
                </th>
              ))}
              {column("reviews", T.reviews)}
              {column("share", T.share(TEXTS.label(negative)))}
              {column("change", T.change)}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ group, counts, labelled, share, change, clear, before }) => (
              <tr key={group} class={group === filters.group ? "chosen" : ""}>
                <th scope="row">
                  <button
                    type="button"
                    class="link"
                    aria-pressed={group === filters.group}
                    title={T.narrow(group)}
                    onClick={() => onGroup(group === filters.group ? undefined : group)}
                  >
                    {group}
                  </button>
                </th>
                {counts.map((count, i) => (
                  <td key={labels[i]} class="wide">
                    {count.toLocaleString()}
                  </td>
                ))}
                <td>{labelled.toLocaleString()}</td>
                <td class="interval">
                  {labelled === 0 ? (
                    TEXTS.none
                  ) : (
                    <>
                      <strong>{percent(share.share)}</strong>
                      <span class="range" aria-hidden="true">
                        <span style={{ left: percent(share.low), width: percent(share.high - share.low) }} />
                      </span>
                      <small>
                        {percent(share.low)}–{percent(share.high)}
                      </small>
                    </>
                  )}
                </td>
                <td
                  class={`change ${clear ? "clear" : ""} ${change === undefined ? "" : change > 0 ? "worse" : change < 0 ? "better" : ""}`}
                  title={
                    before.labelled === 0
                      ? undefined
                      : T.changeTitle(percent(before.negative / before.labelled), before.labelled)
                  }
                >
                  {change === undefined ? TEXTS.none : TEXTS.points(POINTS.format(change * 100))}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {cut && <p class="footnote">{T.more(MAX_GROUPS)}</p>}
      <p class="footnote">{T.cost(reads, at.toLocaleTimeString())}</p>
      <p class="footnote">{T.footnote(MIN_FOR_SHARE)}</p>
    </>
  );
}

const POINTS = new Intl.NumberFormat(undefined, { signDisplay: "exceptZero", maximumFractionDigits: 0 });

function toRow(group: Group, negative: number): Row {
  const { counts, labelled, before } = group;
  const now = { share: (counts[negative] ?? 0) / labelled, ...wilson(counts[negative] ?? 0, labelled) };
  const then = wilson(before.negative, before.labelled);
  const enough = Math.min(labelled, before.labelled) >= MIN_FOR_SHARE;
  return {
    ...group,
    share: now,
    change: enough ? now.share - before.negative / before.labelled : undefined,
    clear: enough && (now.low > then.high || now.high < then.low),
  };
}

/** The lower end of a share: three of three are not more than 90 of 100. */
function sortValue({ labelled, share, change }: Row, sort: Sorted): number {
  if (sort === "reviews") return labelled;
  if (sort === "share") return labelled === 0 ? -1 : share.low;
  return change ?? -2;
}

function percent(share: number): string {
  return `${Math.round(share * 100)}%`;
}
