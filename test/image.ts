/** The content of the image: the bundle, and no package but those that it needs. */
import { execFile } from "node:child_process";
import { mkdir, symlink } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

const ROOT = resolve(import.meta.dirname, "..");

/**
 * Builds the image with `lite` in a folder, which is created.
 * @returns the path of its command line
 */
export async function buildImage(folder: string): Promise<string> {
  await promisify(execFile)(process.execPath, ["build.ts", folder], { cwd: ROOT });
  await mkdir(join(folder, "model"));
  await symlink(join(ROOT, "model/lite"), join(folder, "model/lite"));
  return join(folder, "dist/cli.js");
}
