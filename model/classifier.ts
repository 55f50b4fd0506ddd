/** The contract for classifiers. There is one: `onnx-classifier.ts`. */
import type { ModelId } from "./model-id.ts";

/** The model's answer about a text. */
export interface Classification {
  /** The class with the highest probability. */
  label: string;
  /** The probability of that class, 0..1. */
  score: number;
  /** The probability of each class by name; they sum to 1. */
  scores: Readonly<Record<string, number>>;
  /** BCP 47 primary tag of the text's language, only where it is certain. */
  language?: string;
}

/** The text is certainly in a language that the model does not read. */
export interface UnsupportedLanguage {
  /** BCP 47 primary tag. */
  unsupportedLanguage: string;
}

/** The model failed on this text. The message holds nothing of the text. */
export class InferenceError extends Error {
  override readonly name = "InferenceError";
}

export type Outcome = Classification | UnsupportedLanguage | InferenceError;

/** Totals of the inference threads since the start. */
export interface ClassifierStats {
  texts: number;
  batches: number;
  tokens: number;
  /** `tokens` and the padding beside them. */
  paddedTokens: number;
}

export interface Classifier {
  readonly model: ModelId;
  /** The model's classes, in the order of its logits. */
  readonly labels: readonly string[];
  /** BCP 47 primary tags of the languages that the model reads; `any` refuses none. */
  readonly languages: readonly string[] | "any";
  /** The most tokens of a text that reach the network; a longer text is shortened. */
  readonly maxTokens: number;
  /**
   * Classifies texts. Each has its own outcome: a text on which the model fails does not affect the others.
   * @param options `signal` cancels the texts that have not reached an inference thread; they get an {@link InferenceError}
   * @returns in the order of `texts`; never rejects
   */
  classify(texts: readonly string[], options?: { signal?: AbortSignal }): Promise<Outcome[]>;
  readonly stats: Readonly<ClassifierStats>;
  /** How it forms batches, for people who compare measurements. */
  readonly batching?: string;
  /** Inference threads that are running a batch. */
  readonly busy: number;
  /** Inference threads that no longer answer. Until they do, the process can only be killed. */
  readonly stuck: number;
  /** Whether too many inference threads have been lost: a new process is needed. */
  readonly broken: boolean;
  /** Resolves when the classifier first becomes {@link broken}. */
  readonly whenBroken: Promise<void>;
  /** Finishes the batches that are running. Texts that wait, and texts that still arrive, get an {@link InferenceError}. */
  close(): Promise<void>;
}
