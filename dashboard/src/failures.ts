import type { UnclassifiableCode } from "../../shared/result.ts";

export interface Failure {
  /** A few words for a list. */
  name: string;
  /** What is wrong, and what to do about it. */
  reason: string;
}

/** The code of a review in a language that the model cannot read. */
export const UNREAD = "language-unsupported" satisfies UnclassifiableCode;

const FAILURES: Record<UnclassifiableCode, Failure> = {
  "text-missing": {
    name: "no text",
    reason: "The review has no text field. Check that the application writes it, and that TEXT_FIELD names it.",
  },
  "text-not-a-string": {
    name: "not a text",
    reason: "The text field does not hold a string. Check what the application writes.",
  },
  "text-blank": { name: "empty text", reason: "The text has no visible character, so there is nothing to label." },
  [UNREAD]: {
    name: "language not read",
    reason:
      "The review is in a language that the model cannot read. A model that reads it labels the review when it is replayed.",
  },
};

export const FAILURE_CODES = Object.keys(FAILURES);

/** The codes other than {@link UNREAD}: something is wrong with the review itself. */
export const ATTENTION_CODES = FAILURE_CODES.filter((code) => code !== UNREAD);

/** What to say about an error code, known or not. */
export function failureOf({ code, message }: { code: string; message: string }): Failure {
  return Object.hasOwn(FAILURES, code) ? FAILURES[code as keyof typeof FAILURES] : { name: code, reason: message };
}
