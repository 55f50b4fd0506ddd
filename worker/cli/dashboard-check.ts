/** `dashboard --check`: what a deployed dashboard needs in its project, and the command that mends each missing part. */
import { readFile } from "node:fs/promises";
import { InputError } from "../../shared/reviews-file.ts";
import type { Config } from "../config.ts";
import { readModel } from "./backend.ts";
import { collectionOf, fillRules, type PageFields, pageSettings } from "./dashboard-server.ts";
import { preflight } from "./preflight.ts";
import { printable } from "./printable.ts";
import { paintError, paintFaint, paintSuccess } from "./terminal.ts";

/** One part of the deployment. */
export interface Part {
  /** For people, such as `security rules`. */
  name: string;
  state: "ok" | "missing" | "building" | "unknown";
  /** What was found. */
  found: string;
  /** Commands or pages that mend it; empty if nothing has to be done. */
  mend: string[];
}

/** An answer of one of Google's APIs. */
export interface Answer {
  status: number;
  body: unknown;
}

/** Calls one of Google's APIs; `body` makes it a POST. */
export type Api = (url: string, body?: unknown) => Promise<Answer>;

export interface Wanted {
  projectId: string;
  database: string;
  /** The collection that the rules and indexes are about. */
  collection: { path: string } | { group: string };
  resultField: string;
  /** The rules that the project should have. */
  rules: string;
  indexes: readonly Index[];
  /** The account that has to be able to read; without it, any will do. */
  account?: string | undefined;
}

interface Index {
  collectionGroup: string;
  queryScope: string;
  fields: { fieldPath: string; order: string }[];
}

interface CheckOptions extends PageFields {
  account?: string;
  json?: boolean;
}

const INDEXES = new URL("../../dashboard/src/indexes.ts", import.meta.url);
const RULES = new URL("../../firestore.rules", import.meta.url);

/** Prints all parts. Exits 1 if one is missing. */
export async function checkDashboard(config: Config, { account, json, ...fields }: CheckOptions): Promise<void> {
  if (process.env.FIRESTORE_EMULATOR_HOST)
    throw new InputError("--check is about a project on Google Cloud: unset FIRESTORE_EMULATOR_HOST");
  await preflight(config);
  const { GoogleAuth } = await import("google-auth-library");
  const auth = new GoogleAuth({ scopes: "https://www.googleapis.com/auth/cloud-platform" });
  const projectId = config.GOOGLE_CLOUD_PROJECT ?? (await auth.getProjectId());
  const api: Api = async (url, body) => {
    const response = await fetch(url, {
      method: body === undefined ? "GET" : "POST",
      headers: {
        // The page itself is public.
        ...(new URL(url).hostname.endsWith(".googleapis.com") && {
          Authorization: `Bearer ${await auth.getAccessToken()}`,
          "x-goog-user-project": projectId,
        }),
        "Content-Type": "application/json",
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(20_000),
    });
    return { status: response.status, body: await response.json().catch(() => undefined) };
  };
  const settings = pageSettings(config, (await readModel(config)).labels, fields);
  const collection = collectionOf(config);
  const { indexesOf } = (await import(INDEXES.href)) as { indexesOf(settings: object): Index[] };
  const parts = await checkParts(api, {
    projectId,
    database: config.FIRESTORE_DATABASE,
    collection,
    resultField: config.RESULT_FIELD,
    rules: fillRules(await readFile(RULES, "utf8"), collection, config.RESULT_FIELD),
    indexes: indexesOf(settings),
    account,
  });
  console.log(json ? JSON.stringify({ project: projectId, parts }) : describeParts(projectId, parts));
  if (parts.some(({ state }) => state !== "ok")) process.exitCode = 1;
}

/** Asks for all parts at once. A part that cannot be asked about is `unknown`. */
export async function checkParts(api: Api, wanted: Wanted): Promise<Part[]> {
  const checks = [database, rules, indexes, webApp, signIn, claim, page];
  const parts = await Promise.all(
    checks.map(async (check): Promise<Part[]> => {
      try {
        return [await check(api, wanted)].flat();
      } catch (error) {
        return [{ name: NAMES.get(check) as string, state: "unknown", found: (error as Error).message, mend: [] }];
      }
    }),
  );
  return parts.flat();
}

export function describeParts(projectId: string, parts: readonly Part[]): string {
  const MARKS = {
    ok: paintSuccess("ok      "),
    missing: paintError("missing "),
    building: "building",
    unknown: "unknown ",
  };
  const lines = parts.flatMap(({ name, state, found, mend }) => [
    `${MARKS[state]}  ${name}: ${printable(found)}`,
    ...mend.map((command) => paintFaint(`            ${command}`)),
  ]);
  const left = parts.filter(({ state }) => state !== "ok").length;
  return [
    ...lines,
    "",
    left === 0
      ? `The dashboard of ${projectId} has everything: https://${projectId}.web.app/`
      : `${left} of ${parts.length} to mend; then run this again.`,
  ].join("\n");
}

async function database(api: Api, { projectId, database }: Wanted): Promise<Part> {
  const name = "Firestore database";
  const { status, body } = await api(`https://firestore.googleapis.com/v1/projects/${projectId}/databases/${database}`);
  if (status === 404)
    return missing(name, `${database} does not exist`, [
      `gcloud firestore databases create --project ${projectId} --database "${database}" --location eur3`,
    ]);
  if (isDisabled(body))
    return missing(name, "the API is not enabled", [
      `gcloud services enable firestore.googleapis.com --project ${projectId}`,
    ]);
  requireOk(status, body);
  return ok(name, database);
}

async function rules(api: Api, { projectId, database, rules: ours }: Wanted): Promise<Part> {
  const name = "security rules";
  const root = "https://firebaserules.googleapis.com/v1/";
  const release = database === "(default)" ? "cloud.firestore" : `cloud.firestore/${database}`;
  const mend = [
    `npx firebase-tools deploy --only firestore:rules --project ${projectId}    # replaces the project's rules: merge first`,
  ];
  const { status, body } = await api(`${root}projects/${projectId}/releases/${release}`);
  if (status === 404) return missing(name, "the project has none", mend);
  requireOk(status, body);
  const ruleset = await api(`${root}${get(body, "rulesetName")}`);
  requireOk(ruleset.status, ruleset.body);
  const files = get(ruleset.body, "source", "files");
  const deployed = (Array.isArray(files) ? files : []).map((file) => String(get(file, "content"))).join("\n");
  if (essence(deployed) === essence(ours)) return ok(name, "as in firestore.rules");
  // Rules of a project with other collections contain ours.
  const block = essence(ours).match(/(?<=\/documents\{).*(?=\}\}$)/)?.[0];
  if (block !== undefined && essence(deployed).includes(block))
    return ok(name, "contain those of firestore.rules, beside others");
  return missing(name, "differ from firestore.rules", mend);
}

