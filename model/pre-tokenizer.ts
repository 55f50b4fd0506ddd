/**
 * The pre-tokenizers of a `tokenizer.json`, with the results of Hugging Face's `tokenizers`. Its JavaScript port differs in
 * `Metaspace`, and in what it takes for white space.
 */
import {
  BertPreTokenizer,
  ByteLevelPreTokenizer,
  DigitsPreTokenizer,
  PunctuationPreTokenizer,
  SplitPreTokenizer,
} from "@huggingface/tokenizers";
import { z } from "zod";

/** @param start whether the text is the beginning of what is tokenised, and not what follows a special token */
export type PreTokenize = (text: string, start: boolean) => string[];

const Behavior = z.string().regex(/^isolated$/i, "only Isolated");

export const PreTokenizer = z.discriminatedUnion("type", [
  z.object({ type: z.literal("BertPreTokenizer") }),
  z.object({ type: z.literal("WhitespaceSplit") }),
  z.object({
    type: z.literal("ByteLevel"),
    add_prefix_space: z.boolean(),
    use_regex: z.boolean().default(true),
  }),
  z.object({
    type: z.literal("Metaspace"),
    replacement: z.string().length(1),
    // Files written before tokenizers 0.15 have only the first of these, those since 0.19 only the second.
    add_prefix_space: z.boolean().optional(),
    prepend_scheme: z.enum(["always", "first", "never"]).optional(),
    split: z.boolean().default(true),
  }),
  z.object({ type: z.literal("Digits"), individual_digits: z.boolean() }),
  z.object({ type: z.literal("Punctuation"), behavior: Behavior.default("Isolated") }),
  z.object({
    type: z.literal("Split"),
    pattern: z.union([z.object({ String: z.string() }), z.object({ Regex: z.string() })]),
    behavior: z.string().regex(/^(isolated|removed)$/i, "only Isolated and Removed"),
    invert: z.literal(false, "only false"),
  }),
  z.object({
    type: z.literal("Sequence"),
    get pretokenizers() {
      return z.array(PreTokenizer);
    },
  }),
]);
export type PreTokenizer = z.infer<typeof PreTokenizer>;

/** That of GPT-2, with Unicode's white space. */
const BYTE_LEVEL =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;

export function createPreTokenizer(config: PreTokenizer): PreTokenize {
  switch (config.type) {
    case "Sequence": {
      const steps = config.pretokenizers.map(createPreTokenizer);
      return (text, start) =>
        steps.reduce((pieces, step) => pieces.flatMap((piece, i) => step(piece, start && i === 0)), [text]);
    }
    case "WhitespaceSplit":
      return (text) => text.match(/\P{White_Space}+/gu) ?? [];
    case "Metaspace":
      return metaspace(config);
    case "ByteLevel": {
      const byteLevel = new ByteLevelPreTokenizer(config);
      byteLevel.pattern = BYTE_LEVEL;
      return (text) => byteLevel.pre_tokenize(text);
    }
    default: {
      const preTokenizer = new PORTED[config.type](config);
      return (text) => preTokenizer.pre_tokenize(text);
    }
  }
}

/** Those of the port that do as the original does. */
const PORTED = {
  BertPreTokenizer,
  Digits: DigitsPreTokenizer,
  Punctuation: PunctuationPreTokenizer,
  Split: SplitPreTokenizer,
};

function metaspace({
  replacement,
  add_prefix_space = true,
  prepend_scheme = add_prefix_space ? "always" : "never",
  split,
}: Extract<PreTokenizer, { type: "Metaspace" }>): PreTokenize {
  return (text, start) => {
    const marked = text.replaceAll(" ", replacement);
    const prepend = prepend_scheme === "always" || (prepend_scheme === "first" && start);
    const whole = prepend && !marked.startsWith(replacement) ? replacement + marked : marked;
    if (!split) return [whole];
    // Each replacement begins a piece.
    return whole.split(replacement).flatMap((word, i) => (i > 0 ? [replacement + word] : word === "" ? [] : [word]));
  };
}
