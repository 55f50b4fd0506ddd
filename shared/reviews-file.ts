/**
 * Reads reviews from a file: JSON lines, a JSON array, or CSV with a header, each also gzipped. The content decides on the format; the
 * name decides only if the content is ambiguous:
 *
 *     bytes ──▶ gunzip ──▶ refuse foreign formats ──▶ decode ──▶ JSON lines, JSON array or CSV ──▶ rows
 */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { csvDialect, csvRows } from "./csv-rows.ts";
import { decodeText } from "./decode-text.ts";
import { CSV_NAME, isGzip, refuseForeignFormat } from "./file-format.ts";
import { InputError } from "./input-error.ts";
import { jsonArray, jsonLines, linesOf, type Row, type RowAt } from "./json-rows.ts";

/** The name by which standard input is read. */
export const STANDARD_INPUT = "-";

export interface ReadOptions {
  /** A label of the Encoding Standard. @default UTF-8, or UTF-16 with a byte order mark */
  encoding?: string | undefined;
  /** The field of the text, see {@link fieldOf}. A file without it is refused. @default none is required */
  field?: string | undefined;
  /** The problem of a row, or `undefined`. The file is refused at the first row with a problem. */
  check?: ((row: Row, line: number) => string | undefined) | undefined;
  /** Content that is neither JSON nor CSV is taken as one text a line. @default false */
  plainText?: boolean;
  /** The longest line of JSON lines, in UTF-16 code units. @default what a review may take up */
  longest?: number;
}

export interface ReviewsFile {
  /** Name of the file, for messages. */
  name: string;
  /** Size on disk, for the progress bar; `undefined` for standard input and pipes, which can be read only once. */
  bytes: number | undefined;
  /** Number of these bytes that have been read. */
  bytesRead(): number;
  /** The character between the columns of a CSV file, once a row has been read. */
  separator?: () => string | undefined;
  /** The number of rows of a CSV file that have no value at all and are skipped, once it has been read. */
  blankRows?: () => number;
  /** The reviews in order. Throws {@link InputError} at the first one that cannot be read. */
  rows(): AsyncGenerator<Row>;
}

/** Number of rows that are searched for the text's field before the file is refused. */
const ROWS_WITHOUT_FIELD = 1_000;

/**
 * Opens a file of reviews.
 * @param path `-` is standard input, which can be read only once
 * @throws {InputError} if there is no such file
 */
export async function openReviewsFile(path: string, options: ReadOptions = {}): Promise<ReviewsFile> {
  const standard = path === STANDARD_INPUT;
  const info = standard ? undefined : await stat(path).catch(() => undefined);
  if (!standard && info === undefined) throw new InputError(`${path}: there is no such file`);
  if (info?.isDirectory()) throw new InputError(`${path} is a folder; name a file`);
  const name = standard ? "standard input" : path;
  let read = 0;
  let separator: string | undefined;
  let blankRows = 0;
  const csv: CsvListener = {
    onSeparator: (found) => {
      separator = found;
    },
    onBlankRow: () => {
      blankRows++;
    },
  };
  return {
    name,
    separator: () => separator,
    blankRows: () => blankRows,
    bytes: info?.isFile() ? info.size : undefined,
    bytesRead: () => read,
    async *rows() {
      read = 0;
      blankRows = 0;
      const source: Readable = standard ? process.stdin : createReadStream(path);
      async function* content(): AsyncGenerator<Buffer> {
        for await (const chunk of source as AsyncIterable<Buffer>) {
          read += chunk.length;
          yield chunk;
        }
      }
      try {
        for await (const { row, line } of requireField(rowsOf(content(), name, options, csv), options.field, name)) {
          const problem = options.check?.(row, line);
          if (problem !== undefined) throw new InputError(`${name}, line ${line}: ${problem}`);
          yield row;
        }
      } catch (error) {
        if (error instanceof InputError) throw error;
        throw new InputError(`${name}: ${gzipProblem(error) ?? (error as Error).message}`, { cause: error });
      } finally {
        source.destroy();
      }
    },
  };
}

/**
 * For commands that check a whole file before they use it.
 * @throws {InputError} if it can be read only once
 */
export function requireRereadable({ name, bytes }: ReviewsFile): void {
  if (bytes === undefined)
    throw new InputError(
      `${name} can be read only once, and this command reads its input twice: write it to a file first`,
    );
}

