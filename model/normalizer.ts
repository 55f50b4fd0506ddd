/**
 * The normalizers of a `tokenizer.json`, with the results of Hugging Face's `tokenizers`. The JavaScript packages approximate some
 * of them: SentencePiece's character map, Chinese characters beyond U+FFFF, white space, and the capital sigma.
 */
import { z } from "zod";
import { CharacterMap } from "./character-map.ts";
import { type CompilePattern, Pattern, withoutBoundaries } from "./pattern.ts";

export type Normalize = (text: string) => string;

export const Normalizer = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("BertNormalizer"),
    clean_text: z.boolean(),
    handle_chinese_chars: z.boolean(),
    strip_accents: z.boolean().nullish(),
    lowercase: z.boolean(),
  }),
  z.object({ type: z.literal("Precompiled"), precompiled_charsmap: z.string().nullable() }),
  z.object({ type: z.enum(["NFC", "NFD", "NFKC", "NFKD"]) }),
  z.object({ type: z.literal("Replace"), pattern: Pattern, content: z.string() }),
  z.object({ type: z.literal("Strip"), strip_left: z.boolean(), strip_right: z.boolean() }),
  z.object({ type: z.literal("StripAccents") }),
  z.object({ type: z.literal("Lowercase") }),
  z.object({ type: z.literal("Prepend"), prepend: z.string() }),
  z.object({
    type: z.literal("Sequence"),
    get normalizers() {
      return z.array(Normalizer);
    },
  }),
]);
export type Normalizer = z.infer<typeof Normalizer>;

export function createNormalizer(config: Normalizer, compile: CompilePattern): Normalize {
  switch (config.type) {
    case "BertNormalizer":
      return bertNormalizer(config);
    case "Precompiled": {
      if (!config.precompiled_charsmap) return (text) => text;
      const map = new CharacterMap(Buffer.from(config.precompiled_charsmap, "base64"));
      return (text) => map.apply(text);
    }
    case "Replace":
      return replace(config, withoutBoundaries(config.pattern), compile);
    case "Strip":
      return (text) => strip(text, config.strip_left, config.strip_right);
    case "StripAccents":
      return (text) => text.replace(/\p{M}/gu, "");
    case "Lowercase":
      return lowercase;
    case "Prepend":
      return (text) => (text === "" ? text : config.prepend + text);
    case "Sequence":
      return sequence(config.normalizers, compile);
    default: {
      const { type } = config;
      return (text) => text.normalize(type);
    }
  }
}

/** Skips consecutive steps for what few texts contain together: one search is faster than one for each of them. */
function sequence(configs: readonly Normalizer[], compile: CompilePattern): Normalize {
  const groups: { glances: RegExp[]; steps: Normalize[] }[] = [];
  for (const config of configs) {
    const glance = config.type === "Replace" ? withoutBoundaries(config.pattern) : undefined;
    const step = config.type === "Replace" ? replace(config, glance, compile) : createNormalizer(config, compile);
    const last = groups.at(-1);
    if (glance !== undefined && last !== undefined && last.glances.length > 0) {
      last.glances.push(glance);
      last.steps.push(step);
    } else groups.push({ glances: glance === undefined ? [] : [glance], steps: [step] });
  }
  return inTurn(
    groups.map(({ glances, steps }) => {
      const all = inTurn(steps);
      if (glances.length === 0) return all;
      const any = new RegExp(glances.map(({ source }) => `(?:${source})`).join("|"), "u");
      return (text) => (any.test(text) ? all(text) : text);
    }),
  );
}

function inTurn(steps: readonly Normalize[]): Normalize {
  return (text) => steps.reduce((result, step) => step(result), text);
}

/** A pattern that few texts contain is compiled for the first that may contain it. */
function replace(
  { pattern, content }: Extract<Normalizer, { type: "Replace" }>,
  glance: RegExp | undefined,
  compile: CompilePattern,
): Normalize {
  let compiled = glance === undefined ? compile(pattern) : undefined;
  return (text) => {
    if (glance?.test(text) === false) return text;
    compiled ??= compile(pattern);
    return text.replace(compiled, () => content);
  };
}

/** The patterns that it looks for. */
export function patternsOfNormalizer(config: Normalizer): Pattern[] {
  if (config.type === "Sequence") return config.normalizers.flatMap(patternsOfNormalizer);
  return config.type === "Replace" ? [config.pattern] : [];
}

/** CJK ideographs, each of which is a word of its own. The gap before U+2B920 is in the original. */
const CHINESE =
  /[\u4E00-\u9FFF\u3400-\u4DBF\u{20000}-\u{2A6DF}\u{2A700}-\u{2B73F}\u{2B740}-\u{2B81F}\u{2B920}-\u{2CEAF}\uF900-\uFAFF\u{2F800}-\u{2FA1F}]/gu;
/** Most texts have no such character, and need no rule of Unicode, each of which takes as long as a search for it. */
export const NON_ASCII = /[^\0-\x7F]/;
const ASCII_CONTROL = /(?![\t\n\r])\p{Cc}/gu;
const CONTROL = /[\0\uFFFD]|(?![\t\n\r])[\p{Cc}\p{Cf}\p{Co}]/gu;

function bertNormalizer({
  clean_text,
  handle_chinese_chars,
  strip_accents,
  lowercase: lower,
}: Extract<Normalizer, { type: "BertNormalizer" }>): Normalize {
  return (text) => {
    if (!NON_ASCII.test(text)) {
      const cleaned = clean_text ? text.replace(ASCII_CONTROL, "").replace(/[\t\n\r]/g, " ") : text;
      return lower ? cleaned.toLowerCase() : cleaned;
    }
    let result = text;
    if (clean_text) result = result.replace(CONTROL, "").replace(/\p{White_Space}/gu, " ");
    if (handle_chinese_chars) result = result.replace(CHINESE, " $& ");
    if (strip_accents ?? lower) result = result.normalize("NFD").replace(/\p{Mn}/gu, "");
    return lower ? lowercase(result) : result;
  };
}

/** Lowercases character by character: no sigma becomes a final one. */
function lowercase(text: string): string {
  return text.replaceAll("Σ", "σ").toLowerCase();
}

/** White space as Unicode defines it, which is not quite that of `String.prototype.trim`. */
function strip(text: string, left: boolean, right: boolean): string {
  const start = left ? text.search(/\P{White_Space}/u) : 0;
  if (start === -1) return "";
  let end = text.length;
  if (right) while (end > start && /\p{White_Space}/u.test(text[end - 1] as string)) end--;
  return text.slice(start, end);
}
