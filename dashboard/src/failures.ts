import type { UnclassifiableCode } from "../../shared/result.ts";
import { TEXTS } from "./texts.ts";

export interface Failure {
  /** A few words for a list. */
  name: string;
  /** What is wrong, and what to do about it. */
  reason: string;
}

/** The code of a review in a language that the model cannot read. */
export const UNREAD = "language-unsupported" satisfies UnclassifiableCode;

const FAILURES: Record<UnclassifiableCode, Failure> = TEXTS.failures;

export const FAILURE_CODES = Object.keys(FAILURES);

/** The codes other than {@link UNREAD}: something is wrong with the review itself. */
export const ATTENTION_CODES = FAILURE_CODES.filter((code) => code !== UNREAD);

/** What to say about an error code, known or not. */
export function failureOf({ code, message }: { code: string; message: string }): Failure {
  return Object.hasOwn(FAILURES, code) ? FAILURES[code as keyof typeof FAILURES] : { name: code, reason: message };
}
