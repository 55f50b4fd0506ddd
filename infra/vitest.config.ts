import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 60_000,
    maxWorkers: 2,
    // The types of all of Google Cloud are loaded once a worker, and not once a file.
    isolate: false,
  },
});
