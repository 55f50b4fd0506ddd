import {
  type CallOptions,
  Duration,
  type Subscription as GoogleSubscription,
  type Message,
  PubSub,
  SubscriptionCloseBehaviors,
  type Topic,
} from "@google-cloud/pubsub";
import { PassThroughClient } from "google-auth-library";
import {
  type Backlog,
  type Delivery,
  QueueError,
  RefusedMessageError,
  type ReviewQueue,
  type SubscribeOptions,
  type Subscription,
} from "../queue.ts";
import { type GoogleApi, GoogleApiError, googleApi } from "./google-api.ts";
import {
  channelOptions,
  isAboutProject,
  isTransient,
  MAX_RECONNECT_BACKOFF_MS,
  originOf,
  REACH_TIMEOUT_MS,
  Status,
} from "./grpc.ts";
import { ReplaceableClient } from "./replaceable-client.ts";

export interface PubSubConnection {
  /** @default the credentials' project */
  projectId?: string | undefined;
  /** `host:port` of an emulator. @default PUBSUB_EMULATOR_HOST, else Google Cloud */
  emulatorHost?: string | undefined;
  /** Google's REST interfaces. @default with the credentials of the environment */
  api?: GoogleApi | undefined;
}

export interface PubSubNames {
  topic: string;
  subscription: string;
  deadLetterTopic: string;
  /** @default the name of the dead-letter topic */
  deadLetterSubscription?: string | undefined;
}

export class PubSubQueue implements ReviewQueue {
  readonly #names: Record<keyof PubSubNames, string>;
  /** Publishing and pulling have a client each, so that replacing one leaves the other alone. */
  readonly #publisher: ReplaceableClient<Publisher>;
  readonly #subscriber: ReplaceableClient<PubSub>;
  readonly #subscriptions = new Set<PubSubSubscription>();
  /** Absent on an emulator. */
  readonly #api: GoogleApi | undefined;
  /** Ends a message that names the server. */
  readonly #origin: string;
  readonly #noAnswer: string;

