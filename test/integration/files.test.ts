/** Commands that read and write files, each as a process of its own. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, open, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { text as textOf } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { emulatorEnv, openOnEmulators, uniqueOptions } from "../backends.ts";
import { GrpcProxy } from "../fault/proxy.ts";
import { reviewPath } from "../ids.ts";
import { buildImage } from "../image.ts";
import { listen } from "../listen.ts";
import { CliProcess, type Ended, eventually } from "../process.ts";

const ENV = { INFERENCE_THREADS: "1" };
/** No credentials can be found with these. */
const NO_CREDENTIALS = { HOME: "/nowhere", METADATA_SERVER_DETECTION: "none" };

// These tests start a hundred processes: the image's, which start in half of the sources' CPU time.
let image: string;
let cli: string;
beforeAll(async () => {
  image = await mkdtemp(join(tmpdir(), "review-sentiment-image-"));
  cli = await buildImage(image);
});
afterAll(() => rm(image, { recursive: true }));

function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): CliProcess {
  return new CliProcess(args, env, cli);
}

function run(...command: Parameters<typeof start>): Promise<Ended> {
  return start(...command).ended;
}

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "review-sentiment-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

/** Runs a shell line in the folder, in which `$CLI` is the command. */
async function shell(line: string, input = ""): Promise<Ended> {
  const { PATH = "", HOME = "", NODE_COMPILE_CACHE = "" } = process.env;
  const env = { PATH, HOME, NODE_COMPILE_CACHE, ...ENV, CLI: `${process.execPath} ${cli}` };
  const child = spawn("bash", ["-o", "pipefail", "-c", line], { cwd: folder, env });
  child.stdin.end(input);
  const output = Promise.all([textOf(child.stdout), textOf(child.stderr)]);
  const [code, signal] = await once(child, "close");
  const [stdout, stderr] = await output;
  return { code, signal, stdout, stderr };
}

const lines = (text: string) =>
  text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

