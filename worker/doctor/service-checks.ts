/** The service on Cloud Run that Pub/Sub pushes to, and the permissions between the parts. */
import { SHARED } from "../../shared/settings.ts";
import { VARIABLES } from "../config.ts";
import { LEAST_PUSH_DEADLINE_S, lastPart, type SubscriptionState } from "./queue-checks.ts";
import { ask, type Examination, grants, type Policy } from "./report.ts";
import type { Database } from "./store-checks.ts";

/** https://cloud.google.com/run/docs/reference/rest/v1/namespaces.services */
interface KnativeService {
  metadata?: { name?: string; labels?: Record<string, string>; annotations?: Record<string, string> };
  spec?: {
    template?: {
      spec?: { serviceAccountName?: string; containers?: { env?: { name: string; value?: string }[] }[] };
    };
  };
  status?: { url?: string };
}

/** The worker's service, as far as it matters. */
export interface WorkerService {
  name: string;
  region: string;
  /** Where Pub/Sub should push messages to. */
  endpoint: string;
  /** The account that the worker runs as. */
  account: string | undefined;
  /** Environment variables with a plain value that is not empty. */
  env: Readonly<Record<string, string | undefined>>;
  /** Audiences that Cloud Run accepts. */
  audiences: readonly string[];
  isPublic: boolean;
  /** Who may call it; `undefined` or `null` if that could not be read. */
  policy: Policy | null | undefined;
}

/** Roles that include `pubsub.topics.publish` and `pubsub.subscriptions.consume`. */
const PUBLISHES = [
  "roles/pubsub.publisher",
  "roles/pubsub.editor",
  "roles/pubsub.admin",
  "roles/editor",
  "roles/owner",
];
const CONSUMES = [
  "roles/pubsub.subscriber",
  "roles/pubsub.editor",
  "roles/pubsub.admin",
  "roles/editor",
  "roles/owner",
];
const INVOKES = ["roles/run.invoker", "roles/run.servicesInvoker", "roles/run.admin", "roles/editor", "roles/owner"];
const SIGNS = [
  "roles/iam.serviceAccountOpenIdTokenCreator",
  "roles/iam.serviceAccountTokenCreator",
  // Every project has this grant since April 2021, unless somebody removed it.
  "roles/pubsub.serviceAgent",
];
const WRITES = ["roles/datastore.user", "roles/datastore.owner", "roles/firebase.admin", "roles/editor", "roles/owner"];

/** The worker's default for the ack deadline of what pushes to it. */
const DEFAULT_ACK_DEADLINE_S = VARIABLES.ACK_DEADLINE_SECONDS.schema.parse(undefined);

/** Otherwise a grant with a condition has another role's name. https://cloud.google.com/iam/docs/policies#versions */
const VERSION_3 = "options.requestedPolicyVersion=3";

/** Whole multi-regions, and the regions that are part of them. https://firebase.google.com/docs/firestore/locations */
const MULTI_REGIONS: Readonly<Record<string, RegExp>> = {
  eur3: /^europe-west[14]$/,
  nam5: /^us-central[12]$/,
  nam7: /^us-(central1|east4)$/,
};

/**
 * The service that the subscription pushes to, if it is on Cloud Run in this project.
 */
export async function findService(
  examination: Examination,
  subscription: SubscriptionState | undefined,
): Promise<WorkerService | undefined> {
  const { api, target, report } = examination;
  const endpoint = subscription?.pushConfig?.pushEndpoint;
  if (!endpoint || target.isEmulator) return undefined;
  const listed = await ask(examination, "service on Cloud Run", () =>
    api.get<{ items?: KnativeService[] }>("run", `v1/projects/${target.project}/locations/-/services`),
  );
  if (listed === undefined) return undefined;
  const { origin, pathname } = new URL(endpoint);
  const service = listed?.items?.find((item) => urlsOf(item).includes(origin));
  if (service === undefined) {
    report.couldNot(
      "the service",
      `the subscription pushes to ${origin}, which is no Cloud Run service of this project`,
    );
    return undefined;
  }
  report.done("service on Cloud Run");
  const { serviceAccountEmail, audience } = subscription?.pushConfig?.oidcToken ?? {};
  if (pathname !== "/push")
    report.found(
      "push-path",
      `The subscription ${target.subscription} pushes to the path ${pathname}, where the worker has nothing.`,
      `${modifyPush(target.subscription, `${origin}/push`, serviceAccountEmail, audience)} --project ${target.project}`,
    );
  const { name = "", labels = {}, annotations = {} } = service.metadata ?? {};
  const region = labels["cloud.googleapis.com/location"] ?? "";
  const { serviceAccountName, containers = [] } = service.spec?.template?.spec ?? {};
  const policy = await ask(examination, `permissions of the service ${name}`, () =>
    api.get<Policy>(
      "run",
      `v2/projects/${target.project}/locations/${region}/services/${name}:getIamPolicy?${VERSION_3}`,
    ),
  );
  return {
    name,
    region,
    endpoint: `${origin}/push`,
    account: serviceAccountName,
    env: Object.fromEntries(
      containers.flatMap(({ env = [] }) => env.map(({ name, value }) => [name, value || undefined])),
    ),
    audiences: [...urlsOf(service), ...listOf(annotations["run.googleapis.com/custom-audiences"])],
    isPublic: annotations["run.googleapis.com/invoker-iam-disabled"] === "true" || grants(policy, "allUsers", INVOKES),
    policy,
  };
}

