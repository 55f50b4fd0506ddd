import { setTimeout as sleep } from "node:timers/promises";
import type { Classifier } from "../../model/classifier.ts";
import { type ModelFolder, readModelFolder } from "../../model/folder.ts";
import { resolveModel } from "../../model/named-models.ts";
import { OnnxClassifier } from "../../model/onnx-classifier.ts";
import type { FirestoreStore } from "../../shared/backends/firestore.ts";
import type { Backend, BackendOptions } from "../../shared/backends/open.ts";
import type { PubSubQueue } from "../../shared/backends/pubsub.ts";
import type { LabelSettings } from "../../shared/result.ts";
import type { Config } from "../config.ts";
import type { WorkerOptions } from "../worker.ts";

/** Project of the emulators, where nothing else says one: they take any. */
export const EMULATOR_PROJECT = "demo-review-sentiment";

export function backendOptions(config: Config): BackendOptions {
  return {
    projectId: config.GOOGLE_CLOUD_PROJECT,
    databaseId: config.FIRESTORE_DATABASE,
    topic: config.PUBSUB_TOPIC,
    subscription: config.PUBSUB_SUBSCRIPTION,
    deadLetterTopic: config.DEAD_LETTER_TOPIC,
    deadLetterSubscription: config.DEAD_LETTER_SUBSCRIPTION,
    textField: config.TEXT_FIELD,
    resultField: config.RESULT_FIELD,
  };
}

export type ConfiguredBackend = Backend & {
  queue: PubSubQueue;
  store: FirestoreStore;
  /** Creates topics and subscriptions on an emulator, which starts empty. */
  prepare(): Promise<void>;
};

/**
 * The backend of a command that works for real: Google Cloud, or the emulators that the environment names. No server is asked
 * yet.
 */
export async function connectConfigured(config: Config): Promise<ConfiguredBackend> {
  const options = backendOptions(config);
  // Google's clients take a while to load: here, so that commands without them need not wait.
  const { openCloud } = await import("../../shared/backends/open.ts");
  const { PUBSUB_EMULATOR_HOST, FIRESTORE_EMULATOR_HOST } = process.env;
  const onEmulator = PUBSUB_EMULATOR_HOST || FIRESTORE_EMULATOR_HOST ? EMULATOR_PROJECT : undefined;
  const backend = openCloud({ ...options, projectId: options.projectId ?? onEmulator });
  return {
    ...backend,
    prepare: async () => {
      if (PUBSUB_EMULATOR_HOST) await backend.queue.create();
    },
    close: () => Promise.race([backend.close(), sleep(CLOSE_MS, undefined, { ref: false })]),
  };
}

/** A client retries for minutes while its server cannot be reached, and does not close before. */
const CLOSE_MS = 5_000;

/**
 * The model that the configuration names, read and checked but not loaded yet.
 * @throws {ModelFolderError}
 */
export async function readModel(config: Config): Promise<ModelFolder> {
  const { folder, ...named } = await resolveModel(config.MODEL);
  return readModelFolder(folder, named);
}

/**
 * The model that the configuration names, loaded and warmed up.
 * @param warn called if the configuration asks for languages that the model does not read. @default prints to standard error
 */
export async function openClassifier(
  config: Config,
  model?: ModelFolder,
  warn: (message: string) => void = (message) => console.error(`review-sentiment: ${message}`),
): Promise<Classifier> {
  const folder = model ?? (await readModel(config));
  const unread = unreadLanguages(folder, config);
  if (unread.length > 0)
    warn(`LANGUAGES has ${unread.join(", ")}, which ${folder.id} does not read: its labels may be wrong there`);
  return OnnxClassifier.open(folder, {
    threads: config.INFERENCE_THREADS,
    maxBatchTokens: config.MAX_BATCH_TOKENS,
    batching: config.BATCHING,
    languages: config.LANGUAGES,
  });
}

/** The languages of `LANGUAGES` that the model does not read, as far as that is known. */
function unreadLanguages({ languages: read }: ModelFolder, { LANGUAGES: asked }: Config): readonly string[] {
  return read === undefined || asked === undefined || asked === "any"
    ? []
    : asked.filter((language) => !read.includes(language));
}

export function labelSettings({ NEUTRAL, NEUTRAL_BELOW }: Pick<Config, "NEUTRAL" | "NEUTRAL_BELOW">): LabelSettings {
  return { neutral: NEUTRAL, neutralBelow: NEUTRAL_BELOW };
}

/** The longest time for which failures of the store are retried: Pub/Sub's own pauses are longer. */
const MAX_STORE_RETRY_MS = 45_000;

/** Three quarters of the ack deadline: a message may have waited before, and the nack must be in time. */
function storeRetryMs({ ACK_DEADLINE_SECONDS, DELIVERY }: Pick<Config, "ACK_DEADLINE_SECONDS" | "DELIVERY">): number {
  // A worker that pulls extends the deadline of what it has in flight.
  if (DELIVERY === "pull") return MAX_STORE_RETRY_MS;
  return Math.min(MAX_STORE_RETRY_MS, ACK_DEADLINE_SECONDS * 750);
}

/**
 * Pub/Sub gives up a push at its ack deadline, and Cloud Run may end the request at the same time. A failing store is not all that a
 * message can wait for: others may be ahead of it, and each of their requests takes seconds.
 */
function settleWithinMs({
  ACK_DEADLINE_SECONDS,
  DELIVERY,
}: Pick<Config, "ACK_DEADLINE_SECONDS" | "DELIVERY">): number | undefined {
  return DELIVERY === "pull" ? undefined : ACK_DEADLINE_SECONDS * 900;
}

export function workerOptions(config: Config): WorkerOptions {
  return {
    reviewsPath: config.REVIEWS_PATH,
    labelSettings: labelSettings(config),
    maxBatchReviews: config.MAX_BATCH_REVIEWS,
    maxConcurrentBatches: config.MAX_CONCURRENT_BATCHES,
    maxOutstanding: config.MAX_OUTSTANDING,
    storeRetryMs: storeRetryMs(config),
    settleWithinMs: settleWithinMs(config),
  };
}
