import * as gcp from "@pulumi/gcp";
import type * as pulumi from "@pulumi/pulumi";
import type { Settings } from "./settings.ts";

/** What tells how the worker does, as PromQL: for alerts and the dashboard alike. */
export interface Signals {
  published: string;
  acked: string;
  backlog: string;
  /** Seconds. */
  oldestUnacked: string;
  deadLetters: string;
  /** Of the deliveries of a quarter of an hour, the part that the worker gave back: 0..1. */
  givenBackRatio: string;
  /** Messages given back in a quarter of an hour. */
  givenBack: string;
  givenBackByReason: string;
  /** Instances that died in ten minutes. */
  deaths: string;
  instances: string;
  /** 0..1, the 95th percentile of instances. */
  cpu: string;
  memory: string;
}

/** How Monitoring and Logging call what runs the worker. */
export function monitoredResource({ delivery, name }: Settings): { type: string; label: string; name: string } {
  return delivery === "push"
    ? { type: "cloud_run_revision", label: "service_name", name }
    : { type: "cloud_run_worker_pool", label: "worker_pool_name", name };
}

/** Log-based metrics of this worker; PromQL wants names without hyphens. */
function metricNames({ name }: Settings): { givenBack: string; deaths: string } {
  const prefix = name.replaceAll("-", "_");
  return { givenBack: `${prefix}_given_back`, deaths: `${prefix}_deaths` };
}

/**
 * @param events Eventarc's own topic and subscription, where events wait as messages do in those of the settings. Each review comes
 * there twice, the second time for the worker's own write, which is no failure and halves the ratio of those given back.
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
  const givenBack = `sum(increase(${log(metrics.givenBack)}[15m]))`;
  return {
    published: `sum(rate(pubsub_googleapis_com:topic_message_sizes_count${topics}[5m]))`,
    acked: `sum(rate(pubsub_googleapis_com:subscription_ack_message_count${mine}[5m]))`,
    backlog: `sum(pubsub_googleapis_com:subscription_num_undelivered_messages${mine})`,
    oldestUnacked: `max(pubsub_googleapis_com:subscription_oldest_unacked_message_age${mine})`,
    deadLetters: `sum(pubsub_googleapis_com:subscription_num_undelivered_messages${subscriptions(anyOf(settings.deadLetterTopic))})`,
    givenBackRatio: `${givenBack} / sum(increase(pubsub_googleapis_com:subscription_sent_message_count${mine}[15m]))`,
    givenBack,
    givenBackByReason: `sum by (reason) (rate(${log(metrics.givenBack)}[5m]))`,
    deaths: `sum(increase(${log(metrics.deaths)}[10m]))`,
    instances: `sum by (state) (run_googleapis_com:container_instance_count${worker})`,
    cpu: utilisation("cpu"),
    memory: utilisation("memory"),
  };
}

/** A regular expression of names, of which Pub/Sub may have given one as `projects/…/NAME`. */
function anyOf(...names: (string | undefined)[]): string {
  return names
    .filter((name) => name !== undefined)
    .map((name) => (name.split("/").at(-1) as string).replace(/[.+]/g, "[$&]"))
    .join("|");
}

/** The two signals that are in no metric of Google's, counted from the logs. */
export function createLogMetrics(settings: Settings, options: pulumi.CustomResourceOptions): void {
  const { type, label, name } = monitoredResource(settings);
  const ofWorker = `resource.type="${type}" AND resource.labels.${label}="${name}"`;
  const { givenBack, deaths } = metricNames(settings);
  new gcp.logging.Metric(
    "given-back",
    {
      name: givenBack,
      description: "Messages that the worker gave back, to be delivered again",
      // As worker/log.ts writes it. What a stopping worker gives back is not logged so: that is no failure.
      filter: `${ofWorker} AND jsonPayload.message="message given back"`,
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
    "deaths",
    {
      name: deaths,
      description: "Instances of the worker that failed, ran out of memory, or did not answer their probes",
      // Cloud Run's own words about a container. Exit code 0 is a worker that was told to stop.
      filter: `${ofWorker} AND log_id("run.googleapis.com/varlog/system") AND textPayload=~"Container called exit[(][1-9]|Container terminated on signal (4|6|7|8|9|11)|Memory limit of .+ exceeded|(STARTUP|LIVENESS) .+ probe failed"`,
      metricDescriptor: { metricKind: "DELTA", valueType: "INT64" },
    },
    options,
  );
}