/** Begins the command that makes a subscription push with tokens. */
function modifyPush(subscription: string, endpoint?: string, account = "ACCOUNT", audience = "AUDIENCE"): string {
  return `gcloud pubsub subscriptions modify-push-config ${subscription} --push-endpoint=${endpoint} --push-auth-service-account=${account} --push-auth-token-audience=${audience}`;
}

function urlsOf({ metadata, status }: KnativeService): string[] {
  const urls = listOf(metadata?.annotations?.["run.googleapis.com/urls"]);
  return status?.url === undefined ? urls : [status.url, ...urls];
}

/** A list of strings as JSON, as annotations hold them. */
function listOf(annotation: string | undefined): string[] {
  try {
    const list: unknown = JSON.parse(annotation ?? "[]");
    return Array.isArray(list) ? list.map(String) : [];
  } catch {
    return [];
  }
}

/**
 * Whether a subscription pushes with the tokens and the ack deadline that the service expects.
 * @param kind begins the codes of findings
 */
export function checkPushes(
  { target, report }: Examination,
  state: SubscriptionState,
  service: WorkerService,
  kind: "push" | "eventarc",
): void {
  const subscription = lastPart(state.name);
  const { PUSH_AUDIENCE, PUSH_SERVICE_ACCOUNT } = service.env;
  const at = `--project ${target.project}`;
  const update = (variables: string) =>
    `gcloud run services update ${service.name} --region=${service.region} --update-env-vars='${variables}' ${at}`;
  const { ackDeadlineSeconds = 10 } = state;
  const expected = Number(service.env.ACK_DEADLINE_SECONDS ?? DEFAULT_ACK_DEADLINE_S);
  // A deadline that is too short for every worker is another finding.
  if (ackDeadlineSeconds >= LEAST_PUSH_DEADLINE_S && ackDeadlineSeconds < expected)
    report.found(
      `${kind}-deadline-below-worker`,
      `The subscription ${subscription} waits ${ackDeadlineSeconds} s for an answer, and the service ${service.name} retries Firestore as if it waited ${expected} s.`,
      `gcloud pubsub subscriptions update ${subscription} --ack-deadline=${expected} ${at}`,
    );
  const { pushEndpoint, oidcToken } = state.pushConfig ?? {};
  if (oidcToken === undefined) {
    report.found(
      `${kind}-without-token`,
      `The subscription ${subscription} pushes without a token, and the worker refuses every push.`,
      `${modifyPush(subscription, pushEndpoint, PUSH_SERVICE_ACCOUNT, PUSH_AUDIENCE)} ${at}`,
    );
    return;
  }
  // Without an audience, Pub/Sub uses the endpoint. https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.subscriptions#oidctoken
  const { serviceAccountEmail: account = "", audience = pushEndpoint ?? "" } = oidcToken;
  const isKnown = (value = "") =>
    service.audiences.some((accepted) => value === accepted || value.startsWith(`${accepted}/`));
  // The worker accepts one audience and one account. Eventarc chooses its audience itself, so the other subscription has to follow.
  const followEvents = `${modifyPush(target.subscription, service.endpoint, account, audience)} ${at} && ${update(`PUSH_AUDIENCE=${audience},PUSH_SERVICE_ACCOUNT=${account}`)}`;
  const followService = `${modifyPush(subscription, pushEndpoint, account, PUSH_AUDIENCE)} ${at}`;
  if (audience !== PUSH_AUDIENCE)
    report.found(
      "wrong-audience",
      `The subscription ${subscription} sends tokens for the audience ${audience}, but the service ${service.name} accepts ${PUSH_AUDIENCE ?? "none"}.`,
      kind === "eventarc"
        ? `${followEvents}    # with infra/: pulumi config set pushAudience '${audience}' && pulumi up; with Terraform, set push_audience to it`
        : isKnown(PUSH_AUDIENCE)
          ? followService
          : update(`PUSH_AUDIENCE=${audience}`),
    );
  else if (!service.isPublic && !isKnown(audience))
    report.found(
      "audience-unknown-to-cloud-run",
      `Cloud Run does not know the audience ${audience} for the service ${service.name} and refuses the tokens.`,
      `gcloud run services update ${service.name} --region=${service.region} --add-custom-audiences='${audience}' ${at}`,
    );
  if (account !== PUSH_SERVICE_ACCOUNT)
    report.found(
      "wrong-account",
      `The subscription ${subscription} pushes as ${account}, but the service ${service.name} accepts ${PUSH_SERVICE_ACCOUNT ?? "nobody"}.`,
      kind === "eventarc" ? followEvents : update(`PUSH_SERVICE_ACCOUNT=${account}`),
    );
}

