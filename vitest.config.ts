import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

// The tests start hundreds of processes. With compiled modules on disk, each starts in two thirds of the time.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL("node_modules/.cache/node", import.meta.url));

export default defineConfig({
  test: {
    include: ["{test,dashboard/test}/**/*.test.ts"],
    globalSetup: ["test/emulators.ts"],
    testTimeout: 90_000,
    hookTimeout: 120_000,
    // The emulators, the tests and the inference threads of the tested workers share two cores. But the tests spend a third of their time
    // waiting for ack deadlines, timeouts and the end of processes.
    maxWorkers: 3,
  },
});
