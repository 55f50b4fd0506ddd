/** The result that the worker writes to a review, and whether a stored one is still current. */
import { hash } from "node:crypto";
import { z } from "zod";
import type { Classification, Classifier, UnsupportedLanguage } from "../model/classifier.ts";
import { ModelId } from "../model/model-id.ts";
import { decodeEntities } from "./entities.ts";

/** Why a review cannot be classified. */
export const ERROR_CODES = ["text-missing", "text-not-a-string", "text-blank", "language-unsupported"] as const;

/** SHA-256 of a text as UTF-8, in hex. */
export const TextHash = z.string().brand<"TextHash">();
export type TextHash = z.infer<typeof TextHash>;

/** A review with a label. The store adds `classifiedAt`. */
export const Label = z.object({
  /** One of the model's classes, or `NEUTRAL`. */
  label: z.string(),
  /** 0..1, see {@link labelled}. */
  score: z.number(),
  /** The probability of each class by name; they sum to 1. */
  scores: z.record(z.string(), z.number()),
  /** BCP 47 primary tag of the text's language, only where it is certain. */
  language: z.string().exactOptional(),
  model: ModelId,
  textHash: TextHash,
});
export type Label = z.infer<typeof Label>;

/** A review that cannot be classified. The store adds `classifiedAt`. */
export const Unclassifiable = z.object({
  error: z.object({ code: z.enum(ERROR_CODES), message: z.string() }),
  language: z.string().exactOptional(),
  model: ModelId,
  /** Absent if there is no text. */
  textHash: TextHash.exactOptional(),
});
export type Unclassifiable = z.infer<typeof Unclassifiable>;
export type UnclassifiableCode = Unclassifiable["error"]["code"];

/** A result replaces the stored one whole, so no stale label stays beside an error. */
export type Result = Label | Unclassifiable;

/** The keys of a stored result, `classifiedAt` included. */
export const RESULT_KEYS: readonly string[] = [
  ...new Set([...Object.keys(Label.shape), ...Object.keys(Unclassifiable.shape)]),
  "classifiedAt",
];

/** Settings that decide which label a classification gets. */
export interface LabelSettings {
  /** `off` leaves the neutral class out and spreads its probability over the others in proportion. */
  neutral: "on" | "off";
  /** A text whose strongest class has a lower probability gets the label of the neutral class, or `NEUTRAL`. */
  neutralBelow?: number | undefined;
}

const NEUTRAL = "NEUTRAL";

/** Whether a label is the neutral class. Many models call it `neutral`. */
export function isNeutral(label: string): boolean {
  return label.toUpperCase() === NEUTRAL;
}

/** The classes with the label that texts get below `neutralBelow`: the model's neutral class, or else `NEUTRAL`. */
export function withNeutral(classes: readonly string[]): string[] {
  return classes.some(isNeutral) ? [...classes] : [...classes, NEUTRAL];
}

/** A text's classification after the settings have been applied. */
export type Labelled = Pick<Label, "label" | "score" | "scores" | "language">;

/**
 * Applies the settings to what the model says about a text. `score` is the probability of the label's class. Below
 * `neutralBelow` it is that of the neutral class, or the strongest class's if the model has no such class.
 */
export function labelled(
  { scores: raw, language }: Pick<Classification, "scores" | "language">,
  { neutral, neutralBelow }: LabelSettings,
): Labelled {
  const scores = neutral === "off" ? withoutNeutral(raw) : { ...raw };
  let [label, score] = strongest(scores);
  if (neutralBelow !== undefined && score < neutralBelow) {
    label = Object.keys(scores).find(isNeutral) ?? NEUTRAL;
    score = scores[label] ?? score;
  }
  return { label, score, scores, ...(language !== undefined && { language }) };
}

/** The class with the highest probability. Of equals it is the first by name: a stored map has no order. */
export function strongest(scores: Readonly<Record<string, number>>): [label: string, score: number] {
  return Object.entries(scores).reduce((best, one) =>
    one[1] > best[1] || (one[1] === best[1] && one[0] < best[0]) ? one : best,
  );
}

/** The classes that results have under the settings. */
export function classesOf(labels: readonly string[], { neutral }: LabelSettings): string[] {
  const others = labels.filter((label) => !isNeutral(label));
  return neutral === "off" && others.length >= 2 ? others : [...labels];
}

