/** Which stored reviews a replay takes. All conditions apply at once, except those on the result, of which one is enough. */
import { z } from "zod";
import { ModelId } from "../model/model-id.ts";
import type { FineTime } from "./fine-time.ts";
import type { PathTemplate } from "./path.ts";
import { StoredError } from "./result.ts";

export type Comparison = "==" | "<" | "<=" | ">" | ">=";

/** A field compared with a value. As in Firestore only values of the same type are comparable: 7 is not "7". */
export interface Condition {
  /** A field of the document; dotted for a field in a map. */
  field: string;
  comparison: Comparison;
  value: string | number | boolean | null | Date | FineTime;
}

/** Paths from the first to before the second; an absent bound is none. */
export interface PathRange {
  from?: string | undefined;
  before?: string | undefined;
}

export interface Selection {
  reviewsPath: PathTemplate;
  where: readonly Condition[];
  /** Last written at this time or later, by an application or by a worker. */
  since?: Date | undefined;
  /** Without a result of a worker. */
  unlabelled: boolean;
  /** Whose result is an error; a string is the code of that error. */
  failed: boolean | string;
  /** With the result of another model than this one. */
  otherModel?: ModelId | undefined;
  /** Only reviews whose paths are in this range, by the order of the store. */
  range?: PathRange | undefined;
  /**
   * Not labelled after this time. A replay uses the time at which it began: where reviews are sorted by a field of the result, a
   * new result can move a review ahead, and the replay would meet it again and again.
   */
  labelledUntil?: Date | undefined;
}

/** The parts of a stored review that a selection looks at. */
export interface Selectable {
  /** The value of the result field. */
  result: unknown;
  /** When the document was last written. */
  updateTime: Date;
}

/** The parts of a result that a selection looks at. */
const SelectableResult = z.object({
  model: ModelId.optional().catch(undefined),
  error: StoredError.optional().catch(undefined),
  classifiedAt: z
    .union([z.date(), z.custom<{ toDate(): Date }>((value) => typeof Object(value).toDate === "function")])
    .transform((at) => (at instanceof Date ? at : at.toDate()))
    .optional()
    .catch(undefined),
});

/** Whether a review that meets `where` is selected. */
export function isSelected(selection: Selection, { result, updateTime }: Selectable): boolean {
  const { since, unlabelled, failed, otherModel, labelledUntil } = selection;
  if (since !== undefined && updateTime < since) return false;
  const { model, error, classifiedAt } = SelectableResult.safeParse(result).data ?? {};
  if (labelledUntil !== undefined && classifiedAt !== undefined && classifiedAt > labelledUntil) return false;
  if (!unlabelled && failed === false && otherModel === undefined) return true;
  return (
    (unlabelled && model === undefined) ||
    (failed === true && error !== undefined) ||
    (typeof failed === "string" && error?.code === failed) ||
    (otherModel !== undefined && model !== undefined && model !== otherModel)
  );
}
