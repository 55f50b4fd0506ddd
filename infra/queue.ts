import { readFileSync } from "node:fs";
import * as gcp from "@pulumi/gcp";
import type * as pulumi from "@pulumi/pulumi";
import type { Settings } from "./settings.ts";

const NEVER = "";
const DAY_SECONDS = 24 * 60 * 60;
/** The longest retention that Pub/Sub allows: https://cloud.google.com/pubsub/docs/subscription-properties#message_retention_duration */
const DEAD_LETTER_DAYS = 31;

export interface Topics {
  topic: gcp.pubsub.Topic;
  deadLetterTopic: gcp.pubsub.Topic;
  deadLetterSubscription: gcp.pubsub.Subscription;
}

/** The topic that applications publish to, and the dead-letter topic with a subscription. Without one its messages would be lost. */
export function createTopics(settings: Settings, options: pulumi.CustomResourceOptions): Topics {
  const retention = `${settings.retentionDays * DAY_SECONDS}s`;
  const encryption = settings.kmsKey === undefined ? {} : { kmsKeyName: settings.kmsKey };
  const schema = new gcp.pubsub.Schema(
    "review-message",
    {
      name: `${settings.topic}-message`,
      type: "PROTOCOL_BUFFER",
      definition: readFileSync(new URL("terraform/review-message.proto", import.meta.url), "utf8"),
    },
    options,
  );
  const topic = new gcp.pubsub.Topic(
    "reviews",
    {
      name: settings.topic,
      messageRetentionDuration: retention,
      ...encryption,
      schemaSettings: { schema: schema.id, encoding: "JSON" },
    },
    options,
  );
  // No schema here: dead-lettered messages are often invalid.
  const deadLetterTopic = new gcp.pubsub.Topic(
    "dead-letters",
    { name: settings.deadLetterTopic, ...encryption },
    options,
  );
  const deadLetterSubscription = new gcp.pubsub.Subscription("dead-letters", {
    name: settings.deadLetterTopic,
    topic: deadLetterTopic.id,
    messageRetentionDuration: `${DEAD_LETTER_DAYS * DAY_SECONDS}s`,
    expirationPolicy: { ttl: NEVER },
  });
  for (const member of settings.publishers)
    new gcp.pubsub.TopicIAMMember(`publisher-${member}`, { topic: topic.name, role: "roles/pubsub.publisher", member });
  return { topic, deadLetterTopic, deadLetterSubscription };
}

/** How a subscription pushes to a service. */
export interface PushTarget {
  endpoint: pulumi.Input<string>;
  audience: string;
  serviceAccountEmail: pulumi.Input<string>;
  /** Without these grants every push would be refused. */
  grants: pulumi.Resource[];
}

/**
 * The worker's subscription, with the two grants to Pub/Sub's service agent that dead-lettering needs. Without either, messages are
 * never dead-lettered and nothing reports it: https://cloud.google.com/pubsub/docs/handling-failures#grant_forwarding_permissions
 * @param push absent if workers pull
 */
export function createSubscription(
  settings: Settings,
  { topic, deadLetterTopic }: Topics,
  pubsubAgent: gcp.projects.ServiceIdentity,
  push?: PushTarget,
): gcp.pubsub.Subscription {
  const mayDeadLetter = new gcp.pubsub.TopicIAMMember("pubsub-agent-publishes-dead-letters", {
    topic: deadLetterTopic.name,
    role: "roles/pubsub.publisher",
    member: pubsubAgent.member,
  });
  const subscription = new gcp.pubsub.Subscription(
    "review-sentiment",
    {
      name: settings.subscription,
      topic: topic.id,
      ackDeadlineSeconds: settings.ackDeadlineSeconds,
      messageRetentionDuration: `${settings.retentionDays * DAY_SECONDS}s`,
      expirationPolicy: { ttl: NEVER },
      // The backoff doubles up to ten minutes, so a hundred attempts take more than 15 hours.
      retryPolicy: { minimumBackoff: "10s", maximumBackoff: "600s" },
      deadLetterPolicy: { deadLetterTopic: deadLetterTopic.id, maxDeliveryAttempts: settings.maxDeliveryAttempts },
      ...(push !== undefined && {
        pushConfig: {
          pushEndpoint: push.endpoint,
          oidcToken: { serviceAccountEmail: push.serviceAccountEmail, audience: push.audience },
        },
      }),
    },
    { dependsOn: [mayDeadLetter, ...(push?.grants ?? [])] },
  );
  new gcp.pubsub.SubscriptionIAMMember("pubsub-agent-takes-what-it-dead-letters", {
    subscription: subscription.name,
    role: "roles/pubsub.subscriber",
    member: pubsubAgent.member,
  });
  return subscription;
}
