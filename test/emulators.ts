/** Starts Google's emulators once for all tests that need them. Without them those tests are skipped, loudly; in CI that fails. */
import type { TestProject } from "vitest/node";
import { findEmulators, startEmulators } from "../shared/backends/emulators.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** `host:port` of each, or null where there are none. */
    emulators: { firestoreHost: string; pubsubHost: string } | null;
  }
}

// Their code runs for minutes only: the compiler that optimises it, and parallel garbage collection, would take half of their CPU time.
process.env.JAVA_TOOL_OPTIONS ??= "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC";

export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const jars = await findEmulators();
  if (typeof jars === "string") {
    if (process.env.CI) throw new Error(`Google's emulators are needed in CI: ${jars}`);
    console.warn(`\n  SKIPPED: all tests on Google's emulators, because ${jars}\n`);
    project.provide("emulators", null);
    return undefined;
  }
  const { firestoreHost, pubsubHost, stop } = await startEmulators(jars);
  project.provide("emulators", { firestoreHost, pubsubHost });
  return stop;
}
