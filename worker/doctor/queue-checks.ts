/** Topics and subscriptions. */
import { ask, type Examination } from "./report.ts";

/** https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.subscriptions */
export interface SubscriptionState {
  name: string;
  topic: string;
  ackDeadlineSeconds?: number;
  /** Such as `604800s`. */
  messageRetentionDuration?: string;
  retryPolicy?: { minimumBackoff?: string; maximumBackoff?: string };
  deadLetterPolicy?: { deadLetterTopic?: string; maxDeliveryAttempts?: number };
  expirationPolicy?: { ttl?: string };
  pushConfig?: { pushEndpoint?: string; oidcToken?: { serviceAccountEmail?: string; audience?: string } };
}

/** A push must be answered by then. A first request may wait for an instance to start and its batch for another one. */
export const LEAST_PUSH_DEADLINE_S = 120;

/** As Pub/Sub's default: messages survive a long weekend. */
const LEAST_RETENTION_S = 7 * 24 * 60 * 60;

/** A refusal because of overload counts as an attempt too. */
const LEAST_ATTEMPTS = 100;

/**
 * Topic, subscription and dead letters.
 * @returns the worker's subscription, if there is one
 */
export async function checkQueue(examination: Examination): Promise<SubscriptionState | undefined> {
  const { api, target, report } = examination;
  const { project, topic, subscription, deadLetterTopic, deadLetterSubscription } = target;
  const at = `--project ${project}`;
  // gcloud would create it at Google.
  const create = (command: string) =>
    target.isEmulator ? "Start a worker: on emulators it creates topics and subscriptions." : `${command} ${at}`;
  const get = <T>(path: string) => api.get<T>("pubsub", `v1/projects/${project}/${path}`);

  report.done("topics and subscriptions");
  const found = await ask(examination, `topic ${topic}`, () => get(`topics/${topic}`));
  if (found === null)
    report.found("no-topic", `The topic ${topic} does not exist.`, create(`gcloud pubsub topics create ${topic}`));

  const state = await ask(examination, `subscription ${subscription}`, () =>
    get<SubscriptionState>(`subscriptions/${subscription}`),
  );
  if (state === null)
    report.found(
      "no-subscription",
      `The subscription ${subscription} does not exist, so every message published to ${topic} is lost.`,
      create(
        `gcloud pubsub subscriptions create ${subscription} --topic=${topic} --ack-deadline=${LEAST_PUSH_DEADLINE_S} --expiration-period=never --min-retry-delay=10s --max-retry-delay=600s --dead-letter-topic=${deadLetterTopic} --max-delivery-attempts=${LEAST_ATTEMPTS}`,
      ),
    );
  if (state) {
    if (state.topic === "_deleted-topic_")
      report.found(
        "topic-deleted",
        `The topic of the subscription ${subscription} was deleted, and a new topic of the same name does not reach it.`,
        `gcloud pubsub subscriptions delete ${subscription} ${at}    # then create it again`,
      );
    else if (lastPart(state.topic) !== topic)
      report.found(
        "other-topic",
        `The subscription ${subscription} belongs to the topic ${lastPart(state.topic)}, not to ${topic}.`,
        `Set PUBSUB_TOPIC=${lastPart(state.topic)} where reviews are published, or create a subscription of ${topic}.`,
      );
    checkSubscription(examination, state, "subscription");
  }

  const dead = await ask(examination, `topic ${deadLetterTopic}`, () => get(`topics/${deadLetterTopic}`));
  if (dead === null)
    report.found(
      "no-dead-letter-topic",
      `The dead-letter topic ${deadLetterTopic} does not exist, so invalid messages are redelivered again and again.`,
      create(`gcloud pubsub topics create ${deadLetterTopic}`),
    );
  const kept = await ask(examination, `subscription ${deadLetterSubscription}`, () =>
    get<SubscriptionState>(`subscriptions/${deadLetterSubscription}`),
  );
  if (kept === null && dead)
    report.found(
      "no-dead-letter-subscription",
      `The subscription ${deadLetterSubscription}, which should keep dead-lettered messages for redrive, does not exist.`,
      `${create(
        `gcloud pubsub subscriptions create ${deadLetterSubscription} --topic=${deadLetterTopic} --message-retention-duration=31d --expiration-period=never`,
      )}    # or set DEAD_LETTER_SUBSCRIPTION, if ${deadLetterTopic} has another one`,
    );
  if (kept) {
    if (kept.topic === "_deleted-topic_")
      report.found(
        "dead-letter-topic-deleted",
        `The topic of the subscription ${deadLetterSubscription} was deleted, and a new topic of the same name does not reach it.`,
        `gcloud pubsub subscriptions delete ${deadLetterSubscription} ${at}    # after \`redrive export\` has moved its messages to a file; then create it again`,
      );
    else if (lastPart(kept.topic) !== deadLetterTopic)
      report.found(
        "dead-letter-other-topic",
        `The subscription ${deadLetterSubscription}, which redrive reads, belongs to the topic ${lastPart(kept.topic)}, not to ${deadLetterTopic}.`,
        `Set DEAD_LETTER_SUBSCRIPTION to a subscription of ${deadLetterTopic}: gcloud pubsub topics list-subscriptions ${deadLetterTopic} ${at}`,
      );
    checkKeeping(examination, kept, "dead-letter-subscription");
  }
  return state ?? undefined;
}

