/** The resources around the worker: APIs, images, indexes. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { indexesOf } from "../../dashboard/src/indexes.ts";
import { type DatabaseFacts, databaseProblems } from "../firestore.ts";
import { readSettings } from "../settings.ts";
import { graphOf, REQUIRED } from "./graph.ts";

/** The build and its sources are in the region, because an organisation policy may refuse others. */
const BUILD =
  "gcloud beta builds submit .. --config ../cloudbuild.yaml --project my-shop-123 --region us-central1 --gcs-source-staging-dir gs://my-shop-123-review-sentiment-build/source --service-account projects/my-shop-123/serviceAccounts/review-sentiment-build@my-shop-123.iam.gserviceaccount.com --substitutions _IMAGE=us-central1-docker.pkg.dev/my-shop-123/review-sentiment/worker,_TAG=TAG";

const DEPLOY = readFileSync(new URL("../../docs/deploy.md", import.meta.url), "utf8");

const apisOf = async (settings: Record<string, string>) =>
  (await graphOf(settings))
    .all("projects/service:Service")
    .map(({ inputs }) => inputs.service.replace(".googleapis.com", ""));

test("the APIs in use are enabled, and stay enabled when the stack is destroyed", async () => {
  const always =
    "artifactregistry cloudbuild cloudresourcemanager containeranalysis firestore iam logging monitoring pubsub run serviceusage storage".split(
      " ",
    );
  expect(await apisOf({})).toEqual(always);
  expect(
    await apisOf({ apiKeys: "a-key-of-16-characters", firestoreTrigger: "true", firestoreLocation: "nam5" }),
  ).toEqual([...always, "secretmanager", "eventarc", "eventarcpublishing"].sort());
  expect(await apisOf({ delivery: "pull", autoscaling: "crema", scanImages: "true" })).toEqual(
    [...always, "containerscanning", "parametermanager"].sort(),
  );
  for (const { inputs } of (await graphOf()).all("projects/service:Service"))
    expect(inputs).toMatchObject({ disableOnDestroy: false, project: "my-shop-123" });
});

test("docs/deploy.md first enables the APIs that Pulumi itself calls", () => {
  expect(DEPLOY).toContain(
    "gcloud services enable cloudresourcemanager.googleapis.com serviceusage.googleapis.com --project my-shop-123",
  );
});

test("docs/deploy.md shows the output `build`", () => {
  expect(DEPLOY.replaceAll(/\n +/g, " ")).toContain(BUILD);
});

test("every resource depends on the APIs", async () => {
  const graph = await graphOf({
    apiKeys: "a-key-of-16-characters",
    firestoreTrigger: "true",
    firestoreLocation: "nam5",
  });
  const apis = new Set(graph.all("projects/service:Service").map(({ type, name }) => `${type} ${name}`));
  const waits = new Map(graph.made.map(({ type, name, after }) => [`${type} ${name}`, after]));
  const reachesApis = (id: string): boolean => apis.has(id) || (waits.get(id) ?? []).some(reachesApis);
  expect([...waits.keys()].filter((id) => !reachesApis(id))).toEqual([]);
});

test("with a region in Europe, everything is there", async () => {
  const europe = {
    region: "europe-west1",
    image: "europe-west1-docker.pkg.dev/my-shop-123/review-sentiment/worker:1.0.0",
  };
  for (const settings of [{ apiKeys: "a-key-of-16-characters" }, { delivery: "pull" }, { image: undefined }]) {
    const { made, outputs } = await graphOf({ ...europe, ...settings });
    const regions = JSON.stringify([made, outputs]).match(/\b(us|europe)-[a-z]+\d\b/g);
    expect(new Set(regions)).toEqual(new Set(["europe-west1"]));
  }
});

test("images are deleted after a month, except the ten newest", async () => {
  expect((await graphOf()).the("artifactregistry/repository:Repository").inputs).toEqual({
    repositoryId: "review-sentiment",
    location: "us-central1",
    format: "DOCKER",
    description: expect.any(String),
    vulnerabilityScanningConfig: { enablementConfig: "DISABLED" },
    cleanupPolicyDryRun: false,
    cleanupPolicies: [
      { id: "keep-newest", action: "KEEP", mostRecentVersions: { keepCount: 10 } },
      { id: "delete-old", action: "DELETE", condition: { tagState: "ANY", olderThan: "2592000s" } },
    ],
  });
});

