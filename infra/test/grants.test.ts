/** All grants: the tests fail for a missing grant and for an additional one. */
import { expect, test } from "vitest";
import { type Grant, graphOf, PROJECT } from "./graph.ts";

const account = (id: string) => `serviceAccount:${id}@${PROJECT}.iam.gserviceaccount.com`;
const WORKER = account("review-sentiment-worker");
const BUILD = account("review-sentiment-build");
const PUSH = account("review-sentiment-push");
const PUBSUB_AGENT = "serviceAccount:service-42@gcp-sa-pubsub.iam.gserviceaccount.com";
const EVENTARC_AGENT = "serviceAccount:service-42@gcp-sa-eventarc.iam.gserviceaccount.com";
const SHOP = "serviceAccount:shop@my-shop-123.iam.gserviceaccount.com";
const SUPPORT = "group:support@example.com";

const CREMA = account("review-sentiment-crema");
const DOCUMENTS = `projects/${PROJECT}/roles/review_sentiment_worker`;

const BUILDING: Grant[] = [
  { on: `project ${PROJECT}`, role: "roles/logging.logWriter", member: BUILD },
  { on: "repository review-sentiment", role: "roles/artifactregistry.writer", member: BUILD },
  { on: "bucket my-shop-123-review-sentiment-build", role: "roles/storage.objectViewer", member: BUILD },
];
/** The grants of both modes: the build, the worker's database and dead-letter topic, and what Pub/Sub needs to dead-letter. */
const ALWAYS: Grant[] = [
  ...BUILDING,
  {
    on: `project ${PROJECT}`,
    role: DOCUMENTS,
    member: WORKER,
    condition: `resource.name == "projects/${PROJECT}/databases/(default)"`,
  },
  { on: "topic reviews-dead-letter", role: "roles/pubsub.publisher", member: WORKER },
  { on: "topic reviews-dead-letter", role: "roles/pubsub.publisher", member: PUBSUB_AGENT },
  { on: "subscription review-sentiment", role: "roles/pubsub.subscriber", member: PUBSUB_AGENT },
];
const PUSHING: Grant[] = [
  { on: "service review-sentiment", role: "roles/run.invoker", member: PUSH },
  { on: "account review-sentiment-push", role: "roles/iam.serviceAccountOpenIdTokenCreator", member: PUBSUB_AGENT },
];

const byText = (a: Grant, b: Grant) => JSON.stringify(a).localeCompare(JSON.stringify(b));

test("push: the worker uses its database and dead-letter topic, the push account invokes, Pub/Sub signs and dead-letters", async () => {
  expect((await graphOf()).grants).toEqual([...ALWAYS, ...PUSHING].sort(byText));
});

test("pull: the worker also pulls from its subscription, and nobody can invoke anything", async () => {
  expect((await graphOf({ delivery: "pull" })).grants).toEqual(
    [...ALWAYS, { on: "subscription review-sentiment", role: "roles/pubsub.subscriber", member: WORKER }].sort(byText),
  );
});

test("crema: the autoscaler reads the backlog and its configuration, and changes only the worker's pool", async () => {
  const before = (await graphOf({ delivery: "pull" })).grants;
  const { grants } = await graphOf({ delivery: "pull", autoscaling: "crema" });
  expect(grants.filter((grant) => !before.some((other) => byText(grant, other) === 0))).toEqual(
    [
      { on: `project ${PROJECT}`, role: "roles/parametermanager.parameterViewer", member: CREMA },
      { on: `project ${PROJECT}`, role: "roles/monitoring.viewer", member: CREMA },
      { on: "pool review-sentiment", role: "roles/run.developer", member: CREMA },
      { on: "account review-sentiment-worker", role: "roles/iam.serviceAccountUser", member: CREMA },
    ].sort(byText),
  );
});

