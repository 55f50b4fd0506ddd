import * as gcp from "@pulumi/gcp";
import type * as pulumi from "@pulumi/pulumi";
import { collectionOf, type Settings } from "./settings.ts";

type Order = "ASCENDING" | "DESCENDING";

/**
 * What dashboards query: labelled reviews and those that could not be labelled, of one model, one language or all, newest first;
 * and labelled reviews by score. `dashboard/src/plans.ts` has the queries. `time` is {@link Settings.createdField} or `classifiedAt`.
 */
const DASHBOARD_INDEXES: Record<string, Order>[] = [
  { label: "ASCENDING", time: "DESCENDING", score: "DESCENDING" },
  { label: "ASCENDING", model: "ASCENDING", time: "DESCENDING", score: "DESCENDING" },
  { label: "ASCENDING", language: "ASCENDING", time: "DESCENDING", score: "DESCENDING" },
  { label: "ASCENDING", score: "DESCENDING", time: "DESCENDING" },
  { label: "ASCENDING", score: "ASCENDING", time: "DESCENDING" },
  { "error.code": "ASCENDING", time: "DESCENDING" },
  { "error.code": "ASCENDING", model: "ASCENDING", time: "DESCENDING" },
  { "error.code": "ASCENDING", language: "ASCENDING", time: "DESCENDING" },
];

/**
 * Removes the single-field indexes of three fields of the result and adds the indexes that dashboards and `replay` need.
 *
 * Firestore indexes every field by default. An index of `classifiedAt`, which always grows, would limit the collection to 500
 * writes a second. Nothing queries `textHash` or `scores`, and each entry of the map `scores` would be two more index entries.
 * https://cloud.google.com/firestore/native/docs/best-practices#indexes
 * A composite index has other fields before `classifiedAt`, so that the limit applies to each of their values separately.
 */
export function createIndexes(settings: Settings, options: pulumi.CustomResourceOptions): void {
  const { firestoreDatabase: database, reviewsPath, resultField, createdField } = settings;
  const collection = collectionOf(reviewsPath);
  const field = (name: string, indexConfig: gcp.types.input.firestore.FieldIndexConfig) =>
    new gcp.firestore.Field(
      `index-of-${name}`,
      { database, collection, field: `${resultField}.${name}`, indexConfig },
      options,
    );
  // An empty configuration means no index. Without a configuration the default indexes would stay.
  for (const name of ["classifiedAt", "scores", "textHash"]) field(name, {});

  // Reviews in several collections, such as one for each shop, are also queried across all of them.
  const scattered = reviewsPath.split("/").slice(0, -2).join().includes("{");
  if (scattered)
    for (const name of ["model", "error.code"])
      field(name, {
        indexes: [
          // The three default indexes of a field, which an explicit configuration would otherwise remove.
          { order: "ASCENDING", queryScope: "COLLECTION" },
          { order: "DESCENDING", queryScope: "COLLECTION" },
          { arrayConfig: "CONTAINS", queryScope: "COLLECTION" },
          { order: "ASCENDING", queryScope: "COLLECTION_GROUP" },
        ],
      });
  if (!settings.dashboardIndexes) return;
  for (const queryScope of scattered ? ["COLLECTION", "COLLECTION_GROUP"] : ["COLLECTION"])
    for (const fields of DASHBOARD_INDEXES)
      new gcp.firestore.Index(
        `${nameOf(fields)}-${queryScope}`,
        {
          database,
          collection,
          queryScope,
          fields: Object.entries(fields).map(([name, order]) => ({
            fieldPath: name === "time" && createdField !== undefined ? createdField : `${resultField}.${fieldOf(name)}`,
            order,
          })),
        },
        options,
      );
}

function fieldOf(name: string): string {
  return name === "time" ? "classifiedAt" : name;
}

/** A name for Pulumi. It contains the direction of a score, which is sorted by in both. */
function nameOf(fields: Record<string, Order>): string {
  return Object.entries(fields)
    .map(([name, order]) => (name === "score" && order === "ASCENDING" ? "score-ascending" : fieldOf(name)))
    .join("-");
}
