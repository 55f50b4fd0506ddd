/** `replay` as a process of its own, against Google's emulators. */
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { readModelFolder } from "../../model/folder.ts";
import { hashText } from "../../shared/result.ts";
import { Relay } from "../fault/relay.ts";
import { CliProcess, type Ended, eventually, run } from "../process.ts";
import { BLAME, CLI, hosts, itStaged, PRAISE, SOAK } from "./replay-stage.ts";

/** The model of the worker here. */
const { id: MODEL } = await readModelFolder(fileURLToPath(new URL("../../model/lite", import.meta.url)));

const tokenIn = ({ stderr }: Ended): string => /--resume ([A-Za-z0-9_-]+)/.exec(stderr)?.[1] as string;

describe("the command line", () => {
  it.each([
    [
      "labels into a file that would be read as another kind",
      ["replay", "--record", "x.csv.gz"],
      /name the file x\.jsonl/,
    ],
    ["labels into a file without a name", ["replay", "--record", ""], /--record is empty: name a file/],
    ["a range of texts", ["replay", "--where", "text>=A"], /text can only be compared by ==/],
  ])("refuses %s", async (_, args, message) => {
    const { code, stderr } = await run(args);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(message) });
  });

  it("refuses to continue in a job with several tasks, each of which would publish everything", async () => {
    const { code, stderr } = await run(["replay", "--resume", "abc"], {
      CLOUD_RUN_TASK_INDEX: "1",
      CLOUD_RUN_TASK_COUNT: "8",
    });
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(/--resume continues .*use --tasks 1/) });
  });

  it("has a help without empty defaults", async () => {
    const { code, stdout } = await run(["replay", "--help"]);
    expect(code).toBe(0);
    expect(stdout).not.toContain("default: []");
  });
});

