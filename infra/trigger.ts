import * as gcp from "@pulumi/gcp";
import type * as pulumi from "@pulumi/pulumi";
import type { Identity } from "./identity.ts";
import type { Settings } from "./settings.ts";

/**
 * Sends every write of a review to the service, so that the application need not publish.
 * https://cloud.google.com/eventarc/standard/docs/run/route-trigger-cloud-firestore
 * @param location the database's location: a trigger elsewhere receives nothing
 * @param invokers the grants without which the service refuses the events
 */
export function createTrigger(
  { name, project, region, firestoreDatabase, reviewsPath }: Settings,
  location: string,
  service: gcp.cloudrunv2.Service,
  push: Identity,
  invokers: pulumi.Resource[],
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
  return new gcp.eventarc.Trigger(
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
    { dependsOn: [agentWorks, receives, ...invokers] },
  );
}
