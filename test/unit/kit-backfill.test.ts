/** The kit's backfill, run after run as Cloud Tasks would call it, on the memory backend. */
import { describe, expect, it } from "vitest";
import { backfill } from "../../packages/kit/backfill.ts";
import { openMemory } from "../../shared/backends/open.ts";
import { StoreError } from "../../shared/store.ts";
import { workerOptions } from "../../worker/cli/backend.ts";
import { readConfig } from "../../worker/config.ts";
import { createLogger } from "../../worker/log.ts";
import { Pipeline } from "../../worker/pipeline/pipeline.ts";
import type { Settlement } from "../../worker/pipeline/settlement.ts";
import { modelId } from "../ids.ts";

const MODEL = modelId("words@1");
const HOUR_MS = 3_600_000;

/** @param reviews how many are stored, without a label */
async function rig(reviews: number) {
  const config = readConfig({ GOOGLE_CLOUD_PROJECT: "demo-shop" });
  const { store, queue } = openMemory({ textField: "text", resultField: "sentiment" });
  await store.put(Array.from({ length: reviews }, (_, i) => ({ path: pathOf(i), fields: { text: `good ${i}` } })));
  const classified: string[] = [];
  const classifier = {
    model: MODEL,
    labels: ["POSITIVE"],
    languages: "any" as const,
    async classify(texts: readonly string[]) {
      classified.push(...texts);
      return texts.map(() => ({ label: "POSITIVE", score: 1, scores: { POSITIVE: 1 } }));
    },
  };
  const options = { ...workerOptions(config), storeRetryMs: 0, nackDelayMs: 0 };
  const pipeline = new Pipeline({ queue, store, classifier }, options);
  const entries: Record<string, unknown>[] = [];
  const log = createLogger("info", undefined, { write: (line) => entries.push(JSON.parse(line)) });
  const pages: (string | undefined)[] = [];
  const parts = {
    ...{ config, log },
    classifier: classifier as never,
    store: {
      page: (...[selection, page]: Parameters<typeof store.page>) => {
        pages.push(page.after);
        return store.page(selection, page);
      },
    },
    label: (path: string): Promise<Settlement> =>
      pipeline.process({
        ...{ id: "", attributes: {}, publishTime: undefined, existed: true },
        data: Buffer.from(JSON.stringify({ path })),
      }),
  };
  const unlabelled = async () => {
    const all = await Promise.all(Array.from({ length: reviews }, (_, i) => store.get(pathOf(i))));
    return all.filter((review) => review?.sentiment === undefined).length;
  };
  return { parts, store, classified, entries, pages, unlabelled };
}

function pathOf(i: number): string {
  return `reviews/r${String(i).padStart(5, "0")}`;
}

