import { ReplaceNormalizer, Tokenizer } from "@huggingface/tokenizers";
import type { Pattern } from "./pattern.ts";
import { type Encode, isNormalized, type Parts, type TokenizerFile } from "./tokenizer.ts";

/** A tokenizer from `@huggingface/tokenizers`, for the few files that `@xenova/transformers` handles wrongly. */
export function createTokenizersEngine(file: TokenizerFile, { normalize, preTokenize, pieces }: Parts): Encode {
  const tokenizer = new Tokenizer(
    {
      model: pieces === undefined ? file.model : { type: "WordPiece", vocab: {} },
      // The package searches for these tokens in normalised text and must not normalise them itself.
      added_tokens: file.added_tokens.map((token) =>
        normalize !== undefined && isNormalized(token) ? { ...token, content: normalize(token.content) } : token,
      ),
      normalizer: normalize === undefined ? null : { type: "Sequence", normalizers: [] },
      pre_tokenizer: null,
      post_processor: file.post_processor ?? null,
      decoder: null,
    },
    {},
  );
  Object.assign(tokenizer, {
    ...(normalize !== undefined && { normalizer: normalize }),
    ...(preTokenize !== undefined && {
      pre_tokenizer: (text: string, { section_index }: { section_index: number }) =>
        preTokenize(text, section_index === 0),
    }),
    ...(pieces !== undefined && {
      model: Object.assign((words: string[]) => pieces.encode(words), { tokens_to_ids: pieces.ids }),
    }),
  });
  return (text, specialTokens) => tokenizer.encode(text, { add_special_tokens: specialTokens }).ids;
}

/** Translates regular expressions from Oniguruma's syntax. */
export function compilePattern(pattern: Pattern): RegExp {
  return new ReplaceNormalizer({ pattern, content: "" }).pattern;
}
