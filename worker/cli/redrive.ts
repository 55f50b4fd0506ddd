import { isUtf8 } from "node:buffer";
import { type FileHandle, open } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import Table from "cli-table3";
import pLimit from "p-limit";
import { parseMessage } from "../../shared/message.ts";
import type { Delivery } from "../../shared/queue.ts";
import { InputError } from "../../shared/reviews-file.ts";
import { type Config, readConfig } from "../config.ts";
import { deadLetterReason, originalAttributes } from "../dead-letter.ts";
import { MAX_IN_HAND, MAX_MIB_IN_HAND, redrive as redriveLetters } from "../replay/redrive.ts";
import { openConfigured } from "./backend.ts";
import { progressBar } from "./progress.ts";
import { redriveFrom } from "./redrive-from.ts";
import { stopSignals } from "./stop-signals.ts";

export interface RedriveOptions {
  to?: string;
  from?: string;
  summary?: boolean;
  reason?: string[];
  limit?: number;
  dryRun?: boolean;
  json?: boolean;
}

/** For letters that are being taken when it is told to stop, and for giving back the others. */
const GRACE_MS = 12_000;

/** What there was of one reason. */
interface Count {
  letters: number;
  /** Of these, the worker would refuse so many again, as REVIEWS_PATH is now. */
  stillRefused: number;
}

/** `redrive`: dead letters back to the topic, or into a file. Exits 1 if not all were taken that were asked for. */
export async function redrive(options: RedriveOptions): Promise<void> {
  const { to, summary = false, reason: only, limit, dryRun = false, json = false } = options;
  if (options.from !== undefined) {
    const { from, json: _json, ...others } = options;
    if (Object.keys(others).length > 0)
      throw new InputError("--from publishes a whole file: only --json can be said beside it");
    return redriveFrom(from, json);
  }
  if (summary && (to !== undefined || dryRun))
    throw new InputError("--summary only counts: leave out --to and --dry-run");
  const config = readConfig(process.env);
  const file = to === undefined ? undefined : await LetterFile.create(to);
  const backend = await openConfigured(config);
  const keep = summary || dryRun;
  const take = async (letter: Delivery): Promise<void> => {
    if (file !== undefined) await file.add(letter);
    else if (!keep) await backend.queue.publish(letter.data, originalAttributes(letter.attributes));
  };
  const { stop, overdue } = stopSignals(GRACE_MS);
  const reasons = new Map<string, Count>();
  let done = 0;
  const bar = progressBar("dead letters", limit, !json);
  const run = redriveLetters(backend.queue, {
    take,
    keep,
    wanted: (reason) => only?.includes(reason) ?? true,
    limit,
    signal: stop,
    onDone: (letter, reason) => {
      const { letters, stillRefused } = reasons.get(reason) ?? { letters: 0, stillRefused: 0 };
      const refused = parseMessage(letter.data, config.REVIEWS_PATH).ok ? 0 : 1;
      reasons.set(reason, { letters: letters + 1, stillRefused: stillRefused + refused });
      bar.update(++done);
    },
  });
  let failure: Error | undefined;
  const left = await Promise.race([run, overdue]).catch((error: Error) => {
    failure = error;
  });
  bar.stop();
  const interrupted = left === undefined || stop.aborted;
  const { kept = 0, newer = 0, full = false } = left ?? {};
  const complete = !interrupted && !full;
  if (json) console.log(JSON.stringify({ done, kept, newer, reasons: Object.fromEntries(reasons), complete }));
  else if (summary) console.log(table(reasons));
  else console.log(describe(done, kept, options, config));
  if (newer > 0)
    console.error(
      `${newer} more died after this began, by this machine's clock, and are kept: they may be what it has just published. Run it again for them`,
    );
  if (interrupted)
    console.error(`review-sentiment: ${failure?.message ?? "interrupted"}; what was not taken is where it was`);
  else if (full)
    console.error(
      `review-sentiment: ${MAX_IN_HAND} dead letters, or ${MAX_MIB_IN_HAND} MiB of them, are all that can be held at a time, and there may be others behind them. Move some out of the way, such as all of one --reason by --to FILE, and run it again`,
    );
  if (!complete) process.exitCode = 1;
  // The client may go on trying for minutes to send what nobody waits for any more.
  await Promise.race([backend.close(), sleep(GRACE_MS, undefined, { ref: false })]);
  process.exit();
}

function table(reasons: ReadonlyMap<string, Count>): string {
  if (reasons.size === 0) return "no dead letters";
  const rows = new Table({ head: ["reason", "dead letters", "still refused"], style: { head: [], border: [] } });
  const counts = [...reasons].toSorted(([, a], [, b]) => b.letters - a.letters);
  rows.push(...counts.map(([reason, { letters, stillRefused }]) => [reason, letters, stillRefused]));
  return rows.toString();
}

function describe(done: number, kept: number, { to, dryRun }: RedriveOptions, config: Config): string {
  const letters = `${done} dead letter${done === 1 ? "" : "s"}`;
  if (dryRun && to !== undefined) return `${letters} copied to ${to}, all kept`;
  const where = to === undefined ? `published to ${config.PUBSUB_TOPIC}` : `moved to ${to}`;
  return `${letters} ${dryRun ? "would be " : ""}${where}, ${kept} kept`;
}

/** Dead letters as JSON lines, each of which is on the disk before its letter is forgotten. */
class LetterFile {
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #turns = pLimit(1);
  #waiting: string[] = [];
  #written: Promise<void> | undefined;
  /** Of the lines whose letters can be forgotten. */
  #bytes = 0;
  #failure: Error | undefined;

  private constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  /** @throws {InputError} if the file is there already or cannot be created */
  static async create(path: string): Promise<LetterFile> {
    const file = await open(path, "wx").catch((error: NodeJS.ErrnoException) => {
      throw new InputError(error.code === "EEXIST" ? `${path} is there already: name a new file` : error.message);
    });
    return new LetterFile(path, file);
  }

  /** @throws {Error} if the file does not hold it; from then on, for every letter */
  add({ id, publishTime, attributes, data }: Delivery): Promise<void> {
    const bytes = Buffer.from(data);
    const letter = {
      messageId: id,
      deadSince: publishTime.toISOString(),
      reason: deadLetterReason(attributes),
      attributes,
      ...(isUtf8(bytes) ? { data: bytes.toString() } : { dataBase64: bytes.toString("base64") }),
    };
    this.#waiting.push(`${JSON.stringify(letter)}\n`);
    // Those that come while others are being written are written together.
    this.#written ??= this.#turns(() => {
      const lines = Buffer.from(this.#waiting.splice(0).join(""));
      this.#written = undefined;
      return this.#append(lines);
    });
    return this.#written;
  }

  async #append(lines: Buffer): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      await this.#file.appendFile(lines);
      await this.#file.datasync();
      this.#bytes += lines.length;
    } catch (error) {
      this.#failure = new Error(`${this.#path}: ${(error as Error).message}`, { cause: error });
      // What of these lines is there would be a second copy of letters that are given back.
      await this.#file.truncate(this.#bytes).catch(() => {});
      throw this.#failure;
    }
  }
}
