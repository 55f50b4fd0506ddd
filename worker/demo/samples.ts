import { fileURLToPath } from "node:url";

const file = (name: string): string => fileURLToPath(new URL(`./${name}`, import.meta.url));

/** Reviews written for the demo. */
export const SAMPLES = {
  /** Everyday reviews: short and long ones, ratings, emoji, facts, questions. */
  ordinary: file("ordinary-reviews.jsonl"),
  /** Irony, asides, hedges, other languages, and some that cannot be classified. */
  hard: file("hard-reviews.jsonl"),
  /** Four of each of the twelve languages that `lite-multi` reads. */
  multilingual: file("multilingual-reviews.jsonl"),
} as const;

export type SampleKind = keyof typeof SAMPLES;
