import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { type Classification, InferenceError, type Outcome } from "../../model/classifier.ts";
import { MemoryQueue, MemoryStore } from "../../shared/backends/memory.ts";
import { PathTemplate } from "../../shared/path.ts";
import { encodeMessage } from "../../shared/publisher.ts";
import type { Delivery } from "../../shared/queue.ts";
import { hashText } from "../../shared/result.ts";
import { StoreError } from "../../shared/store.ts";
import { MissingReviews } from "../../worker/pipeline/missing-reviews.ts";
import { Pipeline, type PipelineOptions } from "../../worker/pipeline/pipeline.ts";
import type { Nack, Settlement } from "../../worker/pipeline/settlement.ts";
import { modelId, reviewPath } from "../ids.ts";

/** Waits until `check` no longer fails. */
const until = (check: () => void | Promise<void>): Promise<void> => vi.waitFor(check, { timeout: 10_000, interval: 5 });

/** Labels every text that contains "good" POSITIVE, fails on those that contain "poison", and records all texts. */
class WordClassifier {
  model = modelId("words@1");
  labels = ["NEGATIVE", "POSITIVE"];
  languages: readonly string[] | "any" = "any";
  asked: string[][] = [];
  /** Awaited before every answer. */
  before: () => Promise<void> = async () => {};

  async classify(texts: readonly string[]): Promise<Outcome[]> {
    this.asked.push([...texts]);
    await this.before();
    return texts.map((text) =>
      text.includes("poison")
        ? new InferenceError("the model failed on a text")
        : text.includes("bueno")
          ? { unsupportedLanguage: "es" }
          : classification(text.includes("good") ? "POSITIVE" : "NEGATIVE"),
    );
  }
}

function classification(label: "NEGATIVE" | "POSITIVE"): Classification {
  return { label, score: 0.9, scores: { NEGATIVE: 0.1, POSITIVE: 0.1, [label]: 0.9 } };
}

interface Settled extends Delivery {
  acked: number;
  nacked: number;
}

/** A pipeline on the memory backend, with the parts that tests need. */
function rig(
  options: Partial<PipelineOptions> = {},
  {
    store = new MemoryStore({ textField: "text", resultField: "sentiment" }),
    classifier = new WordClassifier(),
  }: { store?: MemoryStore; classifier?: WordClassifier } = {},
) {
  const queue = new MemoryQueue();
  const pipeline = new Pipeline(
    { queue, store, classifier },
    {
      reviewsPath: PathTemplate.parse("reviews/{review}"),
      labelSettings: { neutral: "on" },
      maxBatchReviews: 64,
      maxConcurrentBatches: 4,
      maxOutstanding: 1_000,
      storeRetryMs: 300,
      nackDelayMs: 0,
      ...options,
    },
  );
  const settlements: { settlement: Settlement; path: string | undefined }[] = [];
  pipeline.on("settled", (settlement, _, path) => settlements.push({ settlement, path }));
  let ids = 0;
  return {
    queue,
    store,
    classifier,
    pipeline,
    settlements,
    /** Hands a message to the pipeline. */
    receive(body: unknown, { ageMs = 0, attributes = {} } = {}): Settled {
      const delivery: Settled = {
        id: String(++ids),
        data: body instanceof Uint8Array ? body : Buffer.from(JSON.stringify(body)),
        attributes,
        publishTime: new Date(Date.now() - ageMs),
        acked: 0,
        nacked: 0,
        ack: () => delivery.acked++,
        nack: () => delivery.nacked++,
      };
      pipeline.receive(delivery);
      return delivery;
    },
    put: (path: string, fields: Record<string, unknown>) => store.put([{ path, fields }]),
    sentiment: async (path: string) => (await store.get(path))?.sentiment as Record<string, unknown> | undefined,
    /** Resolves when nothing is in flight. */
    async idle(): Promise<void> {
      const deadline = Date.now() + 5_000;
      do {
        if (Date.now() > deadline) throw new Error("the pipeline does not come to rest");
        await sleep(2);
      } while (pipeline.backlog > 0);
    },
  };
}

const ACKED = { acked: 1, nacked: 0 };
const NACKED = { acked: 0, nacked: 1 };

