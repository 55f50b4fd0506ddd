/**
 * What all functions of an instance share: the worker's pipeline, with the functions as its intake. Requests that run at the same
 * time share batches. The settlement of a delivery answers its request; no queue is behind it.
 */
import type { Classifier } from "../../model/classifier.ts";
import { FirestoreStore } from "../../shared/backends/firestore.ts";
import { encodeMessage } from "../../shared/message.ts";
import type { Delivery } from "../../shared/queue.ts";
import type { LabelSettings } from "../../shared/result.ts";
import { labelSettings, openClassifier, workerOptions } from "../../worker/cli/backend.ts";
import { type Config, readConfig } from "../../worker/config.ts";
import { createLogger } from "../../worker/log.ts";
import { hasCurrentResult } from "../../worker/pipeline/label-batch.ts";
import { Pipeline } from "../../worker/pipeline/pipeline.ts";
import type { Settlement } from "../../worker/pipeline/settlement.ts";

/** A failing store is asked again for this long. The function's own timeout is longer. */
const STORE_RETRY_MS = 30_000;

/** The worker's variables that mean the same here. Others, such as PORT, are the platform's. */
const VARIABLES = [
  "FIRESTORE_DATABASE",
  "REVIEWS_PATH",
  "TEXT_FIELD",
  "RESULT_FIELD",
  "MODEL",
  "NEUTRAL",
  "NEUTRAL_BELOW",
  "LANGUAGES",
  "INFERENCE_THREADS",
  "LOG_LEVEL",
] as const;

export type Message = Omit<Delivery, "ack" | "nack">;

export class Labeller {
  readonly config: Config;
  readonly classifier: Classifier;
  readonly store: FirestoreStore;
  readonly settings: LabelSettings;
  readonly log;
  readonly #pipeline: Pipeline;
  readonly #requests = new Map<Delivery, (settlement: Settlement) => void>();

  private constructor(config: Config, classifier: Classifier, store: FirestoreStore) {
    this.config = config;
    this.classifier = classifier;
    this.store = store;
    this.settings = labelSettings(config);
    this.log = createLogger(config.LOG_LEVEL, config.GOOGLE_CLOUD_PROJECT);
    const queue = {
      // There is no dead-letter topic: the message is logged and dropped.
      deadLetter: async (
        _: Uint8Array,
        { deadLetterReason, deadLetterDetail, deadLetterMessageId }: Record<string, string>,
      ) => this.log.warn({ deadLetterReason, deadLetterDetail, deadLetterMessageId }, "invalid message dropped"),
    };
    // The platform delays what it delivers again.
    const options = { ...workerOptions(config), storeRetryMs: STORE_RETRY_MS, nackDelayMs: 0 };
    this.#pipeline = new Pipeline({ queue, store, classifier }, options);
    this.#pipeline.on("settled", (settlement, delivery) => {
      this.#requests.get(delivery)?.(settlement);
      this.#requests.delete(delivery);
    });
  }

  /** @throws {ConfigError} if a parameter is not valid */
  static async open(env: NodeJS.ProcessEnv): Promise<Labeller> {
    const config = readConfig({
      ...Object.fromEntries(VARIABLES.map((name) => [name, env[name]])),
      GOOGLE_CLOUD_PROJECT: env.GOOGLE_CLOUD_PROJECT ?? env.GCLOUD_PROJECT,
    });
    const store = new FirestoreStore({
      projectId: config.GOOGLE_CLOUD_PROJECT,
      databaseId: config.FIRESTORE_DATABASE,
      textField: config.TEXT_FIELD,
      resultField: config.RESULT_FIELD,
    });
    // The first request to Firestore connects, which takes about as long as loading the model.
    const [classifier] = await Promise.all([openClassifier(config), store.reach().catch(() => {})]);
    return new Labeller(config, classifier, store);
  }

  /** Whether a document needs no new result. */
  isCurrent(text: unknown, result: unknown): boolean {
    return hasCurrentResult({ text, result }, { classifier: this.classifier, labelSettings: this.settings });
  }

  /** Labels the review that a message names. Never rejects. */
  receive(message: Message): Promise<Settlement> {
    return new Promise((resolve) => {
      const delivery = { ...message, ack: () => {}, nack: () => {} };
      this.#requests.set(delivery, resolve);
      this.#pipeline.receive(delivery);
    });
  }

  /** Labels a review. Never rejects. */
  label(path: string, id = "", publishTime?: Date): Promise<Settlement> {
    return this.receive({ id, data: encodeMessage({ path }), attributes: {}, publishTime });
  }
}
