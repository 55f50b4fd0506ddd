import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { indexesOf } from "../../dashboard/src/indexes.ts";
import { type GoogleApi, type GoogleService, googleApi } from "../../shared/backends/google-api.ts";
import { checkParts, describeParts, type Part, type Wanted } from "../../worker/cli/dashboard-check.ts";
import { indexKey, listIndexes } from "../../worker/doctor/indexes.ts";
import { disabled, GoogleApis, notFound, PROJECT, refusal } from "../google-apis.ts";

const RULES = await readFile(new URL("../../firestore.rules", import.meta.url), "utf8");
const INDEXES = indexesOf({ collection: "reviews", resultField: "sentiment" });
const WANTED: Wanted = {
  projectId: PROJECT,
  site: PROJECT,
  database: "(default)",
  settings: {
    ...{ collection: "reviews", textField: "text", resultField: "sentiment", database: "(default)" },
    ...{ labels: ["NEGATIVE", "POSITIVE"], negative: "NEGATIVE" },
  },
  rules: RULES,
  indexes: INDEXES,
};

const AT = {
  database: `GET firestore/v1/projects/${PROJECT}/databases/(default)`,
  indexes: `GET firestore/v1/projects/${PROJECT}/databases/(default)/collectionGroups/reviews/indexes`,
  release: `GET firebaserules/v1/projects/${PROJECT}/releases/cloud.firestore`,
  ruleset: `GET firebaserules/v1/projects/${PROJECT}/rulesets/r1`,
  webApps: `GET firebase/v1beta1/projects/${PROJECT}/webApps`,
  signIn: `GET identitytoolkit/admin/v2/projects/${PROJECT}/defaultSupportedIdpConfigs/google.com`,
  query: `POST identitytoolkit/v1/projects/${PROJECT}/accounts:query`,
  lookup: `POST identitytoolkit/v1/projects/${PROJECT}/accounts:lookup`,
};

let apis: GoogleApis;
/** What the page serves as `settings.json`. */
let settings: unknown;

beforeAll(async () => {
  apis = await GoogleApis.start();
});
afterAll(() => apis.stop());
beforeEach(() => {
  apis.reset();
  settings = { ...WANTED.settings, labels: ["POSITIVE", "NEGATIVE"] };
  const source = { files: [{ name: "firestore.rules", content: `// Ours\n${RULES}` }] };
  const user = { localId: "u1", customAttributes: '{"reviews":"write"}' };
  Object.assign(apis.answers, {
    [AT.release]: ok({ rulesetName: `projects/${PROJECT}/rulesets/r1` }),
    [AT.ruleset]: ok({ source }),
    [AT.webApps]: ok({ apps: [{ displayName: "dashboard" }] }),
    [AT.signIn]: ok({ enabled: true }),
    [AT.query]: ok({ userInfo: [user, { localId: "u2" }] }),
    [AT.lookup]: ok({ users: [user] }),
  });
});

function ok(body: unknown) {
  return { body };
}

async function check(wanted: Partial<Wanted> = {}): Promise<Part[]> {
  const readPage = async (url: string): Promise<unknown> => {
    expect(url).toBe(`https://${wanted.site ?? PROJECT}.web.app/settings.json`);
    return settings;
  };
  return checkParts(googleApi(apis.hosts), readPage, { ...WANTED, ...wanted });
}

const wrong = async (wanted: Partial<Wanted> = {}): Promise<Part[]> =>
  (await check(wanted)).filter(({ state }) => state !== "ok");

test("prints the address of the page if nothing is missing", async () => {
  expect(await wrong()).toEqual([]);
  const site = "my-reviews";
  expect(await wrong({ site })).toEqual([]);
  expect(describeParts({ ...WANTED, site }, [])).toMatch(
    /of my-shop-123 has everything: https:\/\/my-reviews\.web\.app\//,
  );
});

test("the rules may also cover other collections", async () => {
  const others = RULES.replace(
    "    // Reviews in",
    "    match /orders/{order} { allow read: if true; }\n    // Reviews in",
  );
  apis.answers[AT.ruleset] = ok({ source: { files: [{ content: others }] } });
  expect(await wrong()).toEqual([]);
  apis.answers[AT.ruleset] = ok({
    source: { files: [{ content: others.replace("== request.time", "!= request.time") }] },
  });
  expect(await wrong()).toMatchObject([{ name: "security rules", state: "missing" }]);
});

test("prints the command that creates a missing index, but none for an index that is being built", async () => {
  const [first] = INDEXES;
  apis.answers[AT.indexes] = ok({ indexes: [{ ...first, state: "CREATING" }] });
  const parts = await wrong();
  expect(parts).toHaveLength(INDEXES.length);
  expect(parts[0]).toMatchObject({ state: "building", mend: [] });
  expect(parts.at(-1)?.mend).toEqual([
    'gcloud firestore indexes composite create --project=my-shop-123 --database="(default)" --collection-group=reviews --query-scope=collection --field-config=field-path=triage.label,order=ascending --field-config=field-path=sentiment.classifiedAt,order=descending',
  ]);
});

