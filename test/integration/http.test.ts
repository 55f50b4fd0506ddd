/** The HTTP side of a worker: push, probes, direct classification. Worker and model are real. */
import { once } from "node:events";
import { type AddressInfo, connect } from "node:net";
import { setTimeout } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { InferenceError } from "../../model/classifier.ts";
import type { OnnxClassifier } from "../../model/onnx-classifier.ts";
import manifest from "../../package.json" with { type: "json" };
import type { ServerOptions } from "../../worker/http/server.ts";
import { eventarcIntake } from "../../worker/intake/eventarc.ts";
import type { HttpIntakeOptions } from "../../worker/intake/http-intake.ts";
import { pushIntake } from "../../worker/intake/push.ts";
import { PushTokenVerifier } from "../../worker/intake/push-token.ts";
import type { WorkerOptions } from "../../worker/worker.ts";
import { AUDIENCE, CERTIFICATES, googleToken, keyPair, PUSHER, unsignedToken } from "../google-token.ts";
import { openLite } from "../lite.ts";
import { eventually } from "../process.ts";
import { type HttpStage, holdLoads, httpStage } from "./http-stage.ts";

const KEY = "a-key-of-sixteen-or-more";

const stranger = keyPair();

const verifier = new PushTokenVerifier({ audience: AUDIENCE, serviceAccount: PUSHER }, async () => CERTIFICATES);
const push = { verifier };
const EVENTS = { textField: "text", resultField: "sentiment", databaseId: "(default)", isCurrent: () => false };
const classify = {
  apiKeys: [KEY, "another-key-of-sixteen"],
  labelSettings: { neutral: "on" as const },
  allowLegacyGet: false,
  wrongKeyDelayMs: 0,
};

/** The result of a positive text. */
const POSITIVE = {
  label: "POSITIVE",
  score: expect.any(Number),
  scores: expect.objectContaining({ NEGATIVE: expect.any(Number), POSITIVE: expect.any(Number) }),
};

let classifier: OnnxClassifier;
let backend: HttpStage["backend"];
let worker: HttpStage["worker"];
let server: HttpStage["server"];

beforeAll(async () => {
  classifier = await openLite();
});
afterAll(() => classifier.close());
afterEach(async () => {
  await server.close();
  await worker.stop(2_000);
});

async function start(
  { push, ...options }: Omit<ServerOptions, "intakes"> & { push?: HttpIntakeOptions } = {},
  more: Partial<WorkerOptions> = {},
): Promise<void> {
  const intakes = push === undefined ? [] : [pushIntake(push), eventarcIntake({ ...push, ...EVENTS })];
  ({ backend, worker, server } = await httpStage(classifier, intakes, options, more));
  await worker.start();
}

const put = (id: string, text: string): Promise<void> =>
  backend.store.put([{ path: `reviews/${id}`, fields: { text } }]);

const sentiment = async (id: string): Promise<unknown> => (await backend.store.get(`reviews/${id}`))?.sentiment;

function wrapped(body: unknown, more: Record<string, unknown> = {}): Record<string, unknown> {
  const data = Buffer.from(typeof body === "string" ? body : JSON.stringify(body)).toString("base64");
  return {
    message: { data, messageId: "7", publishTime: new Date().toISOString(), ...more },
    subscription: "projects/p/subscriptions/s",
  };
}

function send(payload: unknown, bearer: string | undefined = googleToken(), headers: Record<string, string> = {}) {
  return server.inject({
    method: "POST",
    url: "/push",
    payload: payload as string,
    headers: {
      "content-type": "application/json",
      ...(bearer !== "" && { authorization: `Bearer ${bearer}` }),
      ...headers,
    },
  });
}

