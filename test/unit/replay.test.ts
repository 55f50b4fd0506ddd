import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { MemoryStore } from "../../shared/backends/memory.ts";
import { PathTemplate, type ReviewPath } from "../../shared/path.ts";
import type { Selection } from "../../shared/selection.ts";
import { type Page, StoreError } from "../../shared/store.ts";
import { type Checkpoint, type ReplayOptions, replay, START } from "../../worker/replay/replay.ts";
import { modelId, reviewPath, textHashOf } from "../ids.ts";

const selection: Selection = {
  reviewsPath: PathTemplate.parse("reviews/{review}"),
  where: [],
  unlabelled: false,
  failed: false,
};
const path = (i: number): ReviewPath => reviewPath(`reviews/r${String(i).padStart(6, "0")}`);

/** Records what is published, and by default confirms it at once. */
class Publisher {
  readonly paths: string[] = [];
  readonly forced: string[] = [];
  inFlight = 0;
  mostInFlight = 0;
  confirm: (path: string) => Promise<void> = async () => {};

  async publishReview(path: string, { force = false } = {}): Promise<string> {
    this.paths.push(path);
    if (force) this.forced.push(path);
    this.mostInFlight = Math.max(this.mostInFlight, ++this.inFlight);
    await this.confirm(path);
    this.inFlight--;
    return path;
  }
}

