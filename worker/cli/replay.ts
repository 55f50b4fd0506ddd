import { resolve } from "node:path";
import type { ModelFolder } from "../../model/folder.ts";
import type { ModelId } from "../../model/model-id.ts";
import type { Backend } from "../../shared/backends/open.ts";
import { InputError } from "../../shared/input-error.ts";
import { QueuePublisher } from "../../shared/publisher.ts";
import { type ReviewStore, StoreError } from "../../shared/store.ts";
import { type Config, readConfig } from "../config.ts";
import type { BacklogLimit } from "../replay/backlog-limit.ts";
import { LabelRecord } from "../replay/label-record.ts";
import { type Checkpoint, replay as replayReviews, START } from "../replay/replay.ts";
import { decodeToken, encodeToken, type Place, placeOf, type ResumableReplay } from "../replay/resume-token.ts";
import { encodeBounds, evenBounds, rangeOf, type Shard, shardOf } from "../replay/shards.ts";
import { asCalled } from "./as-called.ts";
import { readModel } from "./backend.ts";
import { backlogLimitOf } from "./backlog-option.ts";
import { counted } from "./counted.ts";
import { requireJsonLinesFile } from "./output-file.ts";
import { openChecked, openStore } from "./preflight.ts";
import { progressBar } from "./progress.ts";
import { requireCollection } from "./require-collection.ts";
import { stopSignals } from "./stop-signals.ts";
import { formatCount, printNextStep } from "./terminal.ts";
import { announced, reportWaiting } from "./waiting.ts";
import { parseCondition, parseTime, typeHint } from "./where.ts";

export interface ReplayOptions {
  where?: string[];
  since?: string;
  unlabelled?: boolean;
  /** A string is the code of an error. */
  failed?: boolean | string;
  otherModel?: boolean;
  force?: boolean;
  limit?: number;
  rate?: number;
  /** 0: no limit. */
  maxBacklog?: number;
  record?: string;
  dryRun?: boolean;
  resume?: string;
  /** `I/N` */
  shard?: string;
  /** What `replay shards` has printed. */
  bounds?: string;
  json?: boolean;
}

/** What a count waits for. */
const FIRESTORE = "Firestore to count reviews";

/** Time for the messages in flight after a stop signal. */
const GRACE_MS = 5_000;

/** How often a replay without a progress bar prints its resume token, so that it can be continued even if it is killed. */
const NOTE_INTERVAL_MS = 30_000;

/** `replay`: publishes stored reviews again. Exits 1 if not all were published, and then prints how to continue. */
export async function replay(options: ReplayOptions): Promise<void> {
  const config = readConfig(process.env);
  const model = options.otherModel ? await readModel(config) : undefined;
  const asked = options.resume === undefined ? await planOf(options, config, model?.id) : undefined;
  if (asked === undefined) refuseOthers(options);
  const dry = options.dryRun ? asked : undefined;
  const backend = await (dry ? openStore(config) : openChecked(config));
  try {
    // The workers may have another MODEL than this shell, and the model may read fewer languages than the one before.
    if (model !== undefined && !options.json)
      console.error(
        `review-sentiment: MODEL is ${model.id}${readingOf(model, config)}${process.env.MODEL ? "" : ", the default"}; selecting reviews that another model labelled`,
      );
    if (dry) await dryRun(dry, backend.store, options);
    else {
      const place = placeOf(config, await backend.queue.projectId());
      await publish(asked ?? decodeToken(options.resume as string, place), place, backend, options);
    }
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    console.error(`review-sentiment: ${advised(error)}`);
    process.exitCode = 1;
  } finally {
    await backend.close();
  }
}

/** `replay shards`: prints bounds of shards of about equal size, for `--bounds`. */
export async function replayShards(count: number, { json = false }: { json?: boolean }): Promise<void> {
  const config = readConfig(process.env);
  const reviewsPath = config.REVIEWS_PATH;
  requireCollection(reviewsPath, "replay");
  // Firestore's client sets a paging option that its own transport then warns about.
  process.removeAllListeners("warning");
  const backend = await openStore(config);
  const found = await announced(backend.store.partition(reviewsPath, count), "Firestore to divide the reviews");
  const bounds = found ?? evenBounds(reviewsPath, count);
  const encoded = encodeBounds(count, bounds);
  if (found === undefined)
    console.error(
      "review-sentiment: an emulator cannot divide the reviews: these bounds fit ids that Firestore's clients create",
    );
  else if (bounds.length < count - 1)
    console.error(`review-sentiment: there are few reviews: ${counted(bounds.length + 1, "shard")} will have any`);
  console.log(json ? JSON.stringify({ shards: count, paths: bounds, bounds: encoded }) : encoded);
  await backend.close();
}

