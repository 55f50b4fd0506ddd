/**
 * `node install.ts FOLDER` installs a folder's own dependencies. Those of `dashboard/` and `infra/` are larger than the worker's, so
 * they are installed when they are first needed.
 */
import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { join, relative } from "node:path";

/**
 * Installs the dependencies unless they have been installed since the lock file last changed.
 * @throws {Error} if npm fails
 */
export function installDependencies(folder: string): void {
  const installed = modified(join(folder, "node_modules/.package-lock.json"));
  if (installed >= modified(join(folder, "package-lock.json"))) return;
  console.error(`Installing dependencies into ${relative("", join(folder, "node_modules"))} (some 200 MB, once) …`);
  npm(folder, "ci");
}

/**
 * Runs npm in a folder. Its output goes to standard error.
 * @throws {Error} if it fails
 */
export function npm(folder: string, ...args: readonly string[]): void {
  const { status, error } = spawnSync("npm", ["--prefix", folder, ...args], { stdio: ["ignore", 2, 2] });
  if (status !== 0) throw new Error(`npm ${args[0]} failed in ${folder}`, { cause: error });
}

/** When a file was last written, in ms since 1970; 0 if it does not exist. */
export function modified(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

if (import.meta.main) for (const folder of process.argv.slice(2)) installDependencies(folder);
