import { RANGES, type RangeName } from "./ranges.ts";

/** What the reader wants to see. In the page's address, so that it can be kept and sent. */
export interface Filters {
  range: RangeName;
  /** Of the list only: totals and chart compare the labels. */
  label: string | undefined;
  model: string | undefined;
  /** 0..1 */
  scoreFrom: number | undefined;
  /** 0..1 */
  scoreTo: number | undefined;
}

export const NO_FILTERS: Filters = {
  range: "24h",
  label: undefined,
  model: undefined,
  scoreFrom: undefined,
  scoreTo: undefined,
};

/** Of an address's query, where whatever does not make sense counts as not there. */
export function readFilters(query: URLSearchParams): Filters {
  const range = query.get("range") ?? "";
  return {
    range: Object.hasOwn(RANGES, range) ? (range as RangeName) : NO_FILTERS.range,
    label: query.get("label") || undefined,
    model: query.get("model") || undefined,
    scoreFrom: readScore(query.get("from")),
    scoreTo: readScore(query.get("to")),
  };
}

/** The query that {@link readFilters} reads back; empty without filters. */
export function writeFilters({ range, label, model, scoreFrom, scoreTo }: Filters): URLSearchParams {
  const given = { range: range === NO_FILTERS.range ? undefined : range, label, model, from: scoreFrom, to: scoreTo };
  const entries = Object.entries(given).filter(([, value]) => value !== undefined);
  return new URLSearchParams(entries.map(([name, value]) => [name, String(value)]));
}

/** A score as typed; anything else is none. */
export function readScore(text: string | null): number | undefined {
  const score = text ? Number(text) : Number.NaN;
  return score >= 0 && score <= 1 ? score : undefined;
}
