import * as gcp from "@pulumi/gcp";
import type * as pulumi from "@pulumi/pulumi";
import { collectionOf, type Settings } from "./settings.ts";

type Order = "ASCENDING" | "DESCENDING";

/**
 * What dashboards query, newest first: labelled reviews and those that could not be labelled, of one model, one language or all.
 * `dashboard/src/plans.ts` has the queries.
 */
const DASHBOARD_INDEXES: Record<string, Order>[] = [
  { label: "ASCENDING", classifiedAt: "DESCENDING", score: "DESCENDING" },
  { label: "ASCENDING", model: "ASCENDING", classifiedAt: "DESCENDING", score: "DESCENDING" },
  { label: "ASCENDING", language: "ASCENDING", classifiedAt: "DESCENDING", score: "DESCENDING" },
  { "error.code": "ASCENDING", classifiedAt: "DESCENDING" },
  { "error.code": "ASCENDING", model: "ASCENDING", classifiedAt: "DESCENDING" },
  { "error.code": "ASCENDING", language: "ASCENDING", classifiedAt: "DESCENDING" },
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
  const { firestoreDatabase: database, reviewsPath, resultField } = settings;
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
        `${Object.keys(fields).join("-")}-${queryScope}`,
        {
          database,
          collection,
          queryScope,
          fields: Object.entries(fields).map(([name, order]) => ({ fieldPath: `${resultField}.${name}`, order })),
        },
        options,
      );
}
