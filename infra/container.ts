import type * as pulumi from "@pulumi/pulumi";
import type { Settings } from "./settings.ts";

export const PORT = 8080;

/** The part of the worker's environment that push and pull share. */
export function environmentOf(settings: Settings): Record<string, pulumi.Input<string>> {
  return {
    ...settings.environment,
    GOOGLE_CLOUD_PROJECT: settings.project,
    FIRESTORE_DATABASE: settings.firestoreDatabase,
    PUBSUB_TOPIC: settings.topic,
    PUBSUB_SUBSCRIPTION: settings.subscription,
    DEAD_LETTER_TOPIC: settings.deadLetterTopic,
    DELIVERY: settings.delivery,
    REVIEWS_PATH: settings.reviewsPath,
    TEXT_FIELD: settings.textField,
    RESULT_FIELD: settings.resultField,
    NEUTRAL: settings.neutral,
    ...(settings.languages !== undefined && { LANGUAGES: settings.languages }),
    INFERENCE_THREADS: settings.cpu,
    MAX_BATCH_REVIEWS: String(settings.maxBatchReviews),
  };
}

/** Variables in the form that Cloud Run expects. */
export function variables(
  environment: Record<string, pulumi.Input<string>>,
): { name: string; value: pulumi.Input<string> }[] {
  return Object.entries(environment).map(([name, value]) => ({ name, value }));
}

/**
 * Loading a model of `model/` takes seconds. Then the worker waits up to 200 s for its grants, which take minutes to come into effect
 * at the first deployment. `failureThreshold` × `periodSeconds` may be 240 at most:
 * https://cloud.google.com/run/docs/configuring/healthchecks, read on 2026-11-27
 */
export const STARTUP_PROBE = {
  httpGet: { path: "/startupz", port: PORT },
  periodSeconds: 1,
  timeoutSeconds: 1,
  failureThreshold: 240,
};

/**
 * Fails when the event loop hangs or the inference threads keep failing, so that Cloud Run restarts the instance. It may take a
 * minute or two, because Cloud Run bills the CPU of each probe of a service. The messages are redelivered to another instance.
 *
 * There is no readiness probe. A worker at capacity is not ready, and it is at capacity when it has as many requests as Cloud Run
 * sends to one instance at a time. Cloud Run knows that anyway, and with the probe it would remove the busiest instances when all of
 * them are needed. A worker that shuts down gets no more requests.
 */
export const LIVENESS_PROBE = {
  httpGet: { path: "/livez", port: PORT },
  periodSeconds: 30,
  timeoutSeconds: 5,
  failureThreshold: 3,
};