/** Whether the worker is configured with the names that this command uses, and runs where the database is. */
export function checkConfiguration(
  { target, report }: Examination,
  service: WorkerService,
  database: Database | undefined,
): void {
  const { name, region, env, isPublic } = service;
  const at = `--region=${region} --project ${target.project}`;
  for (const [variable, mine, fallback] of [
    ["FIRESTORE_DATABASE", target.database, SHARED.database.default],
    ["REVIEWS_PATH", target.reviewsPath.source, SHARED.reviewsPath.default],
    ["RESULT_FIELD", target.resultField, SHARED.resultField.default],
    ["DEAD_LETTER_TOPIC", target.deadLetterTopic, SHARED.deadLetterTopic.default],
  ] as const) {
    const theirs = env[variable] ?? fallback;
    if (theirs !== mine)
      report.found(
        "other-settings",
        `${variable} is ${theirs} in the service ${name} and ${mine} here.`,
        `Set ${variable}='${theirs}' here, or: gcloud run services update ${name} --update-env-vars='${variable}=${mine}' ${at}`,
      );
  }
  if (isPublic && env.PUSH_TRUST_PLATFORM === "true")
    report.found(
      "public-and-trusting",
      `The service ${name} is public and has PUSH_TRUST_PLATFORM=true, so anybody can forge a push.`,
      `gcloud run services update ${name} --remove-env-vars=PUSH_TRUST_PLATFORM ${at}`,
    );
  const location = database?.locationId;
  if (location !== undefined && location !== region && !MULTI_REGIONS[location]?.test(region))
    report.found(
      "wrong-region",
      `The service ${name} runs in ${region} and the database is in ${location}, so every request crosses between them.`,
      `Deploy in ${location in MULTI_REGIONS ? "a region of it" : location}: pulumi config set gcp:region ${location in MULTI_REGIONS ? "REGION" : location} && pulumi up`,
    );
}

/**
 * The grants between Pub/Sub, the worker and the database.
 * @param events Eventarc's subscriptions
 */
export async function checkGrants(
  examination: Examination,
  subscription: SubscriptionState | undefined,
  events: readonly SubscriptionState[],
  service: WorkerService | undefined,
): Promise<void> {
  const { api, target, report } = examination;
  const { project, deadLetterTopic } = target;
  if (target.isEmulator) {
    report.couldNot("permissions", "emulators have none");
    return;
  }
  report.done("permissions");
  const described = await ask(examination, "project number", () =>
    api.get<{ name?: string }>("cloudresourcemanager", `v3/projects/${project}`),
  );
  const ofProject = await ask(examination, "permissions of the project", () =>
    api.post<Policy>("cloudresourcemanager", `v3/projects/${project}:getIamPolicy`, {
      options: { requestedPolicyVersion: 3 },
    }),
  );
  // What is granted for the project holds for all that is in it. Without that policy nothing is known to be missing.
  if (!ofProject) return;
  const deadLetters = await pubsubPolicy(examination, `the topic ${deadLetterTopic}`, `topics/${deadLetterTopic}`);
  const pusher = subscription?.pushConfig?.oidcToken?.serviceAccountEmail;
  const number = described?.name?.split("/").at(-1);
  if (number !== undefined) {
    const agent = `serviceAccount:service-${number}@gcp-sa-pubsub.iam.gserviceaccount.com`;
    const subscriptions = subscription === undefined ? events : [subscription, ...events];
    await checkDeadLettering(examination, ofProject, deadLetters, agent, subscriptions);
    if (pusher !== undefined) await checkTokens(examination, ofProject, agent, pusher);
  }
  if (service === undefined) return;
  if (pusher !== undefined) checkInvoker(examination, ofProject, pusher, service);
  if (service.account !== undefined) checkWorkerAccount(examination, ofProject, deadLetters, service.account);
}

function pubsubPolicy(examination: Examination, what: string, path: string): Promise<Policy | null | undefined> {
  const { api, target } = examination;
  return ask(examination, `permissions of ${what}`, () =>
    api.get<Policy>("pubsub", `v1/projects/${target.project}/${path}:getIamPolicy?${VERSION_3}`),
  );
}