describe("a review whose text can be classified", () => {
  it("gets label, score, model, text hash and time, and the message is acked", async () => {
    const { put, receive, idle, sentiment, settlements } = rig();
    await put("reviews/a", { text: "a good one", stars: 5 });
    const delivery = receive({ path: "reviews/a" });
    await idle();
    expect(await sentiment("reviews/a")).toEqual({
      label: "POSITIVE",
      score: 0.9,
      scores: { NEGATIVE: 0.1, POSITIVE: 0.9 },
      model: "words@1",
      textHash: hashText("a good one"),
      classifiedAt: expect.any(Date),
    });
    expect(delivery).toMatchObject(ACKED);
    expect(settlements).toEqual([
      { settlement: { outcome: "labelled", label: "POSITIVE", score: 0.9 }, path: "reviews/a" },
    ]);
  });

  it("gets NEUTRAL if the score is below NEUTRAL_BELOW", async () => {
    const { put, receive, idle, sentiment } = rig({ labelSettings: { neutral: "on", neutralBelow: 0.95 } });
    await put("reviews/a", { text: "a good one" });
    receive({ path: "reviews/a" });
    await idle();
    expect(await sentiment("reviews/a")).toMatchObject({ label: "NEUTRAL", score: 0.9 });
  });

  it("is classified again if changed settings give it another label", async () => {
    const { put, receive, idle, sentiment, store, classifier } = rig();
    await put("reviews/a", { text: "a good one" });
    receive({ path: "reviews/a" });
    await idle();
    const stricter = rig({ labelSettings: { neutral: "on", neutralBelow: 0.95 } }, { store, classifier });
    stricter.receive({ path: "reviews/a" });
    await stricter.idle();
    expect(await sentiment("reviews/a")).toMatchObject({ label: "NEUTRAL" });
    stricter.receive({ path: "reviews/a" });
    await stricter.idle();
    expect(classifier.asked).toHaveLength(2);
  });

  it("gets an error if the model does not read its language, and keeps it until that changes", async () => {
    const { put, receive, idle, sentiment, settlements, classifier } = rig();
    await put("reviews/a", { text: "muy bueno" });
    classifier.languages = ["en"];
    const first = receive({ path: "reviews/a" });
    await idle();
    expect(await sentiment("reviews/a")).toEqual({
      error: { code: "language-unsupported", message: expect.any(String) },
      language: "es",
      model: "words@1",
      textHash: hashText("muy bueno"),
      classifiedAt: expect.any(Date),
    });
    receive({ path: "reviews/a" });
    await idle();
    expect(classifier.asked).toHaveLength(1);
    classifier.languages = "any";
    receive({ path: "reviews/a" });
    await idle();
    expect(classifier.asked).toHaveLength(2);
    expect(first).toMatchObject(ACKED);
    expect(settlements.map(({ settlement }) => settlement)).toEqual([
      { outcome: "unclassifiable", reason: "language-unsupported" },
      { outcome: "unchanged" },
      { outcome: "unclassifiable", reason: "language-unsupported" },
    ]);
  });

  it("is not written if its text already has this model's label", async () => {
    const { put, receive, idle, store, classifier } = rig();
    await put("reviews/a", { text: "a good one" });
    receive({ path: "reviews/a" });
    await idle();
    const [before] = await store.load([reviewPath("reviews/a")]);
    const again = receive({ path: "reviews/a" });
    await idle();
    const [after] = await store.load([reviewPath("reviews/a")]);
    expect(again).toMatchObject(ACKED);
    expect(after?.version).toBe(before?.version);
    expect(classifier.asked).toHaveLength(1);
  });

  it("is classified again if forced, if its text changed, and if the model changed", async () => {
    const { put, receive, idle, sentiment, classifier } = rig();
    await put("reviews/a", { text: "a good one" });
    receive({ path: "reviews/a" });
    await idle();
    receive({ path: "reviews/a", force: true });
    await idle();
    expect(classifier.asked).toHaveLength(2);
    await put("reviews/a", { text: "awful after all" });
    receive({ path: "reviews/a" });
    await idle();
    expect(await sentiment("reviews/a")).toMatchObject({ label: "NEGATIVE" });
    classifier.model = modelId("words@2");
    receive({ path: "reviews/a" });
    await idle();
    expect(await sentiment("reviews/a")).toMatchObject({ model: "words@2" });
    expect(classifier.asked).toHaveLength(4);
  });
});

describe("a review without a classifiable text", () => {
  it.each([
    ["text-missing", {}],
    ["text-not-a-string", { text: 42 }],
    ["text-blank", { text: " \n\u00a0" }],
  ])("gets the error %s, loses its stale label, and the message is acked", async (code, fields) => {
    const { put, receive, idle, sentiment, classifier } = rig();
    await put("reviews/a", { ...fields, sentiment: { label: "POSITIVE", score: 1, model: "old@1", textHash: "x" } });
    const delivery = receive({ path: "reviews/a" });
    await idle();
    const result = await sentiment("reviews/a");
    expect(result).toMatchObject({ error: { code, message: expect.any(String) }, model: "words@1" });
    expect(result).not.toHaveProperty("label");
    expect(delivery).toMatchObject(ACKED);
    expect(classifier.asked.flat()).toEqual([]);
  });

  it("is not written a second time", async () => {
    const { put, receive, idle, store } = rig();
    await put("reviews/a", { text: "" });
    receive({ path: "reviews/a" });
    await idle();
    const [before] = await store.load([reviewPath("reviews/a")]);
    receive({ path: "reviews/a" });
    await idle();
    expect((await store.load([reviewPath("reviews/a")]))[0]?.version).toBe(before?.version);
  });
});

