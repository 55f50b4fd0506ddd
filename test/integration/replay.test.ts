/** `replay` and `redrive`, each as a process of its own, against Google's emulators. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text as textOf } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readModelFolder } from "../../model/folder.ts";
import { openCloud } from "../../shared/backends/open.ts";
import { PathTemplate } from "../../shared/path.ts";
import type { Delivery } from "../../shared/queue.ts";
import { hashText } from "../../shared/result.ts";
import { emulatorEnv, emulatorPubSub, uniqueOptions } from "../backends.ts";
import { GrpcProxy } from "../fault/proxy.ts";
import { CliProcess, type Ended, eventually, run } from "../process.ts";

const hosts = emulatorEnv();
const REVIEWS = PathTemplate.parse("reviews/{review}");
/** What the worker here has. */
const { id: MODEL } = await readModelFolder(fileURLToPath(new URL("../../model/lite", import.meta.url)));
const CLI = fileURLToPath(new URL("../../worker/cli/main.ts", import.meta.url));
const PRAISE = "Wonderful, I love it.";
const BLAME = "Terrible. It broke at once, a waste of money.";

/** `npm run test:soak` does what took its time at full size. */
const SOAK = process.env.SOAK === "true";

describe("the command line", () => {
  it.each([
    [
      "labels into a file that would be read as another kind",
      ["replay", "--record", "x.csv.gz"],
      /name the file x\.jsonl/,
    ],
    ["a range of texts", ["replay", "--where", "text>=A"], /text can only be compared by ==/],
    ["an unknown reason", ["redrive", "--reason", "invalid"], /Allowed choices are invalid-utf8, .*too-many-/],
  ])("refuses %s", async (_, args, message) => {
    const { code, stderr } = await run(args);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(message) });
  });

  it.each(["replay", "redrive"])("has a help of %s without empty defaults", async (command) => {
    const { code, stdout } = await run([command, "--help"]);
    expect(code).toBe(0);
    expect(stdout).not.toContain("default: []");
    if (command === "redrive") expect(stdout).toContain('"too-many-attempts"');
  });
});

