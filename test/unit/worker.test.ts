import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Classifier } from "../../model/classifier.ts";
import { openMemory } from "../../shared/backends/open.ts";
import { PathTemplate } from "../../shared/path.ts";
import { encodeMessage } from "../../shared/publisher.ts";
import { QueueError } from "../../shared/queue.ts";
import { StoreError } from "../../shared/store.ts";
import { Worker } from "../../worker/worker.ts";

/** Waits until `check` no longer fails. */
const until = (check: () => void | Promise<void>): Promise<void> => vi.waitFor(check, { timeout: 10_000, interval: 5 });

const classifier = {
  model: "m@1",
  labels: ["NEGATIVE", "POSITIVE"],
  languages: "any",
  maxTokens: 512,
  whenBroken: new Promise<void>(() => {}),
  classify: async (texts: readonly string[]) =>
    texts.map(() => ({ label: "POSITIVE", score: 1, scores: { NEGATIVE: 0, POSITIVE: 1 } })),
} as unknown as Classifier;
const down = new StoreError("down", "unavailable");

let backend: ReturnType<typeof openMemory>;
let worker: Worker;
let waiting: string[];

beforeEach(() => {
  backend = openMemory({ textField: "text", resultField: "sentiment" });
  waiting = [];
});
afterEach(() => worker.stop(2_000));

function create(): void {
  worker = new Worker(
    { ...backend, classifier },
    {
      reviewsPath: PathTemplate.parse("reviews/{review}"),
      labelSettings: { neutral: "on" },
      maxBatchReviews: 64,
      maxConcurrentBatches: 4,
      maxOutstanding: 256,
      watchdog: { probeAfterMs: 100, silentAfterMs: 300 },
    },
  );
  worker.on("waiting", (server, error) => waiting.push(`${server}: ${error?.message}`));
}

test("a worker takes no messages until store and subscription have answered, and logs which one it waits for", async () => {
  let failures = 2;
  backend.store.reach = async () => {
    if (failures-- > 0) throw down;
  };
  await backend.store.put([{ path: "reviews/a", fields: { text: "good" } }]);
  await backend.queue.publish(encodeMessage({ path: "reviews/a" }));
  create();
  const started = worker.start();
  await sleep(50);
  expect(worker.state).toBe("STARTING");
  expect(await backend.store.get("reviews/a")).toEqual({ text: "good" });
  await started;
  expect(worker.state).toBe("RUNNING");
  expect(waiting).toEqual(["store: down", "store: down"]);
  await until(async () =>
    expect(await backend.store.get("reviews/a")).toMatchObject({ sentiment: { label: "POSITIVE" } }),
  );
});

test("a worker that is refused for lack of a permission starts when it is granted", async () => {
  let refusals = 1;
  backend.store.reach = async () => {
    if (refusals-- > 0) throw new StoreError("no permission", "no-permission");
  };
  create();
  await worker.start();
  expect(worker.state).toBe("RUNNING");
  expect(waiting).toEqual(["store: no permission"]);
});

test("a worker whose subscription is lost for a moment subscribes again, and ends if it is lost permanently", async () => {
  const { subscribe } = backend.queue;
  const lose: ((error: Error) => void)[] = [];
  backend.queue.subscribe = (options) => {
    lose.push(options.onError);
    return subscribe.call(backend.queue, options);
  };
  create();
  await worker.start();
  lose[0]?.(new QueueError("no token", true));
  await until(() => expect(lose).toHaveLength(2));
  expect(waiting).toEqual(["subscription: no token"]);
  await backend.store.put([{ path: "reviews/a", fields: { text: "good" } }]);
  await backend.queue.publish(encodeMessage({ path: "reviews/a" }));
  await until(async () =>
    expect(await backend.store.get("reviews/a")).toMatchObject({ sentiment: { label: "POSITIVE" } }),
  );
  lose[1]?.(new QueueError("deleted", false));
  await expect(worker.done).rejects.toThrow("deleted");
});

test("a worker does not start if a server refuses it permanently", async () => {
  backend.queue.reach = () => Promise.reject(new StoreError("no such subscription", "refused"));
  create();
  await expect(worker.start()).rejects.toThrow("no such subscription");
  expect(waiting).toEqual([]);
});

test("a worker that waits for a server can be stopped at once", async () => {
  backend.store.reach = () => new Promise(() => {});
  create();
  const started = worker.start();
  await sleep(10);
  const before = performance.now();
  await worker.stop(8_000);
  await started;
  expect(worker.state).toBe("STOPPED");
  expect(performance.now() - before).toBeLessThan(2_000);
});

test("a worker reports a store that has become silent, and that it answers again", async () => {
  create();
  await worker.start();
  const { reach } = backend.store;
  backend.store.reach = () => Promise.reject(down);
  const reports: string[] = [];
  worker.watchdog.on("silent", (server, _, error) => reports.push(`${server}: ${error?.message}`));
  worker.watchdog.on("answered", (server) => reports.push(`${server} answered`));
  await until(() => expect(worker.watchdog.silentServers).toEqual(["store"]));
  backend.store.reach = reach;
  await until(() => expect(worker.watchdog.silentServers).toEqual([]));
  expect(reports).toEqual(["store: down", "store answered"]);
});
