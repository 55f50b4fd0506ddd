import {
  type Firestore,
  getDocsFromServer,
  limit,
  type QueryDocumentSnapshot,
  query,
  startAfter,
} from "firebase/firestore";
import { documentsQuery, type Plan } from "./plans.ts";
import { addReads } from "./reads.ts";
import { isCorrected, type Review, toReview } from "./review.ts";
import type { Settings } from "./settings.ts";
import { TEXTS } from "./texts.ts";

/** A file has no more reviews than these: each costs one read. */
export const MAX_EXPORTED = 10_000;

const PAGE_LENGTH = 500;

/**
 * Reads the reviews of a plan, page by page.
 * @param onProgress called with the number of reviews read so far
 */
export async function readAll(
  db: Firestore,
  settings: Settings,
  plan: Plan,
  signal: AbortSignal,
  onProgress: (read: number) => void,
): Promise<{ reviews: Review[]; cut: boolean }> {
  const all = documentsQuery(db, settings, plan);
  const reviews: Review[] = [];
  let last: QueryDocumentSnapshot | undefined;
  while (reviews.length < MAX_EXPORTED) {
    const after = last === undefined ? [] : [startAfter(last)];
    const { docs } = await getDocsFromServer(query(all, ...after, limit(PAGE_LENGTH)));
    addReads(Math.max(1, docs.length));
    signal.throwIfAborted();
    reviews.push(...docs.map((document) => toReview(document, settings)));
    onProgress(reviews.length);
    last = docs.at(-1);
    if (docs.length < PAGE_LENGTH) return { reviews, cut: false };
  }
  return { reviews, cut: true };
}

const COLUMNS = TEXTS.export.columns;

function toRow(review: Review): Record<keyof typeof COLUMNS, string | number | undefined> {
  const { path, time, label, machineLabel, score, language, rating, group, error, triage, model, text } = review;
  return {
    id: path,
    time: time?.toISOString(),
    label,
    machineLabel,
    correctedBy: isCorrected(review) ? triage?.by : undefined,
    score,
    language,
    rating,
    group,
    error: error?.code,
    state: triage?.state,
    assignee: triage?.assignee,
    note: triage?.note,
    model,
    text,
  };
}

/**
 * The reviews as CSV for spreadsheets: with a mark that says UTF-8, and with an apostrophe before what a spreadsheet would take
 * for a formula, because customers write the texts. Spreadsheets of countries with a decimal comma expect semicolons.
 * @param locale decides about the comma. @default the browser's
 */
export async function toCsv(reviews: readonly Review[], locale?: string): Promise<string> {
  const parts = new Intl.NumberFormat(locale).formatToParts(0.5);
  const hasDecimalComma = parts.some(({ type, value }) => type === "decimal" && value === ",");
  // Loaded only here.
  const { stringify } = await import("csv-stringify/browser/esm/sync");
  return stringify(reviews.map(toRow), {
    header: true,
    columns: Object.entries(COLUMNS).map(([key, header]) => ({ key, header })),
    bom: true,
    ...(hasDecimalComma && { delimiter: ";", cast: { number: (value) => String(value).replace(".", ",") } }),
    escape_formulas: true,
    record_delimiter: "windows",
    // By default, only texts with such a line end are quoted.
    quote_record_delimiter: true,
  });
}

/** Lets the browser save a file. */
export function saveFile(name: string, content: string, type: string): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  Object.assign(document.createElement("a"), { href: url, download: name }).click();
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
