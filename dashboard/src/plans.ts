/**
 * The queries that the page sends to Firestore, each as a plan that `firestore.indexes.json` is checked against.
 *
 * `classifiedAt` has no single-field index, which would limit the collection to about 500 labels a second. So every plan first fixes
 * the label or the error code, or orders by label. Plans that fix the same fields and have the same order share an index.
 * A filter by model and a filter by language each have an index; Firestore merges the two for a query with both, because they
 * end in the same fields: https://firebase.google.com/docs/firestore/query-data/index-overview#taking_advantage_of_index_merging
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
import { FAILURE_CODES } from "./failures.ts";
import type { Filters, Sort } from "./filters.ts";
import type { Settings } from "./settings.ts";

/** Fields are those of the result, dotted, except `time`: see {@link timeField}. */
export interface Plan {
  where: [field: string, operator: WhereFilterOp, value: unknown][];
  order: [field: string, direction: "asc" | "desc"][];
}

export interface Period {
  from: Date;
  /** @default now and later */
  before?: Date;
}

type Narrowing = Pick<Filters, "model" | "language">;

const ORDERS: Record<Sort, Plan["order"]> = {
  newest: [
    ["time", "desc"],
    ["score", "desc"],
  ],
  worst: [
    ["score", "desc"],
    ["time", "desc"],
  ],
  uncertain: [
    ["score", "asc"],
    ["time", "desc"],
  ],
};

/** Reviews with one of `labels`. */
export function labelledPlan(
  labels: readonly string[],
  filters: Narrowing & Pick<Filters, "scoreFrom" | "scoreTo">,
  period?: Period,
  sort: Sort = "newest",
): Plan {
  const { scoreFrom, scoreTo } = filters;
  return {
    where: [
      ["label", "in", labels],
      ...narrowed(filters),
      ...within(period),
      ...(scoreFrom === undefined ? [] : [condition("score", ">=", scoreFrom)]),
      ...(scoreTo === undefined ? [] : [condition("score", "<=", scoreTo)]),
    ],
    order: ORDERS[sort],
  };
}

/** Every review with a label, including labels that the settings do not list. */
export function anyLabelPlan(): Plan {
  return { where: [], order: [["label", "asc"], ...ORDERS.newest] };
}

/** Reviews that could not be labelled, newest first. */
export function failedPlan(filters: Narrowing, period?: Period, codes: readonly string[] = FAILURE_CODES): Plan {
  return {
    where: [["error.code", "in", codes], ...narrowed(filters), ...within(period)],
    order: [["time", "desc"]],
  };
}

/** Where a review's time is: in the configured field, else when it was labelled. */
export function timeField({ createdField, resultField }: Settings): FieldPath {
  return createdField === undefined
    ? new FieldPath(resultField, "classifiedAt")
    : new FieldPath(...createdField.split("."));
}

/** The path of a field of a plan. */
export function planField(settings: Settings, name: string): FieldPath {
  return name === "time" ? timeField(settings) : new FieldPath(settings.resultField, ...name.split("."));
}

export function planQuery(db: Firestore, settings: Settings, { where: conditions, order }: Plan): Query {
  return query(
    allReviews(db, settings),
    ...conditions.map(([name, operator, value]) => where(planField(settings, name), operator, value)),
    ...order.map(([name, direction]) => orderBy(planField(settings, name), direction)),
  );
}

/** Every review, with a result or without. */
export function allReviews(db: Firestore, { collection: path, collectionGroup: group }: Settings): Query {
  return path === undefined ? collectionGroup(db, group as string) : collection(db, path);
}

function condition(field: string, operator: WhereFilterOp, value: unknown): Plan["where"][number] {
  return [field, operator, value];
}

function narrowed({ model, language }: Narrowing): Plan["where"] {
  return [
    ...(model === undefined ? [] : [condition("model", "==", model)]),
    ...(language === undefined ? [] : [condition("language", "==", language)]),
  ];
}

function within(period: Period | undefined): Plan["where"] {
  if (period === undefined) return [];
  const { from, before } = period;
  return [
    condition("time", ">=", Timestamp.fromDate(from)),
    ...(before === undefined ? [] : [condition("time", "<", Timestamp.fromDate(before))]),
  ];
}
