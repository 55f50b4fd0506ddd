import { documentFields } from "../../shared/document-fields.ts";
import { InputError } from "../../shared/input-error.ts";
import type { Row } from "../../shared/json-rows.ts";
import type { ReviewPath } from "../../shared/path.ts";
import { addNames, fieldOf, listFields, openReviewsFile } from "../../shared/reviews-file.ts";
import { RowPaths } from "../../shared/row-paths.ts";
import type { Config } from "../config.ts";
import { counted } from "./counted.ts";
import { DoubleEncodedTexts } from "./double-encoded.ts";
import { type DateOrder, type FileValue, parseFileRating, parseFileTime } from "./file-values.ts";
import { reportBlankRows } from "./report-blank-rows.ts";
import { isPartOf } from "./row-format.ts";

/** A review of a file as a document. */
export interface RowDocument {
  path: ReviewPath;
  fields: Row;
  /** About the size of the fields. */
  bytes: number;
  /** Whether an earlier row is equal, so that this one is not a review of its own. */
  isRepeated: boolean;
}

export interface RowDocumentsOptions {
  /** The field of the file that holds the text. @default TEXT_FIELD */
  field?: string | undefined;
  /** The field of the file that holds the ids. */
  idField?: string | undefined;
  /** The fields that hold times, such as that when a review was written; they are stored as timestamps. */
  createdField?: string | readonly string[] | undefined;
  /** How to read dates such as `1.11.2026`. Without it, they are refused. */
  dateOrder?: DateOrder | undefined;
  /** The fields that hold customers' ratings; they are stored as numbers. */
  ratingField?: string | readonly string[] | undefined;
}

/** A field whose values are converted. */
interface ConvertedField {
  field: string;
  /** The option that names the field. */
  option: string;
  /** The kind of value, as error messages call it. */
  kind: string;
  parse: (value: unknown) => FileValue<Date | number>;
  /** Rows that have such a value. */
  count: number;
}

/** Converts the rows of one file to documents, according to REVIEWS_PATH, TEXT_FIELD and RESULT_FIELD. */
export class RowDocuments {
  /** The field of the file that holds the text. */
  readonly field: string;
  /** The worker's field. */
  readonly resultField: string;
  /** Rows that are equal to an earlier row with the same id. */
  repeated = 0;
  /** Rows whose own result field was left out. */
  resultsLeftOut = 0;
  readonly doubleEncoded = new DoubleEncodedTexts();
  readonly #textField: string;
  readonly #paths: RowPaths;
  readonly #converted: ConvertedField[] = [];
  /** Names of the rows' fields, for errors. */
  readonly #names = new Set<string>();
  #rows = 0;

  constructor(
    { REVIEWS_PATH, TEXT_FIELD, RESULT_FIELD }: Pick<Config, "REVIEWS_PATH" | "TEXT_FIELD" | "RESULT_FIELD">,
    { field = TEXT_FIELD, idField, createdField, dateOrder, ratingField }: RowDocumentsOptions = {},
  ) {
    this.field = field;
    const convert = (
      option: string,
      names: string | readonly string[] = [],
      rest: Pick<ConvertedField, "kind" | "parse">,
    ): void => {
      for (const name of [names].flat()) {
        if (name === field) throw new InputError(`${option} ${name}: this is the field of the text`);
        this.#converted.push({ option, field: name, ...rest, count: 0 });
      }
    };
    convert("--created-field", createdField, { kind: "a time", parse: (value) => parseFileTime(value, dateOrder) });
    convert("--rating-field", ratingField, { kind: "a rating", parse: parseFileRating });
    if (dateOrder !== undefined && createdField === undefined)
      throw new InputError("--date-order needs --created-field, the field with the dates");
    this.#textField = TEXT_FIELD;
    this.resultField = RESULT_FIELD;
    this.#paths = new RowPaths(REVIEWS_PATH, { textField: field, idField });
  }

  /** Number of rows without an id, whose ids are digests. */
  get digested(): number {
    return this.#paths.digested;
  }

