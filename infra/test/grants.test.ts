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

const BUILDING: Grant[] = [{ on: `project ${PROJECT}`, role: "roles/cloudbuild.builds.builder", member: BUILD }];
/** The grants of both modes: the build, the worker's database and dead-letter topic, and what Pub/Sub needs to dead-letter. */
const ALWAYS: Grant[] = [
  ...BUILDING,
  {
    on: `project ${PROJECT}`,
    role: "roles/datastore.user",
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

test("the grant to invoke the service is in the region of the service", async () => {
  const graph = await graphOf();
  const { inputs } = graph.the("cloudrunv2/serviceIamMember:ServiceIamMember");
  expect(inputs.location).toBe("us-central1");
  expect(inputs.location).toBe(graph.the("cloudrunv2/service:Service").inputs.location);
});

test("with another database, the worker may use only that one", async () => {
  const { grants } = await graphOf({ firestoreDatabase: "shop" });
  expect(grants.filter(({ role }) => role === "roles/datastore.user").map(({ condition }) => condition)).toEqual([
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
    ].sort(byText),
  );
});

test("before there is an image, only the build account has a grant", async () => {
  expect((await graphOf({ image: undefined })).grants).toEqual(BUILDING);
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
  ["pull", { delivery: "pull" }],
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
      for (const { inputs } of graph.all(type)) expect(`serviceAccount:${inputs.template.serviceAccount}`).toBe(WORKER);
  },
);

test("no service account key is created", async () => {
  expect((await graphOf(EVERYTHING)).all("serviceaccount/key:Key")).toEqual([]);
});
