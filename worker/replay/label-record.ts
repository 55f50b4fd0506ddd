/**
 * The labels that reviews had before a replay, in a file of JSON lines. `replay report` compares them with the current ones.
 *
 * Each line is on the disk before its review is published. A review that is read again after an interruption keeps its first line,
 * because it may have its new label by then.
 */
import { createReadStream } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { z } from "zod";
import { ModelId } from "../../model/model-id.ts";
import { InputError } from "../../shared/input-error.ts";
import { linesOf } from "../../shared/json-rows.ts";
import { Label } from "../../shared/result.ts";
import type { SelectedReview } from "../../shared/store.ts";
import { systemProblem } from "../system-problem.ts";

/** The parts of a result that are recorded and compared. */
export const RecordedLabel = Label.pick({ label: true, score: true, model: true, textHash: true }).partial();
export type RecordedLabel = z.infer<typeof RecordedLabel>;

/** A line of the file. */
export const RecordedReview = RecordedLabel.extend({
  path: z.string(),
  /** The model that is to label the review. With `--other-model` it is known, and never the one that has labelled it. */
  target: ModelId.optional(),
});
export type RecordedReview = z.infer<typeof RecordedReview>;

/** After this number of new reviews in a row, the known ones that have not come are taken for relabelled: the selection no longer has them. */
const NEW_IN_A_ROW = 1_000;

export class LabelRecord {
  readonly #file: FileHandle;
  /** Reviews whose lines follow the checkpoint and that have not been added again: where each line begins, in the order of the file. */
  readonly #known: Map<string, number>;
  readonly #target: ModelId | undefined;
  #bytes: number;
  #newInARow = 0;

  private constructor(file: FileHandle, bytes: number, known: Map<string, number>, target: ModelId | undefined) {
    this.#file = file;
    this.#bytes = bytes;
    this.#known = known;
    this.#target = target;
  }

  /**
   * Creates the file, or opens it to continue.
   * @param bytes size of the file at the checkpoint; more lines may follow. @default the file is new
   * @param target the model that is to label the reviews, if the replay knows it
   * @throws {InputError} if a new file exists already, or one to continue does not exist
   */
  static async open(path: string, bytes?: number, target?: ModelId): Promise<LabelRecord> {
    const file = await open(path, bytes === undefined ? "wx" : "r+").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "EEXIST") throw new InputError(`${path} exists already: record the labels in a new file`);
      throw new InputError(`the labels cannot be recorded in ${path}: ${systemProblem(error)}`, { cause: error });
    });
    try {
      return await LabelRecord.#from(file, path, bytes, target);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  static async #from(file: FileHandle, path: string, bytes?: number, target?: ModelId): Promise<LabelRecord> {
    const known = new Map<string, number>();
    if (bytes === undefined) return new LabelRecord(file, 0, known, target);
    const { size } = await file.stat();
    if (size < bytes) throw new InputError(`${path} is shorter than it was when the replay was interrupted`);
    let end = bytes;
    const text = createReadStream(path, { start: bytes, encoding: "utf8" });
    for await (const { content } of linesOf(text, path)) {
      const lineEnd = end + Buffer.byteLength(content) + 1;
      // The last line may be incomplete.
      if (lineEnd > size) break;
      known.set(pathIn(content, path), end);
      end = lineEnd;
    }
    await file.truncate(end);
    return new LabelRecord(file, end, known, target);
  }

  /**
   * Writes the reviews that are not in the file yet.
   * @returns for each review, the size of the file in bytes up to which all lines are of reviews that have been added, this one included
   * @throws {Error} if not all of them are on the disk
   */
  async add(reviews: readonly SelectedReview[]): Promise<number[]> {
    let text = "";
    const start = this.#bytes;
    const sizes = reviews.map(({ path, result }) => {
      if (this.#known.delete(path)) this.#newInARow = 0;
      else {
        if (++this.#newInARow === NEW_IN_A_ROW) this.#known.clear();
        const line = `${JSON.stringify({ path, target: this.#target, ...RecordedLabel.safeParse(result).data })}\n`;
        text += line;
        this.#bytes += Buffer.byteLength(line);
      }
      const [firstKnown = this.#bytes] = this.#known.values();
      return firstKnown;
    });
    if (text !== "") {
      await this.#write(Buffer.from(text), start);
      await this.#file.datasync();
    }
    return sizes;
  }

  /** On a disk that is nearly full a write takes what fits without an error; the next write fails. */
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

/** @throws {InputError} if the file was changed, or damaged when the machine lost its power */
function pathIn(line: string, path: string): string {
  try {
    return RecordedReview.parse(JSON.parse(line)).path;
  } catch (cause) {
    throw new InputError(`${path} holds lines that the interrupted replay has not written: restore the file`, {
      cause,
    });
  }
}