describe("classify", () => {
  it("labels the texts of the command line", async () => {
    const { code, stdout, stderr } = await shell('$CLI classify "Broke after a day." "I love it"');
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(lines(stdout).map(({ text, sentiment }) => [text, sentiment.label])).toEqual([
      ["Broke after a day.", "NEGATIVE"],
      ["I love it", "POSITIVE"],
    ]);
    expect(Object.keys(lines(stdout)[0].sentiment.scores)).toContain("POSITIVE");
  });

  it("labels the others if the model fails on one, counts it, and exits 1", async () => {
    // Each second run fails in a thread, of which the first is its warm-up.
    const faults = new URL("../fault/thread-faults.mjs", import.meta.url).href;
    const env = { ...ENV, BATCHING: "exact", NODE_OPTIONS: `--import ${faults}`, FAULT: "throw", FAULT_EVERY: "2" };
    // From the sources: the faults do not reach a bundle's threads.
    const { code, stdout, stderr } = await new CliProcess(["classify", "Broke after a day.", "I love it"], env).ended;
    expect(lines(stdout).map(({ sentiment }) => sentiment.error?.code ?? sentiment.label)).toEqual([
      "inference-failed",
      "POSITIVE",
    ]);
    expect(stderr).toMatch(/^1 of 2 reviews labelled by lite@\S+, 1 on which the model failed, in /);
    expect(code).toBe(1);
  });

  it("labels standard input, as texts or as a file of reviews, into standard output alone", async () => {
    const texts = await shell("$CLI classify -", "I hate it\n\nI love it\n");
    expect(lines(texts.stdout).map(({ sentiment }) => sentiment.label)).toEqual(["NEGATIVE", "POSITIVE"]);
    const csv = await shell("$CLI classify --input - --field body", "id;body\n1;I love it\n2;\n");
    expect(csv.code).toBe(0);
    expect(lines(csv.stdout)).toMatchObject([
      { id: "1", body: "I love it", sentiment: { label: "POSITIVE" } },
      { id: "2", body: "", sentiment: { error: { code: "text-blank" } } },
    ]);
    expect(csv.stderr).toMatch(/^1 of 2 reviews labelled by \S+, 1 text-blank, in /);
  });

  it("writes into what is no regular file without replacing it", async () => {
    await file("in.jsonl", '{"text":"I love it"}\n');
    const { stdout } = await shell("$CLI classify -i in.jsonl -o /dev/stdout 2>/dev/null | cat");
    expect(stdout).toContain('"POSITIVE"');
    const redirected = await shell("echo first > out; $CLI classify -i in.jsonl -o /dev/stdout >> out; cat out");
    expect(redirected.stdout).toMatch(/^first\n.*"POSITIVE"/);
    const emptied = await shell("$CLI classify -i in.jsonl -o /dev/stdout > out; cat out");
    expect(lines(emptied.stdout)).toMatchObject([{ text: "I love it" }]);
    const fifo = await shell("mkfifo pipe; cat pipe & $CLI classify -i in.jsonl -o pipe; wait; stat -c %F pipe");
    expect(fifo.stdout).toMatch(/"POSITIVE"[\s\S]*fifo/);
  });

  it("replaces the file behind a symbolic link, not the link", async () => {
    await file("in.jsonl", '{"text":"I love it"}\n');
    await file("real.jsonl", "old");
    await symlink(join(folder, "real.jsonl"), join(folder, "link.jsonl"));
    expect(await shell("$CLI classify -i in.jsonl -o link.jsonl && readlink link.jsonl")).toMatchObject({ code: 0 });
    expect(await readFile(join(folder, "real.jsonl"), "utf8")).toContain('"POSITIVE"');
  });

  it.each([
    ["over its input by another name", "./hard-link.jsonl", /is the input: name another file/],
    ["into a workbook", "out.xlsx", /JSON lines and CSV can be written; name the file out\.jsonl or out\.csv/],
  ])("does not write %s", async (_, output, message) => {
    await file("in.jsonl", '{"text":"I love it"}\n');
    const { code, stderr } = await shell(`ln in.jsonl hard-link.jsonl; $CLI classify -i in.jsonl -o ${output}`);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(message) });
    expect((await readdir(folder)).toSorted()).toEqual(["hard-link.jsonl", "in.jsonl"]);
    expect(await readFile(join(folder, "in.jsonl"), "utf8")).toBe('{"text":"I love it"}\n');
  });

  it.each([
    ["a text field that is absent", '{"review":"a","stars":5}\n', /has no field "text" .*"review", "stars".*--field/],
    ["a field that has a result already", '{"text":"a"}\n{"text":"b","sentiment":1}\n', /line 2: .*--result-field/],
    ["bytes that are not UTF-8", Buffer.from('{"text":"caf\xe9"}\n', "latin1"), /line 1: not UTF-8.*--encoding/],
  ])("refuses %s, and leaves no file behind", async (_, content, message) => {
    const input = await file("in.jsonl", content);
    const { code, stderr } = await run(["classify", "-i", input, "-o", join(folder, "out.jsonl")], ENV);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(message) });
    expect(await readdir(folder)).toEqual(["in.jsonl"]);
  });

  it("keeps the input's own field beside the results, digits as they were, and decodes a named encoding", async () => {
    const input = await file(
      "in.jsonl",
      Buffer.from('{"id":765432109876760513,"text":"caf\xe9, I love it","sentiment":1}\n', "latin1"),
    );
    const { stdout } = await run(["classify", "-i", input, "--result-field", "model", "--encoding", "latin1"], ENV);
    expect(stdout).toMatch(
      /^\{"id":765432109876760513,"text":"café, I love it","sentiment":1,"model":\{"label":"POSITIVE"/,
    );
  });

  it("writes CSV with the columns and the separator of its input, which it can read again", async () => {
    await file("in.csv", "id;body;Sterne\n1;Ich; I love it;5\n".replace("Ich; I", '"Wow; I').replace("it;5", 'it";5'));
    const { code, stdout } = await shell("$CLI classify -i in.csv --field body -o out.csv && cat out.csv");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^1 of 1 review labelled by lite@\d+, in .*: out\.csv$/m);
    expect(stdout).toMatch(
      /^\uFEFFid;body;Sterne;sentiment\.label;sentiment\.score;sentiment\.scores\.NEGATIVE;.*;sentiment\.language;sentiment\.model;sentiment\.error\.code\n1;"Wow; I love it";5;POSITIVE;0,\d{1,4};.*;lite@\d+;\n$/m,
    );
    const doubled = await shell("$CLI classify -i out.csv --field body -o doubled.csv");
    expect(doubled).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/"sentiment.label" exists.*--result-field/),
    });
    const again = await shell("$CLI eval -i out.csv --field body --label-field sentiment.label --errors errors.csv");
    expect(again.stdout).toContain("0 misclassified reviews: errors.csv");
  });

  it.each(["classify", "eval"])(
    "%s takes TEXT_FIELD for the text, unless --field names another one",
    async (command) => {
      const input = await file("in.jsonl", '{"content":{"body":"I love it"},"other":"I love it","stars":5}\n');
      const env = { ...ENV, TEXT_FIELD: "content.body" };
      expect(await run([command, "-i", input], env)).toMatchObject({ code: 0 });
      expect(await run([command, "-i", input, "--field", "other"], env)).toMatchObject({ code: 0 });
    },
  );

  it("calls a text of the command line text, whatever TEXT_FIELD is", async () => {
    const { stdout } = await run(["classify", "I love it"], { ...ENV, TEXT_FIELD: "content.body" });
    expect(JSON.parse(stdout)).toMatchObject({ text: "I love it" });
  });

  it("says how many cells of CSV got an apostrophe, and that JSON lines have none", async () => {
    await file("in.csv", "id;body;Sterne\n1;-bad handle;5\n2;I hate it;-1\n3;=I love it;@ann\n");
    const written = await shell("$CLI classify -i in.csv --field body -o out.csv");
    expect(written).toMatchObject({
      code: 0,
      stderr:
        "review-sentiment: out.csv: there is an apostrophe before 3 cells that a spreadsheet would run as formulas; in JSON lines (.jsonl) there is none\n",
    });
    expect(await readFile(join(folder, "out.csv"), "utf8")).toMatch(/;'-bad handle;(?:.|\n)*;'=I love it;'@ann;/);
    expect(await shell("$CLI classify -i in.csv --field body -o out.jsonl")).toMatchObject({ code: 0, stderr: "" });
  });

  it("warns of texts that were encoded twice, as eval does", async () => {
    await file("twice.csv", `stars,text\n${"5,Sehr schÃ¶n\n".repeat(3)}`);
    const warning =
      'review-sentiment: 3 texts were encoded twice, such as "schÃ¶n" for "schön": export the reviews again, and open the export as UTF-8\n';
    for (const command of ["classify -o out.jsonl", "eval"])
      expect(await shell(`$CLI ${command} -i twice.csv`)).toMatchObject({
        code: 0,
        stderr: expect.stringContaining(warning),
      });
  });

  it("says on standard error that there are no reviews", async () => {
    await file("in.csv", "id,text\n");
    const none = (name: string) => `review-sentiment: ${name} contains no reviews`;
    const written = await shell("$CLI classify -i in.csv -o out.csv");
    expect(written).toMatchObject({ code: 0, stdout: "", stderr: `${none("in.csv")}; out.csv is empty\n` });
    const piped = await shell("$CLI classify -", "");
    expect(piped).toMatchObject({ code: 0, stdout: "", stderr: `${none("standard input")}\n` });
    const json = await shell("$CLI classify -i in.csv -o out.csv --json");
    expect(json).toMatchObject({ code: 0, stderr: written.stderr });
    expect(JSON.parse(json.stdout)).toMatchObject({ reviews: 0 });
  });

  it("leaves nothing behind when it is interrupted", async () => {
    const input = await file("in.jsonl.gz", gzipSync('{"text":"I love it, and would buy it again"}\n'.repeat(200_000)));
    const output = join(folder, "out.jsonl");
    const classify = start(["classify", "-i", input, "-o", output], ENV);
    await eventually(async () => (await readdir(folder)).some((name) => name.endsWith(".partial")));
    await sleep(1_000);
    const { code, stderr } = await classify.kill("SIGINT");
    expect({ code, stderr }).toEqual({ code: 1, stderr: "review-sentiment: interrupted; nothing was written\n" });
    expect(await readdir(folder)).toEqual(["in.jsonl.gz"]);
  });

  it("ends at the second signal although its threads compute, and leaves nothing behind", async () => {
    const text = "It is good, and it was bad. ".repeat(70);
    const input = await file("in.jsonl", `${JSON.stringify({ text })}\n`.repeat(1_500));
    const classify = start(["classify", "-i", input, "-o", join(folder, "out.jsonl")], {
      ...ENV,
      MAX_BATCH_TOKENS: "65536",
      BATCHING: "tokens",
      INFERENCE_THREADS: "1",
    });
    await eventually(async () => (await readdir(folder)).some((name) => name.endsWith(".partial")));
    await sleep(2_000);
    classify.child.kill("SIGINT");
    await sleep(600);
    expect(await classify.kill("SIGINT")).toMatchObject({
      code: 1,
      signal: null,
      stderr: "review-sentiment: interrupted; nothing was written\n",
    });
    expect(await readdir(folder)).toEqual(["in.jsonl"]);
  });

  it.skipIf(!existsSync("/dev/full"))("says in a sentence that the disk is full, and exits 1", async () => {
    const rows = Array.from({ length: 3_000 }, (_, n) => `{"n":${n},"text":"Number ${n} is good."}\n`);
    const input = await file("many.jsonl", rows.join(""));
    const full = await open("/dev/full", "w");
    const child = spawn(process.execPath, [cli, "classify", "--input", input, "--output", "-"], {
      env: { ...process.env, ...ENV },
      stdio: ["ignore", full.fd, "pipe"],
    });
    const ended = once(child, "close");
    const [stderr, [code, signal]] = await Promise.all([textOf(child.stderr as Readable), ended]);
    await full.close();
    expect({ code, signal }).toEqual({ code: 1, signal: null });
    expect(stderr).toBe("review-sentiment: the output could not be written: ENOSPC: no space left on device, write\n");
  });

  it("ends quietly when nobody reads its output any more", async () => {
    await file("in.jsonl", '{"text":"I love it"}\n'.repeat(3_000));
    const { code, stderr, stdout } = await shell("set +o pipefail; $CLI classify -i in.jsonl | head -n 1");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(lines(stdout)).toHaveLength(1);
  });
});

