import type { Coverage } from "../../model/metrics.ts";
import type { LabelSettings } from "../../shared/result.ts";
import { counted } from "./counted.ts";
import { type Evaluation, THRESHOLDS } from "./evaluation.ts";
import { describeUnexplained, listCounts } from "./gold-label.ts";
import { printable } from "./printable.ts";
import { MIN_NEUTRAL, MIN_REVIEWS, type Suggestion } from "./suggest-neutral.ts";
import { formatTable } from "./terminal.ts";

/** Shares in percent, measures from 0 to 1 as they are. */
export function accuracyTable(rows: readonly Evaluation[]): string {
  const withNeutral = rows.some(({ neutral }) => neutral !== undefined);
  const withPolarity = rows.some(({ polarity }) => polarity !== undefined);
  const head = ["set", "reviews", "accuracy %", ...(withPolarity ? ["polarity %"] : []), "macro-F1", "ECE"];
  if (withNeutral) head.push("neutral %");
  return formatTable(
    head,
    rows.map((row) => [
      printable(row.set),
      row.skipped === 0 ? String(row.reviews) : `${row.reviews} of ${row.reviews + row.skipped}`,
      percent(row.accuracy),
      ...(withPolarity ? [percent(row.polarity)] : []),
      row.macroF1.toFixed(3),
      row.calibrationError.toFixed(4),
      ...(withNeutral ? [percent(row.neutral)] : []),
    ]),
    { flexible: 0, right: head.map((_, i) => i).slice(1) },
  );
}

/** A row for each of the file's labels, a column for each of the model's. */
export function confusionTable({ set, labels, confusion, f1 }: Evaluation): string {
  const table = formatTable(
    ["", ...labels, "F1"],
    labels.map((label) => [label, ...labels.map((to) => String(confusion[label]?.[to] ?? 0)), measure(f1[label])]),
    { flexible: 0, right: [...labels.map((_, i) => i + 1), labels.length + 1] },
  );
  return `${printable(set)}: actual label by row, predicted label by column\n${table}`;
}

/** "96.4 (81.0)": the accuracy among the share of reviews whose score reaches the threshold. */
export function coverageTable(rows: readonly Evaluation[]): string {
  const table = formatTable(
    ["score at least", ...rows.map(({ set }) => printable(set))],
    THRESHOLDS.map((threshold, i) => [
      String(threshold),
      ...rows.map(({ coverage }) => {
        const at = coverage[i] as Coverage;
        return `${percent(at.accuracy)} (${percent(at.coverage)})`;
      }),
    ]),
  );
  return `accuracy % of labels with at least this score (% of the labels that have it)\n${table}`;
}

export function describeSkipped(
  { set, skipped, skippedBecause, unexplained }: Evaluation,
  labels: readonly string[],
): string {
  const line = `${printable(set)}: ${counted(skipped, "review")} skipped: ${listCounts(skippedBecause)}`;
  return unexplained.length === 0 ? line : `${line}\n${describeUnexplained(unexplained, labels, "\n")}`;
}

export function describeSuggestion(suggestion: Suggestion | null, { neutralBelow }: LabelSettings): string {
  if (suggestion === null)
    return `No NEUTRAL_BELOW is suggested: that needs ${MIN_REVIEWS} reviews, ${MIN_NEUTRAL} of them neutral.`;
  const { neutralBelow: best, macroF1, macroF1Without } = suggestion;
  const now = neutralBelow === undefined ? "it is not set now" : `it is ${neutralBelow} now`;
  return best === undefined
    ? `NEUTRAL_BELOW would not help: macro-F1 is ${macroF1Without.toFixed(3)} without it (${now}).`
    : `Suggested: NEUTRAL_BELOW=${best}, with which macro-F1 is ${macroF1.toFixed(3)} instead of ${macroF1Without.toFixed(3)} (${now}).`;
}

function measure(value: number | undefined): string {
  return value === undefined || Number.isNaN(value) ? "–" : value.toFixed(3);
}

function percent(share: number | undefined): string {
  return share === undefined || Number.isNaN(share) ? "–" : (share * 100).toFixed(1);
}
