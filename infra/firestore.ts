import * as gcp from "@pulumi/gcp";
import type * as pulumi from "@pulumi/pulumi";
import { collectionOf, type Settings } from "./settings.ts";

type Order = "ASCENDING" | "DESCENDING";

/** What dashboards ask for, newest first: reviews by label and those that cannot be classified, of one model or of all. */
const DASHBOARD_INDEXES: Record<string, Order>[] = [
  { label: "ASCENDING", classifiedAt: "DESCENDING", score: "DESCENDING" },
  { label: "ASCENDING", model: "ASCENDING", classifiedAt: "DESCENDING", score: "DESCENDING" },
  { "error.code": "ASCENDING", classifiedAt: "DESCENDING" },
  { "error.code": "ASCENDING", model: "ASCENDING", classifiedAt: "DESCENDING" },
];

/**
 * Takes the single-field indexes off two fields of the result, and adds the ones that dashboards and `replay` need.
 *
 * Firestore indexes each field by itself. `classifiedAt` only ever grows, and such an index caps the whole collection at 500
 * writes a second; nobody looks for a `textHash`. https://cloud.google.com/firestore/native/docs/best-practices#indexes
 * In a composite index other fields come before `classifiedAt`, so that the cap is one for each of their values.
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
  // An empty configuration is one without any index; none at all would leave the usual ones.
  for (const name of ["classifiedAt", "textHash"]) field(name, {});

  // Reviews below other documents, each shop's for example, are also asked for across all of those.
  const scattered = reviewsPath.split("/").slice(0, -2).join().includes("{");
  if (scattered)
    for (const name of ["model", "error.code"])
      field(name, {
        indexes: [
          // These three are what each field has by itself, and would lose.
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