describe("a replay", () => {
  let store: MemoryStore;
  let publisher: Publisher;
  let stop: AbortController;
  /** The number of messages after which a run is stopped. */
  let stopAt: number;
  beforeEach(() => {
    stopAt = Number.POSITIVE_INFINITY;
    store = new MemoryStore({ textField: "text", resultField: "sentiment" });
    publisher = new Publisher();
    stop = new AbortController();
  });

  const put = (count: number) =>
    store.put(Array.from({ length: count }, (_, i) => ({ path: path(i), fields: { even: i % 2 === 0 } })));

  /** Runs until the end or an error, from the start or from the checkpoint of another run. */
  async function run(options: Partial<ReplayOptions> = {}, from: Checkpoint = START, parts = {}) {
    let last = from;
    let error: Error | undefined;
    try {
      const all = { selection, force: false, signal: stop.signal, ...options };
      for await (last of replay({ store, publisher, ...parts }, from, all)) {
        if (last.published >= stopAt) stop.abort();
      }
    } catch (thrown) {
      error = thrown as Error;
    }
    return { last, error };
  }
  test("publishes every review once, in order, and ends with a checkpoint that is done", async () => {
    await put(2_500);
    const { last } = await run();
    expect(publisher.paths).toEqual(Array.from({ length: 2_500 }, (_, i) => path(i)));
    expect(last).toMatchObject({ published: 2_500, read: 2_500, done: true });
    expect(publisher.forced).toEqual([]);
  });

  test("is done at once if there are no reviews", async () => {
    expect((await run()).last).toMatchObject({ published: 0, read: 0, done: true });
  });

  test("publishes only the selected reviews", async () => {
    await put(30);
    await run({ selection: { ...selection, where: [{ field: "even", comparison: "==", value: true }] } });
    expect(publisher.paths).toEqual(Array.from({ length: 15 }, (_, i) => path(2 * i)));
  });

  test("passes force on to the messages", async () => {
    await put(3);
    await run({ force: true });
    expect(publisher.forced).toEqual([path(0), path(1), path(2)]);
  });

  test("has at most a thousand messages in flight, and reads no more pages until they are confirmed", async () => {
    await put(5_000);
    const { promise: confirmed, resolve } = Promise.withResolvers<void>();
    publisher.confirm = () => confirmed;
    const running = run();
    for (let i = 0; i < 100; i++) await nextTurn();
    expect(publisher.paths).toHaveLength(1_000);
    resolve();
    expect((await running).last.published).toBe(5_000);
    expect(publisher.mostInFlight).toBe(1_000);
  });

  test("reaches no checkpoint past a message that is not confirmed", async () => {
    await put(300);
    const unconfirmed = Promise.withResolvers<void>();
    publisher.confirm = (one) => (one === path(100) ? unconfirmed.promise : Promise.resolve());
    const reached: Checkpoint[] = [];
    const running = (async () => {
      for await (const checkpoint of replay({ store, publisher }, START, {
        selection,
        force: false,
        signal: stop.signal,
      }))
        reached.push(checkpoint);
    })();
    for (let i = 0; i < 100; i++) await nextTurn();
    expect(publisher.paths).toHaveLength(300);
    expect(reached.at(-1)).toMatchObject({ position: path(99), published: 100 });
    unconfirmed.resolve();
    await running;
    expect(reached.at(-1)).toMatchObject({ published: 300, done: true });
  });

  test.each([1, 999, 1_000, 1_001, 1_300])(
    "that was stopped after %d messages continues there: it repeats and misses no review",
    async (at) => {
      await put(2_500);
      stopAt = at;
      const first = await run();
      expect(first.last.done).toBe(false);
      expect(first.last.published).toBe(publisher.paths.length);
      expect(first.last.published).toBeGreaterThanOrEqual(at);
      stopAt = Number.POSITIVE_INFINITY;
      stop = new AbortController();
      const second = await run({}, first.last);
      expect(second.last).toMatchObject({ published: 2_500, read: 2_500, done: true });
      expect(publisher.paths).toEqual(Array.from({ length: 2_500 }, (_, i) => path(i)));
    },
  );

  test("skips reviews that were labelled after it began, also after an interruption", async () => {
    await put(2_500);
    const label = async (i: number): Promise<void> => {
      await sleep(5);
      const [review] = await store.load([path(i)]);
      const result = {
        label: "POSITIVE",
        score: 0.9,
        scores: { POSITIVE: 0.9 },
        model: modelId("lite@2"),
        textHash: textHashOf("ab"),
      };
      expect(await store.save([{ path: path(i), version: review?.version, result }])).toEqual(["saved"]);
    };
    await label(1_100);
    await sleep(5);
    publisher.confirm = async (one) => {
      if (one === path(0)) await label(1_200);
    };
    stopAt = 1_300;
    const { last } = await run();
    expect(publisher.paths).toContain(path(1_100));
    expect(publisher.paths).not.toContain(path(1_200));
    stopAt = Number.POSITIVE_INFINITY;
    stop = new AbortController();
    await label(2_400);
    expect((await run({}, last)).last).toMatchObject({ published: 2_498, read: 2_498, done: true });
  });

  test("ends with Pub/Sub's error if a message is refused; resuming repeats only the messages in flight", async () => {
    await put(2_500);
    publisher.confirm = async (one) => {
      await nextTurn();
      if (one === path(1_234)) throw new Error("no such topic");
    };
    const { last, error } = await run();
    expect(error?.message).toBe("no such topic");
    expect(last).toMatchObject({ position: path(1_233), published: 1_234, done: false });
    publisher.confirm = async () => {};
    await run({}, last);
    expect(new Set(publisher.paths).size).toBe(2_500);
    expect(publisher.paths.length).toBeLessThanOrEqual(2_500 + 1_000);
  });

  test("ends with the store's error if it is permanent, after publishing the reviews read before", async () => {
    await put(2_500);
    const down = new StoreError("Firestore: no database", "refused");
    const failing = {
      page: (selected: Selection, options: { after?: string | undefined; limit: number }): Promise<Page> =>
        options.after === path(999) ? Promise.reject(down) : store.page(selected, options),
    };
    const { last, error } = await run({}, START, { store: failing });
    expect(error).toBe(down);
    expect(last).toMatchObject({ position: path(999), published: 1_000, done: false });
  });

  describe("reads pages", () => {
    /** The sizes of the pages that were asked for. */
    let limits: number[];
    /** How long each review takes to be published, in ms. */
    let ms: number;
    let failures: number;
    let now: number;
    const observed = {
      page: async (...args: Parameters<MemoryStore["page"]>): Promise<Page> => {
        limits.push(args[1].limit);
        if (limits.length > 1 && failures-- > 0) throw new StoreError("Firestore: too slow", "unavailable");
        return store.page(...args);
      },
    };
    beforeEach(() => {
      limits = [];
      ms = 0;
      failures = 0;
      now = 0;
      vi.spyOn(performance, "now").mockImplementation(() => now);
      publisher.confirm = async () => {
        now += ms;
      };
    });

    test("that become larger while they are published quickly, up to a limit", async () => {
      // Nothing in them is selected, so they take no time.
      const pages = {
        page: async (
          _: Selection,
          { after = "", limit }: { after?: string | undefined; limit: number },
        ): Promise<Page> => {
          limits.push(limit);
          const position = after.length < 3 ? `${after}x` : undefined;
          return { reviews: [], read: limit, position, at: new Date() };
        },
      };
      const { last } = await run({}, START, { store: pages });
      expect(limits).toEqual([1_000, 8_000, 64_000, 64_000]);
      expect(last).toMatchObject({ read: 137_000, published: 0, done: true });
    });

    test("no larger than the number of reviews still needed", async () => {
      await put(9_000);
      await run({ limit: 6_000 }, START, { store: observed });
      expect(limits).toEqual([1_000, 5_000]);
    });

    test("that stay small while they are published slowly", async () => {
      await put(3_500);
      ms = 6;
      await run({}, START, { store: observed });
      expect(limits).toEqual([1_000, 1_000, 1_000, 1_000]);
    });

    test("that become small again when they are published slowly", async () => {
      await put(12_000);
      publisher.confirm = async (one) => {
        if (one > path(1_000)) now += 3;
      };
      await run({}, START, { store: observed });
      expect(limits).toEqual([1_000, 8_000, 1_000, 8_000]);
    });

    test("of the smallest size again after a failure", async () => {
      await put(2_500);
      failures = 1;
      const { last } = await run({}, START, { store: observed });
      expect(limits).toEqual([1_000, 8_000, 1_000, 8_000]);
      expect(last).toMatchObject({ read: 2_500, published: 2_500, done: true });
      expect(publisher.paths).toHaveLength(2_500);
    });
  });

  test("retries while the store is down", async () => {
    await put(1_500);
    let failures = 2;
    const flaky = {
      page: async (...args: Parameters<MemoryStore["page"]>): Promise<Page> => {
        if (args[1].after !== undefined && failures-- > 0) throw new StoreError("Firestore: down", "unavailable");
        return store.page(...args);
      },
    };
    const { last } = await run({}, START, { store: flaky });
    expect(last).toMatchObject({ published: 1_500, done: true });
    expect(publisher.paths).toHaveLength(1_500);
  });

  test("stops while it waits for a store that is down", async () => {
    const down = { page: () => Promise.reject(new StoreError("Firestore: down", "unavailable")) };
    const running = run({}, START, { store: down });
    await nextTurn();
    stop.abort();
    expect(await running).toMatchObject({ last: START, error: undefined });
  });

  test("publishes at most the limit, in one run or several", async () => {
    await put(2_500);
    stopAt = 1_100;
    const first = await run({ limit: 1_700 });
    stopAt = Number.POSITIVE_INFINITY;
    stop = new AbortController();
    const second = await run({ limit: 1_700 }, first.last);
    expect(second.last).toMatchObject({ published: 1_700, done: true });
    expect(publisher.paths).toEqual(Array.from({ length: 1_700 }, (_, i) => path(i)));
  });

  test("asks the store only for the number of reviews that it still needs", async () => {
    await put(2_500);
    const needed: number[] = [];
    const counted = {
      page: async (...args: Parameters<MemoryStore["page"]>): Promise<Page> => {
        needed.push(args[1].needed ?? 0);
        return store.page(...args);
      },
    };
    await run({ limit: 1_005 }, START, { store: counted });
    await run({ limit: 5, selection: { ...selection, unlabelled: true } }, START, { store: counted });
    expect(needed).toEqual([1_005, 5, 5]);
  });

  test("does not exceed its rate", async () => {
    await put(60);
    const begun = performance.now();
    await run({ rate: 100 });
    // Ten are allowed at once and ten more every 100 ms, so the last ones at 500 ms; timers may be a little early.
    expect(performance.now() - begun).toBeGreaterThan(450);
    expect(publisher.paths).toHaveLength(60);
  });

  test("stops at once while it waits for the rate", async () => {
    await put(60);
    const running = run({ rate: 1 });
    while (publisher.paths.length === 0) await nextTurn();
    const begun = performance.now();
    stop.abort();
    const { last } = await running;
    expect(performance.now() - begun).toBeLessThan(900);
    expect(last).toMatchObject({ published: 1, done: false });
  });

  test("records the labels of a page before it publishes the first review of that page", async () => {
    await put(1_500);
    const order: string[] = [];
    publisher.confirm = async (one) => void order.push(one);
    const labels = {
      add: async (reviews: readonly { path: string }[]) => {
        await nextTurn();
        order.push(`recorded ${reviews.length}`);
        return reviews.map((_, i) => i + 1);
      },
    };
    const { last } = await run({}, START, { labels });
    expect(order.slice(0, 2)).toEqual(["recorded 1000", path(0)]);
    expect(order.slice(1_001, 1_003)).toEqual(["recorded 500", path(1_000)]);
    expect(last.recorded).toBe(500);
  });

  if (process.env.SOAK === "true")
    test("uses the same memory for a million reviews as for fifty thousand", async () => {
      const endless = {
        page: async (_: Selection, { after, limit }: { after?: string | undefined; limit: number }): Promise<Page> => {
          const start = Number(after ?? 0);
          const reviews = Array.from({ length: limit }, (_, i) => {
            const position = String(start + i + 1);
            return { path: path(start + i), result: { label: "POSITIVE" }, position, read: i + 1 };
          });
          const position = start + limit < 1_000_000 ? String(start + limit) : undefined;
          return { reviews, read: limit, position, at: new Date() };
        },
      };
      let count = 0;
      let early = 0;
      const counting = { publishReview: async () => String(++count) };
      for await (const { published } of replay({ store: endless, publisher: counting }, START, {
        selection,
        force: false,
        signal: stop.signal,
      })) {
        if (published === 50_000) early = process.memoryUsage().heapUsed;
      }
      const late = process.memoryUsage().heapUsed;
      console.log(`heap after 50,000: ${Math.round(early / 1e6)} MB, after ${count}: ${Math.round(late / 1e6)} MB`);
      expect(count).toBe(1_000_000);
      expect(late - early).toBeLessThan(100e6);
    }, 300_000);
});
