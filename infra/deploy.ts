import * as gcp from "@pulumi/gcp";
import * as pulumi from "@pulumi/pulumi";
import { createAlerts } from "./alerts.ts";
import { enableApis } from "./apis.ts";
import { createIndexes } from "./firestore.ts";
import { createBuildIdentity, createPushIdentity, createWorkerIdentity } from "./identity.ts";
import { createDashboard } from "./monitoring-dashboard.ts";
import { createPool } from "./pool.ts";
import { createSubscription, createTopics } from "./queue.ts";
import { createRegistry } from "./registry.ts";
import { createService } from "./service.ts";
import type { Settings } from "./settings.ts";
import { type Signals, signalsOf } from "./signals.ts";
import { createTrigger } from "./trigger.ts";

/**
 * Everything that the worker needs in one Google Cloud project. Without an image, only what is needed to build one.
 * @returns the stack's outputs
 */
export function deploy(settings: Settings): Record<string, pulumi.Input<string>> {
  const { project, region, image } = settings;
  const options = { dependsOn: enableApis(settings) };
  const registry = createRegistry(settings, options);
  const repository = pulumi.interpolate`${region}-docker.pkg.dev/${project}/${registry.repositoryId}`;
  const builder = createBuildIdentity(settings, options).name;
  if (image === undefined)
    return {
      repository,
      builder,
      next: "build an image, push it there, and set it: pulumi config set image REPOSITORY/worker:TAG",
    };

  const pubsubAgent = new gcp.projects.ServiceIdentity(
    "pubsub-agent",
    { project, service: "pubsub.googleapis.com" },
    options,
  );
  const topics = createTopics(settings, options);
  const worker = createWorkerIdentity(settings, topics, options);
  createIndexes(settings, options);
  const watch = (signals: pulumi.Output<Signals>) => {
    createAlerts(settings, signals, options);
    createDashboard(settings, signals, options);
  };
  const outputs = { repository, builder, topic: topics.topic.name, deadLetters: topics.deadLetterSubscription.name };

  if (settings.delivery === "pull") {
    const subscription = createSubscription(settings, topics, pubsubAgent);
    const pool = createPool(settings, image, worker, subscription);
    watch(pulumi.output(signalsOf(settings)));
    return { ...outputs, subscription: subscription.name, worker: pool.name };
  }
  const push = createPushIdentity(settings, pubsubAgent, options);
  const { service, target } = createService(settings, image, worker, push);
  const subscription = createSubscription(settings, topics, pubsubAgent, target);
  const running = { ...outputs, subscription: subscription.name, worker: service.name, url: service.uri };
  if (!settings.firestoreTrigger || settings.firestoreLocation === undefined) {
    watch(pulumi.output(signalsOf(settings)));
    return running;
  }
  const { transport } = createTrigger(settings, settings.firestoreLocation, service, push, target.grants, options);
  watch(transport.apply(({ pubsub }) => signalsOf(settings, pubsub)));
  const eventSubscription = transport.apply(({ pubsub }) => pubsub?.subscription ?? "");
  if (settings.pushAudience !== undefined) return { ...running, eventSubscription };
  const askAudience = pulumi.interpolate`gcloud pubsub subscriptions describe ${eventSubscription} --project ${project} --format 'value(pushConfig.oidcToken.audience)'`;
  return {
    ...running,
    eventSubscription,
    next: pulumi.interpolate`tell the worker the audience of the events: pulumi config set pushAudience $(${askAudience})`,
  };
}
