import { useEffect, useRef, useState } from "preact/hooks";
import {
  type Filters,
  inPeriod,
  labelsOf,
  NO_FILTERS,
  OWNERS,
  type Owner,
  SORTS,
  type Sort,
  sortedBy,
  VIEWS,
  type View,
  withValidSort,
  writeFilters,
} from "./filters.ts";
import { ReviewList, type ReviewListProps } from "./review-list.tsx";
import type { Settings } from "./settings.ts";
import { TEXTS } from "./texts.ts";
import { poles } from "./tone.ts";
import type { WorkLeft } from "./use-data.ts";

const { list: T } = TEXTS;

interface NewestListProps extends Omit<ReviewListProps, "id" | "title" | "tools" | "notes" | "footnote" | "children"> {
  filters: Filters;
  settings: Settings;
  /** How many reviews are loaded, with those that are hidden. */
  loaded: number;
  /** How many of them are searched for the text to find. */
  searched: number;
  work: WorkLeft | undefined;
  mayWrite: boolean;
  onFilters: (filters: Filters) => void;
  onExport: () => void;
}

/** The labelled reviews, with what chooses, sorts, hides and finds them. */
export function NewestList(props: NewestListProps) {
  const { filters, settings, loaded, searched, work, mayWrite, onFilters, onExport, ...list } = props;
  const { view, owner, sort, find } = filters;
  const [label] = labelsOf(filters, settings.labels, settings.negative) as [string];
  return (
    <ReviewList
      {...list}
      id="newest"
      footnote={mayWrite ? T.keys : undefined}
      title={titleOf(filters, label)}
      tools={
        <>
          {view === "treat" ? (
            <label class="sort">
              {T.owner}
              <select
                value={owner}
                onChange={({ currentTarget }) => onFilters({ ...filters, owner: currentTarget.value as Owner })}
              >
                {Object.entries(OWNERS).map(([name, option]) => (
                  <option key={name} value={name}>
                    {option}
                  </option>
                ))}
              </select>
            </label>
          ) : (
            <label class="hide-done">
              <input
                type="checkbox"
                checked={filters.hideDone}
                onChange={({ currentTarget }) => onFilters({ ...filters, hideDone: currentTarget.checked })}
              />
              {T.hideDone}
            </label>
          )}
          {view !== "contradictions" && (
            <label class="sort">
              {T.sortBy}
              <select
                value={sort}
                onChange={({ currentTarget }) =>
                  onFilters(sortedBy(currentTarget.value as Sort, filters, settings.negative))
                }
              >
                {Object.entries(SORTS).map(([name, { option }]) => (
                  <option key={name} value={name}>
                    {option}
                  </option>
                ))}
              </select>
            </label>
          )}
        </>
      }
      notes={
        <>
          <Views filters={filters} settings={settings} work={work} onFilters={onFilters} />
          <div class="list-tools">
            <Find find={find} onFind={(text) => onFilters({ ...filters, find: text })} />
            <button type="button" aria-haspopup="dialog" onClick={onExport}>
              {T.export}
            </button>
          </div>
          {find !== "" && list.reviews !== undefined && (
            <p class="found" role="status">
              {T.found(list.reviews.length, searched, list.showMore === undefined)}
            </p>
          )}
        </>
      }
    >
      <Empty filters={filters} loaded={loaded} complete={list.showMore === undefined} onFilters={onFilters} />
    </ReviewList>
  );
}

function titleOf({ view, sort, label: chosen }: Filters, label: string): string {
  if (view === "contradictions") return T.contradictionsTitle;
  if (view === "treat") return T.treatTitle(TEXTS.label(label));
  return [SORTS[sort].title, chosen === undefined ? [] : TEXTS.label(chosen)].flat().join(": ");
}

interface ViewsProps extends Pick<NewestListProps, "filters" | "settings" | "work" | "onFilters"> {}

/** What the list shows; each with the number of reviews that wait there. */
function Views({ filters, settings, work, onFilters }: ViewsProps) {
  const names = (Object.keys(VIEWS) as View[]).filter(
    (name) => name !== "contradictions" || (settings.ratingField !== undefined && poles(settings) !== undefined),
  );
  const counts: Record<View, number | undefined> = {
    all: undefined,
    treat: work?.left,
    contradictions: work?.contradictions,
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for fields.
    <div class="views" role="group" aria-label={T.views}>
      {names.map((name) => (
        <button
          key={name}
          type="button"
          aria-pressed={name === filters.view}
          onClick={() => onFilters(withValidSort({ ...filters, view: name }, settings.negative))}
        >
          {VIEWS[name]}
          {counts[name] !== undefined && <span class="number">{counts[name].toLocaleString()}</span>}
        </button>
      ))}
    </div>
  );
}

/** Not every key stroke becomes an address of the browser's history. */
const TYPED_MS = 250;

function Find({ find, onFind }: { find: string; onFind: (text: string) => void }) {
  const [draft, setDraft] = useState(find);
  const reported = useRef(find);
  // By the time a text is reported, other filters may have been chosen.
  const report = useRef(onFind);
  report.current = onFind;
  useEffect(() => {
    // More may have been typed since the text was reported.
    if (find !== reported.current) setDraft(find);
    reported.current = find;
  }, [find]);
  useEffect(() => {
    if (draft === find) return;
    const timer = setTimeout(() => {
      reported.current = draft;
      report.current(draft);
    }, TYPED_MS);
    return () => clearTimeout(timer);
  }, [draft]);
  return (
    <input
      id="find"
      type="search"
      class="find"
      aria-label={T.find}
      placeholder={T.findPlaceholder}
      value={draft}
      onInput={({ currentTarget }) => setDraft(currentTarget.value)}
      onKeyDown={({ key, currentTarget }) => {
        if (key !== "Escape") return;
        setDraft("");
        currentTarget.blur();
      }}
    />
  );
}

interface EmptyProps extends Pick<NewestListProps, "filters" | "loaded" | "onFilters"> {
  complete: boolean;
}

function Empty({ filters, loaded, complete, onFilters }: EmptyProps) {
  const period = inPeriod(filters);
  if (filters.find !== "") return null;
  const { owner } = filters;
  if (filters.view === "treat" && owner !== "anyone") {
    const toMe = owner === "me";
    return <p>{loaded === 0 || complete ? T.nothingAssigned(period, toMe) : T.noneAssigned(loaded, toMe)}</p>;
  }
  if (filters.view === "treat" && (loaded === 0 || complete)) return <p>{T.nothingToTreat(period)}</p>;
  if (loaded > 0) return <p>{T.allDone(loaded)}</p>;
  if (filters.view === "contradictions") return <p>{T.noContradiction(period)}</p>;
  if (isNarrowed(filters))
    return (
      <>
        <p>{T.noMatch(period)}</p>
        <button
          type="button"
          onClick={() => onFilters({ ...NO_FILTERS, range: filters.range, own: filters.own, view: filters.view })}
        >
          {T.removeFilters}
        </button>
      </>
    );
  return <p>{T.empty(period)}</p>;
}

/** Whether filters other than the time range exclude reviews. */
function isNarrowed(filters: Filters): boolean {
  const { range, own, view, owner, sort, hideDone } = NO_FILTERS;
  return writeFilters({ ...filters, range, own, view, owner, sort, hideDone }).size > 0;
}
