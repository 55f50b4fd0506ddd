/** The bundle with the files of the image and no other package, so that what works here works in the image. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { SHIPPED_MODELS } from "../../model/named-models.ts";
import type { ListedModel } from "../../worker/cli/model.ts";
import { emulatorEnv, openOnEmulators, uniqueOptions } from "../backends.ts";
import { buildImage } from "../image.ts";
import { CliProcess, type Ended, eventually, listeningAt } from "../process.ts";

const ROOT = resolve(import.meta.dirname, "../..");
/** The layers above the base image, with lite. */
const MAX_IMAGE_BYTES = 90e6;

const hosts = emulatorEnv();
let folder: string;
let image: string;
let cli: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "review-sentiment-"));
  image = join(folder, "app");
  cli = await buildImage(image);
});
afterAll(() => rm(folder, { recursive: true }));

const running: CliProcess[] = [];
afterEach(async () => {
  for (const process of running.splice(0)) await process.kill("SIGKILL");
});

function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): CliProcess {
  const process = new CliProcess(args, env, cli);
  running.push(process);
  return process;
}

it("labels the samples in memory, and writes nothing to the home folder", async () => {
  const home = join(folder, "home");
  await mkdir(home);
  const { code, stdout, stderr } = await start(["demo", "--backend", "memory", "--json"], { HOME: home }).ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(JSON.parse(stdout)).toMatchObject({ reviews: 40, labelled: 39, failed: 1 });
  expect(await readdir(home)).toEqual([]);
});

it("looks for Google's credentials where there are no emulators", async () => {
  const { code, stderr } = await start(["worker"], { HOME: "/nowhere", METADATA_SERVER_DETECTION: "none" }).ended;
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: expect.stringContaining("no Google credentials: run `gcloud auth"),
  });
});

it("finds the exports of every CommonJS module that it loads later", async () => {
  const dist = join(image, "dist");
  const parts = (await readdir(dist)).filter((name) => name.endsWith(".js"));
  const sources = new Map(
    await Promise.all(parts.map(async (name) => [name, await readFile(join(dist, name), "utf8")] as const)),
  );
  const later = [...sources.values()].flatMap((source) =>
    [...source.matchAll(/import\("\.\/([^"]+)"\)/g)].map(([, name]) => name),
  );
  expect(later).not.toEqual([]);
  expect(
    later.filter((name) => /export default require_\w+\(\);\s*$/.test(sources.get(name as string) as string)),
  ).toEqual([]);
});

it.each([
  ["a command", ["classify", "x"], { MODEL: "lite-multi" }],
  ["model fetch", ["model", "fetch", "lite-multi"], {}],
])("says how to build an image with another model: %s", async (_, args, env: Record<string, string>) => {
  const { code, stderr } = await start(args, env).ended;
  expect(code).toBe(2);
  expect(stderr).toMatch(
    /^review-sentiment: the model lite-multi is not on this machine \(config\.json, .* missing in .*\): an image .* --build-arg MODEL=lite-multi,/,
  );
});

it.each([["dashboard", "--check"], ["dashboard"], ["demo", "--dashboard"]])(
  "has no dashboard: %s %s",
  async (...args) => {
    expect(await start(args).ended).toMatchObject({
      code: 2,
      stdout: "",
      stderr: "review-sentiment: the dashboard is not part of this package: run it in the repository\n",
    });
  },
);

it("names no command after a demo that it does not have", async () => {
  const { stdout } = await start(["demo", "--backend", "memory"]).ended;
  expect(stdout).toContain("  review-sentiment demo --input reviews.csv");
  expect(stdout).not.toContain("dashboard");
});

it("runs as an npm package that needs no other but ONNX Runtime", async () => {
  const run = promisify(execFile);
  const tarballs = join(folder, "a-new-folder");
  await run(process.execPath, ["package.ts", tarballs], { cwd: ROOT });
  const [tarball] = (await readdir(tarballs)) as [string];
  await run("tar", ["-xzf", join(tarballs, tarball)], { cwd: folder });
  const { dependencies } = JSON.parse(await readFile(join(folder, "package/package.json"), "utf8"));
  expect(Object.keys(dependencies)).toEqual(["onnxruntime-node"]);
  await mkdir(join(folder, "node_modules"));
  for (const name of ["onnxruntime-node", "onnxruntime-common"])
    await symlink(join(ROOT, "node_modules", name), join(folder, "node_modules", name));
  const packed = join(folder, "package/dist/cli.js");
  const help = await new CliProcess(["replay", "--help"], {}, packed).ended;
  expect(help.stdout).toContain("$ review-sentiment replay --where shop==7 --rate 500\n");
  const command = new CliProcess(["classify", "Broke after a day."], {}, packed);
  const { code, stdout, stderr } = await command.ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(JSON.parse(stdout)).toMatchObject({ sentiment: { label: "NEGATIVE" } });
  const models = JSON.parse(
    (await new CliProcess(["model", "list", "--json"], {}, packed).ended).stdout,
  ) as ListedModel[];
  for (const { name } of SHIPPED_MODELS)
    expect(models).toContainEqual(expect.objectContaining({ name, state: "verified" }));
}, 240_000);

it(`stays below ${MAX_IMAGE_BYTES / 1e6} MB with lite`, async () => {
  expect((await bytesOf(image)) + (await bytesOf(join(ROOT, "model/lite")))).toBeLessThan(MAX_IMAGE_BYTES);
});

async function bytesOf(path: string): Promise<number> {
  const entries = await readdir(path, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(file.parentPath, file.name))).size));
  return sizes.reduce((a, b) => a + b, 0);
}