test("without an image there is only a registry and an account that builds one", async () => {
  const graph = await graphOf({ image: undefined });
  expect(new Set(graph.made.map(({ type }) => type))).toEqual(
    new Set([
      "projects/service:Service",
      "artifactregistry/repository:Repository",
      "serviceaccount/account:Account",
      "projects/iAMMember:IAMMember",
      "artifactregistry/repositoryIamMember:RepositoryIamMember",
      "storage/bucket:Bucket",
      "storage/bucketIAMMember:BucketIAMMember",
    ]),
  );
  expect(graph.outputs.repository).toBe("us-central1-docker.pkg.dev/my-shop-123/review-sentiment");
  expect(graph.outputs.build).toBe(BUILD);
  expect(graph.outputs.next).toContain("pulumi config set image");
});

test("the sources of builds are in a private bucket in the region, and deleted after a week", async () => {
  expect((await graphOf()).the("storage/bucket:Bucket").inputs).toEqual({
    name: "my-shop-123-review-sentiment-build",
    location: "us-central1",
    uniformBucketLevelAccess: true,
    publicAccessPrevention: "enforced",
    forceDestroy: true,
    lifecycleRules: [{ action: { type: "Delete" }, condition: { age: 7 } }],
  });
});

test("scanImages has Google scan the images", async () => {
  const { inputs } = (await graphOf({ scanImages: "true" })).the("artifactregistry/repository:Repository");
  expect(inputs.vulnerabilityScanningConfig).toEqual({ enablementConfig: "INHERITED" });
});

describe("a database that the worker cannot use is refused", () => {
  const trigger = { firestoreTrigger: "true", firestoreLocation: "us-central1" };
  const usable = { type: "FIRESTORE_NATIVE", edition: "STANDARD", location: "nam5" };
  const problemsOf = (config: Record<string, string>, facts: Partial<DatabaseFacts>) =>
    databaseProblems(
      readSettings({
        ...REQUIRED,
        ...Object.fromEntries(Object.entries(config).map(([name, value]) => [`review-sentiment:${name}`, value])),
      }),
      { ...usable, ...facts },
    );

  test.each([
    [{}, { type: "DATASTORE_MODE" }, "in Datastore mode"],
    [{}, { edition: "ENTERPRISE" }, "of the Enterprise edition"],
    [trigger, {}, "the database is in nam5, so the trigger would receive nothing"],
  ])("%j %j", (config, facts, problem) => {
    expect(problemsOf(config, facts)).toEqual([expect.stringContaining(problem)]);
  });

  test("others are not", () => {
    expect(problemsOf({}, {})).toEqual([]);
    expect(problemsOf({}, { edition: "" })).toEqual([]);
    expect(problemsOf({ ...trigger, firestoreLocation: "nam5" }, {})).toEqual([]);
  });
});

const FIELD = "firestore/field:Field";
const INDEX = "firestore/index:Index";

test("classifiedAt, scores and textHash have no single-field index", async () => {
  const graph = await graphOf({
    resultField: "mood",
    reviewsPath: "shops/main/opinions/{review}",
    firestoreDatabase: "shop",
  });
  expect(graph.all(FIELD).map(({ inputs }) => inputs)).toEqual(
    ["mood.classifiedAt", "mood.scores", "mood.textHash"].map((field) => ({
      database: "shop",
      collection: "opinions",
      field,
      indexConfig: {},
    })),
  );
});

test("dashboards find reviews by label, error, model, language and treatment, by time and by score", async () => {
  const ascending = (field: string) => ({ fieldPath: `sentiment.${field}`, order: "ASCENDING" });
  const descending = (field: string) => ({ fieldPath: `sentiment.${field}`, order: "DESCENDING" });
  const indexes = (await graphOf()).all(INDEX).map(({ inputs }) => inputs);
  expect(indexes).toEqual(
    [
      [ascending("error.code"), descending("classifiedAt")],
      [ascending("error.code"), ascending("language"), descending("classifiedAt")],
      [ascending("error.code"), ascending("model"), descending("classifiedAt")],
      [ascending("label"), descending("classifiedAt"), descending("score")],
      [ascending("label"), ascending("language"), descending("classifiedAt"), descending("score")],
      [ascending("label"), ascending("model"), descending("classifiedAt"), descending("score")],
      [ascending("label"), ascending("score"), descending("classifiedAt")],
      [ascending("label"), descending("score"), descending("classifiedAt")],
      [
        ascending("label"),
        { fieldPath: "triage.state", order: "ASCENDING" },
        descending("classifiedAt"),
        descending("score"),
      ],
      [{ fieldPath: "triage.label", order: "ASCENDING" }, descending("classifiedAt")],
    ].map((fields) => ({ database: "(default)", collection: "reviews", queryScope: "COLLECTION", fields })),
  );
});

