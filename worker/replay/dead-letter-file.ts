/** Dead-lettered messages in a file of JSON lines: what `redrive export` writes and `redrive import` publishes. */
import { isUtf8 } from "node:buffer";
import { type FileHandle, open, unlink } from "node:fs/promises";
import pLimit from "p-limit";
import { z } from "zod";
import { InputError } from "../../shared/input-error.ts";
import type { Row } from "../../shared/json-rows.ts";
import type { Delivery } from "../../shared/queue.ts";
import { deadLetterReason, originalAttributes } from "../dead-letter.ts";
import { systemProblem } from "../system-problem.ts";

/** The fields of a line that make the message again; the others are for people. */
const Line = z.object({
  attributes: z.record(z.string(), z.string()),
  orderingKey: z.string().optional(),
  data: z.string().optional(),
  dataBase64: z.base64().default(""),
});

/**
 * The message of a line, without the attributes that dead-lettering has added.
 * @returns `undefined` if the line is not one of {@link DeadLetterFile}'s
 */
export function messageOf(
  row: Row,
): { data: Buffer; attributes: Record<string, string>; orderingKey: string | undefined } | undefined {
  const line = Line.safeParse(row).data;
  if (line === undefined) return undefined;
  const data = line.data === undefined ? Buffer.from(line.dataBase64, "base64") : Buffer.from(line.data);
  return { data, attributes: originalAttributes(line.attributes), orderingKey: line.orderingKey };
}

/** Each message is on the disk before `add` resolves, so that it can then be acked. */
export class DeadLetterFile {
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #oneAtATime = pLimit(1);
  #waiting: string[] = [];
  #nextWrite: Promise<void> | undefined;
  /** Size of the lines whose messages may have been acked. */
  #bytes = 0;
  #failure: Error | undefined;

  private constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  /** @throws {InputError} if the file exists already or cannot be created */
  static async create(path: string): Promise<DeadLetterFile> {
    const file = await open(path, "wx").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "EEXIST") throw new InputError(`${path} exists already: name a new file`);
      throw new InputError(`${path} cannot be written: ${systemProblem(error)}`, { cause: error });
    });
    return new DeadLetterFile(path, file);
  }

  /** @throws {Error} if the message could not be written; then every later call fails, too */
  add({ id, publishTime, attributes, orderingKey, data }: Delivery): Promise<void> {
    const bytes = Buffer.from(data);
    const line = {
      messageId: id,
      deadSince: publishTime?.toISOString(),
      reason: deadLetterReason(attributes),
      attributes,
      ...(orderingKey && { orderingKey }),
      ...(isUtf8(bytes) ? { data: bytes.toString() } : { dataBase64: bytes.toString("base64") }),
    };
    this.#waiting.push(`${JSON.stringify(line)}\n`);
    // Messages that arrive during a write share the next one.
    this.#nextWrite ??= this.#oneAtATime(() => {
      const lines = this.#waiting.splice(0);
      this.#nextWrite = undefined;
      return this.#append(lines);
    });
    return this.#nextWrite;
  }

  /** Closes the file, and removes it if it holds nothing. */
  async close(): Promise<void> {
    await this.#oneAtATime(() => this.#file.close());
    if (this.#bytes === 0) await unlink(this.#path);
  }

  async #append(lines: readonly string[]): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      let bytes = 0;
      for (const part of parts(lines)) {
        const buffer = Buffer.from(part);
        await this.#file.appendFile(buffer);
        bytes += buffer.length;
      }
      await this.#file.datasync();
      this.#bytes += bytes;
    } catch (error) {
      this.#failure = new Error(`${this.#path}: ${(error as Error).message}`, { cause: error });
      // A part of these lines may be in the file, but their messages will be nacked: remove the second copy.
      await this.#file.truncate(this.#bytes).catch(() => {});
      throw this.#failure;
    }
  }
}

/** A text has 2^29 characters at most. The messages in flight can have more in JSON. */
const PART_LENGTH = 2 ** 26;

/** The lines joined, in texts of about {@link PART_LENGTH}. */
function* parts(lines: readonly string[]): Generator<string> {
  let [some, length]: [string[], number] = [[], 0];
  for (const line of lines) {
    some.push(line);
    length += line.length;
    if (length < PART_LENGTH) continue;
    yield some.join("");
    [some, length] = [[], 0];
  }
  if (some.length > 0) yield some.join("");
}
