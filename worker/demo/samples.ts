import { fileURLToPath } from "node:url";

/** Reviews written for the demo: short, long, mixed, ironic, emoji, other scripts, and some that cannot be classified. */
export const SAMPLES = fileURLToPath(new URL("./reviews.jsonl", import.meta.url));
