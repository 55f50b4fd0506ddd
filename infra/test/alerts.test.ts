import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type Graph, graphOf, PROJECT } from "./graph.ts";

const POLICY = "monitoring/alertPolicy:AlertPolicy";
const METRIC = "logging/metric:Metric";

const conditionOf = (graph: Graph, name: string) =>
  graph.the(POLICY, name).inputs.conditions[0].conditionPrometheusQueryLanguage;

describe.each([
  ["push", "cloud_run_revision", "service_name"],
  ["pull", "cloud_run_worker_pool", "worker_pool_name"],
])("%s", (delivery, resource, label) => {
  test("alerts fire on dead-lettered messages, a backlog that waits, one message that waits, failing deliveries, errors instead of labels and a worker that keeps failing", async () => {
    const graph = await graphOf({ delivery });
    expect(graph.all(POLICY).map(({ name }) => name)).toEqual([
      "crash-loop",
      "dead-letters",
      "nacked",
      "oldest-unacked",
      "stuck-message",
      "unclassifiable",
    ]);
    expect(graph.all(POLICY).map(({ inputs }) => [inputs.displayName, inputs.severity])).toEqual([
      ["review-sentiment: the worker keeps failing", "CRITICAL"],
      ["review-sentiment: messages were dead-lettered", "WARNING"],
      ["review-sentiment: more than 10 % of the deliveries fail", "ERROR"],
      ["review-sentiment: reviews have waited for more than 10 minutes", "CRITICAL"],
      ["review-sentiment: a message has waited for more than 1 hour", "WARNING"],
      ["review-sentiment: many reviews get an error instead of a label", "WARNING"],
    ]);
    expect(conditionOf(graph, "dead-letters")).toMatchObject({
      query:
        'sum(pubsub_googleapis_com:subscription_num_undelivered_messages{monitored_resource="pubsub_subscription",subscription_id=~"reviews-dead-letter"}) > 0',
      duration: "0s",
    });
    const oldest =
      'max(pubsub_googleapis_com:subscription_oldest_unacked_message_age{monitored_resource="pubsub_subscription",subscription_id=~"review-sentiment"})';
    const backlog =
      'sum(pubsub_googleapis_com:subscription_num_undelivered_messages{monitored_resource="pubsub_subscription",subscription_id=~"review-sentiment"})';
    // One message that keeps failing must not look like a worker that is down.
    expect(conditionOf(graph, "oldest-unacked")).toMatchObject({
      query: `(${oldest} > 600) and (${backlog} >= 10)`,
      duration: "60s",
    });
    expect(conditionOf(graph, "stuck-message")).toMatchObject({ query: `${oldest} > 3600`, duration: "60s" });
    const nacked = `sum(increase(logging_googleapis_com:user_review_sentiment_nacked{monitored_resource="${resource}"}[15m]))`;
    const sent =
      'sum(increase(pubsub_googleapis_com:subscription_sent_message_count{monitored_resource="pubsub_subscription",subscription_id=~"review-sentiment"}[15m]))';
    expect(conditionOf(graph, "nacked")).toMatchObject({
      query: `(${nacked} / ${sent} > 0.1) and (${nacked} >= 20)`,
      duration: "300s",
    });
    const unclassifiable = `sum(increase(logging_googleapis_com:user_review_sentiment_unclassifiable_sum{monitored_resource="${resource}"}[1h]))`;
    const acked =
      'sum(increase(pubsub_googleapis_com:subscription_ack_message_count{monitored_resource="pubsub_subscription",subscription_id=~"review-sentiment"}[1h]))';
    expect(conditionOf(graph, "unclassifiable")).toMatchObject({
      query: `(${unclassifiable} / ${acked} > 0.4) and (${unclassifiable} >= 20)`,
      duration: "0s",
    });
    expect(conditionOf(graph, "crash-loop")).toMatchObject({
      query: `sum(increase(logging_googleapis_com:user_review_sentiment_deaths{monitored_resource="${resource}"}[10m])) >= 3`,
      duration: "0s",
    });
    for (const { inputs } of graph.all(POLICY)) {
      expect(inputs.conditions).toHaveLength(1);
      expect(inputs.displayName).toBe(`review-sentiment: ${inputs.conditions[0].displayName}`);
      expect(inputs.conditions[0].conditionPrometheusQueryLanguage).toMatchObject({
        evaluationInterval: "60s",
        disableMetricValidation: true,
      });
      expect(inputs.documentation).toEqual({ mimeType: "text/markdown", content: expect.stringMatching(/.{50}/) });
      expect(inputs).toMatchObject({ combiner: "OR", alertStrategy: { autoClose: "1800s" } });
    }
  });

  test("the log-based metrics count this worker's log entries", async () => {
    const graph = await graphOf({ delivery });
    for (const { inputs } of graph.all(METRIC)) {
      expect(inputs.filter).toContain(`resource.type="${resource}" AND resource.labels.${label}="review-sentiment"`);
      expect(inputs.metricDescriptor).toMatchObject({ metricKind: "DELTA" });
    }
    expect(graph.the(METRIC, "unclassifiable").inputs).toMatchObject({
      name: "review_sentiment_unclassifiable",
      metricDescriptor: { valueType: "DISTRIBUTION" },
      bucketOptions: { exponentialBuckets: { numFiniteBuckets: 16 } },
    });
    expect(graph.the(METRIC, "nacked").inputs).toMatchObject({
      name: "review_sentiment_nacked",
      labelExtractors: { reason: "EXTRACT(jsonPayload.reason)" },
      metricDescriptor: { valueType: "INT64", labels: [{ key: "reason", valueType: "STRING" }] },
    });
    expect(graph.the(METRIC, "deaths").inputs).toMatchObject({
      name: "review_sentiment_deaths",
      metricDescriptor: { valueType: "INT64" },
    });
  });

  test("one page shows every signal and the worker's warnings", async () => {
    const graph = await graphOf({ delivery });
    const page = JSON.parse(graph.the("monitoring/dashboard:Dashboard").inputs.dashboardJson);
    const { columns, tiles } = page.mosaicLayout;
    const queries = JSON.stringify(tiles);
    for (const metric of [
      "topic_message_sizes_count",
      "subscription_ack_message_count",
      "subscription_num_undelivered_messages",
      "subscription_oldest_unacked_message_age",
      'subscription_id=~\\\\\\"reviews-dead-letter',
      "user_review_sentiment_nacked",
      "user_review_sentiment_deaths",
      "container_instance_count",
      "container_cpu_utilizations_bucket",
      "container_memory_utilizations_bucket",
    ])
      expect(queries).toContain(metric.replaceAll('\\\\\\"', '\\"'));
    expect(queries).toContain(`${label}=\\"review-sentiment\\"`);
    for (const { widget } of tiles.filter(
      ({ widget }: { widget: { xyChart?: object } }) => widget.xyChart !== undefined,
    )) {
      expect(widget.title).toEqual(expect.any(String));
      for (const { timeSeriesQuery } of widget.xyChart.dataSets)
        expect(timeSeriesQuery.prometheusQuery).toMatch(/^(sum|max|histogram_quantile)/);
    }
    const taken = new Set<string>();
    for (const { xPos, yPos, width, height } of tiles) {
      expect(xPos + width).toBeLessThanOrEqual(columns);
      expect([xPos, yPos, width, height].every(Number.isInteger)).toBe(true);
      for (let x = xPos; x < xPos + width; x++)
        for (let y = yPos; y < yPos + height; y++) {
          expect(taken.has(`${x},${y}`)).toBe(false);
          taken.add(`${x},${y}`);
        }
    }
    expect(tiles.at(-1).widget.logsPanel.filter).toBe(
      `resource.type="${resource}" resource.labels.${label}="review-sentiment" severity>=WARNING`,
    );
  });
});

