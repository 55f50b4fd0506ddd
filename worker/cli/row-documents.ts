import { documentFields } from "../../shared/document-fields.ts";
import type { ReviewPath } from "../../shared/path.ts";
import { fieldOf, InputError, openReviewsFile, type Row } from "../../shared/reviews-file.ts";
import { RowPaths } from "../../shared/row-paths.ts";
import type { Config } from "../config.ts";

/** A review of a file as a document. */
export interface RowDocument {
  path: ReviewPath;
  fields: Row;
  /** About the size of the fields. */
  bytes: number;
}

export interface RowDocumentsOptions {
  /** The field of the file that holds the text. @default TEXT_FIELD */
  field?: string | undefined;
  /** The field of the file that holds the ids. */
  idField?: string | undefined;
}

/** Makes the rows of one file documents, as REVIEWS_PATH, TEXT_FIELD and RESULT_FIELD say. */
export class RowDocuments {
  /** The field of the file that holds the text. */
  readonly field: string;
  /** Rows whose own result field was left out: that field belongs to the worker. */
  resultsLeftOut = 0;
  readonly #textField: string;
  readonly #resultField: string;
  readonly #paths: RowPaths;

  constructor(
    { REVIEWS_PATH, TEXT_FIELD, RESULT_FIELD }: Pick<Config, "REVIEWS_PATH" | "TEXT_FIELD" | "RESULT_FIELD">,
    { field = TEXT_FIELD, idField }: RowDocumentsOptions = {},
  ) {
    this.field = field;
    this.#textField = TEXT_FIELD;
    this.#resultField = RESULT_FIELD;
    this.#paths = new RowPaths(REVIEWS_PATH, { textField: field, idField });
  }

  /** Rows whose document is that of a row before them, and replaces its fields. */
  get repeated(): number {
    return this.#paths.repeated;
  }

  /** @throws {InputError} if the row cannot be stored */
  documentOf(row: Row): RowDocument {
    const path = this.#paths.pathOf(row);
    const { [this.#resultField]: result, ...others } = row;
    if (result !== undefined) this.resultsLeftOut++;
    const document = documentFields(this.#withText(others));
    if ("problem" in document) throw new InputError(document.problem);
    return { path, ...document };
  }

  /** The problem of a row, for reading a file. */
  problem(row: Row): string | undefined {
    try {
      this.documentOf(row);
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

/** A review of a file: its document, and the row that it was made of. */
export type FileReview = RowDocument & { row: Row };

/**
 * Reads a whole file of reviews.
 * @throws {InputError} at the first row that cannot be stored, and if the file has no rows
 */
export async function readFileReviews(
  path: string,
  config: Pick<Config, "REVIEWS_PATH" | "TEXT_FIELD" | "RESULT_FIELD">,
  { encoding, ...options }: RowDocumentsOptions & { encoding?: string | undefined } = {},
): Promise<FileReview[]> {
  const documents = new RowDocuments(config, options);
  const reviews: FileReview[] = [];
  const check = (row: Row): string | undefined => {
    try {
      reviews.push({ ...documents.documentOf(row), row });
      return undefined;
    } catch (error) {
      if (error instanceof InputError) return error.message;
      throw error;
    }
  };
  const file = await openReviewsFile(path, { field: documents.field, encoding, check });
  for await (const _ of file.rows());
  if (reviews.length === 0) throw new InputError(`${file.name} contains no reviews`);
  return reviews;
}
