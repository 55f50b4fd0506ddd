/** The contract for classifiers. `onnx-classifier.ts` implements it. */
import type { ModelId } from "./model-id.ts";

/** The model's result for a text. */
export interface Classification {
  /** The class with the highest probability. */
  label: string;
  /** The probability of that class, 0..1. */
  score: number;
  /** The probability of each class by name; they sum to 1. */
  scores: Readonly<Record<string, number>>;
  /** BCP 47 primary tag of the text's language, only if it is certain. */
  language?: string;
}

/** The text is certainly in a language that is not labelled. */
export interface UnsupportedLanguage {
  /** BCP 47 primary tag. */
  unsupportedLanguage: string;
}

/** The model failed on this text. The message never quotes the text. */
export class InferenceError extends Error {
  override readonly name = "InferenceError";
}

export type Outcome = Classification | UnsupportedLanguage | InferenceError;

/** Totals over all inference threads since the start. */
export interface ClassifierStats {
  texts: number;
  batches: number;
  tokens: number;
  /** `tokens` plus padding. */
  paddedTokens: number;
}

export interface Classifier {
  readonly model: ModelId;
  /** The model's classes, in the order of its logits. */
  readonly labels: readonly string[];
  /** BCP 47 primary tags of the languages that are labelled; with `any`, no text is refused for its language. */
  readonly languages: readonly string[] | "any";
  /** The maximum number of tokens of a text; longer texts are shortened. */
  readonly maxTokens: number;
  /**
   * Classifies texts. Each has its own outcome: a text on which the model fails does not affect the others.
   * @param options `signal` cancels the texts that have not reached an inference thread; they get an {@link InferenceError}
   * @returns outcomes in the order of `texts`; never rejects
   */
  classify(texts: readonly string[], options?: { signal?: AbortSignal }): Promise<Outcome[]>;
  readonly stats: Readonly<ClassifierStats>;
  /** How it forms batches, for reports of measurements. */
  readonly batching?: string;
  /** Inference threads that are running a batch. */
  readonly busy: number;
  /** Inference threads that do not respond. While there is one, the process cannot exit and must be killed. */
  readonly stuck: number;
  /** Whether too many inference threads have been lost: a new process is needed. */
  readonly broken: boolean;
  /** Resolves when the classifier first becomes {@link broken}. */
  readonly whenBroken: Promise<void>;
  /** Finishes the running batches. Waiting texts, and texts that arrive later, get an {@link InferenceError}. */
  close(): Promise<void>;
}
