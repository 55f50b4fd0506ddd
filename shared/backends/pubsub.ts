import { Duration, type Message, PubSub, SubscriptionCloseBehaviors, type Topic } from "@google-cloud/pubsub";
import { PassThroughClient } from "google-auth-library";
import { withDeadline } from "../deadline.ts";
import {
  type Delivery,
  RefusedMessageError,
  type ReviewQueue,
  type SubscribeOptions,
  type Subscription,
} from "../queue.ts";

export interface PubSubConnection {
  /** @default the credentials' project */
  projectId?: string | undefined;
  /** `host:port` of an emulator. @default PUBSUB_EMULATOR_HOST, else Google Cloud */
  emulatorHost?: string | undefined;
}

export interface PubSubNames {
  topic: string;
  subscription: string;
  deadLetterTopic: string;
  /** @default the name of the dead-letter topic */
  deadLetterSubscription?: string | undefined;
}

/** The client for a topic alone: what an application needs that only publishes. */
export class PubSubTopic implements Pick<ReviewQueue, "publish"> {
  readonly #pubsub: PubSub;
  readonly #topic: Topic;

  constructor(connection: PubSubConnection, name: string) {
    this.#pubsub = connect(connection);
    this.#topic = topicOf(this.#pubsub, name);
  }

  async publish(data: Uint8Array, attributes: Readonly<Record<string, string>> = {}): Promise<string> {
    return publish(this.#topic, data, attributes);
  }

  async close(): Promise<void> {
    await this.#topic.flush();
    await this.#pubsub.close();
  }
}

export class PubSubQueue implements ReviewQueue {
  readonly #pubsub: PubSub;
  readonly #names: Record<keyof PubSubNames, string>;
  readonly #topic: Topic;
  readonly #deadLetterTopic: Topic;

  constructor(connection: PubSubConnection, names: PubSubNames) {
    this.#names = { ...names, deadLetterSubscription: names.deadLetterSubscription ?? names.deadLetterTopic };
    this.#pubsub = connect(connection);
    this.#topic = topicOf(this.#pubsub, names.topic);
    this.#deadLetterTopic = this.#pubsub.topic(names.deadLetterTopic);
  }

  async publish(data: Uint8Array, attributes: Readonly<Record<string, string>> = {}): Promise<string> {
    return publish(this.#topic, data, attributes).catch((error) => {
      throw this.#explain(error, `topic "${this.#names.topic}"`, "PUBSUB_TOPIC", "publisher");
    });
  }

