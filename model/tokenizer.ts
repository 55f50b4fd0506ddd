/**
 * Turns texts into token ids: those that Hugging Face's `tokenizers` gives with the same `tokenizer.json`, or an error when it
 * is loaded. Which parts are allowed, and with which options, is what the schemas say; a test compares the ids of each kind.
 */
import { z } from "zod";
import { createNormalizer, NON_ASCII, type Normalize, Normalizer, patternsOfNormalizer } from "./normalizer.ts";
import { type CompilePattern, isTranslatable, type Pattern, patternToRegExp } from "./pattern.ts";
import { createPreTokenizer, type PreTokenize, PreTokenizer, patternsOfPreTokenizer } from "./pre-tokenizer.ts";
import { Unigram } from "./unigram.ts";
import { WordPiece } from "./wordpiece.ts";

const AddedToken = z.looseObject({
  id: z.number(),
  content: z.string().min(1),
  single_word: z.literal(false, "only false").default(false),
  lstrip: z.boolean().default(false),
  rstrip: z.boolean().default(false),
  special: z.boolean().default(false),
  normalized: z.boolean().optional(),
});

/** Files written before tokenizers 0.9 do not say the type of their model. */
function withType(model: unknown): unknown {
  if (typeof model !== "object" || model === null || "type" in model) return model;
  const type =
    "merges" in model
      ? "BPE"
      : Array.isArray((model as { vocab?: unknown }).vocab)
        ? "Unigram"
        : "continuing_subword_prefix" in model || "max_input_chars_per_word" in model
          ? "WordPiece"
          : "WordLevel";
  return { type, ...model };
}

/** Not `z.record`, which copies it: 20 ms of every start for 30,000 pieces. */
const Vocabulary = z.custom<Readonly<Record<string, number>>>(
  (value) =>
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((id) => typeof id === "number"),
  "must be an object of numbers",
);

const Model = z.preprocess(
  withType,
  z.discriminatedUnion("type", [
    z.object({
      type: z.literal("WordPiece"),
      unk_token: z.string().default("[UNK]"),
      continuing_subword_prefix: z.string().default("##"),
      max_input_chars_per_word: z.number().default(100),
      vocab: Vocabulary,
    }),
    z.looseObject({
      type: z.literal("BPE"),
      vocab: Vocabulary,
      merges: z.array(z.union([z.string(), z.tuple([z.string(), z.string()])])),
      dropout: z.literal([null, 0], "only null").optional(),
      continuing_subword_prefix: z.literal([null, ""], "only null").optional(),
      end_of_word_suffix: z.literal([null, ""], "only null").optional(),
      byte_fallback: z.literal(false, "only false").default(false),
    }),
    z.object({
      type: z.literal("Unigram"),
      unk_id: z.number(),
      vocab: z.array(z.tuple([z.string(), z.number()])),
      byte_fallback: z.literal(false, "only false").default(false),
    }),
  ]),
);

const PostProcessor = z.looseObject({
  type: z.enum(["TemplateProcessing", "BertProcessing", "RobertaProcessing", "ByteLevel", "Sequence"]),
});

/** The content of a `tokenizer.json`. */
export const TokenizerFile = z.object({
  added_tokens: z.array(AddedToken).default([]),
  normalizer: Normalizer.nullish(),
  pre_tokenizer: PreTokenizer.nullish(),
  post_processor: PostProcessor.nullish(),
  model: Model,
});
export type TokenizerFile = z.infer<typeof TokenizerFile>;

/** Turns texts into token ids, truncated so that the head and the tail of a long text remain. */
export class Tokenizer {
  readonly #encode: Encode;
  readonly #maxTokens: number;
  /** Ids of the special tokens that precede and follow a text, such as [CLS] and [SEP]. */
  readonly #before: readonly number[];
  readonly #after: readonly number[];

  private constructor(encode: Encode, maxTokens: number) {
    this.#encode = encode;
    this.#maxTokens = maxTokens;
    const bare = encode("a", false);
    const whole = encode("a", true);
    const before = whole.findIndex((_, i) => bare.every((id, j) => whole[i + j] === id));
    if (before === -1) throw new Error("its post_processor changes the tokens of a text");
    this.#before = whole.slice(0, before);
    this.#after = whole.slice(before + bare.length);
  }

  /**
   * @param file as parsed by {@link TokenizerFile}
   * @param maxTokens of a text, special tokens included
   * @throws {Error} if the file contradicts itself
   */
  static async create(file: TokenizerFile, maxTokens: number): Promise<Tokenizer> {
    return new Tokenizer(await createEngine(file), maxTokens);
  }