describe("a message that can never be processed", () => {
  it.each([
    ["invalid-json", Buffer.from("{")],
    ["invalid-utf8", Buffer.from([0xff])],
    ["invalid-message", Buffer.from("{}")],
    ["path-mismatch", Buffer.from('{"path":"orders/1"}')],
    ["path-invalid-id", Buffer.from('{"path":"reviews/__x__"}')],
  ])("is dead-lettered as %s with its body and attributes, and acked", async (reason, body) => {
    const { receive, idle, queue } = rig();
    const delivery = receive(body, { attributes: { shop: "7" } });
    await idle();
    expect(delivery).toMatchObject(ACKED);
    expect(queue.deadLetters).toEqual([
      {
        data: body,
        attributes: {
          shop: "7",
          deadLetterReason: reason,
          deadLetterDetail: expect.any(String),
          deadLetterMessageId: delivery.id,
          deadLetterPublishTime: delivery.publishTime?.toISOString(),
        },
      },
    ]);
  });

  it("keeps its ordering key", async () => {
    const { pipeline, idle, queue } = rig();
    const settled = { ack: () => {}, nack: () => {} };
    const message = { id: "1", data: Buffer.from("{"), attributes: {}, orderingKey: "k", publishTime: undefined };
    pipeline.receive({ ...message, ...settled });
    await idle();
    expect(queue.deadLetters).toMatchObject([{ orderingKey: "k" }]);
    expect(queue.deadLetters[0]?.attributes).not.toHaveProperty("deadLetterPublishTime");
  });

  it("is nacked if it cannot be dead-lettered", async () => {
    const { receive, idle, queue, settlements } = rig();
    queue.deadLetter = async () => {
      throw new Error("no such topic");
    };
    const delivery = receive(Buffer.from("{"));
    await idle();
    expect(delivery).toMatchObject(NACKED);
    expect(settlements[0]?.settlement).toMatchObject({ outcome: "retried", reason: "dead-letter-failed" });
  });
});

describe("a message about a review that does not exist", () => {
  it("is nacked while it is young: the review may be about to be written", async () => {
    const { receive, idle } = rig();
    const young = receive({ path: "reviews/a" }, { ageMs: 50_000 });
    await idle();
    expect(young).toMatchObject(NACKED);
  });

  it("is acked when it is older than a minute: the review was deleted", async () => {
    const { receive, idle, settlements } = rig();
    const old = receive({ path: "reviews/a" }, { ageMs: 70_000 });
    await idle();
    expect(old).toMatchObject(ACKED);
    expect(settlements[0]?.settlement).toEqual({ outcome: "deleted" });
  });
});

describe("a review that changes while it is classified", () => {
  it("is read again, so that the final label belongs to the final text", async () => {
    const { put, receive, idle, sentiment, classifier } = rig();
    await put("reviews/a", { text: "a good one" });
    classifier.before = async () => {
      if (classifier.asked.length === 1) await put("reviews/a", { text: "awful after all" });
    };
    const delivery = receive({ path: "reviews/a" });
    await idle();
    expect(await sentiment("reviews/a")).toMatchObject({ label: "NEGATIVE", textHash: hashText("awful after all") });
    expect(delivery).toMatchObject(ACKED);
  });

  it("gets no result if it was deleted", async () => {
    const { put, receive, idle, store, classifier } = rig();
    await put("reviews/a", { text: "a good one" });
    classifier.before = () => store.delete("reviews/a");
    const delivery = receive({ path: "reviews/a" }, { ageMs: 70_000 });
    await idle();
    expect(await store.get("reviews/a")).toBeUndefined();
    expect(delivery).toMatchObject(ACKED);
  });

  it("is nacked if it keeps changing, and the others of its batch are labelled", async () => {
    const { put, receive, idle, sentiment, classifier, settlements } = rig();
    await put("reviews/restless", { text: "0" });
    await put("reviews/calm", { text: "good" });
    let edits = 0;
    classifier.before = () => put("reviews/restless", { text: String(++edits) });
    const restless = receive({ path: "reviews/restless" });
    const calm = receive({ path: "reviews/calm" });
    await idle();
    expect(restless).toMatchObject(NACKED);
    expect(calm).toMatchObject(ACKED);
    expect(await sentiment("reviews/calm")).toMatchObject({ label: "POSITIVE" });
    expect(settlements.at(-1)?.settlement).toEqual({ outcome: "retried", reason: "keeps-changing" });
  });
});

