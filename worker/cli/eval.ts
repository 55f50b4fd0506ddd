import { writeFile } from "node:fs/promises";
import { basename } from "node:path";
import Table from "cli-table3";
import type { Classifier } from "../../model/classifier.ts";
import { accuracy, type Coverage, calibrationError, coverageAt, type Judged, recall } from "../../model/metrics.ts";
import { type LabelSettings, labelled } from "../../shared/result.ts";
import { chunks, InputError, openReviewsFile } from "../../shared/reviews-file.ts";
import { readConfig } from "../config.ts";
import { labelSettings, openClassifier } from "./backend.ts";
import { expectedLabel } from "./expected-label.ts";
import { progressBar } from "./progress.ts";
import { reliabilityDiagram } from "./reliability-diagram.ts";

export interface EvalOptions {
  input: readonly string[];
  model?: string;
  field: string;
  diagram?: string;
  json?: boolean;
}

/** A file's row of the table, or that of all files together. Shares are 0..1, or null where there is nothing to take a share of. */
export interface Evaluation {
  set: string;
  /** With a text and a label that the model has. */
  reviews: number;
  /** The others, and those in a language that the model does not read. */
  skipped: number;
  accuracy: number;
  /** By label. */
  recall: Record<string, number>;
  calibrationError: number;
  coverage: Coverage[];
  reviewsPerSecond: number;
}

/** Reviews classified together: enough to put like lengths into one batch. */
const CHUNK = 512;

const THRESHOLDS = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99];

/** `eval`: how right a model is on labelled files, through the same classifier that the worker uses. */
export async function evaluate({ input, model, field, diagram, json = false }: EvalOptions): Promise<void> {
  const config = readConfig({ ...process.env, ...(model !== undefined && { MODEL: model }) });
  const files = await Promise.all(input.map(openReviewsFile));
  const classifier = await openClassifier(config);
  const sets: Outcome[] = [];
  const bar = progressBar(
    "evaluating (bytes)",
    files.reduce((sum, { bytes }) => sum + bytes, 0),
    !json,
  );
  try {
    for (const [i, file] of files.entries()) {
      const before = files.slice(0, i).reduce((sum, { bytes }) => sum + bytes, 0);
      const set = await judge(file.rows(), field, classifier, labelSettings(config), () =>
        bar.update(before + file.bytesRead()),
      );
      if (set.judged.length === 0) {
        throw new InputError(
          `${input[i]}: no review has a text in "${field}" and one of the labels ${classifier.labels.join(", ")} in "label"`,
        );
      }
      sets.push(set);
    }
  } finally {
    bar.stop();
    await classifier.close();
  }
  const all: Outcome = {
    judged: sets.flatMap(({ judged }) => judged),
    skipped: sets.reduce((sum, { skipped }) => sum + skipped, 0),
    seconds: sets.reduce((sum, { seconds }) => sum + seconds, 0),
  };
  const rows = sets.map((set, i) => summarise(basename(input[i] as string), set, classifier.labels));
  if (rows.length > 1) rows.push(summarise("all", all, classifier.labels));
  if (diagram !== undefined) await writeFile(diagram, reliabilityDiagram(all.judged, classifier.model));
  if (json) return console.log(JSON.stringify({ model: classifier.model, batching: classifier.batching, sets: rows }));
  console.log(accuracyTable(rows, classifier.labels));
  console.log("Right, of the share of reviews that have such a score, in %:");
  console.log(coverageTable(rows));
  console.log(
    `model ${classifier.model}, batching ${classifier.batching}, ${config.INFERENCE_THREADS} inference threads`,
  );
}

interface Outcome {
  judged: Judged[];
  skipped: number;
  /** In the classifier. */
  seconds: number;
}

async function judge(
  rows: AsyncIterable<Record<string, unknown>>,
  field: string,
  classifier: Classifier,
  settings: LabelSettings,
  progress: () => void,
): Promise<Outcome> {
  const outcome: Outcome = { judged: [], skipped: 0, seconds: 0 };
  for await (const chunk of chunks(rows, CHUNK)) {
    const usable = chunk.flatMap((row) => {
      const text = row[field];
      const expected = expectedLabel(row.label, classifier.labels);
      return typeof text === "string" && text.trim() !== "" && expected !== undefined ? [{ text, expected }] : [];
    });
    outcome.skipped += chunk.length - usable.length;
    const started = performance.now();
    const results = await classifier.classify(usable.map(({ text }) => text));
    outcome.seconds += (performance.now() - started) / 1000;
    for (const [i, { expected }] of usable.entries()) {
      const result = results[i];
      if (result === undefined || result instanceof Error) throw result;
      if ("unsupportedLanguage" in result) outcome.skipped++;
      else outcome.judged.push({ ...labelled(result, settings), expected });
    }
    progress();
  }
  return outcome;
}

function summarise(set: string, { judged, skipped, seconds }: Outcome, labels: readonly string[]): Evaluation {
  return {
    set,
    reviews: judged.length,
    skipped,
    accuracy: accuracy(judged),
    recall: Object.fromEntries(labels.map((label) => [label, recall(judged, label)])),
    calibrationError: calibrationError(judged),
    coverage: THRESHOLDS.map((threshold) => coverageAt(judged, threshold)),
    reviewsPerSecond: Number((judged.length / seconds).toFixed(1)),
  };
}

const style = { head: [], border: [] };

function accuracyTable(rows: readonly Evaluation[], labels: readonly string[]): string {
  const table = new Table({
    head: ["set", "reviews", "accuracy", ...labels.map((label) => `recall ${label}`), "ECE", "reviews/s"],
    style,
  });
  for (const { set, reviews, accuracy, recall, calibrationError, reviewsPerSecond } of rows) {
    table.push([
      set,
      reviews,
      percent(accuracy),
      ...labels.map((label) => percent(recall[label] as number)),
      calibrationError.toFixed(4),
      reviewsPerSecond.toFixed(0),
    ]);
  }
  return table.toString();
}

/** "96.4 of 81.0": the accuracy among the share of reviews whose score reaches the threshold. */
function coverageTable(rows: readonly Evaluation[]): string {
  const table = new Table({ head: ["score at least", ...rows.map(({ set }) => set)], style });
  for (const [i, threshold] of THRESHOLDS.entries()) {
    const cells = rows.map(({ coverage }) => coverage[i] as Coverage);
    table.push([threshold, ...cells.map(({ accuracy, coverage }) => `${percent(accuracy)} of ${percent(coverage)}`)]);
  }
  return table.toString();
}

function percent(share: number): string {
  return Number.isNaN(share) ? "–" : (share * 100).toFixed(1);
}
