/**
 * The pre-tokenizers of a `tokenizer.json`, with the results of Hugging Face's `tokenizers`. The JavaScript packages differ in
 * `Metaspace`, `Punctuation` and `Digits`, and in what they take for white space.
 */
import { z } from "zod";
import { type CompilePattern, Pattern } from "./pattern.ts";

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
    pattern: Pattern,
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

/** Unicode's punctuation, and all that ASCII has. */
const PUNCTUATION = "\\p{P}$+<=>^`|~";
const BERT = new RegExp(`[^\\p{White_Space}${PUNCTUATION}]+|[${PUNCTUATION}]`, "gu");
const PUNCTUATION_ISOLATED = new RegExp(`[^${PUNCTUATION}]+|[${PUNCTUATION}]`, "gu");

/** @param compile of the patterns that {@link patternsOfPreTokenizer} gives */
export function createPreTokenizer(config: PreTokenizer, compile: CompilePattern): PreTokenize {
  switch (config.type) {
    case "Sequence": {
      const steps = config.pretokenizers.map((step) => createPreTokenizer(step, compile));
      return (text, start) =>
        steps.reduce((pieces, step) => pieces.flatMap((piece, i) => step(piece, start && i === 0)), [text]);
    }
    case "WhitespaceSplit":
      return matches(/\P{White_Space}+/gu);
    case "BertPreTokenizer":
      return matches(BERT);
    case "Punctuation":
      return matches(PUNCTUATION_ISOLATED);
    case "Digits":
      return matches(config.individual_digits ? /\P{N}+|\p{N}/gu : /\P{N}+|\p{N}+/gu);
    case "Metaspace":
      return metaspace(config);
    case "ByteLevel":
      return byteLevel(config);
    case "Split": {
      const delimiter = compile(config.pattern);
      const isolated = /isolated/i.test(config.behavior);
      return (text) => split(text, delimiter, isolated);
    }
  }
}

/** The patterns that it looks for. */
export function patternsOfPreTokenizer(config: PreTokenizer): Pattern[] {
  if (config.type === "Sequence") return config.pretokenizers.flatMap(patternsOfPreTokenizer);
  return config.type === "Split" ? [config.pattern] : [];
}

function matches(pattern: RegExp): PreTokenize {
  return (text) => text.match(pattern) ?? [];
}

/** What is between the delimiters, and if they are `isolated`, these too. */
function split(text: string, delimiter: RegExp, isolated: boolean): string[] {
  if (text.search(delimiter) === -1) return text === "" ? [] : [text];
  const pieces: string[] = [];
  let end = 0;
  for (const { 0: match, index } of text.matchAll(delimiter)) {
    pieces.push(text.slice(end, index));
    if (isolated) pieces.push(match);
    end = index + match.length;
  }
  pieces.push(text.slice(end));
  return pieces.filter((piece) => piece !== "");
}

/** The character that stands for each byte: itself if it is visible in Latin-1, else the next one from U+0100 on. */
const BYTES: readonly string[] = (() => {
  let next = 0x1_00;
  return Array.from({ length: 0x1_00 }, (_, byte) =>
    String.fromCharCode(/[!-~¡-¬®-ÿ]/.test(String.fromCharCode(byte)) ? byte : next++),
  );
})();

function byteLevel({ add_prefix_space, use_regex }: Extract<PreTokenizer, { type: "ByteLevel" }>): PreTokenize {
  return (text) => {
    const prefixed = add_prefix_space && !text.startsWith(" ") ? ` ${text}` : text;
    const words = use_regex ? (prefixed.match(BYTE_LEVEL) ?? []) : [prefixed];
    return words.map((word) => Array.from(Buffer.from(word), (byte) => BYTES[byte]).join(""));
  };
}

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
