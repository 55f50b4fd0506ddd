/** A browser for the tests: an installed one, or Debian's, which is installed if this process is root. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { type Browser, chromium } from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** @param args more arguments of the command line */
export function launchChromium(...args: string[]): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? findChromium() ?? installChromium(),
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      ...args,
    ],
  });
}

function findChromium(): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find((file) => existsSync(file));
}

/** @throws {Error} that says what to do, unless this process is root on Debian */
function installChromium(): string {
  const advice = "install Chromium or Chrome, or set CHROMIUM to the path of one";
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get"))
    throw new Error(`the dashboard's tests need a browser: ${advice}`);
  console.warn("\n  Installing Debian's Chromium for the dashboard's tests …\n");
  const install =
    "command -v chromium >/dev/null || { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium >/dev/null; }";
  // Several files of tests need it at the same time, and apt-get refuses to run twice.
  const { status } = spawnSync("flock", [join(tmpdir(), "install-chromium.lock"), "sh", "-c", install], {
    stdio: ["ignore", 2, 2],
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  });
  const found = findChromium();
  if (status !== 0 || found === undefined) throw new Error(`Chromium could not be installed: ${advice}`);
  return found;
}
