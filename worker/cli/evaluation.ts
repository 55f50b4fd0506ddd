import { type Classification, type Classifier, InferenceError } from "../../model/classifier.ts";
import {
  accuracy,
  type Coverage,
  calibrationError,
  classwiseCalibrationError,
  confusion,
  coverageAt,
  f1,
  macroF1,
  type Prediction,
  recall,
} from "../../model/metrics.ts";
import { languageHint } from "../../model/named-models.ts";
import { InputError } from "../../shared/input-error.ts";
import type { Row } from "../../shared/json-rows.ts";
import {
  isNeutral,
  type LabelSettings,
  labelled,
  strongest,
  type UnclassifiableCode,
  unclassifiable,
} from "../../shared/result.ts";
import { chunks, fieldOf, type ReviewsFile } from "../../shared/reviews-file.ts";
import { DoubleEncodedTexts } from "./double-encoded.ts";
import { describeUnexplained, type GoldLabels, listCounts } from "./gold-label.ts";
import { reportBlankRows } from "./report-blank-rows.ts";

/** The figures of one file, or of all files. Shares are 0..1; in JSON a share of zero reviews is null. */
export interface Evaluation {
  set: string;
  /** Number of reviews with a text that the model reads and a label that it has. */
  reviews: number;
  /** Number of the other reviews. */
  skipped: number;
  /** Counts by reason: a label of the file that the model lacks, `no label`, or the problem of the text. */
  skippedBecause: Record<string, number>;
  /** Those of these values that are labels without a known meaning. */
  unexplained: string[];
  /** The labels that occur in the file or among the model's answers. */
  labels: readonly string[];
  accuracy: number;
  /** Accuracy between NEGATIVE and POSITIVE, on the reviews with one of these labels. Absent if all reviews have one. */
  polarity?: number;
  /** Mean of the F1 of the labels. */
  macroF1: number;
  /** By label. */
  f1: Record<string, number>;
  recall: Record<string, number>;
  /** Counts of reviews by the file's label, then by the model's. */
  confusion: Record<string, Record<string, number>>;
  /** Expected calibration error of the label's score. */
  calibrationError: number;
  /** The same for the probabilities of all labels. */
  classwiseCalibrationError: number;
  /** Share of the reviews that the worker would label neutral; absent if the model has no such label. */
  neutral?: number;
  coverage: Coverage[];
  reviewsPerSecond: number;
}

/** Reviews per call of the classifier: enough to batch texts of similar length. */
const CHUNK = 512;

/** The scores for which `Evaluation` has the accuracy of the labels with at least that score. */
export const THRESHOLDS = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99];

/** The group of reviews without the field of `--by`. */
export const NO_GROUP = "(none)";

export const UNREAD: UnclassifiableCode = "language-unsupported";

const POLAR = ["NEGATIVE", "POSITIVE"] as const;

/** A review with both labels, and the probabilities of the labels that occur in its file. */
export type EvaluatedReview = Prediction & {
  scores: Readonly<Record<string, number>>;
  /** The probabilities that the model gave. */
  raw: Readonly<Record<string, number>>;
  /** The worker would label it neutral. */
  neutral: boolean;
  /** Value of the field that divides the file. */
  group?: string;
  /** The review in its file, with `keepRows`. */
  row?: Row;
};

export interface Outcome {
  predictions: EvaluatedReview[];
  /** By reason. */
  skipped: Record<string, number>;
  /** Labels of the file without a known meaning. */
  unexplained: Set<string>;
  /** Time in the classifier. */
  seconds: number;
}

export interface Evaluator {
  field: string;
  by?: string | undefined;
  /** Keeps each review in memory with its labels. @default false */
  keepRows?: boolean | undefined;
  gold: GoldLabels;
  classifier: Classifier;
  settings: LabelSettings;
}