/**
 * The value of a field.
 * @param field name of a field, or a dotted path into nested ones; a field whose own name has the dots comes first
 */
export function fieldOf(row: Row, field: string): unknown {
  if (Object.hasOwn(row, field)) return row[field];
  return field.split(".").reduce<unknown>((value, key) => {
    if (typeof value !== "object" || value === null) return undefined;
    return Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
  }, row);
}

/** The name of a field without what spreadsheets and programs spell differently: `Review ID`, `review_id`, `reviewId`. */
export function spelled(name: string): string {
  return name.toLowerCase().replace(/[\s_-]/g, "");
}

/** Removes case and accents: columns of databases are named `puntuacion`. */
export function folded(text: string): string {
  return text.toLowerCase().replaceAll("ı", "i").normalize("NFKD").replace(/\p{M}/gu, "");
}

/** For an error about a field that does not exist: the one whose name differs in case, accents or separators only, if there is one. */
export function didYouMean(field: string, names: Iterable<string>): string {
  const plain = (name: string): string => folded(spelled(name));
  const similar = [...names].find((name) => plain(name) === plain(field));
  return similar === undefined || similar === field ? "" : ` (did you mean ${JSON.stringify(similar)}?)`;
}

/** Maximum number of field names to remember: each row of JSON may have others. */
const MAX_NAMES = 100;

/** Remembers the names of a row's fields, for {@link listFields}. */
export function addNames(names: Set<string>, row: object): void {
  if (names.size < MAX_NAMES) for (const name of Object.keys(row)) names.add(name);
}

/** Names of fields for an error message about one that does not exist, each once; there may be many, and long ones. */
export function listFields(names: Iterable<string>): string {
  const distinct = [...new Set(names)];
  if (distinct.length === 0) return "none";
  const listed = distinct.slice(0, 20).map((name) => JSON.stringify(name.length > 40 ? `${name.slice(0, 40)}…` : name));
  return `${listed.join(", ")}${distinct.length > listed.length ? " …" : ""}`;
}

/** A chunk of rows has about this many characters. One row has at most 4 Mi. */
const MAX_CHUNK_LENGTH = 16 * 2 ** 20;

/**
 * Collects items, such as the rows of a file, into arrays of `size`, or smaller arrays if the items are large: a row may have a field
 * of several megabytes.
 * @param limit the length that an array may reach before it ends, and how the length of an item is measured
 */
export async function* chunks<T>(
  items: AsyncIterable<T>,
  size: number,
  limit: { length: number; of: (item: T) => number } = { length: MAX_CHUNK_LENGTH, of: lengthOf },
): AsyncGenerator<T[]> {
  let chunk: T[] = [];
  let length = 0;
  for await (const item of items) {
    chunk.push(item);
    length += limit.of(item);
    if (chunk.length < size && length < limit.length) continue;
    yield chunk;
    chunk = [];
    length = 0;
  }
  if (chunk.length > 0) yield chunk;
}

/** Total length of the texts in a value, which make up most of a large value. */
function lengthOf(value: unknown): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null) return 0;
  let length = 0;
  for (const inner of Object.values(value)) length += lengthOf(inner);
  return length;
}

interface CsvListener {
  onSeparator: (separator: string) => void;
  onBlankRow: () => void;
}

async function* rowsOf(
  file: AsyncIterable<Buffer>,
  name: string,
  options: ReadOptions,
  { onSeparator, onBlankRow }: CsvListener,
): AsyncGenerator<RowAt> {
  const { bytes, head, gzipped } = await uncompressed(file, name);
  if (head.length === 0) return;
  refuseForeignFormat(head, name, gzipped);
  const text = await peek(decodeText(bytes, { path: name, head, encoding: options.encoding }), 2 ** 16, (parts) =>
    parts.join(""),
  );
  const format = formatOf(text.head, name, options);
  if (format === "plain") {
    for await (const { content, line } of linesOf(text.all, name))
      if (content.trim() !== "") yield { row: { [options.field as string]: content.trimEnd() }, line };
  } else if (format === "csv") {
    const dialect = csvDialect(text.head);
    onSeparator(dialect.separator);
    yield* csvRows(text.all, dialect, name, onBlankRow);
  } else yield* format === "array" ? jsonArray(text.all, name) : jsonLines(text.all, name, options.longest);
}

