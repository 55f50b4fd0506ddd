/** The database and its indexes. */
import dashboardIndexes from "../../firestore.indexes.json" with { type: "json" };
import { ModelId } from "../../model/model-id.ts";
import { type ReviewStore, StoreError } from "../../shared/store.ts";
import { indexKey, listIndexes } from "./indexes.ts";
import { ask, type Examination } from "./report.ts";

/** https://cloud.google.com/firestore/docs/reference/rest/v1/projects.databases */
export interface Database {
  locationId?: string;
  type?: string;
  databaseEdition?: string;
}

/** The command that creates a database that the worker and the dashboard can use. */
export function createDatabase(project: string, id: string, location = "REGION"): string {
  return `gcloud firestore databases create --database='${id}' --location=${location} --type=firestore-native --edition=standard --project ${project}`;
}

/**
 * The database, and the indexes that a replay and the dashboard use.
 * @param store asked for one page of each query that needs an index
 * @returns the database, if there is one
 */
export async function checkStore(
  examination: Examination,
  store: Pick<ReviewStore, "page">,
): Promise<Database | undefined> {
  const { api, target, report } = examination;
  const { project, database: id, isEmulator } = target;
  report.done("database and indexes");
  let database: Database | null | undefined;
  if (!isEmulator) {
    database = await ask(examination, `database ${id}`, () =>
      api.get<Database>("firestore", `v1/projects/${project}/databases/${id}`),
    );
    if (database === null)
      report.found("no-database", `The project has no Firestore database ${id}.`, createDatabase(project, id));
    if (!database) return undefined;
    if (database.type === "DATASTORE_MODE")
      report.found(
        "datastore-mode",
        `The database ${id} is in Datastore mode, which knows neither listeners nor the dashboard's queries.`,
        `Set FIRESTORE_DATABASE to a database in native mode: ${createDatabase(project, "reviews", database.locationId)}`,
      );
    if (database.databaseEdition === "ENTERPRISE")
      report.found(
        "enterprise-edition",
        `The database ${id} is of the Enterprise edition, which creates no index by itself and is priced differently.`,
        `Set FIRESTORE_DATABASE to a database of the Standard edition: ${createDatabase(project, "reviews", database.locationId)}`,
      );
    if (database.type === "DATASTORE_MODE" || database.databaseEdition === "ENTERPRISE") return database;
    await checkIndexes(examination);
  }
  await checkQueries(examination, store);
  return database ?? undefined;
}

/** The queries of `replay --failed` and `--other-model`. Each reads one document at most. */
async function checkQueries({ report, target }: Examination, store: Pick<ReviewStore, "page">): Promise<void> {
  const { reviewsPath } = target;
  if (reviewsPath.collection === undefined) {
    report.couldNot("queries of replay", "REVIEWS_PATH does not name a collection");
    return;
  }
  const any = { reviewsPath, where: [], unlabelled: false };
  for (const [option, selection] of [
    ["--failed", { ...any, failed: true }],
    ["--other-model", { ...any, failed: false, otherModel: ModelId.parse("none@0") }],
  ] as const)
    try {
      await store.page(selection, { limit: 1 });
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      if (error.code === "index-missing") {
        const link = /https:\/\/\S+/.exec(error.message)?.[0];
        report.found(
          "no-index",
          `The query of \`replay ${option}\` has no index.`,
          link === undefined ? error.message : `Create it here: ${link}`,
        );
      } else report.couldNot(`the query of replay ${option}`, error.message.replace(/\s+/g, " "));
    }
}

interface FieldState {
  indexConfig?: { indexes?: unknown[]; usesAncestorConfig?: boolean };
}

/** The index that must not be, and those of the dashboard. */
async function checkIndexes(examination: Examination): Promise<void> {
  const { api, target, report } = examination;
  const { project, database, resultField, reviewsPath } = target;
  const collection = reviewsPath.source.split("/").at(-2) as string;
  const group = `projects/${project}/databases/${database}/collectionGroups/${encodeURIComponent(collection)}`;
  const options = `--collection-group='${collection}' --database='${database}' --project ${project}`;

  // https://cloud.google.com/firestore/docs/reference/rest/v1/projects.databases.collectionGroups.fields
  const field = `${/^[A-Za-z_]\w*$/.test(resultField) ? resultField : `\`${resultField}\``}.classifiedAt`;
  const state = await ask(examination, `index of ${field}`, () =>
    api.get<FieldState>("firestore", `v1/${group}/fields/${encodeURIComponent(field)}`),
  );
  const { indexes = [], usesAncestorConfig = false } = state?.indexConfig ?? {};
  if (state && (usesAncestorConfig || indexes.length > 0))
    report.found(
      "hot-index",
      `The field ${field}, which always grows, is indexed, and that limits the collection to 500 results a second.`,
      `gcloud firestore indexes fields update '${field}' --disable-indexes ${options}`,
    );

  const existing = await ask(examination, "composite indexes", () => listIndexes(api, group));
  if (!existing) return;
  if (existing.some(({ state }) => state === "NEEDS_REPAIR"))
    report.found(
      "index-needs-repair",
      "A composite index could not be built.",
      `gcloud firestore indexes composite list --database='${database}' --project ${project}    # then delete it and deploy it again`,
    );
  const building = existing.filter(({ state }) => state === "CREATING").length;
  if (building > 0) report.couldNot("composite indexes", `${building} of them are still being built`);
  // A project without any of the dashboard's indexes has no dashboard.
  const keys = new Set(existing.map(indexKey));
  const wanted = dashboardIndexes.indexes.filter(
    ({ collectionGroup, queryScope }) => collectionGroup === collection && queryScope === "COLLECTION",
  );
  const missing = wanted.filter((index) => !keys.has(indexKey(index)));
  if (missing.length > 0 && missing.length < wanted.length)
    report.found(
      "no-dashboard-index",
      `${missing.length} of the dashboard's ${wanted.length} composite indexes are missing.`,
      database === "(default)"
        ? `npx firebase-tools deploy --only firestore:indexes --project ${project}`
        : // firebase.json is about the default database.
          `FIRESTORE_DATABASE='${database}' npm run dashboard -- --check --project ${project}    # prints the command for each`,
    );
}
