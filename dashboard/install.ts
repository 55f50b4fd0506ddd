/** The dashboard's dependencies are larger than the worker's, so they are installed when it is first used. */
import { spawnSync } from "node:child_process";
import { globSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL(".", import.meta.url));

/**
 * Installs the dependencies unless they have been installed since the lock file last changed.
 * @throws {Error} if npm fails
 */
export function installDependencies(): void {
  if (modified("node_modules/.package-lock.json") >= modified("package-lock.json")) return;
  console.error("Installing the dashboard's dependencies into dashboard/node_modules (250 MB, once) …");
  npm("ci");
}

/**
 * Builds the page unless nothing has changed since the last build.
 * @throws {Error} if npm fails
 */
export function build(): void {
  const sources = ["src/**/*", "public/*", "index.html", "vite.config.ts", "package-lock.json"];
  const newest = Math.max(...globSync(sources, { cwd: FOLDER }).map(modified));
  // Written last. The worker's sources that the page uses change with the page.
  if (modified("dist/index.html") > newest) return;
  npm("run", "--silent", "build", "--", "--logLevel", "warn");
}

/**
 * Runs npm in the dashboard's folder. Its output goes to standard error.
 * @throws {Error} if it fails
 */
export function npm(...args: readonly string[]): void {
  const { status, error } = spawnSync("npm", ["--prefix", FOLDER, ...args], { stdio: ["ignore", 2, 2] });
  if (status !== 0) throw new Error(`npm ${args[0]} failed in ${FOLDER}`, { cause: error });
}

/** When a file was last written, in ms since 1970; 0 if it does not exist. */
function modified(path: string): number {
  return statSync(FOLDER + path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

if (import.meta.main) installDependencies();
