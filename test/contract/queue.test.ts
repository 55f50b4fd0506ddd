/** The contract of queues: the memory backend, and Pub/Sub on Google's emulator. */
import { setTimeout as sleep } from "node:timers/promises";
import { SchemaTypes } from "@google-cloud/pubsub";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ReviewPublisher } from "../../packages/publisher/index.ts";
import { MemoryQueue } from "../../shared/backends/memory.ts";
import type { Backend } from "../../shared/backends/open.ts";
import { PubSubQueue } from "../../shared/backends/pubsub.ts";

import { type Delivery, RefusedMessageError, type ReviewQueue, type Subscription } from "../../shared/queue.ts";
import { backends, emulatorEnv, emulatorPubSub, uniqueOptions } from "../backends.ts";
import { GrpcProxy } from "../fault/proxy.ts";

/** Redelivery takes a second on the emulator, and the machine may be busy. */
const PATIENCE = { timeout: 15_000, interval: 20 };

/** A subscriber that keeps what it gets. */
class Reader {
  readonly deliveries: Delivery[] = [];
  readonly errors: Error[] = [];
  readonly subscription: Subscription;

  constructor(queue: ReviewQueue, { maxOutstanding = 100, dead = false, onDelivery = (_: Delivery) => {} } = {}) {
    this.subscription = queue[dead ? "subscribeDeadLetters" : "subscribe"]({
      maxOutstanding,
      onDelivery: (delivery) => {
        this.deliveries.push(delivery);
        onDelivery(delivery);
      },
      onError: (error) => this.errors.push(error),
    });
  }

  get bodies(): string[] {
    return this.deliveries.map(({ data }) => Buffer.from(data).toString());
  }

  /** Waits for this number of deliveries. */
  async has(count: number): Promise<Delivery[]> {
    await vi.waitFor(() => expect(this.deliveries.length).toBeGreaterThanOrEqual(count), PATIENCE);
    return this.deliveries;
  }
}

const bytes = (text: string): Uint8Array => Buffer.from(text);
const ack = (delivery: Delivery): void => delivery.ack();

