/**
 * What the worker prints, at the most verbose log level and on every failure path: never review text, never a
 * credential. Each of those holds the same word here, and the word is looked for in all output of the real process.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { emulatorPubSub } from "../backends.ts";
import { encodeEvent } from "../events.ts";
import { type Emulators, Rig } from "../fault/rig.ts";
import { AUDIENCE, CERTIFICATES, googleToken, PUSHER } from "../google-token.ts";
import { leaks, WORD } from "../leaks.ts";
import { type CliProcess, eventually, listeningAt, logEntries, run } from "../process.ts";

const emulators = inject("emulators");
const KEY = `${WORD}-api-key-0123456789`;
const THREAD_FAULTS = new URL("../fault/thread-faults.mjs", import.meta.url).href;
const GOOGLE_KEYS = new URL("./google-keys.mjs", import.meta.url).href;

function token(claims: Record<string, unknown> = {}): string {
  return googleToken({ sub: WORD, ...claims });
}

/** Waits until messages were nacked or dead-lettered for each of these reasons. */
async function logs(worker: CliProcess, ...reasons: string[]): Promise<void> {
  await eventually(async () => {
    // The last line may not be all there yet.
    const seen = logEntries(worker.stdout.slice(0, worker.stdout.lastIndexOf("\n"))).map(({ reason }) => reason);
    return reasons.every((reason) => seen.includes(reason));
  }, 60_000);
}

it("the word is found in whatever form it is printed", () => {
  for (const before of ["", "a", "ab", "abc"]) {
    const secret = Buffer.from(`${before}${WORD} and more`);
    for (const printed of [secret.toString(), secret.toString("base64"), JSON.stringify(secret, null, 1)])
      expect(leaks(`{"message":"fine"}\n{"data":${printed.replaceAll("\n", "")}}`)).toHaveLength(1);
  }
  expect(leaks('{"message":"fine"}')).toEqual([]);
});