describe("batches", () => {
  it("take the waiting reviews: the first one at once, then all that arrived meanwhile", async () => {
    const { put, receive, idle, classifier } = rig({ maxConcurrentBatches: 1 });
    for (let i = 0; i < 10; i++) await put(`reviews/${i}`, { text: `text ${i}` });
    const gate = Promise.withResolvers<void>();
    classifier.before = () => gate.promise;
    receive({ path: "reviews/0" });
    await until(() => expect(classifier.asked).toHaveLength(1));
    for (let i = 1; i < 10; i++) receive({ path: `reviews/${i}` });
    await sleep(10);
    gate.resolve();
    await idle();
    expect(classifier.asked.map((texts) => texts.length)).toEqual([1, 9]);
  });

  it("contain at most maxBatchReviews, and at most maxConcurrentBatches run at a time", async () => {
    const { put, receive, idle, classifier } = rig({ maxBatchReviews: 5, maxConcurrentBatches: 2 });
    let running = 0;
    let most = 0;
    classifier.before = async () => {
      most = Math.max(most, ++running);
      await sleep(3);
      running--;
    };
    for (let i = 0; i < 40; i++) await put(`reviews/${i}`, { text: `text ${i}` });
    for (let i = 0; i < 40; i++) receive({ path: `reviews/${i}` });
    await idle();
    expect(Math.max(...classifier.asked.map((texts) => texts.length))).toBe(5);
    expect(most).toBe(2);
    expect(classifier.asked.flat()).toHaveLength(40);
  });

  it("classify the same review, and the same text of several reviews, once", async () => {
    const { put, receive, idle, sentiment, classifier } = rig();
    await put("reviews/a", { text: "good" });
    await put("reviews/b", { text: "good" });
    const deliveries = ["a", "a", "b", "a"].map((id) => receive({ path: `reviews/${id}` }));
    await idle();
    expect(classifier.asked).toEqual([["good"]]);
    for (const delivery of deliveries) expect(delivery).toMatchObject(ACKED);
    expect(await sentiment("reviews/b")).toMatchObject({ label: "POSITIVE" });
  });

  it("never process a review twice at the same time: a message that arrives meanwhile waits, and the review is labelled by then", async () => {
    const { put, receive, idle, classifier, settlements } = rig();
    await put("reviews/a", { text: "good" });
    const gate = Promise.withResolvers<void>();
    classifier.before = () => gate.promise;
    receive({ path: "reviews/a" });
    await until(() => expect(classifier.asked).toHaveLength(1));
    const second = receive({ path: "reviews/a" });
    await sleep(10);
    gate.resolve();
    await idle();
    expect(second).toMatchObject(ACKED);
    expect(classifier.asked).toHaveLength(1);
    expect(settlements.map(({ settlement }) => settlement.outcome)).toEqual(["labelled", "unchanged"]);
  });

  it("do not keep the event loop busy while a message waits for the batch with its review", async () => {
    const { put, receive, idle, classifier } = rig();
    const gate = Promise.withResolvers<void>();
    classifier.before = () => gate.promise;
    await put("reviews/a", { text: "a good one" });
    receive({ path: "reviews/a" });
    await until(() => expect(classifier.asked).toHaveLength(1));
    const second = receive({ path: "reviews/a" });
    await sleep(20);
    const before = performance.eventLoopUtilization();
    await sleep(200);
    expect(performance.eventLoopUtilization(before).utilization).toBeLessThan(0.5);
    gate.resolve();
    await idle();
    expect(second).toMatchObject(ACKED);
  });

  it("yield to the event loop between texts that take long to process", async () => {
    const { put, receive, idle, settlements } = rig();
    for (let i = 0; i < 20; i++) await put(`reviews/${i}`, { text: "\u200b" });
    const deliveries = Array.from({ length: 20 }, (_, i) => receive({ path: `reviews/${i}` }));
    // Every time the code reads the clock, its turn is over.
    let ms = performance.now();
    const clock = vi.spyOn(performance, "now").mockImplementation(() => (ms += 10));
    let turns = 0;
    const immediate = (): void => {
      turns++;
      if (settlements.length === 0) setImmediate(immediate);
    };
    immediate();
    await idle();
    clock.mockRestore();
    for (const delivery of deliveries) expect(delivery).toMatchObject(ACKED);
    expect(turns).toBeGreaterThanOrEqual(20);
  });

  it("are not affected by one review that the model fails on", async () => {
    const { put, receive, idle, sentiment, settlements } = rig();
    await put("reviews/bad", { text: "poison" });
    await put("reviews/fine", { text: "good" });
    const bad = receive({ path: "reviews/bad" });
    const fine = receive({ path: "reviews/fine" });
    await idle();
    expect(bad).toMatchObject(NACKED);
    expect(fine).toMatchObject(ACKED);
    expect(await sentiment("reviews/bad")).toBeUndefined();
    expect(settlements.find(({ path }) => path === "reviews/bad")?.settlement).toMatchObject({
      outcome: "retried",
      reason: "inference-failed",
    });
  });
});

