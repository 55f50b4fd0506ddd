/** Installing a package must not run its code, whatever version of npm installs it. */
import { execFileSync } from "node:child_process";
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";

const FOLDERS = execFileSync("git", ["ls-files", "*package-lock.json"], { encoding: "utf8" })
  .trim()
  .split("\n")
  .map((file) => dirname(file));

test.each(FOLDERS)("npm ci in %s runs no install script", async (folder) => {
  const root = await mkdtemp(join(tmpdir(), "install-scripts-"));
  try {
    const hostile = join(root, "hostile");
    const project = join(root, "project");
    await mkdir(hostile);
    await mkdir(project);
    const scripts = Object.fromEntries(
      ["preinstall", "install", "postinstall"].map((name) => [
        name,
        `node -e 'require("fs").writeFileSync("ran", "")'`,
      ]),
    );
    await writeFile(join(hostile, "package.json"), JSON.stringify({ name: "hostile", version: "1.0.0", scripts }));
    await writeFile(
      join(project, "package.json"),
      JSON.stringify({ name: "project", private: true, dependencies: { hostile: "file:../hostile.tgz" } }),
    );
    const npm = (cwd: string, ...args: string[]) =>
      execFileSync("npm", [...args, "--offline", "--cache", join(root, "cache"), "--no-audit"], { cwd, stdio: "pipe" });
    npm(hostile, "pack", "--ignore-scripts", "--pack-destination", root);
    await copyFile(join(root, "hostile-1.0.0.tgz"), join(root, "hostile.tgz"));
    npm(project, "install", "--package-lock-only");
    await copyFile(join(folder, ".npmrc"), join(project, ".npmrc"));
    npm(project, "ci");
    expect(await readdir(join(project, "node_modules/hostile"))).toEqual(["package.json"]);
  } finally {
    await rm(root, { recursive: true });
  }
});

test("no package that is needed has an install script that must run: the runtime comes as a file", async () => {
  const { packages } = JSON.parse(await readFile("package-lock.json", "utf8")) as {
    packages: Record<string, { bin?: Record<string, string>; hasInstallScript?: boolean }>;
  };
  const runtimes = Object.values(packages).filter(({ bin }) => bin?.node !== undefined);
  // Exactly one: npm 9 and 10 remove the command of the package for this platform together with that of another platform's.
  expect(runtimes).toEqual([expect.not.objectContaining({ hasInstallScript: true })]);
});