describe("a push", () => {
  it("is answered 204 once the review is labelled, wrapped", async () => {
    await start({ push });
    await put("a", "Wonderful, I love it.");
    expect((await send(wrapped({ path: "reviews/a" }))).statusCode).toBe(204);
    expect(await sentiment("a")).toMatchObject({ label: "POSITIVE" });
  });

  it("is answered 204 once the review is labelled, unwrapped", async () => {
    await start({ push });
    await put("a", "Terrible. It broke at once.");
    expect((await send({ path: "reviews/a" })).statusCode).toBe(204);
    expect(await sentiment("a")).toMatchObject({ label: "NEGATIVE" });
  });

  it("that is unwrapped keeps as many attributes as Pub/Sub allows when it is dead-lettered", async () => {
    await start({ push });
    await server.listen({ port: 0, host: "127.0.0.1" });
    const attributes = Object.fromEntries(
      Array.from({ length: 90 }, (_, i) => [`attribute-${i}`.padEnd(256, "x"), `${i}`.padEnd(1_024, "y")]),
    );
    const answer = await fetch(`http://127.0.0.1:${(server.addresses()[0] as AddressInfo).port}/push`, {
      method: "POST",
      body: "not a message",
      headers: { authorization: `Bearer ${googleToken()}`, "x-goog-pubsub-message-id": "7", ...attributes },
    });
    expect(answer.status).toBe(204);
    expect(backend.queue.deadLetters[0]?.attributes).toMatchObject({ ...attributes, deadLetterMessageId: "7" });
  });

  it("shares batches with other pushes that arrive at the same time", async () => {
    await start({ push });
    const ids = Array.from({ length: 50 }, (_, i) => `r${i}`);
    for (const id of ids) await put(id, `Wonderful, I love number ${id}.`);
    const { load } = backend.store;
    const loads: number[] = [];
    backend.store.load = (paths) => {
      loads.push(paths.length);
      return load.call(backend.store, paths);
    };
    const answers = await Promise.all(ids.map((id) => send(wrapped({ path: `reviews/${id}` }))));
    expect(answers.map(({ statusCode }) => statusCode)).toEqual(ids.map(() => 204));
    expect(loads.length).toBeLessThan(25);
  });

  it.each([
    ["no JSON, unwrapped", "no json", "invalid-json"],
    ["no JSON, wrapped", wrapped("no json"), "invalid-json"],
    ["no data", { message: { messageId: "7", attributes: { a: "b" } }, subscription: "s" }, "invalid-json"],
    ["a foreign path", wrapped({ path: "orders/1" }), "path-mismatch"],
  ])("with %s is dead-lettered as %3$s and answered 204", async (_, body, reason) => {
    await start({ push });
    expect((await send(body)).statusCode).toBe(204);
    expect(backend.queue.deadLetters[0]?.attributes).toMatchObject({ deadLetterReason: reason });
  });

  it("is answered 503 while its review does not exist yet, so that it is redelivered", async () => {
    await start({ push });
    expect((await send(wrapped({ path: "reviews/later" }))).statusCode).toBe(503);
  });

  it("is answered 204 if its review does not exist and it is older than a minute", async () => {
    await start({ push });
    const publishTime = new Date(Date.now() - 120_000).toISOString();
    expect((await send(wrapped({ path: "reviews/gone" }, { publishTime }))).statusCode).toBe(204);
    const headers = { "x-goog-pubsub-publish-time": publishTime };
    expect((await send({ path: "reviews/gone" }, googleToken(), headers)).statusCode).toBe(204);
  });

  it("is answered 429 at capacity and 503 while draining, and nothing is lost", async () => {
    await start({ push }, { maxOutstanding: 1 });
    await put("a", "Wonderful, I love it.");
    await put("b", "Wonderful, I love it too.");
    const release = holdLoads(backend.store);
    const first = send(wrapped({ path: "reviews/a" }));
    while (worker.pipeline.backlog === 0) await new Promise(setImmediate);
    expect((await send(wrapped({ path: "reviews/b" }))).statusCode).toBe(429);
    expect((await server.inject("/readyz")).statusCode).toBe(503);
    const stopped = worker.stop(5_000);
    expect((await send(wrapped({ path: "reviews/b" }))).statusCode).toBe(503);
    release();
    expect((await first).statusCode).toBe(204);
    await stopped;
    expect(await sentiment("a")).toMatchObject({ label: "POSITIVE" });
    expect(await sentiment("b")).toBeUndefined();
  });

  it.each([
    ["no token", "", 401],
    ["no token of any kind", "abc", 401],
    ["a token with another signature", googleToken({}, {}, stranger.privateKey), 401],
    ["a token for another audience", googleToken({ aud: "https://other.example" }), 401],
    ["a token of another issuer", googleToken({ iss: "https://evil.example" }), 401],
    ["an expired token", googleToken({ iat: 1_600_000_000, exp: 1_600_003_600 }), 401],
    ["a token of another service account", googleToken({ email: "other@my-shop-123.iam.gserviceaccount.com" }), 403],
    ["a token whose e-mail is not verified", googleToken({ email_verified: false }), 403],
  ])("with %s is refused, and the answer has no reason", async (_, bearer, status) => {
    await start({ push });
    await put("a", "Wonderful, I love it.");
    const answer = await send(wrapped({ path: "reviews/a" }), bearer);
    expect({ status: answer.statusCode, body: answer.body }).toEqual({ status, body: "" });
    expect(await sentiment("a")).toBeUndefined();
  });

  it("that is refused is reported to the operator with the reason", async () => {
    const reasons: string[] = [];
    await start({ push: { ...push, onRefused: (reason) => reasons.push(reason) } });
    const body = wrapped({ path: "reviews/a" });
    await send(body, "");
    await send(body, "abc");
    await send(body, googleToken({ email: "other@my-shop-123.iam.gserviceaccount.com" }));
    await send(body, unsignedToken());
    expect(reasons).toEqual(["no-token", "invalid-token", "other-account", "signature-removed"]);
  });

  it("whose token has lost its signature is accepted if the platform is trusted and all claims are valid", async () => {
    const trusting = new PushTokenVerifier(
      { audience: AUDIENCE, serviceAccount: PUSHER, trustPlatform: true },
      async () => CERTIFICATES,
    );
    await start({ push: { ...push, verifier: trusting } });
    await put("a", "Wonderful, I love it.");
    const statusOf = async (bearer: string) => (await send(wrapped({ path: "reviews/a" }), bearer)).statusCode;
    expect(await statusOf(unsignedToken())).toBe(204);
    expect(await statusOf(googleToken())).toBe(204);
    expect(await statusOf(googleToken({}, {}, stranger.privateKey))).toBe(401);
    expect(await statusOf(unsignedToken({ aud: "https://other.example" }))).toBe(401);
    expect(await statusOf(unsignedToken({ iss: "https://evil.example" }))).toBe(401);
    expect(await statusOf(unsignedToken({ exp: 1_600_003_600 }))).toBe(401);
    expect(await statusOf(unsignedToken({ exp: undefined }))).toBe(401);
    expect(await statusOf(unsignedToken({ email: "other@example.com" }))).toBe(403);
    expect(await statusOf(unsignedToken({ email_verified: false }))).toBe(403);
    expect(await statusOf("a.b.SIGNATURE_REMOVED_BY_GOOGLE")).toBe(401);
    // Beside this header Cloud Run has checked only that one: anyone could have written the other.
    const beside = { "x-serverless-authorization": `Bearer ${googleToken()}` };
    const answers = [unsignedToken(), googleToken()].map((bearer) =>
      send(wrapped({ path: "reviews/a" }), bearer, beside),
    );
    expect((await Promise.all(answers)).map(({ statusCode }) => statusCode)).toEqual([401, 204]);
  });

  it("that cannot be verified because Google's keys are not available is answered 500 and reported", async () => {
    const errors: Error[] = [];
    const cutOff = new PushTokenVerifier({ audience: AUDIENCE, serviceAccount: PUSHER }, () =>
      Promise.reject(new Error("no network")),
    );
    await start({ push: { ...push, verifier: cutOff }, onError: (error) => errors.push(error) });
    const answer = await send(wrapped({ path: "reviews/a" }));
    expect({ status: answer.statusCode, body: answer.json() }).toEqual({
      status: 500,
      body: { error: "internal error" },
    });
    expect(errors.map(({ message }) => message)).toEqual(["no network"]);
  });

  it("does not exist if the delivery is not push", async () => {
    await start({ classify });
    expect((await send(wrapped({ path: "reviews/a" }))).statusCode).toBe(404);
  });

  it("with junk is dead-lettered up to the maximum size of a message", async () => {
    await start({ push });
    expect((await send(wrapped("x".repeat(10_000_000)))).statusCode).toBe(204);
    expect(backend.queue.deadLetters[0]?.data).toHaveLength(10_000_000);
    const answer = await send(wrapped("x".repeat(12_000_000)));
    expect(answer.statusCode).toBe(413);
    expect(answer.headers.connection).toBe("close");
  });
});