/** Which languages are labelled, if that is known and not all. */
function readingOf({ languages }: ModelFolder, { LANGUAGES }: Config): string {
  if (LANGUAGES === "any") return "";
  if (LANGUAGES !== undefined) return ` (labels ${LANGUAGES.join(", ")})`;
  return languages === undefined ? "" : ` (reads ${languages.join(", ")})`;
}

/** @param otherModel with `--other-model`: the model whose results are not selected */
async function planOf(
  options: ReplayOptions,
  config: Config,
  otherModel: ModelId | undefined,
): Promise<ResumableReplay> {
  const { where = [], since, unlabelled = false, failed = false, force = false, limit, record } = options;
  const shard = shardOf(options.shard, process.env);
  if (options.bounds !== undefined && shard === undefined)
    throw new InputError("--bounds is only for a shard: add --shard, or run it as a Cloud Run job with several tasks");
  const reviewsPath = config.REVIEWS_PATH;
  requireCollection(reviewsPath, "replay");
  if (record !== undefined) await requireJsonLinesFile(record, "--record");
  const conditions = where.map((condition) => parseCondition(condition, console.error));
  if (conditions.some(({ field, comparison }) => field === config.TEXT_FIELD && comparison !== "=="))
    throw new InputError(
      `--where: ${config.TEXT_FIELD} can only be compared by ==: for a range, the resume token would hold a text, and tokens are written to logs`,
    );
  if (shard !== undefined && conditions.some(({ comparison }) => comparison !== "=="))
    throw new InputError("--shard goes with comparisons by == only: a range of a field needs another order than paths");
  const selection = {
    reviewsPath,
    where: conditions,
    range: shard && rangeOf(reviewsPath, shard, options.bounds),
    since: since === undefined ? undefined : parseTime(since),
    unlabelled,
    failed,
    otherModel,
  };
  return { selection, force, limit, shard, record: record && resolve(record), checkpoint: START };
}

/** @throws {InputError} if `--resume` is combined with options that the token contains, or runs in several tasks */
function refuseOthers({ rate: _1, maxBacklog: _2, json: _3, resume: _4, ...others }: ReplayOptions): void {
  if (Object.keys(others).length > 0)
    throw new InputError(
      "--resume continues with the options of the interrupted replay: only --rate, --max-backlog and --json can be given with it",
    );
  if (shardOf(undefined, process.env) !== undefined)
    throw new InputError(
      "--resume continues one replay, and each task of this job would publish all of it: use --tasks 1",
    );
}

/** Prints how many reviews would be published. Reads the documents where a count cannot tell. */
async function dryRun(
  { selection, limit = Number.POSITIVE_INFINITY }: ResumableReplay,
  store: ReviewStore,
  { json }: ReplayOptions,
): Promise<void> {
  const { documents, exact } = await announced(store.count(selection), FIRESTORE);
  const least = Math.min(documents, limit);
  let found: Pick<Checkpoint, "published" | "read"> = { published: least, read: least };
  if (!exact) {
    const bar = progressBar("reading", documents, !json, "documents");
    const pretended = { store, publisher: { publishReview: async () => "" } };
    const { signal } = new AbortController();
    for await (found of replayReviews(pretended, START, { selection, limit, force: false, signal }))
      bar.update(found.read);
    bar.stop();
  }
  const { published: reviews, read: reads } = found;
  console.log(
    json
      ? JSON.stringify({ dryRun: true, reviews, reads })
      : `${counted(reviews, "review")} would be published; finding them reads ${counted(reads, "document")}${exact ? "" : ", as this dry run did"}`,
  );
  if (!json && reviews === 0) explainNothing(selection);
}

/** Prints why a replay may have found nothing. */
function explainNothing({ where }: ResumableReplay["selection"]): void {
  const hint = typeHint(where ?? []);
  if (hint !== undefined) console.error(hint);
}

