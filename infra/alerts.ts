import * as gcp from "@pulumi/gcp";
import type * as pulumi from "@pulumi/pulumi";
import type { Settings } from "./settings.ts";
import { createLogMetrics, type Signals } from "./signals.ts";

/** A backlog so old is no peak any more: workers are missing, stuck or too few. */
const OLDEST_UNACKED_SECONDS = 600;
/** Part of the deliveries that may fail; `not-written-yet` and a short outage stay below. */
const GIVEN_BACK_RATIO = 0.1;
/** With fewer than these in a quarter of an hour, a ratio says nothing. */
const GIVEN_BACK_LEAST = 20;
/** Deaths in ten minutes. Cloud Run mends one or two by itself. */
const DEATHS = 3;

interface Alert {
  id: string;
  title: string;
  /** True while something is wrong. */
  query: (signals: Signals) => string;
  /** How long it must be true. */
  duration: string;
  severity: "WARNING" | "ERROR" | "CRITICAL";
  /** For whoever is woken. */
  advice: string;
}

/** One policy for each thing that a person has to do something about. */
export function createAlerts(
  settings: Settings,
  signals: pulumi.Output<Signals>,
  options: pulumi.CustomResourceOptions,
): void {
  createLogMetrics(settings, options);
  const alerts: Alert[] = [
    {
      id: "dead-letters",
      title: "there are dead letters",
      query: ({ deadLetters }) => `${deadLetters} > 0`,
      duration: "0s",
      severity: "WARNING",
      advice: `Look at a few: \`gcloud pubsub subscriptions pull ${settings.deadLetterTopic} --limit=5\`. Those with an attribute \`deadLetterReason\` are wrong in themselves: mend the publisher, then ack them away. The others failed ${settings.maxDeliveryAttempts} times: find out why in the worker's log, then \`npm run redrive\` publishes them again.`,
    },
    {
      id: "oldest-unacked",
      title: `reviews wait for more than ${OLDEST_UNACKED_SECONDS / 60} minutes`,
      query: ({ oldestUnacked }) => `${oldestUnacked} > ${OLDEST_UNACKED_SECONDS}`,
      duration: "60s",
      severity: "CRITICAL",
      advice:
        "Is the worker running, and what does its log say? If it works, it is too small: raise `maxInstances` (push) or `instances` (pull). A replay of many reviews does this too, and passes.",
    },
    {
      id: "given-back",
      title: `more than ${GIVEN_BACK_RATIO * 100} % of the deliveries fail`,
      query: ({ givenBackRatio, givenBack }) =>
        `(${givenBackRatio} > ${GIVEN_BACK_RATIO}) and (${givenBack} >= ${GIVEN_BACK_LEAST})`,
      duration: "300s",
      severity: "ERROR",
      advice:
        "The worker gives messages back. The log entries `message given back` have the `reason`; the README has what to do about each. `store-failed`: Firestore refuses or cannot be reached.",
    },
    {
      id: "crash-loop",
      title: "the worker keeps dying",
      query: ({ deaths }) => `${deaths} >= ${DEATHS}`,
      duration: "0s",
      severity: "CRITICAL",
      advice:
        "The last CRITICAL or ERROR entry of its log says why: a wrong configuration, no memory left (raise `memory`), a model that does not load. If it began with a deployment, go back to the image before.",
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
              // A log-based metric exists only once it has counted something.
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
