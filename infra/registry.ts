import * as gcp from "@pulumi/gcp";
import type * as pulumi from "@pulumi/pulumi";
import type { Settings } from "./settings.ts";

/** The ten newest images are kept for rollbacks; others are deleted after a month. */
const KEPT_IMAGES = 10;
const THIRTY_DAYS = `${30 * 24 * 60 * 60}s`;

/** The repository of the images. Cloud Run's service agent pulls them, so the worker needs no grant. */
export function createRegistry(
  { name, region }: Settings,
  options: pulumi.CustomResourceOptions,
): gcp.artifactregistry.Repository {
  return new gcp.artifactregistry.Repository(
    "images",
    {
      repositoryId: name,
      location: region,
      format: "DOCKER",
      description: "Images of the review-sentiment worker",
      cleanupPolicyDryRun: false,
      cleanupPolicies: [
        { id: "keep-newest", action: "KEEP", mostRecentVersions: { keepCount: KEPT_IMAGES } },
        { id: "delete-old", action: "DELETE", condition: { tagState: "ANY", olderThan: THIRTY_DAYS } },
      ],
    },
    options,
  );
}