test("the worker's role reads and updates documents; it neither deletes nor lists them", async () => {
  expect((await graphOf()).the("projects/iAMCustomRole:IAMCustomRole").inputs).toMatchObject({
    roleId: "review_sentiment_worker",
    permissions: [
      "datastore.databases.get",
      "datastore.entities.create",
      "datastore.entities.get",
      "datastore.entities.update",
    ],
  });
});

test("the grant to invoke the service is in the region of the service", async () => {
  const graph = await graphOf();
  const { inputs } = graph.the("cloudrunv2/serviceIamMember:ServiceIamMember");
  expect(inputs.location).toBe("us-central1");
  expect(inputs.location).toBe(graph.the("cloudrunv2/service:Service").inputs.location);
});

test("with another database, the worker may use only that one", async () => {
  const { grants } = await graphOf({ firestoreDatabase: "shop" });
  expect(grants.filter(({ role }) => role === DOCUMENTS).map(({ condition }) => condition)).toEqual([
    `resource.name == "projects/${PROJECT}/databases/shop"`,
  ]);
});

test("each option adds its own grants", async () => {
  const { grants } = await graphOf({
    publishers: JSON.stringify([SHOP]),
    apiKeys: "a-key-of-16-characters",
    callers: JSON.stringify([SUPPORT]),
    firestoreTrigger: "true",
    firestoreLocation: "nam5",
  });
  expect(grants).toEqual(
    [
      ...ALWAYS,
      ...PUSHING,
      { on: "topic reviews", role: "roles/pubsub.publisher", member: SHOP },
      { on: "secret review-sentiment-api-keys", role: "roles/secretmanager.secretAccessor", member: WORKER },
      { on: "service review-sentiment", role: "roles/run.invoker", member: SUPPORT },
      { on: `project ${PROJECT}`, role: "roles/eventarc.eventReceiver", member: PUSH },
      { on: `project ${PROJECT}`, role: "roles/eventarc.serviceAgent", member: EVENTARC_AGENT },
      {
        on: `subscription projects/${PROJECT}/subscriptions/eventarc-nam5-review-sentiment-sub-1`,
        role: "roles/pubsub.subscriber",
        member: PUBSUB_AGENT,
      },
    ].sort(byText),
  );
});

test("before there is an image, only the build account has a grant", async () => {
  expect((await graphOf({ image: undefined })).grants).toEqual([...BUILDING].sort(byText));
});

const EVERYTHING = {
  publishers: JSON.stringify([SHOP]),
  apiKeys: "a-key-of-16-characters",
  callers: JSON.stringify([SUPPORT]),
  firestoreTrigger: "true",
  firestoreLocation: "nam5",
  alertEmails: '["oncall@example.com"]',
};

test.each([
  ["push", {}],
  ["pull", { delivery: "pull", autoscaling: "crema" }],
  ["everything", EVERYTHING],
])(
  "%s: nothing is public, nobody is owner, editor or admin, and no policy replaces other grants",
  async (_, settings) => {
    const graph = await graphOf(settings);
    const text = JSON.stringify(graph.made);
    expect(text).not.toMatch(/allUsers|allAuthenticatedUsers|domain:/);
    expect(graph.grants.map(({ role }) => role).filter((role) => /owner|editor|admin/i.test(role))).toEqual([]);
    // A policy or a binding would remove grants that others have made.
    expect(
      graph.made.map(({ type }) => type).filter((type) => /IAM(Policy|Binding)$|Iam(Policy|Binding)$/.test(type)),
    ).toEqual([]);
    for (const { inputs } of graph.all("cloudrunv2/service:Service")) expect(inputs.invokerIamDisabled).toBe(false);
    // In many projects the default account of Compute Engine has nearly all permissions.
    for (const type of ["cloudrunv2/service:Service", "cloudrunv2/workerPool:WorkerPool"])
      for (const { name, inputs } of graph.all(type))
        expect(`serviceAccount:${inputs.template.serviceAccount}`).toBe(name === "crema" ? CREMA : WORKER);
  },
);

test("no service account key is created", async () => {
  expect((await graphOf(EVERYTHING)).all("serviceaccount/key:Key")).toEqual([]);
});
