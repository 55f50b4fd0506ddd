import { basename, resolve } from "node:path";
import { Readable } from "node:stream";
import type { Classifier } from "../../model/classifier.ts";
import { languageHint } from "../../model/named-models.ts";
import type { Separator } from "../../shared/file-format.ts";
import { InputError } from "../../shared/input-error.ts";
import type { Row } from "../../shared/json-rows.ts";
import { classesOf, type LabelSettings, withNeutral } from "../../shared/result.ts";
import {
  didYouMean,
  listFields,
  openReviewsFile,
  type ReviewsFile,
  requireRereadable,
} from "../../shared/reviews-file.ts";
import { type Config, readConfig } from "../config.ts";
import { asCalled } from "./as-called.ts";
import { labelSettings, openClassifier } from "./backend.ts";
import { counted } from "./counted.ts";
import {
  classifyFile,
  type Evaluation,
  groupsOf,
  merged,
  NO_GROUP,
  type Outcome,
  summarise,
  UNREAD,
} from "./evaluation.ts";
import {
  accuracyTable,
  confusionTable,
  coverageTable,
  describeSkipped,
  describeSuggestion,
} from "./evaluation-tables.ts";
import { GoldLabels, type GoldOptions } from "./gold-label.ts";
import { inputOptions, outputName, shellQuoted } from "./input-options.ts";
import { isStandardOutput, openOutputFile, requireFileName } from "./output-file.ts";
import { printable } from "./printable.ts";
import { progressBar } from "./progress.ts";
import { reliabilityDiagram } from "./reliability-diagram.ts";
import { conflictingField, reportGuarded, rowFormat } from "./row-format.ts";
import { readStoredTruth, TRUTH_FIELDS } from "./stored-truth.ts";
import { suggestNeutralBelow } from "./suggest-neutral.ts";
import { printNextStep } from "./terminal.ts";

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

/** The field of `--errors` with the labels. */
const ERRORS_FIELD = "evaluation";

/** Maximum number of groups that are shown for each file. */
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
  await checkOptions(options);
  const { input = [], fromFirestore = false, model, by, diagram, errors, json = false } = options;
  const config = readConfig({ ...process.env, ...(model !== undefined && { MODEL: model }) });
  const settings = labelSettings(config);
  const source = fromFirestore ? await storedSource(options, config) : await fileSource(options, config);
  let guardedCells = 0;
  const errorFormat =
    errors &&
    (await rowFormat(errors, "--errors", {
      field: ERRORS_FIELD,
      columns: () => [...["file", "actual", "predicted", "score"], ...labels.map((label) => `scores.${label}`)],
      separator: source.files[0]?.separator,
      chosenSeparator: options.separator,
      onGuarded: () => guardedCells++,
    }));
  const classifier = await openClassifier(config);
  const classes = classesOf(classifier.labels, settings);
  const labels = settings.neutralBelow !== undefined || fromFirestore ? withNeutral(classes) : classes;
  const sets = await classifyAll(source, options, labels, classifier, settings).finally(() => classifier.close());
  const names = namesOf(source.files.map(({ name }) => name));
  const rows = figuresOf(sets, names, labels, by);
  const all = merged(sets);
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
      printDetails(rows, labels);
      if (suggestion !== undefined) console.log(`\n${describeSuggestion(suggestion, settings)}`);
    }
    if (UNREAD in all.skipped) console.log(`\n${languageHint(id)}`);
  }
  // Last, so that a full disk does not cost the figures.
  if (errors && errorFormat) {
    const misclassified = sets.flatMap((set, i) => misclassifiedRows(set, names[i] as string));
    const file = await openOutputFile(errors, input, "--errors");
    await file.write(Readable.from(misclassified.map(errorFormat)));
    reportGuarded(errors, guardedCells);
    if (!json) console.log(`\n${counted(misclassified.length, "misclassified review")}: ${printable(errors)}`);
  }
  if (diagram !== undefined) {
    const file = await openOutputFile(diagram, input, "--diagram");
    await file.write(Readable.from([reliabilityDiagram(all.predictions, id)]));
  }
  if (!json) printNextStep(nextStep(options, suggestion?.neutralBelow, process.env.MODEL));
}

