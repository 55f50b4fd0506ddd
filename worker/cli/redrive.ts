import { parseMessage } from "../../shared/message.ts";
import { type Config, readConfig } from "../config.ts";
import { originalAttributes } from "../dead-letter.ts";
import { DeadLetterFile } from "../replay/dead-letter-file.ts";
import {
  type Left,
  MAX_IN_FLIGHT,
  MAX_MIB_IN_FLIGHT,
  type RedriveOptions,
  redrive as takeDeadLetters,
} from "../replay/redrive.ts";
import { counted } from "./counted.ts";
import { requireJsonLinesFile } from "./output-file.ts";
import { openChecked } from "./preflight.ts";
import { printable } from "./printable.ts";
import { progressBar } from "./progress.ts";
import { stopSignals } from "./stop-signals.ts";
import { formatCount, formatTable, printNextStep } from "./terminal.ts";

interface SummaryOptions {
  reason?: string[];
  json?: boolean;
}

interface TakeOptions extends SummaryOptions {
  limit?: number;
}

/** Time to finish what is being taken after a stop signal, and to nack the rest. */
const GRACE_MS = 12_000;

/** Refused messages that are named one by one; all of them are counted. */
const NAMED = 20;

/** The dead-lettered messages of one reason. */
interface Count {
  messages: number;
  /** How many of these the worker would refuse again, as REVIEWS_PATH is now. */
  stillRefused: number;
}

type Reasons = ReadonlyMap<string, Count>;

/** How a command takes the messages, and what it prints afterwards. */
interface Task extends Pick<RedriveOptions, "take" | "publishes" | "keep"> {
  /** Keeps messages that the worker would refuse again. @default false */
  skipRefused?: boolean;
  finish?(): Promise<void>;
  describe(done: number, kept: number, reasons: Reasons): string;
  /** The counts in JSON. @default `done` and `kept` */
  counts?(done: number, kept: number): Readonly<Record<string, number>>;
  /** What a person may do next, if there is anything. */
  next?(done: number, kept: number): string | undefined;
}

type Backend = Awaited<ReturnType<typeof openChecked>>;

/** `redrive`: publishes dead-lettered messages again, except those that the worker would refuse again. */
export async function redrive({
  dryRun: keep = false,
  force = false,
  ...options
}: TakeOptions & { dryRun?: boolean; force?: boolean }): Promise<void> {
  const config = readConfig(process.env);
  await run(config, options, ({ queue }) => ({
    keep,
    publishes: !keep,
    skipRefused: !force,
    take: async ({ data, attributes, orderingKey }) => {
      if (!keep) await queue.publish(data, originalAttributes(attributes), orderingKey);
    },
    describe: (done, kept) =>
      `${counted(done, "dead-lettered message")} ${keep ? "would be " : ""}published to ${config.PUBSUB_TOPIC}, ${kept} kept`,
    next: (_done, kept) => (kept > 0 ? "Count those that are left: npm run redrive -- summary" : undefined),
  }));
}

/** `redrive summary`: counts dead-lettered messages by reason. */
export async function redriveSummary(options: SummaryOptions): Promise<void> {
  await run(readConfig(process.env), options, () => ({
    keep: true,
    publishes: false,
    take: async () => {},
    describe: (_done, _kept, reasons) => table(reasons),
    counts: (messages) => ({ messages }),
    next: (done) => (done > 0 ? "Fix the cause, then publish them again: npm run redrive" : undefined),
  }));
}

/** `redrive export`: moves or copies dead-lettered messages to a new file. */
export async function redriveExport(path: string, { keep = false, ...options }: TakeOptions & { keep?: boolean }) {
  await requireJsonLinesFile(path, "export");
  const config = readConfig(process.env);
  await run(config, options, async () => {
    const file = await DeadLetterFile.create(path);
    return {
      keep,
      publishes: false,
      take: (message) => file.add(message),
      finish: () => file.close(),
      counts: (done, kept) => ({ done, kept: keep ? done + kept : kept }),
      describe: (done, kept) =>
        `${counted(done, "dead-lettered message")} ${keep ? `copied to ${path}, all kept` : `moved to ${path}, ${kept} kept`}`,
      next: (done) =>
        done > 0 && !keep
          ? `When the cause is fixed, publish them again: npm run redrive -- import ${path}`
          : undefined,
    };
  });
}

