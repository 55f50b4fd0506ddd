/** The commands about models as a user runs them: each in a process of its own. */
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  LITE,
  DISTILBERT_SST2 as MODEL,
  MODELS_BY_NAME,
  type ModelSource,
  SHIPPED_MODELS,
} from "../../model/named-models.ts";
import type { Evaluation } from "../../worker/cli/evaluation.ts";
import type { ListedModel } from "../../worker/cli/model.ts";
import { FileServer } from "../file-server.ts";
import { run } from "../process.ts";

const source = MODEL.source as ModelSource;
const BASE = `/${source.repository}/resolve/${source.revision}`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "review-sentiment-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("model list", () => {
  it("shows every model with state, size and folder", async () => {
    const { code, stdout, stderr } = await run(["model", "list"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^lite +verified +\S+ +\d+\.\d MB +\S/m);
    expect(stdout).toMatch(/^distilbert-sst2 +\w+ +[0-9a-f]{8} +68\.3 MB +\S/m);
    expect(stdout).toMatch(/^Use a model: MODEL=NAME npm run worker$/m);
  });

  it("prints the same as JSON", async () => {
    const listed = JSON.parse((await run(["model", "list", "--json"])).stdout) as ListedModel[];
    expect(listed.map(({ name }) => name)).toEqual([...MODELS_BY_NAME.keys()]);
    for (const shipped of listed.slice(0, SHIPPED_MODELS.length))
      expect(shipped).toMatchObject({ state: "verified", problems: [] });
    expect(listed.at(-1)).toMatchObject({
      name: "distilbert-sst2",
      version: expect.stringMatching(/^[0-9a-f]{8}$/),
      bytes: 68_293_700,
      source: `${source.repository}@${source.revision}`,
    });
  });
});

describe("model fetch", () => {
  it("has nothing to do for the model in the repository", async () => {
    const { code, stdout } = await run(["model", "fetch", "lite", "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ name: "lite", folder: LITE.folder, downloaded: [] });
  });

  it("refuses unknown names", async () => {
    const { code, stderr } = await run(["model", "fetch", "heavy"]);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^review-sentiment: there is no model "heavy"; the models are lite, .*lite-multi, and distilbert-sst2\n$/,
    );
  });

  it("says that a folder needs no download", async () => {
    for (const path of [folder, "./absent/model"])
      expect(await run(["model", "fetch", path])).toMatchObject({
        code: 2,
        stderr: `review-sentiment: model fetch takes a model's name; a folder is used as it is: MODEL=${path}\n`,
      });
  });

  it("refuses an empty folder name, which would be the working directory", async () => {
    const { code, stderr } = await run(["model", "fetch", MODEL.name, "--to", ""], {
      MODEL_MIRROR: "http://mirror.invalid",
    });
    expect({ code, stderr }).toEqual({ code: 2, stderr: "review-sentiment: --to is empty: name a folder\n" });
  });

  it("downloads from the mirror, and refuses files other than the pinned ones", async () => {
    const server = new FileServer();
    for (const { path, bytes } of source.files) server.files.set(`${BASE}/${path}`, Buffer.alloc(bytes));
    const to = join(folder, "refused");
    const { code, stderr } = await run(["model", "fetch", MODEL.name, "--to", to], {
      MODEL_MIRROR: await server.listen(),
    });
    await server.close();
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^review-sentiment: http.*config\.json: refused: the download has the SHA-256 [0-9a-f]{64}, not b0e9ec98/,
    );
    expect(stderr).toContain(`as ${join(to, "onnx/model_quantized.onnx")}`);
    expect(stderr).not.toMatch(/^ +at /m);
    expect(await readdir(to)).toEqual([]);
  });

  it("goes through the proxy that the environment names", async () => {
    const proxy = new FileServer();
    const address = await proxy.listen();
    const { code, stderr } = await run(["model", "fetch", MODEL.name, "--to", join(folder, "proxied")], {
      MODEL_MIRROR: "http://mirror.invalid",
      HTTP_PROXY: address,
    });
    await proxy.close();
    expect(code).toBe(1);
    expect(stderr).toContain(`http://mirror.invalid${BASE}/config.json: the server answered 404`);
    expect(proxy.tunnels).toEqual(["mirror.invalid:80"]);
  });

  it.skipIf(existsSync(join(MODEL.folder, "config.json")))(
    "is what a command says to do whose model has not been fetched",
    async () => {
      const { code, stderr } = await run(["worker"], { MODEL: MODEL.name });
      expect(code).toBe(2);
      expect(stderr).toContain("npm run model -- fetch distilbert-sst2");
    },
  );
});

