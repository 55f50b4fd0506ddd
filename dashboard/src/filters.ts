import { RANGES, type RangeName } from "./ranges.ts";

/** What the reader wants to see. Part of the page's address, so that it can be bookmarked and shared. */
export interface Filters {
  range: RangeName;
  /** Applies to the list only: totals and chart compare the labels. */
  label: string | undefined;
  model: string | undefined;
  /** BCP 47 primary tag such as `es`. */
  language: string | undefined;
  /** 0..1 */
  scoreFrom: number | undefined;
  /** 0..1 */
  scoreTo: number | undefined;
}

export const NO_FILTERS: Filters = {
  range: "24h",
  label: undefined,
  model: undefined,
  language: undefined,
  scoreFrom: undefined,
  scoreTo: undefined,
};

/** The filters of an address's query. A value that makes no sense counts as absent. */
export function readFilters(query: URLSearchParams): Filters {
  const range = query.get("range") ?? "";
  return {
    range: Object.hasOwn(RANGES, range) ? (range as RangeName) : NO_FILTERS.range,
    label: query.get("label") || undefined,
    model: query.get("model") || undefined,
    language: readLanguage(query.get("language")),
    scoreFrom: readScore(query.get("from")),
    scoreTo: readScore(query.get("to")),
  };
}

/** The query that {@link readFilters} reads back; empty without filters. */
export function writeFilters({ range, label, model, language, scoreFrom, scoreTo }: Filters): URLSearchParams {
  const set = {
    range: range === NO_FILTERS.range ? undefined : range,
    label,
    model,
    language,
    from: scoreFrom,
    to: scoreTo,
  };
  const entries = Object.entries(set).filter(([, value]) => value !== undefined);
  return new URLSearchParams(entries.map(([name, value]) => [name, String(value)]));
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
