import { readFile } from "node:fs/promises";

/** The project's security rules. */
export const RULES = await readFile(new URL("../../firestore.rules", import.meta.url), "utf8");

/** Rules that refuse every request of a browser. */
export const NO_RULES = "rules_version = '2'; service cloud.firestore { match /none/{of} { allow read: if false; } }";
