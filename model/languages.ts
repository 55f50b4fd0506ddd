import { DETECTABLE_LANGUAGES } from "./language-tags.ts";

/**
 * Detects the language of a text, but only reports it if it is certain: rejecting a readable review is worse than labelling one whose
 * language is unknown. So short texts, names, emoji and texts in mixed languages have no language. A text in a script that the model
 * does not read is always rejected, however short it is.
 *
 * Most English texts are recognised by their frequent words, which takes microseconds. For all other texts `eld` compares n-grams with
 * those of 60 languages.
 */
interface Eld {
  /** Scores by language, 0..1. */
  detect(text: string): { getScores(): Record<string, number> };
}

export interface DetectedLanguage {
  /** BCP 47 primary tag of the language, only if it is certain. */
  language?: string;
  /** Set if the text is certainly in a language that the model does not read: the most probable language's primary tag, or `und`. */
  unsupported?: string;
}

/** Only this many characters are passed to `eld`. */
const READ_CHARACTERS = 400;
/** Enough to recognise most English texts by their words. */
const GLANCE_CHARACTERS = 120;
/**
 * A text is refused only if the score of its language exceeds those of all languages that the model reads by this much. With these margins,
 * 9 of 30,921 English sentences and reviews were refused, and in seven languages with Latin script 91 % of the texts of 4 to 7 words (86 %
 * with twice these margins), 96 % of those of 8 to 12, and 99 % of longer ones.
 */
const REFUSAL_MARGIN = { short: 0.1, long: 0.05 };
/** A text in Latin script with fewer letters than this gets the short margin. */
const SHORT_LETTERS = 50;
/** The language is named if its score exceeds the second best by this much: for 98 % of reviews in 11 languages, and in 99.5 % of these correctly. */
const NAMING_MARGIN = 0.01;
/** In scripts that separate words, a text with fewer words or letters has no certain language. */
const MIN_WORDS = 4;
const MIN_LETTERS = 16;
/** Scripts in which a single character carries as much information as a word. */
const IDEOGRAPHS = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/gu;
const MIN_IDEOGRAPHS = 6;

/** Enough consecutive letters to be a word in any script, unlike the letters of emoticons such as `ಠ_ಠ` and `(づ｡◕‿‿◕｡)づ`. */
const WORD = /\p{L}[\p{L}\p{M}]{2,}|\p{Script=Han}[\p{Script=Han}\p{Script=Hiragana}]/u;
/** The Unicode scripts of writing systems that consist of several. */
const SCRIPTS: Readonly<Record<string, readonly string[]>> = {
  Hans: ["Hani"],
  Hant: ["Hani"],
  Jpan: ["Hani", "Hira", "Kana"],
  Kore: ["Hang", "Hani"],
};

/** Frequent English words, in general and in reviews, that are not frequent in other languages with Latin script. */
const ENGLISH = new Set(
  `the and this that these those with without they their them there you your very have had has been were would could
  should not but because which what when where who how about after again always another are aren't wasn't don't
  doesn't didn't can't won't couldn't wouldn't isn't it's it i'm i've my myself from just much more never only other
  our out really some than then thing things think too used well will works worked working great good love loved like
  buy bought get got at as by me is five stars happy cheap plastic broken broke charger arrived ordered shipping
  smells weird avoid gift returned day days week weeks stopped recommended disappointed husband wife small hands
  included junk says same money waste cute taste thank thanks easy nice perfectly quality size color fits fit made
  looks wear food service place staff back time people first try up here dress did does work any his pretty many make
  still two friendly recommend into experience enough every feel while old around tried definitely comfortable went
  order worth both though know few take everything found through soft sound something since looking before different
  sure thought came short book year room customer overall usually wonderful actually said wait took absolutely using
  own seems yet away looked probably having piece saw might each extremely getting decent wish several hour everyone
  better worst makes feels going want need years minutes`.split(/\s+/),
);
/** A text with at least this many frequent English words, and this share of them, is English. */
const MIN_ENGLISH_WORDS = 3;
const MIN_ENGLISH_SHARE = 0.25;
/** A text with a larger share of English words than this is never refused. */
const MAX_ENGLISH_SHARE = 0.2;

export class LanguageDetector {
  readonly #read: readonly string[] | "any";
  /** Matches a letter that the model can read: one of its languages' scripts, or of no particular script, such as styled letters. */
  readonly #letter: RegExp;
  #eld?: Eld;
  #loading?: Promise<void>;

