/** Document paths for the rows of a file. */
import { hash } from "node:crypto";
import { InputError } from "./input-error.ts";
import { digitsOf, type Row } from "./json-rows.ts";
import type { PathTemplate, ReviewPath } from "./path.ts";
import { fieldOf, listFields, spelled } from "./reviews-file.ts";
import { RowIndex } from "./row-index.ts";

export interface RowPathsOptions {
  /** The field of the text, which is never an id. */
  textField?: string | undefined;
  /** The field of the ids. @default the field named like the last variable, `NAME_id` or `id`, the latter in any spelling: `Name ID` */
  idField?: string | undefined;
}

/** A row with the path of an earlier row. */
export interface PathConflict {
  path: ReviewPath;
  /** The lines of both rows. */
  lines: [earlier: number, later: number];
}

const MAX_CONFLICTS = 10;

/** A number of many digits as spreadsheets show and save it. */
const SHORTENED = /^\d([.,]\d+)?E\+\d+$/i;

/** Gives each row a document path. Reading the same file again gives the same paths. */
export class RowPaths {
  readonly #template: PathTemplate;
  readonly #textField: string | undefined;
  readonly #idField: string | undefined;
  /** The first row with each path, or with each digest if it has no id. */
  readonly #index = new RowIndex();
  /** Number of copies by digest, for rows that occur more than once. */
  readonly #copies = new Map<string, number>();

  constructor(template: PathTemplate, { textField, idField }: RowPathsOptions = {}) {
    this.#template = template;
    this.#textField = textField;
    this.#idField = idField;
  }

  /** Rows that have the path of an earlier row and other values: the first {@link MAX_CONFLICTS}. */
  readonly conflicts: PathConflict[] = [];

  /** Number of rows without an id, whose ids are digests. */
  digested = 0;

  /**
   * Fills each variable of the template from the row's field of that name. The last variable falls back to other fields for ids, then
   * to a digest of the row, so that rows of two files never get the same path by accident.
   * @param line of the row in its file
   * @returns the path, and whether an earlier row with it is equal
   * @throws {InputError} if a variable has no usable value
   */
  pathOf(row: Row, line = 0): { path: ReviewPath; isRepeated: boolean } {
    const { variables } = this.#template;
    const last = variables.at(-1) as string;
    const values = Object.fromEntries(variables.slice(0, -1).map((name) => [name, this.#value(row, name)]));
    const { id, field } = this.#id(row, last);
    values[last] = id;
    for (const [name, value] of Object.entries(values))
      if (value !== undefined && SHORTENED.test(value))
        throw new InputError(
          `the field "${name === last ? field : name}" holds ${value}: a spreadsheet has shortened a number, and its other digits are lost. Export the reviews again and have the spreadsheet read this column as text`,
        );
    let path: ReviewPath;
    try {
      path = this.#template.fill(values);
    } catch (error) {
      const hasAll = variables.every((name) => values[name] !== undefined);
      const advice =
        hasAll && field !== undefined
          ? `the value is in the field "${field}", and --id-field names another`
          : "add a field for it";
      throw new InputError(`the row cannot be stored: ${(error as Error).message}; ${advice}`, { cause: error });
    }
    // The path of a digest is new.
    const earlier = field === undefined ? undefined : this.#index.add(path, line, JSON.stringify(row));
    const isRepeated = earlier?.isEqual === true;
    if (earlier !== undefined && !isRepeated && this.conflicts.length < MAX_CONFLICTS)
      this.conflicts.push({ path, lines: [earlier.line, line] });
    return { path, isRepeated };
  }

  /** The id of a row and its field; without such a field, the id is a digest of the row. */
  #id(row: Row, variable: string): { id: string; field?: string } {
    if (this.#idField !== undefined) {
      const id = asId(fieldOf(row, this.#idField));
      if (id === undefined) {
        const isAbsent = fieldOf(row, this.#idField) === undefined;
        throw new InputError(
          `the row has no id in the field "${this.#idField}"${isAbsent ? `; its fields are ${listFields(Object.keys(row))}` : ""}`,
        );
      }
      return { id, field: this.#idField };
    }
    const own = this.#value(row, variable);
    if (own !== undefined && !isIdLike(own))
      throw new InputError(
        `the field "${variable}" is named like {${variable}} of the path ${this.#template.source} but holds no ids: rename it, or name the field of the ids by --id-field`,
      );
    if (own !== undefined) return { id: own, field: variable };
    for (const name of [`${variable}_id`, "id"]) {
      const named = Object.keys(row).filter((field) => spelled(field) === spelled(name) && field !== this.#textField);
      // The plain spelling comes first, if a row has several.
      for (const field of named.toSorted((a, b) => Number(b === name) - Number(a === name))) {
        const id = asId(row[field]);
        if (id !== undefined) return { id, field };
      }
    }
    this.digested++;
    return { id: this.#digest(row) };
  }

  /** The field named like a variable, unless it is the text. */
  #value(row: Row, name: string): string | undefined {
    return name === this.#textField ? undefined : asId(row[name]);
  }

  #digest(row: Row): string {
    const digest = hash("sha256", JSON.stringify(row)).slice(0, 20);
    if (this.#index.add(digest, 0) === undefined) return digest;
    const copies = (this.#copies.get(digest) ?? 1) + 1;
    this.#copies.set(digest, copies);
    return `${digest}-${copies}`;
  }
}

function asId(value: unknown): string | undefined {
  if (typeof value === "string") return value === "" ? undefined : value;
  return typeof value === "number" ? String(value) : digitsOf(value);
}

/** Texts have spaces; ids do not. */
function isIdLike(value: string): boolean {
  return value.length <= 128 && !/\s/.test(value);
}