it.each([
  ["publish", "$CLI publish --input <(cat in.jsonl)"],
  ["publish", "$CLI publish --input - < in.jsonl"],
  ["eval", "$CLI eval --input - < in.jsonl"],
])("%s refuses what it cannot read twice", async (_, line) => {
  await file("in.jsonl", '{"text":"a","label":1}\n');
  const { code, stderr } = await shell(line);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining("can be read only once") });
});

it("demo reads any file of reviews, with the field and the encoding that are named, and repeats them in its suggestions", async () => {
  const content = "id;review;stars\r\n1;I love it, caf\xe9;5\r\n2;I hate it;1\r\n";
  const input = await file("in.csv", Buffer.from(content, "latin1"));
  const args = ["demo", "--backend", "memory", "--input", input, "--field", "review", "--encoding", "latin1"];
  const { code, stdout } = await run(args, ENV);
  expect(code).toBe(0);
  expect(stdout).toContain("2 of 2 labels match the file");
  expect(stdout).toContain(`classify --input ${input} --field review --encoding latin1 --output labelled.csv`);
  const refused = await run(["demo", "--backend", "memory", "--input", input], ENV);
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining("line 2: not UTF-8") });
});

it("demo refuses different reviews with one id, and names their lines", async () => {
  const input = await file("in.csv", "id;text\n1;I love it\n2;I love it\n;\n1;I hate it\n2;Broke\n");
  const refused = await run(["demo", "--backend", "memory", "--input", input], ENV);
  expect(refused).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(
      "different reviews have the same id, and only one of them could be stored: reviews/1 (lines 2 and 5), reviews/2 (lines 3 and 6). ",
    ),
  });
  expect(refused.stderr).toContain("in.csv: 1 empty row was skipped\n");
});

