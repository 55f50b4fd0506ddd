/** `examples/browser` in Chromium, opened as a file, on Google's emulators. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type EmulatorBackend, openEmulators } from "../../shared/backends/open.ts";
import { emulatorEnv, uniqueOptions } from "../../test/backends.ts";
import { launchChromium } from "./chromium.ts";

const PAGE = new URL("../../examples/browser/index.html", import.meta.url).href;
const FIREBASE = dirname(createRequire(import.meta.url).resolve("firebase/package.json"));
const { version } = JSON.parse(await readFile(join(FIREBASE, "package.json"), "utf8"));
const CDN = `https://www.gstatic.com/firebasejs/${version}/`;

describe.skipIf(emulatorEnv() === undefined)("the browser example", { timeout: 120_000, retry: 1 }, () => {
  let browser: Browser;
  let backend: EmulatorBackend;
  beforeAll(async () => {
    browser = await launchChromium();
    const opened = await openEmulators(uniqueOptions(), emulatorEnv());
    if (typeof opened === "string") throw new Error(opened);
    backend = opened;
  }, 240_000);
  afterAll(async () => {
    await browser?.close();
    await backend?.close();
  });

  it("shows a review as it arrives and its label as soon as it is written, and a review's HTML as text", async () => {
    const page = await browser.newPage();
    page.setDefaultTimeout(60_000);
    const complaints: string[] = [];
    page.on("pageerror", ({ message }) => complaints.push(message));
    // The files of Google's CDN are in the npm package of the same version.
    await page.route(`${CDN}*`, (route) =>
      route.fulfill({ path: join(FIREBASE, route.request().url().slice(CDN.length)), contentType: "text/javascript" }),
    );
    await page.goto(`${PAGE}?project=${backend.projectId}&emulator=${backend.firestoreHost}`);
    await page.getByRole("alert").filter({ hasText: "those that have the field createdAt" }).waitFor();

    const text = "Broke after a day. <img src=x onerror=alert(1)>";
    const createdAt = new Date();
    await backend.store.put([{ path: "reviews/a", fields: { text, createdAt, sentiment: null } }]);
    await page.locator("li.waiting", { hasText: text }).waitFor();
    await backend.store.put([{ path: "reviews/a", fields: { sentiment: { label: "NEGATIVE", score: 0.9 } } }]);
    await page.locator("li.NEGATIVE", { hasText: "NEGATIVE 0.90" }).waitFor();
    await backend.store.put([
      { path: "reviews/b", fields: { createdAt, sentiment: { error: { code: "text-missing" } } } },
    ]);
    await page.locator("li.error", { hasText: "text-missing" }).waitFor();
    expect(await page.locator("img").count()).toBe(0);
    expect(await page.getByRole("alert").count()).toBe(0);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it("says so where Firebase cannot be loaded, as without internet access", async () => {
    const page = await browser.newPage();
    await page.route("https://**", (route) => route.abort());
    await page.goto(PAGE);
    await page.getByRole("alert").filter({ hasText: "cannot be loaded from www.gstatic.com" }).waitFor();
    await page.close();
  });
});
