/** Recognises file formats by their first bytes and names, and says how to convert those that are not read. */
import { InputError } from "./input-error.ts";

/** Names of CSV files. The ending is the first group. */
export const CSV_NAME = /\.(csv|tsv|tab)(\.gz)?$/i;

/** Names of files in formats that no command writes. */
export const FOREIGN_NAME = /\.(xlsx?|ods|parquet|avro|zip|xml|html?|pdf)(\.gz)?$/i;

/** The separators that a person can choose for CSV output. A name that ends in `.tsv` asks for tabs. */
export const OUTPUT_SEPARATORS = [",", ";"] as const;
export type Separator = (typeof OUTPUT_SEPARATORS)[number];

/** First bytes of formats that are not read, as Latin-1, each with advice for the error message. */
const FORMATS: readonly (readonly [magic: string, advice: string])[] = [
  ["PK\x03\x04", "is a ZIP archive: extract it first, for example `unzip FILE`"],
  ["PK\x05\x06", "is an empty ZIP archive"],
  ["PAR1", "is a Parquet file: convert it, for example with DuckDB: `COPY 'FILE' TO 'reviews.csv'`"],
  ["\xD0\xCF\x11\xE0", "is a document of an old Excel or Word: save the sheet as CSV UTF-8"],
  ["BZh", "is compressed by bzip2: decompress it first, `bunzip2 FILE`"],
  ["\x28\xB5\x2F\xFD", "is compressed by zstd: decompress it first, `unzstd FILE`"],
  ["\xFD7zXZ\x00", "is compressed by xz: decompress it first, `unxz FILE`"],
  ["\x04\x22\x4D\x18", "is compressed by LZ4: decompress it first, `unlz4 FILE`"],
  ["\x1F\x9D", "is compressed by compress: decompress it first, `uncompress FILE`"],
  ["7z\xBC\xAF\x27\x1C", "is a 7-Zip archive: extract it first, `7z x FILE`"],
  ["Rar!", "is a RAR archive: extract it first"],
  [
    "SQLite format 3\x00",
    'is a SQLite database: export the table, `sqlite3 -csv -header FILE "SELECT …" > reviews.csv`',
  ],
  ["Obj\x01", "is an Avro file: convert it to JSON lines, `avro-tools tojson FILE > reviews.jsonl`"],
  ["ARROW1", "is an Arrow file: convert it to CSV or JSON lines"],
  ["{\\rtf", "is a document in RTF: export the reviews as CSV or JSON lines"],
  ["%PDF", "is a PDF: export the reviews as CSV or JSON lines"],
  ["\xFF\xFE\x00\x00", "is UTF-32 text: convert it, `iconv -f UTF-32 -t UTF-8 FILE > reviews.csv`"],
  ["\x00\x00\xFE\xFF", "is UTF-32 text: convert it, `iconv -f UTF-32 -t UTF-8 FILE > reviews.csv`"],
];

const TAR = "is a tar archive: extract it first, `tar -xf FILE`";

const SAVE_AS_CSV = 'save the sheet as "CSV UTF-8" and use that file';
const EXPORT = "export the reviews as CSV or JSON lines";

/** ZIP archives that programs use as their own format, by the name of a file inside; the first match counts. */
const DOCUMENTS: readonly (readonly [name: RegExp, advice: string])[] = [
  [/^word\//, `is a Word document: ${EXPORT}`],
  [/^ppt\//, `is a PowerPoint document: ${EXPORT}`],
  [/^(xl\/|_rels\/|docProps\/|\[Content_Types\]\.xml$)/, `is an Excel workbook: ${SAVE_AS_CSV}`],
  [/^mimetypeapplication\/vnd\.oasis\.opendocument\.spreadsheet/, `is an OpenDocument spreadsheet: ${SAVE_AS_CSV}`],
  [/^mimetypeapplication\/vnd\.oasis/, `is an OpenDocument file: ${EXPORT}`],
  [/^Index\//, "is a document of Apple Numbers or Pages: export it as CSV"],
];

export function isGzip(head: Buffer): boolean {
  return head.length >= 2 && head[0] === 0x1f && head[1] === 0x8b;
}

/**
 * @param head the first bytes of the file, 4 KiB or all of it, decompressed if it is gzipped
 * @throws {InputError} if they are those of a format that is not read
 */
export function refuseForeignFormat(head: Buffer, path: string, gzipped: boolean): void {
  const start = head.toString("latin1");
  // A tar archive is known by the end of its first header only. Its program decompresses by itself.
  if (start.startsWith("ustar", 257)) throw new InputError(`${path} ${TAR.replace("FILE", path)}`);
  const advice = documentAdvice(start) ?? FORMATS.find(([magic]) => start.startsWith(magic))?.[1];
  if (advice === undefined) return;
  const inner = path.replace(/\.gz$/i, "");
  throw new InputError(
    gzipped
      ? `${path} is gzipped, and the file inside ${advice.replace("FILE", inner)}`
      : `${path} ${advice.replace("FILE", path)}`,
  );
}

/** What to do with a ZIP archive that is a document. */
function documentAdvice(start: string): string | undefined {
  if (!start.startsWith("PK\x03\x04")) return undefined;
  // Each file's header has the length of its name at 26, the name at 30, and then, without compression, the file.
  const files = start.split("PK\x03\x04").slice(1);
  const names = files.map((file) => file.slice(26, file.startsWith("mimetype", 26) ? 100 : 26 + file.charCodeAt(22)));
  return DOCUMENTS.find(([pattern]) => names.some((name) => pattern.test(name)))?.[1];
}
