/** The dashboard in a real browser, on Google's emulators, with a worker that labels published reviews. */
import { mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Browser, BrowserContextOptions, Locator, Page, Request } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { resolveModel } from "../../model/named-models.ts";
import { OnnxClassifier } from "../../model/onnx-classifier.ts";
import { loadRules } from "../../shared/backends/emulators.ts";
import { type EmulatorBackend, openEmulators } from "../../shared/backends/open.ts";
import { PathTemplate } from "../../shared/path.ts";
import { QueuePublisher } from "../../shared/publisher.ts";
import { emulatorEnv, uniqueOptions } from "../../test/backends.ts";
import { CliProcess, eventually, run } from "../../test/process.ts";
import { openDashboard } from "../../worker/cli/dashboard-server.ts";
import { readConfig } from "../../worker/config.ts";
import { Worker } from "../../worker/worker.ts";
import { type ServedDashboard, serveDashboard } from "../serve.ts";
import type { Settings } from "../src/settings.ts";
import { launchChromium } from "./chromium.ts";
import { DashboardPage, SCREENSHOTS, shows, TIMEOUT_MS } from "./page.ts";
import { NO_RULES, RULES } from "./security-rules.ts";
import { SETTINGS } from "./shop-settings.ts";
import { TcpProxy } from "./tcp-proxy.ts";

const REVIEWS_PATH = "reviews/{review}";
const WORKER = {
  labelSettings: { neutral: "on" as const },
  reviewsPath: PathTemplate.parse(REVIEWS_PATH),
  maxBatchReviews: 8,
  maxConcurrentBatches: 2,
  maxOutstanding: 16,
};
const LABELS = { NEGATIVE: "Broke after a day.", NEUTRAL: "It is a kettle.", POSITIVE: "My new favourite kettle." };