describe.skipIf(emulators === null)(
  "the worker prints neither review text nor credentials",
  { timeout: 120_000 },
  () => {
    let rig: Rig;
    beforeEach(async () => {
      rig = await Rig.start(emulators as Emulators);
    });
    afterEach(() => rig.stop());

    const start = (env: Record<string, string>): Promise<CliProcess> => rig.worker({ LOG_LEVEL: "trace", ...env });
    const put = (id: string, text: unknown, more: Record<string, unknown> = {}): Promise<void> =>
      rig.backend.store.put([{ path: `reviews/${id}`, fields: { text, by: `${WORD} Smith`, ...more } }]);

    async function expectSilence(worker: CliProcess): Promise<void> {
      const { code, stdout, stderr } = await worker.kill("SIGTERM");
      expect(code).toBe(0);
      expect(stdout).toContain("worker stopped");
      expect(leaks(stdout)).toEqual([]);
      expect(leaks(stderr)).toEqual([]);
    }

    it("when the model fails, Firestore refuses, messages are malformed and dead-lettering fails", async () => {
      const worker = await start({ NODE_OPTIONS: `--import ${THREAD_FAULTS}`, FAULT: "throw", FAULT_EVERY: "2" });
      const ids = Array.from({ length: 20 }, (_, i) => `r${i}`);
      for (const id of ids) await put(id, `Wonderful, I love it. ${WORD} ${id}`);
      await put("blank", " ", { more: WORD });
      await put("number", { [WORD]: WORD });
      // So near to the limit of a document that there is no room for a result: Firestore refuses it, and says why.
      await put("full", `I like it. ${WORD}`, { more: WORD.repeat(200_000).slice(0, 1_048_576 - 140) });
      await rig.publish([...ids, "blank", "number", "full", "nowhere"].map((id) => `reviews/${id}`));
      await logs(worker, "inference-failed", "store-failed", "not-written-yet");
      rig.firestore.refusal = { code: 7, message: "injected" };
      rig.firestore.fate = () => "refuse";
      await rig.publish(["reviews/r0"]);
      await eventually(async () => worker.stdout.includes("PERMISSION_DENIED: injected"));

      const junk = [
        WORD,
        `"${WORD}"`,
        `{"path":"reviews/r1","password":"${WORD}"}`,
        `{"path":"reviews/r1","${WORD}":1}`,
        `{"path":"${WORD}"}`,
        `{"path":"${WORD}/1"}`,
        `{"path":"reviews/__${WORD}__"}`,
        `{"path":["${WORD}"]}`,
      ].map((body) => Buffer.from(body));
      const send = (): Promise<unknown> =>
        Promise.all(
          [...junk, Buffer.from(`${WORD}\xff`, "latin1")].map((body) =>
            rig.backend.queue.publish(body, { authorization: `Bearer ${WORD}`, [WORD]: "x" }),
          ),
        );
      await send();
      await logs(worker, "invalid-utf8", "invalid-json", "invalid-message", "path-mismatch", "path-invalid-id");
      const pubsub = emulatorPubSub(rig.options.projectId);
      await pubsub.topic(rig.options.deadLetterTopic).delete();
      await pubsub.close();
      await send();
      await logs(worker, "dead-letter-failed");
      await expectSilence(worker);
    });

    it("when pushes and keys are right, wrong or malformed", async () => {
      const worker = await start({
        DELIVERY: "push",
        PORT: "0",
        PUSH_AUDIENCE: AUDIENCE,
        PUSH_SERVICE_ACCOUNT: PUSHER,
        API_KEYS: KEY,
        ALLOW_LEGACY_GET: "true",
        NODE_OPTIONS: `--import ${GOOGLE_KEYS}`,
        GOOGLE_PUBLIC_KEY: CERTIFICATES.k1,
      });
      const url = listeningAt(worker);
      const text = `Wonderful, I love it. ${WORD}`;
      await put("a", text);
      const push = async (authorization: string, body: unknown): Promise<number> => {
        const data = Buffer.from(typeof body === "string" ? body : JSON.stringify(body)).toString("base64");
        const wrapped = { message: { data, messageId: "7", attributes: { password: WORD } }, subscription: "s" };
        const headers = { "content-type": "application/json", authorization };
        return (await fetch(`${url}/push`, { method: "POST", headers, body: JSON.stringify(wrapped) })).status;
      };
      const good = `Bearer ${token()}`;
      expect(await push(good, { path: "reviews/a" })).toBe(204);
      expect(await push(good, WORD)).toBe(204);
      expect(await push(good, { path: "reviews/nowhere" })).toBe(503);
      for (const bad of [
        WORD,
        `Bearer ${WORD}`,
        `Bearer ${token()}x`,
        `Bearer ${token({ aud: WORD })}`,
        `Basic ${WORD}`,
      ])
        expect(await push(bad, { path: "reviews/a" })).toBe(401);
      expect(await push(`Bearer ${token({ email: `${WORD}@example.com` })}`, { path: "reviews/a" })).toBe(403);

      const event = async (authorization: string, body: Uint8Array, type = "updated"): Promise<number> => {
        const headers = { authorization, "content-type": "application/protobuf", "ce-id": "8", "ce-source": WORD };
        const ce = { "ce-type": `google.cloud.firestore.document.v1.${type}`, "ce-authid": WORD };
        const request = { method: "POST", headers: { ...headers, ...ce }, body: Buffer.from(body) };
        return (await fetch(`${url}/eventarc`, request)).status;
      };
      const name = "projects/p/databases/(default)/documents/reviews/a";
      const value = { name, fields: { text: { stringValue: text }, [WORD]: { stringValue: WORD } } };
      expect(await event(good, encodeEvent({ value, oldValue: { name, fields: {} } }))).toBe(204);
      expect(await event(good, encodeEvent({ value }), WORD)).toBe(400);
      expect(await event(good, encodeEvent({ value: { ...value, name: WORD } }))).toBe(400);
      expect(await event(good, encodeEvent({ value: { ...value, name: name.replace("reviews", WORD) } }))).toBe(204);
      expect(await event(good, Buffer.from(text))).toBe(400);
      expect(await event(`Bearer ${WORD}`, encodeEvent({ value }))).toBe(401);

      const classify = async (headers: Record<string, string>, body: string): Promise<number> => {
        const request = { method: "POST", headers: { "content-type": "application/json", ...headers }, body };
        return (await fetch(`${url}/classify`, request)).status;
      };
      const key = { "x-api-key": KEY };
      expect(await classify(key, JSON.stringify({ text }))).toBe(200);
      expect(await classify({ "x-api-key": `${WORD}-wrong` }, JSON.stringify({ text }))).toBe(401);
      expect(await classify({ authorization: `Bearer ${WORD}` }, JSON.stringify({ text }))).toBe(401);
      expect(await classify(key, `{${WORD}`)).toBe(400);
      expect(await classify(key, JSON.stringify({ [WORD]: text }))).toBe(400);
      expect(await classify(key, JSON.stringify({ text: WORD.repeat(200_000) }))).toBe(413);

      const get = async (query: string): Promise<number> => (await fetch(`${url}/?${query}`)).status;
      const review = encodeURIComponent(text);
      expect(await get(`review=${review}&api_key=${KEY}`)).toBe(200);
      expect(await get(`review=${review}&api_key=${WORD}`)).toBe(401);
      expect(await get(`review=${review}`)).toBe(401);
      expect(await get(`api_key=${KEY}&${WORD}=1`)).toBe(400);
      expect((await fetch(`${url}/${WORD}?api_key=${KEY}`)).status).toBe(404);
      // Headers beyond what Node takes, and no HTTP at all.
      expect((await fetch(`${url}/livez`, { headers: { cookie: WORD.repeat(40_000) } })).status).toBe(431);
      await expectSilence(worker);
    });

    it("when Google's keys are not available to check a push", async () => {
      const worker = await start({
        DELIVERY: "push",
        PORT: "0",
        PUSH_AUDIENCE: AUDIENCE,
        PUSH_SERVICE_ACCOUNT: PUSHER,
        NODE_OPTIONS: `--import ${GOOGLE_KEYS}`,
      });
      const request = { method: "POST", headers: { authorization: `Bearer ${token()}` }, body: WORD };
      const answer = await fetch(`${listeningAt(worker)}/push`, request);
      expect({ status: answer.status, body: await answer.text() }).toEqual({
        status: 500,
        body: '{"error":"internal error"}',
      });
      await expectSilence(worker);
    });
  },
);

