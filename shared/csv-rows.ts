/** Reviews in CSV with a header: separated by comma, semicolon, tab or bar, as the header shows. */
import { Readable } from "node:stream";
import { parse } from "csv-parse";
import { isOwnHeader, unguarded } from "./formula-guard.ts";
import { InputError } from "./input-error.ts";
import { MAX_RECORD_LENGTH, type Row, type RowAt } from "./json-rows.ts";

const SEPARATORS = [",", ";", "\t", "|"];

/** Excel's first line that names the separator, also in quotes as some exports have it. */
const SEPARATOR_LINE = /^"?sep=(.)"?\r?\n/i;

/** Line ends, which may be mixed in a file; the first is what programs on Windows write by mistake. */
const LINE_ENDS = ["\r\r\n", "\r\n", "\n"];
/** Those of a file whose header ends with a carriage return, as spreadsheets on old Macs wrote it. Other programs may have added a last line end. */
const OLD_MAC_LINE_ENDS = ["\r\n", "\r", "\n"];

/** Explanations of csv-parse's error codes. Its own messages quote the file. */
const PROBLEMS: readonly (readonly [code: RegExp, problem: string])[] = [
  [
    /MAX_RECORD_SIZE/,
    `longer than ${MAX_RECORD_LENGTH / 2 ** 20} Mi characters, the most that a review may take up; a quote may not be closed`,
  ],
  [/QUOTE_NOT_CLOSED/, "a quote in the row that begins here is not closed"],
  [/QUOTE/, 'a field contains a quote: write it twice (""), and put the whole field in quotes'],
];
/** Errors that the parser finds at the end of the file or far behind the row's first line. */
const FOUND_LATE = /MAX_RECORD_SIZE|QUOTE_NOT_CLOSED/;

const SEPARATOR_NAMES: Readonly<Record<string, string>> = {
  ",": "a comma",
  ";": "a semicolon",
  "\t": "a tab",
  "|": "a vertical bar",
};

export interface CsvDialect {
  separator: string;
  lineEnds: string[];
  /** The line with the names of the columns, from 1. */
  headerLine: number;
  columns: string[];
}

/** How the CSV that begins with `head` is separated. */
export function csvDialect(head: string): CsvDialect {
  const named = SEPARATOR_LINE.exec(head);
  const rest = head.slice(named?.[0].length ?? 0);
  // Quoted names may hold separators and line ends.
  const bare = rest.replace(/"((?:[^"]|"")*)"?/g, (_, name: string) => (/[\r\n,;\t|]/.test(name) ? "quoted" : name));
  const header = bare.split(/\r\n|\n|\r/).find((line) => line.trim() !== "") ?? "";
  const counts = SEPARATORS.map((separator) => header.split(separator).length);
  const separator = named?.[1] ?? (SEPARATORS[counts.indexOf(Math.max(...counts))] as string);
  const columns = header.split(separator).map((name) => name.trim());
  const lineEnd = /[\r\n]+/.exec(bare.trimStart())?.[0] ?? "\n";
  const lineEnds = lineEnd.includes("\n") ? LINE_ENDS : OLD_MAC_LINE_ENDS;
  return { separator, lineEnds, headerLine: named === null ? 1 : 2, columns };
}

/**
 * Skips rows without any value, which spreadsheets write.
 * @param onBlankRow is called for each of them
 * @throws {InputError} at the first record that does not fit the header, or at a header that cannot be used
 */
