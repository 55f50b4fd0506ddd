/** `dashboard --check`: what a deployed dashboard needs in its project, and the command that mends each missing part. */
import { readFile } from "node:fs/promises";
import {
  authorised,
  enableCommand,
  type GoogleApi,
  GoogleApiError,
  googleApi,
} from "../../shared/backends/google-api.ts";
import { InputError } from "../../shared/input-error.ts";
import type { Config } from "../config.ts";
import { indexKey, listIndexes } from "../doctor/indexes.ts";
import { createDatabase } from "../doctor/store-checks.ts";
import { readModel } from "./backend.ts";
import { type PageFields, pageSettings, readRules } from "./dashboard-server.ts";
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

/** What a page serves, parsed; `undefined` if it does not serve it. */
export type ReadPage = (url: string) => Promise<unknown>;

export interface Wanted {
  projectId: string;
  /** The site of Firebase Hosting. */
  site: string;
  database: string;
  /** The settings that the page should have, of those that this check compares. */
  settings: { [Name in (typeof COMPARED)[number]]?: string | readonly string[] | undefined };
  /** The rules that the project should have. */
  rules: string;
  indexes: readonly WantedIndex[];
  /** The account that has to be able to read; without it, any will do. */
  account?: string | undefined;
}

interface WantedIndex {
  collectionGroup: string;
  queryScope: string;
  fields: { fieldPath: string; order: string }[];
}

interface CheckOptions extends PageFields {
  account?: string;
  json?: boolean;
}

const FIREBASE = new URL("../../firebase.json", import.meta.url);
const INDEXES = new URL("../../dashboard/src/indexes.ts", import.meta.url);

/** Prints all parts. Exits 1 if one is missing. */
export async function checkDashboard(config: Config, { account, json, ...fields }: CheckOptions): Promise<void> {
  if (process.env.FIRESTORE_EMULATOR_HOST)
    throw new InputError("--check is about a project on Google Cloud: unset FIRESTORE_EMULATOR_HOST");
  await preflight(config);
  const projectId = config.GOOGLE_CLOUD_PROJECT ?? (await defaultProject());
  const api = googleApi({}, authorised(projectId));
  const settings = pageSettings(config, (await readModel(config)).labels, fields);
  const { hosting } = JSON.parse(await readFile(FIREBASE, "utf8")) as { hosting: { site?: string } };
  const site = hosting.site ?? projectId;
  const { indexesOf } = (await import(INDEXES.href)) as { indexesOf(settings: object): WantedIndex[] };
  const parts = await checkParts(api, readPage, {
    projectId,
    site,
    database: config.FIRESTORE_DATABASE,
    settings,
    rules: await readRules(config),
    indexes: indexesOf(settings),
    account,
  });
  console.log(json ? JSON.stringify({ project: projectId, parts }) : describeParts({ projectId, site }, parts));
  if (parts.some(({ state }) => state !== "ok")) process.exitCode = 1;
}

async function defaultProject(): Promise<string> {
  const { GoogleAuth } = await import("google-auth-library");
  return new GoogleAuth().getProjectId();
}

const readPage: ReadPage = async (url) => {
  const response = await fetch(url, { signal: AbortSignal.timeout(20_000) });
  return response.ok ? response.json().catch(() => undefined) : undefined;
};

/** What a check has found about its part. A list is of several parts with names of their own. */
type Found = Omit<Part, "name"> | Part[];

/** Asks for all parts at once. A part that cannot be asked about is `unknown`. */
export async function checkParts(api: GoogleApi, readPage: ReadPage, wanted: Wanted): Promise<Part[]> {
  const { account, projectId } = wanted;
  const checks: [name: string, found: Promise<Found>][] = [
    ["Firestore database", database(api, wanted)],
    ["security rules", rules(api, wanted)],
    ["indexes", indexes(api, wanted)],
    ["web app", webApp(api, wanted)],
    ["sign-in with Google", signIn(api, wanted)],
    account === undefined
      ? ["accounts with a claim", claims(api, wanted)]
      : [`claim of ${printable(account)}`, claimOf(account, api, wanted)],
    ["page", servedPage(readPage, wanted)],
  ];
  const parts = await Promise.all(
    checks.map(async ([name, check]) => {
      const found = await check.catch((error: unknown) => notAnswered(error, projectId));
      return Array.isArray(found) ? found : [{ name, ...found }];
    }),
  );
  return parts.flat();
}

