import { basename } from "node:path";
import { Readable } from "node:stream";
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
import type { Separator } from "../../shared/file-format.ts";
import { InputError } from "../../shared/input-error.ts";
import type { Row } from "../../shared/json-rows.ts";
import {
  classesOf,
  type LabelSettings,
  labelled,
  strongest,
  type UnclassifiableCode,
  unclassifiable,
} from "../../shared/result.ts";
import {
  chunks,
  didYouMean,
  fieldOf,
  listFields,
  openReviewsFile,
  type ReviewsFile,
  requireRereadable,
} from "../../shared/reviews-file.ts";
import { type Config, readConfig } from "../config.ts";
import { asCalled } from "./as-called.ts";
import { labelSettings, openClassifier } from "./backend.ts";
import { counted } from "./counted.ts";
import { DoubleEncodedTexts } from "./double-encoded.ts";
import { describeUnexplained, GoldLabels, type GoldOptions, listCounts } from "./gold-label.ts";
import { inputOptions, outputName, shellQuoted } from "./input-options.ts";
import { openOutputFile, requireFileName, STANDARD_OUTPUT } from "./output-file.ts";
import { preflight } from "./preflight.ts";
import { printable } from "./printable.ts";
import { progressBar } from "./progress.ts";
import { reliabilityDiagram } from "./reliability-diagram.ts";
import { reportBlankRows } from "./report-blank-rows.ts";
import { conflictingField, reportGuarded, rowFormat } from "./row-format.ts";
import { readStoredTruth, TRUTH_FIELDS } from "./stored-truth.ts";
import { MIN_NEUTRAL, MIN_REVIEWS, type Suggestion, suggestNeutralBelow } from "./suggest-neutral.ts";
import { formatTable, printNextStep } from "./terminal.ts";

export interface EvalOptions extends GoldOptions {
  /** Files; without them, `fromFirestore` is set. */
  input?: readonly string[];
  fromFirestore?: boolean;
  ratingField?: string;
  limit?: number;
  /** The model to use instead of that of the environment. */
  model?: string;
  /** The field of the files that holds the text. @default TEXT_FIELD */
  field?: string;
  encoding?: string;
  /** A field whose values divide the reviews of each file, such as their language. */
  by?: string;
  diagram?: string;
  /** A file for the reviews whose label differs from the file's. */
  errors?: string;
  /** The separator of this file if it is CSV. */
  separator?: Separator;
  json?: boolean;
}

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
  /** Share of the reviews that the worker would label NEUTRAL; absent if the model has no such label. */
  neutral?: number;
  coverage: Coverage[];
  reviewsPerSecond: number;
}

/** Reviews per call of the classifier: enough to batch texts of similar length. */
const CHUNK = 512;

const THRESHOLDS = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99];

/** The group of reviews without the field of `--by`. */
const NO_GROUP = "(none)";

const UNREAD: UnclassifiableCode = "language-unsupported";

const NEUTRAL = "NEUTRAL";
const POLAR = ["NEGATIVE", "POSITIVE"] as const;

/** The field of `--errors` with the labels. */
const ERRORS_FIELD = "evaluation";

/** Maximum number of groups that are reported per file. */
const MAX_GROUPS = 50;

/** The default of `--limit`: documents of each kind that are read from Firestore. */
const DEFAULT_LIMIT = 5_000;

/** The files to evaluate, and the fields of their texts and labels. */
interface Source {
  files: ReviewsFile[];
  field: string;
  gold: GoldOptions;
}

/**
 * `eval`: compares a model's labels with those that files give, or people in Firestore, through the classifier and the settings that
 * the worker uses.
 */