describe.skipIf(hosts === undefined)("on the emulators", { timeout: 120_000 }, () => {
  let options: ReturnType<typeof uniqueOptions>;
  let env: Record<string, string>;
  let backend: ReturnType<typeof openCloud>;
  let folder: string;
  const closing: (() => Promise<unknown>)[] = [];

  beforeEach(async () => {
    options = uniqueOptions();
    env = { ...hosts, GOOGLE_CLOUD_PROJECT: options.projectId, INFERENCE_THREADS: "1" };
    backend = openCloud(options, {
      firestoreHost: hosts?.FIRESTORE_EMULATOR_HOST as string,
      pubsubHost: hosts?.PUBSUB_EMULATOR_HOST as string,
    });
    await backend.queue.create();
    folder = await mkdtemp(join(tmpdir(), "review-sentiment-"));
  });
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
    await Promise.all([backend.close(), rm(folder, { recursive: true })]);
  });

  async function startWorker(): Promise<CliProcess> {
    const worker = new CliProcess(["worker"], env);
    closing.push(() => worker.kill("SIGKILL"));
    await worker.prints("worker started");
    return worker;
  }

  async function proxied(): Promise<GrpcProxy> {
    const proxy = await new GrpcProxy(hosts?.FIRESTORE_EMULATOR_HOST as string).listen();
    closing.push(() => proxy.cut());
    env.FIRESTORE_EMULATOR_HOST = proxy.host;
    return proxy;
  }

  const put = (count: number, fields: (i: number) => Record<string, unknown>): Promise<void> =>
    backend.store.put(Array.from({ length: count }, (_, i) => ({ path: `reviews/r${i}`, fields: fields(i) })));

  /** Counts what is published from now on: how many messages, about how many reviews. */
  async function counter(): Promise<{ messages: number; paths: Set<string> }> {
    const pubsub = emulatorPubSub(options.projectId);
    const [subscription] = await pubsub.topic(options.topic).createSubscription("counter");
    const counted = { messages: 0, paths: new Set<string>() };
    subscription.on("message", (message) => {
      counted.messages++;
      counted.paths.add(JSON.parse(message.data.toString()).path);
      message.ack();
    });
    closing.push(async () => {
      await subscription.close();
      await pubsub.close();
    });
    return counted;
  }

  /** Runs a command that can write no file larger than so many KiB: like a full disk, but without one. */
  async function runOnFullDisk(kib: number, args: readonly string[]): Promise<Ended> {
    const shell = join(folder, "full-disk.sh");
    await writeFile(shell, `ulimit -f ${kib}; exec "${process.execPath}" "${CLI}" "$@"`);
    const { PATH = "", HOME = "" } = process.env;
    const child = spawn("bash", [shell, ...args], { env: { PATH, HOME, ...env } });
    const output = Promise.all([textOf(child.stdout), textOf(child.stderr)]);
    const [code, signal] = await once(child, "close");
    const [stdout, stderr] = await output;
    return { code, signal, stdout, stderr };
  }

  const tokenIn = ({ stderr }: Ended): string => /--resume ([A-Za-z0-9_-]+)/.exec(stderr)?.[1] as string;

  /** How many reviews meet a condition now. */
  async function countWhere(field: string, value: string): Promise<number> {
    const where = [{ field, comparison: "==", value } as const];
    const { documents } = await backend.store.count({ reviewsPath: REVIEWS, where, unlabelled: false, failed: false });
    return documents;
  }

  describe("replay", () => {
    it("reports an unreachable Firestore in a line", async () => {
      const file = join(folder, "labels.jsonl");
      await writeFile(file, '{"path":"reviews/a"}\n');
      const firestore = await proxied();
      firestore.fate = () => "refuse";
      firestore.refusal = { code: 7, message: "the database is locked" };
      const { code, stderr } = await run(["replay", "report", file], env);
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /^review-sentiment: .*the database is locked\nNothing was changed: run the report again\n$/m,
      );
    });

    it("of thousands of reviews with a worker at work, interrupted and gone on with, publishes each once", async () => {
      const reviews = SOAK ? 20_000 : 2_000;
      await put(reviews, () => ({ text: PRAISE }));
      const counted = await counter();
      await startWorker();

      const first = new CliProcess(["replay", "--json", "--rate", String(reviews / 4)], env);
      await eventually(async () => counted.messages > reviews / 4, 200_000);
      const interrupted = await first.kill("SIGINT");
      expect(interrupted.code).toBe(1);
      const { published, resume, ...more } = JSON.parse(interrupted.stdout);
      expect(published).toBeGreaterThan(reviews / 4);
      expect(published).toBeLessThan(reviews);
      expect(more).toEqual({ publishedInAll: published, read: published, done: false });
      expect(resume).toBe(tokenIn(interrupted));

      const rest = reviews - published;
      expect(await run(["replay", "--resume", resume], env)).toMatchObject({
        code: 0,
        stdout: `${rest} reviews published, ${reviews} with those before the interruption; ${rest} documents read\n`,
      });
      await eventually(async () => counted.messages >= reviews, 200_000);
      await eventually(async () => (await countWhere("sentiment.label", "POSITIVE")) === reviews, 200_000);
      expect(counted.paths.size).toBe(reviews);
      expect(counted.messages).toBe(reviews);
    }, 800_000);

    it("says how to go on when Firestore fails in the middle, and then publishes what was missing", async () => {
      await put(2_500, () => ({ text: PRAISE }));
      const counted = await counter();
      const firestore = await proxied();
      let queries = 0;
      firestore.refusal = { code: 7, message: "the database is locked" };
      firestore.fate = (method) => (method === "RunQuery" && ++queries > 2 ? "refuse" : "pass");
      const failed = await run(["replay"], env);
      expect(failed).toMatchObject({ code: 1, stdout: "2000 reviews published; 2000 documents read\n" });
      expect(failed.stderr).toMatch(
        /the database is locked\nNot all reviews were published; continue with: npm run replay/,
      );
      expect(failed.stderr).not.toMatch(/at .*\.ts/);

      firestore.fate = () => "pass";
      const elsewhere = await run(["replay", "--resume", tokenIn(failed)], { ...env, PUBSUB_TOPIC: "other" });
      expect(elsewhere).toMatchObject({ code: 2, stdout: "" });
      expect(elsewhere.stderr).toContain("PUBSUB_TOPIC was reviews and is other. Set them as they were");
      const { code, stdout } = await run(["replay", "--json", "--resume", tokenIn(failed)], env);
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toEqual({ published: 500, publishedInAll: 2_500, read: 500, done: true });
      await eventually(async () => counted.paths.size === 2_500);
      expect(counted.messages).toBe(2_500);
    });

    if (SOAK)
      it("stops within seconds also while Pub/Sub cannot be reached, and misses none later", async () => {
        await put(3_000, () => ({ text: PRAISE }));
        const counted = await counter();
        const pubsub = await new GrpcProxy(hosts?.PUBSUB_EMULATOR_HOST as string).listen();
        closing.push(() => pubsub.cut());
        const first = new CliProcess(["replay", "--rate", "500"], { ...env, PUBSUB_EMULATOR_HOST: pubsub.host });
        await eventually(async () => counted.messages > 500, 60_000);
        await pubsub.cut();
        const begun = performance.now();
        const interrupted = await first.kill("SIGINT");
        // Five seconds for what is on its way, and five for closing the client.
        expect(performance.now() - begun).toBeLessThan(25_000);
        expect(interrupted.code).toBe(1);

        expect(await run(["replay", "--resume", tokenIn(interrupted)], env)).toMatchObject({ code: 0 });
        await eventually(async () => counted.paths.size === 3_000, 60_000);
        expect(counted.messages).toBeLessThanOrEqual(3_000 + 1_000);
      });

    it("in shards, as the tasks of a Cloud Run job, publishes each review once; an interrupted shard goes on as itself", {
      timeout: SOAK ? 900_000 : 120_000,
    }, async () => {
      const [reviews, shards] = SOAK ? [200_000, 4] : [1_500, 2];
      // Ids as Firestore's clients create them.
      const ids = Array.from({ length: reviews }, () => backend.store.firestore.collection("x").doc().id);
      for (let begin = 0; begin < reviews; begin += 10_000)
        await backend.store.put(
          ids.slice(begin, begin + 10_000).map((id) => ({ path: `reviews/${id}`, fields: { text: PRAISE } })),
        );
      const counted = await counter();
      const begun = performance.now();
      const task = (index: number, ...args: string[]) =>
        new CliProcess(["replay", "--json", ...args], {
          ...env,
          CLOUD_RUN_TASK_INDEX: String(index),
          CLOUD_RUN_TASK_COUNT: String(shards),
        });
      const first = task(0, "--rate", "200");
      const others = Array.from({ length: shards - 1 }, (_, i) => task(i + 1).ended);
      await eventually(async () => counted.messages > 0, 60_000);
      const interrupted = await first.kill("SIGINT");
      expect(interrupted.code).toBe(1);
      const ended = await Promise.all([...others, run(["replay", "--json", "--resume", tokenIn(interrupted)], env)]);
      expect(ended.map(({ code }) => code)).toEqual(ended.map(() => 0));
      const published = ended.map(({ stdout }) => JSON.parse(stdout).publishedInAll as number);
      if (SOAK) console.log(`${published.join(" + ")} reviews in ${Math.round((performance.now() - begun) / 1_000)} s`);
      expect(published.reduce((sum, count) => sum + count)).toBe(reviews);
      // None has more than its share by half.
      expect(Math.max(...published)).toBeLessThan((1.5 * reviews) / shards);
      await eventually(async () => counted.messages >= reviews, 300_000);
      expect(counted.paths).toEqual(new Set(ids.map((id) => `reviews/${id}`)));
      expect(counted.messages).toBe(reviews);
    });

    it("has bounds for shards, and refuses what does not go with them", async () => {
      await put(20, (i) => ({ text: PRAISE, shop: i % 2 }));
      const { stdout, stderr } = await run(["replay", "shards", "2"], env);
      expect(stderr).toContain("an emulator cannot divide the reviews");
      const parts = ["1/2", "2/2"].map((shard) => ["--dry-run", "--shard", shard, "--bounds", stdout.trim()]);
      const counts = await Promise.all(parts.map((args) => run(["replay", ...args, "--where", "shop==1"], env)));
      expect(counts.map((part) => part.stdout)).toEqual([
        "0 reviews would be published; finding them reads 0 documents\n",
        "10 reviews would be published; finding them reads 10 documents\n",
      ]);
      for (const [args, problem] of [
        [["--shard", "3/2"], /--shard 3\/2/],
        [["--shard", "1/3", "--bounds", stdout.trim()], /2 shards, not into 3/],
        [["--bounds", stdout.trim()], /add --shard/],
        [["--shard", "1/2", "--where", "shop>1"], /by == only/],
      ] as const) {
        const refused = await run(["replay", ...args], env);
        expect({ code: refused.code, stderr: refused.stderr }).toEqual({
          code: 2,
          stderr: expect.stringMatching(problem),
        });
      }
    });

    it("dry, says how many of what is selected, and publishes nothing", async () => {
      const counted = await counter();
      await put(30, (i) => ({
        text: PRAISE,
        shop: i % 3,
        sentiment: i < 10 ? { label: "POSITIVE", model: "old@1" } : {},
      }));
      const dry = async (...args: string[]) =>
        JSON.parse((await run(["replay", "--dry-run", "--json", ...args], env)).stdout);
      expect(await dry("--where", "shop==1")).toEqual({ dryRun: true, reviews: 10, reads: 10 });
      expect(await dry("--other-model", "--limit", "7")).toEqual({ dryRun: true, reviews: 7, reads: 7 });
      expect(await dry("--unlabelled", "--where", "shop==1", "--since", "1h")).toEqual({
        dryRun: true,
        reviews: 7,
        reads: 10,
      });
      expect(counted.messages).toBe(0);
    });

    it("after a change of model labels what another one labelled, and reports what changed", async () => {
      const file = join(folder, "labels.jsonl");
      const old = (text: string) => ({ label: "POSITIVE", score: 0.7, model: "old@1", textHash: hashText(text) });
      await put(40, (i) => {
        const text = i % 4 === 0 ? BLAME : PRAISE;
        return { text, sentiment: i < 20 ? old(text) : { ...old(text), model: MODEL } };
      });
      const counted = await counter();
      const replayed = await run(["replay", "--other-model", "--record", file], env);
      expect(replayed).toMatchObject({ code: 0, stdout: "20 reviews published; 20 documents read\n" });

      const early = await run(["replay", "report", file, "--json"], env);
      expect(early.code).toBe(1);
      expect(JSON.parse(early.stdout)).toMatchObject({ reviews: 20, waiting: 20, changed: 0 });

      await startWorker();
      await eventually(async () => (await countWhere("sentiment.model", MODEL)) === 40);
      const report = await run(["replay", "report", file, "--limit", "2"], env);
      expect(report).toMatchObject({ code: 0 });
      expect(report.stdout.split("\n").slice(0, 3)).toEqual([
        `20 reviews: 20 labelled again by ${MODEL}`,
        "5 labels changed (25.0 %)",
        "  POSITIVE → NEGATIVE: 5",
      ]);
      expect(report.stdout.match(/^reviews\/r\d+ +POSITIVE +NEGATIVE/gm)).toHaveLength(2);
      expect(report.stdout).not.toMatch(/waste|love/);
      expect(counted.messages).toBe(20);
      expect(await run(["replay", "--other-model", "--dry-run"], env)).toMatchObject({
        stdout: "0 reviews would be published; finding them reads 0 documents\n",
      });
    });

    if (SOAK)
      it("labels unchanged reviews once more if it is forced to", async () => {
        const current = { label: "NEUTRAL", score: 0.5, model: MODEL, textHash: hashText(PRAISE) };
        await put(3, () => ({ text: PRAISE, sentiment: current }));
        await startWorker();
        expect(await run(["replay", "--force", "--where", "sentiment.score<0.6"], env)).toMatchObject({ code: 0 });
        await eventually(async () => (await countWhere("sentiment.label", "POSITIVE")) === 3);
      });

    it("says what to do where Firestore has no index for the selection", async () => {
      const firestore = await proxied();
      firestore.refusal = {
        code: 9,
        message: "The query requires an index. You can create it here: https://console.example/x",
      };
      firestore.fate = (method) => (/^Run(Aggregation)?Query$/.test(method) ? "refuse" : "pass");
      const { code, stdout, stderr } = await run(["replay", "--other-model"], env);
      expect({ code, stdout }).toEqual({ code: 1, stdout: "0 reviews published; 0 documents read\n" });
      expect(stderr).toMatch(/create it here: https:\/\/console\.example\/x/);
      expect(stderr).toMatch(/add --unlabelled/);

      firestore.refusal.message = "The database is in Datastore Mode.";
      const dry = await run(["replay", "--other-model", "--dry-run"], env);
      expect({ code: dry.code, stdout: dry.stdout }).toEqual({ code: 1, stdout: "" });
      expect(dry.stderr).toMatch(/^review-sentiment: Firestore: .*The database is in Datastore Mode\.\n$/m);
    });

    it("on a terminal, goes on without a count that fails, and draws no bar where there is nothing", async () => {
      const onTerminal = (args: string) =>
        promisify(execFile)("script", ["-qec", `"${process.execPath}" "${CLI}" ${args}`, "/dev/null"], {
          env: { ...process.env, ...env },
        });
      expect((await onTerminal("replay")).stdout).not.toContain("0 of 0");
      await put(3, () => ({ text: PRAISE }));
      expect((await onTerminal("replay")).stdout).toContain("3 of 3");
      const firestore = await proxied();
      firestore.fate = (method) => (method === "RunAggregationQuery" ? "refuse" : "pass");
      firestore.refusal = { code: 7, message: "no counts" };
      const { stdout } = await onTerminal("replay");
      expect(stdout).toContain("replaying 3");
      expect(stdout).toContain("3 reviews published; 3 documents read");
    });
  });

  describe("redrive", () => {
    const messages: [body: string, reason: string][] = [
      ["{", "invalid-json"],
      ['{"path":"orders/1"}', "path-mismatch"],
      ['{"path":"reviews/a"}', "path-mismatch"],
    ];
    const deadLetter = async (): Promise<void> => {
      for (const [body, deadLetterReason] of messages)
        await backend.queue.deadLetter(Buffer.from(body), { deadLetterReason, deadLetterDetail: "x", shop: "7" });
    };

    it("counts by reason, takes what is asked for into a file or back to the topic, and keeps the rest", async () => {
      await deadLetter();
      const summary = await run(["redrive", "summary", "--json"], env);
      expect(summary).toMatchObject({ code: 0 });
      const reasons = {
        "invalid-json": { messages: 1, stillRefused: 1 },
        "path-mismatch": { messages: 2, stillRefused: 1 },
      };
      expect(JSON.parse(summary.stdout)).toEqual({
        done: 3,
        kept: 0,
        refused: 0,
        returned: 0,
        reasons,
        complete: true,
      });

      const file = join(folder, "junk.jsonl");
      expect(await run(["redrive", "export", file, "--reason", "invalid-json"], env)).toMatchObject({
        code: 0,
        stdout: `1 dead-lettered message moved to ${file}, 2 kept\n`,
      });
      expect(JSON.parse(await readFile(file, "utf8"))).toEqual({
        messageId: expect.any(String),
        deadSince: expect.any(String),
        reason: "invalid-json",
        attributes: { deadLetterReason: "invalid-json", deadLetterDetail: "x", shop: "7" },
        data: "{",
      });

      const received: Delivery[] = [];
      const subscription = backend.queue.subscribe({
        maxOutstanding: 10,
        onDelivery: (delivery) => {
          received.push(delivery);
          delivery.ack();
        },
        onError: () => {},
      });
      expect(await run(["redrive"], env)).toMatchObject({
        code: 0,
        stdout: "2 dead-lettered messages published to reviews, 0 kept\n",
      });
      await eventually(async () => received.length === 2);
      expect(received.map(({ data }) => Buffer.from(data).toString()).toSorted()).toEqual([
        '{"path":"orders/1"}',
        '{"path":"reviews/a"}',
      ]);
      expect(received.map(({ attributes }) => attributes)).toEqual([{ shop: "7" }, { shop: "7" }]);
      await subscription.close(1_000);
    });

    if (SOAK)
      it("copies messages to a file and keeps them", async () => {
        await deadLetter();
        const look = join(folder, "look.jsonl");
        expect(await run(["redrive", "export", look, "--keep"], env)).toMatchObject({
          code: 0,
          stdout: `3 dead-lettered messages copied to ${look}, all kept\n`,
        });
        expect((await readFile(look, "utf8")).trim().split("\n")).toHaveLength(3);
        expect(JSON.parse((await run(["redrive", "--dry-run", "--json"], env)).stdout)).toMatchObject({ done: 3 });
      });

    it("publishes what it has exported", async () => {
      await deadLetter();
      await backend.queue.deadLetter(Buffer.from([0xff, 0x00]), { deadLetterReason: "invalid-utf8" });
      const file = join(folder, "dead.jsonl");
      expect(await run(["redrive", "export", file], env)).toMatchObject({ code: 0 });
      const received: string[] = [];
      const subscription = backend.queue.subscribe({
        maxOutstanding: 10,
        onDelivery: ({ data, attributes, ack }) => {
          received.push(`${Buffer.from(data).toString("latin1")} ${JSON.stringify(attributes)}`);
          ack();
        },
        onError: () => {},
      });
      const stdout = "4 dead-lettered messages published to reviews\n";
      expect(await run(["redrive", "import", file], env)).toMatchObject({ code: 0, stdout });
      await eventually(async () => received.length === 4);
      const moved = messages.map(([body]) => `${body} {"shop":"7"}`);
      expect(received.toSorted()).toEqual([...moved, "\xff\x00 {}"].toSorted());
      await subscription.close(1_000);

      // Pub/Sub refuses a message without data and attributes.
      const empty = '{"attributes":{},"data":""}\n';
      await writeFile(file, `${empty}{"attributes":{},"data":"x"}\n${empty}`);
      const refused = await run(["redrive", "import", file, "--json"], env);
      expect(refused).toMatchObject({ code: 1, stdout: '{"done":1,"refused":2}\n' });
      expect(refused.stderr).toMatch(/message 1: the topic refuses the message: .*\n.*message 3: the topic refuses/);

      await writeFile(file, '{"text":"a review"}\n');
      expect(await run(["redrive", "import", file], env)).toMatchObject({ code: 2 });
    });

    it("fails if Pub/Sub cannot be reached, instead of reporting no messages", async () => {
      await deadLetter();
      const pubsub = await new GrpcProxy(hosts?.PUBSUB_EMULATOR_HOST as string).listen();
      closing.push(() => pubsub.cut());
      // Those are what starts the emulators' backend.
      pubsub.fate = (method) => (method.startsWith("Create") ? "pass" : "refuse");
      const silent = await run(["redrive", "summary"], { ...env, PUBSUB_EMULATOR_HOST: pubsub.host });
      expect({ code: silent.code, stdout: silent.stdout }).toEqual({ code: 1, stdout: "" });
      expect(silent.stderr).toMatch(/^review-sentiment: waiting for Pub\/Sub to answer, 3 s so far\n/);
      expect(silent.stderr).toMatch(/^review-sentiment: Pub\/Sub: no answer/m);
    });

    it("on a full disk keeps each message once, in the file or in the subscription", async () => {
      const count = 300;
      const body = (i: number) => Buffer.from(`{"path":"orders/${String(i).padStart(500, "0")}"}`);
      for (let i = 0; i < count; i++) await backend.queue.deadLetter(body(i), { deadLetterReason: "path-mismatch" });
      const linesOf = async (file: string): Promise<{ data: string }[]> =>
        // The first write may have failed: then there is no file.
        (await readFile(file, "utf8").catch(() => ""))
          .split("\n")
          .slice(0, -1)
          .map((line) => JSON.parse(line));

      const copy = join(folder, "copy.jsonl");
      const copied = await runOnFullDisk(64, ["redrive", "export", copy, "--keep", "--json"]);
      expect(copied).toMatchObject({ code: 1, stderr: expect.stringMatching(/^review-sentiment: .*EFBIG.*\n$/m) });
      expect(await linesOf(copy)).toHaveLength(JSON.parse(copied.stdout).done);

      const file = join(folder, "moved.jsonl");
      const moved = await runOnFullDisk(64, ["redrive", "export", file, "--json"]);
      expect(moved).toMatchObject({ code: 1, stderr: expect.stringMatching(/^review-sentiment: .*EFBIG.*\n$/m) });
      const { done } = JSON.parse(moved.stdout);
      // What was sent to a client as it closed comes again when its lease ends, after ten seconds.
      await sleep(12_000);
      const rest = join(folder, "rest.jsonl");
      const after = await run(["redrive", "export", rest, "--json"], env);
      expect(JSON.parse(after.stdout)).toMatchObject({ done: count - done, complete: true });
      const all = [...(await linesOf(file)), ...(await linesOf(rest))];
      expect(new Set(all.map(({ data }) => data)).size).toBe(count);
      expect(all).toHaveLength(count);
    });

    if (SOAK)
      it("takes 200 MB of messages", async () => {
        const data = Buffer.alloc(5_000_000, "x");
        for (let i = 0; i < 40; i++) await backend.queue.deadLetter(data, {});
        const summary = await run(["redrive", "summary", "--json"], env);
        expect(JSON.parse(summary.stdout)).toMatchObject({ done: 40, complete: true });
      });

    it("interrupted, loses none of hundreds and says that the rest is still there", async () => {
      const count = 600;
      await Promise.all(
        Array.from({ length: count }, (_, i) =>
          backend.queue.deadLetter(Buffer.from(`{"path":"reviews/r${i}"}`), { deadLetterReason: "path-mismatch" }),
        ),
      );
      const counted = await counter();
      const pubsub = await new GrpcProxy(hosts?.PUBSUB_EMULATOR_HOST as string).listen();
      closing.push(() => pubsub.cut());
      // Slow enough to be interrupted in the middle.
      pubsub.delayMs = 300;
      const first = new CliProcess(["redrive", "--json"], { ...env, PUBSUB_EMULATOR_HOST: pubsub.host });
      await eventually(async () => counted.messages > 0);
      const interrupted = await first.kill("SIGTERM");
      expect(interrupted.code).toBe(1);
      expect(interrupted.stderr).toContain("interrupted; the messages that were not taken are kept");

      expect((await run(["redrive", "--json"], env)).code).toBe(0);
      await eventually(async () => counted.paths.size === count, 60_000);
      expect(counted.messages).toBeLessThan(2 * count);
    });
  });
});
