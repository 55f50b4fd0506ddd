/**
 * Terraform's module and Pulumi's program create the same resources: Terraform plans the module, and each resource is compared with one
 * of Pulumi's, with all arguments.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { DETECTABLE_LANGUAGES } from "../../model/language-tags.ts";
import { VARIABLES } from "../../worker/config.ts";
import { readSettings, SETTINGS } from "../settings.ts";
import type { Block } from "../terraform/schema/extract.ts";
import { type Graph, graphOf, type Made, PROJECT, REQUIRED } from "./graph.ts";
import { CONTRADICTIONS, INVALID } from "./invalid.ts";
import {
  isFormatted,
  MODULE,
  notRefused,
  outputsOf,
  type Plan,
  type Planned,
  PROVIDERS,
  plansOf,
  TERRAFORM,
  variablesOfModule,
} from "./terraform.ts";

/** Pulumi's settings, and the module's variables where they are not the same text. */
const CASES: Record<string, Record<string, string>> = {
  building: {},
  push: {},
  pull: { delivery: "pull", instances: "3", subscription: "other", firestoreDatabase: "shop" },
  cpu: { delivery: "pull", autoscaling: "cpu", minInstances: "0", maxInstances: "5" },
  crema: {
    delivery: "pull",
    autoscaling: "crema",
    minInstances: "1",
    name: "shop-sentiment",
    kmsKey: "projects/keys/locations/us-central1/keyRings/shop/cryptoKeys/reviews",
  },
  everything: {
    reviewsPath: "shops/{shop}/reviews/{review}",
    textField: "content.body",
    resultField: "mood",
    createdField: "meta.createdAt",
    ratingField: "meta.stars",
    groupField: "product",
    neutral: "off",
    languages: "es,ca,pt,en",
    firestoreTrigger: "true",
    firestoreLocation: "nam5",
    pushAudience: "https://review-sentiment-abc.a.run.app",
    topic: "shop.reviews+1",
    deadLetterTopic: "shop-dead",
    ackDeadlineSeconds: "300",
    maxDeliveryAttempts: "7",
    retentionDays: "31",
    cpu: "4",
    memory: "2Gi",
    maxBatchReviews: "32",
    minInstances: "1",
    maxInstances: "9",
    cpuQuota: "100",
    memoryQuota: "100Gi",
    kmsKey: "projects/keys/locations/us-central1/keyRings/shop/cryptoKeys/reviews",
    eventsKmsKey: "projects/keys/locations/nam5/keyRings/shop/cryptoKeys/reviews",
    scanImages: "true",
    environment: '{"NEUTRAL_BELOW":"0.7"}',
    apiKeys: "a-key-of-16-characters, another-key-of-16-characters",
    publishers: '["serviceAccount:shop@my-shop-123.iam.gserviceaccount.com","group:it@example.com"]',
    callers: '["group:support@example.com"]',
    alertEmails: '["oncall@example.com","shop@example.com"]',
  },
  trigger: { firestoreTrigger: "true", firestoreLocation: "nam5", dashboardIndexes: "false" },
};

const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const camel = (name: string) => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