export async function* csvRows(
  text: AsyncIterable<string>,
  { separator, lineEnds, headerLine }: CsvDialect,
  path: string,
  onBlankRow: () => void = () => {},
): AsyncGenerator<RowAt> {
  const isOldMac = lineEnds === OLD_MAC_LINE_ENDS;
  // The parser counts each carriage return and each line feed inside a field as a line of its own.
  const inField = isOldMac ? /\r\n|\r|\n/g : /\n/g;
  const surplus = isOldMac ? /\r\n/g : /\r/g;
  /** The line on which a record begins; the parser names the one on which it ends. */
  const firstLine = ({ record, info }: ParsedRecord): number => info.lines - count(inField, record);
  let surplusLines = 0;
  // The parser's position, which may be ahead of the rows that have been read.
  let last: ParsedRecord["info"] = { lines: headerLine - 1, empty_lines: 0 };
  let fieldsOfHeader: number | undefined;
  const parser = parse({
    delimiter: separator,
    record_delimiter: lineEnds,
    from_line: headerLine,
    skip_empty_lines: true,
    // The number of fields is checked below, where rows without any value are left out.
    relax_column_count: true,
    max_record_size: MAX_RECORD_LENGTH,
    info: true,
    on_record: (parsed) => {
      const { record, info } = parsed as unknown as ParsedRecord;
      surplusLines += count(surplus, record);
      info.lines -= surplusLines;
      last = info;
      if (record.every((cell) => cell.trim() === "")) {
        onBlankRow();
        return null;
      }
      fieldsOfHeader ??= record.length;
      if (record.length !== fieldsOfHeader)
        throw new InputError(
          `${path}, line ${firstLine({ record, info })}: ${describeFields(record.length, fieldsOfHeader, separator)}`,
        );
      return parsed;
    },
  });
  const source = Readable.from(text);
  source.on("error", (error) => parser.destroy(error));
  source.pipe(parser);
  let columns: Column[] | undefined;
  let isOwn = false;
  try {
    for await (const { record, info } of parser as AsyncIterable<ParsedRecord>) {
      if (columns === undefined) {
        isOwn = isOwnHeader(record);
        columns = columnsOf(isOwn ? record.map(unguarded) : record, path);
      } else {
        const cells = isOwn ? record.map(unguarded) : record;
        const line = firstLine({ record, info });
        yield { row: rowOf(cells, columns, `${path}, line ${line}`), line };
      }
    }
  } catch (error) {
    const { code = "", lines = 0, empty_lines = 0 } = error as Partial<ParsedRecord["info"]> & { code?: string };
    const problem = PROBLEMS.find(([pattern]) => pattern.test(code))?.[1];
    if (problem === undefined) throw error;
    const line = FOUND_LATE.test(code) ? last.lines + 1 + empty_lines - last.empty_lines : lines - surplusLines;
    throw new InputError(`${path}, line ${line}: ${problem}`, { cause: error });
  } finally {
    source.destroy();
  }
}

function describeFields(fields: number, columns: number, separator: string): string {
  const counts = `the row has ${fields} field${fields === 1 ? "" : "s"} and the header ${columns}`;
  if (fields < columns)
    return `${counts}: a separator is missing, or a field that contains a line break is not in quotes`;
  return `${counts}: a field that contains ${SEPARATOR_NAMES[separator] ?? JSON.stringify(separator)} must be in quotes`;
}

function count(pattern: RegExp, fields: readonly string[]): number {
  return fields.reduce((sum, field) => sum + (field.match(pattern)?.length ?? 0), 0);
}

interface ParsedRecord {
  record: string[];
  info: { lines: number; empty_lines: number };
}

interface Column {
  name: string;
  /** A column behind the last name, which must be empty: spreadsheets write some. */
  surplus: boolean;
}

function columnsOf(header: readonly string[], path: string): Column[] {
  const names = header.map((name) => name.trim());
  const last = names.findLastIndex((name) => name !== "");
  const columns = names.map((name, index) => ({ name, surplus: index > last }));
  const named = columns.filter(({ surplus }) => !surplus).map(({ name }) => name);
  const twice = named.find((name, index) => named.indexOf(name) !== index);
  if (twice !== undefined)
    throw new InputError(
      `${path}: the header has ${twice === "" ? "several columns without a name" : `the column "${twice}" twice`}; give each column a name of its own`,
    );
  return columns;
}

function rowOf(record: readonly string[], columns: readonly Column[], place: string): Row {
  const surplus = columns.findIndex((column, index) => column.surplus && record[index] !== "");
  if (surplus !== -1)
    throw new InputError(
      `${place}: column ${surplus + 1} has a value but no name in the header; name it there, or delete the lines above the header if there are any`,
    );
  // A column may have any name, __proto__ too.
  return Object.fromEntries(
    columns.flatMap(({ name, surplus }, index) => (surplus ? [] : [[name, record[index] as string]])),
  );
}
