import { defineConfig } from "vite";

export default defineConfig({
  build: {
    // Firestore's client alone exceeds the default of 500 kB, and cannot be split.
    chunkSizeWarningLimit: 800,
    // A slow build on a busy machine is no reason for a warning.
    rolldownOptions: { checks: { pluginTimings: false } },
  },
});