/** Whether a member has none of the roles, neither by a policy, if that could be read, nor by the project's. */
function lacks(
  ofProject: Policy,
  policy: Policy | null | undefined,
  member: string,
  roles: readonly string[],
): boolean {
  return Boolean(policy) && !grants(policy, member, roles) && !grants(ofProject, member, roles);
}

/** Whether Pub/Sub's service agent may move messages from the subscriptions to the dead-letter topic. */
async function checkDeadLettering(
  examination: Examination,
  ofProject: Policy,
  deadLetters: Policy | null | undefined,
  agent: string,
  subscriptions: readonly SubscriptionState[],
): Promise<void> {
  const { report } = examination;
  const { project, deadLetterTopic } = examination.target;
  if (lacks(ofProject, deadLetters, agent, PUBLISHES))
    report.found(
      "dead-letter-publisher",
      `Pub/Sub's service agent may not publish to ${deadLetterTopic}, so nothing is ever dead-lettered by the policy.`,
      `gcloud pubsub topics add-iam-policy-binding ${deadLetterTopic} --member=${agent} --role=roles/pubsub.publisher --project ${project}`,
    );
  for (const { name: path } of subscriptions) {
    const name = lastPart(path);
    const policy = await pubsubPolicy(examination, `the subscription ${name}`, `subscriptions/${name}`);
    if (lacks(ofProject, policy, agent, CONSUMES))
      report.found(
        "dead-letter-subscriber",
        `Pub/Sub's service agent may not take messages from ${name}, so nothing is ever dead-lettered by the policy.`,
        `gcloud pubsub subscriptions add-iam-policy-binding ${name} --member=${agent} --role=roles/pubsub.subscriber --project ${project}`,
      );
  }
}

/** Whether Pub/Sub's service agent may create tokens of the account that it pushes as. */
async function checkTokens(examination: Examination, ofProject: Policy, agent: string, pusher: string): Promise<void> {
  const { api, target, report } = examination;
  // With `-` in place of the project, Google refuses to say that an account does not exist.
  // https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts/get
  const home = /@([^.]+)\.iam\.gserviceaccount\.com$/.exec(pusher)?.[1] ?? "-";
  const policy = await ask(examination, `permissions of ${pusher}`, () =>
    api.post<Policy>("iam", `v1/projects/${home}/serviceAccounts/${pusher}:getIamPolicy?${VERSION_3}`, {}),
  );
  if (policy === null)
    report.found(
      "no-push-account",
      `The account ${pusher}, which Pub/Sub pushes as, does not exist.`,
      `gcloud iam service-accounts create ${pusher.split("@")[0]} --project ${home}`,
    );
  else if (lacks(ofProject, policy, agent, SIGNS))
    report.found(
      "no-token-grant",
      `Pub/Sub's service agent may not create tokens of ${pusher}, so every push fails.`,
      `gcloud iam service-accounts add-iam-policy-binding ${pusher} --member=${agent} --role=roles/iam.serviceAccountOpenIdTokenCreator --project ${target.project}`,
    );
}

/** Whether the account that Pub/Sub pushes as may call the service. */
function checkInvoker(
  { target, report }: Examination,
  ofProject: Policy,
  pusher: string,
  { name, region, isPublic, policy }: WorkerService,
): void {
  if (!isPublic && lacks(ofProject, policy, `serviceAccount:${pusher}`, INVOKES))
    report.found(
      "no-invoker-grant",
      `${pusher} may not call the service ${name}, so Cloud Run refuses every push.`,
      `gcloud run services add-iam-policy-binding ${name} --region=${region} --member=serviceAccount:${pusher} --role=roles/run.invoker --project ${target.project}`,
    );
}

/** Whether the worker may write labels and dead-letter messages. */
function checkWorkerAccount(
  { target, report }: Examination,
  ofProject: Policy,
  deadLetters: Policy | null | undefined,
  account: string,
): void {
  const { project, database, deadLetterTopic } = target;
  const worker = `serviceAccount:${account}`;
  if (!grants(ofProject, worker, WRITES, `databases/${database}`))
    report.found(
      "no-store-grant",
      `The worker's account ${account} may not use the database ${database}.`,
      `gcloud projects add-iam-policy-binding ${project} --member=${worker} --role=roles/datastore.user --condition='expression=resource.name == "projects/${project}/databases/${database}",title=one database'`,
    );
  if (lacks(ofProject, deadLetters, worker, PUBLISHES))
    report.found(
      "no-dead-letter-grant",
      `The worker's account ${account} may not publish to ${deadLetterTopic}, so invalid messages are redelivered again and again.`,
      `gcloud pubsub topics add-iam-policy-binding ${deadLetterTopic} --member=${worker} --role=roles/pubsub.publisher --project ${project}`,
    );
}
