import { bucketEdges, RANGES, type RangeName } from "./ranges.ts";

/** How the list of labelled reviews is sorted. */
export const SORTS = {
  newest: { option: "newest", title: "Newest reviews" },
  worst: { option: "worst", title: "Worst reviews" },
  uncertain: { option: "least certain", title: "Least certain reviews" },
} as const;

export type Sort = keyof typeof SORTS;

/** What the reader wants to see. Part of the page's address, so that it can be bookmarked and shared. */
export interface Filters {
  range: RangeName;
  /** A part of the range, such as one bar of the chart. Totals and lists are of this part only. */
  part: Part | undefined;
  /** Applies to the list only: totals and chart compare the labels. */
  label: string | undefined;
  model: string | undefined;
  /** BCP 47 primary tag such as `es`. */
  language: string | undefined;
  /** 0..1 */
  scoreFrom: number | undefined;
  /** 0..1 */
  scoreTo: number | undefined;
  sort: Sort;
  /** Leaves out reviews that are done. Firestore cannot query for an absent field, so this applies to the loaded reviews. */
  hideDone: boolean;
}

export interface Part {
  start: Date;
  end: Date;
}

export const NO_FILTERS: Filters = {
  range: "24h",
  part: undefined,
  label: undefined,
  model: undefined,
  language: undefined,
  scoreFrom: undefined,
  scoreTo: undefined,
  sort: "newest",
  hideDone: false,
};

/** The filters of an address's query. A value that makes no sense counts as absent. */
export function readFilters(query: URLSearchParams): Filters {
  return {
    range: oneOf(RANGES, query.get("range")) ?? NO_FILTERS.range,
    part: readPart(query.get("start"), query.get("end")),
    label: query.get("label") || undefined,
    model: query.get("model") || undefined,
    language: readLanguage(query.get("language")),
    scoreFrom: readScore(query.get("from")),
    scoreTo: readScore(query.get("to")),
    sort: oneOf(SORTS, query.get("sort")) ?? NO_FILTERS.sort,
    hideDone: query.get("done") === "hide",
  };
}

/** The query that {@link readFilters} reads back; empty without filters. */
export function writeFilters(filters: Filters): URLSearchParams {
  const { range, part, label, model, language, scoreFrom, scoreTo, sort, hideDone } = filters;
  const set = {
    range: range === NO_FILTERS.range ? undefined : range,
    start: part?.start.toISOString(),
    end: part?.end.toISOString(),
    label,
    model,
    language,
    from: scoreFrom,
    to: scoreTo,
    sort: sort === NO_FILTERS.sort ? undefined : sort,
    done: hideDone ? "hide" : undefined,
  };
  const entries = Object.entries(set).filter(([, value]) => value !== undefined);
  return new URLSearchParams(entries.map(([name, value]) => [name, String(value)]));
}

/**
 * The filters with a sort that has an index. The other sorts have none for each model and language, and "worst" means the most
 * certain of the negative label.
 */
export function withValidSort(filters: Filters, negative: string): Filters {
  const { sort, label, model, language } = filters;
  const valid =
    sort === "newest" ||
    (model === undefined && language === undefined && (sort === "uncertain" || label === negative));
  return valid ? filters : { ...filters, sort: "newest" };
}

/** The filters with another sort, and without those that it cannot be combined with. */
export function sortedBy(sort: Sort, filters: Filters, negative: string): Filters {
  if (sort === "newest") return { ...filters, sort };
  return {
    ...filters,
    sort,
    model: undefined,
    language: undefined,
    label: sort === "worst" ? negative : filters.label,
  };
}

/** The time that totals and lists are of. */
export function periodOf({ range, part }: Filters, now: Date): { from: Date; before?: Date } {
  return part === undefined ? { from: bucketEdges(range, now)[0] as Date } : { from: part.start, before: part.end };
}

/** In words, such as `last 24 hours` or `25 Nov 2026, 10:00 – 11:00`. */
export function periodName({ range, part }: Pick<Filters, "range" | "part">): string {
  if (part === undefined) return RANGES[range].title;
  const { start, end } = part;
  const isMidnight = (time: Date): boolean => time.getHours() + time.getMinutes() === 0;
  return isMidnight(start) && isMidnight(end)
    ? new Intl.DateTimeFormat(undefined, { dateStyle: "medium" }).formatRange(start, new Date(end.getTime() - 1))
    : new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" }).formatRange(start, end);
}

/** {@link periodName} in a sentence: `in the last 24 hours`. */
export function inPeriod(filters: Pick<Filters, "range" | "part">): string {
  return `${filters.part === undefined ? "in the" : "in"} ${periodName(filters)}`;
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