  constructor(connection: PubSubConnection, names: PubSubNames) {
    this.#names = { ...names, deadLetterSubscription: names.deadLetterSubscription ?? names.deadLetterTopic };
    const emulatorHost = emulatorOf(connection);
    this.#api = emulatorHost === undefined ? (connection.api ?? googleApi()) : undefined;
    this.#origin = originOf(emulatorHost);
    this.#noAnswer = `Pub/Sub: no answer${this.#origin}; is the server running, and can it be reached?`;
    this.#publisher = new ReplaceableClient({
      open: () => {
        const pubsub = connect(connection);
        return {
          pubsub,
          topic: topicOf(pubsub, names.topic),
          deadLetterTopic: topicOf(pubsub, names.deadLetterTopic),
        };
      },
      close: ({ pubsub }) => pubsub.close(),
    });
    this.#subscriber = new ReplaceableClient({
      open: () => connect(connection),
      close: (pubsub) => pubsub.close(),
      // What it has delivered is acked through it, if its connection is alive after all.
      retireMs: RETIRE_MS,
      onReplaced: (pubsub) => {
        for (const subscription of this.#subscriptions) subscription.reopen(pubsub);
      },
    });
  }

  async publish(
    data: Uint8Array,
    attributes: Readonly<Record<string, string>> = {},
    orderingKey?: string,
  ): Promise<string> {
    return this.#publish("topic", data, attributes, orderingKey).catch((error) => {
      throw this.#explain(error, `topic "${this.#names.topic}"`, "PUBSUB_TOPIC", "publisher");
    });
  }

  async deadLetter(
    data: Uint8Array,
    attributes: Readonly<Record<string, string>>,
    orderingKey?: string,
  ): Promise<void> {
    await this.#publish("deadLetterTopic", data, attributes, orderingKey).catch((error) => {
      throw this.#explain(error, `topic "${this.#names.deadLetterTopic}"`, "DEAD_LETTER_TOPIC", "publisher");
    });
  }

  subscribe(options: SubscribeOptions): Subscription {
    return this.#subscribe(this.#names.subscription, "PUBSUB_SUBSCRIPTION", options);
  }

  async reach(): Promise<void> {
    await this.#reach(this.#names.subscription, "PUBSUB_SUBSCRIPTION");
  }

  async reachDeadLetters(): Promise<void> {
    await this.#reach(this.#names.deadLetterSubscription, "DEAD_LETTER_SUBSCRIPTION");
  }

  /** @param variable that names the subscription */
  async #reach(name: string, variable: string): Promise<void> {
    const late = `Pub/Sub: no answer within ${REACH_TIMEOUT_MS / 1000} s${this.#origin}`;
    const asking = this.#subscriber.call(REACH_TIMEOUT_MS, late, (pubsub) => metadata(pubsub, name));
    await asking.catch((error) => {
      // A subscriber without the viewer role is refused. That is an answer too.
      if (error.code !== Status.PERMISSION_DENIED)
        throw this.#explain(error, `subscription "${name}"`, variable, "subscriber");
    });
  }

  get countsBacklog(): boolean {
    return this.#api !== undefined;
  }

  /** By Cloud Monitoring, which counts every minute and shows a count up to two minutes later. */
  async backlog(): Promise<Backlog | undefined> {
    if (this.#api === undefined) return undefined;
    const now = Date.now();
    const query = new URLSearchParams({
      filter: `metric.type="pubsub.googleapis.com/subscription/num_undelivered_messages" AND resource.labels.subscription_id="${this.#names.subscription}"`,
      "interval.startTime": new Date(now - COUNTS_WITHIN_MS).toISOString(),
      "interval.endTime": new Date(now).toISOString(),
    });
    const path = `v3/projects/${await this.projectId()}/timeSeries?${query}`;
    try {
      const { timeSeries = [] } = await this.#api.get<TimeSeriesList>("monitoring", path);
      // The newest point is the first.
      const { interval, value } = timeSeries[0]?.points?.[0] ?? {};
      if (interval?.endTime === undefined) return undefined;
      return { messages: Number(value?.int64Value ?? 0), at: new Date(interval.endTime) };
    } catch (cause) {
      if (!(cause instanceof GoogleApiError)) throw cause;
      const { status = 503, message } = cause;
      const todo = status === 403 ? ": grant roles/monitoring.viewer" : "";
      const problem = `Cloud Monitoring does not say how many messages wait: ${message}${todo}`;
      throw new QueueError(problem, status === 429 || status >= 500, { cause });
    }
  }

  subscribeDeadLetters(options: SubscribeOptions): Subscription {
    return this.#subscribe(this.#names.deadLetterSubscription, "DEAD_LETTER_SUBSCRIPTION", options);
  }

  /** @param variable that names the subscription */
  #subscribe(name: string, variable: string, options: SubscribeOptions): Subscription {
    const subscription = new PubSubSubscription(this.#subscriber.current, name, {
      ...options,
      onError: (error) => options.onError(this.#explain(error, `subscription "${name}"`, variable, "subscriber")),
    });
    this.#subscriptions.add(subscription);
    return {
      close: async (graceMs) => {
        this.#subscriptions.delete(subscription);
        await subscription.close(graceMs);
      },
    };
  }

  /** Creates topics and subscriptions that do not exist: for emulators. In the cloud `infra/` creates them. */
  async create(): Promise<void> {
    const { topic, subscription, deadLetterTopic, deadLetterSubscription } = this.#names;
    // Asks first: creating takes a publisher client, which takes a tenth of a second to load and which few workers need.
    const asking = this.#subscriber.call(REACH_TIMEOUT_MS, this.#noAnswer, (pubsub) =>
      Promise.all([subscription, deadLetterSubscription].map((name) => exists(pubsub, name))),
    );
    const exist = await asking.catch((error) => {
      if (isTransient(error)) throw error;
      // Those who may not ask may still create.
      return [false];
    });
    if (exist.every((exists) => exists)) return;
    await this.#publisher.call(CREATE_TIMEOUT_MS, this.#noAnswer, async ({ pubsub, ...topics }) => {
      await Promise.all([topic, deadLetterTopic].map((name) => pubsub.createTopic(name).catch(ignoreExisting)));
      await Promise.all([
        topics.topic
          .createSubscription(subscription, {
            // The client extends the deadline of what is in flight. This is how long a killed worker's messages wait.
            ackDeadlineSeconds: 10,
            // No retry policy: with one, the emulator (Cloud SDK 528) does not redeliver what a killed client had in flight.
            deadLetterPolicy: {
              deadLetterTopic: topics.deadLetterTopic.name,
              maxDeliveryAttempts: 100,
            },
          })
          .catch(ignoreExisting),
        topics.deadLetterTopic.createSubscription(deadLetterSubscription).catch(ignoreExisting),
      ]);
    });
  }

  /** The project, even if only the credentials name it. */
  async projectId(): Promise<string> {
    const { current } = this.#subscriber;
    await current.getClientConfig();
    return current.projectId;
  }

  async close(): Promise<void> {
    const { topic, deadLetterTopic } = this.#publisher.current;
    await Promise.all([topic.flush(), deadLetterTopic.flush()]);
    await Promise.all([this.#publisher.close(), this.#subscriber.close()]);
  }

  /**
   * Publishes a message. Pub/Sub takes or refuses the messages of one request together, so a message of a refused request is
   * published once more by itself.
   * @throws {RefusedMessageError} if the topic refuses this message
   */
  async #publish(
    to: "topic" | "deadLetterTopic",
    data: Uint8Array,
    attributes: Readonly<Record<string, string>>,
    orderingKey = "",
  ): Promise<string> {
    const message = { data, attributes: { ...attributes }, ...(orderingKey !== "" && { orderingKey }) };
    const send = (topicOf: (publisher: Publisher) => Topic): Promise<string> =>
      this.#publisher.call(PUBLISH_TIMEOUT_MS, this.#noAnswer, (publisher) => {
        const topic = topicOf(publisher);
        return topic.publishMessage(message).catch((error) => {
          // After a failure the client refuses every later message with this key until `resumePublishing` is called.
          if (orderingKey !== "") topic.resumePublishing(orderingKey);
          throw error;
        });
      });
    try {
      return await send((publisher) => publisher[to]);
    } catch (error) {
      if ((error as { code?: number }).code !== Status.INVALID_ARGUMENT) throw error;
    }
    try {
      // A publisher of its own: on the topic's one the message would wait for others.
      return await send(({ pubsub, [to]: { name } }) =>
        pubsub.topic(name, { batching: { maxMessages: 1 }, messageOrdering: true }),
      );
    } catch (error) {
      if ((error as { code?: number }).code !== Status.INVALID_ARGUMENT) throw error;
      throw new RefusedMessageError(`the topic refuses the message: ${(error as Error).message}`, { cause: error });
    }
  }

  /**
   * Says what to do about an error.
   * @param what the error is about
   * @param variable that names it
   * @param role that using it takes
   */
  #explain(error: Error & { code?: number }, what: string, variable: string, role: string): Error {
    if (error instanceof RefusedMessageError) return error;
    if (error.code === Status.NOT_FOUND) {
      // Only the client that made the request is sure to have asked the credentials for it.
      const clients = [this.#subscriber.current, this.#publisher.current.pubsub];
      const { projectId } = clients.find(({ isIdResolved }) => isIdResolved) ?? this.#subscriber.current;
      const todo = `create it, or set ${variable} and GOOGLE_CLOUD_PROJECT`;
      const message = `the Pub/Sub ${what} does not exist in project "${projectId}": ${todo}`;
      return new QueueError(message, false, { cause: error });
    }
    if (error.code === Status.PERMISSION_DENIED) {
      const todo = isAboutProject(error) ? error.message : `grant roles/pubsub.${role} to the service account`;
      const message = `no permission to use the Pub/Sub ${what}: ${todo}`;
      return new QueueError(message, false, { lacksPermission: true, cause: error });
    }
    return new QueueError(error.message, isTransient(error), { cause: error });
  }
}