/** Rules without comments and white space. */
function essence(rules: string): string {
  return rules.replace(/\/\/.*$/gm, "").replace(/\s+/g, "");
}

async function indexes(api: Api, { projectId, database, indexes: wanted }: Wanted): Promise<Part[]> {
  const group = wanted[0]?.collectionGroup;
  const root = `https://firestore.googleapis.com/v1/projects/${projectId}/databases/${database}/collectionGroups/${group}/indexes`;
  const existing: unknown[] = [];
  let token = "";
  do {
    const { status, body } = await api(`${root}?pageSize=200${token && `&pageToken=${encodeURIComponent(token)}`}`);
    requireOk(status, body);
    const some = get(body, "indexes");
    existing.push(...(Array.isArray(some) ? some : []));
    token = String(get(body, "nextPageToken") ?? "");
  } while (token !== "");
  const stateOf = (index: Index): unknown =>
    get(
      existing.find((one) => keyOf(one) === keyOf(index)),
      "state",
    );
  const parts = wanted.map((index): Part => {
    const name = `index ${index.fields.map(({ fieldPath, order }) => (order === "DESCENDING" ? `${fieldPath} desc` : fieldPath)).join(", ")}`;
    const state = stateOf(index);
    if (state === "READY") return ok(name, "ready");
    if (state === "CREATING") return { name, state: "building", found: "being built, wait some minutes", mend: [] };
    return missing(name, state === undefined ? "does not exist" : String(state), [
      createIndex(projectId, database, index),
    ]);
  });
  const ready = parts.filter(({ state }) => state === "ok");
  return [
    ...(ready.length > 0 ? [ok("indexes", `${ready.length} of ${parts.length} ready`)] : []),
    ...parts.filter(({ state }) => state !== "ok"),
  ];
}

/** What makes two indexes the same. Firestore adds the document's name at the end. */
function keyOf(index: unknown): string {
  const fields = get(index, "fields");
  const own = (Array.isArray(fields) ? fields : []).filter((field) => get(field, "fieldPath") !== "__name__");
  return JSON.stringify([
    get(index, "queryScope"),
    ...own.map((field) => [String(get(field, "fieldPath")).replaceAll("`", ""), get(field, "order")]),
  ]);
}

function createIndex(projectId: string, database: string, { collectionGroup, queryScope, fields }: Index): string {
  const configs = fields.map(
    ({ fieldPath, order }) => `--field-config=field-path=${fieldPath},order=${order.toLowerCase()}`,
  );
  return `gcloud firestore indexes composite create --project=${projectId} --database="${database}" --collection-group=${collectionGroup} --query-scope=${queryScope.toLowerCase().replace("_", "-")} ${configs.join(" ")}`;
}

async function webApp(api: Api, { projectId }: Wanted): Promise<Part> {
  const name = "web app";
  const { status, body } = await api(`https://firebase.googleapis.com/v1beta1/projects/${projectId}/webApps`);
  if (status === 404)
    return missing(name, "Firebase has not been added to the project", [
      `npx firebase-tools projects:addfirebase ${projectId}`,
    ]);
  if (isDisabled(body))
    return missing(name, "the API is not enabled", [
      `gcloud services enable firebase.googleapis.com --project ${projectId}`,
    ]);
  requireOk(status, body);
  const apps = get(body, "apps");
  return Array.isArray(apps) && apps.length > 0
    ? ok(name, String(get(apps[0], "displayName") ?? get(apps[0], "appId")))
    : missing(name, "there is none", [`npx firebase-tools apps:create WEB dashboard --project ${projectId}`]);
}