test("alerts and page include events that wait in Eventarc's own subscription", async () => {
  const graph = await graphOf({ firestoreTrigger: "true", firestoreLocation: "nam5", subscription: "shop.v2" });
  const both = 'subscription_id=~"shop[.]v2|eventarc-nam5-review-sentiment-sub-1"';
  const deadLetters = 'subscription_id=~"reviews-dead-letter"';
  const idsIn = (text: string) => text.match(/subscription_id=~"[^"]+"/g);
  expect(idsIn(conditionOf(graph, "oldest-unacked").query)).toEqual([both, both]);
  expect(idsIn(conditionOf(graph, "stuck-message").query)).toEqual([both]);
  expect(idsIn(conditionOf(graph, "nacked").query)).toEqual([both]);
  expect(idsIn(conditionOf(graph, "dead-letters").query)).toEqual([deadLetters]);
  const { tiles } = JSON.parse(graph.the("monitoring/dashboard:Dashboard").inputs.dashboardJson).mosaicLayout;
  const text = JSON.stringify(tiles).replaceAll('\\"', '"');
  expect(idsIn(text)).toEqual([both, both, both, deadLetters]);
  expect(text).toContain('topic_id=~"reviews|eventarc-nam5-review-sentiment-1"');
});

test("the metric of nacked messages counts the entries that the worker logs", async () => {
  const { filter } = (await graphOf()).the(METRIC, "nacked").inputs;
  const message = /jsonPayload\.message="([^"]+)"/.exec(filter)?.[1];
  const log = readFileSync(new URL("../../worker/log.ts", import.meta.url), "utf8");
  expect(message).toBe("message nacked");
  expect(log).toContain(`"${message}"`);
  expect(log).toContain('messageKey: "message"');
});

