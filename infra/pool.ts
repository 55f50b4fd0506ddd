import * as gcp from "@pulumi/gcp";
import { environmentOf, LIVENESS_PROBE, PORT, STARTUP_PROBE, variables } from "./container.ts";
import type { Identity } from "./identity.ts";
import type { Settings } from "./settings.ts";

/**
 * The worker as a worker pool that pulls. It has a fixed number of instances whose CPUs are always on, for a steady stream of reviews.
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
      scaling: { scalingMode: "MANUAL", manualInstanceCount: settings.instances },
      template: {
        serviceAccount: worker.account.email,
        containers: [
          {
            image,
            // A port enables the HTTP server, which only the probes can reach: a pool has no address.
            envs: variables({ ...environmentOf(settings), PORT: String(PORT) }),
            resources: { limits: { cpu: settings.cpu, memory: settings.memory } },
            startupProbe: STARTUP_PROBE,
            livenessProbe: LIVENESS_PROBE,
          },
        ],
      },
    },
    // A worker without permission to pull exits at once.
    { dependsOn: [mayPull, ...worker.grants] },
  );
}
