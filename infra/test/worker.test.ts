import { expect, test } from "vitest";
import { readConfig } from "../../worker/config.ts";
import { type Graph, graphOf, REQUIRED } from "./graph.ts";

const SERVICE = "cloudrunv2/service:Service";
const POOL = "cloudrunv2/workerPool:WorkerPool";
const IMAGE = REQUIRED["review-sentiment:image"];

type Variable = { name: string; value?: string; valueSource?: unknown };

function environmentIn(graph: Graph): Record<string, string | undefined> {
  const { template } = (graph.all(SERVICE)[0] ?? graph.the(POOL)).inputs;
  const { envs } = template.containers[0] as { envs: Variable[] };
  expect(new Set(envs.map(({ name }) => name)).size).toBe(envs.length);
  return Object.fromEntries(envs.map(({ name, value }) => [name, value]));
}

const probe = (path: string, numbers: Record<string, number>) => ({ httpGet: { path, port: 8080 }, ...numbers });
const STARTUP = probe("/startupz", { periodSeconds: 1, timeoutSeconds: 1, failureThreshold: 60 });
const LIVENESS = probe("/livez", { periodSeconds: 30, timeoutSeconds: 5, failureThreshold: 3 });

test("push: a service that scales to zero, with startup boost, two batches an instance and no readiness probe", async () => {
  const graph = await graphOf();
  const { template, ...service } = graph.the(SERVICE).inputs;
  expect(service).toEqual({
    name: "review-sentiment",
    location: "us-central1",
    deletionProtection: false,
    ingress: "INGRESS_TRAFFIC_INTERNAL_ONLY",
    invokerIamDisabled: false,
    customAudiences: ["https://review-sentiment.my-shop-123"],
  });
  const { containers, ...rest } = template;
  expect(rest).toEqual({
    serviceAccount: "review-sentiment-worker@my-shop-123.iam.gserviceaccount.com",
    executionEnvironment: "EXECUTION_ENVIRONMENT_GEN2",
    maxInstanceRequestConcurrency: 128,
    timeout: "120s",
    scaling: { minInstanceCount: 0, maxInstanceCount: 8 },
  });
  expect(containers).toHaveLength(1);
  expect(containers[0]).toEqual({
    image: IMAGE,
    ports: { containerPort: 8080 },
    envs: expect.any(Array),
    resources: { limits: { cpu: "2", memory: "1Gi" }, cpuIdle: true, startupCpuBoost: true },
    startupProbe: STARTUP,
    livenessProbe: LIVENESS,
  });
  expect(graph.all(POOL)).toEqual([]);
});

test("pull: a worker pool of a fixed size", async () => {
  const graph = await graphOf({ delivery: "pull", instances: "3" });
  const { template, ...pool } = graph.the(POOL).inputs;
  expect(pool).toEqual({
    name: "review-sentiment",
    location: "us-central1",
    deletionProtection: false,
    scaling: { scalingMode: "MANUAL", manualInstanceCount: 3 },
  });
  expect(template).toEqual({
    serviceAccount: "review-sentiment-worker@my-shop-123.iam.gserviceaccount.com",
    containers: [
      {
        image: IMAGE,
        envs: expect.any(Array),
        resources: { limits: { cpu: "2", memory: "1Gi" } },
        startupProbe: STARTUP,
        livenessProbe: LIVENESS,
      },
    ],
  });
  expect(graph.all(SERVICE)).toEqual([]);
});

test("push: the worker's configuration is valid and names the created resources", async () => {
  const graph = await graphOf({
    reviewsPath: "shops/{shop}/reviews/{review}",
    textField: "content.body",
    resultField: "mood",
    maxBatchReviews: "32",
    cpu: "4",
    maxInstances: "5",
    memory: "2Gi",
    environment: '{"NEUTRAL_BELOW":"0.7"}',
    topic: "shop-reviews",
    subscription: "shop-sentiment",
    deadLetterTopic: "shop-dead",
    firestoreDatabase: "shop",
  });
  const { REVIEWS_PATH, ...config } = readConfig(environmentIn(graph));
  expect(REVIEWS_PATH.source).toBe("shops/{shop}/reviews/{review}");
  const { oidcToken } = graph.the("pubsub/subscription:Subscription", "review-sentiment").inputs.pushConfig;
  expect(config).toMatchObject({
    GOOGLE_CLOUD_PROJECT: "my-shop-123",
    FIRESTORE_DATABASE: "shop",
    PUBSUB_TOPIC: "shop-reviews",
    PUBSUB_SUBSCRIPTION: "shop-sentiment",
    DEAD_LETTER_TOPIC: "shop-dead",
    DELIVERY: "push",
    TEXT_FIELD: "content.body",
    RESULT_FIELD: "mood",
    INFERENCE_THREADS: 4,
    MAX_BATCH_REVIEWS: 32,
    MAX_OUTSTANDING: 64,
    NEUTRAL_BELOW: 0.7,
    PUSH_AUDIENCE: oidcToken.audience,
    PUSH_SERVICE_ACCOUNT: oidcToken.serviceAccountEmail,
  });
  // Cloud Run sets it, and refuses a service that sets it.
  expect(environmentIn(graph)).not.toHaveProperty("PORT");
  expect(graph.the(SERVICE).inputs.template.maxInstanceRequestConcurrency).toBe(config.MAX_OUTSTANDING);
});

test("the label settings reach the worker", async () => {
  const { NEUTRAL, LANGUAGES } = environmentIn(await graphOf());
  expect({ NEUTRAL, LANGUAGES }).toEqual({ NEUTRAL: "on", LANGUAGES: undefined });
  const set = environmentIn(await graphOf({ neutral: "off", languages: "any" }));
  expect(set).toMatchObject({ NEUTRAL: "off", LANGUAGES: "any" });
});