/** @throws {InputError} if no review of the file can be compared */
export async function classifyFile(
  file: ReviewsFile,
  { field, by, keepRows = false, gold, classifier, settings }: Evaluator,
  progress: () => void,
): Promise<Outcome> {
  let rows = 0;
  const encoded = new DoubleEncodedTexts();
  for await (const row of file.rows()) {
    gold.add(row);
    encoded.add(fieldOf(row, field));
    rows++;
  }
  reportBlankRows(file);
  encoded.report();
  if (rows === 0) throw new InputError(`${file.name} contains no reviews`);
  const goldOf = gold.reader(file.name);
  // A label of the file may have any name, `constructor` too.
  const skipped: Record<string, number> = Object.create(null);
  const skip = (reason: string): void => {
    skipped[reason] = (skipped[reason] ?? 0) + 1;
  };
  const unexplained = new Set<string>();
  const classified: (Pick<EvaluatedReview, "expected" | "group" | "row"> & { classification: Classification })[] = [];
  let seconds = 0;
  for await (const rows of chunks(file.rows(), CHUNK)) {
    const usable = rows.flatMap((row) => {
      const text = fieldOf(row, field);
      const problem = unclassifiable(text, classifier.model);
      const label = goldOf(row);
      if (problem === undefined && "label" in label) {
        const kept = { ...(by !== undefined && { group: groupOf(row, by) }), ...(keepRows && { row }) };
        return [{ text: text as string, kept: { expected: label.label, ...kept } }];
      }
      skip("unknown" in label ? label.unknown : (problem?.error.code as string));
      if ("unknown" in label && label.unexplained) unexplained.add(label.unknown);
      return [];
    });
    const started = performance.now();
    const outcomes = await classifier.classify(usable.map(({ text }) => text));
    seconds += (performance.now() - started) / 1000;
    for (const [i, { kept }] of usable.entries()) {
      const outcome = outcomes[i];
      if (outcome === undefined || outcome instanceof InferenceError) skip("inference-failed");
      else if ("unsupportedLanguage" in outcome) skip(UNREAD);
      else classified.push({ classification: outcome, ...kept });
    }
    progress();
  }
  if (classified.length === 0) {
    const advice = [
      ...(unexplained.size > 0 ? [describeUnexplained([...unexplained], gold.labels)] : []),
      ...(UNREAD in skipped ? [languageHint(classifier.model)] : []),
    ];
    throw new InputError(
      `${file.name}: no review has a text in "${field}" and a label that the model has; skipped: ${listCounts(skipped)}.${advice.map((sentence) => ` ${sentence}`).join("")}`,
    );
  }
  const among = new Set(classified.map(({ expected }) => expected));
  // Beside neutral reviews, the third class is missing by chance, and an answer with it is wrong.
  const ofTwo = among.size === 2 && ![...among].some(isNeutral);
  const predictions = classified.map(({ classification, ...kept }) => {
    const given = labelled(classification, settings);
    const scores = ofTwo ? renormalised(given.scores, among) : given.scores;
    const [label, score] = ofTwo ? strongest(scores) : [given.label, given.score];
    return {
      label,
      score,
      scores,
      raw: classification.scores,
      neutral: isNeutral(given.label),
      ...kept,
    };
  });
  return { predictions, skipped, unexplained, seconds };
}

/** The value of a field, as the name of a group. */
function groupOf(row: Row, by: string): string {
  const value = fieldOf(row, by);
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? String(value)
    : NO_GROUP;
}

/** The outcomes by group, the largest first. */
export function groupsOf({ predictions, seconds }: Outcome): [group: string, Outcome][] {
  const groups = Map.groupBy(predictions, ({ group }) => group ?? NO_GROUP);
  return [...groups]
    .toSorted(([, a], [, b]) => b.length - a.length)
    .map(([group, of]) => [
      group,
      { predictions: of, skipped: {}, unexplained: new Set(), seconds: (seconds * of.length) / predictions.length },
    ]);
}

/** The accuracy between NEGATIVE and POSITIVE, on the reviews with one of these labels. `undefined` if no review has one, or all have. */
function polarity(predictions: readonly EvaluatedReview[], labels: readonly string[]): number | undefined {
  const [negative = "", positive = ""] = POLAR.map((name) => labels.find((label) => label.toUpperCase() === name));
  const polar = predictions.filter(({ expected }) => expected === negative || expected === positive);
  if (polar.length === 0 || polar.length === predictions.length) return undefined;
  const right = polar.filter(
    ({ raw, expected }) => expected === ((raw[positive] ?? 0) > (raw[negative] ?? 0) ? positive : negative),
  );
  return right.length / polar.length;
}

/** The probabilities of some labels alone, summing to 1. */
function renormalised(scores: Readonly<Record<string, number>>, labels: ReadonlySet<string>): Record<string, number> {
  const total = sum([...labels].map((label) => scores[label] ?? 0));
  return Object.fromEntries(
    [...labels].map((label) => [label, total > 0 ? (scores[label] ?? 0) / total : 1 / labels.size]),
  );
}

export function summarise(
  set: string,
  { predictions, skipped, unexplained, seconds }: Outcome,
  all: readonly string[],
): Evaluation {
  const present = new Set(predictions.flatMap(({ label, expected }) => [label, expected]));
  const labels = all.filter((label) => present.has(label));
  const byLabel = (measure: (of: readonly Prediction[], label: string) => number): Record<string, number> =>
    Object.fromEntries(labels.map((label) => [label, measure(predictions, label)]));
  const polar = polarity(predictions, all);
  return {
    set,
    reviews: predictions.length,
    skipped: sum(Object.values(skipped)),
    skippedBecause: skipped,
    unexplained: [...unexplained],
    labels,
    accuracy: accuracy(predictions),
    ...(polar !== undefined && { polarity: polar }),
    macroF1: macroF1(predictions, labels),
    f1: byLabel(f1),
    recall: byLabel(recall),
    confusion: confusion(predictions, labels),
    calibrationError: calibrationError(predictions),
    classwiseCalibrationError: classwiseCalibrationError(predictions, labels),
    ...(all.some(isNeutral) && { neutral: predictions.filter(({ neutral }) => neutral).length / predictions.length }),
    coverage: THRESHOLDS.map((threshold) => coverageAt(predictions, threshold)),
    reviewsPerSecond: Number((predictions.length / seconds).toFixed(1)),
  };
}

/** The outcome of several files together. */
export function merged(outcomes: readonly Outcome[]): Outcome {
  const skipped: Record<string, number> = Object.create(null);
  for (const [reason, count] of outcomes.flatMap((outcome) => Object.entries(outcome.skipped)))
    skipped[reason] = (skipped[reason] ?? 0) + count;
  return {
    predictions: outcomes.flatMap(({ predictions }) => predictions),
    skipped,
    unexplained: new Set(outcomes.flatMap(({ unexplained }) => [...unexplained])),
    seconds: sum(outcomes.map(({ seconds }) => seconds)),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
