/** The dashboard in a real browser: how tests open it and read it. */
import { fileURLToPath } from "node:url";
import axe from "axe-core";
import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";
import { expect } from "vitest";
import { eventually } from "../../test/process.ts";

export const SCREENSHOTS = fileURLToPath(new URL("../../test/output/dashboard/", import.meta.url));

/** How long a page may take to show something: emulators, inference and browser share two cores. */
export const TIMEOUT_MS = 60_000;

/** A page of the dashboard. */
export class DashboardPage {
  readonly page: Page;
  /** The errors of the page's script, and what the Content-Security-Policy has refused. */
  readonly errors: string[] = [];

  private constructor(page: Page) {
    this.page = page;
    page.setDefaultTimeout(TIMEOUT_MS);
    page.on("pageerror", (error) => this.errors.push(error.message));
    page.on("console", (message) => {
      if (message.text().includes("Content Security Policy")) this.errors.push(message.text());
    });
  }

  static async open(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<DashboardPage> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "en-GB", ...options });
    const opened = new DashboardPage(await context.newPage());
    await opened.page.goto(url);
    return opened;
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }

  newest(): Locator {
    return this.page.locator("#newest .review");
  }

  failed(): Locator {
    return this.page.locator("#failed .review");
  }

  dialog(): Locator {
    return this.page.getByRole("dialog");
  }

  filter(name: string): Locator {
    return this.page.getByRole("search").getByLabel(name);
  }

  /** The ids of the reviews in the list, from their texts. */
  async ids(): Promise<string[]> {
    // Not the inner texts, which are empty for rows that are out of sight.
    const texts = await this.newest().locator(".excerpt").allTextContents();
    return texts.map((text) => text.split(":")[0] as string);
  }

  total(name: string): Promise<string> {
    return this.page.locator(`.total:has(.name:text-is("${name}")) .count`).innerText();
  }

  /** The text of the focused element; for a row, its review. */
  focused(): Promise<string> {
    return this.page.evaluate(() => {
      const element = document.activeElement as HTMLElement;
      return (element.querySelector<HTMLElement>(".excerpt") ?? element).textContent ?? "";
    });
  }

  /** Violations of WCAG 2.2 AA that axe finds, by rule and element. */
  async violations(): Promise<string[]> {
    // Elements that fade in do not have their final colours yet.
    await this.page.evaluate(() => Promise.allSettled(document.getAnimations().map(({ finished }) => finished)));
    await this.page.evaluate(axe.source);
    const { violations } = await this.page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run());
    return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target}`));
  }

  /** How far the page can be scrolled to the side, in pixels. */
  overflow(): Promise<number> {
    return this.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  }

  async screenshot(name: string): Promise<void> {
    await this.page.screenshot({ path: `${SCREENSHOTS}${name}.png` });
  }
}

/** Waits until `read` returns `expected`; fails with its last result. */
export async function shows<T>(read: () => Promise<T>, expected: T): Promise<void> {
  let last: T | undefined;
  await eventually(async () => {
    last = await read();
    return JSON.stringify(last) === JSON.stringify(expected);
  }, TIMEOUT_MS).catch(() => {
    // A retry hides the first failure, which says more about a flaky test than that it has passed.
    console.warn(`not shown within ${TIMEOUT_MS / 1000} s: ${JSON.stringify(expected)}, but ${JSON.stringify(last)}`);
    expect(last).toEqual(expected);
  });
}
