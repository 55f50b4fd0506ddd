import { setTimeout as sleep } from "node:timers/promises";
import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import type { Classifier } from "../../model/classifier.ts";
import { ExplainedError } from "../../shared/explained-error.ts";
import { type Config, mistypedVariables, readConfig } from "../config.ts";
import type { ServerOptions } from "../http/server.ts";
import type { HttpIntake } from "../intake/http-intake.ts";
import { createLogger, logWorker, rateLimitedLog } from "../log.ts";
import { hasCurrentResult, type LabellingClassifier } from "../pipeline/label-batch.ts";
import type { Telemetry } from "../telemetry.ts";
import { GRANT_WAIT_MS, Worker } from "../worker.ts";
import { connectConfigured, labelSettings, openClassifier, readModel, workerOptions } from "./backend.ts";
import { leave } from "./leave.ts";
import { listening } from "./listening.ts";
import { preflight } from "./preflight.ts";
import { onStopSignals } from "./stop-signals.ts";

/** The part of the shutdown grace period that is kept for closing servers and clients after all messages are settled. */
const CLOSE_MS = 1_000;
/** The part of that for the exit of the process itself. */
const EXIT_MS = 250;

/**
 * `worker`: the service, until SIGTERM or SIGINT. Exits 0 when it was asked to stop, and non-zero when it cannot go on or is asked
 * twice.
 */
export async function worker(telemetry?: Telemetry): Promise<void> {
  const config = readConfig(process.env);
  const readable = process.stdout.isTTY ? (await import("./readable-log.ts")).readableLog(process.stdout) : undefined;
  const log = createLogger(config.LOG_LEVEL, config.GOOGLE_CLOUD_PROJECT, readable);
  for (const problem of mistypedVariables(process.env)) log.warn(problem);
  let classifier: Classifier | undefined;
  const signal = new Promise<NodeJS.Signals>((resolve) => onStopSignals(resolve, () => leave(classifier, 1)));

  const model = await readModel(config);
  // The inference threads load the model while this one loads Google's clients and looks for credentials.
  const loading = openClassifier(config, model, (message) => log.warn(message));
  const opening = Promise.all([loading, connectConfigured(config), preflight(config)]);
  // Threads that are left behind would keep the process alive.
  opening.catch(() =>
    loading.then(
      (loaded) => loaded.close(),
      () => {},
    ),
  );
  const interrupted = await Promise.race([signal, opening.then(() => undefined)]);
  // A model that is still loading cannot be interrupted.
  if (interrupted !== undefined) setTimeout(() => leave(classifier, 0), config.SHUTDOWN_GRACE_MS - EXIT_MS).unref();
  const [opened, backend] = await opening;
  classifier = opened;
  const intakes = config.DELIVERY === "push" ? await httpIntakes(config, classifier, log) : undefined;
  const { FIRESTORE_EMULATOR_HOST, PUBSUB_EMULATOR_HOST } = process.env;
  // Nothing is granted on an emulator.
  const grantWaitMs = FIRESTORE_EMULATOR_HOST ? 0 : GRANT_WAIT_MS;
  const service = new Worker({ ...backend, classifier, intakes }, { ...workerOptions(config), grantWaitMs });
  const stopLogging = logWorker(service, log, { store: FIRESTORE_EMULATOR_HOST, subscription: PUBSUB_EMULATOR_HOST });
  let server: FastifyInstance | undefined;
  const startService = async (): Promise<void> => {
    server = await startServer(service, intakes, config, log);
    telemetry?.observe(service);
    await service.start();
    if (service.state !== "RUNNING") return;
    log.info(
      {
        model: opened.model,
        delivery: config.DELIVERY,
        ...(config.DELIVERY === "pull" && { subscription: config.PUBSUB_SUBSCRIPTION }),
        ...(server !== undefined && { listening: server.addresses() }),
        reviews: config.REVIEWS_PATH.source,
        inferenceThreads: config.INFERENCE_THREADS,
      },
      "worker started",
    );
  };
  let failure = "the worker cannot start";
  const started =
    interrupted === undefined
      ? startService().then(() => {
          failure = "the worker cannot go on";
        })
      : undefined;
  try {
    const name = await Promise.race([signal, started?.then(() => service.done) ?? signal]);
    log.info({ signal: name, graceMs: config.SHUTDOWN_GRACE_MS }, "worker stopping");
  } catch (error) {
    const isUsageError = error instanceof ExplainedError && error.exitCode === 2;
    // The message of a usage error says what to do, and its stack would add nothing.
    if (isUsageError) log.fatal(`${failure}: ${error.message}`);
    else log.fatal({ err: error }, failure);
    process.exitCode = isUsageError ? 2 : 1;
  }
  const deadline = performance.now() + config.SHUTDOWN_GRACE_MS;
  await service.stop(config.SHUTDOWN_GRACE_MS - CLOSE_MS);
  // The last answers and spans are sent and the last inference ends; a client that does not read must not keep the process.
  const closed = Promise.all([server?.close(), opened.close(), Promise.race([telemetry?.stop(), sleep(CLOSE_MS)])]);
  await Promise.race([closed, sleep(deadline - EXIT_MS - performance.now())]);
  stopLogging();
  log.info("worker stopped");
  // Connections may take their time to close; everything that matters has been sent.
  leave(classifier);
}