/** A subscription that continues over another client when the first one gets no answer. */
class PubSubSubscription {
  readonly #name: string;
  readonly #options: SubscribeOptions;
  #current: GoogleSubscription;

  constructor(pubsub: PubSub, name: string, options: SubscribeOptions) {
    this.#name = name;
    this.#options = options;
    this.#current = this.#open(pubsub);
  }

  /** Pulls by another client. What was delivered is still settled by the first one, and redelivered if that does not succeed. */
  reopen(pubsub: PubSub): void {
    const replaced = this.#current;
    this.#current = this.#open(pubsub);
    void this.#close(replaced, 0);
  }

  async close(graceMs: number): Promise<void> {
    await this.#close(this.#current, graceMs);
  }

  #open(pubsub: PubSub): GoogleSubscription {
    const subscription = pubsub.subscription(this.#name, {
      // Each stream asks the server for all of maxMessages: a second stream would double what is in flight.
      streamingOptions: {
        maxStreams: 1,
        retryMaxBackoff: Duration.from({ milliseconds: MAX_RECONNECT_BACKOFF_MS }),
      },
      // What the server sends beyond the limit is a few short messages. Taking them means that they can be nacked at once on
      // shutdown; messages that the client holds back would keep close() waiting until its timeout.
      flowControl: { ...this.#limits, allowExcessMessages: true },
      // The client extends deadlines as long as it lives. When its connection has died silently, messages that were sent into it
      // are redelivered after this time; the client's own limit is ten minutes.
      maxAckDeadline: Duration.from({ seconds: MAX_ACK_DEADLINE_S }),
      batching: { callOptions: SETTLING },
    });
    subscription.on("message", (message: Message) => this.#options.onDelivery(deliveryOf(message)));
    subscription.on("error", (error) => {
      if (subscription === this.#current) this.#options.onError(error);
    });
    return subscription;
  }

  async #close(subscription: GoogleSubscription, graceMs: number): Promise<void> {
    subscription.setOptions({
      closeOptions: {
        behavior: SubscriptionCloseBehaviors.WaitForProcessing,
        timeout: Duration.from({ milliseconds: graceMs }),
      },
      streamingOptions: { maxStreams: 1 },
      flowControl: this.#limits,
    });
    await subscription.close();
  }

