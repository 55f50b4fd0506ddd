/** The content of the image: the bundle, and no package but those that it needs. */
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, matchesGlob, relative, resolve } from "node:path";
import { promisify } from "node:util";

const ROOT = resolve(import.meta.dirname, "..");

/**
 * Builds the image with `lite` in a folder, which is created. As in Docker's build, the sources are those that `.dockerignore` lets in.
 * @returns the path of its command line
 */
export async function buildImage(folder: string): Promise<string> {
  const context = await mkdtemp(join(tmpdir(), "review-sentiment-context-"));
  try {
    const isSent = await dockerContext();
    await cp(ROOT, context, { recursive: true, filter: (path) => isSent(relative(ROOT, path)) });
    await symlink(join(ROOT, "node_modules"), join(context, "node_modules"));
    await promisify(execFile)(process.execPath, ["build.ts", folder], { cwd: context });
  } finally {
    await rm(context, { recursive: true });
  }
  await mkdir(join(folder, "model"));
  await symlink(join(ROOT, "model/lite"), join(folder, "model/lite"));
  return join(folder, "dist/cli.js");
}

/**
 * Whether Docker sends a path to the build: the last pattern that matches it, or a folder that it is in, decides.
 * https://docs.docker.com/build/concepts/context/#dockerignore-files
 */
async function dockerContext(): Promise<(path: string) => boolean> {
  const lines = (await readFile(join(ROOT, ".dockerignore"), "utf8")).split("\n");
  const patterns = lines.filter((line) => line !== "" && !line.startsWith("#"));
  return (path) => {
    if (path === "") return true;
    const decisive = patterns.findLast((pattern) => {
      const glob = pattern.replace(/^!/, "");
      return matchesGlob(path, glob) || matchesGlob(path, `${glob}/**`);
    });
    // The first pattern excludes everything, also the names with a dot, which Node's globs leave out.
    return decisive?.startsWith("!") === true;
  };
}
