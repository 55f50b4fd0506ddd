import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

// The tests start hundreds of processes. With compiled modules on disk, each starts in two thirds of the time.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL("node_modules/.cache/node", import.meta.url));

const UNIT = "test/{unit,docs}/**/*.test.ts";

export default defineConfig({
  test: {
    testTimeout: 90_000,
    hookTimeout: 120_000,
    restoreMocks: true,
    unstubEnvs: true,
    // The emulators, the tests and the inference threads of the tested workers share two cores. But the tests spend half of their time
    // waiting for ack deadlines, timeouts and the end of processes.
    maxWorkers: 4,
    // Projects run in the order of their names. Those with long files come first, so that both cores are busy until the end.
    projects: [
      {
        extends: true,
        test: {
          name: "emulators",
          include: ["{test,dashboard/test}/**/*.test.ts"],
          exclude: [UNIT],
          globalSetup: ["test/emulators.ts"],
        },
      },
      // The types of all of Google Cloud are loaded once a worker, and not once a file.
      { extends: true, test: { name: "infra", include: ["infra/test/**/*.test.ts"], isolate: false } },
      { extends: true, test: { name: "unit", include: [UNIT], isolate: false } },
    ],
  },
});