describe("a store that fails", () => {
  const unavailable = new StoreError("down", "unavailable");
  const refused = new StoreError("no", "request-invalid");

  it("for a moment is retried, and the review is labelled", async () => {
    const { put, receive, idle, store, sentiment } = rig({ storeRetryMs: 5_000 });
    await put("reviews/a", { text: "good" });
    const { load, save } = store;
    let failures = 0;
    store.load = async (paths) => {
      if (failures++ < 2) throw unavailable;
      return load.call(store, paths);
    };
    store.save = async (writes) => (failures++ < 5 ? writes.map(() => unavailable) : save.call(store, writes));
    const delivery = receive({ path: "reviews/a" });
    await idle();
    expect(delivery).toMatchObject(ACKED);
    expect(await sentiment("reviews/a")).toMatchObject({ label: "POSITIVE" });
  });

  it.each(["load", "save"] as const)("for a long time at %s leads to nacked messages", async (step) => {
    const { put, receive, idle, store, settlements } = rig({ storeRetryMs: 150 });
    await put("reviews/a", { text: "good" });
    if (step === "load") store.load = () => Promise.reject(unavailable);
    else store.save = async (writes) => writes.map(() => unavailable);
    const delivery = receive({ path: "reviews/a" });
    await idle();
    expect(delivery).toMatchObject(NACKED);
    expect(settlements[0]?.settlement).toMatchObject({ outcome: "retried", reason: "store-failed" });
  });

  it("because of one review affects only that review, at load", async () => {
    const { put, receive, idle, store } = rig();
    await put("reviews/a", { text: "good" });
    await put("reviews/b", { text: "good" });
    const { load } = store;
    store.load = async (paths) => {
      if (paths.includes(reviewPath("reviews/b"))) throw refused;
      return load.call(store, paths);
    };
    const a = receive({ path: "reviews/a" });
    const b = receive({ path: "reviews/b" });
    await idle();
    expect(a).toMatchObject(ACKED);
    expect(b).toMatchObject(NACKED);
  });

  it("because of one review affects only that review, at save, and saved results are not written again", async () => {
    const { put, receive, idle, store } = rig({ storeRetryMs: 5_000 });
    for (const id of ["a", "b", "c"]) await put(`reviews/${id}`, { text: "good" });
    const { save } = store;
    const saves: string[][] = [];
    store.save = async (writes) => {
      saves.push(writes.map(({ path }) => path));
      const saved = await save.call(store, writes);
      return writes.map(({ path }, i) =>
        path === "reviews/b"
          ? refused
          : path === "reviews/c" && saves.length === 1
            ? unavailable
            : (saved[i] as "saved"),
      );
    };
    const [a, b, c] = ["a", "b", "c"].map((id) => receive({ path: `reviews/${id}` }));
    await idle();
    expect(saves[0]).toEqual(["reviews/a", "reviews/b", "reviews/c"]);
    expect(saves).toHaveLength(1);
    expect(a).toMatchObject(ACKED);
    expect(b).toMatchObject(NACKED);
    // The failed write had in fact been applied: reading again shows that nothing remains to be done.
    expect(c).toMatchObject(ACKED);
  });
});

