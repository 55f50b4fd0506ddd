import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { posix } from "node:path";
import { loadRules } from "../../shared/backends/emulators.ts";
import type { EmulatorBackend } from "../../shared/backends/open.ts";
import { classesOf } from "../../shared/result.ts";
import { InputError } from "../../shared/reviews-file.ts";
import type { Config } from "../config.ts";
import { labelSettings } from "./backend.ts";
import { onStopSignals } from "./stop-signals.ts";

/** `serveDashboard` of dashboard/serve.ts: part of the repository, but not of the worker's package and image. */
type ServeDashboard = (settings: object, port: number) => Promise<{ url: string; close(): Promise<void> }>;

const SERVE = new URL("../../dashboard/serve.ts", import.meta.url);
const RULES = new URL("../../firestore.rules", import.meta.url);

/**
 * Serves the dashboard of what is in the Firestore emulator, which from now on enforces the repository's rules.
 * @param labels of the model
 * @param port 0 is any free one
 */
export async function openDashboard(
  { firestoreHost, projectId }: EmulatorBackend,
  config: Config,
  labels: readonly string[],
  port: number,
): Promise<{ url: string; close(): Promise<void> }> {
  if (!existsSync(SERVE)) throw new InputError("the dashboard is not part of this package: run it in the repository");
  const { collection } = config.REVIEWS_PATH;
  if (collection === undefined)
    throw new InputError(
      `the dashboard needs a REVIEWS_PATH whose last collection has a name, such as reviews/{review}`,
    );
  const rules = fillRules(await readFile(RULES, "utf8"), collection, config.RESULT_FIELD);
  await loadRules(firestoreHost, projectId, rules);
  const { serveDashboard } = (await import(SERVE.href)) as { serveDashboard: ServeDashboard };
  const classes = classesOf(labels, labelSettings(config));
  return serveDashboard(
    {
      ...("path" in collection ? { collection: collection.path } : { collectionGroup: collection.group }),
      textField: config.TEXT_FIELD,
      resultField: config.RESULT_FIELD,
      database: config.FIRESTORE_DATABASE,
      // A model may have that label itself.
      labels: [...new Set([...classes, ...(config.NEUTRAL_BELOW === undefined ? [] : ["NEUTRAL"])])],
      negative: labels.find((label) => /^neg/i.test(label)) ?? labels[0],
      emulator: { host: firestoreHost, projectId },
    },
    port,
  );
}

/**
 * The repository's rules with the configured names in place of the default ones.
 * @throws {InputError} if rules cannot name the collection
 */
export function fillRules(
  rules: string,
  collection: { path: string } | { group: string },
  resultField: string,
): string {
  const name = "path" in collection ? posix.basename(collection.path) : collection.group;
  if (!/^[\w.-]+$/.test(name))
    throw new InputError(
      `the dashboard's rules cannot name the collection "${name}": take a REVIEWS_PATH whose last collection has only letters, digits, ".", "_" and "-" in its name`,
    );
  return rules
    .replaceAll("/reviews/{review}", `/${name}/{review}`)
    .replaceAll("'sentiment'", () => JSON.stringify(resultField));
}

/** Opens a page in the browser of whoever sits at this terminal; elsewhere the printed address must do. */
export function openBrowser(url: string): void {
  if (!process.stdout.isTTY) return;
  const opener = process.platform === "darwin" ? "open" : "xdg-open";
  spawn(opener, [url], { stdio: "ignore", detached: true })
    .on("error", () => {})
    .unref();
}

/** Says how to end this process, and resolves when it is told to. Told again, it ends at once. */
export async function untilInterrupted(say: () => void): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  // Before it is said: whoever reads it may be quicker than this process.
  onStopSignals(
    () => resolve(),
    () => process.exit(130),
  );
  say();
  await promise;
}
