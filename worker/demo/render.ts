/** The demo's output as text. */
import { LITE_MULTI } from "../../model/named-models.ts";
import { asCalled, IS_BUNDLE } from "../cli/as-called.ts";
import { counted } from "../cli/counted.ts";
import { type InputOptions, inputOptions, outputName, shellQuoted } from "../cli/input-options.ts";
import { printable } from "../cli/printable.ts";
import {
  formatCount,
  formatList,
  formatTable,
  paintError,
  paintFaint,
  paintLabel,
  paintSuccess,
  type TableOptions,
} from "../cli/terminal.ts";
import type { SampleKind } from "./samples.ts";
import { confusions, type DemoSummary, type Outcome } from "./summary.ts";

/** Longer texts are cut before the table cuts them to the terminal's width. */
const MAX_EXCERPT = 400;

/** Pairs of a given label and a model's label that are named: all of three classes. */
const MAX_CONFUSIONS = 6;

/** A table of some reviews, spread evenly over all. If any has an error, one with an error is among them. */
export function renderReviews(outcomes: readonly Outcome[], rows: number, width?: number): string {
  const step = Math.max(1, outcomes.length / Math.max(1, rows));
  const shown = Array.from(
    { length: Math.min(rows, outcomes.length) },
    (_, i) => outcomes[Math.floor(i * step)] as Outcome,
  );
  const failed = outcomes.findIndex(({ label }) => label === undefined);
  if (failed !== -1 && shown.length > 1 && shown.every(({ label }) => label !== undefined))
    shown[Math.min(shown.length - 1, Math.floor(failed / step))] = outcomes[failed] as Outcome;
  const missed = shown.some(isMissed);
  const options: TableOptions = { right: [missed ? 3 : 2], ...(width !== undefined && { width }) };
  const head = ["review", "label", ...(missed ? ["given"] : []), "score", "text"];
  const cells = shown.map((outcome) => [
    printable(outcome.path),
    outcome.label === undefined
      ? paintError(`(${outcome.error ?? "no result"})`, process.stdout)
      : paintLabel(printable(outcome.label)),
    // Only where it differs: that is what a person looks for.
    ...(missed ? [isMissed(outcome) ? paintFaint(outcome.given as string) : ""] : []),
    outcome.score?.toFixed(2) ?? "",
    excerpt(outcome.text),
  ]);
  const table = formatTable(head, cells, options);
  const all = outcomes.length;
  return shown.length === all
    ? table
    : `${table}\n${paintFaint(`${shown.length} of ${all} reviews are shown; --rows ${all} shows all`)}`;
}

function isMissed({ label, given }: Outcome): boolean {
  return label !== undefined && given !== undefined && given !== label;
}

function excerpt(text: unknown): string {
  return printable(
    String(text ?? "")
      .slice(0, MAX_EXCERPT)
      .replace(/\s+/g, " ")
      .trim(),
  );
}

export function renderTotals(summary: DemoSummary, outcomes: readonly Outcome[], width?: number): string {
  const { reviews, labelled, failed, deadLettered, accuracy, publishToLabelMs, reviewsPerSecond } = summary;
  const { p50, p95 } = publishToLabelMs;
  const latency = labelled === 0 ? "" : `; from publish to label ${p50} ms (p50), ${p95} ms (p95)`;
  const lines = [
    `${counted(reviews, "review")}: ${labelled} labelled, ${failed} not classifiable, ${deadLettered} dead-lettered`,
    `${summary.seconds.toFixed(1)} s, ${formatCount(reviewsPerSecond)} reviews/s${latency}`,
  ];
  if (accuracy !== undefined) lines.splice(1, 0, renderAgreement(accuracy, outcomes, width));
  const complete = labelled + failed === reviews;
  lines[0] = complete ? paintSuccess(lines[0] as string) : paintError(lines[0] as string, process.stdout);
  lines.push(paintFaint(`backend ${summary.backend}, model ${summary.model}, peak memory ${summary.peakRssMb} MB`));
  return lines.join("\n");
}

/** How far the labels agree with those of the file, and where they do not. */
function renderAgreement(accuracy: number, outcomes: readonly Outcome[], width?: number): string {
  const comparable = outcomes.filter(({ label, given }) => label !== undefined && given !== undefined).length;
  const same = Math.round(accuracy * comparable);
  const agreement = `${same} of ${comparable} labels match the file (${(accuracy * 100).toFixed(1)} %)`;
  const all = confusions(outcomes);
  if (all.length === 0) return agreement;
  const listed = all
    .slice(0, MAX_CONFUSIONS)
    .map(({ given, label, count }) => `${printable(given)} as ${printable(label)} ${count}`);
  const more = all.slice(MAX_CONFUSIONS).reduce((sum, { count }) => sum + count, 0);
  if (more > 0) listed.push(`${more} more`);
  return `${agreement}; the others:\n${formatList(listed, width)}`;
}

/**
 * Suggestions for what to do after the demo.
 * @param run the included reviews that were used, or the options that read the file; the model that the environment names; and
 * whether some reviews are in a language that the model cannot read
 */
export function renderNextSteps(run: {
  samples?: SampleKind | undefined;
  options?: InputOptions | undefined;
  model?: string | undefined;
  unread: boolean;
}): string {
  const { samples, options, unread } = run;
  // The other commands, too, would refuse the reviews that the demo refused.
  const model = unread ? LITE_MULTI.name : run.model;
  const { input, field, idField, encoding } = options ?? {};
  const text = inputOptions({ input, field, encoding });
  const steps: [command: string, what: string][] = [];
  const step = (command: string, what: string): number =>
    steps.push([asCalled(model ? `MODEL=${shellQuoted(model)} ${command}` : command), what]);
  if (samples === "ordinary") step("npm run demo -- --samples hard", "irony, hedges, other languages");
  const reviews = options === undefined ? "--samples multilingual" : inputOptions(options);
  if (unread) step(`npm run demo -- ${reviews}`, "a model for twelve languages");
  if (input === undefined) step("npm run demo -- --input reviews.csv", "your own reviews");
  else step(`npm run classify -- ${text} --output ${outputName("labelled", input)}`, "all labels, in a file");
  // The dashboard is only in the repository.
  if (!IS_BUNDLE) {
    const file = options === undefined ? "" : ` -- ${inputOptions({ input, field, idField, encoding })}`;
    step(`npm run dashboard${file}`, "the dashboard, in the browser");
  }
  const width = Math.max(...steps.map(([command]) => command.length));
  return [
    "Next:",
    ...steps.map(([command, what]) => `  ${command.padEnd(width)}  ${paintFaint(what)}`),
    "  README.md shows how to connect your shop.",
  ].join("\n");
}
