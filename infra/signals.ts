import * as gcp from "@pulumi/gcp";
import type * as pulumi from "@pulumi/pulumi";
import type { Settings } from "./settings.ts";

/** The signals of the worker as PromQL, for alerts and the monitoring dashboard. */
export interface Signals {
  published: string;
  acked: string;
  backlog: string;
  /** Seconds. */
  oldestUnacked: string;
  deadLetters: string;
  /** 0..1, the share of the deliveries in 15 minutes that the worker nacked. */
  nackedRatio: string;
  /** Messages nacked in 15 minutes. */
  nacked: string;
  nackedByReason: string;
  /** Reviews in an hour that got an error instead of a label. */
  unclassifiable: string;
  /** 0..1, their share of the messages acked in that hour. */
  unclassifiableRatio: string;
  /** Instances that failed in 10 minutes. */
  deaths: string;
  instances: string;
  /** 0..1, the 95th percentile across instances. */
  cpu: string;
  memory: string;
}

/** The resource that Monitoring and Logging know the worker as. */
export function monitoredResource({ delivery, name }: Settings): { type: string; label: string; name: string } {
  return delivery === "push"
    ? { type: "cloud_run_revision", label: "service_name", name }
    : { type: "cloud_run_worker_pool", label: "worker_pool_name", name };
}

/** Names of the log-based metrics. PromQL needs names without hyphens. */
function metricNames({ name }: Settings): { nacked: string; unclassifiable: string; deaths: string } {
  const prefix = name.replaceAll("-", "_");
  return { nacked: `${prefix}_nacked`, unclassifiable: `${prefix}_unclassifiable`, deaths: `${prefix}_deaths` };
}

/**
 * @param events Eventarc's own topic and subscription, where events wait. Each review appears there twice, the second time for the
 * worker's own write. That event is acked, so it halves the ratios of nacked deliveries and of unclassifiable reviews.
 *
 * Metrics: https://cloud.google.com/monitoring/api/metrics_gcp_p_z#gcp-pubsub and `#gcp-run`; names in PromQL: https://cloud.google.com/monitoring/promql/promql-mapping
 */
export function signalsOf(settings: Settings, events?: gcp.types.output.eventarc.TriggerTransportPubsub): Signals {
  const resource = monitoredResource(settings);
  const topics = `{monitored_resource="pubsub_topic",topic_id=~"${anyOf(settings.topic, events?.topic)}"}`;
  const subscriptions = (ids: string) => `{monitored_resource="pubsub_subscription",subscription_id=~"${ids}"}`;
  const worker = `{monitored_resource="${resource.type}",${resource.label}="${resource.name}"}`;
  const log = (metric: string) => `logging_googleapis_com:user_${metric}{monitored_resource="${resource.type}"}`;
  const utilisation = (what: string) =>
    `histogram_quantile(0.95, sum by (le) (rate(run_googleapis_com:container_${what}_utilizations_bucket${worker}[5m])))`;

  const mine = subscriptions(anyOf(settings.subscription, events?.subscription));
  const metrics = metricNames(settings);
  const nacked = `sum(increase(${log(metrics.nacked)}[15m]))`;
  const unclassifiable = `sum(increase(${log(`${metrics.unclassifiable}_sum`)}[1h]))`;
  return {
    published: `sum(rate(pubsub_googleapis_com:topic_message_sizes_count${topics}[5m]))`,
    acked: `sum(rate(pubsub_googleapis_com:subscription_ack_message_count${mine}[5m]))`,
    backlog: `sum(pubsub_googleapis_com:subscription_num_undelivered_messages${mine})`,
    oldestUnacked: `max(pubsub_googleapis_com:subscription_oldest_unacked_message_age${mine})`,
    deadLetters: `sum(pubsub_googleapis_com:subscription_num_undelivered_messages${subscriptions(anyOf(settings.deadLetterTopic))})`,
    nackedRatio: `${nacked} / sum(increase(pubsub_googleapis_com:subscription_sent_message_count${mine}[15m]))`,
    nacked,
    nackedByReason: `sum by (reason) (rate(${log(metrics.nacked)}[5m]))`,
    unclassifiable,
    unclassifiableRatio: `${unclassifiable} / sum(increase(pubsub_googleapis_com:subscription_ack_message_count${mine}[1h]))`,
    deaths: `sum(increase(${log(metrics.deaths)}[10m]))`,
    instances: `sum by (state) (run_googleapis_com:container_instance_count${worker})`,
    cpu: utilisation("cpu"),
    memory: utilisation("memory"),
  };
}

/** A regular expression that matches any of the names. A name may be given as `projects/…/NAME`. */
function anyOf(...names: (string | undefined)[]): string {
  return names
    .filter((name) => name !== undefined)
    .map((name) => (name.split("/").at(-1) as string).replace(/[.+]/g, "[$&]"))
    .join("|");
}

/** The three signals that no metric of Google has, counted from the logs. */
export function createLogMetrics(settings: Settings, options: pulumi.CustomResourceOptions): void {
  const { type, label, name } = monitoredResource(settings);
  const ofWorker = `resource.type="${type}" AND resource.labels.${label}="${name}"`;
  const { nacked, unclassifiable, deaths } = metricNames(settings);
  new gcp.logging.Metric(
    "nacked",
    {
      name: nacked,
      description: "Messages that the worker nacked, to be redelivered",
      // The message that worker/log.ts writes. Nacks of a stopping worker are not failures and are logged differently.
      filter: `${ofWorker} AND jsonPayload.message="message nacked"`,
      metricDescriptor: {
        metricKind: "DELTA",
        valueType: "INT64",
        labels: [{ key: "reason", valueType: "STRING" }],
      },
      labelExtractors: { reason: "EXTRACT(jsonPayload.reason)" },
    },
    options,
  );
  new gcp.logging.Metric(
    "unclassifiable",
    {
      name: unclassifiable,
      description: "Reviews that got an error instead of a label, in each summary of a minute",
      filter: `${ofWorker} AND jsonPayload.message="messages settled" AND jsonPayload.messages.unclassifiable>0`,
      valueExtractor: "EXTRACT(jsonPayload.messages.unclassifiable)",
      metricDescriptor: { metricKind: "DELTA", valueType: "DISTRIBUTION" },
      // Only the sum is used, but Logging requires buckets.
      bucketOptions: { exponentialBuckets: { numFiniteBuckets: 16, growthFactor: 2, scale: 1 } },
    },
    options,
  );
  new gcp.logging.Metric(
    "deaths",
    {
      name: deaths,
      description: "Instances of the worker that failed, ran out of memory or did not answer their probes",
      // Cloud Run's own log entries about a container. A worker that was asked to stop exits with 0.
      filter: `${ofWorker} AND log_id("run.googleapis.com/varlog/system") AND textPayload=~"Container called exit[(][1-9]|Container terminated on signal (4|6|7|8|9|11)|Memory limit of .+ exceeded|(STARTUP|LIVENESS) .+ probe failed"`,
      metricDescriptor: { metricKind: "DELTA", valueType: "INT64" },
    },
    options,
  );
}