it("demo counts equal rows with one id once, and says why labels are not compared", async () => {
  const input = await file("in.csv", "id;text;Sterne (1-5)\n1;I love it;5\n1;I love it;5\n2;I love it;3\n");
  const args = ["demo", "--backend", "memory", "--input", input];
  const { code, stdout, stderr } = await run(args, ENV);
  expect(code).toBe(0);
  expect(stdout).toContain("This demo labels 2 reviews");
  expect(stderr).toContain("1 row is equal to an earlier one and was left out");
  expect(stdout).toMatch(
    /^Labels not compared: no row has a label in .*the fields are "id", "text", "Sterne \(1-5\)"\. Name the one with the labels by --label-field/m,
  );
  const compared = await run([...args, "--label-field", "Sterne (1-5)"], ENV);
  expect(compared.stdout).toMatch(/^\d of 2 labels match the file/m);
  const commas = await file("commas.csv", "id;text;Puntuación\n1;I love it;4,5\n2;I hate it;1,5\n3;I hate it;raro\n");
  const some = await run(["demo", "--backend", "memory", "--input", commas, "--label-field", "Puntuación"], ENV);
  expect(some.stdout).toContain("2 of 2 labels match the file");
  expect(some.stdout).toContain("\nLabels not compared: raro (1)\nTo use these labels, add --gold raro=LABEL,\n");
  const missing = await run([...args, "--label-field", "stars"], ENV);
  expect(missing).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('no row has a label in "stars"; the fields are "id", "text"'),
  });
});