test("the metric of unclassifiable reviews takes the count from the summary that the worker logs", async () => {
  const { filter, valueExtractor } = (await graphOf()).the(METRIC, "unclassifiable").inputs;
  expect(filter).toContain('jsonPayload.message="messages settled" AND jsonPayload.messages.unclassifiable>0');
  expect(valueExtractor).toBe("EXTRACT(jsonPayload.messages.unclassifiable)");
  const log = readFileSync(new URL("../../worker/log.ts", import.meta.url), "utf8");
  expect(log).toContain('log.info({ messages: counts, ...because, backlog: pipeline.backlog }, "messages settled")');
});

test("the metric of failed instances counts Cloud Run's entries about them", async () => {
  const { filter } = (await graphOf()).the(METRIC, "deaths").inputs;
  expect(filter).toContain('log_id("run.googleapis.com/varlog/system")');
  const death = new RegExp(/textPayload=~"(.+)"$/.exec(filter)?.[1] as string);
  for (const said of [
    "Container called exit(1).",
    "Container called exit(137).",
    ...[4, 6, 7, 8, 9, 11].map((signal) => `Container terminated on signal ${signal}.`),
    "Memory limit of 1024 MiB exceeded with 1041 MiB used. Consider increasing the memory limit.",
    'Default STARTUP TCP probe failed 1 time consecutively for container "worker" on port 8080.',
    'LIVENESS HTTP probe failed 3 times consecutively for container "worker" on path "/livez".',
  ])
    expect(said).toMatch(death);
  for (const said of [
    "Container called exit(0).",
    "Container terminated on signal 15.",
    'STARTUP HTTP probe succeeded after 1 attempt for container "worker".',
  ])
    expect(said).not.toMatch(death);
});

test("each address gets every alert; without addresses the alerts still exist", async () => {
  const graph = await graphOf({ alertEmails: '["oncall@example.com","shop@example.com"]' });
  const channels = graph.all("monitoring/notificationChannel:NotificationChannel");
  expect(channels.map(({ inputs }) => [inputs.type, inputs.labels.email_address])).toEqual([
    ["email", "oncall@example.com"],
    ["email", "shop@example.com"],
  ]);
  for (const { inputs } of graph.all(POLICY))
    expect(inputs.notificationChannels).toEqual(
      ["oncall", "shop"].map((who) => `projects/${PROJECT}/notificationChannels/email-${who}@example.com`),
    );
  for (const { inputs } of (await graphOf()).all(POLICY)) expect(inputs.notificationChannels).toEqual([]);
});
