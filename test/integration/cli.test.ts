/** The commands as a user runs them: each in a process of its own. */
import { once } from "node:events";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DemoSummary } from "../../worker/demo/summary.ts";
import { emulatorEnv, openOnEmulators, uniqueOptions } from "../backends.ts";
import { reviewPath } from "../ids.ts";
import { CliProcess, eventually, logEntries, run } from "../process.ts";

const hosts = emulatorEnv();
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "review-sentiment-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function file(name: string, content: string | Uint8Array): Promise<string> {
  await writeFile(join(folder, name), content);
  return join(folder, name);
}

const lines = (rows: unknown[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join("");

const REVIEWS = [
  { id: "1", text: "Wonderful. I love it, best purchase this year!", label: 1 },
  { id: "2", text: "Terrible. It broke at once, a waste of money.", label: 0 },
  { id: "3", text: "", label: 0 },
  { id: "4", text: "Excellent quality and very comfortable.", label: "positive" },
];

describe("demo", () => {
  it("labels the ordinary samples in memory and shows table, totals and what to do next", async () => {
    const { code, stdout, stderr } = await run(["demo", "--backend", "memory"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^40 reviews: 39 labelled, 1 not classifiable, 0 dead-lettered$/m);
    expect(stdout).toMatch(/^reviews\/o01 +POSITIVE +(NEUTRAL )? *[01]\.\d\d +Boils fast/m);
    expect(stdout).toMatch(/^Next:\n {2}npm run demo -- --samples hard/m);
    for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  });

  it("prints the same as one line of JSON, with the accuracy if the file has labels", async () => {
    const input = await file("labels.jsonl", lines(REVIEWS));
    const { code, stdout } = await run(["demo", "--backend", "memory", "--input", input, "--json"]);
    expect(code).toBe(0);
    const summary = JSON.parse(stdout) as DemoSummary;
    expect(summary).toEqual({
      backend: "memory",
      model: expect.stringMatching(/^lite@/),
      reviews: 4,
      labelled: 3,
      failed: 1,
      deadLettered: 0,
      accuracy: 1,
      seconds: expect.any(Number),
      reviewsPerSecond: expect.any(Number),
      publishToLabelMs: { p50: expect.any(Number), p95: expect.any(Number) },
      peakRssMb: expect.any(Number),
    });
  });

  it("reads gzipped CSV, and a text field of another name", async () => {
    const input = await file(
      "reviews.csv.gz",
      gzipSync('id,body\n1,"Lovely, I like it\nvery much"\n2,Awful and broken\n'),
    );
    const { stdout } = await run(["demo", "--backend", "memory", "--input", input, "--json"], { TEXT_FIELD: "body" });
    const summary = JSON.parse(stdout) as DemoSummary;
    expect(summary).toMatchObject({ reviews: 2, labelled: 2, failed: 0 });
    expect(summary).not.toHaveProperty("accuracy");
  });

  it.skipIf(hosts === undefined)("starts Google's emulators and stops them", async () => {
    const { code, stdout, stderr } = await run(["demo", "--samples", "hard", "--json"]);
    expect(code).toBe(0);
    // A loaded machine makes the command say what it waits for.
    expect(stderr).toMatch(/^(review-sentiment: waiting for .*\n)*$/);
    expect(JSON.parse(stdout)).toMatchObject({ backend: "emulator", reviews: 118, labelled: 107, failed: 11 });
  });

  it("falls back to memory and prints why, if there is no Cloud SDK", async () => {
    const { code, stdout } = await run(["demo", "--rows", "1"], { PATH: "/nowhere", CLOUDSDK_ROOT_DIR: folder });
    // This machine may have an SDK in another usual place; then Java is missing.
    expect(stdout).toMatch(/Running in memory instead: .*(SDK|Java)/);
    expect(stdout).toMatch(/backend memory/);
    expect(code).toBe(0);
  });

  it("fails with one sentence if the emulators are asked for and not installed", async () => {
    const { code, stderr } = await run(["demo", "--backend", "emulator"], {
      PATH: "/nowhere",
      CLOUDSDK_ROOT_DIR: folder,
    });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^review-sentiment: .*(SDK|Java).*--backend memory\n$/);
  });
});

describe("classify", () => {
  it("labels a file line by line, and keeps order and fields", async () => {
    const rows = Array.from({ length: 1_100 }, (_, i) => ({
      n: i,
      text: i % 100 === 7 ? null : `Number ${i} is ${i % 2 ? "great" : "bad"}`,
    }));
    const input = await file("many.jsonl.gz", gzipSync(lines(rows)));
    const output = join(folder, "many.out.jsonl.gz");
    const { code, stdout } = await run(["classify", "--input", input, "--output", output, "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ reviews: 1_100, labelled: 1_089, failed: 11 });
    const results = gunzipSync(await readFile(output))
      .toString()
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(results.map(({ n, text }) => ({ n, text }))).toEqual(rows);
    expect(results[7].sentiment).toMatchObject({ error: { code: "text-missing" } });
    expect(results[8].sentiment).toMatchObject({
      label: "NEGATIVE",
      score: expect.any(Number),
      scores: { NEGATIVE: expect.any(Number) },
    });
    expect(results[9].sentiment).toMatchObject({
      label: "POSITIVE",
      score: expect.any(Number),
      scores: { POSITIVE: expect.any(Number) },
    });
  });

  it("leaves no output behind if the input is broken, and names the line", async () => {
    const input = await file("broken.jsonl", '{"text":"good"}\nnot json\n');
    const output = join(folder, "broken.out.jsonl");
    const { code, stderr } = await run(["classify", "--input", input, "--output", output]);
    expect(code).toBe(2);
    expect(stderr).toContain(`${input}, line 2: not JSON`);
    await expect(stat(output)).rejects.toThrow();
  });
});

describe.skipIf(hosts === undefined)("publish and worker on the emulators", () => {
  it("label a published file; publishing it again classifies nothing and changes no document", async () => {
    const options = uniqueOptions();
    const env = { ...hosts, GOOGLE_CLOUD_PROJECT: options.projectId, LOG_LEVEL: "debug" };
    const input = await file("publish.jsonl", lines(REVIEWS));
    const worker = new CliProcess(["worker"], env);
    await worker.prints("worker started");
    const backend = openOnEmulators(options);
    const paths = REVIEWS.map(({ id }) => reviewPath(`reviews/${id}`));
    const settled = (): number => worker.stdout.split('"message settled"').length - 1;

    const first = await run(["publish", "--input", input], env);
    expect(first).toMatchObject({ code: 0, stdout: "4 reviews published to reviews\n" });
    await eventually(async () => settled() === 4);
    const before = await backend.store.load(paths);
    expect(before.map((review) => (review?.result as { label?: string } | undefined)?.label)).toEqual([
      "POSITIVE",
      "NEGATIVE",
      undefined,
      "POSITIVE",
    ]);

    await run(["publish", "--input", input, "--json"], env);
    await eventually(async () => settled() === 8);
    expect(await backend.store.load(paths)).toEqual(before);
    expect(worker.stdout.split('"outcome":"unchanged"')).toHaveLength(5);

    const forced = await run(["publish", "--force", "--json", ...paths.slice(0, 2)], env);
    expect(forced).toMatchObject({ code: 0, stdout: '{"published":2}\n' });
    await eventually(async () => settled() === 10);
    const after = await backend.store.load(paths);
    expect(after[0]?.version).not.toEqual(before[0]?.version);
    expect(after[3]?.version).toEqual(before[3]?.version);
    await worker.kill("SIGTERM");
    await backend.close();
  });
});

describe("usage errors", () => {
  it("in the environment are reported together, each with what to set, and exit 2", async () => {
    const { code, stderr } = await run(["worker"], {
      MAX_BATCH_REVIEWS: "many",
      REVIEWS_PATH: "reviews",
      NEUTRAL_BELOW: "2",
    });
    expect(code).toBe(2);
    expect(stderr).toMatch(/MAX_BATCH_REVIEWS is "many"; set it to a whole number/);
    expect(stderr).toMatch(/REVIEWS_PATH is "reviews": .*; set it to a template/);
    expect(stderr).toMatch(/NEUTRAL_BELOW is "2"; set it to a score from 0 to 1/);
    expect(stderr).not.toMatch(/at .*\.ts/);
  });

  it.each([
    ["an unknown command", ["wrker"], /unknown command 'wrker'/],
    ["a port that does not exist", ["dashboard", "--port", "70000"], /It must be 65535 at most/],
    ["a project that cannot be one", ["doctor", "--project", "p"], /'--project <id>' argument 'p' is invalid/],
    ["an unknown option", ["demo", "--inptu", "x"], /unknown option '--inptu'/],
    ["a file that does not exist", ["demo", "--input", "/nowhere.jsonl"], /\/nowhere\.jsonl: there is no such file/],
    ["nothing to publish", ["publish"], /either paths such as reviews\/abc, or --input FILE/],
    ["a condition that is not valid", ["replay", "--where", "shop=7"], /--where shop=7: write FIELD==VALUE/],
    ["a limit of 0", ["replay", "--limit", "0"], /must be more than 0/],
    [
      "other options beside a token",
      ["replay", "--resume", "abc", "--failed"],
      /only --rate, --max-backlog and --json can be given with it/,
    ],
    ["an option of replay after report", ["replay", "report", "x", "--failed"], /unknown option '--failed'/],
    ["an unknown subcommand", ["redrive", "sumary"], /too many arguments|unknown command/],
    [
      "a diagram with the name of a folder",
      ["eval", "--input", "x.csv", "--diagram", tmpdir()],
      /--diagram \S+ is a folder; name a file/,
    ],
    ["an output without a name", ["classify", "good", "--output", ""], /--output is empty: name a file/],
    [
      "a diagram in no folder",
      ["eval", "--input", "x.csv", "--diagram", "no-such-folder/a.svg"],
      /--diagram no-such-folder\/a\.svg: there is no folder no-such-folder/,
    ],
    ["a path that is not a review's", ["publish", "orders/1"], /"orders\/1" is not a review/],
    ["a path with a slash in front", ["publish", "/reviews/1"], /leave out the slash in front/],
  ])("such as %s exit 2 with one sentence", async (_, args, message) => {
    const { code, stderr } = await run(args);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });

  it("such as a broken input file end the demo with exit 2 on every backend", async () => {
    const input = await file("broken.jsonl", '{"text":"Fine."}\n{"text":\n');
    for (const backend of hosts === undefined ? ["memory"] : ["memory", "emulator"]) {
      const { code, stderr } = await run(["demo", "--backend", backend, "--input", input], hosts);
      expect(code).toBe(2);
      expect(stderr).toMatch(/broken\.jsonl.*line 2/);
    }
  });

  it.each(["K_SERVICE", "CLOUD_RUN_JOB"])(
    "are one entry of severity CRITICAL in the log of Cloud Run: %s",
    async (is) => {
      const { code, stderr } = await run(["worker"], { MAX_BATCH_REVIEWS: "0", LOG_LEVEL: "loud", [is]: "worker" });
      expect(code).toBe(2);
      expect(JSON.parse(stderr)).toEqual({
        severity: "CRITICAL",
        message: expect.stringMatching(/MAX_BATCH_REVIEWS[\s\S]*LOG_LEVEL/),
      });
    },
  );

  it("such as a folder without a model exit 2 and name the missing file", async () => {
    const { code, stderr } = await run(["demo", "--backend", "memory"], { MODEL: folder });
    expect(code).toBe(2);
    expect(stderr).toMatch(/is not a usable model folder: it has no readable config\.json/);
  });
});

it("a wrong option prints the error and the usage line, and not the whole help", async () => {
  const { code, stdout, stderr } = await run(["demo", "--inptu", "x"]);
  expect(code).toBe(2);
  expect(stdout).toBe("");
  expect(stderr).toBe(
    [
      "error: unknown option '--inptu'",
      "(Did you mean --input?)",
      "Usage: review-sentiment demo [options]",
      "Use --help for the options and examples.",
      "",
    ].join("\n"),
  );
});

it.each([
  ["a MODEL that does not exist", ["classify", "x"], /neither a model nor a folder "lite2"; the models are lite/],
  ["a setting of the worker as an option", ["worker", "--port", "80"], /settings are environment variables/],
  ["a project without --project", ["doctor", "my-shop-123"], /^Name the project with --project ID\.$/m],
  ["a file without --input", ["eval", "reviews.csv"], /^Name a file of reviews with --input FILE\.$/m],
  ["--model of a command that takes MODEL", ["demo", "--model", "lite-multi"], /MODEL=lite-multi npm run demo/],
])("%s gets a hint", async (_, args, hint) => {
  const { code, stderr } = await run(args, { MODEL: "lite2" });
  expect(code).toBe(2);
  expect(stderr).toMatch(hint);
});

it("--version prints the version", async () => {
  const { version } = JSON.parse(await readFile("package.json", "utf8")) as { version: string };
  expect(await run(["--version"])).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: "" });
});

it("an option that npm took, because -- was missing, stops the command with one sentence", async () => {
  const env = { npm_command: "run-script", npm_lifecycle_event: "replay", npm_config_dry_run: "true" };
  const { code, stderr } = await run(["replay"], env);
  expect(code).toBe(2);
  expect(stderr).toBe(
    "review-sentiment: npm took --dry-run for itself: put -- before the options, as in npm run replay -- --dry-run\n",
  );
});

it("a reader that goes away, such as head, is no error", async () => {
  const help = new CliProcess(["--help"]);
  help.child.stdout?.destroy();
  expect(await help.ended).toMatchObject({ code: 0, stderr: "" });

  // Inference threads are running when this one learns of it.
  const rows = Array.from({ length: 20_000 }, (_, n) => ({ n, text: `Number ${n} is a thing that I like a lot.` }));
  const input = await file("head.jsonl", lines(rows));
  const classify = new CliProcess(["classify", "--input", input, "--output", "-"]);
  await classify.prints('{"n":0,');
  classify.child.stdout?.destroy();
  expect(await classify.ended).toMatchObject({ code: 0, signal: null, stderr: "" });
});

/** Emulators that are not there: the worker starts and waits for them. */
const NO_SERVERS = { PUBSUB_EMULATOR_HOST: "127.0.0.1:1", FIRESTORE_EMULATOR_HOST: "127.0.0.1:1" };

it("a worker without credentials says in one sentence what to set, and exits 2 before it answers any probe", async () => {
  const env = { GOOGLE_APPLICATION_CREDENTIALS: join(folder, "absent.json"), GOOGLE_CLOUD_PROJECT: "my-shop-123" };
  const { code, stdout, stderr } = await run(["worker"], env);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toMatch(
    /^review-sentiment: GOOGLE_APPLICATION_CREDENTIALS names .*absent\.json, which holds no usable credentials: .*\n$/,
  );
});

it("a taken port is one sentence, and exit 2", async () => {
  const blocker = createServer().listen(0);
  await once(blocker, "listening");
  const { port } = blocker.address() as AddressInfo;
  const { code, stdout, stderr } = await run(["worker"], { ...NO_SERVERS, PORT: String(port) });
  blocker.close();
  expect({ code, stderr }).toEqual({ code: 2, stderr: "" });
  expect(logEntries(stdout)).toContainEqual(
    expect.objectContaining({
      severity: "CRITICAL",
      message: `the worker cannot start: port ${port} is in use by another process: set PORT to another port, or stop that process`,
    }),
  );
  expect(stdout).not.toMatch(/at .*\.ts/);
});

it("--help lists the commands", async () => {
  const { code, stdout } = await run(["--help"]);
  expect(code).toBe(0);
  for (const command of ["worker", "demo", "publish", "classify"]) expect(stdout).toContain(`\n  ${command} `);
});