it("no command repeats a key that it refuses", async () => {
  const { code, stdout, stderr } = await run(["worker"], { API_KEYS: "CANARY" });
  expect(code).toBe(2);
  expect(stderr).toContain("API_KEYS is not valid");
  expect(leaks(stdout + stderr)).toEqual([]);
});

it("no command prints the request that Google refused", async () => {
  const { code, stdout, stderr } = await run(["publish", "reviews/a"], {
    NODE_OPTIONS: `--import ${new URL("./refused-by-google.mjs", import.meta.url).href}`,
    PUBSUB_EMULATOR_HOST: "127.0.0.1:1",
    FIRESTORE_EMULATOR_HOST: "127.0.0.1:1",
  });
  expect(code).toBe(1);
  expect(stderr).toMatch(/refused by Google.*caused by: Error: 401/s);
  expect(leaks(stdout + stderr)).toEqual([]);
});

it("the log has message and causes of an error, and nothing of the request that failed", async () => {
  const script = `
    import { createLogger } from ${JSON.stringify(new URL("../../worker/log.ts", import.meta.url).href)};
    const config = { headers: { authorization: "Bearer ${WORD}" }, data: "${WORD}" };
    const cause = Object.assign(new Error("401 from Google"), { config, response: { config } });
    const err = Object.assign(new Error("no token", { cause }), { code: 7, config, request: { ${WORD}: true } });
    createLogger("trace").error({ err }, "failed");`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script]);
  expect(logEntries(stdout)).toMatchObject([
    {
      err: {
        type: "Error",
        code: 7,
        message: "no token: 401 from Google",
        stack: expect.stringContaining("caused by"),
      },
    },
  ]);
  expect(leaks(stdout)).toEqual([]);
});
