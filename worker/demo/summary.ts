/** The figures of a run of the demo. */

import type { ReviewPath } from "../../shared/path.ts";
import type { KnownLabels } from "../cli/gold-label.ts";
import type { Run } from "./run.ts";

/** The output of `demo --json`. */
export interface DemoSummary {
  backend: string;
  model: string;
  reviews: number;
  labelled: number;
  /** Reviews that cannot be classified and got an `error`. */
  failed: number;
  deadLettered: number;
  /** Share of the labelled reviews that have the label of their row, if rows have labels. */
  accuracy?: number;
  /** From the first publish to the last label. */
  seconds: number;
  reviewsPerSecond: number;
  publishToLabelMs: { p50: number; p95: number };
  peakRssMb: number;
}

/** A review after the run. */
export interface Outcome {
  path: string;
  text: unknown;
  label?: string | undefined;
  score?: number | undefined;
  /** The error's code, in place of a label. */
  error?: string | undefined;
  /** The file's label, if results can have it. */
  given?: string | undefined;
}

export function outcomesOf(
  reviews: readonly { path: ReviewPath; text: unknown; result: unknown }[],
  { given }: Pick<Run, "given">,
  { labelOf }: KnownLabels,
): Outcome[] {
  return reviews.map(({ path, text, result }) => {
    const row = given.get(path);
    const { label, score, error } = (result ?? {}) as { label?: string; score?: number; error?: { code?: string } };
    return { path, text, label, score, error: error?.code, given: row && labelOf(row) };
  });
}

export function summarise(
  { given, deadLettered, seconds, latencies }: Run,
  outcomes: readonly Outcome[],
  { backend, model }: Pick<DemoSummary, "backend" | "model">,
): DemoSummary {
  const labelled = outcomes.filter(({ label }) => label !== undefined);
  const comparable = labelled.filter((outcome) => outcome.given !== undefined);
  const right = comparable.filter((outcome) => outcome.label === outcome.given).length;
  return {
    backend,
    model,
    reviews: given.size,
    labelled: labelled.length,
    failed: outcomes.filter(({ error }) => error !== undefined).length,
    deadLettered,
    ...(comparable.length > 0 && { accuracy: round(right / comparable.length, 4) }),
    seconds: round(seconds, 3),
    reviewsPerSecond: round(given.size / seconds, 1),
    publishToLabelMs: { p50: percentile(latencies, 50), p95: percentile(latencies, 95) },
    peakRssMb: Math.round(process.resourceUsage().maxRSS / 1024),
  };
}

/** Pairs of labels that differ, the most frequent first: the off-diagonal part of the confusion matrix. */
export function confusions(outcomes: readonly Outcome[]): { given: string; label: string; count: number }[] {
  const counts = new Map<string, { given: string; label: string; count: number }>();
  for (const { given, label } of outcomes) {
    if (given === undefined || label === undefined || given === label) continue;
    const key = `${given} ${label}`;
    const entry = counts.get(key) ?? { given, label, count: 0 };
    entry.count++;
    counts.set(key, entry);
  }
  return [...counts.values()].toSorted((a, b) => b.count - a.count);
}

/** The nearest-rank percentile; 0 if there are no values. */
function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((share / 100) * sorted.length) - 1)] ?? 0;
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
