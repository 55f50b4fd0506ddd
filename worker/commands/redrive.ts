import { isUtf8 } from "node:buffer";
import { appendFile, open } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import Table from "cli-table3";
import pLimit from "p-limit";
import { parseMessage } from "../../shared/message.ts";
import type { Delivery } from "../../shared/queue.ts";
import { InputError } from "../../shared/reviews-file.ts";
import { type Config, readConfig } from "../config.ts";
import { deadLetterReason, originalAttributes } from "../dead-letter.ts";
import { MAX_IN_HAND, redrive as redriveLetters } from "../redrive.ts";
import { openConfigured } from "./backend.ts";
import { progressBar } from "./progress.ts";
import { stopSignals } from "./stop-signals.ts";

export interface RedriveOptions {
  to?: string;
  summary?: boolean;
  reason: string[];
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
  if (summary && (to !== undefined || dryRun))
    throw new InputError("--summary only counts: leave out --to and --dry-run");
  const config = readConfig(process.env);
  const file = to === undefined ? undefined : await LetterFile.create(to);
  const backend = await openConfigured(config);
  const publish = ({ data, attributes }: Delivery) => backend.queue.publish(data, originalAttributes(attributes));
  const take = file === undefined ? publish : (letter: Delivery) => file.add(letter);
  const { stop, overdue } = stopSignals(GRACE_MS);
  const reasons = new Map<string, Count>();
  const copies: Promise<void>[] = [];
  let done = 0;
  const bar = progressBar("dead letters", limit, !json);
  const run = redriveLetters(backend.queue, {
    ...(!summary && !dryRun && { take }),
    wanted: (reason) => only.length === 0 || only.includes(reason),
    limit,
    signal: stop,
    onDone: (letter, reason) => {
      const { letters, stillRefused } = reasons.get(reason) ?? { letters: 0, stillRefused: 0 };
      const refused = parseMessage(letter.data, config.REVIEWS_PATH).ok ? 0 : 1;
      reasons.set(reason, { letters: letters + 1, stillRefused: stillRefused + refused });
      if (dryRun && file !== undefined) copies.push(file.add(letter));
      bar.update(++done);
    },
  });
  let failure: Error | undefined;
  const copied = run.then(async (kept) => {
    await Promise.all(copies);
    return kept;
  });
  const kept = await Promise.race([copied, overdue]).catch((error: Error) => {
    failure = error;
  });
  bar.stop();
  const complete = kept !== undefined && !stop.aborted;
  if (json) console.log(JSON.stringify({ done, kept, reasons: Object.fromEntries(reasons), complete }));
  else if (summary) console.log(table(reasons));
  else console.log(describe(done, kept ?? 0, options, config));
  if (!complete) {
    console.error(`review-sentiment: ${failure?.message ?? "interrupted"}; what was not taken is where it was`);
    process.exitCode = 1;
  } else if (kept + (summary || dryRun ? done : 0) >= MAX_IN_HAND)
    console.error(`No more than ${MAX_IN_HAND} dead letters can be held at a time: there may be others`);
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
  readonly #turns = pLimit(1);
  #waiting: string[] = [];
  #written: Promise<void> | undefined;

  private constructor(path: string) {
    this.#path = path;
  }

  /** @throws {InputError} if the file is there already or cannot be created */
  static async create(path: string): Promise<LetterFile> {
    const file = await open(path, "wx").catch((error: NodeJS.ErrnoException) => {
      throw new InputError(error.code === "EEXIST" ? `${path} is there already: name a new file` : error.message);
    });
    await file.close();
    return new LetterFile(path);
  }

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
      const lines = this.#waiting.splice(0).join("");
      this.#written = undefined;
      return appendFile(this.#path, lines, { flush: true });
    });
    return this.#written;
  }
}