describe("an Eventarc event", () => {
  it.each([
    ["no token", "", 401],
    ["a token with another signature", googleToken({}, {}, stranger.privateKey), 401],
    ["a token of another service account", googleToken({ email: "other@my-shop-123.iam.gserviceaccount.com" }), 403],
  ])("with %s is refused, and the answer has no reason", async (_, bearer, status) => {
    await start({ push });
    const headers = {
      "content-type": "application/protobuf",
      ...(bearer !== "" && { authorization: `Bearer ${bearer}` }),
    };
    const answer = await server.inject({ method: "POST", url: "/eventarc", payload: Buffer.alloc(9), headers });
    expect({ status: answer.statusCode, body: answer.body }).toEqual({ status, body: "" });
  });

  it("may be as large as a Pub/Sub push, and no larger", async () => {
    await start({ push });
    const headers = { "content-type": "application/protobuf", authorization: `Bearer ${googleToken()}` };
    const send = (bytes: number) =>
      server.inject({ method: "POST", url: "/eventarc", payload: Buffer.alloc(bytes), headers });
    expect((await send(14.5 * 1024 * 1024)).statusCode).toBe(400);
    expect((await send(15.5 * 1024 * 1024)).statusCode).toBe(413);
  });

  it("is not accepted if the delivery is not push", async () => {
    await start({ classify });
    expect((await server.inject({ method: "POST", url: "/eventarc" })).statusCode).toBe(404);
  });
});