async function signIn(api: Api, { projectId }: Wanted): Promise<Part> {
  const name = "sign-in with Google";
  const { status, body } = await api(
    `https://identitytoolkit.googleapis.com/admin/v2/projects/${projectId}/defaultSupportedIdpConfigs/google.com`,
  );
  const enable = [`https://console.firebase.google.com/project/${projectId}/authentication/providers`];
  if (status === 404 || isDisabled(body)) return missing(name, "is not set up", enable);
  requireOk(status, body);
  return get(body, "enabled") === true ? ok(name, "enabled") : missing(name, "is not enabled", enable);
}

/** Accounts that are looked through for one with a claim. */
const ACCOUNTS = 500;

async function claim(api: Api, { projectId, account }: Wanted): Promise<Part> {
  const name = account === undefined ? "accounts with a claim" : `claim of ${printable(account)}`;
  const root = `https://identitytoolkit.googleapis.com/v1/projects/${projectId}/accounts`;
  const { status, body } = await (account === undefined
    ? api(`${root}:query`, { returnUserInfo: true, limit: String(ACCOUNTS) })
    : api(`${root}:lookup`, { email: [account] }));
  const users = get(body, account === undefined ? "userInfo" : "users");
  const all = status < 400 && Array.isArray(users) ? users : [];
  if (status >= 400 && status !== 404 && get(body, "error", "message") !== "CONFIGURATION_NOT_FOUND")
    requireOk(status, body);
  const claims = all.map((user) => claimOf(get(user, "customAttributes")));
  const [id] = all.map((user) => String(get(user, "localId")));
  if (account !== undefined) {
    if (id === undefined)
      return missing(name, "no such account: sign in on the page once", [`https://${projectId}.web.app/`]);
    return claims[0] === undefined
      ? missing(name, "it has none", [grant(projectId, id)])
      : ok(name, `reviews: "${claims[0]}"`);
  }
  const readers = claims.filter((one) => one !== undefined).length;
  if (readers > 0) return ok(name, `${readers}, ${claims.filter((one) => one === "write").length} of them may write`);
  return missing(
    name,
    all.length === 0 ? "nobody has signed in yet: sign in on the page, then grant the claim" : "none",
    [grant(projectId, "THE-ID-THAT-THE-PAGE-SHOWS")],
  );
}

function claimOf(attributes: unknown): "read" | "write" | undefined {
  try {
    const { reviews } = Object(JSON.parse(String(attributes)));
    return reviews === "read" || reviews === "write" ? reviews : undefined;
  } catch {
    return undefined;
  }
}

function grant(projectId: string, id: string): string {
  return `curl -X POST "https://identitytoolkit.googleapis.com/v1/projects/${projectId}/accounts:update" -H "Authorization: Bearer $(gcloud auth print-access-token)" -H "x-goog-user-project: ${projectId}" -H "Content-Type: application/json" -d '{"localId":"${id}","customAttributes":"{\\"reviews\\":\\"write\\"}"}'`;
}

async function page(api: Api, { projectId, collection, resultField }: Wanted): Promise<Part> {
  const name = "page";
  const mend = [`npx firebase-tools deploy --only hosting --project ${projectId}`];
  const { status, body } = await api(`https://${projectId}.web.app/settings.json`);
  if (status !== 200 || body === undefined)
    return missing(name, `https://${projectId}.web.app/ does not serve it`, mend);
  const where = "path" in collection ? ["collection", collection.path] : ["collectionGroup", collection.group];
  const wrong = [where as [string, string], ["resultField", resultField] as const].find(
    ([field, value]) => get(body, field) !== value,
  );
  if (wrong === undefined) return ok(name, `https://${projectId}.web.app/`);
  return missing(name, `its settings.json does not have "${wrong[0]}": "${wrong[1]}"`, [
    "edit dashboard/public/settings.json",
    ...mend,
  ]);
}

const NAMES = new Map<unknown, string>([
  [database, "Firestore database"],
  [rules, "security rules"],
  [indexes, "indexes"],
  [webApp, "web app"],
  [signIn, "sign-in with Google"],
  [claim, "accounts with a claim"],
  [page, "page"],
]);

function ok(name: string, found: string): Part {
  return { name, state: "ok", found, mend: [] };
}

function missing(name: string, found: string, mend: string[]): Part {
  return { name, state: "missing", found, mend };
}

/** @throws {Error} that says what the API has answered */
function requireOk(status: number, body: unknown): void {
  if (status >= 400) throw new Error(`could not be asked: ${get(body, "error", "message") ?? `status ${status}`}`);
}

function isDisabled(body: unknown): boolean {
  return JSON.stringify(body ?? null).includes("SERVICE_DISABLED");
}

/** A nested value of an answer, or `undefined`. */
function get(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, key) => Object(inner)[key], value);
}
