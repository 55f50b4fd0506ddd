/** The format of the rows that a command writes: JSON lines, or CSV if the file's name says so. */
import { CSV_NAME, FOREIGN_NAME, type Separator } from "../../shared/file-format.ts";
import { guarded } from "../../shared/formula-guard.ts";
import { InputError } from "../../shared/input-error.ts";
import { digitsOf, type Row } from "../../shared/json-rows.ts";
import { fieldOf } from "../../shared/reviews-file.ts";
import { printable } from "./printable.ts";

/** Makes a row a line, with its line end. The first line may have a header before it. */
export type RowFormat = (row: Row) => string;

export interface AddedField {
  /** The field that the command adds to each row. */
  field: string;
  /** Returns the dotted names in this field that become columns of CSV. It is called with the first row. */
  columns: () => readonly string[];
  /** Returns the separator of the input if that is CSV. It is called with the first row. */
  separator?: (() => string | undefined) | undefined;
  /** Called for each cell of CSV that gets an apostrophe, because a spreadsheet would take it for a formula. */
  onGuarded?: (() => void) | undefined;
  /** The separator that `--separator` asks for. @default the input's, or a comma */
  chosenSeparator?: Separator | undefined;
}

/** Decimals of a score in CSV, which people read. JSON has all. */
const DECIMALS = 4;

const BYTE_ORDER_MARK = "\uFEFF";

/**
 * The format that the name of a file says.
 * @param option the option that takes the name
 * @throws {InputError} if the name promises a format that is not written
 */
export async function rowFormat(path: string, option: string, added: AddedField): Promise<RowFormat> {
  if (FOREIGN_NAME.test(path)) {
    const name = path.replace(FOREIGN_NAME, "");
    throw new InputError(
      `${option} ${path}: JSON lines and CSV can be written; name the file ${name}.jsonl or ${name}.csv`,
    );
  }
  const [, ending] = CSV_NAME.exec(path) ?? [];
  const { chosenSeparator: chosen } = added;
  const isCsv = ending?.toLowerCase() === "csv";
  if (chosen !== undefined && !isCsv)
    throw new InputError(`--separator ${chosen}: only CSV has it; give ${option} a name that ends in .csv`);
  if (ending === undefined) return jsonLine;
  if (!isCsv) return csvFormat(option, { ...added, separator: () => "\t" });
  return csvFormat(option, chosen === undefined ? added : { ...added, separator: () => chosen });
}

/** For the end of an output: says how many of its cells got an apostrophe. */
export function reportGuarded(path: string, cells: number): void {
  if (cells === 0) return;
  const before = cells === 1 ? "a cell" : `${cells} cells`;
  console.error(
    `review-sentiment: ${printable(path)}: there is an apostrophe before ${before} that a spreadsheet would run as ${cells === 1 ? "a formula" : "formulas"}; in JSON lines (.jsonl) there is none`,
  );
}

/** The field of a row that is named like the field that a command adds, or like a part of it, such as `sentiment.label`. */
export function conflictingField(row: Row, field: string): string | undefined {
  return Object.keys(row).find((name) => isPartOf(name, field));
}

/** Whether a name is that of a field, or of a part of it in CSV. */
export function isPartOf(name: string, field: string): boolean {
  return name === field || name.startsWith(`${field}.`);
}

export function jsonLine(row: Row): string {
  return `${JSON.stringify(row)}\n`;
}

async function csvFormat(
  option: string,
  { field, columns, separator = () => undefined, onGuarded = () => {} }: AddedField,
): Promise<RowFormat> {
  const { stringify } = await import("csv-stringify/sync");
  let ownColumns: string[] | undefined;
  let addedColumns: string[] = [];
  let delimiter = ",";
  const guard = (cell: string): string => {
    const result = guarded(cell);
    if (result !== cell) onGuarded();
    return result;
  };
  const line = (cells: readonly string[]): string => stringify([cells.map(guard)], { delimiter });
  const fail = (problem: string): never => {
    throw new InputError(`${option}: ${problem}, which CSV cannot hold; write JSON lines, to a file named .jsonl`);
  };
  return (row) => {
    const own = Object.keys(row).filter((name) => name !== field);
    let header = "";
    if (ownColumns === undefined) {
      ownColumns = own;
      addedColumns = columns().map((name) => `${field}.${name}`);
      delimiter = separator() ?? delimiter;
      header = BYTE_ORDER_MARK + line([...own, ...addedColumns]);
    } else if (own.length !== ownColumns.length || !ownColumns.every((name) => Object.hasOwn(row, name)))
      fail("the reviews have different fields");
    // Spreadsheets that separate columns by semicolons do so because they write a decimal comma.
    const decimal = (number: string): string => (delimiter === ";" ? number.replace(".", ",") : number);
    const cells = ownColumns.map((name) => {
      const value = row[name];
      const number = digitsOf(value) ?? (typeof value === "number" ? String(value) : undefined);
      if (number !== undefined) return decimal(number);
      if (typeof value === "object" && value !== null) fail(`the field "${name}" holds more than one value`);
      return String(value ?? "");
    });
    const addedCells = addedColumns.map((name) => {
      const value = fieldOf(row, name);
      return typeof value === "number" ? decimal(String(Number(value.toFixed(DECIMALS)))) : String(value ?? "");
    });
    return header + line([...cells, ...addedCells]);
  };
}
