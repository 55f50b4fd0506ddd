import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Backend } from "../../shared/backends/open.ts";
import { QueuePublisher } from "../../shared/publisher.ts";
import { InputError } from "../../shared/reviews-file.ts";
import { type ReviewStore, StoreError } from "../../shared/store.ts";
import { type Config, readConfig } from "../config.ts";
import { LabelRecord } from "../replay/label-record.ts";
import { type Checkpoint, replay as replayReviews, START } from "../replay/replay.ts";
import { decodeToken, encodeToken, type Place, type ResumableReplay } from "../replay/resume-token.ts";
import { modelId, openConfigured } from "./backend.ts";
import { preflight } from "./preflight.ts";
import { progressBar } from "./progress.ts";
import { stopSignals } from "./stop-signals.ts";
import { parseCondition, parseTime } from "./where.ts";

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
  record?: string;
  dryRun?: boolean;
  resume?: string;
  json?: boolean;
}

/** For messages that are on their way when the replay is told to stop. */
const GRACE_MS = 5_000;

/** How often a replay that has no progress bar says how far it is, so that it can be gone on with even if it is killed. */
const NOTE_INTERVAL_MS = 30_000;

/** `replay`: publishes stored reviews again. Exits 1 if not all were published, and then says how to go on. */
export async function replay(options: ReplayOptions): Promise<void> {
  const config = readConfig(process.env);
  const asked = options.resume === undefined ? await planOf(options, config) : undefined;
  if (asked === undefined) refuseOthers(options);
  await preflight(config);
  const backend = await openConfigured(config);
  try {
    const place = {
      GOOGLE_CLOUD_PROJECT: await backend.queue.projectId(),
      FIRESTORE_DATABASE: config.FIRESTORE_DATABASE,
      REVIEWS_PATH: config.REVIEWS_PATH.source,
      RESULT_FIELD: config.RESULT_FIELD,
      PUBSUB_TOPIC: config.PUBSUB_TOPIC,
      // One emulator is like another; Google Cloud is not.
      FIRESTORE_EMULATOR_HOST: process.env.FIRESTORE_EMULATOR_HOST ? "set" : "not set",
    };
    const plan = asked ?? decodeToken(options.resume as string, place);
    if (options.dryRun) await dryRun(plan, backend.store, options);
    else await publish(plan, place, backend, options);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    console.error(`review-sentiment: ${advised(error)}`);
    process.exitCode = 1;
  } finally {
    // The client may go on trying for minutes to send what nobody waits for any more.
    await Promise.race([backend.close(), sleep(GRACE_MS, undefined, { ref: false })]);
  }
  process.exit();
}

async function planOf(options: ReplayOptions, config: Config): Promise<ResumableReplay> {
  const { where = [], since, unlabelled = false, failed = false, otherModel, force = false, limit, record } = options;
  const reviewsPath = config.REVIEWS_PATH;
  if (reviewsPath.collection === undefined)
    throw new InputError(`replay must know the reviews' collection by name, and REVIEWS_PATH is ${reviewsPath.source}`);
  if (record !== undefined && /\.(gz|csv)$/.test(record))
    throw new InputError(
      `--record ${record}: JSON lines are written; call the file ${record.replace(/(\.(gz|csv))+$/, "")}.jsonl`,
    );
  const conditions = where.map((condition) => parseCondition(condition, console.error));
  if (conditions.some(({ field, comparison }) => field === config.TEXT_FIELD && comparison !== "=="))
    throw new InputError(
      `--where: ${config.TEXT_FIELD} can only be compared by ==. To go on in a range of texts the resume token would have to hold one, and it is written to logs`,
    );
  const selection = {
    reviewsPath,
    where: conditions,
    since: since === undefined ? undefined : parseTime(since),
    unlabelled,
    failed,
    otherModel: otherModel ? await modelId(config) : undefined,
  };
  return { selection, force, limit, record: record && resolve(record), checkpoint: START };
}