it.each(["classify", "publish"])(
  "%s says what to do with the name of a file in place of its argument",
  async (command) => {
    await file("reviews.csv", "text\na\n");
    const { code, stderr } = await shell(`$CLI ${command} reviews.csv`);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining("use --input reviews.csv") });
  },
);

describe("eval", () => {
  it("evaluates a file of two classes between these, and shows what its labels were", async () => {
    const input = await file("two.csv", "review,verdict\nI love it,2\nI hate it,1\nGreat,2\nSo so,maybe\n,1\n");
    const args = ["eval", "-i", input, "--field", "review", "--label-field", "verdict", "--json"];
    const { code, stdout } = await run(args, ENV);
    expect(code).toBe(0);
    const [set] = JSON.parse(stdout).sets;
    expect(set).toMatchObject({
      reviews: 3,
      skipped: 2,
      skippedBecause: { maybe: 1, "text-blank": 1 },
      labels: ["NEGATIVE", "POSITIVE"],
      accuracy: 1,
      macroF1: 1,
      confusion: { NEGATIVE: { NEGATIVE: 1, POSITIVE: 0 }, POSITIVE: { NEGATIVE: 0, POSITIVE: 2 } },
      calibrationError: expect.any(Number),
      classwiseCalibrationError: expect.any(Number),
    });
    const { stdout: tables } = await run(args.slice(0, -1), ENV);
    const unknown = await run([...args.slice(0, -1), "--by", "lang"], ENV);
    expect(unknown).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--by lang: no review has this field; the fields are "review", "verdict"'),
    });
    expect(tables).toMatch(/^two\.csv +3 of 5 +100\.0 +1\.000 /m);
    expect(tables).toMatch(/^POSITIVE +0 +2 +1\.000$/m);
    expect(tables).toContain(
      "two.csv: 2 reviews skipped: maybe (1), text-blank (1)\nTo use these labels, add --gold maybe=LABEL",
    );
    for (const line of tables.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  });

  it("writes the misclassified reviews with both labels, the most certain mistake first", async () => {
    const rows = [
      "id;body;class",
      "a;I love it;positiv",
      "b;Great, I love it;negativ",
      "c;It is good;negativ",
      "d;;negativ",
    ];
    const input = await file("in.csv", rows.join("\n"));
    const errors = join(folder, "errors.jsonl");
    const { code, stdout } = await run(["eval", "-i", input, "--field", "body", "--errors", errors], ENV);
    expect(code).toBe(0);
    expect(stdout).toContain(`2 misclassified reviews: ${errors}`);
    const written = lines(await readFile(errors, "utf8"));
    expect(written.map(({ id }) => id).toSorted()).toEqual(["b", "c"]);
    for (const { class: label, evaluation } of written) {
      expect(label).toBe("negativ");
      expect(evaluation).toMatchObject({ file: "in.csv", actual: "NEGATIVE", predicted: "POSITIVE" });
    }
    expect(written[0].evaluation.score).toBeGreaterThanOrEqual(written[1].evaluation.score);
    const again = await run(["eval", "-i", errors, "--field", "body", "--errors", join(folder, "again.jsonl")], ENV);
    expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining('have a field "evaluation"') });
    const same = await run(
      ["eval", "-i", input, "--errors", join(folder, "x.svg"), "--diagram", `${folder}/./x.svg`],
      ENV,
    );
    expect(same).toMatchObject({ code: 2, stderr: expect.stringContaining("name the same file") });
  });

  it("takes a threshold's NEUTRAL for the middle class, whatever the model", async () => {
    const input = await file(
      "stars.jsonl",
      '{"text":"I love it","stars":5}\n{"text":"I hate it","stars":1}\n{"text":"a","stars":3}\n',
    );
    const { stdout } = await run(["eval", "-i", input, "--json"], { ...ENV, NEUTRAL_BELOW: "0.9999" });
    const [set] = JSON.parse(stdout).sets;
    expect(set).toMatchObject({ reviews: 3, confusion: { NEUTRAL: { NEUTRAL: 1 } }, neutral: expect.any(Number) });
  });

  it("names the model that reads more languages", async () => {
    const reviews = [
      { text: "I love it", stars: 5 },
      { text: "Llegó roto y nadie responde a mis mensajes", stars: 1 },
    ];
    const input = await file("es.jsonl", reviews.map((review) => JSON.stringify(review)).join("\n"));
    const { stdout } = await run(["eval", "-i", input], ENV);
    expect(stdout).toContain(
      "es.jsonl: 1 review skipped: language-unsupported (1)\n\nMODEL=lite-multi reads twelve languages.",
    );
  });

  it("asks what labels mean that can mean several things", async () => {
    const input = await file("three.csv", "text,label\na,1\nb,2\nc,3\n");
    const { code, stderr } = await run(["eval", "-i", input], ENV);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringMatching(/"label" holds 1, 2, 3, .*--gold stars/),
    });
  });
});

