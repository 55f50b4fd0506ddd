import { readFile } from "node:fs/promises";
import { beforeEach, expect, test } from "vitest";
import { indexesOf } from "../../dashboard/src/indexes.ts";
import { type Answer, checkParts, describeParts, type Part, type Wanted } from "../../worker/cli/dashboard-check.ts";

const RULES = await readFile(new URL("../../firestore.rules", import.meta.url), "utf8");
const INDEXES = indexesOf({ collection: "reviews", resultField: "sentiment" });
const WANTED: Wanted = {
  projectId: "my-shop-123",
  database: "(default)",
  collection: { path: "reviews" },
  resultField: "sentiment",
  rules: RULES,
  indexes: INDEXES,
};

/** What Google's APIs answer, by a part of the address; as they do for a project that has everything. */
let answers: Record<string, Answer>;

beforeEach(() => {
  const ready = INDEXES.map(({ queryScope, fields }) => ({
    queryScope,
    fields: [...fields, { fieldPath: "__name__", order: fields.at(-1)?.order }],
    state: "READY",
  }));
  const source = { files: [{ name: "firestore.rules", content: `// Ours\n${RULES}` }] };
  const user = { localId: "u1", customAttributes: '{"reviews":"write"}' };
  answers = {
    "releases/cloud.firestore": ok({ rulesetName: "projects/my-shop-123/rulesets/r1" }),
    "rulesets/r1": ok({ source }),
    "indexes?pageSize=200&pageToken=next": ok({ indexes: ready.slice(3) }),
    "indexes?pageSize=200": ok({ indexes: ready.slice(0, 3), nextPageToken: "next" }),
    "databases/(default)": ok({ name: "…" }),
    webApps: ok({ apps: [{ displayName: "dashboard" }] }),
    "google.com": ok({ enabled: true }),
    "accounts:query": ok({ userInfo: [user, { localId: "u2" }] }),
    "accounts:lookup": ok({ users: [user] }),
    "web.app/settings.json": ok({ collection: "reviews", resultField: "sentiment" }),
  };
});

function ok(body: unknown): Answer {
  return { status: 200, body };
}

const notFound: Answer = { status: 404, body: { error: { message: "NOT_FOUND" } } };

async function check(wanted: Partial<Wanted> = {}): Promise<Part[]> {
  const api = async (url: string): Promise<Answer> => {
    const found = Object.entries(answers).find(([part]) => url.endsWith(part));
    if (found === undefined) throw new Error(`unexpected: ${url}`);
    return found[1];
  };
  return checkParts(api, { ...WANTED, ...wanted });
}

const wrong = async (wanted: Partial<Wanted> = {}): Promise<Part[]> =>
  (await check(wanted)).filter(({ state }) => state !== "ok");

test("prints the address of the page if nothing is missing", async () => {
  expect(await wrong()).toEqual([]);
  expect(describeParts("my-shop-123", await check())).toMatch(/has everything: https:\/\/my-shop-123\.web\.app\//);
});

test("rules of other collections may stand beside ours", async () => {
  const others = RULES.replace(
    "    // Reviews in",
    "    match /orders/{order} { allow read: if true; }\n    // Reviews in",
  );
  answers["rulesets/r1"] = ok({ source: { files: [{ content: others }] } });
  expect(await wrong()).toEqual([]);
  answers["rulesets/r1"] = ok({
    source: { files: [{ content: others.replace("== request.time", "!= request.time") }] },
  });
  expect(await wrong()).toMatchObject([{ name: "security rules", state: "missing" }]);
});

test("a missing index comes with the command that creates it, one that is being built without", async () => {
  answers["indexes?pageSize=200&pageToken=next"] = ok({ indexes: [] });
  const [first] = INDEXES;
  answers["indexes?pageSize=200"] = ok({ indexes: [{ ...first, state: "CREATING" }] });
  const parts = await wrong();
  expect(parts).toHaveLength(INDEXES.length);
  expect(parts[0]).toMatchObject({ state: "building", mend: [] });
  expect(parts.at(-1)?.mend).toEqual([
    'gcloud firestore indexes composite create --project=my-shop-123 --database="(default)" --collection-group=reviews --query-scope=collection --field-config=field-path=triage.label,order=ascending --field-config=field-path=sentiment.classifiedAt,order=descending',
  ]);
});

test.each([
  ["databases/(default)", notFound, "Firestore database", /gcloud firestore databases create/],
  ["releases/cloud.firestore", notFound, "security rules", /deploy --only firestore:rules/],
  ["webApps", notFound, "web app", /projects:addfirebase/],
  ["webApps", ok({}), "web app", /apps:create WEB/],
  ["google.com", ok({ enabled: false }), "sign-in with Google", /authentication\/providers/],
  ["accounts:query", ok({ userInfo: [{ localId: "u2" }] }), "accounts with a claim", /accounts:update/],
  ["web.app/settings.json", notFound, "page", /deploy --only hosting/],
  ["web.app/settings.json", ok({ collection: "feedback" }), "page", /edit dashboard\/public\/settings\.json/],
] as const)("what mends %s is printed", async (url, answer, name, mend) => {
  answers[url] = answer;
  const [part, ...others] = await wrong();
  expect(others).toEqual([]);
  expect(part).toMatchObject({ name, state: "missing" });
  expect(part?.mend.join("\n")).toMatch(mend);
});

test("an account is looked up by its e-mail, and its own id is in the command that gives it the claim", async () => {
  const account = "ann@example.com";
  expect(await wrong({ account })).toEqual([]);
  answers["accounts:lookup"] = ok({ users: [{ localId: "u7", customAttributes: '{"reviews":"none"}' }] });
  expect((await wrong({ account }))[0]?.mend.join()).toMatch(/"localId":"u7"/);
  answers["accounts:lookup"] = ok({});
  expect(await wrong({ account })).toMatchObject([{ found: expect.stringContaining("sign in on the page") }]);
});

test("what cannot be asked about is not called missing", async () => {
  answers.webApps = { status: 403, body: { error: { message: "The caller does not have permission" } } };
  expect(await wrong()).toMatchObject([
    { name: "web app", state: "unknown", found: "could not be asked: The caller does not have permission" },
  ]);
});