/** Messages are pushed to these. */
async function httpIntakes(config: Config, classifier: LabellingClassifier, log: Logger): Promise<HttpIntake[]> {
  const { PUSH_AUDIENCE, PUSH_SERVICE_ACCOUNT } = config;
  const [{ pushIntake }, { eventarcIntake }, { PushTokenVerifier }] = await Promise.all([
    import("../intake/push.ts"),
    import("../intake/eventarc.ts"),
    import("../intake/push-token.ts"),
  ]);
  const verifier =
    PUSH_AUDIENCE !== undefined && PUSH_SERVICE_ACCOUNT !== undefined
      ? new PushTokenVerifier({
          audience: PUSH_AUDIENCE,
          serviceAccount: PUSH_SERVICE_ACCOUNT,
          trustPlatform: config.PUSH_TRUST_PLATFORM,
        })
      : undefined;
  const options = { verifier, onRefused: rateLimitedLog(log, "warn", "push refused") };
  const context = { classifier, labelSettings: labelSettings(config) };
  return [
    pushIntake(options),
    eventarcIntake({
      ...options,
      textField: config.TEXT_FIELD,
      resultField: config.RESULT_FIELD,
      databaseId: config.FIRESTORE_DATABASE,
      isCurrent: (text, result) => hasCurrentResult({ text, result }, context),
    }),
  ];
}

/** A server, if there is a port: for push, for probes and for direct classification. */
async function startServer(
  service: Worker,
  intakes: HttpIntake[] | undefined,
  config: Config,
  log: Logger,
): Promise<FastifyInstance | undefined> {
  const { PORT, API_KEYS } = config;
  if (PORT === undefined) {
    if (API_KEYS.length > 0) log.warn("API_KEYS is set, but nothing listens with DELIVERY=pull: set PORT too");
    return undefined;
  }
  const { createServer } = await import("../http/server.ts");
  const failed = rateLimitedLog(log, "error", "a request failed");
  const options: ServerOptions = {
    intakes,
    onError: (error) => failed(error.name, error),
    onRefused: rateLimitedLog(log, "warn", "request refused"),
  };
  if (API_KEYS.length > 0) {
    options.classify = {
      apiKeys: API_KEYS,
      labelSettings: labelSettings(config),
      allowLegacyGet: config.ALLOW_LEGACY_GET,
    };
  }
  const server = await createServer(service, options);
  await listening(() => server.listen({ host: "0.0.0.0", port: PORT }), PORT, "set PORT to another port");
  return server;
}