/** @throws {InputError} if more than `--rate` and `--json` is said beside `--resume` */
function refuseOthers({ rate: _rate, json: _json, resume: _resume, ...others }: ReplayOptions): void {
  if (Object.keys(others).length > 0)
    throw new InputError(
      "--resume goes on with what was asked for before: only --rate and --json can be said beside it",
    );
}

/** Says how many reviews would be published. Where only the documents themselves can tell, it reads them. */
async function dryRun(
  { selection, limit = Number.POSITIVE_INFINITY }: ResumableReplay,
  store: ReviewStore,
  { json }: ReplayOptions,
): Promise<void> {
  const { documents, exact } = await store.count(selection);
  const least = Math.min(documents, limit);
  let found: Pick<Checkpoint, "published" | "read"> = { published: least, read: least };
  if (!exact) {
    const bar = progressBar("reading", documents, !json);
    const pretence = { store, publisher: { publishReview: async () => "" } };
    const { signal } = new AbortController();
    for await (found of replayReviews(pretence, START, { selection, limit, force: false, signal }))
      bar.update(found.read);
    bar.stop();
  }
  const { published: reviews, read: reads } = found;
  console.log(
    json
      ? JSON.stringify({ dryRun: true, reviews, reads })
      : `${reviews} reviews would be published; finding them reads ${reads} documents${exact ? "" : ", as this dry run did"}`,
  );
}

async function publish(
  plan: ResumableReplay,
  place: Place,
  { store, queue }: Pick<Backend, "store" | "queue">,
  { rate, resume, json = false }: ReplayOptions,
): Promise<void> {
  const { selection, force, limit, record, checkpoint: start } = plan;
  const labels =
    record === undefined
      ? undefined
      : await LabelRecord.open(record, resume === undefined ? undefined : start.recorded);
  const parts = { store, labels, publisher: new QueuePublisher({ reviewsPath: selection.reviewsPath.source, queue }) };
  const { stop, overdue } = stopSignals(GRACE_MS);
  // Only the bar has a use for it: without, the replay goes on all the same. Where there is nothing, there is nothing to draw.
  const wanted = !json && process.stderr.isTTY;
  const count = wanted ? await store.count(selection, { after: start.position }).catch(() => undefined) : undefined;
  const left = (limit ?? Number.POSITIVE_INFINITY) - start.published;
  const total = count?.exact ? Math.min(count.documents, left) : count?.documents;
  const bar = progressBar("replaying", total, wanted && total !== 0);
  let checkpoint = start;
  const token = () => encodeToken({ ...plan, checkpoint }, place);
  const notes = setInterval(() => {
    if (!process.stderr.isTTY) console.error(`${checkpoint.published} reviews published; ${howToGoOn(token())}`);
  }, NOTE_INTERVAL_MS);
  let failure: Error | undefined;
  const run = async (): Promise<void> => {
    for await (checkpoint of replayReviews(parts, start, { selection, force, limit, rate, signal: stop }))
      bar.update(count?.exact ? checkpoint.published - start.published : checkpoint.read - start.read);
  };
  const running = run().catch((error: Error) => {
    failure = error;
  });
  await Promise.race([running, overdue]);
  clearInterval(notes);
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
    console.log(`${published} reviews published${before}; ${checkpoint.read - start.read} documents read`);
  }
  if (done) return;
  const why = failure === undefined ? "interrupted" : advised(failure);
  console.error(`review-sentiment: ${why}\nNot all are published; ${howToGoOn(token())}`);
  process.exitCode = 1;
}

function howToGoOn(token: string): string {
  return `go on with: npm run replay -- --resume ${token}`;
}

/** The error's message, and what to do about it where it is a missing index. */
function advised(error: Error): string {
  if (!(error instanceof StoreError) || error.code !== "FAILED_PRECONDITION" || !/\bindex\b/.test(error.message))
    return error.message;
  return `${error.message}\nCreate the index (the message has a link to do so; docs/guides/replay.md says which it is). For --failed and --other-model there is a way without: add --unlabelled, and every review is read.`;
}