export async function evaluate(options: EvalOptions): Promise<void> {
  const { input, fromFirestore = false, ratingField, limit, model, by, diagram, errors, json = false } = options;
  if ((input === undefined) === !fromFirestore)
    throw new InputError("give reviews with labels by --input FILE, or --from-firestore");
  if (!fromFirestore && limit !== undefined) throw new InputError("--limit goes with --from-firestore only");
  if (!fromFirestore && ratingField !== undefined)
    throw new InputError("--rating-field goes with --from-firestore; for a file, use --label-field");
  if (diagram !== undefined && /\.(png|jpe?g|pdf|gif|webp)$/i.test(diagram))
    throw new InputError(`--diagram ${diagram}: an SVG is written; name the file ${diagram.replace(/\.\w+$/, ".svg")}`);
  if (options.separator !== undefined && errors === undefined) throw new InputError("--separator needs --errors");
  if (diagram !== undefined) await requireFileName(diagram, "--diagram");
  if (errors === STANDARD_OUTPUT) throw new InputError("--errors -: standard output has the figures; name a file");
  if (errors !== undefined) await requireFileName(errors, "--errors");
  const config = readConfig({ ...process.env, ...(model !== undefined && { MODEL: model }) });
  const settings = labelSettings(config);
  const { files, field, gold } = fromFirestore
    ? await storedSource(options, config)
    : await fileSource(options, config);
  const columns = () => [...["file", "actual", "predicted", "score"], ...labels.map((label) => `scores.${label}`)];
  let guardedCells = 0;
  const csv = {
    separator: files[0]?.separator,
    chosenSeparator: options.separator,
    onGuarded: () => guardedCells++,
  };
  const errorFormat = errors && (await rowFormat(errors, "--errors", { field: ERRORS_FIELD, columns, ...csv }));
  const classifier = await openClassifier(config);
  const labels = classesOf(classifier.labels, settings);
  // A threshold gives the label to models that have no such class.
  if ((settings.neutralBelow !== undefined || fromFirestore) && !labels.includes(NEUTRAL)) labels.push(NEUTRAL);
  const sets: Outcome[] = [];
  const golds = files.map(() => new GoldLabels(labels, gold));
  const sizes = files.map(({ bytes = 0 }) => bytes);
  const bar = progressBar("evaluating", sum(sizes), !json, fromFirestore ? "reviews" : "bytes");
  try {
    for (const [i, file] of files.entries()) {
      const before = sum(sizes.slice(0, i));
      sets.push(
        await classifyFile(
          file,
          { field, by, keepRows: errors !== undefined, gold: golds[i] as GoldLabels, classifier, settings },
          () => bar.update(before + file.bytesRead()),
        ),
      );
    }
  } finally {
    bar.stop();
    await classifier.close();
  }
  if (by !== undefined && sets.every(({ predictions }) => predictions.every(({ group }) => group === NO_GROUP))) {
    const names = golds.flatMap(({ fields }) => [...fields]);
    throw new InputError(
      `--by ${by}: no review has this field${didYouMean(by, names)}; the fields are ${listFields(names)}`,
    );
  }
  const rows = sets.flatMap((set, i) => {
    const name = basename(files[i]?.name as string);
    const groups = by === undefined ? [] : groupsOf(set);
    return [
      ...groups.map(([group, outcome]) => summarise(sets.length > 1 ? `${name} ${group}` : group, outcome, labels)),
      summarise(name, set, labels),
    ];
  });
  const all: Outcome = {
    predictions: sets.flatMap(({ predictions }) => predictions),
    skipped: mergeCounts(sets.map(({ skipped }) => skipped)),
    unexplained: new Set(sets.flatMap(({ unexplained }) => [...unexplained])),
    seconds: sum(sets.map(({ seconds }) => seconds)),
  };
  if (sets.length > 1) rows.push(summarise("all", all, labels));
  const suggestion = fromFirestore
    ? (suggestNeutralBelow(
        all.predictions.map(({ raw, expected }) => ({ scores: raw, expected })),
        labels,
        settings,
      ) ?? null)
    : undefined;
  const { model: id, batching } = classifier;
  if (json)
    console.log(JSON.stringify({ model: id, batching, sets: rows, ...(suggestion !== undefined && { suggestion }) }));
  else {
    const speed = (all.predictions.length / all.seconds).toFixed(0);
    console.log(`model ${id}, batching ${batching ?? "unknown"}, ${speed} reviews/s\n`);
    console.log(accuracyTable(rows));
    // With many groups, the table above is enough.
    if (by === undefined) {
      for (const row of rows) console.log(`\n${confusionTable(row)}`);
      console.log(`\n${coverageTable(rows)}`);
      for (const row of rows) if (row.skipped > 0) console.log(`\n${describeSkipped(row, labels)}`);
      if (suggestion !== undefined) console.log(`\n${describeSuggestion(suggestion, settings)}`);
    }
    if (UNREAD in all.skipped) console.log(`\n${languageHint(id)}`);
  }
  // Last, so that a full disk does not cost the figures.
  if (errors && errorFormat) {
    const misclassified = sets.flatMap((set, i) => misclassifiedRows(set, basename(files[i]?.name as string)));
    const file = await openOutputFile(errors, input ?? [], "--errors");
    await file.write(Readable.from(misclassified.map(errorFormat)));
    reportGuarded(errors, guardedCells);
    if (!json) console.log(`\n${counted(misclassified.length, "misclassified review")}: ${printable(errors)}`);
  }
  if (diagram !== undefined) {
    const file = await openOutputFile(diagram, input ?? [], "--diagram");
    await file.write(Readable.from([reliabilityDiagram(all.predictions, id)]));
  }
  if (!json) printNextStep(nextStep(options, suggestion?.neutralBelow, process.env.MODEL));
}

