import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { googleApi } from "../../shared/backends/google-api.ts";
import { MemoryQueue, MemoryStore } from "../../shared/backends/memory.ts";
import { PubSubQueue } from "../../shared/backends/pubsub.ts";
import { PathTemplate } from "../../shared/path.ts";
import { QueuePublisher } from "../../shared/publisher.ts";
import { type Backlog, QueueError } from "../../shared/queue.ts";
import { backlogLimitOf } from "../../worker/cli/backlog-option.ts";
import { BacklogLimit } from "../../worker/replay/backlog-limit.ts";
import { replay, START } from "../../worker/replay/replay.ts";
import { AT, GoogleApis, PROJECT, permissionDenied } from "../google-apis.ts";

const REVIEWS = 300;
const MAX = 50;
const SELECTION = {
  reviewsPath: PathTemplate.parse("reviews/{review}"),
  where: [],
  unlabelled: false,
  failed: false,
} as const;

/** Replays reviews while a worker acks one at a time. */
async function replayed(limits: (queue: MemoryQueue) => (BacklogLimit | undefined)[], ackMs: number) {
  const store = new MemoryStore({ textField: "text", resultField: "sentiment" });
  await store.put(Array.from({ length: REVIEWS }, (_, i) => ({ path: `reviews/r${i}`, fields: { text: "x" } })));
  const queue = new MemoryQueue();
  let acked = 0;
  queue.subscribe({
    maxOutstanding: 10,
    onDelivery: ({ ack }) => {
      setTimeout(() => {
        acked++;
        ack();
      }, ackMs);
    },
    onError: () => {},
  });
  let most = 0;
  const publisher = new QueuePublisher({
    queue: {
      publish: async (...message) => {
        const id = await queue.publish(...message);
        most = Math.max(most, (await queue.backlog()).messages);
        return id;
      },
    },
  });
  const { signal } = new AbortController();
  await Promise.all(
    limits(queue).map(async (backlogLimit, i, { length }) => {
      const bounds = await store.partition(SELECTION.reviewsPath, length);
      const selection = { ...SELECTION, range: { from: bounds[i - 1], before: bounds[i] } };
      for await (const _ of replay({ store, publisher }, START, { selection, force: false, backlogLimit, signal }));
    }),
  );
  while (acked < REVIEWS) await sleep(10);
  return { most, acked, after: (await queue.backlog()).messages };
}

const limitOf = (queue: MemoryQueue, sharers = 1) =>
  new BacklogLimit({ max: MAX, sharers, everyMs: 5, clockSkewMs: 200, read: () => queue.backlog() });

describe("a replay with a backlog limit", () => {
  it("publishes everything, and never leaves more messages waiting", async () => {
    const { most, acked, after } = await replayed((queue) => [limitOf(queue)], 2);
    expect({ acked, after }).toEqual({ acked: REVIEWS, after: 0 });
    expect(most).toBeLessThanOrEqual(MAX);
    // Without the limit, nearly all messages wait.
    expect((await replayed(() => [undefined], 2)).most).toBeGreaterThan(2 * MAX);
  });

  it("respects the limit together with the replays of other shards", async () => {
    const { most, acked } = await replayed((queue) => [limitOf(queue, 2), limitOf(queue, 2)], 2);
    expect(acked).toBe(REVIEWS);
    expect(most).toBeLessThanOrEqual(MAX);
  });
});

/** Replays reviews while a worker takes ten messages at a time and refuses all others, like a worker at capacity refuses pushes. */
async function deadLettered(max: number | undefined): Promise<number> {
  const store = new MemoryStore({ textField: "text", resultField: "sentiment" });
  await store.put(Array.from({ length: 600 }, (_, i) => ({ path: `reviews/r${i}`, fields: { text: "x" } })));
  const queue = new MemoryQueue({ redeliveryMs: 5, maxDeliveryAttempts: 20 });
  let [running, labelled] = [0, 0];
  queue.subscribe({
    maxOutstanding: 10_000,
    onDelivery: ({ ack, nack }) => {
      if (running === 10) {
        nack();
        return;
      }
      running++;
      setTimeout(() => {
        running--;
        labelled++;
        ack();
      }, 4);
    },
    onError: () => {},
  });
  const backlogLimit =
    max === undefined ? undefined : new BacklogLimit({ max, everyMs: 5, clockSkewMs: 0, read: () => queue.backlog() });
  const parts = { store, publisher: new QueuePublisher({ queue }) };
  const { signal } = new AbortController();
  for await (const _ of replay(parts, START, { selection: SELECTION, force: false, backlogLimit, signal }));
  while (labelled + queue.deadLetters.length < 600) await sleep(10);
  return queue.deadLetters.length;
}

it("with the limit, workers at capacity dead-letter no healthy message of a replay; without it they do", async () => {
  expect(await deadLettered(undefined)).toBeGreaterThan(0);
  expect(await deadLettered(20)).toBe(0);
});

