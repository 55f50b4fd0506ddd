/**
 * Measures how long the page takes to show many reviews, and how many reads that costs:
 *
 *     node dashboard/bench.ts [REVIEWS [PAGES]]
 *
 * Needs Google's emulators and a browser. The emulator has no indexes like Firestore's: it looks at all documents for each query and
 * each count, so that these take longer here than on Google Cloud.
 */

import { readFile } from "node:fs/promises";
import { findEmulators, loadRules, startEmulators } from "../shared/backends/emulators.ts";
import { FirestoreStore } from "../shared/backends/firestore.ts";
import { serveDashboard } from "./serve.ts";
import { launchChromium } from "./test/chromium.ts";

const REVIEWS = Number(process.argv[2] ?? 100_000);
const PAGES = Number(process.argv[3] ?? 3);
const BATCH = 1_000;
const DAY_MS = 24 * 60 * 60_000;

const jars = await findEmulators();
if (typeof jars === "string") throw new Error(jars);
const emulators = await startEmulators(jars);
try {
  const projectId = "demo-bench";
  const store = new FirestoreStore({
    projectId,
    emulatorHost: emulators.firestoreHost,
    textField: "text",
    resultField: "sentiment",
  });
  const started = performance.now();
  for (let first = 0; first < REVIEWS; first += BATCH)
    await store.put(Array.from({ length: Math.min(BATCH, REVIEWS - first) }, (_, i) => reviewOf(first + i)));
  console.log(`${REVIEWS} reviews stored in ${((performance.now() - started) / 1000).toFixed(0)} s`);
  // What one query takes by itself: the page cannot be faster than the emulator.
  const reviews = store.firestore.collection("reviews");
  for (const [what, ask] of [
    ["the newest 25", () => reviews.orderBy("sentiment.classifiedAt", "desc").limit(25).get()],
    ["a count of one label", () => reviews.where("sentiment.label", "==", "NEGATIVE").count().get()],
  ] as const) {
    await ask();
    const asked = performance.now();
    await ask();
    console.log(`${what}, by Google's client alone: ${((performance.now() - asked) / 1000).toFixed(2)} s`);
  }
  await store.close();
  await loadRules(
    emulators.firestoreHost,
    projectId,
    await readFile(new URL("../firestore.rules", import.meta.url), "utf8"),
  );
  const served = await serveDashboard(
    {
      collection: "reviews",
      textField: "text",
      resultField: "sentiment",
      ratingField: "rating",
      groupField: "product",
      database: "(default)",
      labels: ["NEGATIVE", "NEUTRAL", "POSITIVE"],
      negative: "NEGATIVE",
      emulator: { host: emulators.firestoreHost, projectId },
    },
    0,
  );
  const browser = await launchChromium();
  for (let i = 0; i < PAGES; i++) {
    const page = await browser.newPage();
    page.setDefaultTimeout(300_000);
    let counts = 0;
    page.on("request", (request) => {
      if (request.url().includes(":runAggregationQuery")) counts++;
    });
    await page.goto(served.url, { waitUntil: "load" });
    const loaded = performance.now();
    const shown = async (selector: string): Promise<string> => {
      await page.locator(selector).first().waitFor();
      return `${((performance.now() - loaded) / 1000).toFixed(2)} s`;
    };
    const [list, totals, chart] = await Promise.all([
      shown("#newest .review"),
      shown(".totals.main:not(.pending)"),
      shown("#timeline canvas"),
    ]);
    await page.waitForFunction(() => document.querySelectorAll("[aria-busy=true]").length === 0);
    const reads = await page.locator(".reads").innerText();
    console.log(`after the load: list ${list}, totals ${totals}, chart ${chart}; ${counts} counts. ${reads}`);
    await page.close();
  }
  await browser.close();
  await served.close();
} finally {
  await emulators.stop();
}

/** A year of reviews, evenly: the last day has 1 of 365. */
function reviewOf(i: number) {
  const label = ["NEGATIVE", "NEUTRAL", "POSITIVE", "POSITIVE"][i % 4] as string;
  const at = new Date(Date.now() - ((i * 0.618034) % 1) * 365 * DAY_MS);
  const product = `Product ${i % 40}`;
  const text = `Review ${i} of ${product.toLowerCase()}.`;
  const sentiment = { label, score: 0.5 + ((i * 0.37) % 0.5), model: "lite@4", textHash: `h${i}`, classifiedAt: at };
  return { path: `reviews/r${i}`, fields: { text, product, rating: 1 + (i % 5), sentiment } };
}
