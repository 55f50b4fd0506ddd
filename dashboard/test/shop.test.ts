/** What people do with the reviews of a shop, in a real browser on Google's emulator, with rules. */
import { mkdir, readFile } from "node:fs/promises";
import { parse } from "csv-parse/sync";
import type { Browser, BrowserContextOptions, Locator } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { loadRules } from "../../shared/backends/emulators.ts";
import { FirestoreStore } from "../../shared/backends/firestore.ts";
import { hashText } from "../../shared/result.ts";
import { emulatorEnv, uniqueOptions } from "../../test/backends.ts";
import { CliProcess } from "../../test/process.ts";
import { type ServedDashboard, serveDashboard } from "../serve.ts";
import { MAX_CORRECTIONS } from "../src/corrections.ts";
import { dateOf } from "../src/ranges.ts";
import type { Settings } from "../src/settings.ts";
import { launchChromium } from "./chromium.ts";
import { DashboardPage, SCREENSHOTS, shows } from "./page.ts";
import { NO_RULES, RULES } from "./security-rules.ts";
import { shopSettings } from "./shop-settings.ts";

const HOST = String(emulatorEnv()?.FIRESTORE_EMULATOR_HOST);
const HOUR_MS = 60 * 60_000;

/** Days ago: a day with many reviews, of which no other test knows. */
const BUSY_DAY = 42;

interface Seed {
  id: string;
  label?: "NEGATIVE" | "NEUTRAL" | "POSITIVE";
  product: string;
  rating: number;
  at: Date;
  text?: string;
  /** In place of a label. */
  error?: string;
}

/** The reviews: 37 with a label during the last day, 20 during the day before, and {@link BUSY_DAY}. */
function seeds(): Seed[] {
  const ago = (hours: number): Date => new Date(Date.now() - hours * HOUR_MS);
  const many = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));
  const kettle = (id: string, isNegative: boolean, at: Date): Seed => ({
    id,
    label: isNegative ? "NEGATIVE" : "POSITIVE",
    product: "Kettle",
    rating: isNegative ? 1 : 5,
    at,
  });
  const busyNoon = ago(BUSY_DAY * 24).setHours(12, 0, 0, 0);
  return [
    ...many(30, (i) => kettle(`k${i}`, i % 5 < 2, ago(1 + i / 4))),
    ...many(20, (i) => kettle(`before${i}`, i < 2, ago(30 + i / 4))),
    ...many(4, (i): Seed => ({ id: `lamp${i}`, label: "NEGATIVE", product: "Lamp", rating: 5, at: ago(12 + i) })),
    { id: "mug0", label: "POSITIVE", product: "Mug", rating: 1, at: ago(16), text: '=HYPERLINK("http://x", "Crème")' },
    {
      id: "mug1",
      label: "POSITIVE",
      product: "Mug",
      rating: 2,
      at: ago(17),
      text: "mug1: <img src=x onerror=alert(1)>",
    },
    { id: "mug2", label: "POSITIVE", product: "Mug", rating: 1.5, at: ago(18) },
    { id: "blank", error: "text-blank", product: "Mug", rating: 3, at: ago(19), text: " " },
    { id: "spanish", error: "language-unsupported", product: "Mug", rating: 1, at: ago(19), text: "No me gusta nada." },
    ...many(
      130,
      (i): Seed => ({
        id: `busy${i}`,
        label: "NEUTRAL",
        product: "Bulk",
        rating: 3,
        at: new Date(busyNoon - i * 60_000),
      }),
    ),
  ];
}

/** A review with the result that a worker would have written. */
function documentOf({
  id,
  label,
  product,
  rating,
  at,
  text = `${id}: about the ${product.toLowerCase()}.`,
  error,
}: Seed) {
  const result = label === undefined ? { error: { code: error, message: "…" } } : { label, score: 0.9 };
  const sentiment = { ...result, model: "lite@4", textHash: hashText(text), classifiedAt: at };
  return { path: `reviews/${id}`, fields: { text, product, rating, sentiment } };
}

