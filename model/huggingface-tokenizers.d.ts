/** The part of `@huggingface/tokenizers` that is used. Its own declarations import without file extensions, which Node's way of resolving modules refuses. */
declare module "@huggingface/tokenizers" {
  export class Tokenizer {
    constructor(tokenizer: object, config: object);
    encode(text: string, options?: { add_special_tokens?: boolean }): { ids: number[] };
  }
  export class ReplaceNormalizer {
    constructor(config: object);
    normalize(text: string): string;
  }
  class PreTokenizer {
    constructor(config?: object);
    pre_tokenize(text: string): string[];
  }
  export class BertPreTokenizer extends PreTokenizer {}
  export class DigitsPreTokenizer extends PreTokenizer {}
  export class PunctuationPreTokenizer extends PreTokenizer {}
  export class SplitPreTokenizer extends PreTokenizer {}
  export class ByteLevelPreTokenizer extends PreTokenizer {
    pattern: RegExp;
  }
}
