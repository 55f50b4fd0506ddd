/**
 * Signing in to a deployed page, in Chromium. Google's part is a stand-in: the script that opens its frame, the pages of the
 * authentication domain, and the two services that Firebase's client asks. Firestore is the emulator, in the one test that needs it.
 */
import { readFile } from "node:fs/promises";
import type { Browser, Page, Route } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { loadRules } from "../../shared/backends/emulators.ts";
import { emulatorEnv, openOnEmulators, uniqueOptions } from "../../test/backends.ts";
import { type ServedDashboard, serveDashboard } from "../serve.ts";
import { launchChromium } from "./chromium.ts";
import { DashboardPage, shows } from "./page.ts";
import { RULES } from "./security-rules.ts";
import { SETTINGS } from "./shop-settings.ts";
import { TcpProxy } from "./tcp-proxy.ts";

const AUTH_DOMAIN = "shop.firebaseapp.com";
const OPTIONS = uniqueOptions();
const FIREBASE = { apiKey: "key", authDomain: AUTH_DOMAIN, projectId: OPTIONS.projectId, appId: "app" };
const EMULATORS = emulatorEnv();

/** What Firebase's client uses of https://apis.google.com/js/api.js, where only the client asks. */
const GAPI = `
  const frame = {
    handlers: {},
    restyle: async () => {},
    ping: async (done) => done(),
    register: (type, handler) => { frame.handlers[type] = handler; },
    send: (type, data, done) => { try { done([{ webStorageSupport: true }]); } catch {} },
  };
  addEventListener("message", ({ data }) => data.authEvent && frame.handlers.authEvent(data));
  const context = {
    open: async ({ url }, opened) => {
      const element = document.body.appendChild(document.createElement("iframe"));
      element.hidden = true;
      element.src = url;
      await new Promise((resolve) => element.addEventListener("load", resolve));
      return opened(frame);
    },
  };
  globalThis.gapi = {
    iframes: { getContext: () => context, CROSS_ORIGIN_IFRAMES_FILTER: true },
    load: (name, { callback }) => callback(),
  };
  setTimeout(globalThis[new URL(document.currentScript.src).searchParams.get("onload")]);
`;

/** Google's window: it signs in as soon as somebody presses the button. */
const WINDOW = `<button onclick='
  const query = new URLSearchParams(location.search);
  const authEvent = { type: query.get("authType"), eventId: query.get("eventId"), urlResponse: location.href, sessionId: "s" };
  opener.postMessage({ authEvent }, "*");
'>ann@example.com</button>`;

let browser: Browser;
/** Passes the browser's connections to firestore.googleapis.com on to the emulator. */
let firestore: TcpProxy;
let served: ServedDashboard;
let shop: DashboardPage;
let page: Page;
/** Google's services that cannot be reached, and those that were asked. */
let offline: RegExp | undefined;
let asked: string[];
/** The account's claim, as the project has it. */
let claim: string | undefined;
/** The answer of Google's services to every sign-in, if they refuse it. */
let refusal: string | undefined;

beforeAll(async () => {
  const file = (name: string) => readFile(new URL(`../../test/fixtures/tls/${name}.pem`, import.meta.url));
  const tls = { key: await file("key"), cert: await file("certificate") };
  firestore = await new TcpProxy(EMULATORS?.FIRESTORE_EMULATOR_HOST ?? "", tls).listen();
  browser = await launchChromium(`--host-resolver-rules=MAP firestore.googleapis.com ${firestore.host}`);
  served = await serveDashboard({ ...SETTINGS, firebase: FIREBASE }, 0);
}, 240_000);
afterAll(async () => {
  await browser?.close();
  await served?.close();
  await firestore?.cut();
});
afterEach(async () => shop?.close());

async function open(): Promise<void> {
  [offline, asked, claim, refusal] = [/firestore/, [], undefined, undefined];
  shop = await DashboardPage.open(browser, "about:blank", { ignoreHTTPSErrors: true });
  page = shop.page;
  await page.context().route(/^https:/, answer);
  await page.goto(served.url);
  await signInButton().waitFor();
}