test("dashboards find reviews by the time when they were written, if a field contains it", async () => {
  const fields = (await graphOf({ createdField: "meta.createdAt" }))
    .all(INDEX)
    .map(({ inputs }) => inputs.fields.map(({ fieldPath }: { fieldPath: string }) => fieldPath));
  expect(fields).toHaveLength(10);
  for (const paths of fields) {
    expect(paths).toContain("meta.createdAt");
    expect(paths).not.toContain("sentiment.classifiedAt");
  }
});

const deployedByFirebase = new URL("../../firestore.indexes.json", import.meta.url);

test("the indexes are those that `firebase deploy` makes", async () => {
  const { indexes, fieldOverrides } = JSON.parse(readFileSync(deployedByFirebase, "utf8"));
  const graph = await graphOf();
  expect(
    graph.all(INDEX).map(({ inputs }) => ({
      collectionGroup: inputs.collection,
      queryScope: inputs.queryScope,
      fields: inputs.fields,
    })),
  ).toEqual(expect.arrayContaining(indexes));
  expect(graph.all(INDEX)).toHaveLength(indexes.length);
  expect(
    graph.all(FIELD).map(({ inputs }) => ({
      collectionGroup: inputs.collection,
      fieldPath: inputs.field,
      indexes: inputs.indexConfig.indexes ?? [],
    })),
  ).toEqual(expect.arrayContaining(fieldOverrides));
  expect(graph.all(FIELD)).toHaveLength(fieldOverrides.length);
});

test.each([
  {},
  { ratingField: "stars" },
  { groupField: "meta.product" },
  { createdField: "meta.createdAt", ratingField: "stars", groupField: "meta.product", resultField: "mood" },
])("the dashboard's queries have their indexes with %o", async (settings) => {
  const { resultField = "sentiment", ...fields } = settings;
  const wanted = indexesOf({ collection: "reviews", resultField, ...fields });
  const made = (await graphOf(settings)).all(INDEX).map(({ inputs }) => ({
    collectionGroup: inputs.collection,
    queryScope: inputs.queryScope,
    fields: inputs.fields,
  }));
  expect(made).toHaveLength(wanted.length);
  expect(made).toEqual(expect.arrayContaining(wanted));
});

test("reviews in subcollections are also indexed across all of them, for dashboards and replay", async () => {
  const graph = await graphOf({ reviewsPath: "shops/{shop}/reviews/{review}" });
  expect(
    graph
      .all(INDEX)
      .map(({ inputs }) => inputs.queryScope)
      .sort(),
  ).toEqual([...Array(10).fill("COLLECTION"), ...Array(10).fill("COLLECTION_GROUP")]);
  for (const name of ["model", "error.code"])
    expect(graph.the(FIELD, `index-of-${name}`).inputs).toMatchObject({
      field: `sentiment.${name}`,
      indexConfig: {
        indexes: [
          { order: "ASCENDING", queryScope: "COLLECTION" },
          { order: "DESCENDING", queryScope: "COLLECTION" },
          { arrayConfig: "CONTAINS", queryScope: "COLLECTION" },
          { order: "ASCENDING", queryScope: "COLLECTION_GROUP" },
        ],
      },
    });
});

test("dashboardIndexes=false leaves out the dashboard's indexes", async () => {
  const graph = await graphOf({ dashboardIndexes: "false" });
  expect(graph.all(INDEX)).toEqual([]);
  expect(graph.all(FIELD)).toHaveLength(3);
});

test("the outputs name what is needed next", async () => {
  expect((await graphOf()).outputs).toEqual({
    repository: "us-central1-docker.pkg.dev/my-shop-123/review-sentiment",
    build: BUILD,
    topic: "reviews",
    deadLetters: "reviews-dead-letter",
    subscription: "review-sentiment",
    worker: "review-sentiment",
    url: "https://review-sentiment-abc.a.run.app",
  });
});
