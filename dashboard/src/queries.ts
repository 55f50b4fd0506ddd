/**
 * The questions that are put to Firestore, each as a plan that `firestore.indexes.json` can be checked against.
 *
 * `classifiedAt` has no index of its own, which would bound the collection to some 500 labels a second. So every plan fixes
 * label or error code first, or goes through all labels, and all that fix the same fields sort in the same way: two indexes
 * each serve all of them.
 */
import {
  collection,
  collectionGroup,
  FieldPath,
  type Firestore,
  orderBy,
  type Query,
  query,
  Timestamp,
  type WhereFilterOp,
  where,
} from "firebase/firestore";
import type { UnclassifiableCode } from "../../shared/result.ts";
import type { Filters } from "./filters.ts";
import type { Settings } from "./settings.ts";

/** Fields are those of the result, dotted. The order is descending, but ascending by label: as the indexes have it. */
export interface Plan {
  where: [field: string, operator: WhereFilterOp, value: unknown][];
  order: string[];
}

/** Why a review has no label, and what to do about it. */
export const FAILURES: Record<UnclassifiableCode, string> = {
  "text-missing": "The review has no text field. Check that the application writes it, and that TEXT_FIELD names it.",
  "text-not-a-string": "The text field holds something else than a string. Check what the application writes.",
  "text-blank": "The text is empty or only white space. Nothing can be said about it.",
  "language-unsupported":
    "The text is in a language that the model does not read. A model that reads it labels the review when it is replayed.",
};

export interface Period {
  from: Date;
  /** @default now and later */
  before?: Date;
}

/** Reviews with one of `labels`, newest first. */
export function labelledPlan(
  labels: readonly string[],
  { model, scoreFrom, scoreTo }: Pick<Filters, "model" | "scoreFrom" | "scoreTo">,
  period?: Period,
): Plan {
  return {
    where: [
      ["label", "in", labels],
      ...equals("model", model),
      ...within(period),
      ...(scoreFrom === undefined ? [] : [condition("score", ">=", scoreFrom)]),
      ...(scoreTo === undefined ? [] : [condition("score", "<=", scoreTo)]),
    ],
    order: ["classifiedAt", "score"],
  };
}

/** Reviews with a label, also with one that the settings do not know. */
export function anyLabelPlan(): Plan {
  return { where: [], order: ["label", "classifiedAt", "score"] };
}

/** Reviews that could not be classified, newest first. */
export function failedPlan({ model }: Pick<Filters, "model">, period?: Period): Plan {
  return {
    where: [["error.code", "in", Object.keys(FAILURES)], ...equals("model", model), ...within(period)],
    order: ["classifiedAt"],
  };
}

export function planQuery(db: Firestore, settings: Settings, { where: conditions, order }: Plan): Query {
  const field = (name: string) => new FieldPath(settings.resultField, ...name.split("."));
  return query(
    allReviews(db, settings),
    ...conditions.map(([name, operator, value]) => where(field(name), operator, value)),
    ...order.map((name) => orderBy(field(name), name === "label" ? "asc" : "desc")),
  );
}

/** All reviews, with a result or without. */
export function allReviews(db: Firestore, { collection: path, collectionGroup: group }: Settings): Query {
  return path === undefined ? collectionGroup(db, group as string) : collection(db, path);
}

function condition(field: string, operator: WhereFilterOp, value: unknown): Plan["where"][number] {
  return [field, operator, value];
}

function equals(field: string, value: string | undefined): Plan["where"] {
  return value === undefined ? [] : [condition(field, "==", value)];
}

function within(period: Period | undefined): Plan["where"] {
  if (period === undefined) return [];
  const { from, before } = period;
  return [
    condition("classifiedAt", ">=", Timestamp.fromDate(from)),
    ...(before === undefined ? [] : [condition("classifiedAt", "<", Timestamp.fromDate(before))]),
  ];
}