/**
 * @param neutralBelow the suggested threshold
 * @param variable the model that the environment names
 */
export function nextStep(
  options: Pick<EvalOptions, "input" | "field" | "labelField" | "gold" | "encoding" | "model" | "errors">,
  neutralBelow?: number,
  variable?: string,
): string {
  const { input: [input] = [], field, labelField, gold, encoding, model, errors } = options;
  if (neutralBelow !== undefined)
    return `Set NEUTRAL_BELOW=${neutralBelow} for the workers, then have them label the stored reviews again: npm run replay`;
  if (model !== undefined) return `Use this model: MODEL=${model} npm run worker`;
  if (input === undefined) return "";
  const run = variable ? `MODEL=${shellQuoted(variable)} npm run` : "npm run";
  const text = { input, field, encoding };
  return errors === undefined
    ? `See the misclassified reviews: ${run} eval -- ${inputOptions({ ...text, labelField, gold })} --errors ${outputName("errors", input)}\nWhat the columns mean: npm run eval -- --help`
    : `See the label of each review: ${run} classify -- ${inputOptions(text)} --output ${outputName("labelled", input)}`;
}

async function fileSource(
  { input = [], field: named, encoding, labelField, gold }: EvalOptions,
  { TEXT_FIELD }: Config,
): Promise<Source> {
  const field = named ?? TEXT_FIELD;
  const files = await Promise.all(input.map((path) => openReviewsFile(path, { field, encoding })));
  for (const file of files) requireRereadable(file);
  return { files, field, gold: { labelField, textField: field, gold } };
}

/** @throws {InputError} if there are neither corrections nor ratings */
async function storedSource(
  { ratingField, limit = DEFAULT_LIMIT, json }: EvalOptions,
  config: Config,
): Promise<Source> {
  await preflight(config, { storeOnly: true });
  const bar = progressBar("reading", undefined, !json, "reviews");
  const truth = { ratingField, limit, onRead: bar.update };
  const { files, read, textRatings, fields, hasText } = await readStoredTruth(config, truth).finally(bar.stop);
  if (!json) console.error(`Read ${counted(read, "document")} of Firestore.`);
  const has = `the fields are ${listFields(fields)}`;
  if (read > 0 && !hasText)
    throw new InputError(`no review has the field "${config.TEXT_FIELD}", which TEXT_FIELD names; ${has}`);
  const texts = textRatings === 0 ? undefined : describeTextRatings(textRatings, ratingField as string);
  if (texts !== undefined && files.length > 0) console.error(`review-sentiment: ${texts}`);
  if (files.length === 0)
    throw new InputError(
      `no review has a correction of its current text${ratingField === undefined ? "; name the field with the customers' ratings by --rating-field" : `, and none has a number from 1 to 5 in "${ratingField}"${read === 0 ? "" : `; ${texts ?? has}`}`}`,
    );
  return { files, field: TRUTH_FIELDS.text, gold: { labelField: TRUTH_FIELDS.label } };
}

function describeTextRatings(count: number, field: string): string {
  return `${counted(count, "review")} ${count === 1 ? "has" : "have"} a text in "${field}" instead of a number; ${asCalled("npm run publish -- --input FILE --rating-field NAME")} stores numbers`;
}

function describeSuggestion(suggestion: Suggestion | null, { neutralBelow }: LabelSettings): string {
  if (suggestion === null)
    return `No NEUTRAL_BELOW is suggested: that needs ${MIN_REVIEWS} reviews, ${MIN_NEUTRAL} of them neutral.`;
  const { neutralBelow: best, macroF1, macroF1Without } = suggestion;
  const now = neutralBelow === undefined ? "it is not set now" : `it is ${neutralBelow} now`;
  return best === undefined
    ? `NEUTRAL_BELOW would not help: macro-F1 is ${macroF1Without.toFixed(3)} without it (${now}).`
    : `Suggested: NEUTRAL_BELOW=${best}, with which macro-F1 is ${macroF1.toFixed(3)} instead of ${macroF1Without.toFixed(3)} (${now}).`;
}

