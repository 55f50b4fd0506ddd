/** Installing a package must not run its code, whatever version of npm installs it. */
import { execFileSync } from "node:child_process";
import { copyFile, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const FOLDERS = execFileSync("git", ["ls-files", "*package-lock.json"], { encoding: "utf8" })
  .trim()
  .split("\n")
  .map((file) => dirname(file));

let root: string;
let locked: string;
const npm = (cwd: string, ...args: string[]) =>
  execFileSync("npm", [...args, "--offline", "--cache", join(root, "cache"), "--no-audit"], { cwd, stdio: "pipe" });

/** A project with a lock file, which depends on a package with install scripts. */
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "install-scripts-"));
  const hostile = join(root, "hostile");
  locked = join(root, "locked");
  await mkdir(hostile);
  await mkdir(locked);
  const scripts = Object.fromEntries(
    ["preinstall", "install", "postinstall"].map((name) => [name, `node -e 'require("fs").writeFileSync("ran", "")'`]),
  );
  await writeFile(join(hostile, "package.json"), JSON.stringify({ name: "hostile", version: "1.0.0", scripts }));
  const dependencies = { hostile: "file:../hostile-1.0.0.tgz" };
  await writeFile(join(locked, "package.json"), JSON.stringify({ name: "project", private: true, dependencies }));
  npm(hostile, "pack", "--ignore-scripts", "--pack-destination", root);
  npm(locked, "install", "--package-lock-only");
});
afterAll(() => rm(root, { recursive: true }));

test.each(FOLDERS)("npm ci in %s runs no install script", async (folder) => {
  const project = await mkdtemp(join(root, "project-"));
  await cp(locked, project, { recursive: true });
  await copyFile(join(folder, ".npmrc"), join(project, ".npmrc"));
  npm(project, "ci");
  expect(await readdir(join(project, "node_modules/hostile"))).toEqual(["package.json"]);
});

test("no package that is needed has an install script that must run: the runtime comes as a file", async () => {
  const { packages } = JSON.parse(await readFile("package-lock.json", "utf8")) as {
    packages: Record<string, { bin?: Record<string, string>; hasInstallScript?: boolean }>;
  };
  const runtimes = Object.values(packages).filter(({ bin }) => bin?.node !== undefined);
  // Exactly one: npm 9 and 10 remove the command of the package for this platform together with that of another platform's.
  expect(runtimes).toEqual([expect.not.objectContaining({ hasInstallScript: true })]);
});