for (const { name, open, absent } of backends) {
  describe.skipIf(absent)(`the queue on ${name}`, () => {
    let backend: Backend;
    let queue: ReviewQueue;
    let readers: Reader[];
    beforeEach(async () => {
      backend = await open();
      queue = backend.queue;
      readers = [];
    });
    afterEach(async () => {
      await Promise.all(readers.map(({ subscription }) => subscription.close(0)));
      await backend.close();
    });

    const read = (options?: ConstructorParameters<typeof Reader>[1]): Reader => {
      const reader = new Reader(queue, options);
      readers.push(reader);
      return reader;
    };
    const close = async (reader: Reader, graceMs: number): Promise<number> => {
      readers = readers.filter((other) => other !== reader);
      const begun = performance.now();
      await reader.subscription.close(graceMs);
      return performance.now() - begun;
    };

    test("delivers what is published: the same bytes, attributes, id, ordering key and publish time", async () => {
      const reader = read({ onDelivery: ack });
      const data = Uint8Array.from({ length: 256 }, (_, i) => i);
      const before = Date.now();
      const id = await queue.publish(data, { source: "shop", "ünïcode 😀": "é" }, "key");
      const [delivery] = await reader.has(1);
      expect(delivery?.id).toBe(id);
      expect(Buffer.from(delivery?.data ?? [])).toEqual(Buffer.from(data));
      expect(delivery?.attributes).toEqual({ source: "shop", "ünïcode 😀": "é" });
      expect(delivery?.orderingKey).toBe("key");
      expect(delivery?.publishTime).toBeInstanceOf(Date);
      expect(Math.abs((delivery?.publishTime?.getTime() ?? 0) - before)).toBeLessThan(30_000);
    });

    test("delivers what was published before there was a subscriber", async () => {
      await queue.publish(bytes("early"));
      const reader = read({ onDelivery: ack });
      await reader.has(1);
      expect(reader.bodies).toEqual(["early"]);
      expect(reader.deliveries[0]?.attributes).toEqual({});
    });

    test("gives each message an id of its own", async () => {
      const ids = await Promise.all(Array.from({ length: 20 }, () => queue.publish(bytes("same"))));
      expect(new Set(ids).size).toBe(20);
    });

    test("delivers a nacked message again, with the same id and content", async () => {
      const reader = read({
        onDelivery: (delivery) => (reader.deliveries.length < 3 ? delivery.nack() : delivery.ack()),
      });
      const id = await queue.publish(bytes("again"), { source: "shop" });
      const deliveries = await reader.has(3);
      expect(deliveries.map((delivery) => delivery.id)).toEqual([id, id, id]);
      expect(reader.bodies).toEqual(["again", "again", "again"]);
      expect(deliveries[2]?.attributes).toEqual({ source: "shop" });
      expect(deliveries[2]?.publishTime).toEqual(deliveries[0]?.publishTime);
    });

    test("redelivers a nacked message, and never an acked one", async () => {
      const first = read({
        onDelivery: (delivery) => (Buffer.from(delivery.data).toString() === "done" ? delivery.ack() : undefined),
      });
      await queue.publish(bytes("done"));
      await queue.publish(bytes("not done"));
      await first.has(2);
      await close(first, 100);

      const second = read({ onDelivery: ack });
      await second.has(1);
      await sleep(1_500);
      expect(second.bodies).toEqual(["not done"]);
    });

    test("has at most maxOutstanding messages in flight, and delivers more as they are settled", async () => {
      const published = Array.from({ length: 400 }, (_, i) => `message ${i}`);
      await Promise.all(published.map((body) => queue.publish(bytes(body))));
      const reader = read({ maxOutstanding: 5 });
      await reader.has(5);
      await sleep(1_000);
      const inFlight = reader.deliveries.length;
      if (queue instanceof MemoryQueue) expect(inFlight).toBe(5);
      // The emulator leaves the limit to the client, which takes what it has been sent: up to 100 in one response.
      expect(inFlight).toBeLessThanOrEqual(150);

      for (let settled = 0; settled < published.length; ) {
        const deliveries = await reader.has(Math.min(settled + 1, published.length));
        for (; settled < deliveries.length; settled++) deliveries[settled]?.ack();
      }
      expect(reader.bodies.toSorted()).toEqual(published.toSorted());
    });

    describe("when its subscription is closed", () => {
      test("with nothing in flight, is closed at once", async () => {
        const reader = read({ onDelivery: ack });
        await queue.publish(bytes("settled"));
        await reader.has(1);
        expect(await close(reader, 25_000)).toBeLessThan(10_000);
      });

      test("nacks what is not settled in its grace period, for the next subscriber", async () => {
        const reader = read();
        const ids = [await queue.publish(bytes("one")), await queue.publish(bytes("two"))];
        await reader.has(2);
        const took = await close(reader, 2_500);
        // Pub/Sub's client keeps the last second of the grace period for nacking.
        expect(took).toBeGreaterThan(1_400);
        expect(took).toBeLessThan(2_500 + 5_000);

        const next = read({ onDelivery: ack });
        await next.has(2);
        expect(next.deliveries.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
      });

      test("lets what is in flight be settled until the grace period is over", async () => {
        const reader = read();
        await queue.publish(bytes("slow"));
        const [delivery] = await reader.has(1);
        const closed = close(reader, 20_000);
        await sleep(200);
        delivery?.ack();
        expect(await closed).toBeLessThan(10_000);

        const next = read({ onDelivery: ack });
        await queue.publish(bytes("later"));
        await next.has(1);
        await sleep(500);
        expect(next.bodies).toEqual(["later"]);
      });

      test("delivers nothing more to it", async () => {
        const reader = read({ onDelivery: ack });
        await queue.publish(bytes("before"));
        await reader.has(1);
        await close(reader, 1_000);
        await queue.publish(bytes("after"));
        const next = read({ onDelivery: ack });
        await next.has(1);
        expect(next.bodies).toEqual(["after"]);
        expect(reader.bodies).toEqual(["before"]);
      });
    });

    test("stores dead-lettered messages: bytes, attributes and ordering key", async () => {
      const data = Uint8Array.from([0xff, 0x00, 0x7b]);
      const attributes = { deadLetterReason: "invalid-utf8", source: "shop" };
      await queue.deadLetter(data, attributes, "key");
      const reader = read({ dead: true, onDelivery: ack });
      const [message] = await reader.has(1);
      expect(Buffer.from(message?.data ?? [])).toEqual(Buffer.from(data));
      expect(message?.attributes).toEqual(attributes);
      expect(message?.orderingKey).toBe("key");
      expect(Math.abs((message?.publishTime?.getTime() ?? 0) - Date.now())).toBeLessThan(30_000);
    });

    test("redelivers a dead-lettered message that was nacked, and none that was acked", async () => {
      await queue.deadLetter(bytes("kept"), {});
      await queue.deadLetter(bytes("taken"), {});
      const first = read({
        dead: true,
        onDelivery: (message) => (Buffer.from(message.data).toString() === "taken" ? message.ack() : undefined),
      });
      await first.has(2);
      const closed = close(first, 5_000);
      for (const message of first.deliveries) if (Buffer.from(message.data).toString() === "kept") message.nack();
      await closed;

      const second = read({ dead: true, onDelivery: ack });
      await second.has(1);
      await sleep(1_500);
      expect(second.bodies).toEqual(["kept"]);
      expect(first.deliveries.map(({ id }) => id)).toContain(second.deliveries[0]?.id);
    });

    test("delivers messages of both topics at the same time", async () => {
      const [alive, dead] = [read({ onDelivery: ack }), read({ dead: true, onDelivery: ack })];
      await Promise.all([queue.publish(bytes("alive")), queue.deadLetter(bytes("dead"), {})]);
      await Promise.all([alive.has(1), dead.has(1)]);
      expect([alive.bodies, dead.bodies]).toEqual([["alive"], ["dead"]]);
    });

    test("does not deliver dead-lettered messages as reviews", async () => {
      const reader = read({ onDelivery: ack });
      await queue.deadLetter(bytes("dead"), {});
      await queue.publish(bytes("alive"));
      await reader.has(1);
      await sleep(200);
      expect(reader.bodies).toEqual(["alive"]);
    });

    test("reports no error while all is well", async () => {
      const reader = read({ onDelivery: ack });
      await queue.publish(bytes("fine"));
      await reader.has(1);
      await close(reader, 1_000);
      expect(reader.errors).toEqual([]);
    });
  });
}

describe.skipIf(emulatorEnv() === undefined)("Pub/Sub", () => {
  test("reports which subscription does not exist", async () => {
    const names = { ...uniqueOptions(), subscription: "nowhere" };
    const connection = { projectId: names.projectId, emulatorHost: emulatorEnv()?.PUBSUB_EMULATOR_HOST };
    const queue = new PubSubQueue(connection, names);
    const reader = new Reader(queue);
    try {
      await vi.waitFor(() => expect(reader.errors).toHaveLength(1), PATIENCE);
      expect(reader.errors[0]?.message).toContain('"nowhere" does not exist');
      expect(reader.errors[0]?.message).toContain(names.projectId);
      expect(reader.errors[0]?.message).toContain("PUBSUB_SUBSCRIPTION");
      expect(reader.deliveries).toEqual([]);
    } finally {
      await reader.subscription.close(0);
      await queue.close();
    }
  });

  test("reports which variable names a dead-message subscription or topic that does not exist", async () => {
    const names = { ...uniqueOptions(), topic: "no-topic", deadLetterSubscription: "nowhere" };
    const queue = new PubSubQueue({ ...names, emulatorHost: emulatorEnv()?.PUBSUB_EMULATOR_HOST }, names);
    const reader = new Reader(queue, { dead: true });
    try {
      await vi.waitFor(() => expect(reader.errors).toHaveLength(1), PATIENCE);
      expect(reader.errors[0]?.message).toMatch(/"nowhere" does not exist.*DEAD_LETTER_SUBSCRIPTION/);
      await expect(queue.reachDeadLetters()).rejects.toThrow(/"nowhere" does not exist.*DEAD_LETTER_SUBSCRIPTION/);
      await expect(queue.publish(bytes("lost"))).rejects.toThrow(/topic "no-topic" does not exist.*PUBSUB_TOPIC/);
    } finally {
      await reader.subscription.close(0);
      await queue.close();
    }
  });

  test("is reached by an account that may consume the subscription but not view it", async () => {
    const proxy = await new GrpcProxy(emulatorEnv()?.PUBSUB_EMULATOR_HOST as string).listen();
    proxy.refusal = { code: 7, message: "Permission 'pubsub.subscriptions.get' denied" };
    proxy.fate = (method) => (method === "GetSubscription" ? "refuse" : "pass");
    const names = uniqueOptions();
    const queue = new PubSubQueue({ ...names, emulatorHost: proxy.host }, names);
    await queue.create();
    await queue.reachDeadLetters();
    await queue.close();
    await proxy.cut();
  });

  test("creates topics and subscriptions once, however often it is asked", async () => {
    const names = uniqueOptions();
    const connection = { projectId: names.projectId, emulatorHost: emulatorEnv()?.PUBSUB_EMULATOR_HOST };
    const queue = new PubSubQueue(connection, names);
    await queue.create();
    await queue.create();
    const reader = new Reader(queue, { onDelivery: ack });
    await queue.publish(bytes("one"));
    await reader.has(1);
    await sleep(200);
    expect(reader.bodies).toEqual(["one"]);
    await reader.subscription.close(1_000);
    await queue.close();
  });

  test("gets what an application publishes with the publisher's defaults just before it closes it", async () => {
    const names = uniqueOptions();
    const host = emulatorEnv()?.PUBSUB_EMULATOR_HOST;
    const queue = new PubSubQueue({ projectId: names.projectId, emulatorHost: host }, names);
    await queue.create();
    vi.stubEnv("PUBSUB_EMULATOR_HOST", host);
    const publisher = new ReviewPublisher({ projectId: names.projectId });
    const published = publisher.publishReview("reviews/abc", { force: true });
    // The client has begun to send the message, and has no answer yet.
    await sleep(5);
    await publisher.close();
    const id = await published;
    const reader = new Reader(queue, { onDelivery: ack });
    await reader.has(1);
    expect(reader.deliveries.map((delivery) => delivery.id)).toEqual([id]);
    expect(reader.bodies).toEqual(['{"path":"reviews/abc","force":true}']);
    await reader.subscription.close(1_000);
    await queue.close();
  });
});

describe.skipIf(emulatorEnv() === undefined)("a topic of Pub/Sub with a schema", () => {
  test("refuses a message that does not fit, and takes those that were published beside it", async () => {
    const options = uniqueOptions();
    const pubsub = emulatorPubSub(options.projectId);
    const definition = JSON.stringify({
      type: "record",
      name: "Review",
      fields: [{ name: "path", type: "string" }],
    });
    await pubsub.createSchema("review", SchemaTypes.Avro, definition);
    await pubsub.createTopic({
      name: options.topic,
      schemaSettings: { schema: `projects/${options.projectId}/schemas/review`, encoding: "JSON" },
    });
    const queue = new PubSubQueue(
      { projectId: options.projectId, emulatorHost: emulatorEnv()?.PUBSUB_EMULATOR_HOST },
      options,
    );
    const bodies = ['{"path":"reviews/a"}', '{"nothing":1}', "", '{"path":"reviews/b"}'];
    const outcomes = await Promise.allSettled(bodies.map((body) => queue.publish(Buffer.from(body))));
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected", "fulfilled"]);
    for (const outcome of outcomes) {
      if (outcome.status === "rejected") expect(outcome.reason).toBeInstanceOf(RefusedMessageError);
    }
    await Promise.all([queue.close(), pubsub.close()]);
  });
});