test("pull: the worker's configuration is valid and names the created resources", async () => {
  const config = readConfig(
    environmentIn(await graphOf({ delivery: "pull", subscription: "other", firestoreDatabase: "shop" })),
  );
  expect(config).toMatchObject({
    DELIVERY: "pull",
    PUBSUB_SUBSCRIPTION: "other",
    FIRESTORE_DATABASE: "shop",
    PORT: 8080,
    INFERENCE_THREADS: 2,
  });
});

test("the worker is created after its grants", async () => {
  expect((await graphOf({ delivery: "pull" })).the(POOL).after).toEqual(
    expect.arrayContaining([
      "projects/iAMMember:IAMMember worker-uses-firestore",
      "pubsub/topicIAMMember:TopicIAMMember worker-publishes-dead-letters",
      "pubsub/subscriptionIAMMember:SubscriptionIAMMember worker-pulls",
    ]),
  );
  expect((await graphOf({ apiKeys: "a-key-of-16-characters" })).the(SERVICE).after).toEqual(
    expect.arrayContaining([
      "projects/iAMMember:IAMMember worker-uses-firestore",
      "pubsub/topicIAMMember:TopicIAMMember worker-publishes-dead-letters",
      "secretmanager/secretIamMember:SecretIamMember worker-reads-api-keys",
    ]),
  );
});

test("API keys reach the worker only through Secret Manager, and are encrypted in Pulumi's state", async () => {
  const key = "a-key-of-16-characters";
  const graph = await graphOf({ apiKeys: key });
  expect(graph.the("secretmanager/secret:Secret").inputs).toEqual({
    secretId: "review-sentiment-api-keys",
    // Automatic replication is refused where an organisation policy restricts locations.
    replication: { userManaged: { replicas: [{ location: "us-central1" }] } },
  });
  const version = graph.the("secretmanager/secretVersion:SecretVersion");
  expect(version.inputs.secretData).toBe(key);
  expect(version.secrets).toContain("secretData");
  expect(JSON.stringify(graph.made.filter((made) => made !== version))).not.toContain(key);
  expect(graph.the(SERVICE).inputs.template.containers[0].envs).toContainEqual({
    name: "API_KEYS",
    valueSource: { secretKeyRef: { secret: "review-sentiment-api-keys", version: "7" } },
  });
});

test("without API keys there is no secret", async () => {
  expect((await graphOf()).made.filter(({ type }) => type.startsWith("secretmanager/"))).toEqual([]);
});

test("the service has external ingress only if there are callers", async () => {
  const graph = await graphOf({ apiKeys: "a-key-of-16-characters", callers: '["group:support@example.com"]' });
  expect(graph.the(SERVICE).inputs.ingress).toBe("INGRESS_TRAFFIC_ALL");
});

test("the trigger is in the location of the database and sends every write of a review to the service", async () => {
  const trigger = (
    await graphOf({ firestoreTrigger: "true", firestoreLocation: "nam5", reviewsPath: "shops/{shop}/reviews/{review}" })
  ).the("eventarc/trigger:Trigger");
  expect(trigger.inputs).toEqual({
    name: "review-sentiment",
    location: "nam5",
    serviceAccount: "review-sentiment-push@my-shop-123.iam.gserviceaccount.com",
    eventDataContentType: "application/protobuf",
    matchingCriterias: [
      { attribute: "type", value: "google.cloud.firestore.document.v1.written" },
      { attribute: "database", value: "(default)" },
      { attribute: "document", value: "shops/{shop}/reviews/{review}", operator: "match-path-pattern" },
    ],
    destination: { cloudRunService: { service: "review-sentiment", region: "us-central1", path: "/eventarc" } },
  });
  expect(trigger.after).toEqual(
    expect.arrayContaining([
      "projects/iAMMember:IAMMember eventarc-agent-works",
      "projects/iAMMember:IAMMember push-receives-events",
      "serviceaccount/iAMMember:IAMMember pubsub-agent-signs-push-tokens",
      "cloudrunv2/serviceIamMember:ServiceIamMember push-invokes",
    ]),
  );
});

test("only Eventarc's own grant is kept when the stack is destroyed, because other triggers need it", async () => {
  const { made } = await graphOf({ firestoreTrigger: "true", firestoreLocation: "nam5" });
  expect(made.filter(({ retained }) => retained).map(({ name }) => name)).toEqual(["eventarc-agent-works"]);
});

test("with pushAudience, the worker accepts the audience of Eventarc's tokens, and pushes use the same one", async () => {
  const trigger = { firestoreTrigger: "true", firestoreLocation: "nam5" };
  const first = await graphOf(trigger);
  expect(first.outputs.next).toContain(
    "pulumi config set pushAudience $(gcloud pubsub subscriptions describe projects/my-shop-123/subscriptions/eventarc-nam5-review-sentiment-sub-1 --project my-shop-123 --format 'value(pushConfig.oidcToken.audience)')",
  );
  const pushAudience = "https://review-sentiment-abc.a.run.app";
  const second = await graphOf({ ...trigger, pushAudience });
  expect(second.outputs).not.toHaveProperty("next");
  expect(environmentIn(second).PUSH_AUDIENCE).toBe(pushAudience);
  expect(second.the("pubsub/subscription:Subscription", "review-sentiment").inputs.pushConfig.oidcToken.audience).toBe(
    pushAudience,
  );
  // Cloud Run always accepts its own address.
  expect(second.the(SERVICE).inputs.customAudiences).toEqual([]);
});

test("by default there is no trigger", async () => {
  expect((await graphOf()).made.filter(({ type }) => type.startsWith("eventarc/"))).toEqual([]);
});
