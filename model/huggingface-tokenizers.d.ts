/** The part of `@huggingface/tokenizers` that is used. Its own declarations import without file extensions, which Node's way of resolving modules refuses. */
declare module "@huggingface/tokenizers" {
  export class Tokenizer {
    constructor(tokenizer: object, config: object);
    encode(text: string, options?: { add_special_tokens?: boolean }): { ids: number[] };
  }
  export class ReplaceNormalizer {
    constructor(config: object);
    readonly pattern: RegExp;
  }
}
