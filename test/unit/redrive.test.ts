import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, describe, expect, test } from "vitest";
import { MemoryQueue } from "../../shared/backends/memory.ts";
import { type Delivery, RefusedMessageError } from "../../shared/queue.ts";
import { originalAttributes } from "../../worker/dead-letter.ts";
import { type Left, MAX_IN_FLIGHT, type RedriveOptions, redrive } from "../../worker/replay/redrive.ts";

const NOTHING_LEFT: Left = { kept: 0, refused: 0, returned: 0, atCapacity: false };
const look = { take: async () => {}, keep: true, publishes: false };
const text = ({ data }: Pick<Delivery, "data">): string => Buffer.from(data).toString();

describe("redriving dead-lettered messages", () => {
  let queue: MemoryQueue;
  let taken: string[];
  let done: string[];
  let stop: AbortController;
  beforeEach(() => {
    queue = new MemoryQueue({ redeliveryMs: 10 });
    taken = [];
    done = [];
    stop = new AbortController();
  });

  const deadLetter = async (...messages: [body: string, reason?: string][]): Promise<void> => {
    for (const [body, reason] of messages)
      await queue.deadLetter(Buffer.from(body), reason === undefined ? {} : { deadLetterReason: reason });
  };
  const run = (options: Partial<RedriveOptions> = {}): Promise<Left> =>
    redrive(queue, {
      take: async (message) => void taken.push(text(message)),
      publishes: true,
      idleMs: 150,
      signal: stop.signal,
      onDone: (message, reason) => done.push(`${text(message)} ${reason}`),
      ...options,
    });
  /** The messages that are still in the subscription. */
  const left = async (): Promise<string[]> => {
    const there: string[] = [];
    await sleep(20);
    await run({ ...look, signal: new AbortController().signal, onDone: (message) => there.push(text(message)) });
    return there.toSorted();
  };

  test("publishes each message once and leaves none behind", async () => {
    await deadLetter(["a", "invalid-json"], ["b", "path-mismatch"], ["c"]);
    expect(await run()).toEqual(NOTHING_LEFT);
    expect(taken).toEqual(["a", "b", "c"]);
    expect(done).toEqual(["a invalid-json", "b path-mismatch", "c too-many-attempts"]);
    expect(await left()).toEqual([]);
  });

  test("publishes again, as they were, the messages that had too many attempts, and no others", async () => {
    queue = new MemoryQueue({ redeliveryMs: 1, maxDeliveryAttempts: 3 });
    await queue.publish(Buffer.from('{"path":"reviews/a"}'), { shop: "7" }, "key");
    await deadLetter(["{", "invalid-json"]);
    // A worker at capacity.
    const full = queue.subscribe({ maxOutstanding: 9, onDelivery: ({ nack }) => nack(), onError: () => {} });
    while (queue.deadLetters.length < 2) await sleep(5);
    await full.close(0);
    await run({
      wanted: (reason) => reason === "too-many-attempts",
      take: ({ data, attributes, orderingKey }) => queue.publish(data, originalAttributes(attributes), orderingKey),
    });
    expect(done).toEqual(['{"path":"reviews/a"} too-many-attempts']);
    const again = await new Promise<Delivery>((onDelivery) => {
      queue.subscribe({ maxOutstanding: 9, onDelivery, onError: () => {} });
    });
    expect(again).toMatchObject({ attributes: { shop: "7" }, orderingKey: "key" });
    expect(text(again)).toBe('{"path":"reviews/a"}');
    expect(await left()).toEqual(["{"]);
  });

  test("ends if there are no messages", async () => {
    expect(await run()).toEqual(NOTHING_LEFT);
    expect(done).toEqual([]);
  });

  test("publishes only messages with a selected reason and keeps the others", async () => {
    await deadLetter(["a", "invalid-json"], ["b", "path-mismatch"], ["c", "invalid-json"]);
    expect(await run({ wanted: (reason) => reason === "path-mismatch" })).toMatchObject({ kept: 2 });
    expect(taken).toEqual(["b"]);
    expect(await left()).toEqual(["a", "c"]);
  });

  test("publishes at most the limit, even if more arrive before the first is published", async () => {
    await deadLetter(["a"], ["b"], ["c"], ["d"]);
    const slow = async (message: Delivery): Promise<void> => {
      await sleep(50);
      taken.push(text(message));
    };
    expect(await run({ limit: 2, take: slow })).toMatchObject({ kept: 2 });
    expect(taken).toEqual(["a", "b"]);
    expect(await left()).toEqual(["c", "d"]);
  });

  test("with keep, reads all messages and leaves them", async () => {
    await deadLetter(["a", "invalid-json"], ["b"]);
    expect(await run(look)).toEqual(NOTHING_LEFT);
    expect(done).toEqual(["a invalid-json", "b too-many-attempts"]);
    expect(await left()).toEqual(["a", "b"]);
  });

  test("acks a message only after it has been published", async () => {
    await deadLetter(["a"]);
    const { promise: published, resolve } = Promise.withResolvers<void>();
    let begun = false;
    const running = run({
      take: async () => {
        begun = true;
        await published;
      },
    });
    await sleep(400);
    expect(begun).toBe(true);
    expect(done).toEqual([]);
    resolve();
    await running;
    expect(done).toEqual(["a too-many-attempts"]);
    expect(await left()).toEqual([]);
  });

  test("nacks a message that cannot be published, ends with the error, and acks those that were", async () => {
    await deadLetter(["a"], ["b"], ["c"]);
    const failing = run({
      take: async (message) => {
        if (text(message) === "b") throw new Error("no such topic");
      },
    });
    await expect(failing).rejects.toThrow("no such topic");
    expect(await left()).toEqual(["b"]);
  });

  test("on a stop signal, finishes the messages in progress and nacks the rest", async () => {
    await deadLetter(["a"], ["b"], ["c"], ["d"]);
    const running = run({
      publishes: false,
      wanted: () => taken.length < 2,
      take: async (message) => {
        taken.push(text(message));
        await sleep(100);
        stop.abort();
      },
    });
    await running;
    expect(done).toEqual(["a too-many-attempts", "b too-many-attempts"]);
    expect(await left()).toEqual(["c", "d"]);
  });

  test.each([-60_000, 0, 60_000])(
    "publishes a message that is refused again only once, on a machine whose clock is %d ms off",
    async (offset) => {
      const subscribe = queue.subscribeDeadLetters.bind(queue);
      queue.subscribeDeadLetters = ({ onDelivery, ...options }) =>
        subscribe({
          ...options,
          onDelivery: ({ id, data, attributes, publishTime, ack, nack }) =>
            onDelivery({ id, data, attributes, publishTime: new Date(Number(publishTime) - offset), ack, nack }),
        });
      await deadLetter(["a"], ["b"]);
      const { returned, kept } = await run({
        take: async (message) => {
          taken.push(text(message));
          setTimeout(() => queue.deadLetter(message.data, {}), 5);
        },
      });
      expect({ returned, kept }).toEqual({ returned: 2, kept: 0 });
      expect(taken.toSorted()).toEqual(["a", "b"]);
      expect(await left()).toEqual(["a", "b"]);
    },
  );

  test("acks a message again if its ack was lost, and does not take it twice", async () => {
    let acks = 0;
    queue.subscribeDeadLetters = ({ onDelivery }) => {
      const message = {
        id: "1",
        data: Buffer.from("a"),
        attributes: {},
        publishTime: new Date(0),
        ack: () => acks++,
        nack: () => {},
      };
      onDelivery(message);
      setTimeout(() => onDelivery(message), 20);
      return { close: async () => {} };
    };
    expect(await run({ publishes: false })).toEqual(NOTHING_LEFT);
    expect({ taken, acks }).toEqual({ taken: ["a"], acks: 2 });
  });

  test("takes a message once that is redelivered while it is being taken, and acks the later delivery", async () => {
    const acked: string[] = [];
    queue.subscribeDeadLetters = ({ onDelivery }) => {
      for (const delivery of ["first", "second"])
        onDelivery({
          id: "1",
          data: Buffer.from("a"),
          attributes: {},
          publishTime: new Date(0),
          ack: () => acked.push(delivery),
          nack: () => {},
        });
      return { close: async () => {} };
    };
    expect(await run()).toEqual(NOTHING_LEFT);
    expect({ taken, acked }).toEqual({ taken: ["a"], acked: ["second"] });
  });

  test.each(["publishes", "exports"])("%s equal messages, also if they arrive one after the other", async (task) => {
    let acks = 0;
    queue.subscribeDeadLetters = ({ onDelivery }) => {
      const deliver = (id: string) =>
        onDelivery({
          id,
          data: Buffer.from("a"),
          attributes: {},
          publishTime: new Date(0),
          ack: () => acks++,
          nack: () => {},
        });
      deliver("1");
      // By then the first one could have been taken.
      setImmediate(() => deliver("2"));
      return { close: async () => {} };
    };
    expect(await run({ publishes: task === "publishes" })).toEqual(NOTHING_LEFT);
    expect({ taken, acks }).toEqual({ taken: ["a", "a"], acks: 2 });
  });

  test("publishes equal messages that arrive late, if they were published before it published any", async () => {
    const [before, seen, after] = ["2026-01-01T10:00:00.000Z", "2026-01-01T11:00:00.000Z", "2026-01-01T11:00:01.000Z"];
    queue.subscribeDeadLetters = ({ onDelivery }) => {
      const deliver = (id: string, attributes: Record<string, string>) =>
        onDelivery({
          ...{ id, attributes, data: Buffer.from("a"), publishTime: new Date(seen) },
          ack: () => done.push(`${id} acked`),
          nack: () => done.push(`${id} nacked`),
        });
      deliver("1", { CloudPubSubDeadLetterSourceTopicPublishTime: before });
      setTimeout(() => {
        deliver("2", { CloudPubSubDeadLetterSourceTopicPublishTime: before });
        deliver("3", { CloudPubSubDeadLetterSourceTopicPublishTime: after });
        deliver("4", { deadLetterPublishTime: before });
        deliver("5", { deadLetterPublishTime: after });
        deliver("6", {});
      }, 100);
      return { close: async () => {} };
    };
    const take = async ({ id }: Delivery): Promise<void> => void taken.push(id);
    expect(await run({ take, onDone: () => {} })).toEqual({ ...NOTHING_LEFT, returned: 3 });
    expect(taken).toEqual(["1", "2", "4"]);
    expect(done.toSorted()).toEqual(["1 acked", "2 acked", "3 nacked", "4 acked", "5 nacked", "6 nacked"]);
  });

  test("exports equal messages for as long as they arrive", async () => {
    await deadLetter(["a"]);
    const { kept, returned } = await run({
      publishes: false,
      take: async (message) => {
        if (taken.push(text(message)) < 3) setTimeout(() => queue.deadLetter(message.data, {}), 5);
      },
    });
    expect({ kept, returned, taken }).toEqual({ kept: 0, returned: 0, taken: ["a", "a", "a"] });
  });

  test("on a stop signal before it has published anything, nacks all", async () => {
    await deadLetter(["a"], ["b"]);
    setTimeout(() => stop.abort(), 20);
    expect(await run({ idleMs: 2_000 })).toEqual(NOTHING_LEFT);
    expect(taken).toEqual([]);
    expect(await left()).toEqual(["a", "b"]);
  });

  test("publishes nothing after the subscription is lost", async () => {
    queue.subscribeDeadLetters = ({ onDelivery, onError }) => {
      onDelivery({
        id: "1",
        data: Buffer.from("a"),
        attributes: {},
        publishTime: new Date(0),
        ack: () => {},
        nack: () => done.push("nacked"),
      });
      setTimeout(() => onError(new Error("no such subscription")), 10);
      return { close: async () => {} };
    };
    await expect(run()).rejects.toThrow("no such subscription");
    await sleep(150);
    expect({ taken, done }).toEqual({ taken: [], done: ["nacked"] });
  });

  test("keeps a message that the topic refuses, names it, and publishes the others", async () => {
    await deadLetter(["a"], ["refused"], ["b"], ["c"]);
    const refusals: string[] = [];
    const options: Partial<RedriveOptions> = {
      take: async (message) => {
        if (text(message) === "refused") throw new RefusedMessageError("it does not fit the schema");
        taken.push(text(message));
      },
      onRefused: (message, error) => refusals.push(`${text(message)}: ${error.message}`),
    };
    expect(await run(options)).toEqual({ ...NOTHING_LEFT, kept: 1, refused: 1 });
    expect(taken).toEqual(["a", "b", "c"]);
    expect(refusals).toEqual(["refused: it does not fit the schema"]);
    expect(await left()).toEqual(["refused"]);
    expect(await run({ ...options, limit: 1 })).toEqual({ ...NOTHING_LEFT, kept: 1, refused: 1 });
  });

  test("does not end while a message is being published, however long that takes", async () => {
    const { promise: published, resolve } = Promise.withResolvers<void>();
    let closed = false;
    const one: Parameters<typeof redrive>[0] = {
      reachDeadLetters: async () => {},
      subscribeDeadLetters: ({ onDelivery }) => {
        const nothing = () => {};
        onDelivery({
          id: "1",
          data: Buffer.from("a"),
          attributes: {},
          publishTime: new Date(0),
          ack: nothing,
          nack: nothing,
        });
        return {
          close: async () => {
            closed = true;
          },
        };
      },
    };
    const running = redrive(one, {
      ...{ take: () => published, publishes: true, idleMs: 50 },
      ...{ signal: stop.signal, onDone: () => {} },
    });
    await sleep(300);
    expect(closed).toBe(false);
    resolve();
    await running;
    expect(closed).toBe(true);
  });

  test("ends with the error if the subscription is lost", async () => {
    const closed: number[] = [];
    const lost: Parameters<typeof redrive>[0] = {
      reachDeadLetters: async () => {},
      subscribeDeadLetters: ({ onError }) => {
        setTimeout(() => onError(new Error("no such subscription")), 10);
        return { close: async (graceMs) => void closed.push(graceMs) };
      },
    };
    await expect(redrive(lost, { ...look, signal: stop.signal, onDone: () => {} })).rejects.toThrow(
      "no such subscription",
    );
    expect(closed).toHaveLength(1);
  });

  test.each([1, 2])("fails if Pub/Sub does not answer request %d, instead of reporting no messages", async (time) => {
    let asked = 0;
    queue.reachDeadLetters = async () => {
      if (++asked === time) throw new Error("no answer");
    };
    await expect(run()).rejects.toThrow("no answer");
  });

  test.each([
    ["messages", MAX_IN_FLIGHT, 1],
    ["bytes", 53, 10_000_000],
  ])("reports that there may be more when it can hold no more %s", async (_, count, size) => {
    const unwanted = Buffer.alloc(size);
    for (let i = 0; i < count; i++) await queue.deadLetter(unwanted, { deadLetterReason: "invalid-json" });
    await deadLetter(["a"]);
    const wanted = (reason: string) => reason !== "invalid-json";
    expect(await run({ wanted, idleMs: 500 })).toMatchObject({ atCapacity: true });
    expect(await run({ wanted: (reason) => !wanted(reason), limit: 5, idleMs: 500 })).toMatchObject({
      atCapacity: false,
    });
  });
});
