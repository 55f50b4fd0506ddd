import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { loadRules } from "../../shared/backends/emulators.ts";
import type { EmulatorBackend } from "../../shared/backends/open.ts";
import { InputError } from "../../shared/input-error.ts";
import { classesOf, withNeutral } from "../../shared/result.ts";
import type { Config } from "../config.ts";
import { labelSettings } from "./backend.ts";
import { listening } from "./listening.ts";
import { requireCollection } from "./require-collection.ts";
import { onStopSignals } from "./stop-signals.ts";

/** How the page reads a project without a sign-in: `ProxyOptions` of dashboard/proxy.ts. */
export interface Proxy {
  upstream: string;
  projectId: string;
  database: string;
  token(): Promise<string>;
  mayWrite: boolean;
}

/** `serveDashboard` of dashboard/serve.ts: part of the repository, but not of the worker's package and image. */
type ServeDashboard = (settings: object, port: number, proxy?: Proxy) => Promise<Served>;

export interface Served {
  url: string;
  close(): Promise<void>;
}

/** Fields of the documents that the page uses if there are any: see `Settings` of dashboard/src/settings.ts. */
export interface PageFields {
  createdField?: string | undefined;
  ratingField?: string | undefined;
  groupField?: string | undefined;
}

const SERVE = new URL("../../dashboard/serve.ts", import.meta.url);
const RULES = new URL("../../firestore.rules", import.meta.url);

/**
 * Serves the dashboard for the reviews in the Firestore emulator. From now on the emulator enforces the repository's rules.
 * @param labels the model's classes
 * @param port 0 picks a free one
 */
export async function openDashboard(
  { firestoreHost, projectId }: EmulatorBackend,
  config: Config,
  labels: readonly string[],
  port: number,
  fields: PageFields = {},
): Promise<Served> {
  const serveDashboard = await loadServer();
  const settings = pageSettings(config, labels, fields);
  await loadRules(firestoreHost, projectId, await readRules(config));
  const emulator = { host: firestoreHost, projectId };
  return listening(() => serveDashboard({ ...settings, emulator }, port), port, "choose another --port");
}

/** Serves the dashboard for a project as it is, through this process and with its credentials. Rules are neither asked nor changed. */
export async function openProxied(
  proxy: Proxy,
  config: Config,
  labels: readonly string[],
  port: number,
  fields: PageFields,
): Promise<Served> {
  const serveDashboard = await loadServer();
  const { projectId, mayWrite, upstream } = proxy;
  const settings = {
    ...pageSettings(config, labels, fields),
    proxy: { projectId, mayWrite, cloud: upstream.startsWith("https:") },
  };
  return listening(() => serveDashboard(settings, port, proxy), port, "choose another --port");
}

/** @throws {InputError} outside the repository, which has the page, its rules and its indexes */
export function requireRepository(): void {
  if (!existsSync(SERVE)) throw new InputError("the dashboard is not part of this package: run it in the repository");
}

async function loadServer(): Promise<ServeDashboard> {
  return ((await import(SERVE.href)) as { serveDashboard: ServeDashboard }).serveDashboard;
}

/**
 * The page's settings for the configuration.
 * @param labels the model's classes
 * @throws {InputError} if the collection of the reviews has no name
 */
export function pageSettings(config: Config, labels: readonly string[], fields: PageFields) {
  const collection = requireCollection(config.REVIEWS_PATH, "the dashboard");
  const classes = classesOf(labels, labelSettings(config));
  const { createdField, ratingField, groupField } = fields;
  return {
    ...("path" in collection ? { collection: collection.path } : { collectionGroup: collection.group }),
    textField: config.TEXT_FIELD,
    resultField: config.RESULT_FIELD,
    ...(createdField !== undefined && { createdField }),
    ...(ratingField !== undefined && { ratingField }),
    ...(groupField !== undefined && { groupField }),
    database: config.FIRESTORE_DATABASE,
    labels: config.NEUTRAL_BELOW === undefined ? classes : withNeutral(classes),
    negative: labels.find((label) => /^neg/i.test(label)) ?? labels[0],
  };
}

/**
 * The repository's rules with the configured names in place of the default ones.
 * @throws {InputError} if the collection has no name, or one that rules cannot contain
 */
export async function readRules({ REVIEWS_PATH, RESULT_FIELD }: Config): Promise<string> {
  const collection = requireCollection(REVIEWS_PATH, "the dashboard");
  return fillRules(await readFile(RULES, "utf8"), collection, RESULT_FIELD);
}

/** @throws {InputError} if rules cannot name the collection */
export function fillRules(
  rules: string,
  collection: { path: string } | { group: string },
  resultField: string,
): string {
  const name = "path" in collection ? collection.path : collection.group;
  const wrong = name.split("/").find((segment) => !/^[\w.-]+$/.test(segment));
  if (wrong !== undefined)
    throw new InputError(
      `the dashboard's rules cannot name the collection "${wrong}": use a REVIEWS_PATH whose collections have only letters, digits, ".", "_" and "-" in their names`,
    );
  const path = "path" in collection ? `/${name}/{review}` : `/{parents=**}/${name}/{review}`;
  return rules
    .replace(/^( *match) \/reviews\/\{review\} \{$/m, `$1 ${path} {`)
    .replaceAll("'sentiment'", () => JSON.stringify(resultField));
}

/** Opens a page in the browser if a person sits at this terminal. Elsewhere the printed address has to do. */
export function openBrowser(url: string): void {
  if (!process.stdout.isTTY) return;
  const opener = process.platform === "darwin" ? "open" : "xdg-open";
  spawn(opener, [url], { stdio: "ignore", detached: true })
    .on("error", () => {})
    .unref();
}

/** Resolves at the first stop signal. The second one ends the process at once. @param say prints how to end the process */
export async function untilInterrupted(say: () => void): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  // The handler comes first: a reader may be quicker than this process.
  onStopSignals(
    () => resolve(),
    () => process.exit(130),
  );
  say();
  await promise;
}
