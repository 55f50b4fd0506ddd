import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/emulators.ts"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Two cores are shared by the emulators, the tests and the inference threads of what they test.
    maxWorkers: 2,
  },
});
