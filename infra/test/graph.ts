/** Runs the program on Pulumi's mocks and records the resources that it would create. */
import * as pulumi from "@pulumi/pulumi";
import { deploy } from "../deploy.ts";
import { readSettings } from "../settings.ts";

export const PROJECT = "my-shop-123";
export const REQUIRED = {
  "gcp:project": PROJECT,
  "review-sentiment:image": "us-central1-docker.pkg.dev/my-shop-123/review-sentiment/worker:1.0.0",
};

export interface Made {
  /** Without the provider's prefix: `pubsub/topic:Topic`. */
  type: string;
  /** The name in the program. */
  name: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test fails if what it reads is absent.
  inputs: any;
  /** The resources that it depends on, as type and name. */
  after: string[];
  /** The inputs that Pulumi encrypts in its state. */
  secrets: string[];
  /** Whether it is kept when the stack is destroyed. */
  retained: boolean;
  /** The inputs whose changes are ignored. */
  ignored: string[];
  /** The hooks that decide whether a failed creation is tried again. */
  hooks: string[];
}

/** One role of one identity on one resource. */
export interface Grant {
  on: string;
  role: string;
  member: string;
  condition?: string;
}

export class Graph {
  readonly made: readonly Made[];
  readonly outputs: Record<string, unknown>;

  constructor(made: readonly Made[], outputs: Record<string, unknown>) {
    this.made = made;
    this.outputs = outputs;
  }

  all(type: string): Made[] {
    return this.made.filter((made) => made.type === type);
  }

  /** The only resource of its type, or the one with that name. */
  the(type: string, name?: string): Made {
    const found = this.all(type).filter((made) => name === undefined || made.name === name);
    if (found.length !== 1) throw new Error(`${found.length} of ${type} ${name ?? ""}`);
    return found[0] as Made;
  }

  /** Every grant, sorted. */
  get grants(): Grant[] {
    return this.made
      .filter(({ inputs }) => inputs.role !== undefined)
      .map(({ type, inputs }) => ({
        on: thingOf(type, inputs),
        role: inputs.role,
        member: inputs.member,
        ...(inputs.condition !== undefined && { condition: inputs.condition.expression }),
      }))
      .sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
  }
}

/** The resource that a grant is on. */
function thingOf(type: string, inputs: Record<string, string>): string {
  switch (type) {
    case "projects/iAMMember:IAMMember":
      return `project ${inputs.project}`;
    case "pubsub/topicIAMMember:TopicIAMMember":
      return `topic ${inputs.topic}`;
    case "pubsub/subscriptionIAMMember:SubscriptionIAMMember":
      return `subscription ${inputs.subscription}`;
    case "serviceaccount/iAMMember:IAMMember":
      return `account ${inputs.serviceAccountId?.split(/[/@]/).at(3)}`;
    case "storage/bucketIAMMember:BucketIAMMember":
      return `bucket ${inputs.bucket}`;
    case "artifactregistry/repositoryIamMember:RepositoryIamMember":
      return `repository ${inputs.repository}`;
    case "cloudrunv2/workerPoolIamMember:WorkerPoolIamMember":
      return `pool ${inputs.name}`;
    case "secretmanager/secretIamMember:SecretIamMember":
      return `secret ${inputs.secretId}`;
    case "cloudrunv2/serviceIamMember:ServiceIamMember":
      return `service ${inputs.name}`;
    default:
      throw new Error(`a grant of a new kind: ${type}`);
  }
}

type Stack = Record<string, string | undefined>;

/** By settings. */
const graphs = new Map<string, Promise<Graph>>();

/** The graph of a stack with these settings and the required ones. */
export function graphOf(settings: Stack = {}): Promise<Graph> {
  const key = JSON.stringify(Object.entries(settings));
  const graph = graphs.get(key) ?? run(settings);
  graphs.set(key, graph);
  return graph;
}

