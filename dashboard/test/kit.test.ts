/**
 * The dashboard's own queries, under the rules, about reviews that the Firebase function kit has labelled: nothing tells them from
 * those of the worker.
 */
import { rm } from "node:fs/promises";
import { getDocs } from "firebase/firestore";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadRules } from "../../shared/backends/emulators.ts";
import { FirestoreStore } from "../../shared/backends/firestore.ts";
import { encodeMessage } from "../../shared/publisher.ts";
import { emulatorEnv, uniqueOptions } from "../../test/backends.ts";
import { Eventarc, installKit, KitFunction } from "../../test/packages/kit-project.ts";
import { openClassifier, workerOptions } from "../../worker/cli/backend.ts";
import { readConfig } from "../../worker/config.ts";
import { Pipeline } from "../../worker/pipeline/pipeline.ts";
import { connect } from "../src/connect.ts";
import { countFailures, countTotals, countUnseen } from "../src/counts.ts";
import { readFilters } from "../src/filters.ts";
import { listPlan } from "../src/listing.ts";
import { failedPlan, planQuery } from "../src/plans.ts";
import { toReview } from "../src/review.ts";
import type { Settings } from "../src/settings.ts";
import { RULES } from "./security-rules.ts";
import { SETTINGS } from "./shop-settings.ts";

const TEXTS: readonly unknown[] = [
  "Wonderful, I love it.",
  "Terrible. It broke at once, do not buy.",
  "The parcel arrived on Tuesday. It contains two cables and a manual.",
  "Not bad at all &amp; cheap, though the second one I bought broke within a week.",
  "Das Gerät ist leider schon nach einem Tag kaputt gegangen, sehr schade.",
  "",
  42,
  undefined,
];

describe.skipIf(emulatorEnv() === undefined)("reviews labelled by the function kit", { timeout: 120_000 }, () => {
  const host = String(emulatorEnv()?.FIRESTORE_EMULATOR_HOST);
  const options = uniqueOptions();
  const { projectId } = options;
  const paths = TEXTS.map((_, i) => `reviews/r${i}`);
  let folder: string | undefined;
  let instance: KitFunction | undefined;
  let store: FirestoreStore;

  beforeAll(async () => {
    store = new FirestoreStore({ ...options, emulatorHost: host });
    await store.put(TEXTS.map((text, i) => ({ path: `reviews/r${i}`, fields: text === undefined ? {} : { text } })));
    await store.put(TEXTS.map((text, i) => ({ path: `others/r${i}`, fields: text === undefined ? {} : { text } })));
    ({ folder } = await installKit());
    instance = await KitFunction.start(folder, "classifyReviews", {
      env: {
        FIRESTORE_EMULATOR_HOST: host,
        GCLOUD_PROJECT: projectId,
        FIREBASE_CONFIG: JSON.stringify({ projectId }),
        REVIEWS_PATH: "reviews/{review}",
      },
    });
    const eventarc = new Eventarc(store.firestore, projectId);
    eventarc.target = instance;
    const statuses = await Promise.all(paths.map(async (path) => eventarc.deliver(path, await eventarc.event(path))));
    expect(new Set(statuses)).toEqual(new Set([204]));
  }, 240_000);
  afterAll(async () => {
    await instance?.kill();
    await store?.close();
    if (folder !== undefined) await rm(folder, { recursive: true });
  });

  test("have the same result, field for field, as those that the worker has labelled", async () => {
    const config = readConfig({ REVIEWS_PATH: "others/{review}", INFERENCE_THREADS: "1" });
    const classifier = await openClassifier(config);
    const pipeline = new Pipeline({ queue: { deadLetter: async () => {} }, store, classifier }, workerOptions(config));
    for (const path of paths) {
      const other = path.replace("reviews", "others");
      const data = encodeMessage({ path: other });
      await pipeline.process({ id: "", data, attributes: {}, publishTime: undefined });
      const [ofKit, ofWorker] = await Promise.all([store.get(path), store.get(other)]);
      expect(ofWorker?.sentiment).toBeDefined();
      expect(ofKit).toEqual(alike(ofWorker));
    }
    await classifier.close();
  });

  test("are found by the page's queries, as the rules allow to whoever may read", async () => {
    const settings: Settings = {
      ...SETTINGS,
      emulator: { host, projectId, claim: "read" },
    };
    await loadRules(host, projectId, RULES);
    const { db } = await connect(settings);
    const filters = readFilters(new URLSearchParams());
    const period = { from: new Date(Date.now() - 3_600_000) };

    const totals = (await countTotals(db, settings, filters, period)).value;
    expect(totals.labelled).toBe(4);
    expect((await countFailures(db, settings, filters, period)).value).toEqual({ attention: 3, unread: 1 });
    expect((await countUnseen(db, settings)).value).toEqual({ otherLabels: 0, waiting: 0, undated: 0 });

    const listed = await getDocs(planQuery(db, settings, listPlan(filters, settings, period)));
    const failed = await getDocs(planQuery(db, settings, failedPlan(filters, period)));
    const reviews = [...listed.docs, ...failed.docs].map((document) => toReview(document, settings));
    expect(reviews.map(({ path }) => path).toSorted()).toEqual(paths);
    for (const { label, error, ...review } of reviews) {
      expect(review).toMatchObject({ model: expect.any(String), classifiedAt: expect.any(Date) });
      if (error === undefined) expect(review).toMatchObject({ score: expect.any(Number), scores: { length: 3 } });
      expect([label, error?.code].filter((one) => one !== undefined)).toHaveLength(1);
    }
  });
});

/** A matcher for the same document, labelled at another time. A kernel may round a probability in another way. */
function alike(document: Record<string, unknown> | undefined): unknown {
  const matcher = (value: unknown, key: string): unknown => {
    if (key === "classifiedAt") return expect.objectContaining({ toDate: expect.any(Function) });
    if (typeof value === "number") return expect.closeTo(value, 5);
    return typeof value === "object" && value !== null ? mapped(value) : value;
  };
  const mapped = (fields: object): Record<string, unknown> =>
    Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, matcher(value, key)]));
  return mapped(document ?? {});
}