function notAnswered(error: unknown, projectId: string): Found {
  if (error instanceof GoogleApiError && error.isApiDisabled)
    return missing("the API is not enabled", [enableCommand(error.service, projectId)]);
  return { state: "unknown", found: `could not be asked: ${(error as Error).message}`, mend: [] };
}

export function describeParts({ projectId, site }: Pick<Wanted, "projectId" | "site">, parts: readonly Part[]): string {
  const MARKS = {
    ok: paintSuccess("ok      "),
    missing: paintError("missing "),
    building: "building",
    unknown: "unknown ",
  };
  const lines = parts.flatMap(({ name, state, found, mend }) => [
    `${MARKS[state]}  ${name}: ${printable(found)}`,
    ...mend.map((command) => paintFaint(`            ${printable(command)}`)),
  ]);
  const count = (...states: Part["state"][]): number => parts.filter(({ state }) => states.includes(state)).length;
  const [wrong, building, unknown] = [count("missing"), count("building"), count("unknown")];
  const open = [
    ...(wrong > 0 ? [`${wrong} missing or wrong`] : []),
    ...(building > 0 ? [`${building} being built`] : []),
    ...(unknown > 0 ? [`${unknown} could not be checked`] : []),
  ];
  const next = wrong > 0 ? "Run the commands above, then check again." : "Check again later.";
  return [
    ...lines,
    "",
    open.length === 0
      ? `The dashboard of ${projectId} has everything: ${pageUrl(site)}`
      : `${open.join(", ")}. ${next}`,
  ].join("\n");
}

function pageUrl(site: string): string {
  return `https://${site}.web.app/`;
}

/** @returns `undefined` if there is no such thing */
async function existing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof GoogleApiError && error.status === 404) return undefined;
    throw error;
  }
}

async function database(api: GoogleApi, { projectId, database: id }: Wanted): Promise<Found> {
  const found = await existing(api.get<{ type?: string }>("firestore", `v1/projects/${projectId}/databases/${id}`));
  if (found === undefined) return missing(`${id} does not exist`, [createDatabase(projectId, id)]);
  if (found.type === "DATASTORE_MODE")
    return missing(`${id} is in Datastore mode, which a browser cannot read: set FIRESTORE_DATABASE to another`, [
      createDatabase(projectId, "reviews"),
    ]);
  return ok(id);
}

/** https://firebase.google.com/docs/reference/rules/rest */
async function rules(api: GoogleApi, { projectId, database, rules: ours }: Wanted): Promise<Found> {
  const release = database === "(default)" ? "cloud.firestore" : `cloud.firestore/${database}`;
  const mend = [
    `npx firebase-tools deploy --only firestore:rules --project ${projectId}    # replaces the project's rules: merge first`,
  ];
  const released = await existing(
    api.get<{ rulesetName: string }>("firebaserules", `v1/projects/${projectId}/releases/${release}`),
  );
  if (released === undefined) return missing("the project has none", mend);
  const { source } = await api.get<{ source?: { files?: { content?: string }[] } }>(
    "firebaserules",
    `v1/${released.rulesetName}`,
  );
  const deployed = essence((source?.files ?? []).map(({ content = "" }) => content).join("\n"));
  if (deployed === essence(ours)) return ok("as in firestore.rules");
  // Rules of a project with other collections contain ours.
  const block = essence(ours).match(/(?<=\/documents\{).*(?=\}\}$)/)?.[0];
  if (block !== undefined && deployed.includes(block)) return ok("contain those of firestore.rules, beside others");
  return missing("differ from firestore.rules", mend);
}

