/** The indexes that the page's queries need, which `firestore.indexes.json` has for the settings as they are by default. */
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

export type IndexSettings = Pick<
  Settings,
  "collection" | "collectionGroup" | "resultField" | "createdField" | "ratingField" | "groupField"
>;

/** All composite indexes for these settings. */
export function indexesOf(settings: IndexSettings): Index[] {
  const names = [
    ...LABELLED,
    ...(settings.groupField === undefined ? [] : GROUPED),
    ...(settings.ratingField === undefined ? [] : RATED),
  ];
  return names.map((fields) => ({
    ...scopeOf(settings),
    fields: fields.map((field) => {
      const [name, direction] = field.split(" ") as [string, string | undefined];
      return { fieldPath: pathOf(name, settings), order: direction === "DESC" ? "DESCENDING" : "ASCENDING" };
    }),
  }));
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

function pathOf(name: string, { resultField, createdField, ratingField, groupField }: IndexSettings): string {
  if (name === "time") return createdField ?? `${resultField}.classifiedAt`;
  if (name === "rating") return ratingField as string;
  if (name === "group") return groupField as string;
  return name.startsWith("triage.") ? name : `${resultField}.${name}`;
}
