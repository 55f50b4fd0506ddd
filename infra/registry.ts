import * as gcp from "@pulumi/gcp";
import type * as pulumi from "@pulumi/pulumi";
import type { Settings } from "./settings.ts";

/** The ten newest images stay, to roll back to; older ones go after a month. */
const KEPT_IMAGES = 10;
const THIRTY_DAYS = `${30 * 24 * 60 * 60}s`;

/** Where the images are. Cloud Run's own agent pulls them, so the worker needs no grant on it. */
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