/** Rules without comments and white space. */
function essence(rules: string): string {
  return rules.replace(/\/\/.*$/gm, "").replace(/\s+/g, "");
}

async function indexes(api: GoogleApi, { projectId, database, indexes: wanted }: Wanted): Promise<Found> {
  const group = `projects/${projectId}/databases/${database}/collectionGroups/${wanted[0]?.collectionGroup}`;
  const states = new Map((await listIndexes(api, group)).map((index) => [indexKey(index), index.state]));
  const parts = wanted.map((index): Part => {
    const fields = index.fields.map(({ fieldPath, order }) =>
      order === "DESCENDING" ? `${fieldPath} desc` : fieldPath,
    );
    const name = `index ${fields.join(", ")}`;
    const state = states.get(indexKey(index));
    if (state === "READY") return { name, ...ok("ready") };
    if (state === "CREATING") return { name, state: "building", found: "this takes some minutes", mend: [] };
    return { name, ...missing(state ?? "does not exist", [createIndex(projectId, database, index)]) };
  });
  const wrong = parts.filter(({ state }) => state !== "ok");
  const ready = parts.length - wrong.length;
  return [...(ready > 0 ? [{ name: "indexes", ...ok(`${ready} of ${parts.length} ready`) }] : []), ...wrong];
}

function createIndex(
  projectId: string,
  database: string,
  { collectionGroup, queryScope, fields }: WantedIndex,
): string {
  const configs = fields.map(
    ({ fieldPath, order }) => `--field-config=field-path=${fieldPath},order=${order.toLowerCase()}`,
  );
  return `gcloud firestore indexes composite create --project=${projectId} --database="${database}" --collection-group=${collectionGroup} --query-scope=${queryScope.toLowerCase().replace("_", "-")} ${configs.join(" ")}`;
}

/** https://firebase.google.com/docs/reference/firebase-management/rest/v1beta1/projects.webApps/list */
async function webApp(api: GoogleApi, { projectId }: Wanted): Promise<Found> {
  const found = await existing(
    api.get<{ apps?: { displayName?: string; appId?: string }[] }>("firebase", `v1beta1/projects/${projectId}/webApps`),
  );
  if (found === undefined)
    return missing("Firebase has not been added to the project", [
      `npx firebase-tools projects:addfirebase ${projectId}`,
    ]);
  const [app] = found.apps ?? [];
  return app === undefined
    ? missing("there is none", [`npx firebase-tools apps:create WEB dashboard --project ${projectId}`])
    : ok(app.displayName ?? app.appId ?? "");
}

/** https://cloud.google.com/identity-platform/docs/reference/rest/v2/projects.defaultSupportedIdpConfigs */
async function signIn(api: GoogleApi, { projectId }: Wanted): Promise<Found> {
  const found = await existing(
    api.get<{ enabled?: boolean }>(
      "identitytoolkit",
      `admin/v2/projects/${projectId}/defaultSupportedIdpConfigs/google.com`,
    ),
  );
  if (found?.enabled) return ok("enabled");
  return missing(found === undefined ? "is not set up" : "is not enabled", [
    `https://console.firebase.google.com/project/${projectId}/authentication/providers`,
  ]);
}

/** https://cloud.google.com/identity-platform/docs/reference/rest/v1/UserInfo */
interface User {
  localId: string;
  customAttributes?: string;
}

/** Maximum number of accounts that are searched for a claim. */
const ACCOUNTS = 500;

async function claims(api: GoogleApi, { projectId }: Wanted): Promise<Found> {
  const all = await users(api, projectId, "query", { returnUserInfo: true, limit: String(ACCOUNTS) });
  const found = all.map(claim).filter((one) => one !== undefined);
  const writers = found.filter((one) => one === "write").length;
  if (found.length > 0) return ok(`${found.length} may read, ${writers} of them may also record decisions`);
  const none =
    all.length === 0
      ? "nobody has signed in yet: sign in on the page, then give that account the claim"
      : all.length < ACCOUNTS
        ? "no account has the claim"
        : `none of the first ${ACCOUNTS} accounts has the claim; check one with --account`;
  return missing(none, [grant(projectId, "THE-ID-THAT-THE-PAGE-SHOWS")]);
}

