/** The worker as a process of its own, against Google's emulators. */
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { QueuePublisher } from "../../shared/publisher.ts";
import type { Delivery } from "../../shared/queue.ts";
import { hashText } from "../../shared/result.ts";
import { emulatorEnv, emulatorPubSub, openOnEmulators, uniqueOptions } from "../backends.ts";
import { reviewPath } from "../ids.ts";
import { CliProcess, type Ended, eventually, listeningAt, logEntries } from "../process.ts";

const hosts = emulatorEnv();

describe.skipIf(hosts === undefined)("the worker process", () => {
  const options = uniqueOptions();
  let env: Record<string, string>;
  let backend: ReturnType<typeof openOnEmulators>;
  let publisher: QueuePublisher;
  const running: CliProcess[] = [];

  beforeEach(async () => {
    Object.assign(options, uniqueOptions());
    env = { ...hosts, GOOGLE_CLOUD_PROJECT: options.projectId, INFERENCE_THREADS: "1" };
    backend = openOnEmulators(options);
    await backend.queue.create();
    publisher = new QueuePublisher({ queue: backend.queue });
  });

  afterEach(async () => {
    for (const process of running.splice(0)) await process.kill("SIGKILL");
    await backend.close();
  });

  async function startWorker(more: Record<string, string> = {}): Promise<CliProcess> {
    const worker = new CliProcess(["worker"], { ...env, ...more });
    running.push(worker);
    await worker.prints("worker started");
    return worker;
  }

  async function store(texts: Record<string, unknown>): Promise<void> {
    await backend.store.put(Object.entries(texts).map(([id, text]) => ({ path: `reviews/${id}`, fields: { text } })));
  }

  async function sentiment(id: string): Promise<Record<string, unknown> | undefined> {
    return (await backend.store.get(`reviews/${id}`))?.sentiment as Record<string, unknown> | undefined;
  }

  it("labels a published review and exits 0 on SIGTERM, with structured logs that hold no review text", async () => {
    const worker = await startWorker({
      LOG_LEVEL: "trace",
      API_KEYS: "a-key-of-sixteen",
      LANGUAGES: "en,de",
      MAX_BATCH_REVIEW: "1",
    });
    await store({
      a: "Wonderful, I love every bit of this kettle.",
      b: "Broke after a day. Terrible waste of money.",
      c: "",
    });
    for (const id of ["a", "b", "c"]) await publisher.publishReview(`reviews/${id}`);
    const labels = await eventually(async () => {
      const all = await Promise.all(["a", "b", "c"].map(sentiment));
      return all.every((one) => one !== undefined) && all;
    });
    expect(labels[0]).toMatchObject({ label: "POSITIVE", model: expect.stringMatching(/^lite@/) });
    expect(labels[1]).toMatchObject({ label: "NEGATIVE" });
    expect(labels[2]).toMatchObject({ error: { code: "text-blank" } });
    const { code, stdout, stderr }: Ended = await worker.kill("SIGTERM");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const log = logEntries(stdout);
    expect(log.map(({ message }) => message)).toEqual(
      expect.arrayContaining([
        "MAX_BATCH_REVIEW is set, but there is no such setting; did you mean MAX_BATCH_REVIEWS?",
        expect.stringMatching(/^API_KEYS is set, but nothing listens/),
        expect.stringMatching(/^LANGUAGES has de, which lite@\d+ does not read: its labels may be wrong there$/),
        "worker stopped",
      ]),
    );
    for (const entry of log)
      expect(entry).toMatchObject({ severity: expect.stringMatching(/^[A-Z]+$/), time: expect.any(String) });
    expect(stdout).not.toMatch(/kettle|waste of money/);
  });

  it("changes nothing when the same reviews are published again, and re-labels an edited one", async () => {
    await startWorker();
    await store({ a: "Wonderful, I love it.", b: "Wonderful, I love it too." });
    await publisher.publishReview("reviews/a");
    await publisher.publishReview("reviews/b");
    await eventually(async () => (await sentiment("a")) && (await sentiment("b")));
    const before = await backend.store.load(["reviews/a", "reviews/b"].map(reviewPath));

    // The last message of the same kind has been settled when one that follows it has had its effect.
    await publisher.publishReview("reviews/a");
    await store({ a: "Wonderful, I love it." });
    await store({ b: "Terrible. It broke at once, do not buy." });
    await publisher.publishReview("reviews/b");
    await eventually(async () => (await sentiment("b"))?.label === "NEGATIVE");
    const after = await backend.store.load(["reviews/a", "reviews/b"].map(reviewPath));
    expect(after[0]).toEqual(before[0]);
    expect(after[1]?.version).not.toEqual(before[1]?.version);
  });

  it("labels the newest text when a message arrives late", async () => {
    await store({ a: "Wonderful, I love it." });
    await publisher.publishReview("reviews/a");
    await store({ a: "Terrible. It broke at once, do not buy." });
    await startWorker();
    const result = await eventually(() => sentiment("a"));
    expect(result).toMatchObject({ label: "NEGATIVE", textHash: hashText("Terrible. It broke at once, do not buy.") });
  });

  it("dead-letters an invalid message, and goes on", async () => {
    const deadLettered: Delivery[] = [];
    const deadLetters = openOnEmulators({ ...options, subscription: options.deadLetterTopic });
    const subscription = deadLetters.queue.subscribe({
      maxOutstanding: 10,
      onDelivery: (delivery) => {
        deadLettered.push(delivery);
        delivery.ack();
      },
      onError: () => {},
    });
    await startWorker();
    await backend.queue.publish(Buffer.from("{"), { shop: "7" });
    await store({ a: "Wonderful, I love it." });
    await publisher.publishReview("reviews/a");
    await eventually(() => sentiment("a"));
    await eventually(async () => deadLettered.length > 0);
    expect(Buffer.from(deadLettered[0]?.data ?? []).toString()).toBe("{");
    expect(deadLettered[0]?.attributes).toMatchObject({ shop: "7", deadLetterReason: "invalid-json" });
    await subscription.close(1_000);
    await deadLetters.close();
  });

  it("takes pushes from Pub/Sub, answers probes, and exits 0 on SIGTERM", async () => {
    const worker = await startWorker({ DELIVERY: "push", PORT: "0" });
    const url = listeningAt(worker);
    const pubsub = emulatorPubSub(options.projectId);
    await pubsub.topic(options.topic).createSubscription("pushing", {
      pushConfig: { pushEndpoint: `${url}/push` },
    });
    await store({ a: "Wonderful, I love it.", b: "Terrible. It broke at once." });
    await publisher.publishReview("reviews/a");
    await publisher.publishReview("reviews/b");
    expect(await eventually(() => sentiment("a"))).toMatchObject({ label: "POSITIVE" });
    expect(await eventually(() => sentiment("b"))).toMatchObject({ label: "NEGATIVE" });
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    expect(await worker.kill("SIGTERM")).toMatchObject({ code: 0 });
    await pubsub.close();
  });

  it("dead-letters a message with a path that UTF-8 cannot encode, and the messages beside it", async () => {
    const deadLettered = new Set<string>();
    const deadLetters = openOnEmulators({ ...options, subscription: options.deadLetterTopic });
    await startWorker();
    const subscription = deadLetters.queue.subscribe({
      maxOutstanding: 10,
      onDelivery: (delivery) => {
        deadLettered.add(Buffer.from(delivery.data).toString());
        delivery.ack();
      },
      onError: () => {},
    });
    const bodies = ['{"path":"\\ud800"}', "{", "[]"];
    await Promise.all(bodies.map((body) => backend.queue.publish(Buffer.from(body))));
    await eventually(async () => deadLettered.size === bodies.length);
    expect([...deadLettered].toSorted()).toEqual(bodies.toSorted());
    await subscription.close(1_000);
    await deadLetters.close();
  });

  it("answers direct requests, and exits 0, when it is stopped during inference", async () => {
    const key = "a-key-of-sixteen-or-more";
    const worker = await startWorker({ PORT: "0", API_KEYS: key, MAX_BATCH_TOKENS: "16384" });
    const answers = Array.from({ length: 2 }, () =>
      fetch(`${listeningAt(worker)}/classify`, {
        method: "POST",
        headers: { "x-api-key": key, "content-type": "application/json" },
        body: JSON.stringify({ texts: Array.from({ length: 50 }, (_, i) => `${i} ${"It works well. ".repeat(20)}`) }),
      }),
    );
    await sleep(300);
    const { code, signal } = await worker.kill("SIGTERM");
    const statuses = (await Promise.all(answers)).map(({ status }) => status);
    expect({ code, signal }).toEqual({ code: 0, signal: null });
    for (const status of statuses) expect([200, 503]).toContain(status);
  });

  it("exits where its port is taken", async () => {
    const other = createServer().listen(0, "0.0.0.0");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    const worker = new CliProcess(["worker"], { ...env, PORT: String(port) });
    running.push(worker);
    const { code, stdout, stderr } = await worker.ended;
    other.close();
    expect(code).toBe(2);
    expect(stdout + stderr).toContain(`port ${port} is in use by another process`);
  });

  it("stops non-zero and says what to do when its subscription does not exist", async () => {
    const worker = new CliProcess(["worker"], {
      ...env,
      PUBSUB_SUBSCRIPTION: "nobody-made-this",
      PUBSUB_TOPIC: "other",
    });
    running.push(worker);
    // On emulators the worker creates what it needs; taking it away again is what a mistaken clean-up does.
    await worker.prints("worker started");
    const pubsub = emulatorPubSub(options.projectId);
    await pubsub.subscription("nobody-made-this").delete();
    const { code, stdout } = await worker.ended;
    expect(code).toBe(1);
    expect(stdout).toContain('the Pub/Sub subscription \\"nobody-made-this\\" does not exist');
    await pubsub.close();
  });
});