/** Runs a task on the dead-lettered messages. Exits 1 unless it has seen them all and none was refused. */
async function run(
  config: Config,
  { reason: only, limit, json = false }: TakeOptions,
  prepare: (backend: Backend) => Task | Promise<Task>,
): Promise<void> {
  const backend = await openChecked(config);
  const prepared = await prepare(backend);
  const { describe, next, finish, skipRefused = false, counts = (done, kept) => ({ done, kept }), ...task } = prepared;
  const { stop, overdue } = stopSignals(GRACE_MS);
  const reasons = new Map<string, Count>();
  const refusals: string[] = [];
  /** Kept messages that the worker would refuse again, by the current problem. */
  const skipped = new Map<string, number>();
  let done = 0;
  const bar = progressBar("dead-lettered messages", limit, !json);
  const running = takeDeadLetters(backend.queue, {
    ...task,
    wanted: (reason, { data }) => {
      if (only?.includes(reason) === false) return false;
      if (!skipRefused) return true;
      const parsed = parseMessage(data, config.REVIEWS_PATH);
      if (parsed.ok) return true;
      const { code } = parsed.problem;
      skipped.set(code, (skipped.get(code) ?? 0) + 1);
      return false;
    },
    limit,
    signal: stop,
    onDone: ({ data }, reason) => {
      const { messages, stillRefused } = reasons.get(reason) ?? { messages: 0, stillRefused: 0 };
      const refused = parseMessage(data, config.REVIEWS_PATH).ok ? 0 : 1;
      reasons.set(reason, { messages: messages + 1, stillRefused: stillRefused + refused });
      bar.update(++done);
    },
    onRefused: ({ id }, error) => refusals.push(`message ${id}: ${printable(error.message)}`),
  });
  let failure: Error | undefined;
  const left = await Promise.race([running, overdue]).catch((error: Error) => {
    failure = error;
  });
  bar.stop();
  await finish?.();
  const interrupted = left === undefined || stop.aborted;
  const { kept, refused, returned, atCapacity }: Left = left ?? {
    kept: 0,
    refused: refusals.length,
    returned: 0,
    atCapacity: false,
  };
  const complete = !interrupted && !atCapacity && refused === 0;
  if (json)
    console.log(
      JSON.stringify({
        ...counts(done, kept),
        refused,
        returned,
        reasons: Object.fromEntries(reasons),
        ...(skipRefused && { skipped: Object.fromEntries(skipped) }),
        complete,
      }),
    );
  // A count that was not finished is no answer.
  else if (left !== undefined || done > 0) console.log(describe(done, kept, reasons));
  report({
    refusals,
    skipped,
    reviewsPath: config.REVIEWS_PATH.source,
    returned,
    atCapacity,
    failure: interrupted ? (failure?.message ?? "interrupted") : undefined,
  });
  if (!complete) process.exitCode = 1;
  else if (!json) printNextStep(next?.(done, kept) ?? "");
  await backend.close();
}

interface Report extends Pick<Left, "returned" | "atCapacity"> {
  refusals: readonly string[];
  skipped: ReadonlyMap<string, number>;
  reviewsPath: string;
  failure: string | undefined;
}

/** Prints which messages remain and what to do about them. */
function report({ refusals, skipped, reviewsPath, returned, atCapacity, failure }: Report): void {
  const problem = (text: string): void => console.error(`review-sentiment: ${text}`);
  if (skipped.size > 0) {
    const total = [...skipped.values()].reduce((sum, count) => sum + count);
    const codes = [...skipped].map(([code, count]) => `${code} ${count}`).join(", ");
    problem(
      `${counted(total, "message")} kept, because a worker with REVIEWS_PATH=${reviewsPath} would refuse ${total === 1 ? "it" : "them"} again (${codes}). \`redrive export\` moves messages to a file; --force publishes them all the same`,
    );
  }
  if (refusals.length > 0)
    problem(
      `the topic refuses ${counted(refusals.length, "message")}, kept as dead-lettered; \`redrive export\` moves them to a file:\n${refusals.slice(0, NAMED).join("\n")}`,
    );
  if (returned > 0)
    problem(
      `${counted(returned, "message")} with the data of a published one arrived during this run and ${returned === 1 ? "is" : "are"} kept: probably dead-lettered again. See \`redrive summary\`, or run this command again`,
    );
  if (failure !== undefined) problem(`${printable(failure)}; the messages that were not taken are kept`);
  else if (atCapacity)
    problem(
      `${MAX_IN_FLIGHT} messages, or ${MAX_MIB_IN_FLIGHT} MiB of them, are the most that can be held, and there may be others behind them. Move some to a file, for example all of one reason by \`redrive export FILE --reason CODE\`, and run this command again`,
    );
}

function table(reasons: Reasons): string {
  if (reasons.size === 0) return "no dead-lettered messages";
  const counts = [...reasons].toSorted(([, a], [, b]) => b.messages - a.messages);
  const rows = counts.map(([reason, { messages, stillRefused }]) => [
    printable(reason),
    formatCount(messages),
    formatCount(stillRefused),
  ]);
  return formatTable(["reason", "messages", "still refused"], rows, { flexible: 0, right: [1, 2] });
}