async function run(settings: Stack): Promise<Graph> {
  const config: Record<string, string> = {};
  const named = Object.entries(settings).map(
    ([name, value]) => [name === "region" ? "gcp:region" : `review-sentiment:${name}`, value] as const,
  );
  for (const [key, value] of [...Object.entries(REQUIRED), ...named]) if (value !== undefined) config[key] = value;
  if ("image" in settings && settings.image === undefined) delete config["review-sentiment:image"];

  const made: Made[] = [];
  await pulumi.runtime.setMocks(
    {
      call: ({ token }) => {
        throw new Error(`the program asks the cloud for ${token}`);
      },
      newResource: ({ type, name, inputs }) => ({
        // As with Google, an id differs from a name, so a test fails if the program confuses them.
        id: `projects/${PROJECT}/${type.split(/[/:]/).at(-2)}s/${inputs.name ?? name}`,
        state: { ...inputs, ...computed(type, inputs) },
      }),
    },
    "review-sentiment",
    "test",
  );
  // The mocks receive neither dependencies nor secrets; the requests contain them.
  // biome-ignore lint/suspicious/noExplicitAny: Pulumi types neither.
  const monitor = pulumi.runtime.getMonitor() as any;
  const register = monitor.registerResource.bind(monitor);
  // Pulumi's mocks lack this one. The engine would call the hook when a creation fails.
  monitor.registerErrorHook = (_: unknown, callback: (error: null, response: object) => void) => callback(null, {});
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  monitor.registerResource = (request: any, callback: any) => {
    if (request.getCustom()) {
      const object = request.getObject().toJavaScript();
      made.push({
        type: request.getType().replace(/^gcp:/, ""),
        name: request.getName(),
        inputs: plain(object),
        after: request.getDependenciesList().map((urn: string) => urn.replace(/^.*\$gcp:/, "").replace("::", " ")),
        secrets: Object.keys(object).filter((key) => object[key]?.[SIGNATURE] === SECRET),
        retained: request.getRetainondelete() === true,
        ignored: request.getIgnorechangesList(),
        hooks: request.getHooks()?.getOnErrorList() ?? [],
      });
    }
    return register(request, callback);
  };
  let outputs: Record<string, unknown> = {};
  await pulumi.runtime.runInPulumiStack(async () => {
    const given = await deploy(readSettings(config));
    pulumi.all(given).apply((values) => {
      outputs = values;
    });
    return given;
  });
  await pulumi.runtime.disconnect();
  // Pulumi creates independent resources in any order.
  const key = ({ type, name }: Made) => `${type} ${name}`;
  made.sort((a, b) => (key(a) < key(b) ? -1 : 1));
  return new Graph(made, outputs);
}

/** The properties that Google would add. */
function computed(type: string, inputs: Record<string, string>): Record<string, unknown> {
  switch (type) {
    case "gcp:serviceaccount/account:Account": {
      const email = `${inputs.accountId}@${PROJECT}.iam.gserviceaccount.com`;
      return { email, member: `serviceAccount:${email}`, name: `projects/${PROJECT}/serviceAccounts/${email}` };
    }
    case "gcp:projects/serviceIdentity:ServiceIdentity": {
      const email = `service-42@gcp-sa-${inputs.service?.split(".")[0]}.iam.gserviceaccount.com`;
      return { email, member: `serviceAccount:${email}` };
    }
    case "gcp:cloudrunv2/service:Service":
      return { uri: `https://${inputs.name}-abc.a.run.app` };
    case "gcp:eventarc/trigger:Trigger":
      return {
        transport: {
          pubsub: {
            topic: `projects/${PROJECT}/topics/eventarc-nam5-review-sentiment-1`,
            subscription: `projects/${PROJECT}/subscriptions/eventarc-nam5-review-sentiment-sub-1`,
          },
        },
      };
    case "gcp:firestore/database:Database":
      return { type: "FIRESTORE_NATIVE", databaseEdition: "STANDARD", locationId: "nam5" };
    case "gcp:projects/iAMCustomRole:IAMCustomRole":
      return { name: `projects/${PROJECT}/roles/${inputs.roleId}` };
    case "gcp:secretmanager/secretVersion:SecretVersion":
      return { version: "7" };
    default:
      return {};
  }
}

// https://github.com/pulumi/pulumi/blob/master/sdk/nodejs/runtime/rpc.ts: the signature of a special value.
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

/** The value with its secrets decrypted. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  if (SIGNATURE in value) return plain((value as unknown as { value: unknown }).value);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}