/** The module's variables for a stack's settings. */
function variablesOf(settings: Record<string, string>, image: string | undefined): Record<string, unknown> {
  return {
    project: PROJECT,
    ...(image !== undefined && { image }),
    ...Object.fromEntries(
      Object.entries(settings).map(([name, value]) => [snake(name), /^[[{]"/.test(value) ? JSON.parse(value) : value]),
    ),
  };
}

/** Types whose names differ in more than their spelling. */
const TYPES: Record<string, string> = {
  "pubsub/topicIAMMember:TopicIAMMember": "google_pubsub_topic_iam_member",
  "pubsub/subscriptionIAMMember:SubscriptionIAMMember": "google_pubsub_subscription_iam_member",
  "projects/iAMMember:IAMMember": "google_project_iam_member",
  "projects/iAMCustomRole:IAMCustomRole": "google_project_iam_custom_role",
  "projects/service:Service": "google_project_service",
  "projects/serviceIdentity:ServiceIdentity": "google_project_service_identity",
  "serviceaccount/account:Account": "google_service_account",
  "serviceaccount/iAMMember:IAMMember": "google_service_account_iam_member",
  "storage/bucketIAMMember:BucketIAMMember": "google_storage_bucket_iam_member",
};
const MODULES: Record<string, string> = {
  artifactregistry: "artifact_registry",
  cloudrunv2: "cloud_run_v2",
  parametermanager: "parameter_manager",
  secretmanager: "secret_manager",
};

function terraformType({ type }: Made): string {
  const [module, , name] = type.split(/[/:]/) as [string, string, string];
  return TYPES[type] ?? `google_${MODULES[module] ?? module}${snake(name)}`;
}

/** Pulumi names a list in the plural. */
function inputOf(inputs: Record<string, unknown>, name: string): unknown {
  const singular = camel(name);
  return [singular, `${singular}s`, singular.replace(/y$/, "ies"), singular.replace(/Criteria$/, "Criterias")]
    .map((candidate) => inputs[candidate])
    .find((value) => value !== undefined);
}

type Json = null | string | Json[] | { [name: string]: Json };

const byText = (a: unknown, b: unknown) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);

/** Pulumi's inputs in the form of Terraform's values: only what is set, numbers and flags as text. */
function converted(block: Block, inputs: Record<string, unknown>, used = new Set<unknown>()): Json {
  const entries: [string, Json][] = [];
  for (const name of Object.keys(block.attributes)) {
    const value = inputOf(inputs, name);
    used.add(value);
    if (value !== undefined) entries.push([name, plain(value)]);
  }
  for (const [name, { block: inner }] of Object.entries(block.blocks ?? {})) {
    const value = inputOf(inputs, name);
    used.add(value);
    if (value === undefined) continue;
    const list = Array.isArray(value) ? value : [value];
    entries.push([name, list.map((one) => converted(inner, one)).sort(byText)]);
  }
  const unknown = Object.entries(inputs).filter(([, value]) => !used.has(value));
  if (unknown.length > 0) throw new Error(`the schema lacks ${JSON.stringify(unknown)}`);
  return plain(Object.fromEntries(entries));
}

/** A value with sorted keys, without what is not set, and with numbers and flags as text. */
function plain(value: unknown): Json {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "string" && /^\{"/.test(value)) return plain(JSON.parse(value));
  if (typeof value !== "object" || value === null) return String(value);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== null && !(Array.isArray(inner) && inner.length === 0))
      .map(([name, inner]): [string, Json] => [name, plain(inner)])
      .sort(byText),
  );
}

/** What Google computes; and the project, which Pulumi's provider has by default. */
const COMPUTED = ["id", "project", "email", "member", "uri", "version", "timeouts"];

function planned({ type, values }: Planned): Json {
  const schema = Object.values(PROVIDERS).find((types) => type in types)?.[type] as Block;
  const sorted = (block: Block, inner: Record<string, unknown>): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(inner).map(([name, value]) => {
        const nested = block.blocks?.[name]?.block;
        if (nested === undefined || !Array.isArray(value)) return [name, value];
        return [name, value.map((one) => plain(sorted(nested, one ?? {}))).sort(byText)];
      }),
    );
  return plain(without(sorted(schema, values), type));
}

function without(values: Record<string, unknown>, type: string): Record<string, unknown> {
  const kept = Object.entries(values).filter(
    ([name]) =>
      !(COMPUTED.includes(name) && !(name === "member" && type.endsWith("_member"))) &&
      // The names of accounts and roles are computed, and the topic and subscription of a trigger.
      !(name === "name" && ["google_service_account", "google_project_iam_custom_role"].includes(type)) &&
      !(name === "transport" && type === "google_eventarc_trigger"),
  );
  return Object.fromEntries(kept);
}

/** The resources of each type, sorted. */
function byType(resources: readonly { type: string; values: Json }[]): Record<string, Json[]> {
  const types: Record<string, Json[]> = {};
  for (const { type, values } of resources) {
    types[type] ??= [];
    types[type].push(values);
  }
  for (const list of Object.values(types)) list.sort(byText);
  return types;
}

function ofPulumi(graph: Graph): Record<string, Json[]> {
  return byType(
    graph.made.map((made) => {
      const type = terraformType(made);
      const schema = Object.values(PROVIDERS).find((types) => type in types)?.[type];
      if (schema === undefined) throw new Error(`terraform/schema/providers.json lacks ${type}: see extract.ts`);
      const { project: _, ...inputs } = made.inputs;
      return { type, values: converted(schema, inputs) };
    }),
  );
}

function ofTerraform(plan: Plan): Record<string, Json[]> {
  return byType(
    plan.resources
      // Pulumi waits with a hook instead of a resource.
      .filter(({ type }) => type !== "time_sleep")
      .map((resource) => ({ type: resource.type, values: planned(resource) })),
  );
}

const image = REQUIRED["review-sentiment:image"];
let plans: Promise<Record<string, Plan>> | undefined;
const planOf = async (name: string): Promise<Plan> => {
  plans ??= plansOf(
    Object.fromEntries(
      Object.entries(CASES).map(([name, settings]) => [
        name,
        variablesOf(settings, name === "building" ? undefined : image),
      ]),
    ),
  );
  return (await plans)[name] as Plan;
};
const graphs: Record<string, Promise<Graph>> = {};
const pulumiOf = (name: string): Promise<Graph> => {
  graphs[name] ??= graphOf({ ...CASES[name], ...(name === "building" && { image: undefined }) });
  return graphs[name];
};

const terraform = test.skipIf(TERRAFORM === undefined && process.env.CI === undefined);

terraform.each(Object.keys(CASES))("%s: Terraform creates what Pulumi creates, and grants the same", async (name) => {
  expect(ofTerraform(await planOf(name))).toEqual(ofPulumi(await pulumiOf(name)));
});

terraform.each(Object.keys(CASES))("%s: the outputs are the same", async (name) => {
  const { outputs } = await pulumiOf(name);
  const { next, ...others } = (await planOf(name)).outputs;
  const same = Object.fromEntries(Object.entries(outputs).filter(([output]) => output !== "next"));
  expect(Object.fromEntries(Object.entries(others).filter(([, value]) => value !== null))).toEqual(
    Object.fromEntries(
      Object.entries(same).map(([output, value]) => [
        snake(output),
        String(value).replace("submit .. --config ../cloudbuild.yaml", "submit . --config cloudbuild.yaml"),
      ]),
    ),
  );
  expect(next === null || next === undefined).toBe(outputs.next === undefined);
});

// Otherwise no instance of the running revision could start while the keys change.
terraform("new API keys exist before the old ones are deleted", async () => {
  const version = "google_secret_manager_secret_version";
  const old = {
    module: "push",
    type: version,
    name: "api_keys",
    values: { id: "6", secret_data: "an-old-key-of-16-characters" },
  };
  const { push } = await plansOf({ push: variablesOf({ apiKeys: "a-key-of-16-characters" }, image) }, [old]);
  expect(push?.actions[`${version}.api_keys[0]`]).toEqual(["create", "delete"]);
});

terraform.each(["docs/deploy.md", "infra/terraform/README.md"])("the main.tf in %s shows the outputs", async (page) => {
  const text = readFileSync(new URL(`../../${page}`, import.meta.url), "utf8");
  const [main = ""] = /^module "review_sentiment" \{[\s\S]*?^output [\s\S]*?^\}/m.exec(text) ?? [];
  const outputs = await outputsOf(main, "review-sentiment");
  expect(outputs.review_sentiment).toMatchObject({
    repository: "us-central1-docker.pkg.dev/my-shop-123/review-sentiment",
  });
});

test("the variables are Pulumi's settings, with the same defaults", () => {
  const defaults = readSettings({ "gcp:project": PROJECT });
  expect(variablesOfModule()).toEqual(
    Object.fromEntries(
      Object.entries(defaults).map(([name, value]) => [
        snake(name),
        name === "project" ? undefined : (JSON.stringify(value) ?? "null"),
      ]),
    ),
  );
  expect(Object.keys(defaults)).toEqual(Object.keys(SETTINGS));
});

test("the module knows the worker's variables", () => {
  const source = readFileSync(join(MODULE, "variables.tf"), "utf8");
  const lists = source.matchAll(/^ {2}(?:own|worker)_variables = \[([^\]]*)\]/gm);
  const names = Array.from(lists, ([, list = ""]) => list.match(/\w+/g) ?? []).flat();
  expect(names.toSorted()).toEqual(Object.keys(VARIABLES).toSorted());
});