  /** @param read BCP 47 primary tags of the languages that the model reads */
  constructor(read: readonly string[] | "any") {
    this.#read = read;
    this.#letter = read === "any" ? /\p{L}/u : lettersOf(read);
  }

  /** Loads the n-grams once. This takes 0.2 s of CPU time and 90 MB of memory; in the bundle, half of that, in pieces (`bundle-eld.ts`). */
  load(): Promise<void> {
    this.#loading ??= import("eld/extrasmall").then(({ eld }) => {
      this.#eld = eld;
    });
    return this.#loading;
  }

  /** @returns undefined if the text needs the n-grams and they are not loaded yet; most English texts do not need them */
  detect(text: string): DetectedLanguage | undefined {
    const glance = text.slice(0, GLANCE_CHARACTERS).toLowerCase();
    // Matching ASCII letters is several times as fast as matching letters of all scripts.
    if (isEnglish(glance.match(/[a-z']+|[^\0-\x7F]+/g) ?? [])) return this.#certain("en");
    // macOS writes a letter and its accent as two characters, which the n-grams do not know.
    const start = withoutAddresses(text.slice(0, READ_CHARACTERS).toWellFormed().normalize());
    const words = wordsOf(start);
    if (isEnglish(words)) return this.#certain("en");
    const letters = words.reduce((sum, { length }) => sum + length, 0);
    const ideographs = start.match(IDEOGRAPHS)?.length ?? 0;
    const unreadable = !this.#letter.test(start) && WORD.test(start);
    if (!unreadable && ideographs < MIN_IDEOGRAPHS && (words.length < MIN_WORDS || letters < MIN_LETTERS)) return {};
    if (this.#eld === undefined) return undefined;
    const scores = Object.entries(this.#eld.detect(start).getScores());
    const [best, second] = scores.toSorted(([, a], [, b]) => b - a);
    if (unreadable)
      return { unsupported: best === undefined || this.#reads(best[0]) ? languageOfScript(start) : best[0] };
    if (best === undefined) return {};
    const [language, score] = best;
    if (this.#reads(language)) return score - (second?.[1] ?? 0) >= NAMING_MARGIN ? { language } : {};
    const short = letters < SHORT_LETTERS && /\p{Script=Latin}/u.test(start);
    if (englishWords(words) > (short ? 0 : MAX_ENGLISH_SHARE) * words.length) return {};
    const known = scores.filter(([tag]) => this.#reads(tag)).map(([, each]) => each);
    return score - Math.max(0, ...known) >= REFUSAL_MARGIN[short ? "short" : "long"] ? { unsupported: language } : {};
  }

  #certain(language: string): DetectedLanguage {
    return this.#reads(language) ? { language } : { unsupported: language };
  }

  #reads(language: string): boolean {
    return this.#read === "any" || this.#read.includes(language);
  }
}

function lettersOf(languages: readonly string[]): RegExp {
  return new RegExp(`(?=\\p{L})${inScripts(["Zyyy", "Zinh", ...languages.flatMap(scriptsOf)])}`, "u");
}

function inScripts(scripts: readonly string[]): string {
  return `[${scripts.map((script) => `\\p{Script=${script}}`).join("")}]`;
}

function scriptsOf(language: string): readonly string[] {
  const script = new Intl.Locale(language).maximize().script ?? "Latn";
  return SCRIPTS[script] ?? [script];
}

/** The detectable languages with patterns of their scripts. Making them takes as long as labelling a short text, so it is done once. */
let scriptPatterns: readonly { language: string; pattern: RegExp }[] | undefined;

/** The language that alone has a script of the text, such as Korean, or `und`. */
function languageOfScript(text: string): string {
  scriptPatterns ??= DETECTABLE_LANGUAGES.map((language) => ({
    language,
    pattern: new RegExp(inScripts(scriptsOf(language)), "u"),
  }));
  const [first, ...others] = scriptPatterns.filter(({ pattern }) => pattern.test(text));
  return first === undefined || others.length > 0 ? "und" : first.language;
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{M}'’]+/gu) ?? [];
}

function englishWords(words: readonly string[]): number {
  return words.filter((word) => ENGLISH.has(word.replace("’", "'"))).length;
}

function isEnglish(words: readonly string[]): boolean {
  const english = englishWords(words);
  return english >= MIN_ENGLISH_WORDS && english >= MIN_ENGLISH_SHARE * words.length;
}

function withoutAddresses(text: string): string {
  return text.replace(/\b(?:https?:\/\/|www\.)\S+|\S+@\S+|[@#]\w+|\S+\.(?:com|net|org|de|co\.uk)\b/gi, " ");
}
