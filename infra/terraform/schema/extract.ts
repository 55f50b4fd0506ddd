/**
 * Extracts from npm packages what the tests need to know about Terraform's providers, and writes it to providers.json:
 *
 *     node infra/terraform/schema/extract.ts
 *
 * Terraform asks a provider for its schema, but providers are only on Terraform's own registry. The packages of the CDK for Terraform
 * were generated from the same schemas, and each class says which arguments there are, of which type, and which are required. They are
 * 30 MB each, so the result is committed. Run this again for another resource type or a newer provider.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PACKAGES = {
  google: {
    package: "@cdktf/provider-google@16.12.1",
    types: [
      "artifact_registry_repository",
      "artifact_registry_repository_iam_member",
      "cloud_run_v2_service",
      "cloud_run_v2_service_iam_member",
      "cloud_run_v2_worker_pool",
      "cloud_run_v2_worker_pool_iam_member",
      "eventarc_google_channel_config",
      "eventarc_trigger",
      "firestore_field",
      "firestore_index",
      "logging_metric",
      "monitoring_alert_policy",
      "monitoring_dashboard",
      "monitoring_notification_channel",
      "parameter_manager_regional_parameter",
      "parameter_manager_regional_parameter_version",
      "project_iam_custom_role",
      "project_iam_member",
      "project_service",
      "pubsub_schema",
      "pubsub_subscription",
      "pubsub_subscription_iam_member",
      "pubsub_topic",
      "pubsub_topic_iam_member",
      "secret_manager_secret",
      "secret_manager_secret_iam_member",
      "secret_manager_secret_version",
      "service_account",
      "service_account_iam_member",
      "storage_bucket",
      "storage_bucket_iam_member",
    ],
  },
  "google-beta": { package: "@cdktf/provider-google-beta@16.12.1", types: ["project_service_identity"] },
  time: { package: "@cdktf/provider-time@11.0.1", types: ["sleep"] },
};

/** An attribute as `type flags`, such as `string r`: r required, o optional, c computed. */
type Attributes = Record<string, string>;

export interface Block {
  attributes: Attributes;
  blocks?: Record<string, { nesting: "single" | "list" | "set"; min?: 1; max?: 1; block: Block }>;
}

/** The schema of each resource type, by provider. */
export type Providers = Record<string, Record<string, Block>>;

/** `class` and everything up to the next one. */
function classesOf(source: string): Map<string, string> {
  const parts = source.split(/^class (\w+) extends /m);
  const classes = new Map<string, string>();
  for (let i = 1; i < parts.length; i += 2) classes.set(parts[i] as string, parts[i + 1] as string);
  return classes;
}

/** The arguments that a function hands to Terraform. */
function argumentsIn(body: string) {
  const entry =
    /^\s+(\w+): \{\n\s+value: (.+),\n\s+isBlock: (true|false),\n\s+type: "(\w+)",\n\s+storageClassType: "(\w+)",\n\s+\},/gm;
  return new Map(
    [...body.matchAll(entry)].map(([, name, value, isBlock, type, storage]) => [
      name as string,
      { value: value as string, isBlock: isBlock === "true", type: type as string, storage: storage as string },
    ]),
  );
}

const SIMPLE: Record<string, string> = { string: "string", number: "number", boolean: "bool" };

function typeOf(type: string, storage: string): string {
  if (type === "simple") return SIMPLE[storage] as string;
  return `${type}(${SIMPLE[storage.replace(/(List|Map)$/, "")]})`;
}

/** The generated code of a resource, and its types. */
interface Source {
  classes: Map<string, string>;
  /** The body of each function that hands a nested block to Terraform, by the block's type. */
  functions: Map<string, string>;
  /** The names of the required arguments, by interface. */
  required: Map<string, Set<string>>;
}

function sourceOf(code: string, types: string): Source {
  const functions = /^function (\w+)ToHclTerraform\(struct\) \{\n([\s\S]*?)^\}/gm;
  const interfaces = /^export interface (\w+) .*\{\n([\s\S]*?)^\}/gm;
  return {
    classes: classesOf(code),
    functions: new Map([...code.matchAll(functions)].map(([, name, body]) => [name as string, body as string])),
    required: new Map(
      [...types.matchAll(interfaces)].map(([, name, body]) => [
        name as string,
        new Set([...(body as string).matchAll(/^ {4}readonly (\w+):/gm)].map(([, argument]) => argument as string)),
      ]),
    ),
  };
}

