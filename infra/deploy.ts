import * as gcp from "@pulumi/gcp";
import * as pulumi from "@pulumi/pulumi";
import { createAlerts } from "./alerts.ts";
import { enableApis } from "./apis.ts";
import { createCrema } from "./crema.ts";
import { checkDatabase, createIndexes } from "./firestore.ts";
import { createBuildIdentity, createPushIdentity, createWorkerIdentity } from "./identity.ts";
import { createDashboard } from "./monitoring-dashboard.ts";
import { createPool } from "./pool.ts";
import { createSubscription, createTopics } from "./queue.ts";
import { createRegistry, createSourceBucket } from "./registry.ts";
import { createService } from "./service.ts";
import type { Settings } from "./settings.ts";
import { type Signals, signalsOf } from "./signals.ts";
import { configureEvents, createTrigger } from "./trigger.ts";

/**
 * Everything that the worker needs in one Google Cloud project. Without an image, only what is needed to build one.
 * @returns the stack's outputs
 */
export async function deploy(settings: Settings): Promise<Record<string, pulumi.Input<string>>> {
  const { project, region, image } = settings;
  const apis = enableApis(settings);
  const registry = createRegistry(settings, { dependsOn: apis });
  const sources = createSourceBucket(settings, { dependsOn: apis });
  const repository = pulumi.interpolate`${region}-docker.pkg.dev/${project}/${registry.repositoryId}`;
  const builder = createBuildIdentity(settings, registry, sources, { dependsOn: apis }).name;
  const build = pulumi.interpolate`gcloud beta builds submit .. --config ../cloudbuild.yaml --project ${project} --region ${region} --gcs-source-staging-dir gs://${sources.name}/source --service-account ${builder} --substitutions _IMAGE=${repository}/worker,_TAG=TAG`;
  if (image === undefined)
    return {
      repository,
      build,
      next: pulumi.interpolate`build an image, with your own TAG in the command \`build\`, and set it: pulumi config set image ${repository}/worker:TAG`,
    };

  await checkDatabase(settings, apis);
  const options = { dependsOn: apis };
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
  const outputs = { repository, build, topic: topics.topic.name, deadLetters: topics.deadLetterSubscription.name };

  if (settings.delivery === "pull") {
    const subscription = createSubscription(settings, topics, pubsubAgent);
    const pool = createPool(settings, image, worker, subscription);
    if (settings.autoscaling === "crema") createCrema(settings, pool, worker, options);
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
  const { transport } = createTrigger(
    settings,
    settings.firestoreLocation,
    service,
    push,
    target.grants,
    pubsubAgent,
    options,
  );
  watch(transport.apply(({ pubsub }) => signalsOf(settings, pubsub)));
  const eventSubscription = transport.apply(({ pubsub }) => pubsub?.subscription ?? "");
  const events = { ...running, eventSubscription, configureEvents: configureEvents(settings, eventSubscription) };
  if (settings.pushAudience !== undefined) return events;
  const askAudience = pulumi.interpolate`gcloud pubsub subscriptions describe ${eventSubscription} --project ${project} --format 'value(pushConfig.oidcToken.audience)'`;
  return {
    ...events,
    next: pulumi.interpolate`run the command \`configureEvents\`, then set the audience of the events for the worker: pulumi config set pushAudience $(${askAudience})`,
  };
}
