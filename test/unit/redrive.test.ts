import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, describe, expect, test } from "vitest";
import { MemoryQueue } from "../../shared/backends/memory.ts";
import type { Delivery } from "../../shared/queue.ts";
import { type Left, MAX_IN_HAND, type RedriveOptions, redrive } from "../../worker/replay/redrive.ts";

const look = { take: async () => {}, keep: true };
const text = ({ data }: Pick<Delivery, "data">): string => Buffer.from(data).toString();

describe("redriving dead letters", () => {
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

  const bury = async (...letters: [body: string, reason?: string][]): Promise<void> => {
    for (const [body, reason] of letters)
      await queue.deadLetter(Buffer.from(body), reason === undefined ? {} : { deadLetterReason: reason });
  };
  const run = (options: Partial<RedriveOptions> = {}): Promise<Left> =>
    redrive(queue, {
      take: async (letter) => void taken.push(text(letter)),
      idleMs: 150,
      signal: stop.signal,
      onDone: (letter, reason) => done.push(`${text(letter)} ${reason}`),
      ...options,
    });
  /** What is still there, by looking. */
  const left = async (): Promise<string[]> => {
    const there: string[] = [];
    await sleep(20);
    await run({ ...look, signal: new AbortController().signal, onDone: (letter) => there.push(text(letter)) });
    return there.toSorted();
  };

  test("takes all, once, and leaves none", async () => {
    await bury(["a", "invalid-json"], ["b", "path-mismatch"], ["c"]);
    expect(await run()).toEqual({ kept: 0, newer: 0, full: false });
    expect(taken).toEqual(["a", "b", "c"]);
    expect(done).toEqual(["a invalid-json", "b path-mismatch", "c too-many-attempts"]);
    expect(await left()).toEqual([]);
  });

  test("ends where there is nothing", async () => {
    expect(await run()).toEqual({ kept: 0, newer: 0, full: false });
    expect(done).toEqual([]);
  });

  test("takes only those that died for a reason, and keeps the others", async () => {
    await bury(["a", "invalid-json"], ["b", "path-mismatch"], ["c", "invalid-json"]);
    expect(await run({ wanted: (reason) => reason === "path-mismatch" })).toMatchObject({ kept: 2 });
    expect(taken).toEqual(["b"]);
    expect(await left()).toEqual(["a", "c"]);
  });

  test("takes no more than the limit, also if more are in hand before the first is taken", async () => {
    await bury(["a"], ["b"], ["c"], ["d"]);
    const slow = async (letter: Delivery): Promise<void> => {
      await sleep(50);
      taken.push(text(letter));
    };
    expect(await run({ limit: 2, take: slow })).toMatchObject({ kept: 2 });
    expect(taken).toEqual(["a", "b"]);
    expect(await left()).toEqual(["c", "d"]);
  });

  test("only looks, without taking any", async () => {
    await bury(["a", "invalid-json"], ["b"]);
    expect(await run(look)).toEqual({ kept: 0, newer: 0, full: false });
    expect(done).toEqual(["a invalid-json", "b too-many-attempts"]);
    expect(await left()).toEqual(["a", "b"]);
  });

  test("forgets a letter only when it has been taken", async () => {
    await bury(["a"]);
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

  test("gives back what cannot be taken, ends with the reason, and forgets what could", async () => {
    await bury(["a"], ["b"], ["c"]);
    const failing = run({
      take: async (letter) => {
        if (text(letter) === "b") throw new Error("no such topic");
      },
    });
    await expect(failing).rejects.toThrow("no such topic");
    expect(await left()).toEqual(["b"]);
  });

  test("stopped, finishes what is being taken and gives back the rest", async () => {
    await bury(["a"], ["b"], ["c"], ["d"]);
    const running = run({
      wanted: () => taken.length < 2,
      take: async (letter) => {
        taken.push(text(letter));
        await sleep(100);
        stop.abort();
      },
    });
    await running;
    expect(done).toEqual(["a too-many-attempts", "b too-many-attempts"]);
    expect(await left()).toEqual(["c", "d"]);
  });

  test("does not go in circles with a worker that refuses the same messages again", async () => {
    await bury(["a"], ["b"]);
    await sleep(5);
    const { newer } = await run({
      take: async (letter) => {
        taken.push(text(letter));
        await sleep(5);
        await queue.deadLetter(letter.data, letter.attributes);
      },
    });
    expect(newer).toBe(2);
    expect(taken.toSorted()).toEqual(["a", "b"]);
    expect(await left()).toEqual(["a", "b"]);
  });

  test("does not end while a letter is being taken, however long that lasts", async () => {
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
    const running = redrive(one, { take: () => published, idleMs: 50, signal: stop.signal, onDone: () => {} });
    await sleep(300);
    expect(closed).toBe(false);
    resolve();
    await running;
    expect(closed).toBe(true);
  });

  test("ends with the error if the dead letters cannot be had", async () => {
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

  test.each([1, 2])(
    "fails if Pub/Sub cannot be reached the %d. time, rather than that there is nothing",
    async (time) => {
      let asked = 0;
      queue.reachDeadLetters = async () => {
        if (++asked === time) throw new Error("no answer");
      };
      await expect(run()).rejects.toThrow("no answer");
    },
  );

  test("counts letters that are newer than its clock, and keeps them", async () => {
    const late = new Date(Date.now() + 60_000);
    queue.subscribeDeadLetters = (options) => {
      const letter = { data: Buffer.from("a"), attributes: {}, publishTime: late, ack: () => {}, nack: () => {} };
      options.onDelivery({ ...letter, id: "1" });
      options.onDelivery({ ...letter, id: "2" });
      return { close: async () => {} };
    };
    expect(await run()).toEqual({ kept: 0, newer: 2, full: false });
    expect(taken).toEqual([]);
  });

  test.each([
    ["letters", MAX_IN_HAND, 1],
    ["bytes", 53, 10_000_000],
  ])("says that there may be others when it can hold no more %s", async (_, count, size) => {
    const unwanted = Buffer.alloc(size);
    for (let i = 0; i < count; i++) await queue.deadLetter(unwanted, { deadLetterReason: "invalid-json" });
    await bury(["a"]);
    const wanted = (reason: string) => reason !== "invalid-json";
    expect(await run({ wanted, idleMs: 500 })).toMatchObject({ full: true });
    expect(await run({ wanted: (reason) => !wanted(reason), limit: 5, idleMs: 500 })).toMatchObject({ full: false });
  });
});