describe("without credentials or project", () => {
  const sentence = (what: string) => ({
    code: 2,
    stdout: "",
    stderr: expect.stringMatching(new RegExp(`^review-sentiment: ${what}[^\\n]*\\n$`)),
  });

  it.each([
    ["publish", ["publish", "reviews/a"]],
    ["replay", ["replay"]],
    ["replay shards", ["replay", "shards", "4"]],
    ["redrive summary", ["redrive", "summary"]],
    ["redrive", ["redrive", "--json"]],
    ["redrive export", ["redrive", "export", join(tmpdir(), "dead-letters.jsonl")]],
    ["doctor", ["doctor"]],
    ["eval", ["eval", "--from-firestore"]],
    ["classify", ["classify", "--from-firestore"]],
    ["dashboard", ["dashboard", "--project", "my-shop-123"]],
    ["dashboard --check", ["dashboard", "--check", "--project", "my-shop-123"]],
    ["worker", ["worker"]],
  ])("%s says in a sentence what to set", async (_, args) => {
    // The image has no dashboard.
    const command = args[0] === "dashboard" ? new CliProcess(args, NO_CREDENTIALS) : start(args, NO_CREDENTIALS);
    const { code, stdout, stderr } = await command.ended;
    expect({ code, stdout, stderr }).toEqual(
      sentence("no Google credentials: run `gcloud auth application-default login`"),
    );
  });

  it("says nothing else where a proxy answers in place of the metadata server", async () => {
    const proxy = createServer((_, answer) => answer.writeHead(403).end());
    const host = await listen(proxy);
    const env = { HOME: "/nowhere", METADATA_SERVER_DETECTION: "ping-only", GCE_METADATA_HOST: host };
    const { code, stdout, stderr } = await run(["redrive", "summary"], env);
    proxy.close();
    expect({ code, stdout, stderr }).toEqual(sentence("no Google credentials"));
  });

  it("names a key file that cannot be used, and a project that is missing", async () => {
    const key = { GOOGLE_APPLICATION_CREDENTIALS: await file("key.json", "{}") };
    const broken = await run(["redrive", "summary"], { ...NO_CREDENTIALS, ...key });
    expect(broken).toMatchObject(
      sentence(`GOOGLE_APPLICATION_CREDENTIALS names ${key.GOOGLE_APPLICATION_CREDENTIALS}`),
    );
    const user = { type: "authorized_user", client_id: "a", client_secret: "b", refresh_token: "c" };
    await file("key.json", JSON.stringify(user));
    const noProject = await run(["replay", "--dry-run"], { ...NO_CREDENTIALS, ...key });
    expect(noProject).toMatchObject(sentence("no project: set GOOGLE_CLOUD_PROJECT"));
  });

  it("says which emulator is missing", async () => {
    const { code, stderr } = await run(["replay"], { PUBSUB_EMULATOR_HOST: "http://localhost:1" });
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining("FIRESTORE_EMULATOR_HOST is not: set both"),
    });
  });
});

