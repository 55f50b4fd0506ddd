/**
 * The queries that the page sends to Firestore, each as a plan that `firestore.indexes.json` is checked against.
 *
 * `classifiedAt` has no single-field index, which would limit the collection to about 500 labels a second. So every plan first fixes
 * the label or the error code, or orders by label. Plans that fix the same fields and have the same order share an index.
 * A filter by model and a filter by language each have an index; Firestore merges the two for a query with both, because they
 * end in the same fields: https://firebase.google.com/docs/firestore/query-data/index-overview#taking_advantage_of_index_merging
 */
import {
  and,
  collection,
  collectionGroup,
  FieldPath,
  type Firestore,
  or,
  orderBy,
  type Query,
  type QueryCompositeFilterConstraint,
  query,
  Timestamp,
  type WhereFilterOp,
  where,
} from "firebase/firestore";
import { FAILURE_CODES } from "./failures.ts";
import type { Filters, Sort } from "./filters.ts";
import { pathOf } from "./indexes.ts";
import type { Period } from "./ranges.ts";
import { isEmulated, type Settings } from "./settings.ts";
import type { Poles } from "./tone.ts";

type Condition = [field: string, operator: WhereFilterOp, value: unknown];

/** Fields are those of the result, dotted, except those that {@link planField} names. */
export interface Plan {
  where: Condition[];
  /** At least one of these must hold as well. */
  any?: Condition[][];
  order: [field: string, direction: "asc" | "desc"][];
}

/** All times that Firestore can store. Compared with a time, it finds no other values. */
export const EVER: Period = { from: new Date("0001-01-01") };

export type Narrowing = Pick<Filters, "model" | "language" | "group">;

type Scored = Narrowing & Pick<Filters, "scoreFrom" | "scoreTo">;

/** The ratings that contradict a label: a range would need an index of its own. None contradicts a neutral label. */
export function contradicting(label: string | undefined, { negative, positive }: Poles): readonly number[] {
  if (label === negative) return [4, 4.5, 5];
  return label === positive ? [1, 1.5, 2] : [];
}

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
export function labelledPlan(labels: readonly string[], filters: Scored, period?: Period, sort: Sort = "newest"): Plan {
  return {
    where: [["label", "in", labels], ...narrowed(filters), ...within(period), ...scored(filters)],
    order: ORDERS[sort],
  };
}

/** Every review with a label, including labels that the settings do not list. */
export function anyLabelPlan(): Plan {
  return { where: [], order: [["label", "asc"], ...ORDERS.newest] };
}

/** Every review with a label that `labels` do not contain. */
export function otherLabelsPlan(labels: readonly string[]): Plan {
  return { ...anyLabelPlan(), where: [condition("label", "not-in", labels)] };
}

/** Reviews that could not be labelled, newest first. */
export function failedPlan(filters: Narrowing, period?: Period, codes: readonly string[] = FAILURE_CODES): Plan {
  return {
    where: [["error.code", "in", codes], ...narrowed(filters), ...within(period)],
    order: [["time", "desc"]],
  };
}

/** The plan of a count without time: it also finds reviews that have none, and needs the index of the label's or the code's field. */
export function untimed({ where, order }: Plan): Plan {
  return { where, order: order.filter(([field]) => field === "label") };
}

/** Reviews of `labels` that are done. The others cannot be asked for: most have no field `triage`. */
export function donePlan(labels: readonly string[], filters: Scored, period: Period): Plan {
  const plan = labelledPlan(labels, filters, period);
  return {
    ...plan,
    where: [...plan.where.slice(0, 1), condition("triage.state", "==", "done"), ...plan.where.slice(1)],
  };
}

/** Reviews whose label a person has corrected, newest first; with corrections of earlier texts. */
export function correctedPlan(labels: readonly string[], period: Period): Plan {
  return { where: [condition("triage.label", "in", labels), ...within(period)], order: [["time", "desc"]] };
}

/** Reviews with many stars and a negative label, or with few stars and a positive one; of one label if the filters have one. */
export function contradictionsPlan(poles: Poles, filters: Scored & Pick<Filters, "label">, period: Period): Plan {
  const labels = filters.label === undefined ? [poles.negative, poles.positive] : [filters.label];
  return {
    where: [...narrowed(filters), ...within(period), ...scored(filters)],
    any: labels.map((label) => {
      const ratings = contradicting(label, poles);
      // Firestore refuses an empty list.
      return [condition("label", "==", label), condition("rating", "in", ratings.length > 0 ? ratings : ["none"])];
    }),
    order: ORDERS.newest,
  };
}

/** The first review whose group comes after `group`; without one, the first of all. */
export function nextGroupPlan(group: string | undefined): Plan {
  // Compared with a text, Firestore finds texts only.
  return {
    where: [group === undefined ? condition("group", ">=", "") : condition("group", ">", group)],
    order: [["group", "asc"]],
  };
}

/** Reviews with any value as their group, also one that is not a text. */
export function anyGroupPlan(): Plan {
  return { where: [condition("group", "!=", null)], order: [["group", "asc"]] };
}

export function planField(settings: Settings, name: string): FieldPath {
  return new FieldPath(...pathOf(name, settings).split("."));
}

export function planQuery(db: Firestore, settings: Settings, { where: conditions, any, order }: Plan): Query {
  const all = (some: readonly Condition[]) =>
    some.map(([name, operator, value]) => where(planField(settings, name), operator, value));
  const alternatives: QueryCompositeFilterConstraint[] =
    any === undefined ? [] : [or(...any.map((some) => and(...all(some))))];
  return query(
    allReviews(db, settings),
    and(...all(conditions), ...alternatives),
    ...order.map(([name, direction]) => orderBy(planField(settings, name), direction)),
  );
}

/**
 * {@link planQuery} for a caller that leaves out reviews with other labels than the plan's: some may come too. The emulator has no
 * indexes, and looks at all documents again for each value of an `in`; for a range it looks once. Firestore's index begins with the
 * label, so that there an `in` reads what it returns and nothing else.
 */
export function documentsQuery(db: Firestore, settings: Settings, plan: Plan): Query {
  return planQuery(db, settings, isEmulated(settings) ? { ...plan, where: plan.where.flatMap(asRange) } : plan);
}

function asRange(one: Condition): Condition[] {
  const [field, operator, value] = one;
  if (field !== "label" || operator !== "in") return [one];
  const labels = (value as string[]).toSorted();
  const [first, last] = [labels[0], labels.at(-1)];
  // An equality is quicker than a range.
  return first === last ? [one] : [condition("label", ">=", first), condition("label", "<=", last)];
}

/** Every review, with a result or without. */
export function allReviews(db: Firestore, { collection: path, collectionGroup: group }: Settings): Query {
  return path === undefined ? collectionGroup(db, group as string) : collection(db, path);
}

function condition(field: string, operator: WhereFilterOp, value: unknown): Condition {
  return [field, operator, value];
}

function narrowed({ model, language, group }: Narrowing): Plan["where"] {
  return [
    ...(group === undefined ? [] : [condition("group", "==", group)]),
    ...(model === undefined ? [] : [condition("model", "==", model)]),
    ...(language === undefined ? [] : [condition("language", "==", language)]),
  ];
}

function scored({ scoreFrom, scoreTo }: Scored): Plan["where"] {
  return [
    ...(scoreFrom === undefined ? [] : [condition("score", ">=", scoreFrom)]),
    ...(scoreTo === undefined ? [] : [condition("score", "<=", scoreTo)]),
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