const camel = (name: string) => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

/**
 * @param code the class
 * @param interfaceName what its arguments are declared as
 */
function blockOf(source: Source, code: string, interfaceName: string, body: string): Block {
  const attributes: Attributes = {};
  const blocks: NonNullable<Block["blocks"]> = {};
  const required = source.required.get(interfaceName) as Set<string>;
  for (const [name, { value, isBlock, type, storage }] of argumentsIn(body)) {
    const isRequired = required.has(camel(name));
    if (!isBlock) {
      attributes[name] = `${typeOf(type, storage)} ${isRequired ? "r" : "o"}`;
      continue;
    }
    const nested = /(\w+)ToHclTerraform/.exec(value)?.[1] as string;
    const nestedName = `${nested[0]?.toUpperCase()}${nested.slice(1)}`;
    const nesting = type === "struct" ? "single" : (type as "list" | "set");
    blocks[name] = {
      nesting,
      ...(isRequired && { min: 1 as const }),
      ...(nesting !== "single" && !value.includes("listMapperHcl") && { max: 1 as const }),
      block: blockOf(
        source,
        source.classes.get(`${nestedName}OutputReference`) as string,
        nestedName,
        source.functions.get(nested) as string,
      ),
    };
  }
  // Lists that Google computes are left out: nothing here reads them.
  const computed = /get(String|Number|Boolean)Attribute\('(\w+)'\)/g;
  for (const [, type, name] of code.matchAll(computed))
    attributes[name as string] ??= `${SIMPLE[(type as string).toLowerCase()]} c`;
  return { attributes, ...(Object.keys(blocks).length > 0 && { blocks }) };
}

function resourceOf(code: string, types: string): Block {
  const source = sourceOf(code, types);
  const [name, body] = [...source.classes].find(([, body]) => body.startsWith("cdktf.TerraformResource")) as [
    string,
    string,
  ];
  return blockOf(source, body, `${name}Config`, body.slice(body.indexOf("synthesizeHclAttributes")));
}

const folder = mkdtempSync(join(tmpdir(), "providers-"));
const providers: Providers = {};
for (const [provider, { package: name, types }] of Object.entries(PACKAGES)) {
  const archive = execFileSync("npm", ["pack", "--silent", name], { cwd: folder, encoding: "utf8" }).trim();
  // The package of google-beta has the provider in the names of its folders.
  const folderOf = (type: string) => `${provider === "google-beta" ? "google-" : ""}${type.replaceAll("_", "-")}`;
  const files = types.map((type) => `package/lib/${folderOf(type)}/index`);
  execFileSync("tar", ["xzf", archive, ...files.flatMap((file) => [`${file}.js`, `${file}.d.ts`])], { cwd: folder });
  const read = (file: string) => readFileSync(join(folder, file), "utf8");
  const prefix = provider === "time" ? "time" : "google";
  providers[provider] = Object.fromEntries(
    types.map((type, i) => [`${prefix}_${type}`, resourceOf(read(`${files[i]}.js`), read(`${files[i]}.d.ts`))]),
  );
}
rmSync(folder, { recursive: true });

// The packages end with version 6.50 of the provider. Version 7 has these too; Pulumi's types, which are made from version 7, have
// them with the arguments of a service.
const containersOf = (type: string) =>
  providers.google?.[`google_cloud_run_v2_${type}`]?.blocks?.template?.block.blocks?.containers?.block
    .blocks as NonNullable<Block["blocks"]>;
for (const probe of ["startup_probe", "liveness_probe"])
  containersOf("worker_pool")[probe] = containersOf("service")[probe] as NonNullable<Block["blocks"]>[string];

const lines = Object.entries(providers).map(
  ([provider, types]) =>
    `${JSON.stringify(provider)}: {\n${Object.entries(types)
      .map(([type, block]) => `${JSON.stringify(type)}: ${JSON.stringify(block)}`)
      .join(",\n")}\n}`,
);
writeFileSync(new URL("providers.json", import.meta.url), `{\n${lines.join(",\n")}\n}\n`);
