import * as gcp from "@pulumi/gcp";
import type * as pulumi from "@pulumi/pulumi";
import type { Settings } from "./settings.ts";

/** The ten newest images are kept for rollbacks; others are deleted after a month. */
const KEPT_IMAGES = 10;
const THIRTY_DAYS = `${30 * 24 * 60 * 60}s`;

/** The repository of the images. Cloud Run's service agent pulls them, so the worker needs no grant. */
export function createRegistry(
  { name, region, kmsKey, scanImages }: Settings,
  options: pulumi.CustomResourceOptions,
): gcp.artifactregistry.Repository {
  return new gcp.artifactregistry.Repository(
    "images",
    {
      repositoryId: name,
      location: region,
      format: "DOCKER",
      description: "Images of the review-sentiment worker",
      // Google bills each image that it scans. `DISABLED` also holds where the project has scanning enabled for other repositories.
      vulnerabilityScanningConfig: { enablementConfig: scanImages ? "INHERITED" : "DISABLED" },
      ...(kmsKey !== undefined && { kmsKeyName: kmsKey }),
      cleanupPolicyDryRun: false,
      cleanupPolicies: [
        { id: "keep-newest", action: "KEEP", mostRecentVersions: { keepCount: KEPT_IMAGES } },
        { id: "delete-old", action: "DELETE", condition: { tagState: "ANY", olderThan: THIRTY_DAYS } },
      ],
    },
    options,
  );
}

/** The sources of a build are needed until it has ended. */
const SOURCE_DAYS = 7;

/**
 * The bucket that the sources of a build are uploaded to. The one that gcloud would create is in the US, which an organisation policy
 * on locations may refuse: https://cloud.google.com/build/docs/running-builds/submit-build-via-cli-api
 */
export function createSourceBucket(
  { name, project, region, kmsKey }: Settings,
  options: pulumi.CustomResourceOptions,
): gcp.storage.Bucket {
  return new gcp.storage.Bucket(
    "build-sources",
    {
      name: `${project}-${name}-build`,
      location: region,
      uniformBucketLevelAccess: true,
      publicAccessPrevention: "enforced",
      forceDestroy: true,
      lifecycleRules: [{ action: { type: "Delete" }, condition: { age: SOURCE_DAYS } }],
      ...(kmsKey !== undefined && { encryption: { defaultKmsKeyName: kmsKey } }),
    },
    options,
  );
}
