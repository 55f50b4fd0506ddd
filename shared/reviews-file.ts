/** Reviews in a file: JSON lines or CSV with a header, either of them gzipped. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { parse as parseCsv } from "csv-parse";
import split2 from "split2";
import type { PathTemplate } from "./path.ts";

/** The file cannot be read as reviews; the message names file, line and remedy. */
export class InputError extends Error {
  override readonly name = "InputError";
}

/** One review as it stands in the file. */
export type Row = Record<string, unknown>;

export interface ReviewsFile {
  /** Of the file as it lies on the disk, for showing progress. */
  bytes: number;
  /** How many of them have been read so far. */
  bytesRead(): number;
  /** The reviews in order. Throws {@link InputError} at the first line that is none. */
  rows(): AsyncGenerator<Row>;
}

/**
 * Opens a file of reviews: `.csv` (`.csv.gz`) is CSV with a header, anything else JSON lines.
 * @throws {InputError} if there is no such file
 */
export async function openReviewsFile(path: string): Promise<ReviewsFile> {
  const info = await stat(path).catch(() => undefined);
  if (info?.isFile() !== true) throw new InputError(`${path}: there is no such file`);
  let read = 0;
  return {
    bytes: info.size,
    bytesRead: () => read,
    async *rows() {
      const file = createReadStream(path);
      file.on("data", (chunk) => {
        read += chunk.length;
      });
      const content: Readable = path.endsWith(".gz") ? pipeTo(file, createGunzip()) : file;
      try {
        yield* /\.csv(\.gz)?$/.test(path) ? csvRows(content) : jsonRows(content, path);
      } catch (error) {
        if (error instanceof InputError) throw error;
        throw new InputError(`${path}: ${(error as Error).message}`, { cause: error });
      } finally {
        file.destroy();
      }
    },
  };
}

/** `from.pipe(to)` that also passes errors on. */
function pipeTo<T extends NodeJS.WritableStream & Readable>(from: Readable, to: T): T {
  from.on("error", (error) => to.destroy(error));
  return from.pipe(to);
}

async function* csvRows(content: Readable): AsyncGenerator<Row> {
  const parser = parseCsv({ columns: true, bom: true, skip_empty_lines: true });
  for await (const row of pipeTo(content, parser)) yield row as Row;
}

async function* jsonRows(content: Readable, path: string): AsyncGenerator<Row> {
  let number = 0;
  // Only line feeds end a line: JSON may hold any other separator as it is.
  for await (const line of pipeTo(content, split2(/\r?\n/))) {
    number++;
    const text = number === 1 ? line.replace(/^\uFEFF/, "") : line;
    if (text.trim() === "") continue;
    let row: unknown;
    try {
      row = JSON.parse(text);
    } catch {
      throw new InputError(`${path}, line ${number}: not JSON; each line should be like {"text":"I like it"}`);
    }
    if (typeof row !== "object" || row === null || Array.isArray(row)) {
      throw new InputError(`${path}, line ${number}: not an object; each line should be like {"text":"I like it"}`);
    }
    yield row as Row;
  }
}

/** Gathers what an iterable yields into arrays of `size`, the last of which may be shorter. */
export async function* chunks<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let chunk: T[] = [];
  for await (const item of items) {
    chunk.push(item);
    if (chunk.length === size) {
      yield chunk;
      chunk = [];
    }
  }
  if (chunk.length > 0) yield chunk;
}

/** Gives each row of a file a document path, the same one whenever the same file is read. */
export class RowPaths {
  readonly #template: PathTemplate;
  readonly #seen = new Map<string, number>();

  constructor(template: PathTemplate) {
    this.#template = template;
  }

  /**
   * Each variable of the template is filled from the row's field of that name; the last one, if there is no such field, from
   * `id`, and failing that from a digest of the row, so that an import never meets another one's documents.
   * @throws {InputError} if a variable has no usable value
   */
  pathOf(row: Row): string {
    const { variables } = this.#template;
    const values = Object.fromEntries(variables.map((name) => [name, asId(row[name])]));
    const last = variables.at(-1) as string;
    values[last] ??= asId(row.id) ?? this.#digest(row);
    try {
      return this.#template.fill(values);
    } catch (error) {
      throw new InputError(`a row cannot be stored: ${(error as Error).message}; add a field for it`, { cause: error });
    }
  }

  #digest(row: Row): string {
    const digest = createHash("sha256").update(JSON.stringify(row)).digest("hex").slice(0, 20);
    const copies = this.#seen.get(digest) ?? 0;
    this.#seen.set(digest, copies + 1);
    return copies === 0 ? digest : `${digest}-${copies + 1}`;
  }
}

function asId(value: unknown): string | undefined {
  return (typeof value === "string" && value !== "") || typeof value === "number" ? String(value) : undefined;
}
