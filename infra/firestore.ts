import * as gcp from "@pulumi/gcp";
import * as pulumi from "@pulumi/pulumi";
import { indexFields, indexNames } from "../dashboard/src/indexes.ts";
import { collectionOf, type Settings, SettingsError } from "./settings.ts";

/** What Google says about a database. */
export interface DatabaseFacts {
  /** `FIRESTORE_NATIVE` or `DATASTORE_MODE`. */
  type: string;
  /** `STANDARD` or `ENTERPRISE`. Empty in answers from before there were editions. */
  edition: string;
  location: string;
}

/** Why the worker cannot use a database: a sentence for each reason. */
export function databaseProblems(settings: Settings, { type, edition, location }: DatabaseFacts): string[] {
  const { firestoreDatabase, firestoreTrigger, firestoreLocation } = settings;
  const problems: string[] = [];
  if (type !== "FIRESTORE_NATIVE")
    problems.push(
      `firestoreDatabase is "${firestoreDatabase}", a database in Datastore mode; set it to one in native mode, or create one: gcloud firestore databases create --database=reviews --location=${location}`,
    );
  // It has no automatic indexes, so queries without an index read the whole collection, and other prices.
  else if (edition === "ENTERPRISE")
    problems.push(
      `firestoreDatabase is "${firestoreDatabase}", a database of the Enterprise edition, whose indexes and prices differ; set it to one of the Standard edition, or create one: gcloud firestore databases create --database=reviews --edition=standard --location=${location}`,
    );
  if (firestoreTrigger && firestoreLocation !== location)
    problems.push(
      `firestoreLocation is "${firestoreLocation}", and the database is in ${location}, so the trigger would receive nothing; set it to ${location}`,
    );
  return problems;
}

/**
 * Reads the database, in a preview too.
 * @param after what has to exist before, such as the API
 * @throws {SettingsError} if the worker cannot use it
 */
export async function checkDatabase(settings: Settings, after: pulumi.Resource[]): Promise<void> {
  const id = `projects/${settings.project}/databases/${settings.firestoreDatabase}`;
  const database = gcp.firestore.Database.get("reviews", id, undefined, { dependsOn: after });
  const facts = await new Promise<DatabaseFacts>((resolve) => {
    pulumi
      .all([database.type, database.databaseEdition, database.locationId])
      .apply(([type, edition, location]) => resolve({ type, edition: edition ?? "", location }));
  });
  const problems = databaseProblems(settings, facts);
  if (problems.length > 0) throw new SettingsError(problems);
}

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
    for (const names of indexNames(settings))
      new gcp.firestore.Index(
        `${nameOf(names)}-${queryScope}`,
        { database, collection, queryScope, fields: indexFields(names, settings) },
        options,
      );
}

/** A name for Pulumi. It contains the direction of a score, which is sorted by in both. */
function nameOf(names: readonly string[]): string {
  const NAMES: Record<string, string> = {
    score: "score-ascending",
    "score DESC": "score",
    "time DESC": "classifiedAt",
  };
  return names.map((name) => NAMES[name] ?? name).join("-");
}
