import pino, { type Logger } from "pino";
import type { Pipeline } from "./pipeline/pipeline.ts";
import type { Settlement } from "./pipeline/settlement.ts";
import { traceFields } from "./tracing.ts";

// https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry#logseverity
const SEVERITIES: Record<string, string> = {
  trace: "DEBUG",
  debug: "DEBUG",
  info: "INFO",
  warn: "WARNING",
  error: "ERROR",
  fatal: "CRITICAL",
};

/** How often a busy worker says what it has done, in ms. */
const SUMMARY_INTERVAL_MS = 60_000;

/**
 * A logger that writes a line of JSON an entry to standard output, in the fields that Cloud Logging reads.
 * @param projectId whose traces the entries belong to
 */
export function createLogger(level: string, projectId?: string): Logger {
  return pino({
    level,
    messageKey: "message",
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ severity: SEVERITIES[label] ?? "DEFAULT" }) },
    serializers: { err: withoutRequest },
    mixin: () => traceFields(projectId),
  });
}

/**
 * What is said of an error: kind, code, message and stack, with those of its causes. Errors of Google's clients also carry the
 * request that failed, headers and tokens included, which a log must not hold.
 */
export function withoutRequest(error: Error): { type: string; code: unknown; message: string; stack: string } {
  const { type, code, message, stack } = pino.stdSerializers.err(error);
  return { type, code, message, stack };
}

/**
 * Logs what may happen with every request at once, and at most once a minute and kind: the first, then how many since.
 * @param level of the entries
 * @param message of the entries, each of which has the `reason` and `times`: how often it has happened since the last
 */
export function logSeldom(
  log: Logger,
  level: "warn" | "error",
  message: string,
): (reason: string, err?: Error) => void {
  const seen = new Map<string, { at: number; times: number }>();
  return (reason, err) => {
    const last = seen.get(reason);
    const times = (last?.times ?? 0) + 1;
    if (last !== undefined && Date.now() - last.at < SUMMARY_INTERVAL_MS) {
      last.times = times;
      return;
    }
    seen.set(reason, { at: Date.now(), times: 0 });
    log[level]({ reason, times, err }, message);
  };
}

/**
 * Logs what becomes of messages: those given back and those dead-lettered each by itself, all of them by number once a minute.
 * Review text is in none of the pipeline's events, so it cannot be in the log.
 * @returns a function that logs the last numbers and ends it
 */
export function logSettlements(pipeline: Pipeline, log: Logger): () => void {
  let counts: Partial<Record<Settlement["outcome"], number>> = {};
  const summarise = (): void => {
    if (Object.keys(counts).length > 0) log.info({ messages: counts, backlog: pipeline.backlog }, "messages settled");
    counts = {};
  };
  const timer = setInterval(summarise, SUMMARY_INTERVAL_MS).unref();
  pipeline.on("settled", (settlement, delivery, path) => {
    const { outcome } = settlement;
    counts[outcome] = (counts[outcome] ?? 0) + 1;
    const entry = { messageId: delivery.id, path, ...settlement };
    if (outcome === "retried" && settlement.reason !== "draining") {
      const { error, ...rest } = entry as typeof entry & { error?: Error };
      log.warn({ ...rest, err: error }, "message nacked");
    } else if (outcome === "dead-lettered") log.warn(entry, "message dead-lettered");
    else log.debug(entry, "message settled");
  });
  return () => {
    clearInterval(timer);
    summarise();
  };
}