  /**
   * @param line of the row in its file
   * @throws {InputError} if the row cannot be stored
   */
  documentOf(row: Row, line?: number): RowDocument {
    addNames(this.#names, row);
    const own = this.#withoutResult(row);
    // The path depends on what is stored: a file that `classify` has written gives the same digests as its input.
    const { path, isRepeated } = this.#paths.pathOf(own, line);
    if (isRepeated) this.repeated++;
    const document = documentFields(this.#withText(own));
    if ("problem" in document) throw new InputError(document.problem);
    this.#rows++;
    this.doubleEncoded.add(fieldOf(document.fields, this.#textField));
    const fields = this.#withConverted(document.fields, own);
    return { path, ...document, fields, isRepeated };
  }

  /**
   * For the end of a file.
   * @throws {InputError} if different rows have the same id, or if a field that is converted has no value in any row: its name is
   * probably wrong
   */
  requireStorable(name: string): void {
    const { conflicts } = this.#paths;
    if (conflicts.length > 0) {
      const listed = conflicts.map(({ path, lines }) => `${path} (lines ${lines.join(" and ")})`);
      throw new InputError(
        `${name}: different reviews have the same id, and only one of them could be stored: ${listed.join(", ")}. Remove outdated rows. If the field holds no ids of reviews, name another one by --id-field, or rename it`,
      );
    }
    const unused = this.#converted.find(({ count }) => count === 0);
    if (unused === undefined || this.#rows === 0) return;
    const { option, field, kind } = unused;
    throw new InputError(
      `${option} ${field}: no review of ${name} has ${kind} in this field; the fields are ${listFields(this.#names)}`,
    );
  }

  /** The row without the worker's field and the columns of CSV that are parts of it. */
  #withoutResult(row: Row): Row {
    const isResult = (name: string): boolean => name !== this.field && isPartOf(name, this.resultField);
    if (!Object.keys(row).some(isResult)) return row;
    this.resultsLeftOut++;
    return Object.fromEntries(Object.entries(row).filter(([name]) => !isResult(name)));
  }

  /** The fields with times and ratings in place of their texts. */
  #withConverted(fields: Row, row: Row): Row {
    let converted = fields;
    for (const one of this.#converted) {
      const { field, parse } = one;
      const value = fieldOf(row, field);
      if (value === undefined) continue;
      const result = parse(value);
      if ("problem" in result) throw new InputError(`${JSON.stringify(field)} holds ${result.problem}`);
      if (result.value !== null) one.count++;
      const { [field]: _, ...others } = converted;
      // The worker and the page take the dots of a column's name for a path.
      converted = withField(field.includes(".") ? others : converted, field.split("."), result.value);
    }
    return converted;
  }

  /**
   * The problem of a row, for reading a file.
   * @param use is passed the document of a row without a problem
   */
  problem(row: Row, line?: number, use: (document: RowDocument) => void = () => {}): string | undefined {
    try {
      use(this.documentOf(row, line));
      return undefined;
    } catch (error) {
      if (error instanceof InputError) return error.message;
      throw error;
    }
  }

  /** The row with its text where the worker looks for it. */
  #withText(row: Row): Row {
    if (this.field === this.#textField && !(this.field.includes(".") && Object.hasOwn(row, this.field))) return row;
    const { [this.field]: _, ...others } = row;
    if (fieldOf(others, this.#textField) !== undefined)
      throw new InputError(
        `the text of "${this.field}" would overwrite the field "${this.#textField}", which TEXT_FIELD names: rename one of them`,
      );
    return withField(others, this.#textField.split("."), fieldOf(row, this.field));
  }
}

/** A copy of `row` with a nested field set. */
function withField(row: Row, [key, ...rest]: readonly string[], value: unknown): Row {
  if (key === undefined || value === undefined) return row;
  if (rest.length === 0) return { ...row, [key]: value };
  const inner = row[key];
  const map = typeof inner === "object" && inner !== null && !Array.isArray(inner) ? (inner as Row) : {};
  return { ...row, [key]: withField(map, rest, value) };
}

/** A review of a file: its document and the original row. */
export type FileReview = RowDocument & { row: Row };

/**
 * Reads a whole file of reviews. Equal rows with the same id are one review, and are reported.
 * @throws {InputError} at the first row that cannot be stored, if different rows have the same id, and if the file has no rows
 */
export async function readFileReviews(
  path: string,
  config: Pick<Config, "REVIEWS_PATH" | "TEXT_FIELD" | "RESULT_FIELD">,
  { encoding, ...options }: RowDocumentsOptions & { encoding?: string | undefined } = {},
): Promise<FileReview[]> {
  const documents = new RowDocuments(config, options);
  const reviews = new Map<ReviewPath, FileReview>();
  const check = (row: Row, line: number): string | undefined =>
    documents.problem(row, line, (document) => reviews.set(document.path, { ...document, row }));
  const file = await openReviewsFile(path, { field: documents.field, encoding, check });
  for await (const _ of file.rows());
  reportBlankRows(file);
  if (reviews.size === 0) throw new InputError(`${file.name} contains no reviews`);
  documents.requireStorable(file.name);
  reportUnstored(documents);
  return [...reviews.values()];
}

/** Warns of rows that are not stored as they are in the file, and of texts that are probably wrong in it. */
export function reportUnstored(documents: RowDocuments): void {
  const { repeated, resultField, resultsLeftOut, doubleEncoded } = documents;
  doubleEncoded.report();
  if (repeated > 0)
    console.error(
      `review-sentiment: ${counted(repeated, "row")} ${repeated === 1 ? "is equal to an earlier one and was" : "are equal to earlier ones and were"} left out`,
    );
  if (resultsLeftOut > 0)
    console.error(
      `review-sentiment: "${resultField}" of ${counted(resultsLeftOut, "row")} is not stored, because the worker writes its result into this field; to keep yours, rename it in the file, or set RESULT_FIELD to another name`,
    );
}
