import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{test,dashboard/test}/**/*.test.ts"],
    globalSetup: ["test/emulators.ts"],
    testTimeout: 90_000,
    hookTimeout: 120_000,
    // Two cores are shared by the emulators, the tests and the inference threads of what they test.
    maxWorkers: 2,
  },
});
