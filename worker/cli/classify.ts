import { existsSync } from "node:fs";
import { type Classifier, InferenceError } from "../../model/classifier.ts";
import type { ModelId } from "../../model/model-id.ts";
import { languageHint } from "../../model/named-models.ts";
import type { Separator } from "../../shared/file-format.ts";
import { InputError } from "../../shared/input-error.ts";
import type { Row } from "../../shared/json-rows.ts";
import {
  classesOf,
  type DirectResult,
  directResult,
  type UnclassifiableCode,
  unclassifiable,
} from "../../shared/result.ts";
import { chunks, fieldOf, openReviewsFile, type ReviewsFile, STANDARD_INPUT } from "../../shared/reviews-file.ts";
import { type Config, readConfig } from "../config.ts";
import { type ConfiguredBackend, labelSettings, openClassifier } from "./backend.ts";
import { counted } from "./counted.ts";
import { DoubleEncodedTexts } from "./double-encoded.ts";
import { leave } from "./leave.ts";
import { isStandardOutput, openOutputFile } from "./output-file.ts";
import { openStore } from "./preflight.ts";
import { printable } from "./printable.ts";
import { progressBar } from "./progress.ts";
import { reportBlankRows } from "./report-blank-rows.ts";
import { conflictingField, jsonLine, type RowFormat, reportGuarded, rowFormat } from "./row-format.ts";
import { stopSignals } from "./stop-signals.ts";
import { STORED_FIELDS, storedReviews } from "./stored-reviews.ts";

export interface ClassifyOptions {
  input?: string;
  /** Reads stored reviews in place of a file. */
  fromFirestore?: boolean;
  /** Maximum number of stored reviews to read. */
  limit?: number;
  output: string;
  /** The model to use instead of that of the environment. */
  model?: string;
  /** The field of the file that holds the text. @default TEXT_FIELD */
  field?: string;
  /** The field of the results in the output. */
  resultField: string;
  encoding?: string;
  /** The separator of CSV output. */
  separator?: Separator;
  json?: boolean;
}

/** Documents that are read from Firestore unless `--limit` says otherwise. */
const DEFAULT_LIMIT = 200;

/** Reviews per call of the classifier: enough to batch texts of similar length. */
const CHUNK = 512;

/** Time for the running batches to end after a stop signal. */
const GRACE_MS = 5_000;

/** Counts of the results that were written. */
export interface Counts {
  reviews: number;
  labelled: number;
  /** Reviews without a text that the model can read. */
  failed: number;
  /** The same by error code. */
  failedBecause: Partial<Record<UnclassifiableCode, number>>;
  /** Reviews on which the model failed. */
  errors: number;
}

/** The result of a row: that of a review, or that the model failed on its text. */
type RowResult = DirectResult | { error: { code: "inference-failed"; message: string } };

/**
 * `classify`: labels the reviews of a file or of Firestore, or texts, in their order, and writes each with its result, as a line of
 * JSON or CSV. Exits 1 if the model failed on a review; the others are written all the same.
 */
export async function classify(texts: readonly string[], options: ClassifyOptions): Promise<void> {
  const { input, output, fromFirestore = false, model, json = false } = options;
  const config = readConfig({ ...process.env, ...(model !== undefined && { MODEL: model }) });
  if (!fromFirestore && options.limit !== undefined) throw new InputError("--limit goes with --from-firestore only");
  const backend = fromFirestore ? await openStore(config) : undefined;
  const field = textFieldOf(texts, options, config);
  const encoded = new DoubleEncodedTexts();
  const file = backend
    ? storedInput(texts, options, backend.store, config)
    : await openInput(texts, { ...options, field }, encoded);
  // Installed before the output exists, so that a signal leaves no partial file.
  const { stop, overdue } = stopSignals(GRACE_MS);
  let guardedCells = 0;
  const format = await rowFormat(output, "--output", {
    field: options.resultField,
    columns: () => resultColumns(classesOf(classifier.labels, labelSettings(config))),
    separator: file.separator,
    chosenSeparator: options.separator,
    onGuarded: () => guardedCells++,
  });
  const target = await openOutputFile(output, input === undefined || input === STANDARD_INPUT ? [] : [input]);
  const toStandardOutput = isStandardOutput(output);
  const classifier = await openClassifier(config);
  const started = performance.now();
  const counts: Counts = { reviews: 0, labelled: 0, failed: 0, errors: 0, failedBecause: {} };
  const bar = progressBar("classifying", file.bytes, !json && !toStandardOutput, fromFirestore ? "reviews" : "bytes");
  const progress = (): void => bar.update(file.bytesRead());
  let complete = false;
  try {
    const lines = outputLines(file, { ...options, field, format }, classifier, config, counts, progress);
    const writing = target.write(lines, stop).then(() => {
      complete = true;
    });
    await Promise.race([writing, overdue]);
  } catch (error) {
    if (!stop.aborted) throw error;
  } finally {
    bar.stop();
    await Promise.race([Promise.all([classifier.close(), backend?.close()]), overdue]);
  }
  if (!complete) {
    console.error(
      `review-sentiment: interrupted${toStandardOutput ? ` after ${counted(counts.reviews, "review")}` : "; nothing was written"}`,
    );
    leave(classifier, 1);
  }
  const seconds = (performance.now() - started) / 1000;
  reportBlankRows(file);
  encoded.report();
  reportGuarded(output, guardedCells);
  // If the reviews go to standard output, nothing else does.
  const print = toStandardOutput ? console.error : console.log;
  if (counts.reviews === 0)
    console.error(
      `review-sentiment: ${printable(file.name)} contains no reviews${toStandardOutput ? "" : `; ${printable(output)} is empty`}`,
    );
  if (json) print(JSON.stringify({ model: classifier.model, ...counts, seconds: Number(seconds.toFixed(3)) }));
  // A text or two need no summary.
  else if ((texts.length === 0 && counts.reviews > 0) || counts.labelled < counts.reviews)
    print(describe(counts, classifier.model, seconds, toStandardOutput ? undefined : output));
  if (counts.errors > 0) process.exitCode = 1;
}

