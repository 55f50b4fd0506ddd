import type { EventEmitter } from "node:events";
import pino, { type Logger } from "pino";
import { languageHint } from "../model/named-models.ts";
import { ExplainedError } from "../shared/explained-error.ts";
import type { UnclassifiableCode } from "../shared/result.ts";
import type { Pipeline, PipelineEvents } from "./pipeline/pipeline.ts";
import type { Settlement } from "./pipeline/settlement.ts";
import { traceFields } from "./tracing.ts";
import type { Worker } from "./worker.ts";

// https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry#logseverity
const SEVERITIES: Record<string, string> = {
  trace: "DEBUG",
  debug: "DEBUG",
  info: "INFO",
  warn: "WARNING",
  error: "ERROR",
  fatal: "CRITICAL",
};

/** How often a busy worker logs a summary. */
const SUMMARY_INTERVAL_MS = 60_000;

/**
 * A logger that writes each entry as a line of JSON, with the fields that Cloud Logging reads.
 * @param projectId of the traces that the entries belong to
 * @param destination @default standard output
 */
export function createLogger(level: string, projectId?: string, destination?: pino.DestinationStream): Logger {
  const options: pino.LoggerOptions = {
    level,
    messageKey: "message",
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ severity: SEVERITIES[label] ?? "DEFAULT" }) },
    serializers: { err: withoutRequest },
    mixin: () => traceFields(projectId),
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

/**
 * The parts of an error that a log may hold: kind, code, message and stack, with those of its causes. Errors of Google's clients
 * also carry the request that failed, with its headers and tokens. If a server is to blame, the message says all.
 */
export function withoutRequest(error: Error): { type: string; code: unknown; message: string; stack?: string } {
  const { type, code, message, stack } = pino.stdSerializers.err(error);
  const isOutage = error instanceof ExplainedError && (error as { transient?: boolean }).transient === true;
  return { type, code, message, ...(!isOutage && { stack }) };
}

/**
 * A log function for what may happen with every request. It logs the first occurrence of a reason at once and then, at most once a
 * minute, how often it has happened since, so that the end of a flood is counted too.
 */
export function rateLimitedLog(
  log: Logger,
  level: "warn" | "error",
  message: string,
): (reason: string, err?: Error) => void {
  /** Occurrences by reason since the last entry, with the latest error. */
  const unlogged = new Map<string, { times: number; err: Error | undefined }>();
  const open = (reason: string): void => {
    unlogged.set(reason, { times: 0, err: undefined });
    setTimeout(() => {
      const { times = 0, err } = unlogged.get(reason) ?? {};
      unlogged.delete(reason);
      if (times === 0) return;
      log[level]({ reason, times, err }, message);
      open(reason);
    }, SUMMARY_INTERVAL_MS).unref();
  };
  return (reason, err) => {
    const since = unlogged.get(reason);
    if (since !== undefined) {
      since.times++;
      since.err = err ?? since.err;
      return;
    }
    log[level]({ reason, times: 1, err }, message);
    open(reason);
  };
}

/**
 * Logs how messages are settled, each nacked and each dead-lettered one by itself and a summary once a minute. The first review in a
 * language that is not labelled is a warning: many of them mean that the worker has the wrong model. No event of the pipeline holds
 * review text, so no log entry does.
 * @returns a function that logs the last summary and stops
 */
export function logPipeline(
  pipeline: EventEmitter<PipelineEvents> & Pick<Pipeline, "model" | "backlog">,
  log: Logger,
): () => void {
  let counts: Partial<Record<Settlement["outcome"], number>> = {};
  let errors: Partial<Record<UnclassifiableCode, number>> = {};
  let isWarned = false;
  const summarise = (): void => {
    const because = counts.unclassifiable === undefined ? {} : { unclassifiableBecause: errors };
    if (Object.keys(counts).length > 0)
      log.info({ messages: counts, ...because, backlog: pipeline.backlog }, "messages settled");
    counts = {};
    errors = {};
  };
  const timer = setInterval(summarise, SUMMARY_INTERVAL_MS).unref();
  pipeline.on("settled", (settlement, { id: messageId }, path) => {
    const { outcome } = settlement;
    counts[outcome] = (counts[outcome] ?? 0) + 1;
    if (outcome === "unclassifiable") {
      const { reason } = settlement;
      errors[reason] = (errors[reason] ?? 0) + 1;
      if (reason === "language-unsupported" && !isWarned) {
        isWarned = true;
        log.warn(
          { path, model: pipeline.model },
          `a review is in a language that this worker does not label; others will only be counted. ${languageHint(pipeline.model)}`,
        );
      }
    }
    if (outcome === "retried" && settlement.reason !== "draining") {
      const { error: err, ...nack } = settlement;
      log.warn({ messageId, path, ...nack, err }, "message nacked");
    } else if (outcome === "dead-lettered") log.warn({ messageId, path, ...settlement }, "message dead-lettered");
    else if (log.isLevelEnabled("debug")) log.debug({ messageId, path, ...settlement }, "message settled");
  });
  pipeline.on("stage", (stage, reviews, ms) => {
    if (stage === "batch") log.debug({ reviews, ms: Math.round(ms) }, "batch labelled");
  });
  return () => {
    clearInterval(timer);
    summarise();
  };
}

/**
 * As {@link logPipeline}, and what the worker waits for.
 * @param emulators the addresses of the emulators, if there are any, by the name of the server
 */
export function logWorker(
  worker: Worker,
  log: Logger,
  emulators: Readonly<Record<string, string | undefined>> = {},
): () => void {
  worker.on("waiting", (server, err) =>
    log.warn(
      { server, emulator: emulators[server], err },
      (err as { lacksPermission?: boolean } | undefined)?.lacksPermission
        ? "waiting for a permission: a new grant takes effect after minutes"
        : "waiting for a server to answer",
    ),
  );
  worker.watchdog.on("silent", (server, ms, err) =>
    log.error({ server, silentSeconds: Math.round(ms / 1000), err }, "a server does not answer"),
  );
  worker.watchdog.on("answered", (server, ms) =>
    log.warn({ server, silentSeconds: Math.round(ms / 1000) }, "a server answers again"),
  );
  return logPipeline(worker.pipeline, log);
}
