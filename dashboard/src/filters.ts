import { type OwnDates, type Period, RANGES, type RangeName, readOwnDates, spanEdges } from "./ranges.ts";
import { TEXTS } from "./texts.ts";

/** How the list of labelled reviews is sorted. */
export const SORTS = TEXTS.sorts;

export type Sort = keyof typeof SORTS;

/** What the list shows: every review, those that are left to do, or those whose rating contradicts the label. */
export const VIEWS = TEXTS.views;

export type View = keyof typeof VIEWS;

/** Whose reviews the queue shows. */
export const OWNERS = TEXTS.owners;

export type Owner = keyof typeof OWNERS;

/** What the reader wants to see. Part of the page's address, so that it can be bookmarked and shared. */
export interface Filters {
  range: RangeName;
  /** In place of `range`. */
  own: OwnDates | undefined;
  /** A part of the range, such as one bar of the chart. Totals and lists are of this part only. */
  part: Part | undefined;
  /** Applies to the list only: totals and chart compare the labels. */
  label: string | undefined;
  model: string | undefined;
  /** BCP 47 primary tag such as `es`. */
  language: string | undefined;
  /** A value of the settings' `groupField`. */
  group: string | undefined;
  /** 0..1 */
  scoreFrom: number | undefined;
  /** 0..1 */
  scoreTo: number | undefined;
  view: View;
  /** In the queue only. */
  owner: Owner;
  sort: Sort;
  /** Leaves out reviews that are done. Firestore cannot query for an absent field, so this applies to the loaded reviews. */
  hideDone: boolean;
  /** What the texts of the loaded reviews must contain; empty for anything. */
  find: string;
}

export interface Part {
  start: Date;
  end: Date;
}

export const NO_FILTERS: Filters = {
  range: "24h",
  own: undefined,
  part: undefined,
  label: undefined,
  model: undefined,
  language: undefined,
  group: undefined,
  scoreFrom: undefined,
  scoreTo: undefined,
  view: "all",
  owner: "anyone",
  sort: "newest",
  hideDone: false,
  find: "",
};

/** The filters of an address's query. A value that makes no sense counts as absent. */
export function readFilters(query: URLSearchParams): Filters {
  return {
    range: oneOf(RANGES, query.get("range")) ?? NO_FILTERS.range,
    own: readOwnDates(query.get("since"), query.get("until")),
    part: readPart(query.get("start"), query.get("end")),
    label: query.get("label") || undefined,
    model: query.get("model") || undefined,
    language: readLanguage(query.get("language")),
    group: query.get("group") || undefined,
    scoreFrom: readScore(query.get("from")),
    scoreTo: readScore(query.get("to")),
    view: oneOf(VIEWS, query.get("view")) ?? NO_FILTERS.view,
    owner: oneOf(OWNERS, query.get("owner")) ?? NO_FILTERS.owner,
    sort: oneOf(SORTS, query.get("sort")) ?? NO_FILTERS.sort,
    hideDone: query.get("done") === "hide",
    find: query.get("find") ?? "",
  };
}

/** The query that {@link readFilters} reads back; empty without filters. */
export function writeFilters(filters: Filters): URLSearchParams {
  const { range, own, part, label, model, language, group, scoreFrom, scoreTo, view, owner, sort, hideDone, find } =
    filters;
  const set = {
    range: range === NO_FILTERS.range ? undefined : range,
    ...own,
    start: part?.start.toISOString(),
    end: part?.end.toISOString(),
    label,
    model,
    language,
    group,
    from: scoreFrom,
    to: scoreTo,
    view: view === NO_FILTERS.view ? undefined : view,
    owner: owner === NO_FILTERS.owner ? undefined : owner,
    sort: sort === NO_FILTERS.sort ? undefined : sort,
    done: hideDone ? "hide" : undefined,
    find: find || undefined,
  };
  const entries = Object.entries(set).filter(([, value]) => value !== undefined);
  return new URLSearchParams(entries.map(([name, value]) => [name, String(value)]));
}