describe.skipIf(hosts === undefined)("on the emulators", () => {
  const options = uniqueOptions();
  let env: Record<string, string>;
  let backend: ReturnType<typeof openOnEmulators>;

  beforeEach(() => {
    Object.assign(options, uniqueOptions());
    env = { ...hosts, GOOGLE_CLOUD_PROJECT: options.projectId, INFERENCE_THREADS: "1" };
    backend = openOnEmulators(options);
  });
  afterEach(() => backend.close());

  async function label(id: string): Promise<unknown> {
    return ((await backend.store.get(`reviews/${id}`))?.sentiment as { label?: unknown } | undefined)?.label;
  }

  it("publishes a file, labels its reviews and exits 0 on SIGTERM", async () => {
    const worker = start(["worker"], env);
    await worker.prints("worker started");
    const input = join(folder, "reviews.jsonl");
    await writeFile(
      input,
      '{"id":"a","text":"Wonderful, I love it."}\n{"id":"b","text":"Terrible. It broke at once."}\n',
    );
    expect(await start(["publish", "--input", input], env).ended).toMatchObject({ code: 0 });
    expect(await eventually(() => label("a"))).toBe("POSITIVE");
    expect(await eventually(() => label("b"))).toBe("NEGATIVE");
    const { code, stderr }: Ended = await worker.kill("SIGTERM");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });

  it("accepts pushes, classifies directly and describes itself", async () => {
    const apiKey = "a-key-of-sixteen-or-more";
    const worker = start(["worker"], { ...env, DELIVERY: "push", PORT: "0", API_KEYS: apiKey });
    await worker.prints("worker started");
    const url = listeningAt(worker);
    await backend.store.put([{ path: "reviews/a", fields: { text: "Wonderful, I love it." } }]);
    expect((await fetch(`${url}/push`, { method: "POST", body: '{"path":"reviews/a"}' })).status).toBe(204);
    expect(await label("a")).toBe("POSITIVE");
    const direct = await fetch(`${url}/classify`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-api-key": apiKey },
      body: '{"text":"Terrible. It broke at once."}',
    });
    expect(await direct.json()).toMatchObject({ label: "NEGATIVE" });
    expect((await fetch(`${url}/openapi.json`)).status).toBe(200);
    expect(await worker.kill("SIGTERM")).toMatchObject({ code: 0 });
  });
});
