/** The Firebase function kit: what its functions do with the events, calls and tasks of Google Cloud, on the Firestore emulator. */
import { execFile } from "node:child_process";
import { access, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { FirestoreStore } from "../../shared/backends/firestore.ts";
import type { Backend } from "../../shared/backends/open.ts";
import { VARIABLES } from "../../worker/config.ts";
import { emulatorEnv, openOnEmulators, uniqueOptions } from "../backends.ts";
import { eventually, logEntries } from "../process.ts";
import { CloudTasks, Eventarc, installKit, type KitFolder, KitFunction, manifestOf } from "./kit-project.ts";

const hosts = emulatorEnv();
const GUIDE = new URL("../../docs/guides/firebase.md", import.meta.url);
/** Reviews that are written at once. */
const MANY = process.env.SOAK ? 500 : 100;
const GOOD = "Wonderful, I love it.";
const BAD = "Terrible. It broke at once, do not buy.";

describe.skipIf(hosts === undefined)("the function kit", { timeout: 240_000 }, () => {
  let kit: KitFolder;
  const options = uniqueOptions();
  const { projectId } = options;
  const env = {
    FIRESTORE_EMULATOR_HOST: hosts?.FIRESTORE_EMULATOR_HOST as string,
    GCLOUD_PROJECT: projectId,
    FIREBASE_CONFIG: JSON.stringify({ projectId }),
    FUNCTION_DEFAULT_REGION: "us-central1",
    REVIEWS_PATH: "reviews/{review}",
    LOG_LEVEL: "debug",
    // As the emulator of functions does: tokens are read, but not verified.
    FIREBASE_DEBUG_MODE: "true",
    FIREBASE_DEBUG_FEATURES: JSON.stringify({ skipTokenVerification: true }),
  };
  let backend: Backend & { store: FirestoreStore };
  let eventarc: Eventarc;
  let classify: KitFunction;
  const running: KitFunction[] = [];

  async function start(target: string, signature: "cloudevent" | "http", more: Record<string, string> = {}) {
    const started = await KitFunction.start(kit.folder, target, { signature, env: { ...env, ...more } });
    running.push(started);
    return started;
  }
  const put = (path: string, fields: Record<string, unknown>) => backend.store.put([{ path, fields }]);
  const sentiment = async (path: string) => (await backend.store.get(path))?.sentiment as Record<string, unknown>;
  const labelled = (path: string, label: string) =>
    eventually(async () => (await sentiment(path))?.label === label && (await sentiment(path)), 30_000);

  beforeAll(async () => {
    kit = await installKit();
    backend = openOnEmulators(options);
    eventarc = new Eventarc(backend.store.firestore, projectId);
    classify = await start("classifyReviews", "cloudevent");
    eventarc.target = classify;
    eventarc.start();
  }, 240_000);
  afterEach(() => {
    eventarc.target = classify;
    return eventarc.idle();
  });
  afterAll(async () => {
    for (const each of running) await each.kill();
    await eventarc?.stop();
    await backend?.close();
    if (kit !== undefined) await rm(kit.folder, { recursive: true });
  });

  it("asks for the parameters that the guide lists, with their defaults, and for what its functions need", async () => {
    const { params, requiredRoles, requiredAPIs, lifecycleHooks, endpoints } = await manifestOf(kit);
    const asked = params.map((param) => [param.name, String(param.default)]);
    const rows = (await readFile(GUIDE, "utf8")).matchAll(/^\| `([A-Z_]+)` \| (?:`([^`]*)` |(\d+) |)\| /gm);
    expect(asked).toEqual(Array.from(rows, ([, name, quoted, number]) => [name, quoted ?? number ?? ""]));
    expect(params.find(({ name }) => name === "MODEL")?.input.select?.options).toEqual([
      expect.objectContaining({ value: "lite" }),
    ]);
    expect(requiredRoles).toContain("roles/datastore.user");
    expect(requiredAPIs.map(({ api }) => api)).toContain("firestore.googleapis.com");
    expect(endpoints.classifyReviews).toMatchObject({ concurrency: 80, eventTrigger: { retry: true } });
    expect(lifecycleHooks.afterFirstDeploy?.task.function).toBe("backfillReviews");
    // The CLI enqueues that task without a deadline, and Cloud Tasks then delivers it again after ten minutes.
    expect(endpoints.backfillReviews?.timeoutSeconds).toBeLessThan(600);
    // The CLI warns of kits without one.
    await access(join(kit.folder, "node_modules", kit.name, "npm-shrinkwrap.json"));
  });

  it.each([
    ["", ""],
    [", also one that awaits at the top level", "await 0;"],
  ])("adds its functions to those of a codebase of ES modules%s", async (_, line) => {
    const codebase = await mkdtemp(join(kit.folder, "codebase-"));
    await writeFile(join(codebase, "package.json"), '{"main":"index.js","type":"module"}');
    await writeFile(
      join(codebase, "index.js"),
      `import { onRequest } from "firebase-functions/https";
      export const own = onRequest(() => {});
      export * from "${kit.name}";
      ${line}`,
    );
    const { endpoints } = await manifestOf(kit, codebase);
    expect(Object.keys(endpoints).toSorted()).toEqual(["backfillReviews", "classifyReview", "classifyReviews", "own"]);
  });

  it("takes the paths and fields that the worker takes, and no others", async () => {
    const { params } = await manifestOf(kit);
    type Name = "REVIEWS_PATH" | "TEXT_FIELD" | "RESULT_FIELD";
    const patternOf = (name: Name) =>
      new RegExp(params.find((param) => param.name === name)?.input.text?.validationRegex as string);
    const taken = (name: Name, values: string[]) => {
      const byKit = values.filter((value) => patternOf(name).test(value));
      expect(byKit).toEqual(values.filter((value) => VARIABLES[name].schema.safeParse(value).success));
      return byKit;
    };
    const paths = ["reviews/{id}", "a/{b}/c/{d}", "a/{b}/c/{bb}", "a/__b__c/d/{e}", "_/{_1}", ".a/..b/.../{c}"];
    const noPaths = ["reviews", "reviews/a", "reviews/{1}", "__a__/{b}", "a/__b__/c/{d}", "____/{a}", "a//b/{c}"];
    const noVariables = [
      "a/{b}/c/{b}",
      "a/{b-c}/d/{e}",
      "a/{1}/c/{d}",
      "re{x}views/{id}",
      "a}/{b}",
      "./{a}",
      "a/../b/{c}",
    ];
    expect(taken("REVIEWS_PATH", [...paths, ...noPaths, ...noVariables])).toEqual(paths);
    const fields = ["text", "Bewertung (Text)", "__a", "a__", "___", "__a__b"];
    const nested = ["content.body", "a.__b.c__"];
    const noFields = ["", "__a__", "____", "__a__b__", "a/b", "a*"];
    const noNested = ["a.__b__", "__a__.b", "a..b", ".a", "a."];
    expect(taken("TEXT_FIELD", [...fields, ...nested, ...noFields, ...noNested])).toEqual([...fields, ...nested]);
    expect(taken("RESULT_FIELD", [...fields, ...nested, ...noFields])).toEqual(fields);
    // The dashboard's field, which the worker refuses too.
    expect(patternOf("RESULT_FIELD").test("triage")).toBe(false);
  });

  it("labels a review that is written, and again when its text changes, as the worker does", async () => {
    await put("reviews/a", { text: GOOD, stars: 5 });
    expect(await labelled("reviews/a", "POSITIVE")).toMatchObject({
      score: expect.any(Number),
      scores: { NEGATIVE: expect.any(Number), NEUTRAL: expect.any(Number), POSITIVE: expect.any(Number) },
      language: "en",
      model: expect.stringMatching(/^lite@\d+$/),
      textHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      classifiedAt: expect.anything(),
    });
    await put("reviews/a", { text: BAD });
    await labelled("reviews/a", "NEGATIVE");
    expect(await backend.store.get("reviews/a")).toMatchObject({ text: BAD, stars: 5 });
  });

  /** What instances have logged about events and tasks of reviews whose paths begin with a prefix. */
  function settled(instances: readonly KitFunction[], prefix: string): Record<string, unknown>[] {
    return instances
      .flatMap(({ output }) => logEntries(output))
      .filter(({ message, path }) => message === "message settled" && String(path).startsWith(prefix));
  }
  /** How many results they have saved for each of these reviews. */
  function savesOf(instances: readonly KitFunction[], prefix: string): Map<string, number> {
    const saves = new Map<string, number>();
    for (const { path, outcome } of settled(instances, prefix))
      if (outcome === "labelled") saves.set(String(path), (saves.get(String(path)) ?? 0) + 1);
    return saves;
  }
  const reviewsOf = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, i) => ({
      path: `reviews/${prefix}${i}`,
      fields: { text: `${i % 2 === 0 ? GOOD : BAD} Number ${i}.` },
    }));
  /** Writes them all at once, however long a busy emulator takes. */
  async function putAll(reviews: ReturnType<typeof reviewsOf>, { firestore } = backend.store) {
    const writer = firestore.bulkWriter({ throttling: false });
    for (const { path, fields } of reviews) void writer.set(firestore.doc(path), fields);
    await writer.close();
  }
  /** Resolves when each has the label of its text. */
  async function allLabelled(reviews: ReturnType<typeof reviewsOf>, { firestore } = backend.store) {
    const labels = reviews.map((_, i) => (i % 2 === 0 ? "POSITIVE" : "NEGATIVE"));
    await eventually(async () => {
      const documents = await firestore.getAll(...reviews.map(({ path }) => firestore.doc(path)));
      const wrong = documents.filter((document, i) => document.get("sentiment.label") !== labels[i]);
      return wrong.length === 0;
    }, 120_000);
  }

  it(`labels ${MANY} reviews written at once, each once and many together, and takes one event more for each: its own write`, async () => {
    const before = eventarc.taken;
    const batchesBefore = batchesOf(classify).length;
    const reviews = reviewsOf("many", MANY);
    await putAll(reviews);
    await allLabelled(reviews);
    await eventarc.idle();
    expect(new Set(savesOf([classify], "reviews/many").values())).toEqual(new Set([1]));
    // Several writes of a review may arrive as one event.
    await eventually(async () => eventarc.taken - before >= MANY);
    expect(eventarc.taken - before).toBeLessThanOrEqual(2 * MANY);
    const batches = batchesOf(classify).slice(batchesBefore);
    expect(batches.length).toBeLessThan(MANY);
    expect(Math.max(...batches)).toBeGreaterThan(1);
  });

  it("says why a text has no label, and labels a document of 1 MiB", async () => {
    await put("reviews/empty", { text: "" });
    await put("reviews/none", { stars: 3 });
    await put("reviews/german", { text: "Das Gerät ist leider schon nach einem Tag kaputt gegangen, sehr schade." });
    await put("reviews/large", { text: GOOD, rest: "x".repeat(1_000_000) });
    await put("reviews/long", { text: `${BAD} `.repeat(25_000) });
    const error = (path: string) => eventually(async () => ((await sentiment(path))?.error as { code: string })?.code);
    expect(await error("reviews/empty")).toBe("text-blank");
    expect(await error("reviews/none")).toBe("text-missing");
    expect(await error("reviews/german")).toBe("language-unsupported");
    await labelled("reviews/large", "POSITIVE");
    await labelled("reviews/long", "NEGATIVE");
  });

  it("can be built with `lite-multi` instead, as a package of another name, and then labels other languages", async () => {
    const multi = await installKit({ models: "lite-multi" });
    const { params } = await manifestOf(multi);
    expect(multi.name).toBe(`${kit.name}-lite-multi`);
    expect(params.find(({ name }) => name === "MODEL")).toMatchObject({ default: "lite-multi" });
    await put("others/german", { text: "Das Gerät ist leider schon nach einem Tag kaputt gegangen, sehr schade." });
    const settings = { ...env, REVIEWS_PATH: "others/{review}", MODEL: "lite-multi" };
    const instance = await KitFunction.start(multi.folder, "classifyReviews", { env: settings });
    running.push(instance);
    const sender = new Eventarc(backend.store.firestore, projectId);
    sender.target = instance;
    expect(await sender.deliver("others/german", await sender.event("others/german"))).toBe(204);
    expect(await sentiment("others/german")).toMatchObject({ label: "NEGATIVE", language: "de" });
    await instance.kill();
    await rm(multi.folder, { recursive: true });
  });

  it.each<[id: string, form: string, send: (sender: Eventarc, path: string, event: Uint8Array) => Promise<number>]>([
    ["Helvétios", "in UTF-8", (sender, path, event) => sender.deliver(path, event)],
    ["Électre", "percent-encoded", (sender, path, event) => sender.deliver(encodeURI(path), event)],
    ["space ", "in a Pub/Sub push", (sender, path, event) => sender.push(path, event)],
  ])("labels a review with the id '%s', which its event has %s", async (id, _, send) => {
    const path = `reviews/${id}`;
    eventarc.target = undefined;
    await put(path, { text: GOOD });
    const sender = new Eventarc(backend.store.firestore, projectId);
    sender.target = classify;
    expect(await send(sender, path, await sender.event(path))).toBe(204);
    expect(await sentiment(path)).toMatchObject({ label: "POSITIVE" });
  });

  it("takes repeated, late and reordered events, and the event of a deletion, without harm", async () => {
    await put("reviews/b", { text: GOOD });
    const first = await eventarc.event("reviews/b");
    await put("reviews/b", { text: BAD });
    const second = await eventarc.event("reviews/b");
    await labelled("reviews/b", "NEGATIVE");
    await eventarc.idle();
    const at = (await sentiment("reviews/b")).classifiedAt;
    for (const event of [second, first, first, second]) expect(await eventarc.deliver("reviews/b", event)).toBe(204);
    expect(await sentiment("reviews/b")).toMatchObject({ label: "NEGATIVE", classifiedAt: at });

    await backend.store.delete("reviews/b");
    expect(await eventarc.deliver("reviews/b", second)).toBe(204);
    expect(await eventarc.deliver("reviews/b", await eventarc.event("reviews/b"))).toBe(204);
    expect(await backend.store.get("reviews/b")).toBeUndefined();
  });

  it("loses nothing when it is killed in the midst of many reviews and another instance starts", async () => {
    const reviews = reviewsOf("killed", MANY);
    const refused = eventarc.refused;
    const killed = classify;
    const writing = putAll(reviews);
    await eventually(async () => savesOf([killed], "reviews/killed").size > MANY / 10);
    await killed.kill();
    await writing;
    expect(savesOf([killed], "reviews/killed").size).toBeLessThan(MANY);
    classify = await start("classifyReviews", "cloudevent");
    eventarc.target = classify;
    await allLabelled(reviews);
    await eventarc.idle();
    // Events that it had answered are not sent again; those that it had not were refused.
    expect(eventarc.refused).toBeGreaterThan(refused);
    expect(savesOf([classify], "reviews/killed").size).toBeGreaterThan(0);
  });

  it("labels reviews that messages name, as `replay` publishes them, and drops messages that are invalid", async () => {
    const published = await start("classifyPublished", "cloudevent", { PUBSUB_TOPIC: "reviews" });
    eventarc.target = undefined;
    await put("reviews/published", { text: BAD });
    /** @param body `undefined` is a message without data */
    const publish = (body: unknown) =>
      published.post(
        {
          message: {
            ...(body !== undefined && { data: Buffer.from(JSON.stringify(body)).toString("base64") }),
            messageId: "7",
            publishTime: new Date().toISOString(),
            attributes: {},
          },
          subscription: "projects/p/subscriptions/s",
        },
        {
          "ce-id": "7",
          "ce-specversion": "1.0",
          "ce-source": `//pubsub.googleapis.com/projects/${projectId}/topics/reviews`,
          "ce-time": new Date().toISOString(),
          "ce-type": "google.cloud.pubsub.topic.v1.messagePublished",
        },
      );
    expect((await publish({ path: "reviews/published" })).status).toBe(204);
    expect(await sentiment("reviews/published")).toMatchObject({ label: "NEGATIVE" });
    expect((await publish({ path: "orders/1" })).status).toBe(204);
    await eventually(async () => published.output.includes("path-mismatch"));
    expect((await publish(undefined)).status).toBe(204);
    await eventually(async () => published.output.includes("invalid-json"));
    // May still be written: Pub/Sub delivers the message again.
    expect((await publish({ path: "reviews/not-written-yet" })).status).toBe(500);
  });

  it("ends an instance whose inference threads are broken, since the platform replaces only those that end", async () => {
    const module = (path: string) => JSON.stringify(new URL(`../../${path}`, import.meta.url));
    const program = `
      import { InferenceThreads } from ${module("model/inference-threads.ts")};
      import { openLabeller } from ${module("packages/kit/labeller.ts")};
      Object.defineProperty(InferenceThreads.prototype, "whenBroken", { value: Promise.resolve() });
      await openLabeller(process.env);
      process.exit();`;
    const ended = promisify(execFile)(process.execPath, ["--input-type=module", "--eval", program], { env });
    await expect(ended).rejects.toMatchObject({ code: 1, stdout: expect.stringContaining("the inference threads") });
  });

  it("classifies texts for users that are signed in, from an application that App Check knows, so often a minute", async () => {
    const callable = await start("classifyReview", "http", { CALLS_PER_MINUTE: "4" });
    const token = (claims: object) =>
      [{ alg: "none" }, claims, ""].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
    const user = { authorization: `Bearer ${token({ sub: "u1", uid: "u1" })}` };
    const app = { "x-firebase-appcheck": token({ sub: "app" }) };
    const call = (data: unknown, headers: Record<string, string>) => callable.post({ data }, headers);

    expect((await call({ text: GOOD }, {})).status).toBe(401);
    expect((await call({ text: GOOD }, user)).status).toBe(401);
    expect((await call({ text: GOOD }, app)).status).toBe(401);
    expect(await call({ text: GOOD }, { ...user, ...app })).toMatchObject({
      status: 200,
      json: { result: { model: expect.stringMatching(/^lite@/), label: "POSITIVE", score: expect.any(Number) } },
    });
    expect(await call({ texts: [BAD, GOOD] }, { ...user, ...app })).toMatchObject({
      json: { result: { results: [{ label: "NEGATIVE" }, { label: "POSITIVE" }] } },
    });
    for (const wrong of [{ text: " " }, { texts: [] }]) {
      expect(await call(wrong, { ...user, ...app })).toMatchObject({
        status: 400,
        json: { error: { status: "INVALID_ARGUMENT" } },
      });
    }
    expect(await call({ text: GOOD }, { ...user, ...app })).toMatchObject({
      status: 429,
      json: { error: { status: "RESOURCE_EXHAUSTED" } },
    });
    const another = { authorization: `Bearer ${token({ sub: "u2", uid: "u2" })}` };
    expect(await call({ text: GOOD }, { ...another, ...app })).toMatchObject({ status: 200 });
  });

  describe("a backfill", () => {
    /** The task that the deployment enqueues, or a person. */
    const firstTask = (data: unknown) => ({
      name: "projects/p/locations/l/queues/backfillReviews/tasks/first",
      httpRequest: { body: Buffer.from(JSON.stringify({ data })).toString("base64") },
    });
    let tasks: CloudTasks;
    const startBackfill = (more: Record<string, string> = {}) =>
      start("backfillReviews", "http", { CLOUD_TASKS_EMULATOR_HOST: tasks.host, BACKFILL: "false", ...more });

    beforeEach(async () => {
      eventarc.target = undefined;
      tasks = await CloudTasks.start();
    });
    afterEach(() => tasks.close());

    it("labels the stored reviews only if the installation asked for it, or a task does", async () => {
      await put("reviews/old", { text: BAD });
      const backfill = await startBackfill();
      expect(await tasks.deliver(firstTask({ ifEnabled: true }), backfill)).toBe(204);
      expect(await sentiment("reviews/old")).toBeUndefined();
      expect(await tasks.deliver(firstTask({}), backfill)).toBe(204);
      expect(await sentiment("reviews/old")).toMatchObject({ label: "NEGATIVE" });
      expect(tasks.names.size).toBe(0);
    });

    it("of many reviews goes on in further tasks until all are done, each once, although tasks are delivered twice and the instance is killed", async () => {
      const mine = uniqueOptions().projectId;
      const store = new FirestoreStore({ ...options, projectId: mine, emulatorHost: env.FIRESTORE_EMULATOR_HOST });
      const reviews = reviewsOf("stored", 1_300);
      await putAll(reviews, store);
      const settings = { GCLOUD_PROJECT: mine, FIREBASE_CONFIG: JSON.stringify({ projectId: mine }) };
      const backfill = await startBackfill({ ...settings, BACKFILL_RUN_MS: "0" });
      expect(await tasks.deliver(firstTask({}), backfill), backfill.output).toBe(204);
      expect(tasks.waiting).toHaveLength(1);
      // As if Cloud Tasks had missed the answer.
      expect(await tasks.deliver(firstTask({}), backfill)).toBe(204);
      expect([tasks.waiting.length, tasks.duplicates]).toEqual([1, 1]);

      const [second] = tasks.waiting.splice(0) as [(typeof tasks.waiting)[0]];
      const lost = tasks.deliver(second, backfill).catch(() => 0);
      await backfill.kill();
      expect(await lost).toBe(0);

      const another = await startBackfill({ ...settings, BACKFILL_RUN_MS: "0" });
      tasks.waiting.push(second);
      for (let task = tasks.waiting.shift(); task !== undefined; task = tasks.waiting.shift())
        expect(await tasks.deliver(task, another)).toBe(204);
      await allLabelled(reviews, store);
      expect(Math.max(...savesOf([backfill, another], "reviews/stored").values())).toBe(1);
      await store.close();
    });
  });
});

describe("the kit's build", () => {
  const build = resolve("packages/kit/build.ts");
  const refused = (options: string[], cwd?: string) =>
    expect(promisify(execFile)(process.execPath, [build, ...options], { cwd })).rejects;

  it("writes only to a new or an empty folder", async () => {
    const folder = await mkdtemp(join(tmpdir(), "kit-build-"));
    await writeFile(join(folder, "package.json"), "{}");
    // An unset variable of a shell gives "", the working directory.
    for (const out of [folder, ""])
      await refused(["--out", out], folder).toMatchObject({
        code: 2,
        stderr: `build.ts: --out ${folder}: the folder is not empty\n`,
      });
    expect(await readdir(folder)).toEqual(["package.json"]);
    await rm(folder, { recursive: true });
  });

  it("refuses a model that it cannot pack, and says which it can", () =>
    refused(["--models", "distilbert-sst2"]).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^build\.ts: --models distilbert-sst2: choose among lite and lite-multi\n$/),
    }));
});

/** The sizes of the batches that an instance has labelled. */
function batchesOf({ output }: KitFunction): number[] {
  return logEntries(output).flatMap(({ message, reviews }) => (message === "batch labelled" ? [Number(reviews)] : []));
}