/** The content and its first bytes, decompressed if it is gzipped. */
async function uncompressed(
  content: AsyncIterable<Buffer>,
  name: string,
): Promise<{ bytes: AsyncIterable<Buffer>; head: Buffer; gzipped: boolean }> {
  const file = await peek(content, 4_096, Buffer.concat);
  if (!isGzip(file.head)) {
    if (/\.gz$/i.test(name) && file.head.length > 0)
      throw new InputError(`${name} is not gzipped although its name ends in .gz: rename it`);
    return { bytes: file.all, head: file.head, gzipped: false };
  }
  const gunzip = createGunzip();
  const compressed = Readable.from(file.all);
  compressed.on("error", (error) => gunzip.destroy(error));
  const plain = await peek(compressed.pipe(gunzip) as AsyncIterable<Buffer>, 4_096, Buffer.concat);
  if (isGzip(plain.head)) throw new InputError(`${name} is gzipped twice: decompress it once, \`gunzip ${name}\``);
  return { bytes: plain.all, head: plain.head, gzipped: true };
}

/** What is wrong with the gzipped data, or `undefined` if reading failed for another reason. */
function gzipProblem(error: unknown): string | undefined {
  const { code = "" } = error as { code?: string };
  if (code === "Z_BUF_ERROR") return "the gzipped data is cut off; copy or download the file again";
  return code.startsWith("Z_") ? "the gzipped data is damaged; copy or download the file again" : undefined;
}

/** Reads the first items of an iterable, up to a total of `length`, without consuming them. */
async function peek<T extends { length: number }>(
  items: AsyncIterable<T>,
  length: number,
  join: (items: T[]) => T,
): Promise<{ head: T; all: AsyncIterable<T> }> {
  const iterator = items[Symbol.asyncIterator]();
  const first: T[] = [];
  let seen = 0;
  while (seen < length) {
    const { done, value } = await iterator.next();
    if (done) break;
    first.push(value);
    seen += value.length;
  }
  async function* all(): AsyncGenerator<T> {
    yield* first;
    yield* { [Symbol.asyncIterator]: () => iterator };
  }
  return { head: join(first), all: all() };
}

/** @throws {InputError} if it is in no format that is read */
function formatOf(
  head: string,
  name: string,
  { field, plainText = false }: ReadOptions,
): "csv" | "lines" | "array" | "plain" {
  if (/^\s*\{\s*["}]/.test(head)) return "lines";
  if (/^\s*\[\s*[{\]]/.test(head)) return "array";
  // With one text per line, a text may begin with a tag.
  if (plainText ? /^\s*<(\?xml|!doctype|html)/i.test(head) : /^\s*<[a-z!?]/i.test(head))
    throw new InputError(`${name} is HTML or XML: convert it to CSV or JSON lines`);
  if (CSV_NAME.test(name)) return "csv";
  if (/\.(json|jsonl|ndjson)(\.gz)?$/i.test(name) || head.trim() === "") return "lines";
  const { columns } = csvDialect(head);
  if (field !== undefined && columns.length > 1 && columns.includes(field)) return "csv";
  if (plainText && field !== undefined) return "plain";
  if (field !== undefined && !/^\s*[{[]/.test(head))
    throw new InputError(
      `${name} is neither JSON lines nor CSV with a column "${field}": give a CSV file a name that ends in .csv; for texts, one a line, use classify - < FILE`,
    );
  return "lines";
}

/** Yields the rows, once one of the first has the field. */
async function* requireField(
  rows: AsyncGenerator<RowAt>,
  field: string | undefined,
  name: string,
): AsyncGenerator<RowAt> {
  const waiting: RowAt[] = [];
  let found = field === undefined;
  for await (const at of rows) {
    if (!found) {
      waiting.push(at);
      found = fieldOf(at.row, field as string) !== undefined;
      if (!found && waiting.length < ROWS_WITHOUT_FIELD) continue;
      if (!found) break;
      yield* waiting.splice(0);
    } else yield at;
  }
  if (found || waiting.length === 0) return;
  const names = waiting.flatMap(({ row }) => Object.keys(row));
  throw new InputError(
    `${name} has no field "${field}" with the text${didYouMean(field as string, names)}; it has ${listFields(names)}. Name the one with the text by --field${CSV_NAME.test(name) ? " (in CSV, the first line has the names)" : ""}`,
  );
}