function withoutNeutral(scores: Readonly<Record<string, number>>): Record<string, number> {
  const classes = classesOf(Object.keys(scores), { neutral: "off" });
  const sum = classes.reduce((total, label) => total + (scores[label] as number), 0);
  return Object.fromEntries(
    // The sum is 0 if the neutral class has all of the probability.
    classes.map((label) => [label, sum > 0 ? (scores[label] as number) / sum : 1 / classes.length]),
  );
}

/** The result of a text that is not in the store, without model and hash. */
export type DirectResult = Labelled | Pick<Unclassifiable, "error" | "language">;

export function directResult(outcome: Classification | UnsupportedLanguage, settings: LabelSettings): DirectResult {
  return "unsupportedLanguage" in outcome
    ? { error: LANGUAGE_UNSUPPORTED, language: outcome.unsupportedLanguage }
    : labelled(outcome, settings);
}

/** The result to store for what the classifier says about a text. */
export function resultOf(
  outcome: Classification | UnsupportedLanguage,
  { model, textHash }: Pick<Label, "model" | "textHash">,
  settings: LabelSettings,
): Result {
  return { ...directResult(outcome, settings), model, textHash };
}

const LANGUAGE_UNSUPPORTED = {
  code: "language-unsupported",
  message: "The review is in a language that the model does not read, or that LANGUAGES leaves out.",
} as const;

export function hashText(text: string): TextHash {
  return hash("sha256", text) as TextHash;
}

/**
 * A character that can be seen. White space, control and format characters, marks without a letter, and letters that are made to be
 * blank (Hangul fillers, the empty Braille pattern) cannot.
 */
const VISIBLE = /[^\s\p{Cc}\p{Cf}\p{Cs}\p{Z}\p{M}\p{Default_Ignorable_Code_Point}\u2800]/u;

/** Why a document's text field cannot be classified, or `undefined` for a text that can. */
export function unclassifiable(text: unknown, model: ModelId): Unclassifiable | undefined {
  if (text === undefined || text === null)
    return { error: { code: "text-missing", message: "The review has no text field." }, model };
  if (typeof text !== "string")
    return { error: { code: "text-not-a-string", message: "The review's text field is not a string." }, model };
  if (!VISIBLE.test(decodeEntities(text))) {
    return {
      error: { code: "text-blank", message: "The review's text has no visible character." },
      model,
      textHash: hashText(text),
    };
  }
  return undefined;
}

/** The error of a stored result. Older versions had codes that no longer exist. */
export const StoredError = z.object({ code: z.string() });
const FailedResult = z.object({ error: StoredError });

/** The code of a stored result's error. */
export function storedErrorCode(result: unknown): string | undefined {
  return FailedResult.safeParse(result).data?.error.code;
}

/** A result as stored. Older ones have neither `scores` nor `language`. */
const StoredResult = z.object({
  ...Label.partial().shape,
  error: StoredError.optional(),
  model: ModelId,
});

/**
 * Whether a stored result says what a new classification would say, so that there is nothing to do: same text, same model, and
 * a label that the settings would give again.
 * @param stored the result field as read
 * @param text what {@link unclassifiable} says about the review's text, or else its hash
 */
export function isCurrent(
  stored: unknown,
  text: Pick<Unclassifiable, "error" | "textHash"> | Pick<Label, "textHash">,
  { model, labels, languages }: Pick<Classifier, "model" | "labels" | "languages">,
  settings: LabelSettings,
): boolean {
  // New reviews, which are most of them, have none.
  if (stored === undefined) return false;
  const parsed = StoredResult.safeParse(stored);
  if (!parsed.success) return false;
  const { error, label, score, scores, language } = parsed.data;
  if (parsed.data.model !== model || parsed.data.textHash !== text.textHash) return false;
  if ("error" in text) return error?.code === text.error.code;
  const unread = language !== undefined && languages !== "any" && !languages.includes(language);
  if (error !== undefined) return error.code === LANGUAGE_UNSUPPORTED.code && unread;
  if (unread || label === undefined || score === undefined || scores === undefined) return false;
  return sameNames(Object.keys(scores), classesOf(labels, settings)) && labelled({ scores }, settings).label === label;
}

function sameNames(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((name) => others.includes(name));
}
