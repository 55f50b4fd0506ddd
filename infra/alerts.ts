import * as gcp from "@pulumi/gcp";
import type * as pulumi from "@pulumi/pulumi";
import type { Settings } from "./settings.ts";
import { createLogMetrics, type Signals } from "./signals.ts";

/** A message that is older is not part of a short peak: workers are missing, stuck or too few. */
const OLDEST_UNACKED_SECONDS = 600;
/** With fewer waiting messages, an old one is one that keeps failing, while the worker handles all others. */
const MIN_BACKLOG = 10;
/** A single message that is older keeps failing: retries after a short outage are over by then. */
const STUCK_SECONDS = 3_600;
/** The share of deliveries that may fail. `not-written-yet` and a short outage stay below it. */
const NACKED_RATIO = 0.1;
/** With fewer nacks in 15 minutes, the share is not significant. */
const MIN_NACKED = 20;
/** The share of acked messages whose review may get an error. With a trigger, half of the acked messages are the worker's own writes. */
const UNCLASSIFIABLE_RATIO = 0.4;
/** With fewer such reviews in an hour, the share is not significant. */
const MIN_UNCLASSIFIABLE = 20;
/** Failed instances in 10 minutes. Cloud Run replaces one or two without anyone's help. */
const DEATHS = 3;

interface Alert {
  id: string;
  title: string;
  /** True while the alert should fire. */
  query: (signals: Signals) => string;
  /** How long the query must be true. */
  duration: string;
  severity: "WARNING" | "ERROR" | "CRITICAL";
  /** For the person on call. */
  advice: string;
}

/** One alert policy for each condition that needs a person. */
export function createAlerts(
  settings: Settings,
  signals: pulumi.Output<Signals>,
  options: pulumi.CustomResourceOptions,
): void {
  createLogMetrics(settings, options);
  const alerts: Alert[] = [
    {
      id: "dead-letters",
      title: "messages were dead-lettered",
      query: ({ deadLetters }) => `${deadLetters} > 0`,
      duration: "0s",
      severity: "WARNING",
      advice: `Run \`npm run redrive -- summary\`, or look at a few: \`gcloud pubsub subscriptions pull ${settings.deadLetterTopic} --limit=5\`. A message with the attribute \`deadLetterReason\` is invalid: fix the publisher, then move these messages away with \`npm run redrive -- export FILE --reason REASON\`. The others failed ${settings.maxDeliveryAttempts} times: find the reason in the worker's log and fix it, then publish them again with \`npm run redrive\`.`,
    },
    {
      id: "oldest-unacked",
      title: `reviews have waited for more than ${OLDEST_UNACKED_SECONDS / 60} minutes`,
      query: ({ oldestUnacked, backlog }) =>
        `(${oldestUnacked} > ${OLDEST_UNACKED_SECONDS}) and (${backlog} >= ${MIN_BACKLOG})`,
      duration: "60s",
      severity: "CRITICAL",
      advice:
        "`npm run doctor` examines the deployment and names the usual faults. Check that the worker is running, and read its log. If it works, it is too small: raise `maxInstances` (push, autoscaling) or `instances` (pull). A replay of many reviews also fires this alert until it is done; a lower `--max-backlog` avoids that.",
    },
    {
      id: "stuck-message",
      title: `a message has waited for more than ${STUCK_SECONDS / 3_600} hour`,
      query: ({ oldestUnacked }) => `${oldestUnacked} > ${STUCK_SECONDS}`,
      duration: "60s",
      severity: "WARNING",
      advice:
        "If the worker labels other reviews, this message fails at each attempt: its log entries `message nacked` contain `path` and `reason`, and docs/troubleshooting.md says what to do about each. After its last attempt the message is dead-lettered. If the worker labels nothing, it is not running: read its log.",
    },
    {
      id: "nacked",
      title: `more than ${NACKED_RATIO * 100} % of the deliveries fail`,
      query: ({ nackedRatio, nacked }) => `(${nackedRatio} > ${NACKED_RATIO}) and (${nacked} >= ${MIN_NACKED})`,
      duration: "300s",
      severity: "ERROR",
      advice:
        "The worker nacks messages. Its log entries `message nacked` contain the `reason`; docs/troubleshooting.md says what to do about each. `store-failed` means that Firestore refuses or cannot be reached.",
    },
    {
      id: "unclassifiable",
      title: "many reviews get an error instead of a label",
      query: ({ unclassifiableRatio, unclassifiable }) =>
        `(${unclassifiableRatio} > ${UNCLASSIFIABLE_RATIO}) and (${unclassifiable} >= ${MIN_UNCLASSIFIABLE})`,
      duration: "0s",
      severity: "WARNING",
      advice:
        "The field `unclassifiableBecause` of the log entries `messages settled` counts the errors by code. `text-missing` or `text-not-a-string`: `textField` is not the field in which your application stores the text. `language-unsupported`: the reviews are in another language than the model reads. After the cause is fixed, `npm run replay -- --failed` labels these reviews.",
    },
    {
      id: "crash-loop",
      title: "the worker keeps failing",
      query: ({ deaths }) => `${deaths} >= ${DEATHS}`,
      duration: "0s",
      severity: "CRITICAL",
      advice:
        "The last CRITICAL or ERROR entry of its log says why: an invalid configuration, too little memory (raise `memory`), or a model that does not load. If it began with a deployment, go back to the previous image. With `a server does not answer` or `waiting for a server to answer` in the log, Firestore or Pub/Sub is down: its probes fail meanwhile, no message is lost, and the worker goes on once the server answers.",
    },
  ];
  const channels = settings.alertEmails.map(
    (email) =>
      new gcp.monitoring.NotificationChannel(
        `email-${email}`,
        { type: "email", displayName: `${settings.name}: ${email}`, labels: { email_address: email } },
        options,
      ),
  );
  for (const { id, title, query, duration, severity, advice } of alerts)
    new gcp.monitoring.AlertPolicy(
      id,
      {
        displayName: `${settings.name}: ${title}`,
        combiner: "OR",
        severity,
        conditions: [
          {
            displayName: title,
            conditionPrometheusQueryLanguage: {
              query: signals.apply(query),
              duration,
              evaluationInterval: "60s",
              // A log-based metric does not exist before it has counted something.
              disableMetricValidation: true,
            },
          },
        ],
        alertStrategy: { autoClose: "1800s" },
        notificationChannels: channels.map((channel) => channel.id),
        documentation: { mimeType: "text/markdown", content: advice },
      },
      options,
    );
}
