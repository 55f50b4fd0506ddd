/** Firebase's packages are larger than the worker's, so they are installed when the kit is first checked or tested. */
import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { join } from "node:path";

const FOLDER = import.meta.dirname;

/** When a file was last written, in ms since 1970; 0 if it does not exist. */
const modified = (path: string): number => statSync(join(FOLDER, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;

if (modified("node_modules/.package-lock.json") < modified("package-lock.json")) {
  const { status, error } = spawnSync("npm", ["--prefix", FOLDER, "ci"], { stdio: ["ignore", 2, 2] });
  if (status !== 0) throw new Error(`npm ci failed in ${FOLDER}`, { cause: error });
}
