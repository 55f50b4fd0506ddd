import type * as pulumi from "@pulumi/pulumi";
import type { Settings } from "./settings.ts";

export const PORT = 8080;

/** The worker's environment, as far as it is the same however messages come. */
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

/** As Cloud Run wants variables. */
export function variables(
  environment: Record<string, pulumi.Input<string>>,
): { name: string; value: pulumi.Input<string> }[] {
  return Object.entries(environment).map(([name, value]) => ({ name, value }));
}

/** CPU and memory of one instance. */
export function limitsOf({ cpu, memory }: Settings): { cpu: string; memory: string } {
  return { cpu, memory };
}

/** The worker listens once its model is loaded and warmed up; a minute is far more than any model in `model/` takes. */
export const STARTUP_PROBE = {
  httpGet: { path: "/startupz", port: PORT },
  periodSeconds: 1,
  timeoutSeconds: 1,
  failureThreshold: 60,
};

/**
 * Fails when the event loop hangs or the inference threads keep dying: a restart is what helps. Cloud Run bills the CPU of each
 * probe of a service, and what hangs may do so for a minute or two: its messages come again to another instance.
 *
 * There is no readiness probe. A full worker is not ready, and an instance is full when it has as many requests as Cloud Run
 * gives it at once: Cloud Run knows that by itself, and would take the busiest instances out when all of them are needed. A
 * worker that drains gets no requests any more.
 */
export const LIVENESS_PROBE = {
  httpGet: { path: "/livez", port: PORT },
  periodSeconds: 30,
  timeoutSeconds: 5,
  failureThreshold: 3,
};
