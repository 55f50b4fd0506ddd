/**
 * OpenTelemetry's SDK: exports traces and metrics as OTLP over HTTP to the address in the `OTEL_*` variables. The command line
 * imports this file only if one of them is set. docs/reference/telemetry.md lists the spans and metrics.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { ObservableGauge } from "@opentelemetry/api";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import {
  detectResources,
  envDetector,
  hostDetector,
  resourceFromAttributes,
  serviceInstanceIdDetector,
} from "@opentelemetry/resources";
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { BatchSpanProcessor, NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import type { Worker } from "./worker.ts";

/** Buckets for durations, in seconds: from a batch on the memory backend to a Firestore that is retried. */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const LOOP_RESOLUTION_MS = 10;
const DEFAULT_INTERVAL_MS = 60_000;

const REVIEWS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 500];
/** Buckets for the age of messages, in seconds: a backlog or a redelivery takes minutes. */
const AGES = [...SECONDS, 300, 600, 3_600, 86_400];

export class Telemetry {
  readonly #traces: NodeTracerProvider;
  readonly #metrics: MeterProvider;

  /** Starts at once. The SDK reads the standard variables itself, except the interval of metrics. */
  constructor(env: Readonly<Record<string, string | undefined>>) {
    const resource = resourceFromAttributes({ "service.name": "review-sentiment" }).merge(
      detectResources({ detectors: [hostDetector, serviceInstanceIdDetector, envDetector] }),
    );
    this.#traces = new NodeTracerProvider({
      resource,
      spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
    });
    this.#traces.register();
    // The specification asks to ignore a value that is not valid: https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
    const interval = Number(env.OTEL_METRIC_EXPORT_INTERVAL);
    this.#metrics = new MeterProvider({
      resource,
      readers: [
        new PeriodicExportingMetricReader({
          exporter: new OTLPMetricExporter(),
          exportIntervalMillis: interval > 0 ? interval : DEFAULT_INTERVAL_MS,
        }),
      ],
    });
  }

  /** Starts measuring a worker. */
  observe({ pipeline, classifier, watchdog }: Worker): void {
    const meter = this.#metrics.getMeter("review-sentiment");
    const messages = meter.createCounter("review_sentiment.messages", {
      unit: "{message}",
      description: "messages settled, by outcome and reason",
    });
    const labels = meter.createCounter("review_sentiment.labels", {
      unit: "{review}",
      description: "reviews labelled, by label",
    });
    const age = meter.createHistogram("review_sentiment.message.age", {
      unit: "s",
      description: "from publish to settlement of a message that was not nacked",
      advice: { explicitBucketBoundaries: AGES },
    });
    const reviews = meter.createHistogram("review_sentiment.batch.reviews", {
      unit: "{review}",
      description: "reviews in a batch",
      advice: { explicitBucketBoundaries: REVIEWS },
    });
    const duration = meter.createHistogram("review_sentiment.stage.duration", {
      unit: "s",
      description: "duration of a batch and of its stages",
      advice: { explicitBucketBoundaries: SECONDS },
    });
    pipeline.on("settled", (settlement, { publishTime }) => {
      const { outcome } = settlement;
      messages.add(1, { outcome, ...("reason" in settlement && { reason: settlement.reason }) });
      if (outcome === "labelled") labels.add(1, { label: settlement.label });
      if (outcome !== "retried" && publishTime !== undefined)
        age.record(Math.max(0, pipeline.now().getTime() - publishTime.getTime()) / 1000, { outcome });
    });
    pipeline.on("stage", (stage, count, ms) => {
      duration.record(ms / 1000, { stage });
      if (stage === "batch") reviews.record(count);
    });

    const gauge = (name: string, unit: string, description: string, read: () => number): void =>
      meter.createObservableGauge(name, { unit, description }).addCallback((result) => result.observe(read()));
    const counter = (name: string, unit: string, description: string, read: () => number): void =>
      meter.createObservableCounter(name, { unit, description }).addCallback((result) => result.observe(read()));
    gauge("review_sentiment.backlog", "{message}", "messages in flight", () => pipeline.backlog);
    meter
      .createObservableGauge("review_sentiment.server.silence", {
        unit: "s",
        description: "time since a server was last heard of, by server",
      })
      .addCallback((result) => {
        for (const [server, ms] of watchdog.silence) result.observe(ms / 1000, { server });
      });
    const { stats } = classifier;
    gauge(
      "review_sentiment.inference.threads.busy",
      "{thread}",
      "inference threads that are running",
      () => classifier.busy,
    );
    counter("review_sentiment.inference.texts", "{text}", "texts classified by the network", () => stats.texts);
    counter(
      "review_sentiment.inference.batches",
      "{batch}",
      "batches of texts that ran through the network together",
      () => stats.batches,
    );
    counter(
      "review_sentiment.inference.tokens",
      "{token}",
      "tokens of those texts, without padding",
      () => stats.tokens,
    );
    const last = { tokens: 0, paddedTokens: 0 };
    gauge("review_sentiment.inference.padding", "1", "share of padding in all tokens since the last export", () => {
      const padded = stats.paddedTokens - last.paddedTokens;
      const share = padded === 0 ? 0 : 1 - (stats.tokens - last.tokens) / padded;
      Object.assign(last, stats);
      return share;
    });

    const delay = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
    // Node measures the whole interval of a timer; the interval it was set to is not a delay.
    const late = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e9 - LOOP_RESOLUTION_MS / 1e3);
    delay.enable();
    // https://opentelemetry.io/docs/specs/semconv/runtime/nodejs-metrics/
    const [p50, p99, max] = ["p50", "p99", "max"].map((name) =>
      meter.createObservableGauge(`nodejs.eventloop.delay.${name}`, {
        unit: "s",
        description: "delay of the main thread's event loop since the last export",
      }),
    ) as [ObservableGauge, ObservableGauge, ObservableGauge];
    meter.addBatchObservableCallback(
      (result) => {
        result.observe(p50, late(delay.percentile(50)));
        result.observe(p99, late(delay.percentile(99)));
        result.observe(max, late(delay.max));
        delay.reset();
      },
      [p50, p99, max],
    );
  }

  /** Exports what is left. Never rejects: a collector that cannot be reached is no reason to fail. */
  async stop(): Promise<void> {
    await Promise.allSettled([this.#traces.shutdown(), this.#metrics.shutdown()]);
  }
}