// One retry: browser, emulators and other tests share two cores. A test that fails twice fails for another reason.
describe.skipIf(emulatorEnv() === undefined)("the dashboard", { timeout: 240_000, retry: 1 }, () => {
  let browser: Browser;
  let backend: EmulatorBackend;
  /** Absent in tests that store results themselves. */
  let worker: Worker | undefined;
  let classifier: OnnxClassifier;
  let proxy: TcpProxy;
  let served: ServedDashboard;
  const settings: Settings = { ...SETTINGS };
  let shop: DashboardPage;
  let page: Page;
  /** The errors of the page's script. */
  let pageErrors: string[];

  beforeAll(async () => {
    browser = await launchChromium();
    await mkdir(SCREENSHOTS, { recursive: true });
    const { folder, ...model } = await resolveModel("lite");
    classifier = await OnnxClassifier.open(folder, { ...model, threads: 1 });
    served = await serveDashboard(settings, 0);
  }, 240_000);
  afterAll(async () => {
    await browser?.close();
    await served?.close();
    await classifier?.close();
  });

  beforeEach(async () => {
    backend = await emulators();
    worker = undefined;
    await loadRules(backend.firestoreHost, backend.projectId, RULES);
    proxy = await new TcpProxy(backend.firestoreHost).listen();
    settings.emulator = { host: proxy.host, projectId: backend.projectId };
    page = await open();
  });
  afterEach(async () => {
    await page?.context().close();
    await worker?.stop(5_000);
    await proxy?.cut();
    await backend?.close();
  });

  async function emulators(): Promise<EmulatorBackend> {
    const opened = await openEmulators(uniqueOptions(), emulatorEnv());
    if (typeof opened === "string") throw new Error(opened);
    return opened;
  }

  async function open(query = "", options: BrowserContextOptions = {}): Promise<Page> {
    shop = await DashboardPage.open(browser, served.url + query, options);
    pageErrors = shop.errors;
    return shop.page;
  }

  /** Stores a review and publishes its path, like an application. */
  async function publish(id: string, fields: Record<string, unknown>): Promise<void> {
    if (worker === undefined) {
      worker = new Worker({ ...backend, classifier }, WORKER);
      await worker.start();
    }
    await backend.store.put([{ path: `reviews/${id}`, fields }]);
    const publisher = new QueuePublisher({ reviewsPath: REVIEWS_PATH, queue: backend.queue });
    await publisher.publishReview(`reviews/${id}`);
  }

  /** Stores a review with a result, as if a worker had labelled it `minutesAgo`. */
  async function store(
    id: string,
    label: keyof typeof LABELS,
    minutesAgo: number,
    more = {},
    text = LABELS[label],
  ): Promise<void> {
    const classifiedAt = new Date(Date.now() - minutesAgo * 60_000);
    const sentiment = { label, score: 0.95, model: "lite@1", textHash: "…", classifiedAt, ...more };
    await backend.store.put([{ path: `reviews/${id}`, fields: { text: `${id}: ${text}`, sentiment } }]);
  }

  /** @returns their ids, newest first */
  async function storeMany(count: number): Promise<string[]> {
    const stored = Array.from({ length: count }, (_, i) => `r${String(i).padStart(2, "0")}`);
    await Promise.all(stored.map((id, i) => store(id, "POSITIVE", i + 1)));
    return stored;
  }

  const newest = (): Locator => shop.newest();
  const failed = (): Locator => shop.failed();
  const filter = (name: string): Locator => shop.filter(name);
  const moreFilters = (): Promise<void> => page.getByText("More filters").click();
  const ids = (): Promise<string[]> => shop.ids();
  const total = (name: string): Promise<string> => shop.total(name);
  const focused = (): Promise<string> => shop.focused();
  const violations = (): Promise<string[]> => shop.violations();

  test("shows and counts labels as they arrive, without a reload", async () => {
    await page.getByText("No labelled review in the last 24 hours").waitFor();
    await page.evaluate(() => Object.assign(window, { notReloaded: true }));

    await publish("bad", { text: LABELS.NEGATIVE });
    await newest().getByText("NEGATIVE").waitFor();
    await publish("good", { text: LABELS.POSITIVE });
    await publish("good too", { text: LABELS.POSITIVE });
    await shows(() => newest().count(), 3);
    await shows(() => Promise.all([total("labelled"), total("Negative"), total("Positive")]), ["3", "1", "2"]);
    await page.getByText("As a table").click();
    await shows(() => page.locator("#timeline tbody tr").last().locator("td").allInnerTexts(), ["1", "0", "2", "–"]);
    expect(await page.evaluate(() => "notReloaded" in window)).toBe(true);
    expect(pageErrors).toEqual([]);

    const refusal = { error: { code: 400, status: "FAILED_PRECONDITION", message: "The query requires an index." } };
    await page.route("**/*:runAggregationQuery", (route) => route.fulfill({ status: 400, json: refusal }));
    await publish("one more", { text: LABELS.POSITIVE });
    const notice = "Counting failed just now (failed-precondition)";
    await page.locator("section:has(.totals)").getByText(notice).waitFor();
    await page.locator("#timeline").getByText(notice).waitFor();
    await shows(() => newest().count(), 4);
    expect(await total("labelled")).toBe("3");
  });

  test("asks for the list first and alone, and counts the rest with few queries", async () => {
    const minutes = Array.from({ length: 40 }, (_, i) => 30 * i);
    await Promise.all(minutes.map((ago) => store(`r${ago}`, ago % 90 === 0 ? "NEGATIVE" : "POSITIVE", ago)));
    let counts = 0;
    page.on("request", (request) => {
      if (request.url().endsWith(":runAggregationQuery")) counts++;
    });
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    await page.route("**/google.firestore.v1.Firestore/Listen/**", async (route) => {
      await released;
      await route.continue();
    });
    await page.reload();
    // Without those of the page before, which saw the reviews arrive.
    counts = 0;
    await page.locator("#newest .skeleton").waitFor();
    await sleep(2_000);
    expect(counts).toBe(0);

    release();
    await shows(() => newest().count(), 25);
    await page.getByText("As a table").click();
    await shows(() => page.locator("#timeline tbody tr").count(), 24);
    await shows(() => page.locator("[aria-busy=true]").count(), 0);
    const cells = await page.locator("#timeline tbody td:nth-of-type(-n + 3)").allInnerTexts();
    expect(cells.reduce((sum, cell) => sum + Number(cell), 0)).toBe(40);
    expect(await total("labelled")).toBe("40");
    // One for each label now and before, what is done, and four about all time; the chart's documents are read.
    expect(counts).toBeLessThanOrEqual(11);
  });

  test("counts nothing again until everything has been counted once, however long that takes", async () => {
    await store("a", "POSITIVE", 1);
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    let held = 0;
    let others = 0;
    await page.route("**/*:runAggregationQuery", async (route) => {
      // What is done.
      const isHeld = route.request().postData()?.includes("triage");
      if (isHeld) {
        held++;
        await released;
      } else others++;
      await route.continue();
    });
    await page.goto(`${served.url}?range=7d`);
    await eventually(async () => held > 0, TIMEOUT_MS);
    await shows(() => total("labelled"), "1");
    // The counts that run beside it.
    await page.waitForTimeout(1_000);
    const before = others;
    const tick = (): Promise<unknown> => page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    await tick();
    // Longer than the minimum interval between two counts.
    await page.waitForTimeout(2_500);
    expect({ held, others: others - before }).toEqual({ held: 1, others: 0 });

    release();
    await eventually(async () => {
      await tick();
      return held > 1 && others > before;
    }, TIMEOUT_MS);
  });

  test("does not change while it is paused, and says how many results are new", async () => {
    await store("first", "POSITIVE", 2);
    await shows(() => Promise.all([newest().count(), total("labelled")]), [1, "1"]);
    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByRole("status").getByText("Paused").waitFor();
    await store("second", "NEGATIVE", 1);
    await publish("empty", { text: "" });
    await page.getByRole("button", { name: "Resume (2 new)" }).waitFor();
    expect(await Promise.all([newest().count(), failed().count(), total("labelled")])).toEqual([1, 0, "1"]);
    await page.getByRole("button", { name: "Resume" }).click();
    await shows(() => Promise.all([newest().count(), failed().count(), total("labelled")]), [2, 1, "2"]);

    await page.getByRole("button", { name: "Pause" }).click();
    await store("third", "POSITIVE", 0);
    await page.getByRole("button", { name: "Resume (1 new)" }).waitFor();
    await filter("Time").selectOption("last hour");
    await page.getByRole("button", { name: "Pause" }).waitFor();
    await shows(() => newest().count(), 3);
  });

  test("keeps the focus in the list when the focused row disappears", async () => {
    await store("a", "NEGATIVE", 1);
    await store("b", "NEGATIVE", 2);
    await store("c", "NEGATIVE", 3);
    await shows(() => newest().count(), 3);
    await newest().nth(1).focus();
    await backend.store.delete("reviews/b");
    await shows(focused, `c: ${LABELS.NEGATIVE}`);
    await backend.store.delete("reviews/c");
    await shows(focused, `a: ${LABELS.NEGATIVE}`);
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").getByText(LABELS.NEGATIVE).waitFor();
    await backend.store.delete("reviews/a");
    await shows(() => newest().count(), 0);
    await page.keyboard.press("Escape");
    await shows(focused, "Newest reviews");
  });

  test("counts nothing while it is hidden, and follows the time when it is visible", async () => {
    await page.goto(`${served.url}?range=15m`);
    await store("early", "POSITIVE", 10);
    await shows(() => Promise.all([newest().count(), total("labelled")]), [1, "1"]);

    let asked = 0;
    let answered = 0;
    const isCount = (request: Request): boolean => request.url().endsWith(":runAggregationQuery");
    page.on("request", (request) => {
      if (isCount(request)) asked++;
    });
    page.on("requestfinished", (request) => {
      if (isCount(request)) answered++;
    });
    const show = (hidden: boolean): Promise<void> =>
      page.evaluate((hidden) => {
        Object.defineProperty(document, "hidden", { configurable: true, value: hidden });
        document.dispatchEvent(new Event("visibilitychange"));
      }, hidden);
    /** Counts that have started are finished. */
    const calm = async (): Promise<boolean> => {
      const before = answered;
      await page.waitForTimeout(500);
      return answered === before && answered >= asked;
    };
    await show(true);
    await eventually(calm, TIMEOUT_MS);
    const before = asked;
    await store("late", "POSITIVE", 0);
    await shows(() => newest().count(), 2);
    // Longer than the minimum interval between two counts.
    await page.waitForTimeout(2_000);
    expect({ asked: asked - before, labelled: await total("labelled") }).toEqual({ asked: 0, labelled: "1" });

    await page.clock.setFixedTime(Date.now() + 10 * 60_000);
    await show(false);
    await shows(
      () => Promise.all([newest().locator(".excerpt").allInnerTexts(), total("labelled")]),
      [[`late: ${LABELS.POSITIVE}`], "1"],
    );
    expect(pageErrors).toEqual([]);
  });

  test("follows the configuration: collections under shops, another field, NEUTRAL, and labels that it does not list", async () => {
    const config = readConfig({
      REVIEWS_PATH: "shops/{shop}/feedback/{review}",
      RESULT_FIELD: "mood",
      NEUTRAL_BELOW: "0.7",
    });
    const dashboard = await openDashboard(backend, config, ["NEGATIVE", "NEUTRAL", "POSITIVE"], 0);
    try {
      await page.goto(dashboard.url);
      await page.getByText("No labelled review in the last 24 hours").waitFor();
      // "OTHER" is between the labels that the page lists, "MIXED" is not.
      const labels = ["NEGATIVE", "NEUTRAL", "MIXED", "OTHER", undefined];
      await backend.store.put(
        labels.map((label, i) => {
          const mood = { label, score: 0.6, model: "other@1", textHash: "…", classifiedAt: new Date() };
          const fields = { text: `Text ${i}.`, ...(label !== undefined && { mood }) };
          return { path: `shops/s${i}/feedback/r${i}`, fields };
        }),
      );
      await shows(
        () =>
          newest()
            .locator(".badge")
            .allInnerTexts()
            .then((badges) => badges.toSorted()),
        ["Negative", "Neutral"],
      );
      await shows(
        () => page.locator(".total .name").allTextContents(),
        [
          "labelled",
          ...["Negative", "Neutral", "Positive"],
          "mean sentiment",
          "need attention",
          "in other languages",
          "not labelled yet",
          "other labels",
        ],
      );
      await shows(
        () => page.locator(".total .count").allInnerTexts(),
        ["2", "1", "1", "0", "-0.3", "0", "0", "1", "2"],
      );
      expect(await filter("Label").locator("option").allInnerTexts()).toEqual([
        "any",
        "Negative",
        "Neutral",
        "Positive",
      ]);
      expect(await violations()).toEqual([]);
    } finally {
      await dashboard.close();
    }
  });

  test("says which reviews need attention, why, and how many are not labelled yet", async () => {
    await publish("empty", { text: " " });
    await publish("none", { title: "No text at all" });
    await shows(
      () =>
        failed()
          .locator(".badge")
          .allInnerTexts()
          .then((codes) => codes.toSorted()),
      ["empty text", "no text"],
    );
    await failed().filter({ hasText: "no text" }).getByText("The review has no text field.").waitFor();
    await backend.store.put([{ path: "reviews/later", fields: { text: "Not published." } }]);
    await shows(() => Promise.all([total("need attention"), total("not labelled yet")]), ["2", "1"]);
    await failed().filter({ hasText: "no text" }).click();
    await page.getByRole("dialog").getByText("Check that the application writes it").waitFor();
  });

  test("shows every label's probability, and the score alone of a result that has no probabilities", async () => {
    await store("old", "POSITIVE", 2);
    const scores = { NEGATIVE: 0.02, NEUTRAL: 0.18, POSITIVE: 0.8 };
    await store("new", "POSITIVE", 1, { score: 0.8, scores });
    await newest().filter({ hasText: "new:" }).click();
    const dialog = page.getByRole("dialog");
    await shows(
      () => dialog.locator(".scores tr").allInnerTexts(),
      ["Positive\t0.80\t", "Neutral\t0.18\t", "Negative\t0.02\t"],
    );
    const widths = dialog.locator(".scores .bar > span");
    expect(await widths.evaluateAll((bars) => bars.map((bar) => (bar as HTMLElement).style.width))).toEqual([
      "80%",
      "18%",
      "2%",
    ]);
    expect(await violations()).toEqual([]);
    await page.keyboard.press("Escape");
    await newest().filter({ hasText: "old:" }).click();
    await dialog.locator(".verdict .score").getByText("0.95").waitFor();
    expect(await dialog.locator(".scores").count()).toBe(0);
  });

  test("counts reviews in languages that the model cannot read, and filters by language", async () => {
    const unread = { code: "language-unsupported", message: "The review is in a language that the model cannot read." };
    const failedIn = (language: string, minutesAgo: number) => ({
      path: `reviews/${language}`,
      fields: {
        text: `Text in ${language}.`,
        sentiment: {
          ...{ error: unread, language, model: "lite@1", textHash: "…" },
          classifiedAt: new Date(Date.now() - minutesAgo * 60_000),
        },
      },
    });
    await backend.store.put([failedIn("es", 1), failedIn("fr", 2)]);
    await store("english", "POSITIVE", 1, { language: "en" });
    await store("short", "POSITIVE", 2);
    await shows(
      () => Promise.all([total("labelled"), total("in other languages"), total("need attention")]),
      ["2", "2", "0"],
    );
    await shows(() => failed().locator(".language").allInnerTexts(), ["Spanish", "French"]);
    await filter("Language").fill("ES");
    await filter("Language").press("Enter");
    await shows(() => Promise.all([newest().count(), failed().count(), total("in other languages")]), [0, 1, "1"]);
    expect(new URL(page.url()).search).toBe("?language=es");
    await failed().click();
    await page.getByRole("dialog").getByText("Spanish (es)").waitFor();
    await page.keyboard.press("Escape");
    await filter("Language").fill("en");
    await filter("Language").press("Enter");
    await shows(() => Promise.all([newest().count(), failed().count(), total("labelled")]), [1, 0, "1"]);
  });

  test("shows a bar's reviews on a click, and all again on another", async () => {
    // While bars move, a click can meet another one.
    await page.emulateMedia({ reducedMotion: "reduce" });
    await store("now", "POSITIVE", 0);
    await store("earlier", "NEGATIVE", 5 * 60);
    await Promise.all(Array.from({ length: 12 }, (_, i) => store(`many${i}`, i < 9 ? "NEGATIVE" : "NEUTRAL", 8 * 60)));
    await page.getByText("As a table").click();
    const rows = page.locator("#timeline tbody tr");
    const cells = (row: Locator): Promise<string[]> => row.locator("td").allInnerTexts();
    await shows(() => cells(rows.last()), ["0", "0", "1", "–"]);
    const many = rows.filter({ hasText: "75%" });
    await shows(() => cells(many), ["9", "3", "0", "75%"]);
    await shows(() => Promise.all([newest().count(), total("labelled")]), [14, "14"]);

    await many.getByRole("button").click();
    await shows(() => Promise.all([newest().count(), total("labelled"), total("Negative")]), [12, "12", "9"]);
    expect(await rows.count()).toBe(24);
    const link = page.url();
    await page.reload();
    await shows(() => Promise.all([newest().count(), total("labelled")]), [12, "12"]);
    expect(page.url()).toBe(link);
    await page.getByRole("button", { name: "Show the last 24 hours" }).click();
    await shows(() => Promise.all([newest().count(), total("labelled")]), [14, "14"]);

    // The last bar, in the picture.
    const box = (await page.locator("#timeline canvas").boundingBox()) as NonNullable<
      Awaited<ReturnType<Locator["boundingBox"]>>
    >;
    const last = { x: box.width - 55, y: box.height - 60 };
    await page.locator("#timeline canvas").click({ position: last });
    await shows(() => newest().locator(".excerpt").allInnerTexts(), [`now: ${LABELS.POSITIVE}`]);
    expect(await violations()).toEqual([]);
    await page.locator("#timeline canvas").click({ position: last });
    await shows(() => newest().count(), 14);
    expect(pageErrors).toEqual([]);
  });

  test("sorts by worst and by least certain, and says which filters that excludes", async () => {
    await store("bad", "NEGATIVE", 3, { score: 0.8 });
    await store("worst", "NEGATIVE", 2, { score: 0.99 });
    await store("unsure", "POSITIVE", 1, { score: 0.51 });
    await shows(ids, ["unsure", "worst", "bad"]);
    const sort = page.getByLabel("Sort by");
    await sort.selectOption("worst");
    await shows(ids, ["worst", "bad"]);
    await page.getByRole("heading", { name: "Worst reviews: NEGATIVE" }).waitFor();
    await sort.selectOption("least certain");
    await filter("Label").selectOption("any");
    await shows(ids, ["unsure", "bad", "worst"]);
    expect(new URL(page.url()).search).toBe("?sort=uncertain");
    await moreFilters();
    await filter("Model").fill("lite@1");
    await filter("Model").press("Enter");
    await shows(ids, ["unsure", "worst", "bad"]);
    expect(await sort.inputValue()).toBe("newest");
  });

  test("loads older reviews on request, and keeps them when new ones arrive", async () => {
    const stored = await storeMany(60);
    const more = page.getByRole("button", { name: "Show more" });
    await shows(() => newest().count(), 25);
    await more.click();
    await shows(() => newest().count(), 60);
    await store("new", "NEGATIVE", 0);
    const all = ["new", ...stored];
    await shows(ids, all);
    expect(await more.count()).toBe(0);
    await newest().last().click();
    await page.getByRole("dialog").getByRole("button", { name: "Mark as done" }).click();
    await page.getByRole("dialog").getByText("Done", { exact: true }).waitFor();
    await page.keyboard.press("Escape");
    await newest().last().getByText("✓ done").waitFor();
    await backend.store.delete("reviews/r03");
    await shows(
      ids,
      all.filter((id) => id !== "r03"),
    );
  });

  test("loads more below a review whose label has become an error since it was loaded", async () => {
    await storeMany(80);
    const more = page.getByRole("button", { name: "Show more" });
    await shows(() => newest().count(), 25);
    await more.click();
    await shows(() => newest().count(), 75);
    await newest().last().click();
    await page.getByRole("dialog").getByText("r74:").waitFor();
    await publish("r74", { text: " " });
    await shows(() => newest().count(), 74);
    await page.keyboard.press("Escape");
    await more.click();
    await shows(() => newest().count(), 79);
  });

  test("a review has an address, and its neighbours are one key away", async () => {
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    for (const [i, id] of ["a", "b", "c"].entries()) await store(id, "POSITIVE", i + 1);
    await newest().nth(1).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("heading", { name: "reviews/b" }).waitFor();
    await dialog.getByRole("button", { name: "Next" }).click();
    await dialog.getByText(`c: ${LABELS.POSITIVE}`).waitFor();
    await page.keyboard.press("k");
    await page.keyboard.press("k");
    await dialog.getByText(`a: ${LABELS.POSITIVE}`).waitFor();
    await page.keyboard.press("k");
    expect(new URL(page.url()).searchParams.get("review")).toBe("reviews/a");
    await dialog.getByRole("button", { name: "Copy link" }).click();
    await dialog.getByText("Copied.").waitFor();
    const link = await page.evaluate(() => navigator.clipboard.readText());
    expect(link).toBe(page.url());
    expect(await violations()).toEqual([]);

    await page.keyboard.press("Escape");
    await shows(focused, `a: ${LABELS.POSITIVE}`);
    expect(new URL(page.url()).search).toBe("");
    await page.goto(link);
    await dialog.getByText(`a: ${LABELS.POSITIVE}`).waitFor();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await newest().nth(2).click();
    await dialog.waitFor();
    await page.goBack();
    await dialog.waitFor({ state: "detached" });
    await shows(focused, `c: ${LABELS.POSITIVE}`);
    await page.goto(`${served.url}?review=reviews`);
    await shows(() => newest().count(), 3);
    expect(await dialog.count()).toBe(0);
    expect(pageErrors).toEqual([]);
  });

  test("says that nothing is known if Firestore cannot be reached from the start", async () => {
    await store("there", "POSITIVE", 1);
    await shows(() => newest().count(), 1);
    await proxy.cut();
    await page.reload();
    await page.getByRole("alert").getByText("Firestore cannot be reached.").waitFor();
    await shows(() => page.getByText("Not known: Firestore cannot be reached.").count(), 4);
    expect(await page.getByText(/^No |^None /).count()).toBe(0);
    expect([...new Set(await page.locator(".total .count").allInnerTexts())]).toEqual(["–"]);
    await proxy.listen();
    await shows(() => Promise.all([newest().count(), total("labelled")]), [1, "1"]);
    await shows(() => page.getByText("Not known").count(), 0);
  });

  test("uses the time when a review was written, if the settings name its field", async () => {
    const dashboard = await serveDashboard({ ...settings, createdField: "meta.writtenAt" }, 0);
    try {
      const old = new Date(Date.now() - 3 * 24 * 60 * 60_000);
      const fields = (id: string, writtenAt: Date) => ({
        text: `${id}: ${LABELS.POSITIVE}`,
        meta: { writtenAt },
        sentiment: { label: "POSITIVE", score: 0.9, model: "lite@1", textHash: "…", classifiedAt: new Date() },
      });
      await backend.store.put([
        { path: "reviews/old", fields: fields("old", old) },
        { path: "reviews/new", fields: fields("new", new Date()) },
        { path: "reviews/undated", fields: { ...fields("undated", new Date()), meta: {} } },
        { path: "reviews/text", fields: { ...fields("text", new Date()), meta: { writtenAt: "2026-11-25" } } },
        { path: "reviews/later", fields: { text: "Not published." } },
      ]);
      await page.goto(dashboard.url);
      await shows(ids, ["new"]);
      await shows(() => total("labelled"), "1");
      await shows(
        () => Promise.all([total("not labelled yet"), total("without a time in meta.writtenAt")]),
        ["1", "2"],
      );
      await filter("Time").selectOption("last 7 days");
      await shows(ids, ["new", "old"]);
      expect(await newest().nth(1).locator("time").innerText()).toMatch(/3 days? ago/);
    } finally {
      await dashboard.close();
    }
  });

  test("opens with a time that has reviews if it opens without filters and the last day has none", async () => {
    await page.getByText("No labelled review in the last 24 hours").waitFor();
    await store("old", "POSITIVE", 60 * 24 * 60);
    await page.reload();
    await shows(ids, ["old"]);
    expect(new URL(page.url()).search).toBe("?range=12mo");
    expect(await filter("Time").inputValue()).toBe("12mo");
    // What a reader chooses stays.
    await filter("Time").selectOption("last 24 hours");
    await shows(ids, []);
    await page.goto(`${served.url}?label=POSITIVE`);
    await page.getByText("No review in the last 24 hours matches the filters.").waitFor();
    await page.waitForTimeout(1_000);
    expect(new URL(page.url()).search).toBe("?label=POSITIVE");
  });

  test("records what was decided about a review, and hides what is done", async () => {
    await store("a", "NEGATIVE", 1);
    await store("b", "NEGATIVE", 2);
    const decision = async (id: string) => (await backend.store.get(`reviews/${id}`))?.triage;
    await newest().first().click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("region", { name: "Follow-up" }).getByText("To do").waitFor();
    await dialog.getByLabel("Note").fill("j, e: refunded.");
    await dialog.getByRole("button", { name: "Assign to me" }).click();
    await dialog.getByText("assigned to emulator").waitFor();
    expect(await violations()).toEqual([]);
    await dialog.getByRole("heading").click();
    await page.keyboard.press("e");
    await dialog.getByText("Done", { exact: true }).waitFor();
    // The page shows the decision before the server has it.
    await eventually(async () => Object(await decision("a")).state === "done", TIMEOUT_MS);
    expect(await decision("a")).toMatchObject({
      state: "done",
      note: "j, e: refunded.",
      assignee: "emulator",
      by: "emulator",
    });
    await page.keyboard.press("j");
    await dialog.getByText(`b: ${LABELS.NEGATIVE}`).waitFor();
    expect(await dialog.getByLabel("Note").inputValue()).toBe("");
    await page.keyboard.press("e");
    await dialog.getByText("Done", { exact: true }).waitFor();
    await page.keyboard.press("u");
    await dialog.getByText("To do").waitFor();
    await page.keyboard.press("Escape");

    await newest().first().getByText("✓ done").waitFor();
    await page.getByLabel("Hide done").check();
    await shows(ids, ["b"]);
    expect(new URL(page.url()).search).toBe("?done=hide");
    await newest().first().click();
    await dialog.getByText("To do").waitFor();
    await page.keyboard.press("e");
    await shows(ids, []);
    await page.keyboard.press("Escape");
    await page.getByText("All 2 reviews loaded so far are done.").waitFor();
    // The worker's field is as it was.
    expect((await backend.store.get("reviews/a"))?.sentiment).toMatchObject({ label: "NEGATIVE", score: 0.95 });
    expect(pageErrors).toEqual([]);
  });

  test("says so if a decision could not be saved", async () => {
    await store("a", "NEGATIVE", 1);
    await newest().first().click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Mark as done" }).waitFor();
    await loadRules(backend.firestoreHost, backend.projectId, RULES.replaceAll("== 'write'", "== 'nobody'"));
    await dialog.getByRole("button", { name: "Mark as done" }).click();
    await dialog.getByRole("alert").getByText("Not saved").waitFor();
    await dialog.getByText("To do").waitFor();
  });

  test("says that a decision waits while the connection is lost, asks before it is closed, and confirms once it is stored", async () => {
    await store("a", "NEGATIVE", 1);
    await newest().first().click();
    const toast = shop.dialog().locator(".toast");
    await shop.dialog().getByLabel("Positive").waitFor();
    await proxy.cut();
    await shop.dialog().getByLabel("Positive").check();
    await toast.getByText("1 decision not saved yet").waitFor();
    await shop.dialog().getByRole("button", { name: "Mark as done" }).click();
    await toast.getByText("2 decisions not saved yet").waitFor();
    expect(await toast.innerText()).not.toMatch(/Corrected|Marked/);
    expect((await backend.store.get("reviews/a"))?.triage).toBeUndefined();
    const asked = page.waitForEvent("dialog");
    await page.close({ runBeforeUnload: true });
    expect((await asked).type()).toBe("beforeunload");
    await (await asked).dismiss();

    await proxy.listen();
    await toast.getByText("Marked as done.").waitFor();
    expect((await backend.store.get("reviews/a"))?.triage).toMatchObject({ label: "POSITIVE", state: "done" });
    // Now it closes without a question.
    page.on("dialog", (dialog) => expect.fail(dialog.type()));
    const closed = page.waitForEvent("close");
    await page.close({ runBeforeUnload: true });
    await closed;
  });

  test("filters by label, model, score and time, and keeps the filters in the address", async () => {
    await store("sure", "NEGATIVE", 1);
    await store("unsure", "NEGATIVE", 2, { score: 0.6 });
    await store("happy", "POSITIVE", 3);
    await store("old model", "POSITIVE", 4, { model: "lite@0" });
    await store("old", "NEGATIVE", 3 * 60);
    await shows(ids, ["sure", "unsure", "happy", "old model", "old"]);

    await filter("Time").selectOption("last hour");
    await shows(ids, ["sure", "unsure", "happy", "old model"]);
    await shows(() => total("labelled"), "4");

    await page.locator(".totals").getByRole("button", { name: "Positive" }).click();
    await shows(ids, ["happy", "old model"]);
    await moreFilters();
    await filter("Model").fill("lite@1");
    await filter("Model").press("Enter");
    await shows(ids, ["happy"]);
    await shows(() => total("labelled"), "3");

    await filter("Label").selectOption("any");
    await filter("Score to").fill("0.7");
    await filter("Score to").press("Enter");
    await shows(ids, ["unsure"]);
    await shows(() => total("labelled"), "1");
    expect(new URL(page.url()).search).toBe("?range=1h&model=lite%401&to=0.7");

    await page.reload();
    await shows(ids, ["unsure"]);
    await page.goBack();
    await shows(ids, ["sure", "unsure", "happy"]);

    await filter("Score from").fill("1.5");
    await filter("Score from").press("Enter");
    await page.getByRole("alert").getByText("Not applied: 0 to 1").waitFor();
    await shows(ids, ["sure", "unsure", "happy"]);
    await filter("Score from").fill("0.99");
    await filter("Score from").press("Enter");
    await page.getByText("No review in the last hour matches the filters.").waitFor();
    expect(await page.getByRole("alert").count()).toBe(0);
    await page.getByRole("button", { name: "Remove the filters" }).click();
    await shows(ids, ["sure", "unsure", "happy", "old model"]);
    await page.getByRole("button", { name: "Reset" }).click();
    await shows(ids, ["sure", "unsure", "happy", "old model", "old"]);

    await moreFilters();
    await filter("Model").fill("lite@");
    await publish("another", { text: LABELS.POSITIVE });
    await newest().getByText(LABELS.POSITIVE, { exact: true }).waitFor();
    expect(await filter("Model").inputValue()).toBe("lite@");
    expect(pageErrors).toEqual([]);
  });

  test("opens a review by keyboard, shows it live, and returns the focus", async () => {
    await publish("kettle", { text: LABELS.POSITIVE, product: { name: "Kettle" }, stars: 5 });
    await newest().first().waitFor();
    await page.locator("body").press("Tab");
    for (
      let i = 0;
      i < 20 &&
      !(await newest()
        .first()
        .evaluate((row) => row === document.activeElement));
      i++
    )
      await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");

    const dialog = page.getByRole("dialog", { name: "reviews/kettle" });
    await dialog.getByText(LABELS.POSITIVE).waitFor();
    expect(await dialog.innerText()).toMatch(/Positive.*[01]\.\d\d.*lite@\d.*\{"name":"Kettle"\}.*stars\s+5/s);

    await publish("kettle", { text: LABELS.NEGATIVE });
    await dialog.getByText(LABELS.NEGATIVE).waitFor();
    await dialog.locator(".badge").getByText("NEGATIVE").waitFor();
    await backend.store.delete("reviews/kettle");
    await dialog.getByText("This review no longer exists.").waitFor();
    // The list has its own listener: wait until the old row is gone.
    await shows(() => newest().count(), 0);

    await publish("kettle", { text: LABELS.POSITIVE });
    await newest().first().waitFor();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await newest().first().focus();
    await page.keyboard.press("Enter");
    await dialog.waitFor();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    expect(
      await newest()
        .first()
        .evaluate((row) => row === document.activeElement),
    ).toBe(true);
  });

  test("what is done while the browser still goes back from a closed review counts", async () => {
    await page.addInitScript(() => {
      const back = history.back.bind(history);
      history.back = () => void setTimeout(back, 500);
      addEventListener("popstate", () => document.body.setAttribute("data-returned", location.search));
    });
    await page.reload();
    await store("kettle", "POSITIVE", 1);
    await store("mug", "NEGATIVE", 2);
    await shows(ids, ["kettle", "mug"]);
    const dialog = page.getByRole("dialog");

    await newest().first().click();
    await dialog.waitFor();
    await page.keyboard.press("Escape");
    await newest().first().click();
    await page.locator("body[data-returned]").waitFor({ state: "attached" });
    await dialog.waitFor();

    await page.keyboard.press("Escape");
    await filter("Label").selectOption("Negative");
    await shows(async () => new URL(page.url()).search, "?label=NEGATIVE");
    await shows(ids, ["mug"]);
    expect(await dialog.count()).toBe(0);
    await page.goBack();
    await shows(ids, ["kettle", "mug"]);
    expect(new URL(page.url()).search).toBe("");
  });

  test("reports a lost connection, keeps its content, and continues by itself", async () => {
    await publish("before", { text: LABELS.POSITIVE });
    await shows(() => newest().count(), 1);
    await page.getByRole("status").getByText("Live").waitFor();

    await proxy.cut();
    await page.getByRole("alert").getByText("Firestore cannot be reached.").waitFor();
    await page.getByRole("status").getByText("Connection lost").waitFor();
    await publish("meanwhile", { text: LABELS.NEGATIVE });
    expect(await newest().count()).toBe(1);
    await page.screenshot({ path: `${SCREENSHOTS}lost.png` });

    await proxy.listen();
    await shows(() => newest().count(), 2);
    await page.getByRole("status").getByText("Live").waitFor();
    await page.getByRole("alert").waitFor({ state: "hidden" });
    await shows(() => total("Negative"), "1");
    expect(pageErrors).toEqual([]);
  });

  test("tells an account without the claim what it needs, and shows the reviews once it has it", async () => {
    await publish("one", { text: LABELS.POSITIVE });
    await loadRules(backend.firestoreHost, backend.projectId, NO_RULES);
    await page.reload();
    await page.getByRole("heading", { name: "This account may not read the reviews" }).waitFor();
    await page.getByText('reviews: "read"').waitFor();

    await loadRules(backend.firestoreHost, backend.projectId, RULES);
    await page.getByRole("button", { name: "Try again" }).click();
    await shows(() => newest().count(), 1);
  });

  test("says what to do if its settings are invalid", async () => {
    await page.route("**/settings.json", (route) => route.fulfill({ json: { collection: "reviews" } }));
    await page.reload();
    await page.getByText("Put textField, resultField, database, labels, negative into settings.json.").waitFor();
    await page.unroute("**/settings.json");
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByRole("heading", { name: "Newest reviews" }).waitFor();
  });

  test("asks to sign in unless it runs on the emulators", async () => {
    const { emulator: _, ...deployed } = settings;
    const firebase = { apiKey: "none", authDomain: "none", projectId: "none", appId: "none" };
    await page.route("**/settings.json", (route) => route.fulfill({ json: { ...deployed, firebase } }));
    await page.reload();
    await page.getByRole("button", { name: "Sign in with Google" }).waitFor();
    expect(await violations()).toEqual([]);

    await page.unroute("**/settings.json");
    await page.route("**/settings.json", (route) => route.fulfill({ json: deployed }));
    await page.reload();
    await page.getByText("Create a web app in the Firebase console").waitFor();
  });

  test("keeps the buttons of a long review in sight", async () => {
    await store("long", "NEGATIVE", 0, {}, "Broke again. ".repeat(500));
    await newest().filter({ hasText: "Broke again." }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText(/lite@\d/).waitFor();
    const done = await dialog.getByRole("button", { name: "Mark as done" }).boundingBox();
    expect((done?.y ?? 0) + (done?.height ?? 0)).toBeLessThan(page.viewportSize()?.height as number);
    // Where there is no room for everything, the header stays.
    await page.setViewportSize({ width: 360, height: 440 });
    // Not by a click, because Playwright scrolls before it.
    const { scrolled, above } = await dialog.evaluate((element) => {
      element.scrollTo(0, element.scrollHeight);
      const close = element.querySelector("button") as HTMLElement;
      const above = element.getBoundingClientRect().top - close.getBoundingClientRect().top;
      return { scrolled: element.scrollTop, above };
    });
    expect(scrolled).toBeGreaterThan(100);
    expect(above).toBeLessThan(0);
  });

  test("shows the demo's reviews as they arrive, until it is interrupted", async () => {
    const input = join(tmpdir(), `dashboard-${process.pid}.jsonl`);
    const rows = Array.from({ length: 8 }, (_, i) => ({ id: `d${i}`, text: LABELS[i % 2 ? "POSITIVE" : "NEGATIVE"] }));
    await writeFile(input, rows.map((row) => JSON.stringify(row)).join("\n"));
    const demo = new CliProcess(["demo", "--dashboard", "--input", input], emulatorEnv());
    try {
      await demo.prints("Dashboard: http");
      await page.goto(/Dashboard: (\S+)/.exec(demo.stdout)?.[1] as string);
      await shows(() => newest().count(), 8);
      await shows(() => Promise.all([total("labelled"), total("Negative")]), ["8", "4"]);
      await demo.prints("The dashboard stays open until Ctrl-C");
      expect(demo.stdout).toContain("8 reviews: 8 labelled");
      const { code, stderr } = await demo.kill("SIGINT");
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    } finally {
      demo.child.kill("SIGKILL");
    }
  });

  test("opens with all reviews of a file that are shown by their own dates", async () => {
    const input = join(tmpdir(), `dashboard-dates-${process.pid}.csv`);
    const rows = ["2023-02-03", "2024-06-01T23:30:00Z", "2024-11-30"].map(
      (date, i) => `d${i},${LABELS.NEGATIVE},${date}`,
    );
    await writeFile(input, `id,text,Fecha\n${rows.join("\n")}\n`);
    const dashboard = new CliProcess(["dashboard", "--input", input, "--created-field", "Fecha"], emulatorEnv());
    try {
      await dashboard.prints("Ctrl-C");
      await page.goto(/Dashboard of 3 reviews: (\S+)/.exec(dashboard.stdout)?.[1] as string);
      await shows(() => Promise.all([newest().count(), total("labelled")]), [3, "3"]);
    } finally {
      dashboard.child.kill("SIGKILL");
    }
  });

  test("one command opens it with the demo's reviews", async () => {
    const dashboard = new CliProcess(["dashboard"], emulatorEnv());
    try {
      await dashboard.prints("Ctrl-C");
      const url = /Dashboard of 158 reviews: (\S+)/.exec(dashboard.stdout)?.[1] as string;
      await page.emulateMedia({ reducedMotion: "reduce" });
      await page.goto(`${url}?range=7d`);
      // How many of them the model cannot read depends on the model.
      const counts = () => Promise.all(["labelled", "need attention", "in other languages"].map(total));
      await shows(async () => (await counts()).reduce((sum, count) => sum + Number(count), 0), 158);
      await page.locator("#timeline canvas").waitFor();
      await shows(() => page.locator("[aria-busy=true]").count(), 0);
      for (const [name, colorScheme, width, height] of [
        ["light", "light", 1280, 800],
        ["dark", "dark", 1280, 800],
        ["phone", "light", 390, 844],
        ["wide", "light", 1920, 1080],
      ] as const) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width, height });
        await page.screenshot({ path: `${SCREENSHOTS}${name}.png` });
      }
      await newest().first().click();
      await page
        .getByRole("dialog")
        .getByText(/lite@\d/)
        .waitFor();
      await page.screenshot({ path: `${SCREENSHOTS}detail.png` });
      expect((await dashboard.kill("SIGTERM")).code).toBe(0);
    } finally {
      dashboard.child.kill("SIGKILL");
    }
  });
});

describe("without the emulators", () => {
  const env = { PATH: "/nowhere", CLOUDSDK_ROOT_DIR: tmpdir() };

  test.each([
    ["dashboard", ["dashboard"], /needs Google's emulators: .*gcloud components install/],
    ["demo --dashboard", ["demo", "--dashboard"], /needs Google's emulators: .*gcloud components install/],
    ["on memory", ["demo", "--dashboard", "--backend", "memory"], /leave out --backend memory/],
  ])("%s says what it needs", async (_, args, message) => {
    await mkdir(join(tmpdir(), "platform"), { recursive: true });
    const { code, stderr } = await run(args, env);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });
});
