import * as gcp from "@pulumi/gcp";
import { environmentOf, LIVENESS_PROBE, STARTUP_PROBE, variables } from "./container.ts";
import type { Identity } from "./identity.ts";
import type { Settings } from "./settings.ts";

/**
 * How the number of instances is determined.
 *
 * - `none`: it is `instances`.
 * - `cpu`: Cloud Run keeps 60 % of the CPUs in use. A pool without instances uses none, so there is always one.
 *   https://docs.cloud.google.com/run/docs/configuring/workerpools/cpu-autoscaling, read on 2026-11-26
 * - `crema`: the autoscaler sets the count of a pool that is otherwise manual, see crema.ts.
 */
function scalingOf(settings: Settings): gcp.types.input.cloudrunv2.WorkerPoolScaling {
  if (settings.autoscaling !== "cpu") return { scalingMode: "MANUAL", manualInstanceCount: settings.instances };
  return {
    scalingMode: "AUTOMATIC",
    minInstanceCount: Math.max(1, settings.minInstances),
    maxInstanceCount: settings.maxInstances,
  };
}

/**
 * The worker as a worker pool that pulls. The CPUs of its instances are always on, for a steady stream of reviews.
 * @param image the worker's image
 * @param subscription the subscription to pull from
 */
export function createPool(
  settings: Settings,
  image: string,
  worker: Identity,
  subscription: gcp.pubsub.Subscription,
): gcp.cloudrunv2.WorkerPool {
  const mayPull = new gcp.pubsub.SubscriptionIAMMember("worker-pulls", {
    subscription: subscription.name,
    role: "roles/pubsub.subscriber",
    member: worker.account.member,
  });
  return new gcp.cloudrunv2.WorkerPool(
    "worker",
    {
      name: settings.name,
      location: settings.region,
      deletionProtection: false,
      scaling: scalingOf(settings),
      template: {
        ...(settings.kmsKey !== undefined && { encryptionKey: settings.kmsKey }),
        serviceAccount: worker.account.email,
        containers: [
          {
            image,
            envs: variables(environmentOf(settings)),
            resources: { limits: { cpu: settings.cpu, memory: settings.memory } },
            startupProbe: STARTUP_PROBE,
            livenessProbe: LIVENESS_PROBE,
          },
        ],
      },
    },
    {
      // A worker without permission to pull exits after some minutes.
      dependsOn: [mayPull, ...worker.grants],
      // Otherwise `pulumi up` would undo what the autoscaler has decided.
      ...(settings.autoscaling !== "none" && { ignoreChanges: ["scaling.manualInstanceCount"] }),
    },
  );
}