  get #limits(): { maxMessages: number; maxBytes?: number } {
    const { maxOutstanding, maxBytes } = this.#options;
    return { maxMessages: maxOutstanding, ...(maxBytes !== undefined && { maxBytes }) };
  }
}

function emulatorOf({ emulatorHost = process.env.PUBSUB_EMULATOR_HOST || undefined }: PubSubConnection) {
  return emulatorHost;
}

function connect({ projectId, ...connection }: PubSubConnection): PubSub {
  const emulatorHost = emulatorOf(connection);
  return new PubSub({
    ...channelOptions(emulatorHost !== undefined),
    // Messages carry the publisher's trace, if an OpenTelemetry SDK was started.
    enableOpenTelemetryTracing: true,
    ...(projectId !== undefined && { projectId }),
    ...(emulatorHost !== undefined && {
      apiEndpoint: emulatorHost,
      emulatorMode: true,
      // An emulator needs no credentials; without these the client would look for some over the network.
      authClient: new PassThroughClient(),
    }),
  });
}

/** Asks about a subscription. The client itself would go on asking for minutes, and keep the process alive. */
function metadata(pubsub: PubSub, subscription: string): Promise<unknown> {
  return pubsub.subscription(subscription).getMetadata({ timeout: REACH_TIMEOUT_MS + 1_000 });
}

async function exists(pubsub: PubSub, subscription: string): Promise<boolean> {
  try {
    await metadata(pubsub, subscription);
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code === Status.NOT_FOUND) return false;
    throw error;
  }
}

/**
 * A topic that collects messages for a request for 1 ms, not for the client's 10 ms: most reviews come alone, and those who
 * publish many at once fill a request of 100 before that.
 */
function topicOf(pubsub: PubSub, name: string): Topic {
  return pubsub.topic(name, { batching: { maxMilliseconds: 1 }, messageOrdering: true });
}

interface Publisher {
  pubsub: PubSub;
  topic: Topic;
  deadLetterTopic: Topic;
}

function deliveryOf(message: Message): Delivery {
  return {
    id: message.id,
    data: message.data,
    attributes: message.attributes,
    orderingKey: message.orderingKey || undefined,
    publishTime: new Date(message.publishTime.getTime()),
    ack: () => message.ack(),
    nack: () => message.nack(),
  };
}

/** The part that matters of https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.timeSeries/list */
interface TimeSeriesList {
  timeSeries?: { points?: { interval?: { endTime?: string }; value?: { int64Value?: string } }[] }[];
}

/** An older count is useless. */
const COUNTS_WITHIN_MS = 10 * 60 * 1_000;

const MAX_ACK_DEADLINE_S = 15;

/**
 * How long acks and extensions of ack deadlines are tried. The client extends deadlines at nine tenths of a deadline (10 s at least)
 * less the time that extensions have taken so far, for which it takes the slowest hundredth of all since the subscription was
 * opened. By default it tries them for ten minutes: after an outage of 9 s the time that is left is negative, and the client extends
 * the deadlines of everything in flight every millisecond. An ack that fails leads to a redelivery, which costs one read.
 */
const SETTLING_MS = 6_000;
const SETTLING: CallOptions = {
  timeout: SETTLING_MS,
  retry: {
    backoffSettings: {
      initialRetryDelayMillis: 100,
      retryDelayMultiplier: 1.3,
      maxRetryDelayMillis: 1_000,
      initialRpcTimeoutMillis: SETTLING_MS,
      rpcTimeoutMultiplier: 1,
      maxRpcTimeoutMillis: SETTLING_MS,
      totalTimeoutMillis: SETTLING_MS,
    },
  },
};

/** No review is in flight for longer. */
const RETIRE_MS = 180_000;

/** A message that is published after its caller has given up is a duplicate at worst. */
const PUBLISH_TIMEOUT_MS = 30_000;

/** The client itself would retry for ten minutes. */
const CREATE_TIMEOUT_MS = 30_000;

function ignoreExisting(error: { code?: number }): void {
  if (error.code !== Status.ALREADY_EXISTS) throw error;
}