describe("probes", () => {
  it("report that the worker has started, lives and is ready, until it drains", async () => {
    await start();
    for (const probe of ["/startupz", "/livez", "/readyz"]) {
      const answer = await server.inject(probe);
      expect(answer.statusCode).toBe(200);
      expect(answer.json()).toEqual({ state: "RUNNING", backlog: 0, silentServers: [], model: classifier.model });
    }
    await worker.stop(2_000);
    expect((await server.inject("/livez")).statusCode).toBe(200);
    const ready = await server.inject("/readyz");
    expect(ready.statusCode).toBe(503);
    expect(ready.json()).toMatchObject({ state: "STOPPED" });
  });
});

describe("probes of a worker whose inference threads are broken", () => {
  it("report that it does not live", async () => {
    await start();
    vi.spyOn(classifier, "broken", "get").mockReturnValue(true);
    expect((await server.inject("/livez")).statusCode).toBe(503);
    vi.restoreAllMocks();
    expect((await server.inject("/livez")).statusCode).toBe(200);
  });
});

describe("a slow client", () => {
  it("is disconnected ten seconds after it began to send its headers", async () => {
    await start();
    await server.listen({ port: 0, host: "127.0.0.1" });
    const socket = connect((server.addresses()[0] as AddressInfo).port, "127.0.0.1");
    socket.write("GET /livez HTTP/1.1\r\nHost: a\r\n");
    const begun = performance.now();
    const drip = setInterval(() => socket.write("X: y\r\n"), 500);
    socket.on("error", () => {});
    socket.resume();
    await once(socket, "close");
    clearInterval(drip);
    // With Node's own interval it would take up to forty.
    expect(performance.now() - begun).toBeLessThan(20_000);
  });
});

