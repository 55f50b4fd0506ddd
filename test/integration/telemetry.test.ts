/** The worker as a process that sends traces and metrics to a collector of ours, as OTLP over HTTP. */
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { type Emulators, Rig } from "../fault/rig.ts";
import { leaks, WORD } from "../leaks.ts";
import { listen } from "../listen.ts";
import { eventually, logEntries, run } from "../process.ts";

const emulators = inject("emulators");

interface Span {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  attributes: { key: string; value: { intValue?: number; stringValue?: string } }[];
  links?: { traceId: string; spanId: string }[];
  status: { code?: number; message?: string };
}

interface Metric {
  name: string;
  unit: string;
  description: string;
  [kind: string]: unknown;
}

/** Takes what an OTLP exporter sends as JSON. */
class Collector {
  /** All bodies as they came. */
  received = "";
  readonly spans: Span[] = [];
  /** The last of each name. */
  readonly metrics = new Map<string, Metric>();
  readonly #server: Server;

  /** @param answers whether it answers, or lets its clients wait */
  constructor(answers = true) {
    this.#server = createServer(async (request, response) => {
      const body = Buffer.concat(await Array.fromAsync(request)).toString();
      this.received += body;
      const { resourceSpans = [], resourceMetrics = [] } = JSON.parse(body);
      for (const { scopeSpans } of resourceSpans) for (const { spans } of scopeSpans) this.spans.push(...spans);
      for (const { scopeMetrics } of resourceMetrics)
        for (const { metrics } of scopeMetrics)
          for (const metric of metrics as Metric[]) this.metrics.set(metric.name, metric);
      if (answers) response.writeHead(200, { "content-type": "application/json" }).end("{}");
    });
  }

  async listen(): Promise<string> {
    return `http://${await listen(this.#server)}`;
  }

  named(name: string): Span[] {
    return this.spans.filter((span) => span.name === name);
  }

  /** The sum of a metric's data points that have an attribute of this value. */
  sum(name: string, value?: string): number {
    const { sum } = this.metrics.get(name) as unknown as {
      sum: { dataPoints: { asInt?: number; asDouble?: number; attributes: Span["attributes"] }[] };
    };
    return sum.dataPoints
      .filter((point) => value === undefined || point.attributes.some((one) => one.value.stringValue === value))
      .reduce((total, { asInt, asDouble }) => total + Number(asInt ?? asDouble), 0);
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

const attribute = (span: Span, key: string): unknown =>
  Object.values(span.attributes.find((one) => one.key === key)?.value ?? {})[0];

describe.skipIf(emulators === null)("telemetry", { timeout: 90_000 }, () => {
  let rig: Rig;
  let collector: Collector;
  beforeEach(async () => {
    rig = await Rig.start(emulators as Emulators);
    collector = new Collector();
  });
  afterEach(async () => {
    await rig.stop();
    collector.close();
  });

  it("is one trace from publish to write, and all documented metrics, exported when the worker stops", async () => {
    const otel = {
      OTEL_EXPORTER_OTLP_ENDPOINT: await collector.listen(),
      // Later than this test ends: what arrives was sent because the worker stopped.
      OTEL_BSP_SCHEDULE_DELAY: "600000",
      OTEL_METRIC_EXPORT_INTERVAL: "600000",
      OTEL_RESOURCE_ATTRIBUTES: "cloud.region=europe-west1",
    };
    const paths = ["reviews/a", "reviews/b", "reviews/c"];
    await rig.put(paths.map((path, i) => ({ path, fields: { text: `Wonderful, I love it. ${WORD} ${i}`, by: WORD } })));
    const publishing = await run(["publish", ...paths], {
      ...otel,
      PUBSUB_EMULATOR_HOST: rig.pubsub.host,
      FIRESTORE_EMULATOR_HOST: rig.firestore.host,
      GOOGLE_CLOUD_PROJECT: rig.options.projectId,
    });
    expect(publishing).toMatchObject({ code: 0, stderr: "" });
    await rig.backend.queue.publish(Buffer.from(WORD), { password: WORD });

    const worker = await rig.worker({ ...otel, LOG_LEVEL: "trace" });
    await rig.allLabelled();
    await eventually(async () => worker.stdout.includes("message dead-lettered"));
    const signalled = performance.now();
    const { code, stdout, stderr } = await worker.kill("SIGTERM");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(performance.now() - signalled).toBeLessThan(8_000);

    const published = collector.named("reviews create");
    expect(published).toHaveLength(3);
    const batches = collector.named("batch");
    // Each message is the cause of a batch: the first of it as the parent, all as links.
    const causes = batches.flatMap(({ links = [] }) => links.map(({ spanId }) => spanId));
    expect(causes.toSorted()).toEqual(published.map(({ spanId }) => spanId).toSorted());
    for (const batch of batches) {
      const { traceId, spanId, parentSpanId, links = [] } = batch;
      expect(published).toContainEqual(expect.objectContaining({ traceId, spanId: parentSpanId }));
      expect(attribute(batch, "reviews")).toBe(links.length);
      const stages = collector.spans.filter((span) => span.parentSpanId === spanId);
      expect(stages.map(({ name }) => name)).toEqual(["load", "classify", "save"]);
      for (const stage of stages) {
        expect(stage.traceId).toBe(traceId);
        expect(attribute(stage, "reviews")).toBe(links.length);
      }
    }
    const [burial] = collector.named("dead-letter") as [Span];
    expect(attribute(burial, "reason")).toBe("invalid-json");

    expect(collector.sum("review_sentiment.messages", "labelled")).toBe(3);
    expect(collector.sum("review_sentiment.messages", "invalid-json")).toBe(1);
    expect(collector.sum("review_sentiment.labels", "POSITIVE")).toBe(3);
    expect(collector.sum("review_sentiment.inference.texts")).toBeGreaterThanOrEqual(3);
    expect(collector.sum("review_sentiment.inference.tokens")).toBeGreaterThan(20);
    const page = await readFile(new URL("../../docs/reference/telemetry.md", import.meta.url), "utf8");
    const documented = [...page.matchAll(/^\| `((?:review_sentiment|nodejs)\.[\w.]+)`/gm)].map(([, name]) => name);
    expect([...collector.metrics.keys()].toSorted()).toEqual(documented.toSorted());
    for (const { unit, description } of collector.metrics.values()) expect([unit, description]).not.toContain("");
    expect(collector.received).toContain('"review-sentiment"');
    expect(collector.received).toContain("europe-west1");

    const settled = logEntries(stdout).filter(({ message }) => message === "message settled");
    for (const entry of settled) {
      const { traceId } = batches.find((batch) =>
        String(entry["logging.googleapis.com/trace"]).endsWith(batch.traceId),
      ) as Span;
      expect(entry).toMatchObject({
        "logging.googleapis.com/trace": `projects/${rig.options.projectId}/traces/${traceId}`,
        "logging.googleapis.com/spanId": expect.stringMatching(/^[0-9a-f]{16}$/),
        "logging.googleapis.com/trace_sampled": true,
      });
    }
    expect(settled).toHaveLength(3);
    expect(leaks(collector.received + stdout)).toEqual([]);
  });

  it("says of a stage that failed why, by code", async () => {
    const endpoint = await collector.listen();
    const worker = await rig.worker({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint });
    await rig.store(1);
    rig.firestore.refusal = { code: 7, message: "injected" };
    rig.firestore.fate = () => "refuse";
    await rig.publish(["reviews/r0"]);
    await eventually(async () => worker.stdout.includes("message nacked"));
    await worker.kill("SIGTERM");
    expect(collector.named("load")[0]?.status).toEqual({ code: 2, message: "store-failed" });
    expect(collector.sum("review_sentiment.messages", "store-failed")).toBeGreaterThan(0);
  });

  it("does not keep the worker when the collector does not answer", async () => {
    collector = new Collector(false);
    const worker = await rig.worker({ OTEL_EXPORTER_OTLP_ENDPOINT: await collector.listen() });
    await rig.store(1);
    await rig.publish(["reviews/r0"]);
    await rig.allLabelled();
    const signalled = performance.now();
    expect(await worker.kill("SIGTERM")).toMatchObject({ code: 0 });
    expect(performance.now() - signalled).toBeLessThan(8_000);
  });

  it("is off without a variable of its own: no SDK is loaded", async () => {
    const env = { NODE_OPTIONS: `--import ${new URL("./imported-modules.mjs", import.meta.url).href}` };
    const SDK = /@opentelemetry\/(sdk|exporter|otlp|resources|context)/;
    const off = await rig.worker(env);
    // Google's clients load this too.
    expect(off.stderr).toContain("@opentelemetry/api");
    expect(off.stderr).not.toMatch(SDK);
    const disabled = await rig.worker({ ...env, OTEL_SDK_DISABLED: "true", OTEL_SERVICE_NAME: "x" });
    expect(disabled.stderr).not.toMatch(SDK);
    const on = await rig.worker({ ...env, OTEL_EXPORTER_OTLP_ENDPOINT: await collector.listen() });
    expect(on.stderr).toMatch(SDK);
  });
});
