/** Which stored reviews a replay takes. Everything here holds at once, except the three states of the result: any of them. */
import { z } from "zod";
import type { PathTemplate } from "./path.ts";

export type Comparison = "==" | "<" | "<=" | ">" | ">=";

/** A field compared with a value. As in Firestore only values of the same type are comparable: 7 is not "7". */
export interface Condition {
  /** Of the document; dotted for a field in a map. */
  field: string;
  comparison: Comparison;
  value: string | number | boolean | null | Date;
}

export interface Selection {
  reviewsPath: PathTemplate;
  where: readonly Condition[];
  /** Written last at this time or later, by anybody: an application or a worker. */
  since?: Date | undefined;
  /** Without a result of a worker. */
  unlabelled: boolean;
  /** With an error for a result. */
  failed: boolean;
  /** With the result of another model than this one, `name@version`. */
  otherModel?: string | undefined;
  /**
   * Not labelled after this time. A replay takes its own beginning: a worker's new result can move a review ahead in an order
   * by a field of the result, where the replay would meet it again, without end.
   */
  labelledUntil?: Date | undefined;
}

/**
 * Whether Firestore finds failed or another model's reviews by an index: if nothing else is asked. Together with `where` it
 * would take a composite index for each pair of fields.
 */
export function isResultIndexed({ where, unlabelled, failed, otherModel }: Selection): boolean {
  return where.length === 0 && !unlabelled && failed !== (otherModel !== undefined);
}

/** Whether every document that Firestore reads for it is selected, but for those labelled meanwhile. */
export function isExact(selection: Selection): boolean {
  const { reviewsPath, since, unlabelled, failed, otherModel } = selection;
  const anyResult = !unlabelled && !failed && otherModel === undefined;
  const group = reviewsPath.collection !== undefined && "group" in reviewsPath.collection;
  return !group && since === undefined && (anyResult || isResultIndexed(selection));
}

/** What decides about a review, as it was read. */
export interface Selectable {
  /** The result field, whatever it holds. */
  result: unknown;
  /** When the document was written last. */
  updateTime: Date;
}

/** The parts of a result that a selection looks at. */
const SelectableResult = z.object({
  model: z.string().optional().catch(undefined),
  error: z.object({ code: z.string() }).optional().catch(undefined),
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
  if (!unlabelled && !failed && otherModel === undefined) return true;
  return (
    (unlabelled && model === undefined) ||
    (failed && error !== undefined) ||
    (otherModel !== undefined && model !== undefined && model !== otherModel)
  );
}
