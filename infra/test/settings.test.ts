import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readSettings, SETTINGS, SettingsError } from "../settings.ts";
import { REQUIRED } from "./graph.ts";

function problemsOf(settings: Record<string, string>): readonly string[] {
  const named = Object.entries(settings).map(([name, value]) => [
    name.includes(":") ? name : `review-sentiment:${name}`,
    value,
  ]);
  try {
    readSettings({ ...REQUIRED, ...Object.fromEntries(named) });
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

test("only the project is required", () => {
  expect(readSettings({ "gcp:project": "my-shop-123" })).toEqual({
    project: "my-shop-123",
    region: "us-central1",
    name: "review-sentiment",
    image: undefined,
    delivery: "push",
    reviewsPath: "reviews/{review}",
    textField: "text",
    resultField: "sentiment",
    createdField: undefined,
    neutral: "on",
    languages: undefined,
    firestoreDatabase: "(default)",
    firestoreTrigger: false,
    firestoreLocation: undefined,
    pushAudience: undefined,
    dashboardIndexes: true,
    topic: "reviews",
    subscription: "review-sentiment",
    deadLetterTopic: "reviews-dead-letter",
    ackDeadlineSeconds: 120,
    maxDeliveryAttempts: 100,
    retentionDays: 7,
    cpu: "2",
    memory: "1Gi",
    maxBatchReviews: 64,
    minInstances: 0,
    maxInstances: 8,
    instances: 1,
    autoscaling: "none",
    cpuQuota: 20,
    memoryQuota: "40Gi",
    kmsKey: undefined,
    eventsKmsKey: undefined,
    scanImages: false,
    environment: {},
    apiKeys: undefined,
    publishers: [],
    callers: [],
    alertEmails: [],
  });
});

describe("an invalid setting is reported with the valid values", () => {
  test.each([
    ["gcp:project", "My Shop", "a project id"],
    ["gcp:region", "us-central1-a", "not a zone"],
    ["name", "Review_Sentiment", "4 to 23 small letters"],
    ["image", "us-central1-docker.pkg.dev/p/r/worker:latest", "other than latest"],
    ["image", "us-central1-docker.pkg.dev/p/r/worker", "a tag"],
    ["image", "worker:1", "with its registry"],
    ["delivery", "poll", "push (a service"],
    ["reviewsPath", "reviews", "even number of segments"],
    ["reviewsPath", "{kind}/{review}", "must have a name"],
    ["textField", "a..b", "a field of letters"],
    ["resultField", "a.b", "top-level field"],
    ["createdField", "created at", "when a review was written"],
    ["neutral", "true", "on (three labels) or off"],
    ["languages", "en", "any (label texts in every language)"],
    ["firestoreDatabase", "Default", "existing Firestore database"],
    ["firestoreTrigger", "yes", "true (every write"],
    ["firestoreLocation", "Europe", "the database's location"],
    ["pushAudience", "review-sentiment", "begins with https://"],
    ["dashboardIndexes", "1", "true or false"],
    ["topic", "projects/p/topics/reviews", "a topic's name"],
    ["subscription", "goog-reviews", "a subscription's name"],
    ["deadLetterTopic", "x", "a topic's name"],
    ["ackDeadlineSeconds", "10", "60 to 600"],
    ["maxDeliveryAttempts", "4", "5 to 100"],
    ["retentionDays", "32", "1 to 31"],
    ["cpu", "3", "1, 2, 4, 6 or 8"],
    ["memory", "1GB", "1Gi or 1536Mi"],
    ["maxBatchReviews", "501", "1 to 500"],
    ["minInstances", "-1", "0 to 100"],
    ["maxInstances", "0", "1 to 1000"],
    ["instances", "0", "1 to 100"],
    ["autoscaling", "keda", "none (always instances)"],
    ["kmsKey", "my-key", "a key in the region"],
    ["eventsKmsKey", "my-key", "a key in the location of the database"],
    ["scanImages", "1", "true (Google scans"],
    ["cpuQuota", "0", "quota of vCPUs"],
    ["memoryQuota", "40GB", "quota of memory"],
    ["environment", "LOG_LEVEL=debug", "additional variables of the worker"],
    ["environment", '{"PUSH_AUDIENCE":"x"}', "neither those that other settings determine"],
    ["environment", '{"NEUTRAL":"off"}', "neither those that other settings determine"],
    ["environment", '{"K_SERVICE":"x"}', "nor Cloud Run's own"],
    ["environment", '{"CLOUD_RUN_WORKER_POOL":"x"}', "nor Cloud Run's own"],
    ["environment", '{"X_GOOGLE_TARGET":"x"}', "nor Cloud Run's own"],
    ["environment", '{"PORT":9090}', "neither those that other settings determine"],
    ["environment", '{"LOG_LEVEL":"error"}', "needs the worker's warnings"],
    ["environment", '{"LOG_LEVEL":"fatal"}', "LOG_LEVEL must be warn or lower"],
    ["environment", '{"LOG_LEVEL":"silent"}', "LOG_LEVEL must be warn or lower"],
    ["environment", '{"A":[1]}', "additional variables of the worker"],
    ["publishers", '["allUsers"]', "never everyone"],
    ["publishers", "allUsers", "never everyone"],
    ["publishers", '["domain:example.com"]', "never everyone"],
    ["callers", '["allAuthenticatedUsers"]', "never everyone"],
    ["alertEmails", '["oncall"]', "e-mail addresses"],
  ])("%s = %s", (name, value, advice) => {
    const problems = problemsOf({ [name]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`${name} is `);
    expect(problems[0]).toContain(advice);
  });
});

test("variables of the worker are text, even where Pulumi turns them into numbers", () => {
  const environment = '{"MAX_BATCH_TOKENS":256,"ALLOW_LEGACY_GET":true,"LOG_LEVEL":"debug"}';
  expect(readSettings({ ...REQUIRED, "review-sentiment:environment": environment }).environment).toEqual({
    MAX_BATCH_TOKENS: "256",
    ALLOW_LEGACY_GET: "true",
    LOG_LEVEL: "debug",
  });
});

test.each([
  ["1", "4Gi"],
  ["2", "8Gi"],
  ["4", "16Gi"],
  ["6", "24Gi"],
  ["8", "32Gi"],
])("%s CPUs may have %s", (cpu, memory) => {
  expect(problemsOf({ cpu, memory, maxInstances: "1" })).toEqual([]);
});

test.each(["warn", "info", "debug", "trace"])("the log level may be %s", (level) => {
  expect(problemsOf({ environment: JSON.stringify({ LOG_LEVEL: level }) })).toEqual([]);
});

test("the value of an invalid key is not shown", () => {
  const [problem] = problemsOf({ apiKeys: "hunter2" });
  expect(problem).toContain("apiKeys is not valid; set it to comma-separated keys of at least 16 characters");
  expect(problem).not.toContain("hunter2");
});

test("all problems are reported together, including a missing project", () => {
  expect(() => readSettings({ "review-sentiment:cpu": "3", "review-sentiment:memory": "x", "gcp:zone": "a" })).toThrow(
    /gcp:project is not set.*\n.*cpu.*\n.*memory/,
  );
});

test("an unknown setting is reported, because it is usually misspelt", () => {
  expect(problemsOf({ maxInstance: "3" })).toEqual([
    "review-sentiment:maxInstance is not a setting: remove it with pulumi config rm review-sentiment:maxInstance",
  ]);
});

describe("the quotas of a region", () => {
  test.each([
    [{ maxInstances: "10" }],
    [{ cpu: "4", memory: "2Gi", maxInstances: "5" }],
    [{ maxInstances: "11", cpuQuota: "22" }],
    [{ memory: "5Gi", maxInstances: "8" }],
    [{ memory: "6Gi", maxInstances: "8", memoryQuota: "48Gi" }],
    // A pool has `instances`, and `maxInstances` does not matter.
    [{ delivery: "pull", maxInstances: "100", instances: "10" }],
  ])("allow %j", (settings) => {
    expect(problemsOf(settings)).toEqual([]);
  });

  test.each([
    [{ maxInstances: "11" }, "11 × 2 CPUs exceed cpuQuota, which is 20"],
    [{ cpu: "4", memory: "2Gi" }, "8 × 4 CPUs exceed cpuQuota, which is 20"],
    [{ memory: "6Gi" }, "8 × 6Gi exceed memoryQuota, which is 40Gi"],
    [{ delivery: "pull", instances: "11" }, "instances is 11, and 11 × 2 CPUs exceed"],
    [{ delivery: "pull", autoscaling: "cpu", maxInstances: "11" }, "maxInstances is 11, and 11 × 2 CPUs exceed"],
  ])("refuse %j, and say how to raise them", (settings, problem) => {
    const problems = problemsOf(settings);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(problem);
    expect(problems[0]).toContain("quota of Cloud Run in us-central1 raised");
  });
});

describe("settings that contradict each other", () => {
  const key = "a-key-of-16-characters";
  test.each([
    [{ textField: "sentiment.text" }, "would overwrite it"],
    [{ deadLetterTopic: "reviews" }, "would be redelivered for ever"],
    [{ firestoreTrigger: "true" }, "firestoreLocation is not set"],
    [{ firestoreTrigger: "true", firestoreDatabase: "shop" }, "describe --database='shop' --project=my-shop-123"],
    [{ firestoreTrigger: "true", firestoreLocation: "nam5", delivery: "pull" }, "firestoreTrigger needs delivery push"],
    [{ delivery: "pull", apiKeys: key }, "need delivery push"],
    [{ callers: '["user:a@example.com"]' }, "apiKeys is not"],
    [{ autoscaling: "cpu" }, "autoscaling needs delivery pull"],
    [
      { kmsKey: "projects/k/locations/global/keyRings/r/cryptoKeys/k" },
      "kmsKey is in global, and it must be in the region, us-central1",
    ],
    [{ eventsKmsKey: "projects/k/locations/nam5/keyRings/r/cryptoKeys/k" }, "there are no events to encrypt"],
    [{ minInstances: "5", maxInstances: "4" }, "minInstances is greater than maxInstances"],
    [{ cpu: "4", memory: "1Gi", maxInstances: "5" }, "4 CPUs need at least 2048Mi"],
    [{ memory: "256Mi" }, "2 CPUs need at least 512Mi"],
    [{ cpu: "1", memory: "4097Mi" }, "1 CPUs can have 4Gi at most"],
    [{ memory: "9Gi", maxInstances: "4" }, "2 CPUs can have 8Gi at most"],
    [{ cpu: "8", memory: "33Gi", maxInstances: "1" }, "8 CPUs can have 32Gi at most"],
  ])("%j", (settings, problem) => {
    const problems = problemsOf(settings);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(problem);
  });
});

test("docs/deploy.md has every setting with its default", () => {
  const readme = readFileSync(new URL("../../docs/deploy.md", import.meta.url), "utf8");
  const documented = Object.fromEntries(
    [...readme.matchAll(/^\| `(?:gcp:)?(\w+)` \| (.*?) \| .+ \|$/gm)].map(([, name, shown]) => [name, shown]),
  );
  const defaults = readSettings({ "gcp:project": "my-shop-123" });
  for (const name of Object.keys(SETTINGS)) {
    const value = defaults[name as keyof typeof defaults];
    const shown =
      name === "project" || value === undefined || (typeof value === "object" && Object.keys(value).length === 0)
        ? ""
        : `\`${value}\``;
    expect(documented, name).toHaveProperty(name, shown);
  }
  expect(Object.keys(documented).sort()).toEqual(Object.keys(SETTINGS).sort());
});