describe("a limit", () => {
  const { signal } = new AbortController();
  const count = (messages: number, ageMs = 0): Backlog => ({ messages, at: new Date(Date.now() - ageMs) });

  /** The number of messages that are let through at once. */
  async function passed(limit: BacklogLimit, wanted = 20): Promise<number> {
    const stop = new AbortController();
    let passed = 0;
    const run = (async () => {
      while (passed < wanted) {
        await limit.turn(stop.signal);
        if (stop.signal.aborted) return;
        passed++;
      }
    })();
    await Promise.race([run, sleep(60)]);
    expect(limit.isWaiting).toBe(passed < wanted);
    stop.abort();
    await run;
    return passed;
  }

  it("counts all messages since an old count as waiting", async () => {
    const limit = new BacklogLimit({ max: 10, everyMs: 10, read: async () => count(4, 60_000) });
    await limit.start();
    expect(await passed(limit)).toBe(6);
    expect(await passed(limit)).toBe(0);
  });

  it("lets more messages through as later counts allow", async () => {
    let backlog = count(10);
    const limit = new BacklogLimit({ max: 10, everyMs: 5, clockSkewMs: 0, read: async () => backlog });
    await limit.start();
    expect(await passed(limit)).toBe(0);
    backlog = count(0);
    expect(await passed(limit)).toBe(10);
  });

  it("without any count, lets the maximum number of messages through once", async () => {
    const limit = new BacklogLimit({ max: 10, everyMs: 5, read: async () => undefined });
    await limit.start();
    expect(await passed(limit)).toBe(10);
    expect(await passed(limit)).toBe(0);
  });

  it("retries after a failure, and gives up after failing for a long time", async () => {
    let down = false;
    const read = async () => {
      if (down) throw new Error("down");
      return count(0);
    };
    const limit = new BacklogLimit({ max: 3, everyMs: 5, giveUpAfterMs: 50, read });
    await limit.start();
    down = true;
    for (let i = 0; i < 3; i++) await limit.turn(signal);
    await expect(limit.turn(signal)).rejects.toThrow("down");
  });

  it("gives up after waiting for a long time for any count, since there may be no such subscription", async () => {
    const limit = new BacklogLimit({ max: 3, everyMs: 5, giveUpAfterMs: 50, read: async () => undefined });
    await limit.start();
    for (let i = 0; i < 3; i++) await limit.turn(signal);
    await expect(limit.turn(signal)).rejects.toThrow(/set it to the subscription of the workers/);
  });

  it("fails at the start if the messages cannot be counted", async () => {
    const limit = new BacklogLimit({ max: 3, read: () => Promise.reject(new QueueError("no", false)) });
    await expect(limit.start()).rejects.toThrow("no");
  });
});

describe("--max-backlog", () => {
  const refused = () => Promise.reject(new QueueError("no permission", false));
  const counting = { countsBacklog: true, backlog: async () => ({ messages: 0, at: new Date() }) };

  it("is on by default where messages are counted, and 0 turns it off", async () => {
    expect(await backlogLimitOf(counting, undefined)).toBeInstanceOf(BacklogLimit);
    expect(await backlogLimitOf(counting, 0)).toBeUndefined();
  });

  it("is off on emulators, where setting it is a usage error", async () => {
    const emulator = { ...counting, countsBacklog: false };
    expect(await backlogLimitOf(emulator, undefined)).toBeUndefined();
    await expect(backlogLimitOf(emulator, 9)).rejects.toThrow(/use --rate/);
  });

  it("is a usage error if it leaves nothing for each shard, which would wait forever", async () => {
    await expect(backlogLimitOf(counting, 3, 4)).rejects.toThrow(/4 shards share it.*at least 4/);
    expect(await backlogLimitOf(counting, 4, 4)).toBeInstanceOf(BacklogLimit);
  });

  it("is turned off with a warning if the permission is missing, unless it was set", async () => {
    const warned = vi.spyOn(console, "error").mockImplementation(() => {});
    expect(await backlogLimitOf({ ...counting, backlog: refused }, undefined)).toBeUndefined();
    expect(warned.mock.calls).toEqual([[expect.stringMatching(/does not slow down by itself, because no permission/)]]);
    warned.mockRestore();
    await expect(backlogLimitOf({ ...counting, backlog: refused }, 9)).rejects.toThrow("no permission");
  });
});

describe("the backlog on Google Cloud", () => {
  let apis: GoogleApis;
  let queue: PubSubQueue;
  beforeAll(async () => {
    apis = await GoogleApis.start();
    const names = { topic: "reviews", subscription: "review-sentiment", deadLetterTopic: "reviews-dead-letter" };
    queue = new PubSubQueue({ projectId: PROJECT, api: googleApi(apis.hosts) }, names);
  });
  beforeEach(() => apis.reset());
  afterAll(() => apis.stop());

  it("is Cloud Monitoring's newest count, with its time", async () => {
    const point = (endTime: string, int64Value: string) => ({
      interval: { startTime: endTime, endTime },
      value: { int64Value },
    });
    const points = [point("2026-11-26T01:02:00Z", "1234"), point("2026-11-26T01:01:00Z", "99")];
    apis.answers[AT.backlog] = { body: { timeSeries: [{ points }] } };
    expect(queue.countsBacklog).toBe(true);
    expect(await queue.backlog()).toEqual({ messages: 1_234, at: new Date("2026-11-26T01:02:00Z") });
    const { query } = apis.requests[0] as GoogleApis["requests"][number];
    expect(query.filter).toBe(
      'metric.type="pubsub.googleapis.com/subscription/num_undelivered_messages" AND resource.labels.subscription_id="review-sentiment"',
    );
    expect(Date.parse(query["interval.endTime"] as string)).toBeGreaterThan(
      Date.parse(query["interval.startTime"] as string),
    );
  });

  it("is unknown for a subscription that Monitoring has not counted yet", async () => {
    expect(await queue.backlog()).toBeUndefined();
  });

  it("cannot be read without permission; the error names the missing role", async () => {
    apis.answers[AT.backlog] = permissionDenied("monitoring.timeSeries.list");
    await expect(queue.backlog()).rejects.toThrow(/monitoring\.timeSeries\.list.*grant roles\/monitoring\.viewer/);
  });
});
