/**
 * What all functions of an instance share: the worker's pipeline, with the functions as its intake. Requests that run at the same
 * time share batches. The settlement of a message answers its request; no queue is behind it.
 */
import { FirestoreStore } from "../../shared/backends/firestore.ts";
import { encodeMessage } from "../../shared/publisher.ts";
import { backendOptions, labelSettings, openClassifier, workerOptions } from "../../worker/cli/backend.ts";
import { leave } from "../../worker/cli/leave.ts";
import { readConfig, VARIABLES } from "../../worker/config.ts";
import { createLogger, logPipeline } from "../../worker/log.ts";
import { hasCurrentResult } from "../../worker/pipeline/label-batch.ts";
import { Pipeline } from "../../worker/pipeline/pipeline.ts";
import type { Settlement } from "../../worker/pipeline/settlement.ts";

/** A failing store is asked again for this long. */
const STORE_RETRY_MS = 30_000;
/** What is not labelled by then, because much else waits for the store, is delivered again. The functions' own timeout is 120 s. */
const SETTLE_WITHIN_MS = 100_000;

export type Labeller = Awaited<ReturnType<typeof openLabeller>>;

/** @throws {ConfigError} if a parameter is not valid */
export async function openLabeller(env: NodeJS.ProcessEnv) {
  // Delivery and HTTP are the platform's, which sets PORT too.
  const names = Object.entries(VARIABLES).flatMap(([name, { section }]) =>
    section === "Delivery and HTTP" ? [] : [name],
  );
  const config = readConfig({
    ...Object.fromEntries(names.map((name) => [name, env[name]])),
    GOOGLE_CLOUD_PROJECT: env.GOOGLE_CLOUD_PROJECT ?? env.GCLOUD_PROJECT,
  });
  const log = createLogger(config.LOG_LEVEL, config.GOOGLE_CLOUD_PROJECT);
  const store = new FirestoreStore(backendOptions(config));
  // The first request to Firestore connects, which takes about as long as loading the model.
  const [classifier] = await Promise.all([openClassifier(config), store.reach().catch(() => {})]);
  // The platform starts another instance, which gets what is in flight again.
  void classifier.whenBroken.then(() => {
    log.fatal("the inference threads keep dying: the instance cannot go on");
    leave(classifier, 1);
  });
  // There is no dead-letter topic: an invalid message is logged, by the pipeline, and dropped.
  const queue = { deadLetter: async () => {} };
  // The platform delays what it delivers again.
  const options = {
    ...workerOptions(config),
    storeRetryMs: STORE_RETRY_MS,
    settleWithinMs: SETTLE_WITHIN_MS,
    nackDelayMs: 0,
  };
  const pipeline = new Pipeline({ queue, store, classifier }, options);
  logPipeline(pipeline, log);
  const settings = labelSettings(config);

  /** Whether a document needs no new result. */
  function isCurrent(text: unknown, result: unknown): boolean {
    return hasCurrentResult({ text, result }, { classifier, labelSettings: settings });
  }

  /** Labels a review that exists, unless it has been deleted since. Never rejects. */
  function label(path: string, id = ""): Promise<Settlement> {
    const data = encodeMessage({ path });
    return pipeline.process({ id, data, attributes: {}, publishTime: undefined, existed: true });
  }

  return { config, log, store, classifier, settings, pipeline, isCurrent, label };
}