describe("a review that waits for something outside the worker", () => {
  /** Makes saves of some reviews last until `end` is called. */
  function contend(store: MemoryStore, isContended: (path: string) => boolean) {
    const { promise, resolve: end } = Promise.withResolvers<void>();
    const saving: string[] = [];
    const save = store.save.bind(store);
    store.save = async (writes) => {
      const contended = writes.filter(({ path }) => isContended(path));
      saving.push(...contended.map(({ path }) => path));
      if (contended.length > 0) await promise;
      return save(writes);
    };
    return { end, saving };
  }

  it("occupies no slot: others are labelled while it is being saved", async () => {
    const { put, receive, idle, sentiment, store } = rig({ maxConcurrentBatches: 1 });
    const { end, saving } = contend(store, (path) => path !== "reviews/good");
    for (const id of ["a", "b", "good"]) await put(`reviews/${id}`, { text: "good" });
    for (const path of ["reviews/a", "reviews/b"]) {
      receive({ path });
      await until(() => expect(saving).toContain(path));
    }
    const good = receive({ path: "reviews/good" });
    await until(() => expect(good).toMatchObject(ACKED));
    end();
    await idle();
    expect(await sentiment("reviews/a")).toMatchObject({ label: "POSITIVE" });
  });

  it("occupies no slot: others are labelled while it waits for a retry, and it is not classified again", async () => {
    const { put, receive, idle, sentiment, store, classifier } = rig({ maxConcurrentBatches: 1, storeRetryMs: 5_000 });
    for (const id of ["bad", "good"]) await put(`reviews/${id}`, { text: `good ${id}` });
    const { save } = store;
    let failures = 0;
    let isBusy = true;
    store.save = async (writes) => {
      if (writes[0]?.path !== "reviews/bad" || !isBusy) return save.call(store, writes);
      failures++;
      return writes.map(() => new StoreError("busy", "unavailable"));
    };
    const bad = receive({ path: "reviews/bad" });
    await until(() => expect(failures).toBeGreaterThan(0));
    const good = receive({ path: "reviews/good" });
    await until(() => expect(good).toMatchObject(ACKED));
    expect(bad).toMatchObject({ acked: 0, nacked: 0 });
    isBusy = false;
    await idle();
    expect(bad).toMatchObject(ACKED);
    expect(await sentiment("reviews/bad")).toMatchObject({ label: "POSITIVE" });
    expect(classifier.asked).toEqual([["good bad"], ["good good"]]);
  });

  it("is retried separately, so that it does not delay others", async () => {
    const { put, receive, idle, store } = rig({ storeRetryMs: 5_000 });
    const saves: number[] = [];
    const { save } = store;
    store.save = async (writes) => {
      saves.push(writes.length);
      return saves.length === 1 ? writes.map(() => new StoreError("busy", "unavailable")) : save.call(store, writes);
    };
    for (const id of ["a", "b", "c"]) await put(`reviews/${id}`, { text: "good" });
    for (const id of ["a", "b", "c"]) receive({ path: `reviews/${id}` });
    await idle();
    expect(saves).toEqual([3, 1, 1, 1]);
  });

  it("never shares a batch with new reviews, which it would delay", async () => {
    const { put, receive, idle, store, classifier } = rig({ maxConcurrentBatches: 1, storeRetryMs: 10_000 });
    for (const id of ["bad", "other", "good"]) await put(`reviews/${id}`, { text: `good ${id}` });
    const saves: string[][] = [];
    const { save } = store;
    store.save = async (writes) => {
      saves.push(writes.map(({ path }) => path));
      return saves.length === 1 ? writes.map(() => new StoreError("busy", "unavailable")) : save.call(store, writes);
    };
    receive({ path: "reviews/bad" });
    await until(() => expect(saves).toHaveLength(1));
    const gate = Promise.withResolvers<void>();
    classifier.before = () => gate.promise;
    receive({ path: "reviews/other" });
    await until(() => expect(classifier.asked).toHaveLength(2));
    receive({ path: "reviews/good" });
    // By then the retry is waiting for the slot as well.
    await sleep(150);
    gate.resolve();
    await idle();
    expect(saves.filter((paths) => paths.includes("reviews/bad"))).toEqual([["reviews/bad"], ["reviews/bad"]]);
    expect(saves.flat().toSorted()).toEqual(["reviews/bad", "reviews/bad", "reviews/good", "reviews/other"]);
  });

  it("occupies, with others, at most a quarter of maxOutstanding: delayed nacks", async () => {
    const { receive, pipeline } = rig({ maxOutstanding: 40, nackDelayMs: 60_000 });
    const deliveries = Array.from({ length: 100 }, (_, i) => receive({ path: `reviews/${i}` }));
    await until(() => expect(pipeline.backlog).toBe(10));
    expect(deliveries.filter(({ nacked }) => nacked === 1)).toHaveLength(90);
    // The message held longest was nacked to make room.
    expect(deliveries.at(-1)).toMatchObject({ acked: 0, nacked: 0 });
    await pipeline.drain();
  });

  it("occupies, with others, at most a quarter of maxOutstanding: retries, and further messages about them", async () => {
    const { put, receive, pipeline, store } = rig({ maxOutstanding: 40, storeRetryMs: 60_000 });
    store.save = async (writes) => writes.map(() => new StoreError("busy", "unavailable"));
    for (let i = 0; i < 30; i++) await put(`reviews/${i}`, { text: "good" });
    for (let i = 0; i < 30; i++) receive({ path: `reviews/${i}` });
    await until(() => expect(pipeline.backlog).toBeLessThanOrEqual(10));
    for (let i = 0; i < 30; i++) receive({ path: "reviews/29" });
    await until(() => expect(pipeline.backlog).toBeLessThanOrEqual(10));
    await pipeline.drain();
    expect(pipeline.backlog).toBe(0);
  });

  it("occupies, with others, at most a quarter of maxOutstanding: slow saves, and further messages about them", async () => {
    const { put, receive, pipeline, idle, store } = rig({ maxOutstanding: 40, slowSaveMs: 100 });
    const { end } = contend(store, () => true);
    for (let i = 0; i < 30; i++) await put(`reviews/${i}`, { text: "good" });
    for (let i = 0; i < 30; i++) receive({ path: `reviews/${i}` });
    await until(() => expect(pipeline.backlog).toBeLessThanOrEqual(10));
    for (let i = 0; i < 30; i++) receive({ path: "reviews/29" });
    await until(() => expect(pipeline.backlog).toBeLessThanOrEqual(10));
    end();
    await idle();
  });
});

describe("clocks", () => {
  it.each([-60_000, 60_000])(
    "that are %d ms off on this machine do not matter: the store's clock counts",
    async (offset) => {
      const { receive, idle, store } = rig();
      store.now = () => new Date(Date.now() + offset);
      const young = receive({ path: "reviews/a" }, { ageMs: -offset });
      const old = receive({ path: "reviews/b" }, { ageMs: 61_000 - offset });
      await idle();
      expect(young).toMatchObject(NACKED);
      expect(old).toMatchObject(ACKED);
    },
  );

  it("are not needed: without a publish time, a review counts as deleted a minute after it was first missed", () => {
    vi.useFakeTimers();
    const missing = new MissingReviews(() => new Date());
    const isDeleted = (path: string): boolean => missing.isDeleted(reviewPath(path), { publishTime: undefined });
    expect(isDeleted("reviews/a")).toBe(false);
    vi.advanceTimersByTime(59_000);
    expect([isDeleted("reviews/a"), isDeleted("reviews/b")]).toEqual([false, false]);
    vi.advanceTimersByTime(2_000);
    expect([isDeleted("reviews/a"), isDeleted("reviews/b")]).toEqual([true, false]);
    vi.useRealTimers();
  });
});