describe("eval", () => {
  const rows = [
    { text: "I love it, best purchase this year!", label: "positive" },
    { text: "It broke at once, a waste of money.", label: 0 },
    { text: "Wonderful, I would buy it again.", label: "NEGATIVE" },
    { text: "Excellent quality and very comfortable." },
    { text: "", label: 1 },
  ];
  const lines = (some: unknown[]): string => some.map((row) => `${JSON.stringify(row)}\n`).join("");

  it("measures a model on several files, and on all of them together", async () => {
    const [one, two] = [join(folder, "one.jsonl"), join(folder, "two.jsonl")];
    await writeFile(one, lines(rows));
    await writeFile(two, lines(rows.slice(0, 2)));
    const diagram = join(folder, "diagram.svg");
    // The second file has no 1 beside its 0, so 0 could mean NEUTRAL too.
    const gold = ["--gold", "0=NEGATIVE", "1=POSITIVE"];
    const { code, stdout, stderr } = await run(["eval", "--input", one, two, ...gold, "--diagram", diagram, "--json"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const { model, batching, sets } = JSON.parse(stdout) as { model: string; batching: string; sets: Evaluation[] };
    expect(model).toMatch(/^lite@/);
    expect(batching).toBe("tokens");
    expect(sets.map(({ set, reviews, skipped }) => ({ set, reviews, skipped }))).toEqual([
      { set: "one.jsonl", reviews: 3, skipped: 2 },
      { set: "two.jsonl", reviews: 2, skipped: 0 },
      { set: "all", reviews: 5, skipped: 2 },
    ]);
    expect(sets.map(({ accuracy }) => accuracy)).toEqual([2 / 3, 1, 0.8]);
    expect(sets[0]?.recall).toEqual({ NEGATIVE: 0.5, POSITIVE: 1 });
    expect(sets[1]?.coverage[0]).toEqual({ threshold: 0.5, coverage: 1, accuracy: 1 });

    const svg = await readFile(diagram, "utf8");
    expect(svg).toMatch(/^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    expect(svg).toContain(`5 texts, expected calibration error ${sets[2]?.calibrationError.toFixed(4)}`);
    // Each bin with texts has a bar and a count, with its figures.
    expect(svg.match(/<rect [^>]*><title>/g)?.length).toBeGreaterThanOrEqual(2);
  });

  it.each(["--diagram", "--errors"])("refuses its input as the file of %s before it classifies", async (option) => {
    const file = join(folder, "input.jsonl");
    await writeFile(file, lines(rows));
    expect(await run(["eval", "--input", file, option, file])).toMatchObject({
      code: 2,
      stdout: "",
      stderr: `review-sentiment: ${option} ${file} is the input: name another file\n`,
    });
  });

  it("shows the 50 largest groups of a field, and says how many it leaves out", async () => {
    const file = join(folder, "groups.jsonl");
    await writeFile(file, lines(Array.from({ length: 53 }, (_, sku) => ({ ...rows[0], sku: Math.min(sku, 51) }))));
    const { stdout, stderr } = await run(["eval", "--input", file, "--by", "sku", "--json"]);
    const sets: Evaluation[] = JSON.parse(stdout).sets;
    expect(sets).toHaveLength(51);
    expect(sets[0]).toMatchObject({ set: "51", reviews: 2 });
    expect(stderr).toBe("review-sentiment: groups.jsonl: the 50 largest groups are shown, 2 left out\n");
  });

  it("prints tables for people", async () => {
    const file = join(folder, "table.jsonl");
    await writeFile(file, lines(rows));
    const { code, stdout } = await run(["eval", "--input", file]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^model lite@\d+, batching \w+, \d+ reviews\/s$/m);
    expect(stdout).toMatch(/^set +reviews +accuracy % +macro-F1 +ECE +neutral %$/m);
    expect(stdout).toMatch(/^table\.jsonl +3 of 5 +66\.7 +0\.667 +0\.\d{4} +\d+\.\d$/m);
    expect(stdout).toMatch(/^ +NEGATIVE +POSITIVE +F1\nNEGATIVE +1 +1 +0\.667\nPOSITIVE +0 +1 /m);
    expect(stdout).toMatch(/^0\.5 +66\.7 \(100\.0\)$/m);
    expect(stdout).toMatch(/^table\.jsonl: 2 reviews skipped: no label \(1\), text-blank \(1\)$/m);
  });

  it.each(["eval", "classify"])("%s uses the model of --model instead of the configured one", async (command) => {
    const file = join(folder, "model.jsonl");
    await writeFile(file, lines(rows));
    const none = join(folder, "no-model");
    const { code, stderr } = await run([command, "--input", file, "--model", none]);
    expect(code).toBe(2);
    expect(stderr).toContain(`${none} is not a usable model folder`);
  });

  it("fails with one sentence if a file has no labels", async () => {
    const file = join(folder, "unlabelled.jsonl");
    await writeFile(file, lines([{ text: "I love it" }]));
    const { code, stderr } = await run(["eval", "--input", file]);
    expect(code).toBe(2);
    expect(stderr).toBe(
      `review-sentiment: ${file}: no row has a label in "label", "class", "sentiment", "stars", "rating"; the fields are "text". Name the one with the labels by --label-field\n`,
    );
  });

  it("asks what the numbers of a file mean if they can mean several things", async () => {
    const file = join(folder, "ambiguous.jsonl");
    await writeFile(file, lines(rows.slice(0, 2)));
    const { code, stderr } = await run(["eval", "--input", file]);
    expect(code).toBe(2);
    expect(stderr).toBe(
      `review-sentiment: ${file}: "label" holds 0, which can mean several things; say what they mean by --gold 0=LABEL, where LABEL is NEGATIVE, NEUTRAL or POSITIVE\n`,
    );
  });
});
