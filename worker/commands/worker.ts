import { Classifier } from "../../model/classifier.ts";
import { resolveModel } from "../../model/registry.ts";
import { readConfig } from "../config.ts";
import { createLogger, logSettlements } from "../log.ts";
import { Worker } from "../worker.ts";
import { openConfigured, workerOptions } from "./backend.ts";

/** `worker`: the service, until SIGTERM or SIGINT. Exits 0 when it was told to stop and non-zero when it lost its subscription. */
export async function worker(): Promise<void> {
  const config = readConfig(process.env);
  const log = createLogger(config.LOG_LEVEL);
  const signal = new Promise<NodeJS.Signals>((resolve) => {
    for (const name of ["SIGTERM", "SIGINT"] as const) {
      process.once(name, () => {
        resolve(name);
        process.once(name, () => process.exit(1));
      });
    }
  });

  const { folder, ...named } = resolveModel(config.MODEL);
  const classifier = await Classifier.open(folder, {
    ...named,
    threads: config.INFERENCE_THREADS,
    maxBatchTokens: config.MAX_BATCH_TOKENS,
  });
  const backend = await openConfigured(config);
  const service = new Worker({ ...backend, classifier }, workerOptions(config));
  const stopLogging = logSettlements(service.pipeline, log);
  log.info(
    {
      model: classifier.model,
      subscription: config.PUBSUB_SUBSCRIPTION,
      reviews: config.REVIEWS_PATH.source,
      inferenceThreads: config.INFERENCE_THREADS,
    },
    "worker started",
  );
  try {
    const name = await Promise.race([signal, service.done]);
    log.info({ signal: name, graceMs: config.SHUTDOWN_GRACE_MS }, "worker stopping");
  } catch (error) {
    log.fatal({ err: error }, "the subscription is lost: the worker stops");
    process.exitCode = 1;
  }
  await service.stop(config.SHUTDOWN_GRACE_MS);
  stopLogging();
  log.info("worker stopped");
  // Connections and threads may take their time to close; everything that matters has been sent.
  process.exit();
}
