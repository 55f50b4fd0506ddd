/**
 * Turns texts into token ids: those that Hugging Face's `tokenizers` gives with the same `tokenizer.json`, or an error when it
 * is loaded. Which parts are allowed, and with which options, is what the schemas say; a test compares the ids of each kind.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Tokenizer as Port } from "@huggingface/tokenizers";
import { z } from "zod";
import { createNormalizer, Normalizer } from "./normalizer.ts";
import { createPreTokenizer, PreTokenizer } from "./pre-tokenizer.ts";
import { Unigram } from "./unigram.ts";
import { WordPiece } from "./wordpiece.ts";

const AddedToken = z.looseObject({
  id: z.number(),
  content: z.string().min(1),
  single_word: z.literal(false, "only false").default(false),
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

const Vocabulary = z.record(z.string(), z.number());

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

/** What a `tokenizer.json` may hold. */
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
  readonly #port: Port;
  readonly #maxTokens: number;
  /** Special tokens that precede and follow a text, such as [CLS] and [SEP]. */
  readonly #before: number;
  readonly #after: number;

  /**
   * @param file as parsed by {@link TokenizerFile}
   * @param maxTokens of a text, special tokens included
   * @throws {Error} if the file contradicts itself
   */
  constructor(file: TokenizerFile, maxTokens: number) {
    this.#port = port(file);
    this.#maxTokens = maxTokens;
    const bare = this.#port.encode("a", { add_special_tokens: false }).ids;
    const whole = this.#port.encode("a").ids;
    this.#before = whole.findIndex((_, i) => bare.every((id, j) => whole[i + j] === id));
    if (this.#before === -1) throw new Error("its post_processor changes the tokens of a text");
    this.#after = whole.length - bare.length - this.#before;
  }

  /** @param maxTokens of a text, special tokens included */
  static async load(folder: string, maxTokens: number): Promise<Tokenizer> {
    const text = await readFile(join(folder, "tokenizer.json"), "utf8");
    return new Tokenizer(TokenizerFile.parse(JSON.parse(text)), maxTokens);
  }

  /** Token ids of a text, special tokens included, `maxTokens` at most. */
  encode(text: string): number[] {
    const { ids } = this.#port.encode(bounded(text, this.#maxTokens));
    if (ids.length <= this.#maxTokens) return ids;
    const body = ids.slice(this.#before, ids.length - this.#after);
    return [
      ...ids.slice(0, this.#before),
      ...headAndTail(body, this.#maxTokens - this.#before - this.#after),
      ...ids.slice(ids.length - this.#after),
    ];
  }
}

/** The JavaScript port of `tokenizers`, with its parts replaced where they differ from the original or are slow. */
function port({ added_tokens, normalizer, pre_tokenizer, post_processor, model }: TokenizerFile): Port {
  const normalize = normalizer ? createNormalizer(normalizer) : undefined;
  const split = pre_tokenizer ? createPreTokenizer(pre_tokenizer) : undefined;
  const pieces = createPieces(model);
  const made = new Port(
    {
      model: pieces === undefined ? model : { type: "WordPiece", vocab: {} },
      // The port looks for these in normalised text. It must not normalise them itself.
      added_tokens: added_tokens.map((token) =>
        normalize !== undefined && (token.normalized ?? !token.special)
          ? { ...token, content: normalize(token.content) }
          : token,
      ),
      normalizer: normalize === undefined ? null : { type: "Sequence", normalizers: [] },
      pre_tokenizer: null,
      post_processor: post_processor ?? null,
      decoder: null,
    },
    {},
  );
  return Object.assign(made, {
    ...(normalize !== undefined && { normalizer: normalize }),
    ...(split !== undefined && {
      pre_tokenizer: (text: string, { section_index }: { section_index: number }) => split(text, section_index === 0),
    }),
    ...(pieces !== undefined && { model: pieces }),
  });
}

/** Splits words into the pieces of a model, as the port wants it; `undefined` where its own way is right and fast. */
function createPieces(model: TokenizerFile["model"]) {
  if (model.type === "BPE") return undefined;
  if (model.type === "WordPiece") {
    const ids = new Map(Object.entries(model.vocab));
    const { unk_token, continuing_subword_prefix, max_input_chars_per_word } = model;
    if (!ids.has(unk_token)) throw new Error(`its vocabulary has no ${unk_token}`);
    const pieces = new WordPiece(ids, unk_token, continuing_subword_prefix, max_input_chars_per_word);
    return Object.assign((words: string[]) => pieces.encode(words), { tokens_to_ids: ids });
  }
  if (model.vocab[model.unk_id] === undefined) throw new Error("its unk_id is not in its vocabulary");
  const pieces = new Unigram(model.vocab, model.unk_id);
  const ids = new Map(model.vocab.map(([piece], id): [string, number] => [piece, id]));
  return Object.assign((words: string[]) => pieces.encode(words), { tokens_to_ids: ids });
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

/** A token of a language has about 4 characters. */
const CHARACTERS_PER_TOKEN = 12;
/** As many as text of any language has on one character: UAX #15, section 13, "Stream-Safe Text Format". */
const MARKS = /(\p{M}{30})\p{M}+/gu;

/**
 * Bounds the time that tokenising a text takes. If the text is so long that truncation would remove its middle anyway, only its
 * ends are kept; runs of white space are collapsed first. Of a run of combining marks the first 30 are kept, because Unicode
 * normalisation takes quadratic time for it.
 */
export function bounded(text: string, maxTokens: number): string {
  const reach = CHARACTERS_PER_TOKEN * maxTokens;
  return withinReach(text.toWellFormed(), reach).replace(MARKS, "$1");
}

function withinReach(text: string, reach: number): string {
  if (text.length <= reach) return text;
  const dense = text.replace(/\s{2,}/g, " ").trim();
  if (dense.length <= reach) return dense;
  const head = Math.floor(reach / 4);
  return `${dense.slice(0, head).toWellFormed()} ${dense.slice(head - reach).toWellFormed()}`;
}
