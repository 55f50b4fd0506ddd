import { defineConfig } from "vite";

export default defineConfig({
  // Firestore's client alone is over the default of 500 kB, and comes in one piece.
  build: { chunkSizeWarningLimit: 800 },
});