/**
 * How a subscription with reviews delivers.
 * @param kind begins the codes of findings
 */
export function checkSubscription(
  examination: Examination,
  state: SubscriptionState,
  kind: "subscription" | "eventarc",
): void {
  const { report, target } = examination;
  const name = lastPart(state.name);
  const update = (options: string) =>
    `gcloud pubsub subscriptions update ${name} ${options} --project ${target.project}`;
  const { ackDeadlineSeconds = 10, retryPolicy, deadLetterPolicy, pushConfig } = state;
  const isPush = Boolean(pushConfig?.pushEndpoint);
  // Workers that pull extend the deadline themselves.
  if (isPush && ackDeadlineSeconds < LEAST_PUSH_DEADLINE_S)
    report.found(
      `${kind}-deadline`,
      `The subscription ${name} waits ${ackDeadlineSeconds} s for an answer, which is too short for a worker that starts or is busy.`,
      update(`--ack-deadline=${LEAST_PUSH_DEADLINE_S}`),
    );
  // On emulators the commands create it without one: with one, the emulator does not redeliver what a killed client had in flight.
  if (retryPolicy === undefined && !target.isEmulator)
    report.found(
      `${kind}-retry-policy`,
      `The subscription ${name} has no retry policy, so a message that fails is redelivered at once and without pause.`,
      update("--min-retry-delay=10s --max-retry-delay=600s"),
    );
  if (deadLetterPolicy === undefined)
    report.found(
      `${kind}-dead-letter-policy`,
      `The subscription ${name} has no dead-letter policy, so a message that always fails is redelivered until it expires.`,
      update(`--dead-letter-topic=${target.deadLetterTopic} --max-delivery-attempts=${LEAST_ATTEMPTS}`),
    );
  else {
    const { deadLetterTopic = "", maxDeliveryAttempts = 5 } = deadLetterPolicy;
    if (lastPart(deadLetterTopic) !== target.deadLetterTopic)
      report.found(
        `${kind}-other-dead-letter-topic`,
        `The subscription ${name} dead-letters to ${lastPart(deadLetterTopic)}, not to ${target.deadLetterTopic}, where redrive looks.`,
        update(`--dead-letter-topic=${target.deadLetterTopic} --max-delivery-attempts=${LEAST_ATTEMPTS}`),
      );
    else if (maxDeliveryAttempts < LEAST_ATTEMPTS)
      report.found(
        `${kind}-attempts`,
        `The subscription ${name} dead-letters a message after ${maxDeliveryAttempts} attempts, and a busy worker's refusals count.`,
        update(`--max-delivery-attempts=${LEAST_ATTEMPTS}`),
      );
  }
  checkKeeping(examination, state, kind);
}

/** How long a subscription keeps messages, and itself. */
function checkKeeping({ report, target }: Examination, state: SubscriptionState, kind: string): void {
  const name = lastPart(state.name);
  const update = (options: string) =>
    `gcloud pubsub subscriptions update ${name} ${options} --project ${target.project}`;
  const retention = Number.parseInt(state.messageRetentionDuration ?? "604800s", 10);
  if (retention < LEAST_RETENTION_S)
    report.found(
      `${kind}-retention`,
      `The subscription ${name} keeps messages for ${Math.round(retention / 3_600)} h, and those not handled by then are lost.`,
      update("--message-retention-duration=7d"),
    );
  if (state.expirationPolicy?.ttl !== undefined)
    report.found(
      `${kind}-expires`,
      `The subscription ${name} is deleted after ${Math.round(Number.parseInt(state.expirationPolicy.ttl, 10) / 86_400)} days without activity.`,
      update("--expiration-period=never"),
    );
}

export function lastPart(name: string): string {
  return name.split("/").at(-1) as string;
}
