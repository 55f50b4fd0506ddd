import * as gcp from "@pulumi/gcp";
import type { Settings } from "./settings.ts";

/**
 * Turns on the APIs. They stay on when the stack goes: others in the project may use them. Pulumi itself asks cloudresourcemanager
 * and serviceusage, so in a new project these two must be enabled first: docs/deploy.md has the command.
 */
export function enableApis({ project, apiKeys, firestoreTrigger }: Settings): gcp.projects.Service[] {
  const apis = [
    "artifactregistry",
    "cloudbuild",
    "cloudresourcemanager",
    "firestore",
    "iam",
    "logging",
    "monitoring",
    "pubsub",
    "run",
    "serviceusage",
    ...(apiKeys !== undefined ? ["secretmanager"] : []),
    ...(firestoreTrigger ? ["eventarc", "eventarcpublishing"] : []),
  ];
  return apis.map(
    (api) => new gcp.projects.Service(api, { project, service: `${api}.googleapis.com`, disableOnDestroy: false }),
  );
}