async function answer(route: Route): Promise<void> {
  const { hostname, pathname } = new URL(route.request().url());
  asked.push(hostname + pathname);
  if (offline?.test(hostname)) return route.abort();
  if (hostname === "firestore.googleapis.com") return route.continue();
  if (hostname === AUTH_DOMAIN) return route.fulfill({ contentType: "text/html", body: WINDOW });
  if (hostname === "apis.google.com") return route.fulfill({ contentType: "text/javascript", body: GAPI });
  const headers = { "Access-Control-Allow-Origin": "*" };
  if (hostname.startsWith("identitytoolkit") && refusal !== undefined)
    return route.fulfill({ status: 400, headers, json: { error: { code: 400, message: refusal } } });
  const user = { localId: "ann", email: "ann@example.com" };
  const json: Record<string, object> = {
    "/v1/projects": { authorizedDomains: ["127.0.0.1"] },
    "/v1/accounts:signInWithIdp": {
      ...{ ...user, idToken: idToken(), refreshToken: "refresh", expiresIn: "3600" },
      providerId: "google.com",
    },
    "/v1/accounts:lookup": { users: [user] },
    "/v1/token": { id_token: idToken(), access_token: idToken(), refresh_token: "refresh", expires_in: "3600" },
  };
  return route.fulfill({ headers, json: json[pathname] ?? {} });
}

