import { createHash } from "node:crypto";
import { z } from "zod";

/** What the worker writes to the result field of a review it has classified. `classifiedAt` is added by the store. */
export interface Label {
  /** From the model's `id2label`, or `NEUTRAL` where the score is below `NEUTRAL_BELOW`. */
  label: string;
  /** 0..1, the model's probability of its strongest class. */
  score: number;
  /** `name@version`. */
  model: string;
  /** SHA-256 of the text as UTF-8, in hex. */
  textHash: string;
}

/** Why a review cannot be classified, whatever the model. */
export type UnclassifiableCode = "text-missing" | "text-not-a-string" | "text-blank";

/** What the worker writes to the result field of a review that has no classifiable text. No stale label stays beside it. */
export interface Unclassifiable {
  error: { code: UnclassifiableCode; message: string };
  model: string;
  /** Of a text that is there but blank. */
  textHash?: string;
}

export type Result = Label | Unclassifiable;

/** The parts of a stored result that tell whether it still holds. */
const StoredResult = z.object({
  label: z.string().optional(),
  score: z.number().optional(),
  model: z.string(),
  textHash: z.string().optional(),
  error: z.object({ code: z.string() }).optional(),
});

/** SHA-256 of the text as UTF-8, in hex. */
export function hashText(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex");
}

/** Why a document's text field cannot be classified, or `undefined` for a text that can. */
export function unclassifiable(text: unknown, model: string): Unclassifiable | undefined {
  if (text === undefined || text === null) {
    return {
      error: {
        code: "text-missing",
        message: "The review has no text field.",
      },
      model,
    };
  }
  if (typeof text !== "string") {
    return {
      error: {
        code: "text-not-a-string",
        message: "The review's text field is not a string.",
      },
      model,
    };
  }
  if (text.trim() === "") {
    return {
      error: {
        code: "text-blank",
        message: "The review's text is empty or only white space.",
      },
      model,
      textHash: hashText(text),
    };
  }
  return undefined;
}

/** The label and score to write: below `neutralBelow` the label is `NEUTRAL`; the score stays the strongest class's. */
export function labelled(
  { label, score }: Pick<Label, "label" | "score">,
  neutralBelow: number | undefined,
): Pick<Label, "label" | "score"> {
  return { label: neutralBelow !== undefined && score < neutralBelow ? "NEUTRAL" : label, score };
}

/** Whether `stored`, the result field as read, already says about this text what this model says: then there is nothing to do. */
export function isCurrent(
  stored: unknown,
  wanted: { model: string; textHash?: string; error?: { code: string } },
): boolean {
  const parsed = StoredResult.safeParse(stored);
  if (!parsed.success) return false;
  const { model, textHash, error, label, score } = parsed.data;
  if (model !== wanted.model || textHash !== wanted.textHash) return false;
  if (wanted.error !== undefined) return error?.code === wanted.error.code;
  return error === undefined && label !== undefined && score !== undefined;
}
