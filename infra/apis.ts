import * as gcp from "@pulumi/gcp";
import type { Settings } from "./settings.ts";

/**
 * Enables the APIs. They stay enabled when the stack is destroyed, because others in the project may use them. Pulumi itself calls
 * cloudresourcemanager and serviceusage, so in a new project these two must be enabled first: docs/deploy.md has the command.
 */
export function enableApis({
  project,
  apiKeys,
  firestoreTrigger,
  scanImages,
  delivery,
  autoscaling,
}: Settings): gcp.projects.Service[] {
  const apis = [
    "artifactregistry",
    "cloudbuild",
    "cloudresourcemanager",
    // Stores the provenance that cloudbuild.yaml requests.
    "containeranalysis",
    "firestore",
    "iam",
    "logging",
    "monitoring",
    "pubsub",
    "run",
    "serviceusage",
    "storage",
    ...(scanImages ? ["containerscanning"] : []),
    ...(delivery === "pull" && autoscaling === "crema" ? ["parametermanager"] : []),
    ...(apiKeys !== undefined ? ["secretmanager"] : []),
    ...(firestoreTrigger ? ["eventarc", "eventarcpublishing"] : []),
  ];
  return apis.map(
    (api) => new gcp.projects.Service(api, { project, service: `${api}.googleapis.com`, disableOnDestroy: false }),
  );
}