  async deadLetter(data: Uint8Array, attributes: Readonly<Record<string, string>>): Promise<void> {
    await publish(this.#deadLetterTopic, data, attributes).catch((error) => {
      throw this.#explain(error, `topic "${this.#names.deadLetterTopic}"`, "DEAD_LETTER_TOPIC", "publisher");
    });
  }

  subscribe(options: SubscribeOptions): Subscription {
    return this.#subscribe(this.#names.subscription, "PUBSUB_SUBSCRIPTION", options);
  }

  async reachDeadLetters(): Promise<void> {
    const name = this.#names.deadLetterSubscription;
    const asked = this.#pubsub.subscription(name).getMetadata();
    const late = `Pub/Sub: no answer within ${REACH_TIMEOUT_MS / 1000} s`;
    await withDeadline(asked, REACH_TIMEOUT_MS, late).catch((error) => {
      // Whoever may only consume is refused this question; what counts is that there is an answer.
      if (error.code !== PERMISSION_DENIED)
        throw this.#explain(error, `subscription "${name}"`, "DEAD_LETTER_SUBSCRIPTION", "subscriber");
    });
  }

  subscribeDeadLetters(options: SubscribeOptions): Subscription {
    return this.#subscribe(this.#names.deadLetterSubscription, "DEAD_LETTER_SUBSCRIPTION", options);
  }

  /** @param variable that names the subscription */
  #subscribe(
    name: string,
    variable: string,
    { maxOutstanding, maxBytes, onDelivery, onError }: SubscribeOptions,
  ): Subscription {
    const limits = { maxMessages: maxOutstanding, ...(maxBytes !== undefined && { maxBytes }) };
    const subscription = this.#pubsub.subscription(name, {
      // Each stream asks the server for the whole of maxMessages; a second one would double what is in hand.
      streamingOptions: { maxStreams: 1 },
      // What the server sends beyond the limit is a few short messages: taking them in hand means that they can be given
      // back at once on shutdown, while held-back ones would keep close() waiting to its timeout.
      flowControl: { ...limits, allowExcessMessages: true },
    });
    subscription.on("message", (message: Message) => onDelivery(deliveryOf(message)));
    subscription.on("error", (error) =>
      onError(this.#explain(error, `subscription "${name}"`, variable, "subscriber")),
    );
    return {
      close: async (graceMs) => {
        subscription.setOptions({
          closeOptions: {
            behavior: SubscriptionCloseBehaviors.WaitForProcessing,
            timeout: Duration.from({ milliseconds: graceMs }),
          },
          streamingOptions: { maxStreams: 1 },
          flowControl: limits,
        });
        await subscription.close();
      },
    };
  }

  /** Creates topic, subscription and dead letters where they do not exist: for emulators. In the cloud `infra/` does it. */
  async create(): Promise<void> {
    const { topic, subscription, deadLetterTopic, deadLetterSubscription } = this.#names;
    // A publisher's client, which a worker has mostly no other use for, takes a tenth of a second to make.
    const asked = [subscription, deadLetterSubscription].map((name) => this.#pubsub.subscription(name).exists());
    // Whoever gets no answer, or may not ask, may still create.
    const there = await withDeadline(Promise.all(asked), REACH_TIMEOUT_MS / 10, "no answer").catch(() => [[false]]);
    if (there.every(([exists]) => exists)) return;
    await Promise.all([topic, deadLetterTopic].map((name) => this.#pubsub.createTopic(name).catch(ignoreExisting)));
    await Promise.all([
      this.#topic
        .createSubscription(subscription, {
          // Leases of what is in hand are extended; this is how long a killed worker keeps its messages from the others.
          ackDeadlineSeconds: 10,
          // No retry policy: with one, the emulator (of Cloud SDK 528) does not deliver again what a killed client had.
          deadLetterPolicy: {
            deadLetterTopic: this.#deadLetterTopic.name,
            maxDeliveryAttempts: 100,
          },
        })
        .catch(ignoreExisting),
      this.#deadLetterTopic.createSubscription(deadLetterSubscription).catch(ignoreExisting),
    ]);
  }

  /** The project, also where only the credentials name it. */
  async projectId(): Promise<string> {
    await this.#pubsub.getClientConfig();
    return this.#pubsub.projectId;
  }

  async close(): Promise<void> {
    await Promise.all([this.#topic.flush(), this.#deadLetterTopic.flush()]);
    await this.#pubsub.close();
  }

  /** What to do about an error: `what` it was about, the `variable` that names it, and the `role` that it takes to use it. */
  #explain(error: Error & { code?: number }, what: string, variable: string, role: string): Error {
    if (error.code === NOT_FOUND) {
      return new Error(
        `the Pub/Sub ${what} does not exist in project "${this.#pubsub.projectId}": create it, or set ${variable} and GOOGLE_CLOUD_PROJECT`,
        { cause: error },
      );
    }
    if (error.code === PERMISSION_DENIED) {
      return new Error(`no permission to use the Pub/Sub ${what}: grant roles/pubsub.${role} to the service account`, {
        cause: error,
      });
    }
    return error;
  }
}

function connect({
  projectId,
  emulatorHost = process.env.PUBSUB_EMULATOR_HOST || undefined,
}: PubSubConnection): PubSub {
  return new PubSub({
    // The publisher's trace goes along with its messages. Where no SDK of OpenTelemetry was started there is none.
    enableOpenTelemetryTracing: true,
    ...(projectId !== undefined && { projectId }),
    ...(emulatorHost !== undefined && {
      apiEndpoint: emulatorHost,
      emulatorMode: true,
      // An emulator asks for no credentials; without these the client would look for some, over the network.
      authClient: new PassThroughClient(),
    }),
  });
}

/**
 * A topic whose messages wait for others of the same request for 1 ms, not the client's 10: most reviews come alone, and those who
 * publish many do so at once, or fill a request of 100 before that.
 */
function topicOf(pubsub: PubSub, name: string): Topic {
  return pubsub.topic(name, { batching: { maxMilliseconds: 1 } });
}

/**
 * Publishes a message. Pub/Sub takes or refuses the messages of one request together, so a message of a refused request is
 * published once more by itself.
 * @throws {RefusedMessageError} if the topic refuses this message
 */
async function publish(topic: Topic, data: Uint8Array, attributes: Readonly<Record<string, string>>): Promise<string> {
  const message = { data, attributes: { ...attributes } };
  try {
    return await topic.publishMessage(message);
  } catch (error) {
    if ((error as { code?: number }).code !== INVALID_ARGUMENT) throw error;
  }
  try {
    // A publisher of its own: on the topic's one the message would wait for others.
    return await topic.pubsub.topic(topic.name, { batching: { maxMessages: 1 } }).publishMessage(message);
  } catch (error) {
    if ((error as { code?: number }).code !== INVALID_ARGUMENT) throw error;
    throw new RefusedMessageError(`the topic refuses the message: ${(error as Error).message}`, { cause: error });
  }
}

function deliveryOf(message: Message): Delivery {
  return {
    id: message.id,
    data: message.data,
    attributes: message.attributes,
    publishTime: new Date(message.publishTime.getTime()),
    ack: () => message.ack(),
    nack: () => message.nack(),
  };
}

/** Of an answer that takes milliseconds when all is well. */
const REACH_TIMEOUT_MS = 10_000;

// https://grpc.io/docs/guides/status-codes/
const INVALID_ARGUMENT = 3;
const NOT_FOUND = 5;
const ALREADY_EXISTS = 6;
const PERMISSION_DENIED = 7;

function ignoreExisting(error: { code?: number }): void {
  if (error.code !== ALREADY_EXISTS) throw error;
}
