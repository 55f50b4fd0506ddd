/** The manifests of deploy/kubernetes: valid, and consistent with each other and with the worker. */
import { readdirSync, readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { readConfig } from "../../worker/config.ts";
import { BACKLOG_PER_INSTANCE } from "../crema.ts";
import type { Settings } from "../settings.ts";
import { signalsOf } from "../signals.ts";
import { graphOf } from "./graph.ts";

const FOLDER = new URL("../../deploy/kubernetes/", import.meta.url);
const read = (file: string) => readFileSync(new URL(file, FOLDER), "utf8");

// biome-ignore lint/suspicious/noExplicitAny: a test fails if what it reads is absent.
type Manifest = any;

const manifests: Manifest[] = readdirSync(FOLDER)
  .filter((file) => file.endsWith(".yaml") && file !== "kustomization.yaml")
  .flatMap((file) => parseAllDocuments(read(file)).map((document) => document.toJS()));

const the = (kind: string): Manifest => {
  const found = manifests.filter((manifest) => manifest.kind === kind);
  expect(found, kind).toHaveLength(1);
  return found[0];
};

const { kinds, definitions } = JSON.parse(read("schema/schemas.json"));
const ajv = new Ajv({ allErrors: true, strict: false });
ajv.addSchema({ $id: "schemas", definitions });

function errorsOf(manifest: Manifest): string[] {
  const name = kinds[`${manifest.apiVersion} ${manifest.kind}`];
  if (name === undefined) return [`no schema of ${manifest.apiVersion} ${manifest.kind}: see schema/extract.py`];
  const validate = ajv.compile({ $ref: `schemas#/definitions/${name}` });
  validate(manifest);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

test.each(manifests.map((manifest) => [manifest.kind, manifest]))(
  "%s has the fields that Kubernetes expects",
  (_, manifest) => {
    expect(errorsOf(manifest)).toEqual([]);
  },
);

test("a misspelt field or a value of another type would be found", () => {
  const broken = structuredClone(the("Deployment"));
  broken.spec.template.spec.terminationGracePeriod = 30;
  expect(errorsOf(broken)).toContainEqual(
    expect.stringContaining("/spec/template/spec must NOT have additional properties"),
  );
  const scaled = structuredClone(the("ScaledObject"));
  scaled.spec.maxReplicaCount = "8";
  expect(errorsOf(scaled)).toContainEqual(expect.stringContaining("/spec/maxReplicaCount must be integer"));
});

const pod = () => the("Deployment").spec.template;
const worker = () => pod().spec.containers[0];
const environment = (): Record<string, string> =>
  Object.fromEntries(worker().env.map(({ name, value }: { name: string; value: string }) => [name, value]));

test("the worker accepts its configuration", () => {
  expect(readConfig(environment())).toMatchObject({ DELIVERY: "pull", PORT: 8080, INFERENCE_THREADS: 2 });
});

test("KEDA scales the deployment by the backlog of the worker's subscription", () => {
  const { scaleTargetRef, triggers } = the("ScaledObject").spec;
  const { GOOGLE_CLOUD_PROJECT, PUBSUB_SUBSCRIPTION } = environment();
  expect(scaleTargetRef.name).toBe(the("Deployment").metadata.name);
  expect(triggers).toMatchObject([
    {
      type: "prometheus",
      authenticationRef: { name: the("TriggerAuthentication").metadata.name },
      metadata: {
        serverAddress: `https://monitoring.googleapis.com/v1/projects/${GOOGLE_CLOUD_PROJECT}/location/global/prometheus`,
        // The alerts' query has the id as a regular expression.
        query: signalsOf({
          subscription: PUBSUB_SUBSCRIPTION,
          topic: "reviews",
          name: "w",
        } as Settings).backlog.replace("=~", "="),
      },
    },
  ]);
  // KEDA would fight with a fixed number.
  expect(the("Deployment").spec).not.toHaveProperty("replicas");
});

test("the backlog of a pod is what its comment computes, and that of an instance on Cloud Run", () => {
  const { threshold } = the("ScaledObject").spec.triggers[0].metadata;
  const [, rate, seconds] = /# +(\d+) reviews a second × (\d+) s$/m.exec(read("scaledobject.yaml")) ?? [];
  expect(Number(threshold)).toBe(Number(rate) * Number(seconds));
  expect(Number(threshold)).toBe(BACKLOG_PER_INSTANCE);
});

test("the deployment and its disruption budget select the pods, and the pods use the service account", () => {
  const { labels } = pod().metadata;
  expect(the("Deployment").spec.selector.matchLabels).toEqual(labels);
  expect(the("PodDisruptionBudget").spec.selector.matchLabels).toEqual(labels);
  expect(pod().spec.serviceAccountName).toBe(the("ServiceAccount").metadata.name);
});

test("README.md gives the pods the permissions that infra/ gives the worker", async () => {
  const { permissions } = (await graphOf()).the("projects/iAMCustomRole:IAMCustomRole").inputs;
  expect(/--permissions (\S+)/.exec(read("README.md"))?.[1]?.split(",")).toEqual(permissions);
});

test("a pod has the time that the worker takes to shut down", () => {
  const { SHUTDOWN_GRACE_MS } = readConfig(environment());
  expect(pod().spec.terminationGracePeriodSeconds * 1_000).toBeGreaterThan(SHUTDOWN_GRACE_MS);
});

test("the probes ask the worker's port", () => {
  const { ports, startupProbe, livenessProbe, readinessProbe } = worker();
  expect(ports).toEqual([{ name: "http", containerPort: readConfig(environment()).PORT }]);
  for (const [probe, path] of [
    [startupProbe, "/startupz"],
    [livenessProbe, "/livez"],
    [readinessProbe, "/readyz"],
  ])
    expect(probe.httpGet).toEqual({ path, port: "http" });
});

test("a pod cannot become root or write to its file system", () => {
  expect(pod().spec.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 65532 });
  expect(worker().securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
  });
});

test("kustomization.yaml names every file and replaces the image", () => {
  const [kustomization] = parseAllDocuments(read("kustomization.yaml")).map((document) => document.toJS());
  expect([...kustomization.resources, "kustomization.yaml"].sort()).toEqual(
    readdirSync(FOLDER)
      .filter((file) => file.endsWith(".yaml"))
      .sort(),
  );
  expect(kustomization.images[0].name).toBe(worker().image);
});
