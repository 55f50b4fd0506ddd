import { setTimeout } from "node:timers/promises";
import * as gcp from "@pulumi/gcp";
import * as pulumi from "@pulumi/pulumi";
import type { Identity } from "./identity.ts";
import type { Settings } from "./settings.ts";

/** What Eventarc answers until the grant to its service agent has taken effect everywhere. */
const NOT_GRANTED_YET = /Permission denied while using the Eventarc Service Agent|eventarc\.serviceAgent|propagat/i;
/** Six minutes. Google names a delay but no time: https://docs.cloud.google.com/eventarc/docs/issues, read on 2026-11-26 */
const ATTEMPTS = 12;
const ATTEMPT_MS = 30_000;

/**
 * Whether to try again to create the trigger.
 * @param errors of all attempts, the latest first
 */
export async function retryAfterGrant(errors: readonly string[], wait: (ms: number) => Promise<unknown> = setTimeout) {
  if (errors.length >= ATTEMPTS || !NOT_GRANTED_YET.test(errors[0] ?? "")) return false;
  await wait(ATTEMPT_MS);
  return true;
}

/**
 * The command that gives Eventarc's own subscription what the worker's has. Eventarc creates it with Pub/Sub's ack deadline of
 * 10 s, a retention of a day and without a dead-letter topic, and offers no way to choose these.
 * https://cloud.google.com/eventarc/docs/retry-events, read on 2026-11-26
 */
export function configureEvents(settings: Settings, subscription: pulumi.Input<string>): pulumi.Output<string> {
  const { project, deadLetterTopic, ackDeadlineSeconds, maxDeliveryAttempts, retentionDays } = settings;
  return pulumi.interpolate`gcloud pubsub subscriptions update ${subscription} --project ${project} --ack-deadline ${ackDeadlineSeconds} --message-retention-duration ${retentionDays}d --min-retry-delay 10s --max-retry-delay 600s --dead-letter-topic ${deadLetterTopic} --max-delivery-attempts ${maxDeliveryAttempts}`;
}

/**
 * Sends every write of a review to the service, so that the application need not publish.
 * https://cloud.google.com/eventarc/standard/docs/run/route-trigger-cloud-firestore
 * @param location the database's location: a trigger elsewhere receives nothing
 * @param invokers the grants without which the service refuses the events
 * @param pubsubAgent may take the events that it dead-letters
 */
export function createTrigger(
  { name, project, region, firestoreDatabase, reviewsPath, eventsKmsKey }: Settings,
  location: string,
  service: gcp.cloudrunv2.Service,
  push: Identity,
  invokers: pulumi.Resource[],
  pubsubAgent: gcp.projects.ServiceIdentity,
  options: pulumi.CustomResourceOptions,
): gcp.eventarc.Trigger {
  const agent = new gcp.projects.ServiceIdentity(
    "eventarc-agent",
    { project, service: "eventarc.googleapis.com" },
    options,
  );
  // Google grants this role itself, minutes after the API is enabled, and the trigger cannot be created before. It is retained when
  // the stack is destroyed, because all other triggers of the project need it.
  const agentWorks = new gcp.projects.IAMMember(
    "eventarc-agent-works",
    { project, role: "roles/eventarc.serviceAgent", member: agent.member },
    { retainOnDelete: true },
  );
  const receives = new gcp.projects.IAMMember("push-receives-events", {
    project,
    role: "roles/eventarc.eventReceiver",
    member: push.account.member,
  });
  // One for all of Google's events in the location, so other triggers there use the key too.
  const channel =
    eventsKmsKey === undefined
      ? []
      : [
          new gcp.eventarc.GoogleChannelConfig(
            "events",
            {
              name: `projects/${project}/locations/${location}/googleChannelConfig`,
              location,
              cryptoKeyName: eventsKmsKey,
            },
            options,
          ),
        ];
  const trigger = new gcp.eventarc.Trigger(
    "review-written",
    {
      name,
      location,
      serviceAccount: push.account.email,
      eventDataContentType: "application/protobuf",
      matchingCriterias: [
        { attribute: "type", value: "google.cloud.firestore.document.v1.written" },
        { attribute: "database", value: firestoreDatabase },
        { attribute: "document", value: reviewsPath, operator: "match-path-pattern" },
      ],
      destination: { cloudRunService: { service: service.name, region, path: "/eventarc" } },
    },
    {
      dependsOn: [agentWorks, receives, ...invokers, ...channel],
      hooks: { onError: [new pulumi.ErrorHook("eventarc-agent-waits", ({ errors }) => retryAfterGrant(errors))] },
    },
  );
  // The other half of the dead-letter policy that configureEvents sets.
  new gcp.pubsub.SubscriptionIAMMember("pubsub-agent-takes-events-it-dead-letters", {
    subscription: trigger.transport.apply(({ pubsub }) => pubsub?.subscription ?? ""),
    role: "roles/pubsub.subscriber",
    member: pubsubAgent.member,
  });
  return trigger;
}