describe("process", () => {
  it("resolves with the settlement of each message, and forms batches like deliveries", async () => {
    const { pipeline, put, classifier } = rig();
    const classify = vi.spyOn(classifier, "classify");
    await put("reviews/a", { text: "good" });
    await put("reviews/b", { text: "" });
    const message = (path: string) => ({
      ...{ id: "", attributes: {}, publishTime: undefined },
      data: Buffer.from(JSON.stringify({ path })),
    });
    expect(
      await Promise.all(["reviews/a", "reviews/a", "reviews/b", "orders/1"].map((p) => pipeline.process(message(p)))),
    ).toEqual([
      { outcome: "labelled", label: "POSITIVE", score: 0.9 },
      { outcome: "labelled", label: "POSITIVE", score: 0.9 },
      { outcome: "unclassifiable", reason: "text-blank" },
      { outcome: "dead-lettered", reason: "path-mismatch", detail: "the path does not match reviews/{review}" },
    ]);
    expect(classify).toHaveBeenCalledTimes(1);
    expect(await pipeline.process(message("reviews/missing"))).toEqual({
      outcome: "retried",
      reason: "not-written-yet",
    });
    expect(await pipeline.process({ ...message("reviews/deleted"), existed: true })).toEqual({ outcome: "deleted" });
  });
});

it("slows down while the store fails every request", async () => {
  const { receive, store, pipeline } = rig({ maxOutstanding: 2 });
  let loads = 0;
  store.load = async () => {
    loads++;
    throw new StoreError("no", "refused");
  };
  const deadline = performance.now() + 500;
  for (let i = 0; performance.now() < deadline; i++) {
    receive({ path: `reviews/${i}` });
    await sleep(1);
  }
  expect(loads).toBeLessThan(30);
  await pipeline.drain();
});

it("delays a nack, unless it is draining", async () => {
  const { receive, pipeline, settlements } = rig({ nackDelayMs: 60_000 });
  const delivery = receive({ path: "reviews/not-yet" });
  await sleep(30);
  expect(delivery).toMatchObject({ acked: 0, nacked: 0 });
  expect(pipeline.backlog).toBe(1);
  await pipeline.drain();
  expect(delivery).toMatchObject(NACKED);
  expect(pipeline.backlog).toBe(0);
  expect(settlements).toHaveLength(1);
});

it("a failure of the store that goes on leads to nacks in time, also for reviews whose turn has not come again", async () => {
  const { receive, pipeline, store, settlements } = rig({ storeRetryMs: 300, maxConcurrentBatches: 1 });
  store.load = async () => {
    await sleep(100);
    throw new StoreError("the store does not answer", "unavailable");
  };
  const deliveries = Array.from({ length: 40 }, (_, i) => receive({ path: `reviews/${i}` }));
  await until(() => expect(pipeline.backlog).toBe(0));
  for (const delivery of deliveries) expect(delivery).toMatchObject(NACKED);
  for (const { settlement } of settlements) expect(settlement).toMatchObject({ reason: "store-failed" });
  await pipeline.drain();
});

describe("a message that is pushed", () => {
  it("is nacked before its sender gives up, however many others wait for a failing store, which is then left alone", async () => {
    // The clock stands, but for the few milliseconds of each check of `until`.
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const { receive, pipeline, store, settlements } = rig({
      settleWithinMs: 10_000,
      storeRetryMs: 60_000,
      nackDelayMs: 60_000,
      maxConcurrentBatches: 1,
    });
    const loads: (readonly string[])[] = [];
    const silence = Promise.withResolvers<void>();
    store.load = async (paths) => {
      loads.push(paths);
      if (loads.length === 2) await silence.promise;
      throw new StoreError("the store does not answer", "unavailable");
    };
    const deliveries = Array.from({ length: 40 }, (_, i) => receive({ path: `reviews/${i}` }));
    await until(() => expect(loads).toHaveLength(2));
    vi.advanceTimersByTime(10_000);
    expect(pipeline.backlog).toBe(0);
    for (const delivery of deliveries) expect(delivery).toMatchObject(NACKED);
    const waiting = settlements.filter(({ settlement }) => (settlement as Nack).reason === "store-failed");
    expect(waiting).toHaveLength(40 - (loads[1]?.length ?? 0));
    silence.resolve();
    await nextTurn();
    // The retries that are planned find nothing to do. Otherwise they would take turns with new reviews.
    vi.advanceTimersByTime(10_000);
    const newer = ["reviews/new", "reviews/newer"];
    for (const path of newer) {
      receive({ path });
      await until(() => expect(loads.flat()).toContain(path));
    }
    expect(new Set(loads.slice(2).flat())).toEqual(new Set(newer));
    await pipeline.drain();
  });

  it("is nacked while its review is classified, and the result is stored nevertheless", async () => {
    const { put, receive, pipeline, classifier, settlements, sentiment } = rig({ settleWithinMs: 50 });
    const inference = Promise.withResolvers<void>();
    classifier.before = () => inference.promise;
    await put("reviews/a", { text: "good" });
    const delivery = receive({ path: "reviews/a" });
    await until(() => expect(delivery).toMatchObject(NACKED));
    expect(pipeline.backlog).toBe(0);
    inference.resolve();
    await until(async () => expect(await sentiment("reviews/a")).toMatchObject({ label: "POSITIVE" }));
    expect(delivery).toMatchObject(NACKED);
    expect(settlements.map(({ settlement }) => settlement)).toEqual([{ outcome: "retried", reason: "answer-due" }]);
  });

  it("is settled once, and later nothing is nacked", async () => {
    const { put, receive, idle, settlements } = rig({ settleWithinMs: 50 });
    await put("reviews/a", { text: "good" });
    const delivery = receive({ path: "reviews/a" });
    await idle();
    await sleep(80);
    expect(delivery).toMatchObject(ACKED);
    expect(settlements).toHaveLength(1);
  });
});