/**
 * The filters with a sort that has an index. The other sorts have none for each model, language and group, and "worst" means the
 * most certain of the negative label. Contradictions are always sorted by time.
 */
export function withValidSort(filters: Filters, negative: string): Filters {
  const { sort, view, model, language, group } = filters;
  const [label] = labelsOf(filters, [], negative);
  const valid =
    sort === "newest" ||
    (view !== "contradictions" &&
      [model, language, group].every((one) => one === undefined) &&
      (sort === "uncertain" || label === negative));
  return valid ? filters : { ...filters, sort: "newest" };
}

/** The filters with another sort, and without those that it cannot be combined with. */
export function sortedBy(sort: Sort, filters: Filters, negative: string): Filters {
  if (sort === "newest") return { ...filters, sort };
  return {
    ...filters,
    sort,
    view: filters.view === "contradictions" ? "all" : filters.view,
    model: undefined,
    language: undefined,
    group: undefined,
    label: sort === "worst" ? negative : filters.label,
  };
}

/** The labels of the list. The queue has the negative one unless the reader chooses another. */
export function labelsOf(
  { view, label }: Pick<Filters, "view" | "label">,
  labels: readonly string[],
  negative: string,
): readonly string[] {
  if (label !== undefined) return [label];
  return view === "treat" ? [negative] : labels;
}

/** The time that totals and lists are of. Own dates end, so that `before` is set. */
export function periodOf({ range, own, part }: Pick<Filters, "range" | "own" | "part">, now: Date): Period {
  if (part !== undefined) return { from: part.start, before: part.end };
  const edges = spanEdges({ range, own }, now);
  return { from: edges[0] as Date, ...(own !== undefined && { before: edges.at(-1) as Date }) };
}

/** The time before a period, of the same length. */
export function periodBefore({ from, before: end }: Period, now: Date): Required<Period> {
  // Of own dates in the future, only the past has reviews.
  const until = Math.min(end?.getTime() ?? now.getTime(), now.getTime());
  return { from: new Date(2 * from.getTime() - Math.max(until, from.getTime() + 1)), before: from };
}

type Named = Pick<Filters, "range" | "own" | "part">;

/** In words, such as `last 24 hours` or `25 Nov 2026, 10:00 – 11:00`. */
export function periodName({ range, own, part }: Named): string {
  if (part === undefined && own === undefined) return RANGES[range].title;
  const edges = part === undefined ? spanEdges({ range, own }, new Date()) : [part.start, part.end];
  const [start, end] = [edges[0] as Date, edges.at(-1) as Date];
  const isMidnight = (time: Date): boolean => time.getHours() + time.getMinutes() === 0;
  return isMidnight(start) && isMidnight(end)
    ? new Intl.DateTimeFormat(undefined, { dateStyle: "medium" }).formatRange(start, new Date(end.getTime() - 1))
    : new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" }).formatRange(start, end);
}

/** {@link periodName} in a sentence: `in the last 24 hours`. */
export function inPeriod(filters: Named): string {
  return TEXTS.inPeriod(periodName(filters), filters.part === undefined && filters.own === undefined);
}

/** A score as typed, or `undefined` for anything else. */
export function readScore(text: string | null): number | undefined {
  const score = text ? Number(text) : Number.NaN;
  return score >= 0 && score <= 1 ? score : undefined;
}

/** A language code as typed, in lower case, or `undefined` for anything else. */
export function readLanguage(text: string | null): string | undefined {
  const code = text?.trim().toLowerCase() ?? "";
  return /^[a-z]{2,3}$/.test(code) ? code : undefined;
}

function readPart(start: string | null, end: string | null): Part | undefined {
  const part = { start: new Date(start ?? ""), end: new Date(end ?? "") };
  return part.start.getTime() < part.end.getTime() ? part : undefined;
}

function oneOf<T extends object>(names: T, name: string | null): keyof T | undefined {
  return name !== null && Object.hasOwn(names, name) ? (name as keyof T) : undefined;
}
