/**
 * Measures how long the page takes to show many reviews, and how many reads that costs:
 *
 *     node dashboard/bench.ts [REVIEWS [PAGES]]
 *
 * Needs Google's emulators and a browser. The emulator has no indexes like Firestore's: it looks at all documents for each query and
 * each count, so that these take longer here than on Google Cloud. So each page comes with what its first query takes without a page.
 */

import { readFile } from "node:fs/promises";
import { initializeApp } from "firebase/app";
import {
  connectFirestoreEmulator,
  getFirestore,
  limit,
  onSnapshot,
  type Query,
  query,
  terminate,
} from "firebase/firestore";
import { findEmulators, loadRules, startEmulators } from "../shared/backends/emulators.ts";
import { FirestoreStore } from "../shared/backends/firestore.ts";
import { serveDashboard } from "./serve.ts";
import { NO_FILTERS, periodOf } from "./src/filters.ts";
import { documentsQuery, labelledPlan, planQuery } from "./src/plans.ts";
import { LIST_LENGTH } from "./src/use-list.ts";
import { launchChromium } from "./test/chromium.ts";
import { shopSettings } from "./test/shop-settings.ts";

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
  await store.close();
  await loadRules(
    emulators.firestoreHost,
    projectId,
    await readFile(new URL("../firestore.rules", import.meta.url), "utf8"),
  );
  const settings = shopSettings({ host: emulators.firestoreHost, projectId });
  // The page's client and rules, in this process.
  const db = getFirestore(initializeApp({ projectId }));
  const [host, port] = emulators.firestoreHost.split(":") as [string, string];
  connectFirestoreEmulator(db, host, Number(port), { mockUserToken: { sub: "bench", reviews: "read" } });
  const plan = labelledPlan(settings.labels, NO_FILTERS, periodOf(NO_FILTERS, new Date()));
  /** How long the first answer to a listener takes, in seconds. */
  const answer = async (all: Query): Promise<string> => {
    const asked = performance.now();
    await new Promise<void>((resolve, reject) => {
      const stop = onSnapshot(
        query(all, limit(LIST_LENGTH)),
        { includeMetadataChanges: true },
        ({ metadata }) => {
          if (metadata.fromCache) return;
          stop();
          resolve();
        },
        reject,
      );
    });
    return `${((performance.now() - asked) / 1000).toFixed(2)} s`;
  };
  const served = await serveDashboard(settings, 0);
  const browser = await launchChromium();
  for (let i = 0; i < PAGES; i++) {
    console.log(
      `without a page: the list ${await answer(documentsQuery(db, settings, plan))}, as Google Cloud is asked for it ${await answer(planQuery(db, settings, plan))}`,
    );
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
      shown(".totals.main:not(:has(.pending))"),
      shown("#timeline canvas"),
    ]);
    await page.waitForFunction(() => document.querySelectorAll("[aria-busy=true]").length === 0);
    const reads = await page.locator(".reads").innerText();
    console.log(`after the load: list ${list}, totals ${totals}, chart ${chart}; ${counts} counts. ${reads}`);
    await page.close();
  }
  await browser.close();
  await served.close();
  await terminate(db);
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
