import { expect, test } from "vitest";
import { readConfig } from "../../worker/config.ts";
import { GRANT_WAIT_MS } from "../../worker/worker.ts";
import { STARTUP_PROBE } from "../container.ts";
import { retryAfterGrant } from "../trigger.ts";
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
const STARTUP = probe("/startupz", { periodSeconds: 1, timeoutSeconds: 1, failureThreshold: 240 });
const LIVENESS = probe("/livez", { periodSeconds: 30, timeoutSeconds: 5, failureThreshold: 3 });

test("an instance may start for as long as Cloud Run allows, which is longer than the worker waits for its grants", () => {
  const { periodSeconds, failureThreshold } = STARTUP_PROBE;
  expect(periodSeconds * failureThreshold).toBe(240);
  // The rest is for the loading of the model and for a last try.
  expect(GRANT_WAIT_MS).toBeLessThanOrEqual(210_000);
});

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

test("cpu: Cloud Run scales the pool between its limits, and never below one instance", async () => {
  const { inputs, ignored } = (await graphOf({ delivery: "pull", autoscaling: "cpu", maxInstances: "5" })).the(POOL);
  expect(inputs.scaling).toEqual({ scalingMode: "AUTOMATIC", minInstanceCount: 1, maxInstanceCount: 5 });
  expect(ignored).toEqual(["scaling.manualInstanceCount"]);
});

test("crema: the autoscaler scales the pool by the backlog, and a deployment does not undo it", async () => {
  const graph = await graphOf({ delivery: "pull", autoscaling: "crema", minInstances: "0", maxInstances: "5" });
  const pool = graph.the(POOL);
  expect(pool.inputs.scaling).toEqual({ scalingMode: "MANUAL", manualInstanceCount: 1 });
  expect(pool.ignored).toEqual(["scaling.manualInstanceCount"]);
  const version = graph.the("parametermanager/regionalParameterVersion:RegionalParameterVersion").inputs;
  const { scaledObjects, pollingInterval, triggerAuthentications } = JSON.parse(version.parameterData).spec;
  expect(pollingInterval).toBe(30);
  expect(scaledObjects).toEqual([
    {
      spec: {
        scaleTargetRef: { name: "projects/my-shop-123/locations/us-central1/workerpools/review-sentiment" },
        minReplicaCount: 0,
        maxReplicaCount: 5,
        triggers: [
          {
            type: "gcp-pubsub",
            name: "backlog",
            metadata: {
              subscriptionName: "projects/my-shop-123/subscriptions/review-sentiment",
              mode: "SubscriptionSize",
              value: "6000",
            },
            authenticationRef: { name: triggerAuthentications[0].metadata.name },
          },
        ],
      },
    },
  ]);
  const { template, ...service } = graph.the(SERVICE, "crema").inputs;
  // One instance that is always on: two would overrule each other.
  expect(service.scaling).toEqual({ scalingMode: "MANUAL", manualInstanceCount: 1 });
  expect(service).toMatchObject({ location: "us-central1", ingress: "INGRESS_TRAFFIC_INTERNAL_ONLY" });
  expect(template.containers[0].resources.cpuIdle).toBe(false);
  expect(template.containers[0].envs[0].name).toBe("CREMA_CONFIG");
});

test("crema: another configuration is another version, which a new revision reads", async () => {
  const versionOf = async (maxInstances: string) =>
    (await graphOf({ delivery: "pull", autoscaling: "crema", maxInstances })).the(
      "parametermanager/regionalParameterVersion:RegionalParameterVersion",
    ).inputs.parameterVersionId;
  expect(await versionOf("5")).not.toBe(await versionOf("6"));
});

test("a pool of a fixed size goes back to that size with every deployment", async () => {
  expect((await graphOf({ delivery: "pull" })).the(POOL).ignored).toEqual([]);
});

const KEY = "projects/keys/locations/us-central1/keyRings/shop/cryptoKeys/reviews";
const EVENTS_KEY = "projects/keys/locations/nam5/keyRings/shop/cryptoKeys/reviews";

test("kmsKey encrypts topics, secrets, images, sources, the worker and its autoscaler", async () => {
  const push = await graphOf({ kmsKey: KEY, apiKeys: "a-key-of-16-characters" });
  expect(push.all("pubsub/topic:Topic").map(({ inputs }) => inputs.kmsKeyName)).toEqual([KEY, KEY]);
  expect(push.the("secretmanager/secret:Secret").inputs.replication.userManaged.replicas).toEqual([
    { location: "us-central1", customerManagedEncryption: { kmsKeyName: KEY } },
  ]);
  expect(push.the("artifactregistry/repository:Repository").inputs.kmsKeyName).toBe(KEY);
  expect(push.the("storage/bucket:Bucket").inputs.encryption).toEqual({ defaultKmsKeyName: KEY });
  expect(push.the(SERVICE).inputs.template.encryptionKey).toBe(KEY);
  const pull = await graphOf({ kmsKey: KEY, delivery: "pull", autoscaling: "crema" });
  expect(pull.the(POOL).inputs.template.encryptionKey).toBe(KEY);
  expect(pull.the(SERVICE, "crema").inputs.template.encryptionKey).toBe(KEY);
  expect(pull.the("parametermanager/regionalParameter:RegionalParameter").inputs.kmsKey).toBe(KEY);
  expect(JSON.stringify((await graphOf()).made)).not.toMatch(/kmsKey|encryptionKey|KmsKeyName/);
});