test.each([
  ["a database", AT.database, notFound, "Firestore database", /gcloud firestore databases create/],
  ["a native database", AT.database, ok({ type: "DATASTORE_MODE" }), "Firestore database", /databases create/],
  ["rules", AT.release, notFound, "security rules", /deploy --only firestore:rules/],
  ["Firebase", AT.webApps, notFound, "web app", /projects:addfirebase/],
  ["a web app", AT.webApps, ok({}), "web app", /apps:create WEB/],
  ["the API of Firebase", AT.webApps, disabled("firebase"), "web app", /services enable firebase.googleapis.com/],
  ["sign-in", AT.signIn, notFound, "sign-in with Google", /authentication\/providers/],
  ["enabled sign-in", AT.signIn, ok({ enabled: false }), "sign-in with Google", /authentication\/providers/],
  ["a claim", AT.query, ok({ userInfo: [{ localId: "u2" }] }), "accounts with a claim", /accounts:update/],
  [
    "accounts",
    AT.query,
    refusal(400, "INVALID_ARGUMENT", "CONFIGURATION_NOT_FOUND"),
    "accounts with a claim",
    /accounts:update/,
  ],
] as const)("without %s, prints how to fix it", async (_, at, answer, name, mend) => {
  apis.answers[at] = answer;
  const [part, ...others] = await wrong();
  expect(others).toEqual([]);
  expect(part).toMatchObject({ name, state: "missing" });
  expect(part?.mend.join("\n")).toMatch(mend);
});

test.each([
  [undefined, /deploy --only hosting/],
  [{ ...WANTED.settings, collection: "feedback" }, /edit dashboard\/public\/settings\.json/],
  [{ ...WANTED.settings, labels: ["NEGATIVE", "NEUTRAL", "POSITIVE"] }, /edit dashboard\/public\/settings\.json/],
  [{ ...WANTED.settings, textField: "body", createdField: "createdAt" }, /edit dashboard\/public\/settings\.json/],
  [{ ...WANTED.settings, createdField: "createdAt" }, /--check --project my-shop-123 --created-field createdAt$/],
])("compares the page's settings with the worker's: %o", async (served, mend) => {
  settings = served;
  const [part] = await wrong();
  expect(part).toMatchObject({ name: "page", state: "missing" });
  expect(part?.mend.join("\n")).toMatch(mend);
});

test("says that it has not checked every account, and counts the rest by kind", async () => {
  apis.answers[AT.query] = ok({ userInfo: Array.from({ length: 500 }, (_, i) => ({ localId: `u${i}` })) });
  apis.answers[AT.webApps] = refusal(403, "PERMISSION_DENIED", "The caller does not have permission");
  apis.answers[AT.indexes] = ok({ indexes: INDEXES.map((index) => ({ ...index, state: "CREATING" })) });
  const parts = await check();
  expect(parts.find(({ name }) => name === "accounts with a claim")?.found).toContain("none of the first 500 accounts");
  expect(describeParts(WANTED, parts)).toMatch(
    /^1 missing or wrong, 10 being built, 1 could not be checked\. Run the commands above, then check again\.$/m,
  );
});

test("an account is looked up by its e-mail, and its own id is in the command that gives it the claim", async () => {
  const account = "ann@example.com";
  expect(await wrong({ account })).toEqual([]);
  apis.answers[AT.lookup] = ok({ users: [{ localId: "u7", customAttributes: '{"reviews":"none"}' }] });
  expect((await wrong({ account }))[0]?.mend.join()).toMatch(/"localId":"u7"/);
  apis.answers[AT.lookup] = ok({});
  expect(await wrong({ account })).toMatchObject([{ found: expect.stringContaining("sign in on the page") }]);
});

test("a part that cannot be checked is not reported as missing", async () => {
  apis.answers[AT.webApps] = refusal(403, "PERMISSION_DENIED", "The caller does not have permission");
  expect(await wrong()).toMatchObject([
    { name: "web app", state: "unknown", found: "could not be asked: The caller does not have permission" },
  ]);
});

test("reads all pages of the list of indexes", async () => {
  const pages: Record<string, object> = {
    "": { indexes: INDEXES.slice(0, 3), nextPageToken: "a+b" },
    "a+b": { indexes: INDEXES.slice(3) },
  };
  const get = async (_: GoogleService, path: string) =>
    pages[new URL(path, "http://x").searchParams.get("pageToken") ?? ""];
  const listed = await listIndexes({ get } as GoogleApi, "projects/p/databases/d/collectionGroups/reviews");
  expect(listed.map(indexKey)).toEqual(INDEXES.map(indexKey));
});
