import { setTimeout as sleep } from "node:timers/promises";
import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import type { Classifier } from "../../model/classifier.ts";
import { type Config, readConfig } from "../config.ts";
import type { ServerOptions } from "../http/server.ts";
import { createLogger, logSeldom, logSettlements } from "../log.ts";
import type { Telemetry } from "../telemetry.ts";
import { Worker } from "../worker.ts";
import { labelSettings, openClassifier, openConfigured, readModel, workerOptions } from "./backend.ts";
import { onStopSignals } from "./stop-signals.ts";

/** At least, of the grace, for closing what is left when all messages are settled. */
const CLOSE_MS = 1_000;
/** Of that, for the end of the process itself. */
const EXIT_MS = 250;

/** `worker`: the service, until SIGTERM or SIGINT. Exits 0 when it was told to stop and non-zero when it cannot go on or is told twice. */
export async function worker(telemetry?: Telemetry): Promise<void> {
  const config = readConfig(process.env);
  const log = createLogger(config.LOG_LEVEL, config.GOOGLE_CLOUD_PROJECT);
  let classifier: Classifier | undefined;
  const leave = (code?: number): never => {
    // An orderly exit waits for threads, and aborts those that compute (onnxruntime-node 1.30).
    if (classifier !== undefined && (classifier.busy > 0 || classifier.stuck > 0)) process.kill(process.pid, "SIGKILL");
    return process.exit(code ?? process.exitCode);
  };
  const signal = new Promise<NodeJS.Signals>((resolve) => onStopSignals(resolve, () => leave(1)));

  const model = await readModel(config);
  // The inference threads load the model while this one loads Google's clients.
  const [opened, backend] = await Promise.all([openClassifier(config, model), openConfigured(config)]);
  classifier = opened;
  const service = new Worker({ ...backend, classifier }, workerOptions(config));
  const server = await startServer(service, config, log).catch(async (error) => {
    log.fatal({ err: error }, "the worker cannot start");
    await service.stop(config.SHUTDOWN_GRACE_MS - CLOSE_MS);
    return leave(1);
  });
  const stopLogging = logSettlements(service.pipeline, log);
  telemetry?.observe(service);
  log.info(
    {
      model: classifier.model,
      delivery: config.DELIVERY,
      ...(config.DELIVERY === "pull" && { subscription: config.PUBSUB_SUBSCRIPTION }),
      ...(server !== undefined && { listening: server.addresses() }),
      reviews: config.REVIEWS_PATH.source,
      inferenceThreads: config.INFERENCE_THREADS,
    },
    "worker started",
  );
  try {
    const name = await Promise.race([signal, service.done]);
    log.info({ signal: name, graceMs: config.SHUTDOWN_GRACE_MS }, "worker stopping");
  } catch (error) {
    log.fatal({ err: error }, "the worker cannot go on");
    process.exitCode = 1;
  }
  const deadline = performance.now() + config.SHUTDOWN_GRACE_MS;
  await service.stop(config.SHUTDOWN_GRACE_MS - CLOSE_MS);
  // The last answers and spans go out and the last inference ends; a client that does not read must not keep the process.
  await Promise.race([
    Promise.all([server?.close(), opened.close(), Promise.race([telemetry?.stop(), sleep(CLOSE_MS)])]),
    sleep(deadline - EXIT_MS - performance.now()),
  ]);
  stopLogging();
  log.info("worker stopped");
  // Connections may take their time to close; everything that matters has been sent.
  leave();
}

/** With push there is always a server; with pull only if a port is given, for probes and direct classification. */
async function startServer(service: Worker, config: Config, log: Logger): Promise<FastifyInstance | undefined> {
  const { DELIVERY, PORT, PUSH_AUDIENCE, PUSH_SERVICE_ACCOUNT, API_KEYS } = config;
  if (DELIVERY === "pull" && PORT === undefined) return undefined;
  const [{ createServer }, { PushTokenVerifier }] = await Promise.all([
    import("../http/server.ts"),
    import("../intake/push-token.ts"),
  ]);
  const failed = logSeldom(log, "error", "a request failed");
  const options: ServerOptions = {
    onError: (error) => failed(error.name, error),
    onRefused: logSeldom(log, "warn", "request refused"),
  };
  if (DELIVERY === "push") {
    options.push = {
      resultField: config.RESULT_FIELD,
      databaseId: config.FIRESTORE_DATABASE,
      onRefused: logSeldom(log, "warn", "push refused"),
      verifier:
        PUSH_AUDIENCE !== undefined && PUSH_SERVICE_ACCOUNT !== undefined
          ? new PushTokenVerifier({
              audience: PUSH_AUDIENCE,
              serviceAccount: PUSH_SERVICE_ACCOUNT,
              trustPlatform: config.PUSH_TRUST_PLATFORM,
            })
          : undefined,
    };
  }
  if (API_KEYS.length > 0) {
    options.classify = {
      apiKeys: API_KEYS,
      labelSettings: labelSettings(config),
      allowLegacyGet: config.ALLOW_LEGACY_GET,
    };
  }
  const server = await createServer(service, options);
  await server.listen({ host: "0.0.0.0", port: PORT ?? 8080 });
  return server;
}
