/**
 * The labels that reviews had before a replay, in a file of JSON lines: what a report of changed labels compares with.
 *
 * Each line is on the disk before its review is published, and a review that comes again after an interruption keeps the line
 * that it has: by then it may already have its new label.
 */
import { createReadStream } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import split2 from "split2";
import { z } from "zod";
import { InputError } from "../../shared/reviews-file.ts";
import type { SelectedReview } from "../../shared/store.ts";

/** Of a result, what is recorded and compared. */
export const RecordedLabel = z.object({
  label: z.string().optional(),
  score: z.number().optional(),
  model: z.string().optional(),
  textHash: z.string().optional(),
});
export type RecordedLabel = z.infer<typeof RecordedLabel>;

/** A line of the file. */
export const RecordedReview = RecordedLabel.extend({ path: z.string() });

export class LabelRecord {
  readonly #file: FileHandle;
  /** Reviews that are in the file behind the start, each with the size of the file up to its line. */
  readonly #known: Map<string, number>;
  #bytes: number;

  private constructor(file: FileHandle, bytes: number, known: Map<string, number>) {
    this.#file = file;
    this.#bytes = bytes;
    this.#known = known;
  }

  /**
   * Creates the file or, to go on with one, opens it.
   * @param bytes of the lines that are certainly done; more may follow
   * @throws {InputError} if the file is there but should not, or the other way round
   */
  static async open(path: string, bytes?: number): Promise<LabelRecord> {
    const file = await open(path, bytes === undefined ? "wx" : "r+").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "EEXIST") throw new InputError(`${path} is there already: record the labels in a new file`);
      throw new InputError(`the labels cannot be recorded: ${error.message}`, { cause: error });
    });
    const known = new Map<string, number>();
    let end = bytes ?? 0;
    if (bytes !== undefined) {
      if ((await file.stat()).size < bytes)
        throw new InputError(`${path} is shorter than it was when the replay was interrupted`);
      for await (const line of createReadStream(path, { start: bytes }).pipe(split2(/(?<=\n)/))) {
        // The last line may have been cut off as it was written.
        if (!line.endsWith("\n")) break;
        end += Buffer.byteLength(line);
        known.set(RecordedReview.parse(JSON.parse(line)).path, end);
      }
      await file.truncate(end);
    }
    return new LabelRecord(file, end, known);
  }

  /**
   * Writes the reviews that are not there yet.
   * @returns the size of the file in bytes behind each of them
   * @throws {Error} if not all are on the disk
   */
  async add(reviews: readonly SelectedReview[]): Promise<number[]> {
    let text = "";
    const start = this.#bytes;
    const sizes = reviews.map(({ path, result }) => {
      const known = this.#known.get(path);
      if (known !== undefined) return known;
      const line = `${JSON.stringify({ path, ...RecordedLabel.safeParse(result).data })}\n`;
      text += line;
      this.#bytes += Buffer.byteLength(line);
      return this.#bytes;
    });
    if (text !== "") {
      await this.#write(Buffer.from(text), start);
      await this.#file.datasync();
    }
    return sizes;
  }

  /** On a disk that is nearly full a write takes what fits and is no error: the next one is. */
  async #write(bytes: Buffer, start: number): Promise<void> {
    for (let written = 0; written < bytes.length; ) {
      const { bytesWritten } = await this.#file.write(bytes, written, bytes.length - written, start + written);
      written += bytesWritten;
    }
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}