/** A review with both labels, and the probabilities of the labels that occur in its file. */
export type EvaluatedReview = Prediction & {
  scores: Readonly<Record<string, number>>;
  /** The probabilities that the model gave. */
  raw: Readonly<Record<string, number>>;
  /** The worker would label it NEUTRAL. */
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
  const predictions = classified.map(({ classification, ...kept }) => {
    const given = labelled(classification, settings);
    const scores = among.size === 2 ? renormalised(given.scores, among) : given.scores;
    const [label, score] = among.size === 2 ? strongest(scores) : [given.label, given.score];
    return {
      label,
      score,
      scores,
      raw: classification.scores,
      neutral: given.label === NEUTRAL,
      ...kept,
    };
  });
  return { predictions, skipped, unexplained, seconds };
}

/**
 * The reviews whose label differs from the file's, with both labels; the ones with the highest score first.
 * @throws {InputError} if they have the field for the labels already
 */
export function misclassifiedRows({ predictions }: Pick<Outcome, "predictions">, file: string): Row[] {
  return predictions
    .filter(({ label, expected }) => label !== expected)
    .toSorted((a, b) => b.score - a.score)
    .map(({ row = {}, expected, label, score, scores }) => {
      const conflicting = conflictingField(row, ERRORS_FIELD);
      if (conflicting !== undefined)
        throw new InputError(`--errors: the reviews of ${file} have a field "${conflicting}"; rename it`);
      return { ...row, [ERRORS_FIELD]: { file, actual: expected, predicted: label, score, scores } };
    });
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
    .slice(0, MAX_GROUPS)
    .map(([group, of]) => [
      group,
      { predictions: of, skipped: {}, unexplained: new Set(), seconds: (seconds * of.length) / predictions.length },
    ]);
}

/** The accuracy between NEGATIVE and POSITIVE, on the reviews with one of these labels. `undefined` if no review has one, or all have. */
function polarity(predictions: readonly EvaluatedReview[]): number | undefined {
  const polar = predictions.filter(({ expected }) => POLAR.some((label) => label === expected));
  if (polar.length === 0 || polar.length === predictions.length) return undefined;
  const right = polar.filter(({ scores, expected }) => {
    const [negative, positive] = POLAR.map((label) => scores[label] ?? 0) as [number, number];
    return expected === (positive > negative ? "POSITIVE" : "NEGATIVE");
  });
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
  const polar = polarity(predictions);
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
    ...(all.includes(NEUTRAL) && { neutral: predictions.filter(({ neutral }) => neutral).length / predictions.length }),
    coverage: THRESHOLDS.map((threshold) => coverageAt(predictions, threshold)),
    reviewsPerSecond: Number((predictions.length / seconds).toFixed(1)),
  };
}

/** Shares in percent, measures from 0 to 1 as they are. */
function accuracyTable(rows: readonly Evaluation[]): string {
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
function confusionTable({ set, labels, confusion, f1 }: Evaluation): string {
  const table = formatTable(
    ["", ...labels, "F1"],
    labels.map((label) => [label, ...labels.map((to) => String(confusion[label]?.[to] ?? 0)), measure(f1[label])]),
    { flexible: 0, right: [...labels.map((_, i) => i + 1), labels.length + 1] },
  );
  return `${printable(set)}: actual label by row, predicted label by column\n${table}`;
}

/** "96.4 (81.0)": the accuracy among the share of reviews whose score reaches the threshold. */
function coverageTable(rows: readonly Evaluation[]): string {
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

function describeSkipped({ set, skipped, skippedBecause, unexplained }: Evaluation, labels: readonly string[]): string {
  const line = `${printable(set)}: ${counted(skipped, "review")} skipped: ${listCounts(skippedBecause)}`;
  return unexplained.length === 0 ? line : `${line}\n${describeUnexplained(unexplained, labels, "\n")}`;
}

function mergeCounts(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const merged: Record<string, number> = Object.create(null);
  for (const [value, count] of all.flatMap((counts) => Object.entries(counts)))
    merged[value] = (merged[value] ?? 0) + count;
  return merged;
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}

function measure(value: number | undefined): string {
  return value === undefined || Number.isNaN(value) ? "–" : value.toFixed(3);
}

function percent(share: number | undefined): string {
  return share === undefined || Number.isNaN(share) ? "–" : (share * 100).toFixed(1);
}
