/**
 * The worker as a Firebase function kit: functions that label the reviews in Firestore. They adapt events, calls and tasks to the
 * worker's own pipeline; see `labeller.ts`.
 */
import { randomUUID } from "node:crypto";
import { type CloudEvent, requiresAPI, requiresRole } from "firebase-functions";
import { onDocumentWritten } from "firebase-functions/firestore";
import { HttpsError, onCall } from "firebase-functions/https";
import { afterFirstDeploy } from "firebase-functions/lifecycle";
import { type MessagePublishedData, onMessagePublished } from "firebase-functions/pubsub";
import { onTaskDispatched } from "firebase-functions/tasks";
import type { Settlement } from "../../worker/pipeline/settlement.ts";
import type { Labeller } from "./labeller.ts";
import { PARAMS } from "./params.ts";

requiresAPI("firestore.googleapis.com", "Reads the reviews and stores their labels.");
requiresAPI("cloudtasks.googleapis.com", "Labels the stored reviews in several runs.");
requiresRole("roles/datastore.user");
// For triggers.
requiresRole("roles/eventarc.eventReceiver");
requiresRole("roles/run.invoker");
// A run of a backfill enqueues the next one.
requiresRole("roles/cloudtasks.enqueuer");

const BACKFILL = "backfillReviews";
/** Longer than the pipeline tries to store a result. */
const TIMEOUT_S = 120;
/** Below the ten minutes that Cloud Tasks waits for an answer to the task of the first deployment, which sets no deadline. */
const BACKFILL_TIMEOUT_S = 540;
/** After this time a run leaves the rest to the next one. What is in flight then has four minutes to finish. */
const BACKFILL_RUN_MS = Number(process.env.BACKFILL_RUN_MS ?? 300_000);

const INSTANCE = {
  region: PARAMS.region,
  memory: PARAMS.memory,
  // The CLI accepts an expression here too.
  cpu: PARAMS.cpu as unknown as number,
  maxInstances: PARAMS.maxInstances,
  concurrency: 80,
  timeoutSeconds: TIMEOUT_S,
} as const;

let opened: Promise<Labeller> | undefined;

/** Shared by all requests of the instance. If it cannot be opened, the next request tries again. */
function labeller(): Promise<Labeller> {
  opened ??= import("./labeller.ts")
    .then(({ openLabeller }) => openLabeller(process.env))
    .catch((error) => {
      opened = undefined;
      throw error;
    });
  return opened;
}

// On Cloud Run a request is on its way, so load the model now. The CLI only loads this file to list the functions.
if (process.env.K_SERVICE && process.env.FUNCTION_TARGET !== undefined) labeller().catch(() => {});

/** Throws if the review has no result yet: the platform then delivers the event again. */
function throwIfRetried(settlement: Settlement): void {
  if (settlement.outcome === "retried") throw settlement.error ?? new Error(`not labelled: ${settlement.reason}`);
}

/**
 * The event in a Pub/Sub push. Eventarc sends that if the document's id cannot be part of a header, for example because it ends with
 * a space; the Functions Framework takes it for an event of Pub/Sub, about no document.
 * https://github.com/GoogleCloudPlatform/functions-framework-nodejs/pull/786
 */
function unwrapped(event: CloudEvent<unknown>): CloudEvent<unknown> {
  if (event.type !== "google.cloud.pubsub.topic.v1.messagePublished") return event;
  const { data, attributes } = (event.data as MessagePublishedData).message;
  const own = Object.entries(attributes).map(([name, value]) => [name.toLowerCase().replace(/^ce-/, ""), value]);
  return { ...event, ...Object.fromEntries(own), data: Buffer.from(data, "base64") };
}

const onWritten = onDocumentWritten(
  {
    ...INSTANCE,
    minInstances: PARAMS.minInstances,
    document: PARAMS.reviewsPath,
    database: PARAMS.database,
    retry: true,
  },
  async ({ id, data }) => {
    const { after } = data ?? {};
    if (!after?.exists) return;
    const { config, isCurrent, label } = await labeller();
    if (!isCurrent(after.get(config.TEXT_FIELD), after.get(config.RESULT_FIELD)))
      // The event's `document` comes from a header, where Node garbles what is not ASCII:
      // https://github.com/firebase/firebase-functions/issues/1459
      throwIfRetried(await label(after.ref.path, id));
  },
);

/** Labels a review when it is written, unless its text already has a result. */
export const classifyReviews = Object.assign((event: CloudEvent<unknown>) => onWritten(unwrapped(event)), onWritten);

/** Labels the reviews that messages name, as the worker does. Only where a topic is set. */
export const classifyPublished = process.env.PUBSUB_TOPIC
  ? onMessagePublished({ ...INSTANCE, topic: PARAMS.topic, retry: true }, async ({ data: { message } }) => {
      // A message of attributes alone has no data, whatever its type says.
      const data = Buffer.from(message.data ?? "", "base64");
      const { messageId: id, attributes, publishTime } = message;
      const { pipeline } = await labeller();
      throwIfRetried(await pipeline.process({ id, data, attributes, publishTime: new Date(publishTime) }));
    })
  : undefined;

/** Classifies `{ text }` or `{ texts }` for users of the application; the answer is that of the worker's `POST /classify`. */
export const classifyReview = onCall(
  { ...INSTANCE, minInstances: PARAMS.minInstances, enforceAppCheck: true },
  async ({ auth, data }) => {
    if (auth === undefined) throw new HttpsError("unauthenticated", "sign in first");
    const { answerCall, countCall } = await import("./direct.ts");
    await countCall(auth.uid, PARAMS.callsPerMinute.value());
    return answerCall(await labeller(), data);
  },
);

interface BackfillTask {
  /** Do nothing unless the parameter `BACKFILL` is on. */
  ifEnabled?: boolean;
  /** Where the previous run stopped. */
  token?: string;
  /** Number of this run, from 1. */
  run?: number;
  /** Task id of the first run. */
  first?: string;
}

/** Labels the stored reviews: after the first deployment if `BACKFILL` is on, and whenever a task asks for it. */
export const backfillReviews = onTaskDispatched<BackfillTask>(
  {
    ...INSTANCE,
    maxInstances: 1,
    concurrency: 1,
    timeoutSeconds: BACKFILL_TIMEOUT_S,
    retryConfig: { maxAttempts: 20, minBackoffSeconds: 10, maxBackoffSeconds: 600 },
    rateLimits: { maxConcurrentDispatches: 1 },
  },
  async ({ id, data }) => {
    const { ifEnabled, token, run = 1, first = id ?? randomUUID() } = data ?? {};
    if (ifEnabled && !PARAMS.backfill.value()) return;
    const { backfill } = await import("./backfill.ts");
    const rest = await backfill(await labeller(), token, BACKFILL_RUN_MS);
    if (rest === undefined) return;
    const { getApps, initializeApp } = await import("firebase-admin/app");
    const { getFunctions } = await import("firebase-admin/functions");
    if (getApps().length === 0) initializeApp();
    const queue = getFunctions().taskQueue<BackfillTask>(`locations/${PARAMS.region.value()}/functions/${BACKFILL}`);
    // A task that is delivered twice has one successor: the queue refuses a second one with the same id.
    const options = { id: `${first}-${run}`, dispatchDeadlineSeconds: BACKFILL_TIMEOUT_S };
    await queue.enqueue({ token: rest, run: run + 1, first }, options).catch((error) => {
      if (error.code !== "functions/task-already-exists") throw error;
    });
  },
);

afterFirstDeploy({ task: { function: BACKFILL, body: { data: { ifEnabled: true } } } });