async function claimOf(account: string, api: GoogleApi, { projectId, site }: Wanted): Promise<Found> {
  const [user] = await users(api, projectId, "lookup", { email: [account] });
  if (user === undefined) return missing("no such account: sign in on the page once", [pageUrl(site)]);
  const found = claim(user);
  return found === undefined
    ? missing("the account has no claim", [grant(projectId, user.localId)])
    : ok(`reviews: "${found}"`);
}

/** @returns no account if the project has no sign-in */
async function users(api: GoogleApi, projectId: string, method: "query" | "lookup", body: object): Promise<User[]> {
  try {
    const answer = await existing(
      api.post<{ users?: User[]; userInfo?: User[] }>(
        "identitytoolkit",
        `v1/projects/${projectId}/accounts:${method}`,
        body,
      ),
    );
    return answer?.users ?? answer?.userInfo ?? [];
  } catch (error) {
    if ((error as Error).message === "CONFIGURATION_NOT_FOUND") return [];
    throw error;
  }
}

function claim({ customAttributes }: User): "read" | "write" | undefined {
  try {
    const { reviews } = Object(JSON.parse(String(customAttributes)));
    return reviews === "read" || reviews === "write" ? reviews : undefined;
  } catch {
    return undefined;
  }
}

function grant(projectId: string, id: string): string {
  return `curl -X POST "https://identitytoolkit.googleapis.com/v1/projects/${projectId}/accounts:update" -H "Authorization: Bearer $(gcloud auth print-access-token)" -H "x-goog-user-project: ${projectId}" -H "Content-Type: application/json" -d '{"localId":"${id}","customAttributes":"{\\"reviews\\":\\"write\\"}"}'`;
}

/** The page's settings that follow from the worker's; {@link OPTIONS} are given to a command, the others by its environment. */
const COMPARED = [
  "collection",
  "collectionGroup",
  "textField",
  "resultField",
  "database",
  "createdField",
  "ratingField",
  "groupField",
  "labels",
  "negative",
] as const;
const OPTIONS = { createdField: "--created-field", ratingField: "--rating-field", groupField: "--group-field" };

async function servedPage(readPage: ReadPage, { projectId, site, settings: expected }: Wanted): Promise<Found> {
  const url = pageUrl(site);
  const deploy = `npx firebase-tools deploy --only hosting --project ${projectId}`;
  const served = await readPage(`${url}settings.json`);
  if (served === undefined) return missing(`${url} does not serve it`, [deploy]);
  const actual: typeof expected = Object(served);
  const wrong = COMPARED.filter((name) => comparable(actual[name]) !== comparable(expected[name]));
  if (wrong.length === 0) return ok(url);
  // Fields that the page uses but this command was not given: their indexes have not been checked.
  const unchecked = wrong.flatMap((name) =>
    name in OPTIONS && expected[name] === undefined ? [`${OPTIONS[name as keyof typeof OPTIONS]} ${actual[name]}`] : [],
  );
  if (unchecked.length === wrong.length)
    return missing("its settings.json names fields whose indexes were not checked", [
      `npm run dashboard -- --check --project ${projectId} ${unchecked.join(" ")}`,
    ]);
  const differences = wrong.map(
    (name) =>
      `"${name}" is ${JSON.stringify(actual[name]) ?? "absent"}, not ${JSON.stringify(expected[name]) ?? "absent"}`,
  );
  return missing(`its settings.json differs from this command's settings: ${differences.join("; ")}`, [
    "edit dashboard/public/settings.json",
    deploy,
  ]);
}

/** The order of labels is a matter of taste. */
function comparable(value: unknown): string | undefined {
  return JSON.stringify(Array.isArray(value) ? value.toSorted() : value);
}

function ok(found: string): Omit<Part, "name"> {
  return { state: "ok", found, mend: [] };
}

function missing(found: string, mend: string[]): Omit<Part, "name"> {
  return { state: "missing", found, mend };
}