function describe(
  { reviews, labelled, failedBecause, errors }: Counts,
  model: ModelId,
  seconds: number,
  output?: string,
): string {
  const others = [
    ...Object.entries(failedBecause).map(([code, count]) => `, ${count} ${code}`),
    ...(errors > 0 ? [`, ${errors} on which the model failed`] : []),
  ];
  const total = `${labelled} of ${counted(reviews, "review")} labelled by ${model}${others.join("")}, in ${seconds.toFixed(1)} s${output === undefined ? "" : `: ${printable(output)}`}`;
  return failedBecause["language-unsupported"] === undefined ? total : `${total}\n${languageHint(model)}`;
}

/** The parts of a result that are columns of CSV. */
function resultColumns(classes: readonly string[]): string[] {
  return ["label", "score", ...classes.map((label) => `scores.${label}`), "language", "model", "error.code"];
}

/** Stored reviews, with their paths. */
function storedInput(
  texts: readonly string[],
  { resultField, limit = DEFAULT_LIMIT }: ClassifyOptions,
  store: ConfiguredBackend["store"],
  config: Config,
): ReviewsFile {
  if (texts.length > 0) throw new InputError("--from-firestore reads stored reviews: leave the text out");
  if (Object.values(STORED_FIELDS).includes(resultField))
    throw new InputError(`--result-field ${resultField}: this is a field of the output; choose another name`);
  return storedReviews(store, config, limit);
}

/** The field of the text in the rows of the input. */
function textFieldOf(
  texts: readonly string[],
  { input, fromFirestore, field }: ClassifyOptions,
  { TEXT_FIELD }: Config,
): string {
  if (fromFirestore) return STORED_FIELDS.text;
  // Texts of the command line have no field.
  return field ?? (input === undefined && texts[0] !== STANDARD_INPUT ? "text" : TEXT_FIELD);
}

/** The reviews: a file, standard input, or the texts of the command line. */
async function openInput(
  texts: readonly string[],
  options: ClassifyOptions & { field: string },
  encoded: DoubleEncodedTexts,
): Promise<ReviewsFile> {
  const { input, field, resultField, encoding } = options;
  if ((input === undefined) === (texts.length === 0))
    throw new InputError(
      'name what to classify: a text such as "Broke after a day.", - for standard input, or --input FILE',
    );
  const check = (row: Row): string | undefined => {
    encoded.add(fieldOf(row, field));
    const conflicting = conflictingField(row, resultField);
    return conflicting === undefined
      ? undefined
      : `the field "${conflicting}" exists already; choose another name for the results by --result-field`;
  };
  if (input !== undefined) return openReviewsFile(input, { field, encoding, check });
  const [text] = texts;
  if (texts.length === 1 && text !== STANDARD_INPUT && !/\s/.test(text as string) && existsSync(text as string))
    throw new InputError(`${text} is a file: use --input ${text} to label the reviews in it`);
  if (texts.length === 1 && texts[0] === STANDARD_INPUT)
    return openReviewsFile(STANDARD_INPUT, { field, encoding, check, plainText: true });
  return {
    name: "the command line",
    bytes: undefined,
    bytesRead: () => 0,
    async *rows() {
      for (const text of texts) yield { [field]: text };
    },
  };
}

/** The lines of the output, in the order of the file. Adds their results to `counts`. */
export async function* outputLines(
  file: ReviewsFile,
  { field, resultField, format = jsonLine }: { field: string; resultField: string; format?: RowFormat },
  classifier: Classifier,
  config: Config,
  counts: Counts,
  progress: () => void,
): AsyncGenerator<string> {
  const settings = labelSettings(config);
  const count = (result: RowResult): void => {
    counts.reviews++;
    if ("label" in result) counts.labelled++;
    else if (result.error.code === "inference-failed") counts.errors++;
    else {
      const { code } = result.error;
      counts.failed++;
      counts.failedBecause[code] = (counts.failedBecause[code] ?? 0) + 1;
    }
  };
  const finish = async (rows: readonly Row[]): Promise<string[]> => {
    const texts = rows.map((row) => fieldOf(row, field));
    const problems = texts.map((text) => unclassifiable(text, classifier.model)?.error);
    const outcomes = await classifier.classify(texts.filter((_, i) => problems[i] === undefined) as string[]);
    return rows.map((row, i) => {
      const problem = problems[i];
      const result: RowResult = problem === undefined ? resultOf(outcomes.shift()) : { error: problem };
      count(result);
      return format({ ...row, [resultField]: { ...result, model: classifier.model } });
    });
  };
  const resultOf = (outcome: Awaited<ReturnType<Classifier["classify"]>>[number] | undefined): RowResult =>
    outcome === undefined || outcome instanceof InferenceError
      ? { error: { code: "inference-failed", message: outcome?.message ?? "the model gave no answer" } }
      : directResult(outcome, settings);
  // One chunk ahead, so that the inference threads have work while a chunk's last texts are classified and written.
  let ahead: Promise<string[]> | undefined;
  for await (const rows of chunks(file.rows(), CHUNK)) {
    const next = finish(rows);
    next.catch(() => {});
    if (ahead !== undefined) yield* await ahead;
    ahead = next;
    progress();
  }
  if (ahead !== undefined) yield* await ahead;
  progress();
}
