/** The reviews to label. All texts differ, and every run of the benchmark has the same ones. */

import { InputError } from "../../shared/input-error.ts";
import { openReviewsFile } from "../../shared/reviews-file.ts";
import { SAMPLES } from "../../worker/demo/samples.ts";
import { shuffled } from "../reviews.ts";
import { loadTokenizer } from "../tokenizer.ts";

/**
 * - `short`: 30 tokens each.
 * - `real`: lengths like those of Amazon reviews, which are nearly log-normal: median 113 tokens, mean 172, p99 965; one in twenty is
 *   longer than 512.
 * - `mixed`: half of them short, half of them real.
 */
export const LOADS = ["short", "real", "mixed"] as const;

export type Load = (typeof LOADS)[number];

const SHORT_TOKENS = 30;
const MEDIAN_TOKENS = 113;
/** Standard deviation of the logarithm of the length. It results in a mean of 173 and a p99 of 965. */
const SIGMA = 0.922;

/** Mean length of a real review relative to a short one. */
const REAL_PER_SHORT = 4;

/** Makes the texts of a load. */
export class ReviewMaker {
  /** The words of the samples, in order, and the number of tokens of each. */
  readonly #words: readonly string[];
  readonly #tokens: readonly number[];
  readonly #real: readonly string[];

  private constructor(words: readonly string[], tokens: readonly number[], real: readonly string[]) {
    this.#words = words;
    this.#tokens = tokens;
    this.#real = real;
  }

  /**
   * @param model folder of the model whose tokenizer counts the tokens
   * @param input a file of reviews to use as the real load
   */
  static async open(model: string, input?: string): Promise<ReviewMaker> {
    const tokenizer = await loadTokenizer(model, 512);
    const special = tokenizer.encode("").length;
    // Samples without a label are in other languages or cannot be classified.
    const words = (await texts(SAMPLES.hard, ({ label }) => label !== undefined)).join(" ").split(/\s+/);
    const tokens = words.map((word) => tokenizer.encode(word).length - special);
    return new ReviewMaker(words, tokens, input === undefined ? [] : await texts(input));
  }

  /**
   * The texts of a load.
   * @param count number of real reviews; of short ones there are more, so that every load is about the same amount of work
   * @param round each round has different texts of the same lengths, so that caches do not help
   */
  texts(load: Load, count: number, round: number): string[] {
    const seed = round * 1_000_003;
    const short = (many: number): string[] =>
      Array.from({ length: many }, (_, i) => this.#text(SHORT_TOKENS, seed + i));
    const real = (many: number): string[] =>
      this.#real.length > 0
        ? Array.from({ length: many }, (_, i) => `${this.#real[i % this.#real.length]} ${seed + i}`)
        : lengths(many).map((tokens, i) => this.#text(tokens, seed + many + i));
    if (load === "short") return short(count * REAL_PER_SHORT);
    if (load === "real") return shuffled(real(count));
    return shuffled([...short(count), ...real(count)]);
  }

  /** A text with this many tokens, including special ones. The `seed` determines at which word of the samples it starts. */
  #text(tokens: number, seed: number): string {
    const words = [String(seed)];
    // The seed has about two tokens, and there are two special tokens.
    let remaining = tokens - 4;
    for (let at = (seed * 37) % this.#words.length; remaining > 0; at = (at + 1) % this.#words.length) {
      words.push(this.#words[at] as string);
      remaining -= this.#tokens[at] as number;
    }
    return words.join(" ");
  }
}

/** The lengths of `count` real reviews in tokens: the medians of `count` equally probable parts of the log-normal distribution. */
function lengths(count: number): number[] {
  return Array.from({ length: count }, (_, i) =>
    Math.max(5, Math.round(MEDIAN_TOKENS * Math.exp(SIGMA * normalQuantile((i + 0.5) / count)))),
  );
}

/** The quantile of the standard normal distribution, with an error of at most 0.00045: Abramowitz and Stegun 1964, formula 26.2.23. */
function normalQuantile(p: number): number {
  if (p > 0.5) return -normalQuantile(1 - p);
  const t = Math.sqrt(-2 * Math.log(p));
  return (2.515517 + 0.802853 * t + 0.010328 * t ** 2) / (1 + 1.432788 * t + 0.189269 * t ** 2 + 0.001308 * t ** 3) - t;
}

async function texts(
  path: string,
  isWanted: (row: Readonly<Record<string, unknown>>) => boolean = () => true,
): Promise<string[]> {
  const found: string[] = [];
  for await (const row of (await openReviewsFile(path)).rows()) {
    const { text } = row;
    if (typeof text === "string" && text.trim() !== "" && isWanted(row)) found.push(text);
  }
  if (found.length === 0) throw new InputError(`${path}: no row has a text in a field "text"`);
  return found;
}
