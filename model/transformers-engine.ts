import { PreTrainedTokenizer } from "@xenova/transformers/src/tokenizers.js";
import { escaped } from "./pattern.ts";
import type { Encode, Parts, TokenizerFile } from "./tokenizer.ts";

/** The tokenizer of `@xenova/transformers`, alone: the package's main entry also loads an image library. */
export function createTransformersEngine(file: TokenizerFile, { normalize, preTokenize, pieces }: Parts): Encode {
  const { added_tokens, post_processor, model } = file;
  const anyAdded = anyOf(added_tokens);
  const tokenizer = new PreTrainedTokenizer(
    {
      model: pieces === undefined ? withJoinedMerges(model) : { type: "WordPiece", vocab: {} },
      added_tokens,
      normalizer: null,
      pre_tokenizer: null,
      post_processor: post_processor ?? null,
      decoder: null,
    },
    {},
  );
  Object.assign(tokenizer, {
    added_tokens_regex: anyAdded,
    normalizer: normalize ?? null,
    pre_tokenizer:
      preTokenize === undefined
        ? null
        : (text: string, { section_index }: { section_index: number }) => preTokenize(text, section_index === 0),
  });
  if (pieces === undefined) Object.assign(tokenizer.model, { cache: new BoundedCache() });
  else Object.assign(tokenizer.model, { encode: pieces.encode, tokens_to_ids: pieces.ids });
  return (text, specialTokens) => {
    // With a text that has no added token, which is nearly every one, the package would only copy these ids, several times.
    if (pieces !== undefined && !specialTokens && !anyAdded?.test(text)) {
      const normalized = normalize?.(text) ?? text;
      if (normalized === "") return [];
      return pieces.encode(preTokenize?.(normalized, true) ?? [normalized]);
    }
    return (
      tokenizer
        .encode(text, null, { add_special_tokens: specialTokens })
        // A model without a token for unknown text gives `undefined` for it.
        .filter((id: number | undefined) => id !== undefined)
    );
  };
}

/** The package wants the two sides of a merge in one string. */
function withJoinedMerges(model: TokenizerFile["model"]): object {
  if (model.type !== "BPE") return model;
  return { ...model, merges: model.merges.map((merge) => (typeof merge === "string" ? merge : merge.join(" "))) };
}

/**
 * Finds the longest of the added tokens, with the white space that they take. The package would take the first of them, and
 * quadratic time for a run of white space.
 */
function anyOf(tokens: TokenizerFile["added_tokens"]): RegExp | null {
  if (tokens.length === 0) return null;
  const alternatives = tokens
    .toSorted((a, b) => b.content.length - a.content.length)
    .map(({ content, lstrip, rstrip }) => {
      const before = lstrip ? "(?:(?<!\\p{White_Space})\\p{White_Space}+)?" : "";
      return `${before}(${escaped(content)})${rstrip ? "\\p{White_Space}*" : ""}`;
    });
  return new RegExp(alternatives.join("|"), "u");
}

/** The pieces of words that were split before. It is cleared when it is full: reviews never run out of new words. */
class BoundedCache extends Map<string, string[]> {
  override set(word: string, pieces: string[]): this {
    if (word.length > 256) return this;
    if (this.size >= 10_000) this.clear();
    return super.set(word, pieces);
  }
}