test("eventsKmsKey encrypts the events before there are any", async () => {
  const graph = await graphOf({ firestoreTrigger: "true", firestoreLocation: "nam5", eventsKmsKey: EVENTS_KEY });
  const channel = graph.the("eventarc/googleChannelConfig:GoogleChannelConfig");
  expect(channel.inputs).toMatchObject({ location: "nam5", cryptoKeyName: EVENTS_KEY });
  expect(graph.the("eventarc/trigger:Trigger").after).toContain(`${channel.type} ${channel.name}`);
});

test("push: the worker accepts tokens whose signature Cloud Run has removed, unless others may call it", async () => {
  expect(environmentIn(await graphOf()).PUSH_TRUST_PLATFORM).toBe("true");
  const callers = { apiKeys: "a-key-of-16-characters", callers: '["group:support@example.com"]' };
  expect(environmentIn(await graphOf(callers))).not.toHaveProperty("PUSH_TRUST_PLATFORM");
  const environment = JSON.stringify({ PUSH_TRUST_PLATFORM: "true" });
  expect(environmentIn(await graphOf({ ...callers, environment })).PUSH_TRUST_PLATFORM).toBe("true");
  const off = JSON.stringify({ PUSH_TRUST_PLATFORM: "false" });
  expect(environmentIn(await graphOf({ environment: off })).PUSH_TRUST_PLATFORM).toBe("false");
  expect(environmentIn(await graphOf({ delivery: "pull" }))).not.toHaveProperty("PUSH_TRUST_PLATFORM");
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
    ACK_DEADLINE_SECONDS: graph.the("pubsub/subscription:Subscription", "review-sentiment").inputs.ackDeadlineSeconds,
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
  expect(readConfig(environmentIn(await graphOf({ languages: "es, CA" }))).LANGUAGES).toEqual(["es", "ca"]);
});

test("pull: the worker's configuration is valid and names the created resources", async () => {
  const graph = await graphOf({ delivery: "pull", subscription: "other", firestoreDatabase: "shop" });
  const environment = environmentIn(graph);
  // Cloud Run reserves the name. The worker listens where the probes ask, because it finds itself in a pool.
  expect(environment).not.toHaveProperty("PORT");
  const config = readConfig({ ...environment, CLOUD_RUN_WORKER_POOL: "review-sentiment" });
  expect(graph.the(POOL).inputs.template.containers[0].startupProbe.httpGet.port).toBe(config.PORT);
  expect(config).toMatchObject({
    DELIVERY: "pull",
    PUBSUB_SUBSCRIPTION: "other",
    FIRESTORE_DATABASE: "shop",
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

test("the trigger is created again until the grant to Eventarc's service agent has taken effect", async () => {
  const { hooks } = (await graphOf({ firestoreTrigger: "true", firestoreLocation: "nam5" })).the(
    "eventarc/trigger:Trigger",
  );
  expect(hooks).toEqual(["eventarc-agent-waits"]);
  const said =
    "Error creating Trigger: googleapi: Error 400: Invalid resource state: Permission denied while using the Eventarc Service Agent.";
  const waits: number[] = [];
  const wait = async (ms: number) => waits.push(ms);
  expect(await retryAfterGrant([said], wait)).toBe(true);
  expect(waits).toEqual([30_000]);
  expect(await retryAfterGrant(Array(12).fill(said), wait)).toBe(false);
  expect(await retryAfterGrant(["Error 409: already exists"], wait)).toBe(false);
  // Pulumi passes the newest first.
  expect(await retryAfterGrant(["Error 409: already exists", said], wait)).toBe(false);
  expect(waits).toHaveLength(1);
});

test("a command gives Eventarc's subscription the deadline, retention and dead-letter topic of the worker's", async () => {
  const { outputs } = await graphOf({ firestoreTrigger: "true", firestoreLocation: "nam5", maxDeliveryAttempts: "50" });
  expect(outputs.configureEvents).toBe(
    "gcloud pubsub subscriptions update projects/my-shop-123/subscriptions/eventarc-nam5-review-sentiment-sub-1 --project my-shop-123 --ack-deadline 120 --message-retention-duration 7d --min-retry-delay 10s --max-retry-delay 600s --dead-letter-topic reviews-dead-letter --max-delivery-attempts 50",
  );
  expect(outputs.next).toContain("run the command `configureEvents`");
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
