import { createHash } from "node:crypto";
import * as gcp from "@pulumi/gcp";
import type * as pulumi from "@pulumi/pulumi";
import type { Identity } from "./identity.ts";
import { AUTOSCALER_LIMITS, type Settings } from "./settings.ts";

/**
 * Google's autoscaler for worker pools, which runs KEDA's scalers in a Cloud Run service. Its image has no operating system of its own:
 * Cloud Run adds the base image and keeps it up to date.
 * https://github.com/GoogleCloudPlatform/cloud-run-external-metrics-autoscaling, read on 2026-11-26 (its commit b95cf54 of 2026-06-08)
 */
const IMAGE = "us-central1-docker.pkg.dev/cloud-run-oss-images/crema-v1/autoscaler:1.2";
const BASE_IMAGE = "us-central1-docker.pkg.dev/serverless-runtimes/google-24/runtimes/java25";

/** Monitoring has the backlog about two minutes late, so asking more often gains nothing. */
const POLLING_SECONDS = 30;
/** What an instance labels with `lite` on two CPUs (docs/costs.md). */
const REVIEWS_PER_SECOND = 200;
/** How long it may take for its share of the backlog. */
const SECONDS = 30;
/** `deploy/kubernetes/scaledobject.yaml` has the same. */
export const BACKLOG_PER_INSTANCE = REVIEWS_PER_SECOND * SECONDS;

/** What the autoscaler does, in its own format. JSON is YAML, and sorted keys give the text that Terraform's jsonencode gives. */
function configurationOf(settings: Settings): string {
  const { name, project, region } = settings;
  // The autoscaler's own service account.
  const authentication = { name: "own-account" };
  const trigger = {
    authenticationRef: authentication,
    metadata: {
      mode: "SubscriptionSize",
      subscriptionName: `projects/${project}/subscriptions/${settings.subscription}`,
      value: String(BACKLOG_PER_INSTANCE),
    },
    name: "backlog",
    type: "gcp-pubsub",
  };
  const scaled = {
    maxReplicaCount: settings.maxInstances,
    minReplicaCount: settings.minInstances,
    scaleTargetRef: { name: `projects/${project}/locations/${region}/workerpools/${name}` },
    triggers: [trigger],
  };
  return JSON.stringify({
    apiVersion: "crema/v1",
    kind: "CremaConfig",
    spec: {
      pollingInterval: POLLING_SECONDS,
      scaledObjects: [{ spec: scaled }],
      triggerAuthentications: [{ metadata: authentication, spec: { podIdentity: { provider: "gcp" } } }],
    },
  });
}

/** Scales the worker pool by the backlog of its subscription. */
export function createCrema(
  settings: Settings,
  pool: gcp.cloudrunv2.WorkerPool,
  worker: Identity,
  options: pulumi.CustomResourceOptions,
): void {
  const { name, project, region, kmsKey } = settings;
  const account = new gcp.serviceaccount.Account(
    "crema",
    { accountId: `${name}-crema`, displayName: "The autoscaler of the worker pool runs as this account" },
    options,
  );
  const parameter = new gcp.parametermanager.RegionalParameter(
    "crema",
    { parameterId: `${name}-crema`, location: region, format: "YAML", ...(kmsKey !== undefined && { kmsKey }) },
    options,
  );
  const configuration = configurationOf(settings);
  const version = new gcp.parametermanager.RegionalParameterVersion("crema", {
    parameter: parameter.id,
    // A version cannot change, so another configuration is another version, and a new revision of the autoscaler reads it.
    parameterVersionId: `v-${createHash("sha256").update(configuration).digest("hex").slice(0, 12)}`,
    parameterData: configuration,
  });
  const { member } = account;
  // As the autoscaler's README says, and `roles/monitoring.viewer` for KEDA's scaler, which reads the backlog from Monitoring.
  const grants = [
    new gcp.projects.IAMMember("crema-reads-its-configuration", {
      project,
      role: "roles/parametermanager.parameterViewer",
      member,
    }),
    new gcp.projects.IAMMember("crema-reads-the-backlog", { project, role: "roles/monitoring.viewer", member }),
    new gcp.cloudrunv2.WorkerPoolIamMember("crema-scales-the-pool", {
      name: pool.name,
      location: region,
      role: "roles/run.developer",
      member,
    }),
    // Changing a pool needs this role on the account that the pool runs as.
    new gcp.serviceaccount.IAMMember("crema-acts-as-worker", {
      serviceAccountId: worker.account.name,
      role: "roles/iam.serviceAccountUser",
      member,
    }),
  ];
  new gcp.cloudrunv2.Service(
    "crema",
    {
      name: `${name}-crema`,
      location: region,
      deletionProtection: false,
      // It polls; nothing calls it.
      ingress: "INGRESS_TRAFFIC_INTERNAL_ONLY",
      invokerIamDisabled: false,
      labels: { "created-by": "crema" },
      scaling: { scalingMode: "MANUAL", manualInstanceCount: 1 },
      template: {
        serviceAccount: account.email,
        ...(kmsKey !== undefined && { encryptionKey: kmsKey }),
        containers: [
          {
            image: IMAGE,
            baseImageUri: BASE_IMAGE,
            envs: [
              { name: "CREMA_CONFIG", value: version.id },
              { name: "OUTPUT_SCALER_METRICS", value: "False" },
              { name: "ENABLE_CLOUD_LOGGING", value: "False" },
            ],
            resources: { limits: AUTOSCALER_LIMITS, cpuIdle: false },
          },
        ],
      },
    },
    { dependsOn: grants },
  );
}