describe("publish", () => {
  it.each([
    [
      "an array inside an array",
      '{"text":"a"}\n{"text":"b","x":[[1]]}\n',
      /line 2: the field "x" holds an array inside/,
    ],
    ["a column without a name", ",text\n0,a\n", /line 2: the field .* has no name/],
    ["a number beyond 64 bits", '{"text":"a","n":92233720368547758070}\n', /line 1: the field "n" holds a number/],
    [
      "an id that cannot be one",
      '{"text":"a","id":"a/b"}\n',
      /line 1: .* no Firestore document id: "a\/b" contains "\/"; the value is in the field "id", and --id-field/,
    ],
    ["no text", "review,n\na,1\n", /has no field "text"/],
  ])("refuses a file with %s before it needs a server", async (_, content, message) => {
    const input = await file(content.startsWith("{") ? "in.jsonl" : "in.csv", content);
    const { code, stdout, stderr } = await run(["publish", "--input", input], NO_CREDENTIALS);
    expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: "", stderr: expect.stringMatching(message) });
  });

  const hosts = emulatorEnv();
  describe.skipIf(hosts === undefined)("on the emulators", () => {
    let options: ReturnType<typeof uniqueOptions>;
    let env: Record<string, string>;
    let backend: ReturnType<typeof openOnEmulators>;
    beforeEach(() => {
      options = uniqueOptions();
      env = { ...hosts, GOOGLE_CLOUD_PROJECT: options.projectId };
      backend = openOnEmulators(options);
    });
    afterEach(() => backend.close());

    it("stores ids and numbers exactly and the text where TEXT_FIELD says, and reports what it leaves out", async () => {
      const rows = [
        '{"id":765432109876760513,"review":"a","n":9007199254740993}',
        '{"id":765432109876760514,"review":"b"}',
        '{"id":"x","review":"c"}',
        '{"id":"x","review":"c"}',
        '{"review":"e"}',
      ];
      const input = await file("in.jsonl", `${rows.join("\n")}\n`);
      const { code, stdout, stderr } = await run(["publish", "--input", input, "--field", "review"], env);
      expect({ code, stdout }).toEqual({ code: 0, stdout: "4 reviews published to reviews\n" });
      expect(stderr).toContain("1 row has no id, and gets a digest as its id");
      expect(stderr).toContain("1 row is equal to an earlier one and was left out");
      expect(await backend.store.get("reviews/765432109876760513")).toMatchObject({ text: "a" });
      expect(await backend.store.get("reviews/765432109876760514")).toMatchObject({ text: "b" });
      expect(await backend.store.get("reviews/x")).toEqual({ id: "x", text: "c" });
    });

    it("stores the rows of a file that classify wrote as if they were those of its input", async () => {
      const input = await file("in.csv", "id;body;Sterne\n105;-bad handle, +nice colour;★★★☆☆\n;;\n");
      const output = join(folder, "labelled.csv");
      expect(await run(["classify", "--input", input, "--field", "body", "--output", output], ENV)).toMatchObject({
        code: 0,
        stderr: expect.stringContaining(`review-sentiment: ${input}: 1 empty row was skipped\n`),
      });
      expect(await readFile(output, "utf8")).toContain("\n105;'-bad handle, +nice colour;★★★☆☆;");
      const args = ["publish", "--input", output, "--field", "body", "--rating-field", "Sterne"];
      expect(await run(args, env)).toMatchObject({
        code: 0,
        stderr: expect.stringMatching(
          /^review-sentiment: "sentiment" of 1 row is not stored, .*\n(review-sentiment: waiting .*\n)*$/,
        ),
      });
      expect(await backend.store.get("reviews/105")).toEqual({
        id: "105",
        text: "-bad handle, +nice colour",
        Sterne: 3,
      });
    });

    it("stores times as timestamps and ratings as numbers, which a replay by time or rating finds", async () => {
      const csv = "id;text;Datum;Sterne (1-5)\na;Gut;1.11.2026;5\nb;Schlecht;12.11.2026 14:05;1\nc;Naja;;\n";
      const input = await file("in.csv", csv);
      const args = ["publish", "--input", input, "--created-field", "Datum", "--rating-field", "Sterne (1-5)"];
      const refused = await run(args, env);
      expect(refused).toMatchObject({
        code: 2,
        stderr: expect.stringContaining(
          'line 2: "Datum" holds "1.11.2026": say whether the day or the month comes first',
        ),
      });
      const asText = await run(["publish", "--input", input], env);
      expect(asText.stderr).toContain('"Datum", "Sterne (1-5)" are stored as text');
      expect(await run([...args, "--date-order", "dmy"], env)).toMatchObject({ code: 0, stderr: "" });
      expect(await backend.store.get("reviews/c")).toMatchObject({ Datum: null, "Sterne (1-5)": null });
      const found = async (where: string) => {
        const { stdout, stderr } = await run(["replay", "--dry-run", "--where", where], env);
        return { reviews: Number.parseInt(stdout, 10), stderr };
      };
      expect(await found("Datum>=2026-11-12T00:00:00Z")).toEqual({ reviews: 1, stderr: "" });
      expect(await found("Sterne (1-5)==5")).toEqual({ reviews: 1, stderr: "" });
      expect(await found('Sterne (1-5)=="5"')).toEqual({
        reviews: 0,
        stderr: expect.stringContaining("write --where 'Sterne (1-5)==5'"),
      });
    });

    it("says that a file has no reviews", async () => {
      const input = await file("in.csv", "id,text\n");
      expect(await run(["publish", "--input", input], env)).toMatchObject({
        code: 0,
        stdout: "0 reviews published to reviews\n",
        stderr: `review-sentiment: ${input} contains no reviews\n`,
      });
    });

    it("says which of the documents do not exist, and publishes the others", async () => {
      await backend.store.put([{ path: "reviews/1", fields: { text: "Gut" } }]);
      const absent = Array.from({ length: 22 }, (_, i) => `reviews/no${i}`);
      const { code, stdout, stderr } = await run(["publish", "reviews/1", ...absent, "reviews/1"], env);
      expect({ code, stdout }).toEqual({ code: 1, stdout: "1 review published to reviews\n" });
      expect(stderr).toBe(
        `review-sentiment: 22 documents do not exist and were not published: ${absent.slice(0, 20).join(", ")} and 2 more\n`,
      );
      expect(await run(["publish", "reviews/no", "--json"], env)).toEqual({
        code: 1,
        signal: null,
        stdout: '{"published":0,"missing":["reviews/no"]}\n',
        stderr: "review-sentiment: 1 document does not exist and was not published: reviews/no\n",
      });
    });

    it("publishes paths also if Firestore does not show their documents", async () => {
      const proxy = await new GrpcProxy(hosts?.FIRESTORE_EMULATOR_HOST as string).listen();
      proxy.refusal = { code: 7, message: "Missing or insufficient permissions." };
      proxy.fate = () => "refuse";
      const { code, stdout, stderr } = await run(["publish", "reviews/1"], {
        ...env,
        FIRESTORE_EMULATOR_HOST: proxy.host,
      });
      expect({ code, stdout }).toEqual({ code: 0, stdout: "1 review published to reviews\n" });
      expect(stderr).toMatch(
        /review-sentiment: all paths are published, whether or not their documents exist: .*permissions/,
      );
      await proxy.cut();
    });

    it("stores reviews that are too large together for one request", async () => {
      const rows = Array.from({ length: 20 }, (_, id) => JSON.stringify({ id, text: "good ".repeat(60_000) }));
      const input = await file("in.jsonl", rows.join("\n"));
      expect(await run(["publish", "--input", input], env)).toMatchObject({
        code: 0,
        stdout: "20 reviews published to reviews\n",
      });
      expect(await backend.store.load(rows.map((_, id) => reviewPath(`reviews/${id}`)))).not.toContain(undefined);
    });

    it("reports that it waits for Firestore, and stops on a signal", async () => {
      const proxy = await new GrpcProxy(hosts?.FIRESTORE_EMULATOR_HOST as string).listen();
      proxy.delayMs = 600_000;
      const input = await file("in.jsonl", '{"id":"a","text":"good"}\n{"id":"b","text":"good"}\n');
      const publish = start(["publish", "--input", input], { ...env, FIRESTORE_EMULATOR_HOST: proxy.host });
      await eventually(async () => publish.stderr.includes("waiting for Firestore to store reviews, 3 s"), 60_000);
      const { code, stdout, stderr } = await publish.kill("SIGTERM");
      expect({ code, stdout }).toEqual({ code: 1, stdout: "0 reviews published to reviews\n" });
      expect(stderr).toContain("interrupted\nOf 2 reviews the first 0 are done");
      await proxy.cut();
    });
  });
});