// One retry: browser, emulators and other tests share two cores. A test that fails twice fails for another reason.
describe.skipIf(emulatorEnv() === undefined)("a shop's reviews", { timeout: 240_000, retry: 1 }, () => {
  let browser: Browser;
  let store: FirestoreStore;
  let served: ServedDashboard;
  let settings: Settings;
  let shop: DashboardPage;

  beforeAll(async () => {
    settings = shopSettings({ host: HOST, projectId: "" });
    await mkdir(SCREENSHOTS, { recursive: true });
    [browser, served] = await Promise.all([launchChromium(), serveDashboard(settings, 0)]);
  }, 240_000);
  afterAll(async () => {
    await browser?.close();
    await served?.close();
  });

  // Not one project for all tests: the emulator would inform the queries of all pages that were ever open about each of these writes.
  beforeEach(async () => {
    const options = uniqueOptions();
    settings.emulator = { host: HOST, projectId: options.projectId };
    store = new FirestoreStore({ ...options, emulatorHost: HOST });
    await loadRules(HOST, options.projectId, RULES);
    await store.put(seeds().map(documentOf));
  });
  afterEach(async () => {
    const errors = shop?.errors ?? [];
    await shop?.close();
    await store.close();
    expect(errors).toEqual([]);
  });

  const open = async (query = "", options: BrowserContextOptions = {}): Promise<void> => {
    shop = await DashboardPage.open(browser, served.url + query, options);
  };
  const view = (name: string): Locator => shop.page.locator(".views").getByRole("button", { name });
  const labelled = () => shop.total("labelled");
  const stored = async (id: string) => Object(await store.get(`reviews/${id}`));

  test("compares with the time before, and with own dates, for a bounded number of reads", async () => {
    await open();
    await shows(() => Promise.all([labelled(), shop.total("Negative"), shop.total("Positive")]), ["37", "16", "21"]);
    const change = (name: string) => shop.page.locator(`.total:has(.name:text-is("${name}")) .change`);
    await change("labelled").getByText("+85%").waitFor();
    await change("Negative").getByText("+33.2 pts").waitFor();
    await change("Positive").getByText("-33.2 pts").waitFor();
    await shop.page.locator("#timeline canvas").waitFor();
    await shows(() => shop.page.locator("[aria-busy=true]").count(), 0);
    // 25 documents of the list, 2 that failed, 13 queries for totals and work, and 37 documents for the chart.
    const reads = Number((await shop.page.locator(".reads").innerText()).match(/\d+/)?.[0]);
    expect(reads).toBeGreaterThan(60);
    expect(reads).toBeLessThan(130);

    await shop.filter("Time").selectOption("own dates …");
    const day = dateOf(new Date(Date.now() - BUSY_DAY * 24 * HOUR_MS));
    await shop.filter("First day").fill(day);
    await shop.filter("Last day").fill(day);
    await shows(labelled, "130");
    expect(new URL(shop.page.url()).search).toBe(`?since=${day}&until=${day}`);
    await shop.page.getByText("As a table").click();
    expect(await shop.page.locator("#timeline tbody tr").count()).toBeLessThanOrEqual(25);
  });

  test("draws only the rows of a long list that are in sight", async () => {
    const day = dateOf(new Date(Date.now() - BUSY_DAY * 24 * HOUR_MS));
    await open(`?since=${day}&until=${day}`);
    const more = shop.page.getByRole("button", { name: "Show more" });
    await shows(() => shop.newest().count(), 25);
    await more.click();
    await shows(() => shop.newest().count(), 75);
    await more.click();
    await shop.page.locator("#newest li[aria-setsize='125']").first().waitFor();
    await more.click();
    await shop.page.locator("#newest li[aria-setsize='130']").first().waitFor();
    expect(await more.count()).toBe(0);
    expect(await shop.newest().count()).toBeLessThan(60);
    await shop.page.evaluate(() => scrollTo(0, document.body.scrollHeight));
    await shop.newest().filter({ hasText: "busy129:" }).click();
    await shop.dialog().getByText("busy129:").waitFor();
    await shop.page.keyboard.press("Escape");
    await shows(() => shop.focused(), "busy129: about the bulk.");
    expect(await shop.violations()).toEqual([]);
  });

  test("compares products, says what that costs, and narrows to one on a click", async () => {
    await open();
    await shows(labelled, "37");
    const panel = shop.page.locator("#groups");
    await panel.getByRole("button", { name: "Count" }).click();
    const row = async (product: string) =>
      (await panel.locator("tr", { hasText: product }).locator("td").allInnerTexts()).map((text) =>
        text.replace(/\s+/g, " "),
      );
    await panel.locator("table").waitFor();
    expect(await row("Kettle")).toEqual(["12", "0", "18", "30", "40% 25%–58%", "+30 pts"]);
    expect(await row("Lamp")).toEqual(["4", "0", "0", "4", "100% 51%–100%", "–"]);
    // Products without a review in both times are left out.
    expect(await panel.locator("tbody th").allInnerTexts()).toEqual(["Kettle", "Lamp", "Mug"]);
    // Four products: five reads to find them, two counts of each, and three more where there is something to divide.
    await panel.getByText("with 20 reads").waitFor();
    await panel.getByRole("button", { name: "Negative" }).click();
    expect(await panel.locator("tbody th").allInnerTexts()).toEqual(["Lamp", "Kettle", "Mug"]);
    expect(await shop.violations()).toEqual([]);

    await panel.getByRole("button", { name: "Lamp" }).click();
    await shows(
      () => Promise.all([labelled(), shop.ids(), shop.failed().count()]),
      ["4", ["lamp0", "lamp1", "lamp2", "lamp3"], 0],
    );
    expect(new URL(shop.page.url()).search).toBe("?group=Lamp");
    expect(await panel.locator("tbody th").count()).toBe(3);
    await shop.filter("Product").fill("");
    await shop.filter("Product").press("Enter");
    await shows(labelled, "37");

    // The list does not load it, so that its product has to be found.
    await shop.filter("Label").selectOption("Positive");
    await store.put([
      documentOf({ id: "vase", label: "NEGATIVE", product: "Vase", rating: 1, at: new Date(Date.now() - HOUR_MS) }),
    ]);
    await panel.getByRole("button", { name: "Count again" }).click();
    await panel.locator("tbody th", { hasText: "Vase" }).waitFor();
  });

  test("says why it cannot compare the values of a field", async () => {
    const counted = async (groupField: string) => {
      Object.assign(settings, { groupField });
      await open();
      await shows(labelled, "37");
      await shop.page.locator("#groups").getByRole("button", { name: "Count" }).click();
    };
    try {
      await counted("rating");
      await shop.page.getByText("No review has a text in this field, but some have a number.").waitFor();
      await shop.close();
      await counted("colour");
      await shop.page.getByText("No review has a value in this field.").waitFor();
    } finally {
      settings.groupField = "product";
    }
  });

  test("lists ratings that contradict the label", async () => {
    await open();
    await view("Contradictions 7").click();
    await shows(() => shop.ids(), ["lamp0", "lamp1", "lamp2", "lamp3", '=HYPERLINK("http', "mug1", "mug2"]);
    expect(await shop.newest().first().innerText()).toContain("5 ★");
    expect(new URL(shop.page.url()).search).toBe("?view=contradictions");
    // Texts of customers are texts.
    expect(await shop.page.locator("#newest img").count()).toBe(0);

    await shop.newest().first().click();
    await shop.dialog().getByRole("radio", { name: "Positive" }).click();
    await shop.page.keyboard.press("Escape");
    await view("Contradictions 6").waitFor();
    const positive = ['=HYPERLINK("http', "mug1", "mug2"];
    await shows(() => shop.ids(), ["lamp1", "lamp2", "lamp3", ...positive]);
    await shop.filter("Label").selectOption("Positive");
    await view("Contradictions 3").waitFor();
    await shows(() => shop.ids(), positive);
    await shop.page.goto(`${served.url}?view=contradictions&from=0.95`);
    await view("Contradictions 0").waitFor();
    await shows(() => shop.ids(), []);
  });

  test("finds texts among the loaded reviews, and says that it searches no others", async () => {
    await open();
    await shows(() => shop.newest().count(), 25);
    await shop.page.keyboard.press("/");
    // The last letter is typed while the page shows what it has found of the others.
    await shop.page.evaluate(() => {
      const input = document.querySelector("#find") as HTMLInputElement;
      const replace = history.replaceState.bind(history);
      history.replaceState = (...change) => {
        history.replaceState = replace;
        replace(...change);
        input.value += "E";
        input.dispatchEvent(new Event("input", { bubbles: true }));
      };
    });
    await shop.page.keyboard.type("CREM");
    // The address follows a moment after the last letter.
    await shows(async () => new URL(shop.page.url()).search, "?find=CREME");
    await shop.page.getByText("0 of the first 25 reviews loaded so far contain this text. Firestore cannot").waitFor();
    await shop.page.getByRole("button", { name: "Show more" }).click();
    await shop.page.getByText("1 of the 37 reviews contains this text.").waitFor();
    await shows(() => shop.ids(), ['=HYPERLINK("http']);
    await shop.page.getByLabel("Find in the loaded reviews").press("Escape");
    await shows(() => shop.newest().count(), 37);

    await shop.page.getByLabel("Find in the loaded reviews").fill("lamp");
    await shop.page.locator(".totals").getByRole("button", { name: "Negative" }).click();
    await shows(async () => new URL(shop.page.url()).search, "?label=NEGATIVE&find=lamp");
    await shows(async () => (await shop.ids()).length, 4);
  });

  test("exports what the filters select as CSV, without formulas", async () => {
    await open();
    await shows(labelled, "37");
    await shop.filter("Label").selectOption("Positive");
    await shop.page.getByRole("button", { name: "Export …" }).click();
    await shop
      .dialog()
      .getByText("21 reviews in the last 24 hours match the filters. Reading them costs 21 reads.")
      .waitFor();
    expect(await shop.violations()).toEqual([]);
    await shop.screenshot("export");
    const [download] = await Promise.all([
      shop.page.waitForEvent("download"),
      shop.dialog().getByRole("button", { name: "Export", exact: true }).click(),
    ]);
    await shop.dialog().getByText("The file has 21 reviews.").waitFor();
    const file = await readFile(await download.path(), "utf8");
    expect(file.startsWith("\uFEFF")).toBe(true);
    const rows = parse(file, { columns: true, bom: true }) as Record<string, string>[];
    expect(rows).toHaveLength(21);
    expect(new Set(rows.map(({ label }) => label))).toEqual(new Set(["POSITIVE"]));
    const formula = rows.find(({ document }) => document === "reviews/mug0");
    expect(formula).toMatchObject({
      text: `'=HYPERLINK("http://x", "Crème")`,
      rating: "1",
      group: "Mug",
      score: "0.9",
    });
    await shop.page.keyboard.press("Escape");
    await shop.dialog().waitFor({ state: "detached" });
  });

  test("the queue is worked through by keyboard: next, done, undo", async () => {
    await open("?view=treat");
    await view("To do 16").waitFor();
    await shows(async () => (await shop.ids()).length, 16);
    const [first, second, third] = (await shop.ids()) as [string, string, string];
    await shop.page.keyboard.press("j");
    await shop.page.keyboard.press("j");
    await shows(async () => (await shop.focused()).split(":")[0], second);
    await shop.page.clock.install();
    await shop.page.keyboard.press("e");
    await shows(async () => (await shop.ids()).slice(0, 2), [first, third]);
    await shows(async () => (await shop.focused()).split(":")[0], third);
    await view("To do 15").waitFor();
    await shows(async () => (await stored(second)).triage?.state, "done");
    // The key still works when the decision is no longer shown, after some seconds.
    await shop.page.clock.fastForward(15_000);
    await shop.page.getByText("Marked as done.").waitFor({ state: "hidden" });
    await shop.page.keyboard.press("u");
    await shop.page.getByText("Undone.").waitFor();
    await view("To do 16").waitFor();
    await shows(async () => (await stored(second)).triage?.state, "open");

    // In the dialog, the next review opens when one is done.
    await shop.newest().first().click();
    await shop.dialog().getByRole("button", { name: "Assign to me" }).click();
    await shop.dialog().getByText("assigned to emulator").waitFor();
    await shop
      .dialog()
      .getByRole("heading", { name: `reviews/${first}` })
      .click();
    await shop.page.keyboard.press("e");
    await shop
      .dialog()
      .getByRole("heading", { name: `reviews/${second}` })
      .waitFor();
    await shop.dialog().getByRole("button", { name: "Undo" }).click();
    await shop.page.keyboard.press("Escape");
    await view("To do 16").waitFor();
    await shop.page.getByLabel("Assigned to").selectOption("me");
    await shows(() => shop.ids(), [first]);
    expect(new URL(shop.page.url()).search).toBe("?view=treat&owner=me");
    await shop.page.getByLabel("Assigned to").selectOption("nobody");
    await shows(async () => (await shop.ids()).length, 15);
    expect(await shop.violations()).toEqual([]);
    await shop.page.getByRole("button", { name: "Export …" }).click();
    await shop.dialog().getByText("16 reviews in the last 24 hours match the filters.").waitFor();
    await shop.dialog().getByText("The file leaves out those that the list hides").waitFor();
  });

  test("a correction stands beside the machine's label; counts and lists use it until the text is edited", async () => {
    await open("?label=NEGATIVE");
    const row = () => shop.newest().filter({ hasText: "lamp0:" });
    await row().click();
    await shop.dialog().getByRole("radio", { name: "Positive" }).click();
    await shop.dialog().getByText("The machine said Negative.").waitFor();
    await shop.dialog().getByText("Corrected.").waitFor();
    expect(await shop.violations()).toEqual([]);
    await shop.page.keyboard.press("Escape");
    await shows(() => Promise.all([shop.total("Negative"), shop.total("Positive"), row().count()]), ["15", "22", 0]);
    await view("To do 15").waitFor();
    await shop.page.getByText("Includes 1 label corrected by people.").waitFor();
    await shop.page.getByText("As a table").click();
    const sums = async (): Promise<number[]> => {
      const cells = await shop.page
        .locator("#timeline tbody tr")
        .evaluateAll((rows) =>
          rows.map((one) => [...one.querySelectorAll("td")].map((cell) => Number(cell.textContent))),
        );
      return [0, 1, 2].map((i) => cells.reduce((sum, values) => sum + (values[i] ?? 0), 0));
    };
    await shows(sums, [15, 0, 22]);
    await shows(async () => (await stored("lamp0")).triage?.label, "POSITIVE");
    const { sentiment, triage } = await stored("lamp0");
    expect(sentiment).toMatchObject({ label: "NEGATIVE", score: 0.9 });
    expect(triage).toMatchObject({ label: "POSITIVE", textHash: sentiment.textHash, by: "emulator", state: "open" });

    await shop.filter("Label").selectOption("Positive");
    await row().getByText("corrected").waitFor();
    await row().locator("s", { hasText: "Negative" }).waitFor();

    // As the worker does when the text has been edited.
    await store.put([
      documentOf({ ...(seeds().find(({ id }) => id === "lamp0") as Seed), text: "lamp0: broke again." }),
    ]);
    await shows(() => Promise.all([shop.total("Negative"), shop.total("Positive"), row().count()]), ["16", "21", 0]);
    await shop.filter("Label").selectOption("Negative");
    await row().click();
    await shop.dialog().getByText("The correction to Positive was about an earlier text").waitFor();
    await shop.dialog().getByRole("radio", { name: "Neutral" }).click();
    await shop.dialog().getByText("The machine said Negative.").waitFor();
    await shop.dialog().getByRole("button", { name: "Withdraw the correction" }).click();
    await shows(() => shop.dialog().locator(".machine").count(), 0);
    await shows(async () => "label" in (await stored("lamp0")).triage, false);
  });

  test("the corrections of a past day count, however many newer ones there are", async () => {
    const corrected = (seed: Seed) => {
      const { path, fields } = documentOf(seed);
      const triage = { state: "done", by: "ann", label: "NEGATIVE", textHash: fields.sentiment.textHash };
      return { path, fields: { ...fields, triage } };
    };
    const busy = seeds().filter(({ product }) => product === "Bulk");
    const newer = Array.from({ length: MAX_CORRECTIONS }, (_, i) => ({
      ...(busy[0] as Seed),
      id: `new${i}`,
      at: new Date(),
    }));
    await store.put([...busy.slice(0, 3), ...newer].map(corrected));
    const day = dateOf(new Date(Date.now() - BUSY_DAY * 24 * HOUR_MS));
    await open(`?since=${day}&until=${day}`);
    await shows(() => Promise.all([shop.total("Negative"), shop.total("Neutral")]), ["3", "127"]);
    await shop.page.getByText("Includes 3 labels corrected by people.").waitFor();
    await shop.close();
    await open("?group=Lamp");
    await shop.page.getByText("Includes no label corrected by people; older reviews count as").waitFor();
  });

  test("people can label what the machine cannot read", async () => {
    await open();
    await shows(() => shop.total("in other languages"), "1");
    await shop.failed().filter({ hasText: "No me gusta" }).click();
    await shop.dialog().getByRole("radio", { name: "Negative" }).click();
    await shop.dialog().getByText("The machine could not label it.").waitFor();
    await shop.page.keyboard.press("Escape");
    await shows(
      () => Promise.all([labelled(), shop.total("Negative"), shop.total("in other languages")]),
      ["38", "17", "0"],
    );
    await shows(() => shop.failed().count(), 1);
    await shop.page.keyboard.press("u");
    await shows(() => Promise.all([labelled(), shop.total("in other languages")]), ["37", "1"]);
    // The page shows a decision before the server has it.
    await shows(async () => "label" in ((await stored("spanish")).triage ?? { label: "not yet" }), false);
  });

  test("an account that may only read sees decisions, and cannot make any", async () => {
    (settings.emulator as NonNullable<Settings["emulator"]>).claim = "read";
    await store.put([
      { path: "reviews/k0", fields: { triage: { state: "open", by: "ann@example.com", note: "Call back." } } },
    ]);
    await open();
    await shows(labelled, "37");
    await shop.newest().first().focus();
    await shop.page.keyboard.press("e");
    await shop.newest().first().click();
    await shop.dialog().getByText("Call back.").waitFor();
    expect(await shop.dialog().getByRole("radio").count()).toBe(0);
    expect(await shop.dialog().getByRole("button").allInnerTexts()).toEqual(["Previous", "Next", "✕", "Copy link"]);
    await shop.page.keyboard.press("e");
    await shop.page.waitForTimeout(500);
    expect((await stored("k0")).triage.state).toBe("open");
  });

  test("one command shows a project of an emulator that is running, whatever its rules say", async () => {
    const { host, projectId } = settings.emulator as NonNullable<Settings["emulator"]>;
    await loadRules(host, projectId, NO_RULES);
    const args = ["dashboard", "--project", projectId, "--rating-field", "rating", "--group-field", "product"];
    const command = new CliProcess(args, { FIRESTORE_EMULATOR_HOST: host });
    try {
      await command.prints("Ctrl-C");
      const url = /Dashboard of \S+ on the emulator at \S+ (\S+)/.exec(command.stdout)?.[1] as string;
      // The address has a key, which others on this machine do not know.
      expect((await fetch(new URL("/settings.json", url))).status).toBe(403);
      shop = await DashboardPage.open(browser, url);
      await shows(() => Promise.all([labelled(), shop.newest().count()]), ["37", 25]);
      expect(shop.page.url()).not.toContain("key");
      await shop.newest().first().click();
      await shop.dialog().getByRole("button", { name: "Assign to me" }).click();
      await shop.dialog().getByText("assigned to developer").waitFor();
      await shop.dialog().getByRole("button", { name: "Unassign" }).click();
      expect((await command.kill("SIGTERM")).code).toBe(0);
    } finally {
      command.child.kill("SIGKILL");
    }
  });

  test("is accessible with everything on it: light and dark, phone and wide", async () => {
    const looks = [
      // The first, because only what is in sight is counted when the page opens.
      ["shop-phone", "light", 360, 740],
      ["shop-light", "light", 1280, 800],
      ["shop-dark", "dark", 1280, 800],
      ["shop-wide", "light", 1920, 1080],
    ] as const;
    await open("?view=treat", { reducedMotion: "reduce", viewport: { width: 360, height: 740 } });
    await shows(labelled, "37");
    await shop.page.getByText("More filters").click();
    // The chart is not counted until it is in sight.
    await shop.page.locator("#timeline").scrollIntoViewIfNeeded();
    await shop.page.locator("#timeline canvas").waitFor();
    await shop.page.locator("#groups").getByRole("button", { name: "Count" }).click();
    await shop.page.locator("#groups table").waitFor();
    for (const [name, colorScheme, width, height] of looks) {
      await shop.page.emulateMedia({ colorScheme });
      await shop.page.setViewportSize({ width, height });
      expect(await shop.overflow()).toBe(0);
      await shop.screenshot(name);
      // Width alone changes no colour and no name.
      if (name === "shop-wide") continue;
      expect(await shop.violations()).toEqual([]);
      await shop.newest().first().click();
      await shop.dialog().getByRole("button", { name: "Mark as done" }).waitFor();
      expect(await shop.violations()).toEqual([]);
      await shop.screenshot(`${name}-review`);
      await shop.page.keyboard.press("Escape");
    }
  });
});