function idToken(): string {
  const now = Math.floor(Date.now() / 1_000);
  const claims = {
    sub: "ann",
    user_id: "ann",
    email: "ann@example.com",
    auth_time: now,
    iat: now,
    exp: now + 3_600,
    reviews: claim,
  };
  const parts = [{ alg: "none" }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"));
  return `${parts.join(".")}.`;
}

const signInButton = () => page.getByRole("button", { name: "Sign in with Google" });

const signedIn = () => page.locator(".user", { hasText: "ann@example.com" }).waitFor();

async function openWindow(): Promise<Page> {
  const [opened] = await Promise.all([page.waitForEvent("popup"), signInButton().click()]);
  await opened.getByRole("button").waitFor();
  return opened;
}

async function signIn(): Promise<void> {
  const opened = await openWindow();
  await opened.getByRole("button").click();
  await signedIn();
}

test("an account that Google lets people choose signs in, stays signed in, and signs out in every tab", async () => {
  await open();
  const opened = await openWindow();
  expect(new URL(opened.url()).searchParams.get("customParameters")).toContain("select_account");
  await opened.getByRole("button").click();
  await signedIn();

  const other = await page.context().newPage();
  await other.goto(served.url);
  await other.getByRole("button", { name: "Sign out" }).click();
  await signInButton().waitFor();
  expect(shop.errors).toEqual([]);
});

test("a claim that an account has got since it signed in counts when the page is loaded again", async () => {
  await open();
  claim = "read";
  await signIn();
  claim = "write";
  await page.goto("about:blank");
  asked = [];
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  await page.route(/\/v1\/token/, async (route) => {
    await released;
    await route.fallback();
  });
  await page.goto(served.url);
  // Firestore would refuse the old token, and the list with it.
  await page.getByText("Loading").waitFor();
  await page.waitForTimeout(2_000);
  expect(asked.filter((url) => /firestore|token/.test(url))).toEqual([]);
  release();
  await shows(async () => asked.filter((url) => url.endsWith("/v1/token")).length, 1);
  await signedIn();
});

test("says what happened to Google's window, and lets the same button open it again", async () => {
  await open();
  await page.evaluate(() => Object.assign(window, { kept: window.open, open: () => null }));
  await signInButton().click();
  await page.getByText("Allow pop-ups for this site").waitFor();
  await page.evaluate(() => Object.assign(window, { open: (window as unknown as { kept: typeof open }).kept }));
  const first = await openWindow();
  // The second press closes the first window, which is no failure.
  const second = await openWindow();
  expect(first.isClosed()).toBe(true);
  await page.getByText("Sign in with an account that may read").waitFor();
  await second.close();
  await page.getByText("window was closed before you had signed in").waitFor();
  refusal = "USER_DISABLED";
  await (await openWindow()).getByRole("button").click();
  await page.getByText("have disabled this account").waitFor();
  refusal = undefined;
  await signIn();
});

test("after a failure that Firebase's client would repeat, loads the page again", async () => {
  await open();
  offline = /firestore|identitytoolkit/;
  await signInButton().click();
  await page.getByRole("heading", { name: "Signing in failed" }).waitFor();
  await page.getByText("auth/network-request-failed").waitFor();
  offline = /firestore/;
  await page.getByRole("button", { name: "Try again" }).click();
  await signIn();
});

test("says so if a sign-in that has expired cannot be renewed", async () => {
  await open();
  await signIn();
  offline = /googleapis/;
  await page.addInitScript("const now = Date.now; Date.now = () => now() + 2 * 3_600_000;");
  await page.reload();
  await page.getByText("Your sign-in could not be renewed").waitFor();
  expect(shop.errors).toEqual([]);
  offline = /firestore/;
  await page.getByRole("button", { name: "Try again" }).click();
  await signedIn();
});

test("says where the right apiKey is if Google refuses the page's", async () => {
  await open();
  // Google's own sentence: the client makes its code of it.
  refusal = "API key not valid. Please pass a valid API key.";
  await signInButton().click();
  await page.getByText("Google does not accept the apiKey").waitFor();
  // The client does not even ask with this one, which is an appId.
  const firebase = { ...FIREBASE, apiKey: "1:2:web:3" };
  await page.route("**/settings.json", (route) => route.fulfill({ json: { ...SETTINGS, firebase } }));
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("heading", { name: "The dashboard cannot start" }).waitFor();
  await page.getByText("Google does not accept the apiKey").waitFor();
});

test.skipIf(EMULATORS === undefined)(
  "decisions that are not saved outlive a sign-out in another tab, and the next sign-in saves them or says why it cannot",
  async () => {
    const backend = openOnEmulators(OPTIONS);
    await loadRules(EMULATORS?.FIRESTORE_EMULATOR_HOST as string, OPTIONS.projectId, RULES);
    const sentiment = { label: "NEGATIVE", score: 0.95, model: "lite@1", textHash: "…", classifiedAt: new Date() };
    await backend.store.put([{ path: "reviews/a", fields: { text: "Broke after a day.", sentiment } }]);
    const triage = async () => (await backend.store.get("reviews/a"))?.triage as { state?: string } | undefined;
    const decideOffline = async (name: string): Promise<void> => {
      const button = shop.dialog().getByRole("button", { name });
      await button.waitFor();
      offline = /firestore/;
      await button.click();
      await shop.dialog().locator(".toast").getByText("1 decision not saved yet").waitFor();
    };
    const signOutElsewhere = async (): Promise<void> => {
      const other = await page.context().newPage();
      await other.goto(served.url);
      await other.getByRole("button", { name: "Sign out" }).click();
      await signInButton().waitFor();
      await other.close();
    };
    await open();
    [claim, offline] = ["write", undefined];
    await signIn();
    await shop.newest().first().click();
    await decideOffline("Mark as done");
    await signOutElsewhere();
    await page.getByText("1 decision not saved yet, by ann@example.com").waitFor();
    const asked = page.waitForEvent("dialog");
    await page.close({ runBeforeUnload: true });
    expect((await asked).type()).toBe("beforeunload");
    await (await asked).dismiss();
    expect(await triage()).toBeUndefined();

    offline = undefined;
    await signIn();
    await shows(async () => (await triage())?.state, "done");

    // The permission may be gone by the next sign-in.
    await decideOffline("Reopen");
    await signOutElsewhere();
    [claim, offline] = ["read", undefined];
    await signIn();
    await shop.dialog().locator(".toast").getByText("Not saved:").waitFor();
    expect((await triage())?.state).toBe("done");
    await backend.close();
  },
);

test.each([
  ["settings.json", true, "Put authDomain into “firebase” in settings.json"],
  ["Firebase Hosting", false, "/__/firebase/init.json lacks authDomain. Create a web app"],
])("names what the configuration in %s lacks", async (_, inSettings, message) => {
  await open();
  const firebase = { apiKey: "key", projectId: "shop" };
  await page.route("**/settings.json", (route) =>
    route.fulfill({ json: inSettings ? { ...SETTINGS, firebase } : SETTINGS }),
  );
  await page.route("**/__/firebase/init.json", (route) => route.fulfill({ json: firebase }));
  await page.reload();
  await page.getByText(message).waitFor();
});
