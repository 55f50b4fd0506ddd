import { readFile } from "node:fs/promises";
import { join } from "node:path";
// The tokenizers alone: the package's main entry would also load its own ONNX runtimes and an image library.
import { AutoTokenizer, PreTrainedTokenizer } from "@xenova/transformers/src/tokenizers.js";
import { WordPiece } from "./wordpiece.ts";

/** Turns texts into token ids, truncated so that the head and the tail of a long text remain. */
export class Tokenizer {
  readonly #tokenizer: PreTrainedTokenizer;
  readonly #maxTokens: number;
  /** How many special tokens precede and follow a text, such as [CLS] and [SEP]. */
  readonly #before: number;
  readonly #after: number;

  private constructor(tokenizer: PreTrainedTokenizer, maxTokens: number) {
    this.#tokenizer = tokenizer;
    this.#maxTokens = maxTokens;
    const bare = tokenizer.encode("a", null, { add_special_tokens: false });
    const whole = tokenizer.encode("a");
    this.#before = whole.findIndex((_, i) => bare.every((id, j) => whole[i + j] === id));
    this.#after = whole.length - bare.length - this.#before;
  }

  /** @param maxTokens of a text, special tokens included */
  static async load(folder: string, maxTokens: number): Promise<Tokenizer> {
    const [tokenizer, config] = await Promise.all(
      ["tokenizer.json", "tokenizer_config.json"].map(async (file) =>
        JSON.parse(await readFile(join(folder, file), "utf8")),
      ),
    );
    const name = String(config.tokenizer_class ?? "").replace(/Fast$/, "");
    const mapping = AutoTokenizer.TOKENIZER_CLASS_MAPPING as Record<string, typeof PreTrainedTokenizer>;
    const TokenizerClass = mapping[name] ?? PreTrainedTokenizer;
    const made = new TokenizerClass(tokenizer, config);
    const {
      type,
      unk_token: unknown,
      continuing_subword_prefix: prefix,
      max_input_chars_per_word: most,
    } = tokenizer.model;
    if (type === "WordPiece") {
      const pieces = new WordPiece(made.model.tokens_to_ids, unknown, prefix ?? "##", most ?? 100);
      made.model.encode = (words: string[]) => pieces.encode(words);
    }
    return new Tokenizer(made, maxTokens);
  }

  /** Token ids of a text, special tokens included, `maxTokens` at most. */
  encode(text: string): number[] {
    const ids = this.#tokenizer.encode(withinReach(text, this.#maxTokens));
    if (ids.length <= this.#maxTokens) return ids;
    const body = ids.slice(this.#before, ids.length - this.#after);
    return [
      ...ids.slice(0, this.#before),
      ...headAndTail(body, this.#maxTokens - this.#before - this.#after),
      ...ids.slice(ids.length - this.#after),
    ];
  }
}

/**
 * The first quarter and the last three quarters of `limit` ids. In long reviews the verdict is at the ends, more often at the
 * last one: 128 + 382 of 510 did best in Sun et al. 2019, "How to Fine-Tune BERT for Text Classification?", section 5.3.1.
 */
export function headAndTail(ids: readonly number[], limit: number): number[] {
  if (ids.length <= limit) return [...ids];
  const head = Math.floor(limit / 4);
  return [...ids.slice(0, head), ...ids.slice(ids.length - (limit - head))];
}

/**
 * Cuts the middle out of a text so long that no token of it could remain after truncation, so that a document of a megabyte
 * costs no more than a long one. Tokens have about 4 characters; 32 leave room for anything that is language. White space, which
 * a text may be full of, has none.
 */
export function withinReach(text: string, maxTokens: number): string {
  const reach = 32 * maxTokens;
  if (text.length <= 2 * reach) return text;
  const dense = text.replace(/\s{2,}/g, " ").trim();
  if (dense.length <= 2 * reach) return dense;
  return `${dense.slice(0, reach).toWellFormed()} ${dense.slice(-reach).toWellFormed()}`;
}
