import { globSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { installDependencies, modified, npm } from "../install.ts";

const FOLDER = fileURLToPath(new URL(".", import.meta.url));

/**
 * Builds the page, with its dependencies, unless nothing has changed since the last build.
 * @throws {Error} if npm fails
 */
export function build(): void {
  // Two commands or tests that build at once would serve each other's half-written files.
  exclusively(join(FOLDER, ".building"), () => {
    installDependencies(FOLDER);
    const sources = ["src/**/*", "public/*", "index.html", "vite.config.ts", "package-lock.json"];
    const newest = Math.max(...globSync(sources, { cwd: FOLDER }).map((path) => modified(join(FOLDER, path))));
    // Written last. The worker's sources that the page uses change with the page.
    if (modified(join(FOLDER, "dist/index.html")) > newest) return;
    npm(FOLDER, "run", "--silent", "build", "--", "--logLevel", "warn");
  });
}

/** Runs `work` while no other process does. @param lock a file that contains the id of the process that is at it */
export function exclusively(lock: string, work: () => void): void {
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: "wx" });
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      if (!isRunning(lock)) rmSync(lock, { force: true });
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    }
  }
  try {
    work();
  } finally {
    rmSync(lock, { force: true });
  }
}

/** Whether the process that has written the lock still runs. */
function isRunning(lock: string): boolean {
  try {
    const pid = Number(readFileSync(lock, "utf8"));
    // An empty file has just been created.
    return pid === 0 || process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