describe("a backfill", () => {
  it("labels every review exactly once", async () => {
    const { parts, classified, unlabelled } = await rig(2_500);
    expect(await backfill(parts, undefined, HOUR_MS)).toBeUndefined();
    expect(await unlabelled()).toBe(0);
    expect(classified).toHaveLength(2_500);
  });

  it("classifies nothing when repeated, except reviews that another model labelled", async () => {
    const { parts, classified } = await rig(50);
    await backfill(parts, undefined, HOUR_MS);
    expect(await backfill(parts, undefined, HOUR_MS)).toBeUndefined();
    expect(classified).toHaveLength(50);
    const other = await rig(0);
    await other.store.put([{ path: pathOf(0), fields: { text: "good", sentiment: { model: "older@1" } } }]);
    await backfill(other.parts, undefined, HOUR_MS);
    expect(other.classified).toEqual(["good"]);
  });

  it("that runs out of time returns a token, with which another run labels the rest without reading the first part again", async () => {
    const { parts, classified, pages, unlabelled } = await rig(3_000);
    const token = await backfill(parts, undefined, 0);
    expect(token).toEqual(expect.any(String));
    expect(await unlabelled()).toBeGreaterThan(0);
    const read = pages.length;
    expect(await backfill(parts, token, HOUR_MS)).toBeUndefined();
    expect(await unlabelled()).toBe(0);
    expect(new Set(classified).size).toBe(3_000);
    expect(classified).toHaveLength(3_000);
    expect(pages.slice(read).every((after) => after !== undefined && after >= pathOf(500))).toBe(true);
  });

  it("ends after several runs, however short each is", async () => {
    const { parts, unlabelled } = await rig(3_000);
    let runs = 1;
    for (let token = await backfill(parts, undefined, 0); token !== undefined; runs++)
      token = await backfill(parts, token, 0);
    expect(runs).toBeGreaterThan(1);
    expect(runs).toBeLessThan(10);
    expect(await unlabelled()).toBe(0);
  });

  it("whose second page cannot be read continues there, and fails if it makes no progress", async () => {
    const { parts, classified, pages, unlabelled } = await rig(2_500);
    let broken = true;
    const store = {
      page: async (...args: Parameters<typeof parts.store.page>) => {
        if (broken && args[1].after !== undefined) throw new StoreError("refused", "refused");
        return parts.store.page(...args);
      },
    };
    const token = await backfill({ ...parts, store }, undefined, HOUR_MS);
    expect(await unlabelled()).toBe(1_500);
    await expect(backfill({ ...parts, store }, token, HOUR_MS)).rejects.toThrow("refused");
    broken = false;
    expect(await backfill({ ...parts, store }, token, HOUR_MS)).toBeUndefined();
    expect(await unlabelled()).toBe(0);
    expect(classified).toHaveLength(2_500);
    expect(pages.filter((after) => after === undefined)).toHaveLength(1);
  });

  it("stops at a review that the store fails on, and continues with it", async () => {
    const { parts, unlabelled } = await rig(100);
    const failing = {
      ...parts,
      label: async (path: string): Promise<Settlement> =>
        path === pathOf(40)
          ? { outcome: "retried", reason: "store-failed", error: new StoreError("down", "refused") }
          : parts.label(path),
    };
    const token = await backfill(failing, undefined, HOUR_MS);
    expect(token).toEqual(expect.any(String));
    await expect(backfill(failing, token, HOUR_MS)).rejects.toThrow("down");
    expect(await backfill(parts, token, HOUR_MS)).toBeUndefined();
    expect(await unlabelled()).toBe(0);
  });

  it("retries a review that was nacked for a reason that is not its own, such as a server that did not answer", async () => {
    const { parts, unlabelled } = await rig(100);
    const nacks: Settlement[] = [
      { outcome: "retried", reason: "store-failed" },
      { outcome: "retried", reason: "store-failed", error: new StoreError("down", "unavailable") },
    ];
    const label = async (path: string) => (path === pathOf(40) && nacks.shift()) || parts.label(path);
    expect(await backfill({ ...parts, label }, undefined, HOUR_MS)).toBeUndefined();
    expect(nacks).toEqual([]);
    expect(await unlabelled()).toBe(0);
  });

  it("has at most MAX_OUTSTANDING reviews in flight", async () => {
    const { parts } = await rig(1_000);
    let inFlight = 0;
    let peak = 0;
    const label = async (path: string) => {
      peak = Math.max(peak, ++inFlight);
      const settlement = await parts.label(path);
      inFlight--;
      return settlement;
    };
    await backfill({ ...parts, label }, undefined, HOUR_MS);
    expect(peak).toBeLessThanOrEqual(parts.config.MAX_OUTSTANDING);
  });

  it.each([
    ["the model fails on", { reason: "inference-failed" }],
    ["changes all the time", { reason: "keeps-changing" }],
    ["Firestore refuses", { reason: "store-failed", error: new StoreError("too large", "request-invalid") }],
  ] as const)("skips a review that %s, logs it, and labels the others", async (_, nack) => {
    const { parts, unlabelled, entries } = await rig(100);
    const label = async (path: string): Promise<Settlement> =>
      path === pathOf(40) ? { outcome: "retried", ...nack } : parts.label(path);
    expect(await backfill({ ...parts, label }, undefined, HOUR_MS)).toBeUndefined();
    expect(await unlabelled()).toBe(1);
    expect(entries).toContainEqual(expect.objectContaining({ message: "review skipped", path: pathOf(40) }));
    expect(entries).toContainEqual(
      expect.objectContaining({ message: "backfill", read: 100, settled: 99, skipped: 1, done: true }),
    );
  });

  it("does not accept a token of another collection", async () => {
    const { parts } = await rig(2_500);
    const token = await backfill(parts, undefined, 0);
    const config = readConfig({ GOOGLE_CLOUD_PROJECT: "demo-shop", REVIEWS_PATH: "opinions/{opinion}" });
    await expect(backfill({ ...parts, config }, token, HOUR_MS)).rejects.toThrow("REVIEWS_PATH was reviews/{review}");
  });
});
