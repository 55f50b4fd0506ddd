/** A worker whose permissions were granted a moment ago: Google refuses it for some minutes. */
import http2 from "node:http2";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Classifier } from "../../model/classifier.ts";
import { FirestoreStore } from "../../shared/backends/firestore.ts";
import { openMemory } from "../../shared/backends/open.ts";
import { PubSubQueue } from "../../shared/backends/pubsub.ts";
import { PathTemplate } from "../../shared/path.ts";
import { Worker, type WorkerParts } from "../../worker/worker.ts";
import { listen } from "../listen.ts";

const classifier = { model: "m@1", whenBroken: new Promise<void>(() => {}) } as unknown as Classifier;

/** Google's server. It refuses the next `refusals` calls of each method, and then does not answer. */
let refusals: number;
let calls: string[];
let message: string;
let server: http2.Http2Server;
let emulatorHost: string;
let worker: Worker;
let waiting: [string, Error | undefined][];

beforeEach(async () => {
  calls = [];
  message = "Missing or insufficient permissions.";
  waiting = [];
  server = http2.createServer();
  server.on("stream", (stream, { ":path": path }) => {
    const method = String(path).split("/").at(-1) as string;
    calls.push(method);
    stream.on("error", () => {});
    stream.resume();
    if (calls.filter((called) => called === method).length > refusals) return;
    // With headers of their own: a refusal without them is repeated by Google's client itself, for 8 s.
    stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "7", "grpc-message": message }));
    stream.end();
  });
  emulatorHost = await listen(server);
});
afterEach(async () => {
  await worker.stop(2_000);
  server.close();
});

function create(parts: Partial<WorkerParts>, grantWaitMs: number): void {
  worker = new Worker(
    { ...openMemory({ textField: "text", resultField: "sentiment" }), classifier, ...parts },
    {
      reviewsPath: PathTemplate.parse("reviews/{review}"),
      labelSettings: { neutral: "on" },
      maxBatchReviews: 64,
      maxConcurrentBatches: 4,
      maxOutstanding: 256,
      grantWaitMs,
    },
  );
  worker.on("waiting", (name, error) => waiting.push([name, error]));
}

function firestore(): FirestoreStore {
  return new FirestoreStore({ projectId: "demo-shop", emulatorHost, textField: "text", resultField: "sentiment" });
}

function pubsub(): PubSubQueue {
  return new PubSubQueue(
    { projectId: "demo-shop", emulatorHost },
    { topic: "reviews", subscription: "review-sentiment", deadLetterTopic: "reviews-dead-letter" },
  );
}

test("a worker that Firestore refuses waits, names the permission, and then fails", async () => {
  refusals = Number.POSITIVE_INFINITY;
  const store = firestore();
  create({ store }, 1_000);
  const missing = /^Firestore: 7 PERMISSION_DENIED: Missing.*datastore\.entities\.get.*roles\/datastore\.user/;
  // The first request loads parts of the client, which takes longer.
  await expect(store.reach()).rejects.toThrow(missing);
  await expect(worker.start()).rejects.toThrow(missing);
  expect(waiting.length).toBeGreaterThan(0);
  for (const [name, error] of waiting) {
    expect(name).toBe("store");
    expect(error?.message).toMatch(missing);
  }
  await store.close();
});

test("a query that Firestore refuses names the permission of readers, which a worker does not need", async () => {
  refusals = Number.POSITIVE_INFINITY;
  const store = firestore();
  const reviewsPath = PathTemplate.parse("reviews/{review}");
  const selection = { reviewsPath, where: [], unlabelled: false, failed: false };
  const missing =
    /: Missing or insufficient permissions; the account needs datastore\.entities\.list, which roles\/datastore\.viewer includes$/;
  await expect(store.page(selection, { limit: 1 })).rejects.toThrow(missing);
  await expect(store.count(selection)).rejects.toThrow(missing);
  await expect(store.partition(reviewsPath, 2)).rejects.toThrow(missing);
  await store.close();
});

test("a worker that may not pull yet subscribes again until it may", async () => {
  refusals = 2;
  const queue = pubsub();
  create({ queue }, 60_000);
  let end: Error | undefined;
  worker.done.catch((error) => {
    end = error;
  });
  await worker.start();
  const pulls = () => calls.filter((method) => method === "StreamingPull").length;
  await vi.waitFor(() => expect(pulls()).toBe(3), { timeout: 10_000 });
  expect(waiting.map(([name, error]) => `${name}: ${error?.message}`)).toEqual(
    Array(2).fill(expect.stringMatching(/^subscription: .*grant roles\/pubsub.subscriber to the service account/)),
  );
  expect(end).toBeUndefined();
  expect(worker.state).toBe("RUNNING");
});

test("a worker that may not pull fails when the time for grants is over", async () => {
  refusals = Number.POSITIVE_INFINITY;
  create({ queue: pubsub() }, 300);
  await worker.start();
  await expect(worker.done).rejects.toThrow("grant roles/pubsub.subscriber");
});

test.each([
  "Caller does not have required permission to use project shop. Grant the caller the roles/serviceusage.serviceUsageConsumer role.",
  "The API has not been used in project shop before or it is disabled. Enable it by visiting https://example.com then retry.",
])("a refusal that is about the project has Google's advice and no other: %.50s", async (advice) => {
  refusals = Number.POSITIVE_INFINITY;
  message = advice;
  const [store, queue] = [firestore(), pubsub()];
  create({}, 300);
  await expect(store.reach()).rejects.toThrow(`Firestore: 7 PERMISSION_DENIED: ${advice}`);
  await expect(store.reach()).rejects.not.toThrow("datastore.entities.get");
  await expect(queue.publish(Buffer.from("{}"))).rejects.toThrow(
    `no permission to use the Pub/Sub topic "reviews": 7 PERMISSION_DENIED: ${advice}`,
  );
  await Promise.all([store.close(), queue.close()]);
});