describe("a message that cannot be dead-lettered", () => {
  it("is nacked after a while, and in flight until then", async () => {
    const { receive, pipeline, queue, settlements } = rig({ deadLetterMs: 200, nackDelayMs: 0 });
    queue.deadLetter = () => new Promise(() => {});
    const delivery = receive("junk");
    expect(pipeline.backlog).toBe(1);
    expect(delivery).toMatchObject({ acked: 0, nacked: 0 });
    await until(() => expect(delivery).toMatchObject(NACKED));
    expect(pipeline.backlog).toBe(0);
    expect(settlements).toMatchObject([{ settlement: { outcome: "retried", reason: "dead-letter-failed" } }]);
  });

  it("is nacked when the worker stops", async () => {
    const { receive, pipeline, queue } = rig({ deadLetterMs: 60_000 });
    const publishing = Promise.withResolvers<void>();
    queue.deadLetter = () => publishing.promise;
    const delivery = receive("junk");
    void pipeline.drain();
    pipeline.abandon();
    expect(delivery).toMatchObject(NACKED);
    // It is too late to have an effect.
    publishing.resolve();
    await sleep(10);
    expect(delivery).toMatchObject(NACKED);
  });
});

it("counts messages, not reviews, as in flight", async () => {
  const { put, receive, pipeline, classifier, idle } = rig();
  await put("reviews/a", { text: "good" });
  const gate = Promise.withResolvers<void>();
  classifier.before = () => gate.promise;
  const deliveries = Array.from({ length: 20 }, () => receive({ path: "reviews/a" }));
  await sleep(20);
  expect(pipeline.backlog).toBe(20);
  gate.resolve();
  await idle();
  for (const delivery of deliveries) expect(delivery).toMatchObject(ACKED);
});

describe("draining", () => {
  it("nacks waiting and newly arriving messages, and finishes running batches", async () => {
    const { put, receive, pipeline, classifier, sentiment } = rig({ maxConcurrentBatches: 1 });
    await put("reviews/a", { text: "good" });
    await put("reviews/b", { text: "good" });
    const gate = Promise.withResolvers<void>();
    classifier.before = () => gate.promise;
    const a = receive({ path: "reviews/a" });
    await until(() => expect(classifier.asked).toHaveLength(1));
    const b = receive({ path: "reviews/b" });
    const drained = pipeline.drain();
    const late = receive({ path: "reviews/b" });
    gate.resolve();
    await drained;
    expect(a).toMatchObject(ACKED);
    expect(await sentiment("reviews/a")).toMatchObject({ label: "POSITIVE" });
    expect(b).toMatchObject(NACKED);
    expect(late).toMatchObject(NACKED);
  });

  it("can be aborted: messages in running batches are nacked, once", async () => {
    const { put, receive, pipeline, classifier } = rig();
    await put("reviews/a", { text: "good" });
    const gate = Promise.withResolvers<void>();
    classifier.before = () => gate.promise;
    const a = receive({ path: "reviews/a" });
    await until(() => expect(classifier.asked).toHaveLength(1));
    const drained = pipeline.drain();
    pipeline.abandon();
    expect(a).toMatchObject(NACKED);
    gate.resolve();
    await drained;
    expect(a).toMatchObject(NACKED);
  });
});

it("settles every delivery exactly once, whatever happens", async () => {
  const { put, receive, idle, classifier, store } = rig({ maxBatchReviews: 7, storeRetryMs: 100 });
  for (let i = 0; i < 60; i++)
    await put(`reviews/${i}`, { text: i % 7 === 0 ? "poison" : i % 5 === 0 ? "" : `good ${i}` });
  const { save } = store;
  store.save = async (writes) => {
    const saved = await save.call(store, writes);
    return writes.map((_, i) => (i % 4 === 0 ? new StoreError("busy", "unavailable") : (saved[i] as "saved")));
  };
  classifier.before = () => sleep(1);
  const deliveries: Settled[] = [];
  for (let i = 0; i < 300; i++) {
    const body = i % 11 === 0 ? Buffer.from("junk") : encodeMessage({ path: `reviews/${i % 70}` });
    deliveries.push(receive(body, { ageMs: 70_000 }));
    if (i % 20 === 0) await sleep(1);
  }
  await idle();
  await sleep(5);
  for (const { acked, nacked } of deliveries) expect(acked + nacked).toBe(1);
});