/** Values that Terraform itself refuses, because they are of another type. */
const OTHER_TYPE = ["yes", "1", "LOG_LEVEL=debug", '{"A":[1]}', "allUsers"];

terraform("a value that Pulumi's program refuses is refused", async () => {
  const variables = (settings: Record<string, string>) => variablesOf(settings, undefined);
  const refusals = [
    ...INVALID.map(([name, value]): [Record<string, string>, string] => [{ [name]: value }, name]),
    ...CONTRADICTIONS.map(([settings, , variable]): [Record<string, string>, string] => [settings, variable]),
    [{ maxInstances: "11" }, "cpuQuota"] as [Record<string, string>, string],
    [{ delivery: "pull", instances: "11" }, "cpuQuota"] as [Record<string, string>, string],
    [{ delivery: "pull", autoscaling: "crema", maxInstances: "10" }, "cpuQuota"] as [Record<string, string>, string],
    [{ memory: "6Gi" }, "memoryQuota"] as [Record<string, string>, string],
    [{ delivery: "pull", autoscaling: "crema", memory: "5Gi" }, "memoryQuota"] as [Record<string, string>, string],
  ]
    .filter(([settings]) => !Object.values(settings).some((value) => OTHER_TYPE.includes(value)))
    .map(([settings, variable]) => ({
      variables: variables(Object.fromEntries(Object.entries(settings).map(([k, v]) => [k.replace("gcp:", ""), v]))),
      variable: snake(variable.replace("gcp:", "")),
    }));
  expect(refusals.length).toBeGreaterThan(50);
  expect(await notRefused(refusals)).toEqual([]);
});