describe.skipIf(hosts === undefined)("replay on the emulators", { timeout: 300_000 }, () => {
  itStaged("reports an unreachable Firestore in a line", async ({ stage }) => {
    const file = join(stage.folder, "labels.jsonl");
    await writeFile(file, '{"path":"reviews/a"}\n');
    const firestore = await stage.proxyFirestore();
    firestore.fate = () => "refuse";
    firestore.refusal = { code: 7, message: "the database is locked" };
    const { code, stderr } = await run(["replay", "report", file], stage.env);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^review-sentiment: .*the database is locked; .*roles\/datastore\.viewer is enough\nNothing was changed: run the report again\n$/m,
    );
  });

  itStaged(
    "ends although a Firestore that says nothing keeps its client busy",
    { timeout: 60_000 },
    async ({ stage }) => {
      const file = join(stage.folder, "labels.jsonl");
      await writeFile(file, '{"path":"reviews/a"}\n');
      const firestore = await new Relay("127.0.0.1:9").listen();
      firestore.deaf = true;
      const report = await run(["replay", "report", file], { ...stage.env, FIRESTORE_EMULATOR_HOST: firestore.host });
      const late = `Firestore: no answer within 10 s from the emulator at ${firestore.host}`;
      firestore.close();
      expect(report).toMatchObject({ code: 1, stderr: expect.stringContaining(late) });
    },
  );

  itStaged(
    "of thousands of reviews with a worker at work, interrupted and continued, publishes each once",
    async ({ stage }) => {
      const reviews = SOAK ? 20_000 : 2_000;
      await stage.put(reviews, () => ({ text: PRAISE }));
      const counted = await stage.countMessages();
      await stage.startWorker();

      const first = new CliProcess(["replay", "--json", "--rate", String(reviews / 4)], stage.env);
      await eventually(async () => counted.messages > reviews / 4, 200_000);
      const interrupted = await first.kill("SIGINT");
      expect(interrupted.code).toBe(1);
      const { published, resume, ...more } = JSON.parse(interrupted.stdout);
      expect(published).toBeGreaterThan(reviews / 4);
      expect(published).toBeLessThan(reviews);
      expect(more).toEqual({ publishedInAll: published, read: published, done: false });
      expect(resume).toBe(tokenIn(interrupted));

      const rest = reviews - published;
      expect(await run(["replay", "--resume", resume], stage.env)).toMatchObject({
        code: 0,
        stdout: `${rest} reviews published, ${reviews} with those before the interruption; ${rest} documents read\n`,
      });
      await eventually(async () => counted.messages >= reviews, 200_000);
      await eventually(async () => (await stage.countReviews("sentiment.label", "POSITIVE")) === reviews, 200_000);
      expect(counted.paths.size).toBe(reviews);
      expect(counted.messages).toBe(reviews);
    },
    800_000,
  );

  itStaged(
    "says how to continue when Firestore fails in the middle, and then publishes what was missing",
    async ({ stage }) => {
      await stage.put(2_500, () => ({ text: PRAISE }));
      const counted = await stage.countMessages();
      const firestore = await stage.proxyFirestore();
      let queries = 0;
      firestore.refusal = { code: 7, message: "the database is locked" };
      firestore.fate = (method) => (method === "RunQuery" && ++queries > 1 ? "refuse" : "pass");
      const failed = await run(["replay"], stage.env);
      expect(failed).toMatchObject({ code: 1, stdout: "1000 reviews published; 1000 documents read\n" });
      expect(failed.stderr).toMatch(
        /the database is locked; .*roles\/datastore\.viewer includes\nNot all reviews were published; continue with: npm run replay/,
      );
      expect(failed.stderr).not.toMatch(/at .*\.ts/);

      firestore.fate = () => "pass";
      const elsewhere = await run(["replay", "--resume", tokenIn(failed)], { ...stage.env, PUBSUB_TOPIC: "other" });
      expect(elsewhere).toMatchObject({ code: 2, stdout: "" });
      expect(elsewhere.stderr).toContain("PUBSUB_TOPIC was reviews and is other. Set them as they were");
      const { code, stdout } = await run(["replay", "--json", "--resume", tokenIn(failed)], stage.env);
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toEqual({ published: 1_500, publishedInAll: 2_500, read: 1_500, done: true });
      await eventually(async () => counted.paths.size === 2_500);
      expect(counted.messages).toBe(2_500);
    },
  );

  itStaged(
    "interrupted while Pub/Sub stores messages without confirming them, misses none later, and publishes these again",
    async ({ stage }) => {
      await stage.put(1_500, () => ({ text: PRAISE }));
      const counted = await stage.countMessages();
      const pubsub = await stage.proxyPubSub();
      const first = new CliProcess(["replay", "--rate", "200"], { ...stage.env, PUBSUB_EMULATOR_HOST: pubsub.host });
      await eventually(async () => counted.messages > 300, 60_000);
      pubsub.fate = (method) => (method === "Publish" ? "lose-answer" : "pass");
      const before = counted.messages;
      await eventually(async () => counted.messages > before + 100, 60_000);
      const interrupted = await first.kill("SIGINT");
      const confirmed = Number(/^(\d+) reviews published/.exec(interrupted.stdout)?.[1]);
      // Pub/Sub's client repeats a request without an answer, and the resumed replay repeats what was not confirmed.
      expect(counted.messages - confirmed).toBeGreaterThan(100);
      expect(await run(["replay", "--resume", tokenIn(interrupted)], stage.env)).toMatchObject({ code: 0 });
      await eventually(async () => counted.paths.size === 1_500, 60_000);
      expect(counted.messages - 1_500).toBeGreaterThan(100);
    },
  );

  if (SOAK)
    itStaged("stops within seconds also while Pub/Sub cannot be reached, and misses none later", async ({ stage }) => {
      await stage.put(3_000, () => ({ text: PRAISE }));
      const counted = await stage.countMessages();
      const pubsub = await stage.proxyPubSub();
      const first = new CliProcess(["replay", "--rate", "500"], { ...stage.env, PUBSUB_EMULATOR_HOST: pubsub.host });
      await eventually(async () => counted.messages > 500, 60_000);
      await pubsub.cut();
      const begun = performance.now();
      const interrupted = await first.kill("SIGINT");
      // Five seconds for what is on its way, and five for closing the client.
      expect(performance.now() - begun).toBeLessThan(25_000);
      expect(interrupted.code).toBe(1);

      expect(await run(["replay", "--resume", tokenIn(interrupted)], stage.env)).toMatchObject({ code: 0 });
      await eventually(async () => counted.paths.size === 3_000, 60_000);
      expect(counted.messages).toBeLessThanOrEqual(3_000 + 1_000);
    });

  itStaged(
    "in shards, as the tasks of a Cloud Run job, publishes each review once; an interrupted shard continues as itself",
    { timeout: SOAK ? 3_600_000 : 300_000 },
    async ({ stage }) => {
      // The emulator looks at every document of the collection for each query, whatever its limit: 25 s for four at once, with 200,000
      // documents on a busy machine.
      const [reviews, shards] = SOAK ? [200_000, 4] : [1_500, 2];
      // Ids as Firestore's clients create them.
      const ids = Array.from({ length: reviews }, () => stage.backend.store.firestore.collection("x").doc().id);
      for (let begin = 0; begin < reviews; begin += 2_000)
        await stage.backend.store.put(
          ids.slice(begin, begin + 2_000).map((id) => ({ path: `reviews/${id}`, fields: { text: PRAISE } })),
        );
      const counted = await stage.countMessages();
      const begun = performance.now();
      const task = (index: number, ...args: string[]) =>
        new CliProcess(["replay", "--json", ...args], {
          ...stage.env,
          CLOUD_RUN_TASK_INDEX: String(index),
          CLOUD_RUN_TASK_COUNT: String(shards),
        });
      const first = task(0, "--rate", "200");
      await Promise.race([eventually(async () => counted.messages > 0, SOAK ? 600_000 : 60_000), first.ended]);
      const interrupted = await first.kill("SIGINT");
      expect(interrupted).toMatchObject({ code: 1, stderr: expect.stringContaining(": interrupted") });
      // Not before: beside them Pub/Sub may take longer to confirm messages than an interrupted replay waits, and they are repeated.
      const others = Array.from({ length: shards - 1 }, (_, i) => task(i + 1).ended);
      const resumed = run(["replay", "--json", "--resume", tokenIn(interrupted)], stage.env);
      const ended = await Promise.all([...others, resumed]);
      expect(ended.map(({ code, stderr }) => ({ code, stderr }))).toEqual(
        ended.map(() => ({ code: 0, stderr: expect.any(String) })),
      );
      const published = ended.map(({ stdout }) => JSON.parse(stdout).publishedInAll as number);
      if (SOAK) console.log(`${published.join(" + ")} reviews in ${Math.round((performance.now() - begun) / 1_000)} s`);
      expect(published.reduce((sum, count) => sum + count)).toBe(reviews);
      // None has more than its share by half.
      expect(Math.max(...published)).toBeLessThan((1.5 * reviews) / shards);
      const paths = new Set(ids.map((id) => `reviews/${id}`));
      await eventually(async () => counted.paths.size >= reviews, 300_000);
      expect(counted.paths).toEqual(paths);
      // What Pub/Sub had stored but not confirmed when the first was interrupted is published again: on a busy machine, hundreds.
      expect(counted.messages).toBeLessThanOrEqual(reviews + (SOAK ? 1_000 : 0));
    },
  );

  itStaged("has bounds for shards, and refuses options that do not go with them", async ({ stage }) => {
    await stage.put(20, (i) => ({ text: PRAISE, shop: i % 2 }));
    const { stdout, stderr } = await run(["replay", "shards", "2"], stage.env);
    expect(stderr).toContain("an emulator cannot divide the reviews");
    const parts = ["1/2", "2/2"].map((shard) => ["--dry-run", "--shard", shard, "--bounds", stdout.trim()]);
    const counts = await Promise.all(parts.map((args) => run(["replay", ...args, "--where", "shop==1"], stage.env)));
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
      const refused = await run(["replay", ...args], stage.env);
      expect({ code: refused.code, stderr: refused.stderr }).toEqual({
        code: 2,
        stderr: expect.stringMatching(problem),
      });
    }
  });

  itStaged("dry, says how many of what is selected, and needs no Pub/Sub", async ({ stage }) => {
    const env = { ...stage.env, PUBSUB_EMULATOR_HOST: "" };
    await stage.put(30, (i) => ({
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
    expect(await run(["replay", "shards", "2"], env)).toMatchObject({ code: 0 });
  });

  itStaged("after a change of model labels what another one labelled, and reports what changed", async ({ stage }) => {
    const file = join(stage.folder, "labels.jsonl");
    const old = (text: string) => ({ label: "POSITIVE", score: 0.7, model: "old@1", textHash: hashText(text) });
    await stage.put(40, (i) => {
      const text = i % 4 === 0 ? BLAME : PRAISE;
      return { text, sentiment: i < 20 ? old(text) : { ...old(text), model: MODEL } };
    });
    const counted = await stage.countMessages();
    const replayed = await run(["replay", "--other-model", "--record", file], stage.env);
    expect(replayed).toMatchObject({ code: 0, stdout: "20 reviews published; 20 documents read\n" });
    expect(replayed.stderr).toContain(
      `MODEL is ${MODEL} (reads en), the default; selecting reviews that another model labelled\n`,
    );

    const early = await run(["replay", "report", file, "--json"], stage.env);
    expect(early.code).toBe(1);
    expect(JSON.parse(early.stdout)).toMatchObject({ reviews: 20, waiting: 20, changed: 0 });

    await stage.startWorker();
    await eventually(async () => (await stage.countReviews("sentiment.model", MODEL)) === 40);
    // The record names the model, so the report does not depend on MODEL.
    const report = await run(["replay", "report", file, "--limit", "2"], { ...stage.env, MODEL: "lite-multi" });
    expect(report).toMatchObject({ code: 0 });
    expect(report.stdout.split("\n").slice(0, 3)).toEqual([
      `20 reviews: 20 labelled by ${MODEL}`,
      "5 labels changed (25.0 %)",
      "  POSITIVE → NEGATIVE: 5",
    ]);
    expect(report.stdout.match(/^reviews\/r\d+ +POSITIVE +NEGATIVE/gm)).toHaveLength(2);
    expect(report.stdout).not.toMatch(/waste|love/);
    expect(counted.messages).toBe(20);
    expect(await run(["replay", "--other-model", "--dry-run"], stage.env)).toMatchObject({
      stdout: "0 reviews would be published; finding them reads 0 documents\n",
    });
  });

  if (SOAK)
    itStaged("labels unchanged reviews once more if it is forced to", async ({ stage }) => {
      const current = { label: "NEUTRAL", score: 0.5, model: MODEL, textHash: hashText(PRAISE) };
      await stage.put(3, () => ({ text: PRAISE, sentiment: current }));
      await stage.startWorker();
      expect(await run(["replay", "--force", "--where", "sentiment.score<0.6"], stage.env)).toMatchObject({ code: 0 });
      await eventually(async () => (await stage.countReviews("sentiment.label", "POSITIVE")) === 3);
    });

  itStaged(
    "leaves what people decide as it is, also when they decide while the worker labels again",
    async ({ stage }) => {
      const { firestore } = stage.backend.store;
      const reviews = 60;
      const triage = (i: number, note: string) => ({
        state: "done",
        label: i % 2 === 0 ? "NEGATIVE" : "NEUTRAL",
        textHash: hashText(PRAISE),
        assignee: "ann@example.com",
        by: "ann@example.com",
        at: new Date(1_700_000_000_000 + i),
        note,
      });
      const fields = (i: number) => ({ text: PRAISE, rating: 5, customer: { name: `c${i}`, orders: [i] } });
      const old = { label: "NEGATIVE", score: 0.7, model: "old@1", textHash: hashText(PRAISE), stale: true };
      await stage.put(reviews, (i) => ({ ...fields(i), sentiment: old, triage: triage(i, "before") }));
      await stage.startWorker();
      const replayed = run(["replay", "--other-model"], stage.env);
      // Every second review gets another decision meanwhile, again and again.
      const meanwhile = Array.from({ length: reviews / 2 }, (_, i) => 2 * i);
      let rounds = 0;
      const relabelled = () => stage.countReviews("sentiment.model", MODEL);
      await eventually(async () => {
        rounds++;
        await Promise.all(
          meanwhile.map((i) => firestore.doc(`reviews/r${i}`).update({ triage: triage(i, `round ${rounds}`) })),
        );
        return (await relabelled()) === reviews;
      }, 200_000);
      expect(await replayed).toMatchObject({ code: 0 });
      for (let i = 0; i < reviews; i++) {
        const { sentiment, triage: kept, ...others } = (await stage.backend.store.get(`reviews/r${i}`)) ?? {};
        expect(sentiment).toMatchObject({ label: "POSITIVE", model: MODEL });
        expect(sentiment).not.toHaveProperty("stale");
        expect(others).toEqual(fields(i));
        const { at, ...decided } = kept as { at: { toDate(): Date } };
        const expected = triage(i, i % 2 === 0 ? `round ${rounds}` : "before");
        expect({ ...decided, at: at.toDate() }).toEqual(expected);
      }
    },
  );

  itStaged("says what to do where Firestore has no index for the selection", async ({ stage }) => {
    const firestore = await stage.proxyFirestore();
    firestore.refusal = {
      code: 9,
      message: "The query requires an index. You can create it here: https://console.example/x",
    };
    firestore.fate = (method) => (/^Run(Aggregation)?Query$/.test(method) ? "refuse" : "pass");
    const { code, stdout, stderr } = await run(["replay", "--other-model"], stage.env);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "0 reviews published; 0 documents read\n" });
    expect(stderr).toMatch(/create it here: https:\/\/console\.example\/x/);
    expect(stderr).toMatch(/add --unlabelled/);

    firestore.refusal.message = "The database is in Datastore Mode.";
    const dry = await run(["replay", "--other-model", "--dry-run"], stage.env);
    expect({ code: dry.code, stdout: dry.stdout }).toEqual({ code: 1, stdout: "" });
    expect(dry.stderr).toMatch(/^review-sentiment: Firestore: .*The database is in Datastore Mode\.\n$/m);
  });

  itStaged(
    "on a terminal, continues without a count that fails, and draws no bar where there is nothing, and says how to follow the work",
    async ({ stage }) => {
      const onTerminal = (args: string) =>
        promisify(execFile)("script", ["-qec", `"${process.execPath}" "${CLI}" ${args}`, "/dev/null"], {
          env: { ...process.env, ...stage.env },
        });
      expect((await onTerminal("replay")).stdout).not.toContain("0 of 0");
      await stage.put(3, () => ({ text: PRAISE }));
      const whole = (await onTerminal("replay")).stdout;
      expect(whole).toContain("3 of 3");
      // A dry run would count the labelled reviews, too.
      expect(whole).not.toContain("How many are left");
      const unlabelled = (await onTerminal("replay --unlabelled")).stdout;
      expect(unlabelled).toContain("How many are left: repeat the command with --dry-run");
      const firestore = await stage.proxyFirestore();
      firestore.fate = (method) => (method === "RunAggregationQuery" ? "refuse" : "pass");
      firestore.refusal = { code: 7, message: "no counts" };
      const { stdout } = await onTerminal("replay");
      expect(stdout).toContain("replaying 3");
      expect(stdout).toContain("3 reviews published; 3 documents read");
    },
  );
});