  /** Token ids of a text, special tokens included, `maxTokens` at most. */
  encode(text: string): number[] {
    const ids = this.#encode(bounded(text, this.#maxTokens), false);
    const body = headAndTail(ids, this.#maxTokens - this.#before.length - this.#after.length);
    return [...this.#before, ...body, ...this.#after];
  }
}

/** Token ids of a text, with or without the special tokens around it. */
export type Encode = (text: string, specialTokens: boolean) => number[];

/** The parts that an engine takes from us, because those of the packages differ from the original or are slow. */
export interface Parts {
  normalize: Normalize | undefined;
  preTokenize: PreTokenize | undefined;
  /** Absent where the package's own implementation is right and fast. */
  pieces: Pieces | undefined;
}

/** Loads the engine that is right for a file: `@xenova/transformers` wherever it is, since it serves all but few. */
async function createEngine(file: TokenizerFile): Promise<Encode> {
  if (isForTransformers(file)) {
    const { createTransformersEngine } = await import("./transformers-engine.ts");
    return createTransformersEngine(
      file,
      createParts(file, (pattern) => patternToRegExp(pattern) as RegExp),
    );
  }
  const { compilePattern, createTokenizersEngine } = await import("./tokenizers-engine.ts");
  return createTokenizersEngine(file, createParts(file, compilePattern));
}

/**
 * Whether `@xenova/transformers` gives the right ids. It looks for added tokens only before the text is normalised, joins the sides
 * of a merge by a space, and does not translate every pattern.
 */
export function isForTransformers({ added_tokens, normalizer, pre_tokenizer, model }: TokenizerFile): boolean {
  const patterns: Pattern[] = [
    ...(normalizer ? patternsOfNormalizer(normalizer) : []),
    ...(pre_tokenizer ? patternsOfPreTokenizer(pre_tokenizer) : []),
  ];
  return (
    patterns.every(isTranslatable) &&
    !(normalizer && added_tokens.some(isNormalized)) &&
    !(model.type === "BPE" && model.merges.some((merge) => typeof merge !== "string" && merge.join("").includes(" ")))
  );
}

/** Whether an added token is looked for in the normalised text. */
export function isNormalized({ normalized, special }: TokenizerFile["added_tokens"][number]): boolean {
  return normalized ?? !special;
}

function createParts(file: TokenizerFile, compile: CompilePattern): Parts {
  const { normalizer, pre_tokenizer } = file;
  return {
    normalize: normalizer ? createNormalizer(normalizer, compile) : undefined,
    preTokenize: pre_tokenizer ? createPreTokenizer(pre_tokenizer, compile) : undefined,
    pieces: createPieces(file),
  };
}

/** Splits words into the pieces of a vocabulary, for the packages, which look up their ids. */
export interface Pieces {
  /** Ids in place of pieces, so that no piece is looked up twice. */
  encode(words: readonly string[]): number[];
  /** An id is its own; other pieces are added tokens and those around a text. */
  ids: { get(piece: string | number): number | undefined };
}

function createPieces({ model, added_tokens }: TokenizerFile): Pieces | undefined {
  if (model.type === "BPE") return undefined;
  const vocabulary = new Map(
    model.type === "Unigram" ? model.vocab.map(([piece], id) => [piece, id]) : Object.entries(model.vocab),
  );
  const added = new Map(added_tokens.map(({ content, id }) => [content, id]));
  const pieces = model.type === "Unigram" ? createUnigram(model) : createWordPiece(model, vocabulary);
  return {
    encode: (words) => pieces.encode(words),
    ids: {
      get: (piece) => (typeof piece === "number" ? piece : (added.get(piece) ?? vocabulary.get(piece))),
    },
  };
}

function createWordPiece(
  model: Extract<TokenizerFile["model"], { type: "WordPiece" }>,
  vocabulary: ReadonlyMap<string, number>,
): WordPiece {
  const { unk_token, continuing_subword_prefix, max_input_chars_per_word } = model;
  const unknown = vocabulary.get(unk_token);
  if (unknown === undefined) throw new Error(`its vocabulary has no ${unk_token}`);
  return new WordPiece(vocabulary, unknown, continuing_subword_prefix, max_input_chars_per_word);
}

function createUnigram({ vocab, unk_id }: Extract<TokenizerFile["model"], { type: "Unigram" }>): Unigram {
  if (vocab[unk_id] === undefined) throw new Error("its unk_id is not in its vocabulary");
  return new Unigram(vocab, unk_id);
}

/**
 * The first quarter and the last three quarters of `limit` ids. In long reviews the verdict is at the ends, more often at the
 * last one: 128 + 382 of 510 did best in Sun et al. 2019, "How to Fine-Tune BERT for Text Classification?", section 5.3.1.
 */
export function headAndTail(ids: readonly number[], limit: number): readonly number[] {
  if (ids.length <= limit) return ids;
  const head = Math.floor(limit / 4);
  return [...ids.slice(0, head), ...ids.slice(ids.length - (limit - head))];
}

/** A token of a language has about 4 characters. */
const CHARACTERS_PER_TOKEN = 12;
/** As many as text of any language has on one character: UAX #15, section 13, "Stream-Safe Text Format". */
const MARKS = /(\p{M}{30})\p{M}+/gu;
/** By how much normalisation may lengthen a text. No language comes near, but there are characters that stand for 18. */
const MAX_EXPANSION = 2;

/**
 * Bounds the time that tokenising a text takes. If the text is so long that truncation would remove its middle anyway, only its
 * ends are kept; runs of white space are collapsed first. If normalisation would make it much longer, even less is kept. Of a run of
 * combining marks the first 30 are kept, because Unicode normalisation takes quadratic time for it.
 */
export function bounded(text: string, maxTokens: number): string {
  const reach = CHARACTERS_PER_TOKEN * maxTokens;
  const near = withinReach(text.toWellFormed(), reach);
  if (!NON_ASCII.test(near)) return near;
  const kept = near.replace(MARKS, "$1");
  const expanded = kept.normalize("NFKD").length;
  return expanded <= MAX_EXPANSION * reach ? kept : withinReach(kept, Math.floor((reach * reach) / expanded));
}

/** The text with runs of white space collapsed, or its ends, if it has more than `reach` UTF-16 units. */
function withinReach(text: string, reach: number): string {
  if (text.length <= reach) return text;
  const dense = text.replace(/\s{2,}/g, " ").trim();
  if (dense.length <= reach) return dense;
  const head = Math.floor(reach / 4);
  return `${dense.slice(0, head).toWellFormed()} ${dense.slice(head - reach).toWellFormed()}`;
}