terraform("an empty optional text is refused, because null is what is not set", async () => {
  const optional = Object.entries(variablesOfModule()).filter(([, value]) => value === "null");
  expect(optional.length).toBeGreaterThan(5);
  const refusals = optional.map(([variable]) => ({ variables: { project: PROJECT, [variable]: "" }, variable }));
  expect(await notRefused(refusals)).toEqual([]);
});

test("the module accepts, and names, exactly the languages that can be detected", () => {
  const variables = readFileSync(join(MODULE, "variables.tf"), "utf8");
  expect(variables).toContain(`"${DETECTABLE_LANGUAGES.join(" ")}"`);
  expect(variables).toContain(`: ${DETECTABLE_LANGUAGES.join(", ")}.`);
});

terraform("the module waits for Eventarc's service agent, and the worker for its grants", async () => {
  const { dependsOn } = await planOf("trigger");
  expect(dependsOn["google_eventarc_trigger.review_written"]).toContain("time_sleep.eventarc_agent");
  expect(dependsOn["time_sleep.eventarc_agent"]).toEqual(["google_project_iam_member.eventarc_agent_works"]);
  expect(dependsOn["google_cloud_run_v2_service.worker"]).toContain("google_project_iam_member.worker_uses_firestore");
});

terraform("the module is formatted", async () => {
  expect(await isFormatted()).toBe(true);
});