async function publish(
  plan: ResumableReplay,
  place: Place,
  { store, queue }: Pick<Backend, "store" | "queue">,
  { rate, maxBacklog, resume, json = false }: ReplayOptions,
): Promise<void> {
  const backlogLimit = await backlogLimitOf(queue, maxBacklog, plan.shard?.of);
  const { selection, force, limit, record, checkpoint: start } = plan;
  const labels =
    record === undefined
      ? undefined
      : await LabelRecord.open(record, resume === undefined ? undefined : start.recorded, selection.otherModel);
  const parts = { store, labels, publisher: new QueuePublisher({ reviewsPath: selection.reviewsPath.source, queue }) };
  const { stop, overdue } = stopSignals(GRACE_MS);
  // Only the bar needs the count, so the replay continues without it.
  const wanted = !json && process.stderr.isTTY;
  const count = wanted
    ? await announced(store.count(selection, { after: start.position }), FIRESTORE).catch(() => undefined)
    : undefined;
  const left = (limit ?? Number.POSITIVE_INFINITY) - start.published;
  const total = count?.exact ? Math.min(count.documents, left) : count?.documents;
  const bar = progressBar("replaying", total, wanted && total !== 0);
  let checkpoint = start;
  let progressAt = performance.now();
  const stopReports = reportWaiting(
    () => performance.now() - progressAt,
    () => waitedFor(backlogLimit),
  );
  const token = () => encodeToken({ ...plan, checkpoint }, place);
  const notes = setInterval(() => {
    if (!process.stderr.isTTY)
      console.error(
        `${nameOf(plan.shard)}${counted(checkpoint.published, "review")} published; ${howToContinue(token())}`,
      );
  }, NOTE_INTERVAL_MS);
  let failure: Error | undefined;
  const run = async (): Promise<void> => {
    for await (checkpoint of replayReviews(parts, start, {
      selection,
      force,
      limit,
      rate,
      backlogLimit,
      signal: stop,
    })) {
      progressAt = performance.now();
      bar.update(count?.exact ? checkpoint.published - start.published : checkpoint.read - start.read);
    }
  };
  const running = run().catch((error: Error) => {
    failure = error;
  });
  await Promise.race([running, overdue]);
  clearInterval(notes);
  stopReports();
  bar.stop();
  await labels?.close();

  const { done } = checkpoint;
  const published = checkpoint.published - start.published;
  if (json)
    console.log(
      JSON.stringify({
        published,
        publishedInAll: checkpoint.published,
        read: checkpoint.read - start.read,
        done,
        ...(!done && { resume: token() }),
      }),
    );
  else {
    const before = start.published === 0 ? "" : `, ${checkpoint.published} with those before the interruption`;
    console.log(
      `${nameOf(plan.shard)}${counted(published, "review")} published${before}; ${counted(checkpoint.read - start.read, "document")} read`,
    );
  }
  if (done) {
    if (!json && checkpoint.published > 0) printNextStep(nextStep(plan));
    else if (!json) explainNothing(selection);
    return;
  }
  const why = failure === undefined ? "interrupted" : advised(failure);
  console.error(`review-sentiment: ${why}\nNot all reviews were published; ${howToContinue(token())}`);
  process.exitCode = 1;
}

function nextStep({ record, force, selection: { unlabelled, failed, otherModel } }: ResumableReplay): string {
  if (record !== undefined) return `Workers label them now. What has changed: npm run replay -- report ${record}`;
  // A label changes only these states. A dry run of any other selection counts all of it again.
  const isCounted = !force && (unlabelled || failed !== false || otherModel !== undefined);
  return isCounted
    ? "Workers label them now. How many are left: repeat the command with --dry-run"
    : "Workers label them now. Their log counts them once a minute: messages settled";
}

/** Begins a line about one shard of several. */
function nameOf(shard: Shard | undefined): string {
  return shard === undefined ? "" : `shard ${shard.number}/${shard.of}: `;
}

function howToContinue(token: string): string {
  return asCalled(`continue with: npm run replay -- --resume ${token}`);
}

/** What a replay that makes no progress waits for. */
function waitedFor({ isWaiting = false, latest }: Partial<BacklogLimit> = {}): string {
  if (!isWaiting) return "Firestore or Pub/Sub";
  const waiting = latest && `${formatCount(latest.messages)} messages waited`;
  return waiting === undefined
    ? "the workers"
    : `the workers: ${waiting} at ${latest?.at.toISOString().slice(11, 19)} UTC`;
}

/** The error's message, and what to do about a missing index. */
function advised(error: Error): string {
  if (!(error instanceof StoreError) || error.code !== "index-missing") return error.message;
  return `${error.message}\nCreate the index: the message has a link, and docs/guides/replay.md says which index it is. Or add --unlabelled: then --failed and --other-model need no index, but every review is read.`;
}