describe("direct classification", () => {
  const post = (payload: unknown, headers: Record<string, string> = { "x-api-key": KEY }) =>
    server.inject({
      method: "POST",
      url: "/classify",
      payload: typeof payload === "string" ? payload : JSON.stringify(payload),
      headers: { "content-type": "application/json", ...headers },
    });

  it("labels one text", async () => {
    await start({ classify });
    const answer = await post({ text: "Wonderful, I love it." });
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({ model: classifier.model, ...POSITIVE });
  });

  it("labels several texts in their order, with a bearer key", async () => {
    await start({ classify });
    const answer = await post(
      { texts: ["Terrible. It broke at once.", "Wonderful, I love it."] },
      { authorization: "Bearer another-key-of-sixteen" },
    );
    expect(answer.json().results.map(({ label }: { label: string }) => label)).toEqual(["NEGATIVE", "POSITIVE"]);
  });

  it("takes a key that contains spaces in either header", async () => {
    const spaced = "correct horse battery staple";
    await start({ classify: { ...classify, apiKeys: [spaced] } });
    for (const headers of [{ "x-api-key": spaced }, { authorization: `Bearer ${spaced}` }])
      expect((await post({ text: "I love it" }, headers)).statusCode).toBe(200);
  });

  it.each([
    ["none", {}, /^an API key is needed/],
    ["a wrong one", { "x-api-key": "a-key-of-sixteen-or-mare" }, /^this API key is not known$/],
    ["part of one", { "x-api-key": KEY.slice(0, -1) }, /^this API key is not known$/],
    ["one in the wrong place", { authorization: `Basic ${KEY}` }, /^an API key is needed/],
  ] as [string, Record<string, string>, RegExp][])(
    "is refused with 401 for a key that is %s",
    async (_, headers, reason) => {
      await start({ classify });
      const answer = await post({ text: "I love it" }, headers);
      expect(answer.statusCode).toBe(401);
      expect(answer.json().error).toMatch(reason);
      expect(answer.body).not.toContain(KEY);
    },
  );

  it("gives a text that cannot be classified an error of its own, and labels the others", async () => {
    await start({ classify });
    const answer = await post({ texts: ["", "Terrible. It broke at once.", " \n", "Wonderful, I love it."] });
    expect(answer.statusCode).toBe(200);
    expect(answer.json().results).toMatchObject([
      { error: { code: "text-blank", message: "The review's text has no visible character." } },
      { label: "NEGATIVE" },
      { error: { code: "text-blank" } },
      { label: "POSITIVE" },
    ]);
    expect((await post({ texts: [""] })).json().results).toMatchObject([{ error: { code: "text-blank" } }]);
  });

  it.each([
    ["no JSON", "{", 400, /JSON/],
    ["neither text nor texts", {}, 400, /^the body has neither "text" nor "texts"$/],
    ["another field", { review: "a" }, 400, /^the body has neither "text" nor "texts"$/],
    ["a field too many", { text: "a", lang: "en" }, 400, /^give "text" or "texts", and no other field$/],
    ["both", { text: "a", texts: ["b"] }, 400, /^give either "text" or "texts", and not both$/],
    ["no object", [1], 400, /^the body must be object$/],
    ["a number for a text", { text: 5 }, 400, /^text must be string$/],
    ["a number among texts", { texts: ["a", "b", "c", 5] }, 400, /^texts\[3\] must be string$/],
    ["a blank text", { text: "  " }, 400, /^the text is empty or has no visible character$/],
    ["no texts", { texts: [] }, 400, /^texts must NOT have fewer than 1 items$/],
    ["too many texts", { texts: Array(101).fill("good") }, 400, /^texts must NOT have more than 100 items$/],
    ["more than a mebibyte", { text: "x".repeat(1_100_000) }, 413, /too large/],
  ])("explains why it refuses %s", async (_, payload, status, reason) => {
    await start({ classify });
    const answer = await post(payload);
    expect(answer.statusCode).toBe(status);
    expect(answer.json().error).toMatch(reason);
  });

  it.each([
    ["bytes that are not UTF-8", Buffer.from('{"text":"caf\xe9 is good"}', "latin1"), "application/json", 400],
    ["another content type", Buffer.from('{"text":"I love it"}'), "text/plain", 415],
    ["a prototype", Buffer.from('{"text":"I love it","__proto__":{}}'), "application/json", 400],
  ])("refuses %s instead of labelling something else", async (_, payload, type, status) => {
    await start({ classify });
    const headers = { "x-api-key": KEY, "content-type": type };
    const answer = await server.inject({ method: "POST", url: "/classify", payload, headers });
    expect(answer.statusCode).toBe(status);
    if (status === 415) expect(answer.json()).toEqual({ error: "send Content-Type: application/json" });
  });

  it("answers 429 if the texts in flight have too many tokens together, however many texts they are", async () => {
    const refusals: string[] = [];
    await start({ classify, onRefused: (reason) => refusals.push(reason) });
    const long = Array.from({ length: 100 }, (_, i) => `${"A wonderful thing that I love. ".repeat(90)} ${i}`);
    const answers = await Promise.all(Array.from({ length: 3 }, () => post({ texts: long })));
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 429, 429]);
    expect(refusals).toEqual(["texts-in-flight", "texts-in-flight"]);
    const short = Array.from({ length: 100 }, (_, i) => `Number ${i} is a thing that I love.`);
    const more = await Promise.all(Array.from({ length: 6 }, () => post({ texts: short })));
    expect(new Set(more.map(({ statusCode }) => statusCode))).toEqual(new Set([200]));
  });

  it("counts the tokens of scripts whose characters take several bytes, and no text as longer than the model reads", async () => {
    const together = async (text: string, texts: number, maxTokensInFlight: number): Promise<number[]> => {
      await start({ classify: { ...classify, maxTokensInFlight } });
      const payload = { texts: Array.from({ length: texts }, (_, i) => `${text} ${i}`) };
      // Neither request ends before the other has arrived.
      const arrived = Promise.withResolvers<void>();
      const classifyTexts = classifier.classify.bind(classifier);
      const classifying = vi.spyOn(classifier, "classify").mockImplementation(async (...args) => {
        await arrived.promise;
        return classifyTexts(...args);
      });
      const posted = [post(payload), post(payload)];
      await Promise.race([setTimeout(500), ...posted]);
      arrived.resolve();
      const answers = await Promise.all(posted);
      classifying.mockRestore();
      await server.close();
      return answers.map(({ statusCode }) => statusCode).toSorted();
    };
    // 400 bytes of English and 1,200 bytes of Chinese, which have about a hundred and 300 tokens.
    expect(await together("good ".repeat(80), 5, 2_000)).toEqual([200, 200]);
    expect(await together("好".repeat(400), 5, 2_000)).toEqual([200, 429]);
    expect(await together("good ".repeat(8_000), 5, 2 * 5 * classifier.maxTokens)).toEqual([200, 200]);
  });

  it("never has more texts in the model's queue, together with messages, than batches and tokens allow", async () => {
    const [maxBatchReviews, maxConcurrentBatches] = [4, 3];
    const limit = 4 * classifier.maxTokens;
    await start(
      { push, classify: { ...classify, maxTokensInFlight: limit } },
      { maxBatchReviews, maxConcurrentBatches },
    );
    const long = "A wonderful thing that I love. ".repeat(90);
    const gate = Promise.withResolvers<void>();
    let [queued, most] = [0, 0];
    vi.spyOn(classifier, "classify").mockImplementation(async (texts: readonly string[]) => {
      queued += texts.length;
      most = Math.max(most, queued);
      await gate.promise;
      queued -= texts.length;
      return texts.map(() => new InferenceError("not run"));
    });
    const ids = Array.from({ length: 60 }, (_, i) => `r${i}`);
    for (const id of ids) await put(id, `${long} ${id}`);
    const pushes = ids.map((id) => send(wrapped({ path: `reviews/${id}` })));
    const requests = ids.map((id) => post({ texts: [`${long} ${id}`, `${id} ${long}`] }));
    const bound = maxConcurrentBatches * maxBatchReviews * classifier.maxTokens + limit;
    await eventually(async () => worker.pipeline.backlog === ids.length && queued * classifier.maxTokens === bound);
    const refused = await Promise.all(requests.slice(2)).then((all) => all.map(({ statusCode }) => statusCode));
    expect(new Set(refused)).toEqual(new Set([429]));
    gate.resolve();
    await Promise.all([...pushes, ...requests]);
    expect(most * classifier.maxTokens).toBe(bound);
    vi.restoreAllMocks();
  });

  it("accepts a request of any size while nothing is in flight", async () => {
    await start({ classify: { ...classify, maxTokensInFlight: 1 } });
    expect((await post({ text: "I love it" })).statusCode).toBe(200);
    expect((await post({ text: "I love it" })).statusCode).toBe(200);
  });

  it("cancels the texts of a client that disconnects", async () => {
    await start({ classify: { ...classify, maxTokensInFlight: 1 } });
    const called = Promise.withResolvers<AbortSignal>();
    vi.spyOn(classifier, "classify").mockImplementationOnce(
      async (texts: readonly string[], { signal }: { signal?: AbortSignal } = {}) => {
        called.resolve(signal as AbortSignal);
        if (!signal?.aborted) await once(signal as AbortSignal, "abort");
        return texts.map(() => new InferenceError("cancelled"));
      },
    );
    await server.listen({ port: 0, host: "127.0.0.1" });
    const client = new AbortController();
    const answer = fetch(`http://127.0.0.1:${(server.addresses()[0] as AddressInfo).port}/classify`, {
      method: "POST",
      body: '{"text":"I love it"}',
      headers: { "content-type": "application/json", "x-api-key": KEY },
      signal: client.signal,
    });
    answer.catch(() => {});
    const signal = await called.promise;
    expect(signal.aborted).toBe(false);
    expect((await post({ text: "I love it" })).statusCode).toBe(429);
    client.abort();
    if (!signal.aborted) await once(signal, "abort");
    await eventually(async () => (await post({ text: "I love it" })).statusCode === 200);
  });

  it("takes turns with pushes: a long request does not hold up a push", async () => {
    await start({ classify, push });
    await put("a", "Wonderful, I love it.");
    const order: string[] = [];
    const long = Array.from({ length: 100 }, (_, i) => `${"A wonderful thing that I love. ".repeat(90)} ${i}`);
    const direct = post({ texts: long }).then(({ statusCode }) => order.push(`direct ${statusCode}`));
    await eventually(async () => classifier.busy > 0);
    await send(wrapped({ path: "reviews/a" })).then(({ statusCode }) => order.push(`push ${statusCode}`));
    await direct;
    expect(order).toEqual(["push 204", "direct 200"]);
  });

  it("works before store and subscription have answered", async () => {
    await start({ classify });
    vi.spyOn(worker, "state", "get").mockReturnValue("STARTING");
    expect((await post({ text: "I love it" })).statusCode).toBe(200);
    vi.restoreAllMocks();
  });

  it("reports wrong keys and delays their answers, while a valid key is answered at once", async () => {
    const refusals: string[] = [];
    await start({ classify: { ...classify, wrongKeyDelayMs: 2_000 }, onRefused: (reason) => refusals.push(reason) });
    const order: number[] = [];
    const wrong = Array.from({ length: 200 }, async (_, i) => {
      const { statusCode } = await post({ text: "I love it" }, { "x-api-key": `a-key-of-sixteen-or-more-${i}` });
      order.push(statusCode);
    });
    const { statusCode } = await post({ text: "I love it" });
    order.push(statusCode);
    await Promise.all(wrong);
    expect(order).toEqual([200, ...Array(200).fill(401)]);
    expect(refusals).toEqual(Array(200).fill("wrong-api-key"));
  });

  it("has at most a thousand answers to wrong keys wait, and closes the connections of others", async () => {
    await start({ classify: { ...classify, wrongKeyDelayMs: 6_000 } });
    const wrong = () => post({ text: "I love it" }, { "x-api-key": "a-key-of-sixteen-or-mare" });
    let answered = 0;
    const delayed = Array.from({ length: 1_000 }, () => wrong().then(() => answered++));
    const { statusCode, headers } = await wrong();
    expect({ statusCode, connection: headers.connection, answered }).toEqual({
      statusCode: 401,
      connection: "close",
      answered: 0,
    });
    expect((await post({ text: "I love it" })).statusCode).toBe(200);
    await Promise.all(delayed);
    void wrong().then(() => answered++);
    expect((await post({ text: "I love it" })).statusCode).toBe(200);
    expect(answered).toBe(1_000);
  });

  it("does not exist without keys", async () => {
    await start({ push });
    expect((await post({ text: "I love it" })).statusCode).toBe(404);
    expect((await server.inject("/openapi.json")).statusCode).toBe(404);
  });

  it("has GET /?review=… only with ALLOW_LEGACY_GET", async () => {
    await start({ classify });
    const url = `/?review=I+love+it&api_key=${KEY}`;
    expect((await server.inject(url)).statusCode).toBe(404);
    await server.close();
    await start({ classify: { ...classify, allowLegacyGet: true } });
    expect((await server.inject(url)).json()).toMatchObject(POSITIVE);
    expect((await server.inject("/?review=I+love+it&api_key=wrong")).statusCode).toBe(401);
    expect((await server.inject(`/?api_key=${KEY}`)).statusCode).toBe(400);
    expect((await server.inject(`/?review=tr%C3%A8s+bon+caf%C3%A9&api_key=${KEY}`)).statusCode).toBe(200);
    expect((await server.inject(`/?review=I+love+it,+50%+off&api_key=${KEY}`)).json()).toMatchObject(POSITIVE);
    const latin1 = await server.inject(`/?review=tr%E8s+bon+caf%E9&api_key=${KEY}`);
    expect([latin1.statusCode, latin1.json()]).toEqual([400, { error: "the query is not percent-encoded UTF-8" }]);
  });

  it("is described by an OpenAPI document", async () => {
    await start({ classify });
    const document = (await server.inject("/openapi.json")).json();
    expect(document.openapi).toBe("3.1.0");
    expect(document.info.version).toBe(manifest.version);
    expect(Object.keys(document.paths)).toEqual(["/classify"]);
    expect(Object.keys(document.paths["/classify"].post.responses)).toEqual(
      expect.arrayContaining(["200", "400", "401", "413", "429"]),
    );
  });
});
