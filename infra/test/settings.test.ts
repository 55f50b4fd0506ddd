import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readSettings, SETTINGS, SettingsError } from "../settings.ts";
import { REQUIRED } from "./graph.ts";
import { CONTRADICTIONS, INVALID } from "./invalid.ts";

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
    ratingField: undefined,
    groupField: undefined,
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
  test.each(INVALID)("%s = %s", (name, value, advice) => {
    const problems = problemsOf({ [name]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`${name} is `);
    expect(problems[0]).toContain(advice);
  });
});

test("an empty setting is not set", () => {
  const empty = Object.fromEntries(Object.keys(SETTINGS).map((name) => [`review-sentiment:${name}`, ""]));
  delete empty["review-sentiment:project"];
  delete empty["review-sentiment:region"];
  const project = { "gcp:project": "my-shop-123" };
  expect(readSettings({ ...project, "gcp:region": "", ...empty })).toEqual(readSettings(project));
});

test.each([
  ["publishers", "group:it@example.com"],
  ["callers", "group:it@example.com"],
  ["alertEmails", "it@example.com"],
] as const)("an entry that %s has twice counts once", (name, entry) => {
  const lists = { [`review-sentiment:${name}`]: JSON.stringify([entry, entry]) };
  const keys = { "review-sentiment:apiKeys": "a-key-of-16-characters" };
  expect(readSettings({ ...REQUIRED, ...keys, ...lists })[name]).toEqual([entry]);
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
  expect(problem).toContain("apiKeys is not valid; set it to comma-separated keys of at least 16 ASCII characters");
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

test("the provider's settings are not accepted under the program's own prefix, where they would have no effect", () => {
  expect(problemsOf({ region: "europe-west1" })).toEqual([
    "review-sentiment:region is not a setting: remove it with pulumi config rm review-sentiment:region, and set gcp:region instead",
  ]);
});

describe("the quotas of a region", () => {
  test.each([
    [{ maxInstances: "10" }],
    [{ cpu: "4", memory: "2Gi", maxInstances: "5" }],
    [{ maxInstances: "11", cpuQuota: "22" }],
    [{ memory: "5Gi", maxInstances: "8" }],
    [{ delivery: "pull", autoscaling: "crema", memory: "5632Mi", maxInstances: "7", memoryQuota: "39Gi" }],
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
    [{ delivery: "pull", autoscaling: "crema", maxInstances: "10" }, "10 × 2 CPUs and 1 for the autoscaler exceed"],
    [
      { delivery: "pull", autoscaling: "crema", memory: "5Gi" },
      "8 × 5Gi and 512Mi for the autoscaler exceed memoryQuota, which is 40Gi",
    ],
  ])("refuse %j, and say how to raise them", (settings, problem) => {
    const problems = problemsOf(settings);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(problem);
    expect(problems[0]).toContain("quota of Cloud Run in us-central1 raised");
  });
});

describe("settings that contradict each other", () => {
  test.each(CONTRADICTIONS)("%j", (settings, problem) => {
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