/** @throws {InputError} if options are missing or contradict each other, or a file cannot be written */
async function checkOptions(options: EvalOptions): Promise<void> {
  const { input, fromFirestore = false, ratingField, limit, diagram, errors, separator } = options;
  if ((input === undefined) === !fromFirestore)
    throw new InputError("give reviews with labels by --input FILE, or --from-firestore");
  if (!fromFirestore && limit !== undefined) throw new InputError("--limit goes with --from-firestore only");
  if (!fromFirestore && ratingField !== undefined)
    throw new InputError("--rating-field goes with --from-firestore; for a file, use --label-field");
  if (diagram !== undefined && /\.(png|jpe?g|pdf|gif|webp)$/i.test(diagram))
    throw new InputError(`--diagram ${diagram}: an SVG is written; name the file ${diagram.replace(/\.\w+$/, ".svg")}`);
  if (separator !== undefined && errors === undefined) throw new InputError("--separator needs --errors");
  if (diagram !== undefined) await requireFileName(diagram, "--diagram", input);
  if (errors === undefined) return;
  if (isStandardOutput(errors))
    throw new InputError(`--errors ${errors}: standard output has the figures; name a file`);
  if (diagram !== undefined && resolve(errors) === resolve(diagram))
    throw new InputError("--errors and --diagram name the same file; name two");
  await requireFileName(errors, "--errors", input);
}

/**
 * Classifies the reviews of all files.
 * @throws {InputError} if no review has the field of `--by`
 */
async function classifyAll(
  { files, field, gold }: Source,
  { fromFirestore = false, by, errors, json = false }: EvalOptions,
  labels: readonly string[],
  classifier: Classifier,
  settings: LabelSettings,
): Promise<Outcome[]> {
  const golds = files.map(() => new GoldLabels(labels, gold));
  const size = files.reduce((total, { bytes = 0 }) => total + bytes, 0);
  const bar = progressBar("evaluating", size, !json, fromFirestore ? "reviews" : "bytes");
  const sets: Outcome[] = [];
  let before = 0;
  try {
    for (const [i, file] of files.entries()) {
      sets.push(
        await classifyFile(
          file,
          { field, by, keepRows: errors !== undefined, gold: golds[i] as GoldLabels, classifier, settings },
          () => bar.update(before + file.bytesRead()),
        ),
      );
      before += file.bytes ?? 0;
    }
  } finally {
    bar.stop();
  }
  if (by !== undefined && sets.every(({ predictions }) => predictions.every(({ group }) => group === NO_GROUP))) {
    const fields = golds.flatMap(({ fields }) => [...fields]);
    throw new InputError(
      `--by ${by}: no review has this field${didYouMean(by, fields)}; the fields are ${listFields(fields)}`,
    );
  }
  return sets;
}

/** The figures of each file, after those of its groups. */
function figuresOf(
  sets: readonly Outcome[],
  names: readonly string[],
  labels: readonly string[],
  by: string | undefined,
): Evaluation[] {
  return sets.flatMap((set, i) => {
    const name = names[i] as string;
    const groups = by === undefined ? [] : groupsOf(set);
    const more = groups.length - MAX_GROUPS;
    if (more > 0)
      console.error(
        `review-sentiment: ${printable(name)}: the ${MAX_GROUPS} largest groups are shown, ${more} left out`,
      );
    return [
      ...groups
        .slice(0, MAX_GROUPS)
        .map(([group, outcome]) => summarise(sets.length > 1 ? `${name} ${group}` : group, outcome, labels)),
      summarise(name, set, labels),
    ];
  });
}

function printDetails(rows: readonly Evaluation[], labels: readonly string[]): void {
  for (const row of rows) console.log(`\n${confusionTable(row)}`);
  console.log(`\n${coverageTable(rows)}`);
  for (const row of rows) if (row.skipped > 0) console.log(`\n${describeSkipped(row, labels)}`);
}

/** The names of files without their folders, unless two would have the same. */
export function namesOf(paths: readonly string[]): readonly string[] {
  const names = paths.map((path) => basename(path));
  return new Set(names).size < new Set(paths).size ? paths : names;
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
  if (model !== undefined) return `Use this model: MODEL=${shellQuoted(model)} npm run worker`;
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
