import { globSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { installDependencies, modified, npm } from "../install.ts";

const FOLDER = fileURLToPath(new URL(".", import.meta.url));

/**
 * Builds the page, with its dependencies, unless nothing has changed since the last build.
 * @throws {Error} if npm fails
 */
export function build(): void {
  installDependencies(FOLDER);
  const sources = ["src/**/*", "public/*", "index.html", "vite.config.ts", "package-lock.json"];
  const newest = Math.max(...globSync(sources, { cwd: FOLDER }).map((path) => modified(join(FOLDER, path))));
  // Written last. The worker's sources that the page uses change with the page.
  if (modified(join(FOLDER, "dist/index.html")) > newest) return;
  npm(FOLDER, "run", "--silent", "build", "--", "--logLevel", "warn");
}
