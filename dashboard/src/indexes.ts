/**
 * The indexes that the page's queries need. `firestore.indexes.json` has them for the default settings, the infrastructure makes them
 * for its own.
 */
import type { Settings } from "./settings.ts";

type Order = "ASCENDING" | "DESCENDING";

export interface Index {
  collectionGroup: string;
  queryScope: "COLLECTION" | "COLLECTION_GROUP";
  fields: { fieldPath: string; order: Order }[];
}

/** Names are those of plans. Indexes with the same end can be merged, so that each filter needs one. */
const LABELLED: readonly (readonly string[])[] = [
  ["label", "time DESC", "score DESC"],
  ["label", "model", "time DESC", "score DESC"],
  ["label", "language", "time DESC", "score DESC"],
  ["label", "triage.state", "time DESC", "score DESC"],
  ["label", "score DESC", "time DESC"],
  ["label", "score", "time DESC"],
  ["error.code", "time DESC"],
  ["error.code", "model", "time DESC"],
  ["error.code", "language", "time DESC"],
  ["triage.label", "time DESC"],
];
const GROUPED = [
  ["label", "group", "time DESC", "score DESC"],
  ["error.code", "group", "time DESC"],
];
const RATED = [["label", "rating", "time DESC", "score DESC"]];

export type FieldSettings = Pick<Settings, "resultField"> & {
  [Name in "createdField" | "ratingField" | "groupField"]?: string | undefined;
};

/** All composite indexes for these settings. */
export function indexesOf(settings: Pick<Settings, "collection" | "collectionGroup"> & FieldSettings): Index[] {
  return indexNames(settings).map((names) => ({ ...scopeOf(settings), fields: indexFields(names, settings) }));
}

/** The fields of each index by the names of plans, such as `time DESC`. */
export function indexNames({ groupField, ratingField }: FieldSettings): (readonly string[])[] {
  return [...LABELLED, ...(groupField === undefined ? [] : GROUPED), ...(ratingField === undefined ? [] : RATED)];
}

/** The fields of an index with these names. */
export function indexFields(names: readonly string[], settings: FieldSettings): Index["fields"] {
  return names.map((field) => {
    const [name, direction] = field.split(" ") as [string, string | undefined];
    return { fieldPath: pathOf(name, settings), order: direction === "DESC" ? "DESCENDING" : "ASCENDING" };
  });
}

/** The collection that the indexes belong to, and whether they are for all collections of its name. */
export function scopeOf({
  collection,
  collectionGroup,
}: Pick<Settings, "collection" | "collectionGroup">): Pick<Index, "collectionGroup" | "queryScope"> {
  return collection === undefined
    ? { collectionGroup: collectionGroup as string, queryScope: "COLLECTION_GROUP" }
    : { collectionGroup: collection.split("/").at(-1) as string, queryScope: "COLLECTION" };
}

/** The path of a field of a plan: of the result, except `time`, `rating`, `group` and the fields of `triage`. */
export function pathOf(
  name: string,
  { resultField, createdField, ratingField = "rating", groupField = "group" }: FieldSettings,
): string {
  if (name === "time") return createdField ?? `${resultField}.classifiedAt`;
  if (name === "rating") return ratingField;
  if (name === "group") return groupField;
  return name.startsWith("triage.") ? name : `${resultField}.${name}`;
}
