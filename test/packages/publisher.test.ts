/** The package of `packages/publisher` as an application gets it: packed, installed into an empty folder, imported. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

const exec = promisify(execFile);
const ROOT = resolve(import.meta.dirname, "../..");
const NAME = "review-sentiment-publisher";

let folder: string;
let tarball: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "publisher-"));
  // npm runs no prepack here, because the repository's .npmrc ignores scripts that nobody calls by name.
  await exec("npm", ["run", "build"], { cwd: join(ROOT, "packages/publisher") });
  const { stdout } = await exec("npm", ["pack", "--json", "--pack-destination", folder], {
    cwd: join(ROOT, "packages/publisher"),
  });
  const packed = JSON.parse(stdout);
  // npm 12 prints an object by the package's name.
  const [{ filename }] = Array.isArray(packed) ? packed : Object.values(packed);
  tarball = join(folder, filename);
  await writeFile(join(folder, "package.json"), '{"private":true,"type":"module"}');
  // Google's client is the application's: here the one of this repository.
  await exec("npm", ["install", "--offline", "--legacy-peer-deps", "--no-audit", tarball], { cwd: folder });
  await symlink(join(ROOT, "node_modules/@google-cloud"), join(folder, "node_modules/@google-cloud"));
});
afterAll(() => rm(folder, { recursive: true }));

const PROGRAM = `
import { ReviewPublisher } from "${NAME}";
const sent = [];
const topic = () => ({ publishMessage: async ({ data }) => sent.push(String(data)) });
const publisher = new ReviewPublisher({ pubsub: { topic, close: async () => {} } });
await publisher.publishReview("reviews/abc");
await publisher.publishReview("reviews/abc", { force: true });
await publisher.publishReview("orders/1").catch((error) => sent.push(error.message.slice(0, 28)));
await publisher.close();
const own = new ReviewPublisher({ projectId: "demo-project" });
console.log(JSON.stringify({ sent, own: typeof own.publishReview }));
process.exit();
`;

/** This Node, and the one of the machine, which may be older. */
const nodes = new Set([process.execPath, "/usr/bin/node", "/usr/local/bin/node"]);

test("publishes from a JavaScript application, on Node 20 and newer", async () => {
  await writeFile(join(folder, "app.mjs"), PROGRAM);
  let tried = 0;
  for (const node of nodes) {
    const version = await exec(node, ["--version"]).catch(() => undefined);
    if (version === undefined || Number(/v(\d+)/.exec(version.stdout)?.[1]) < 20) continue;
    const { stdout } = await exec(node, ["app.mjs"], { cwd: folder });
    expect(JSON.parse(stdout)).toEqual({
      sent: ['{"path":"reviews/abc"}', '{"path":"reviews/abc","force":true}', '"orders/1" is not a review: '],
      own: "function",
    });
    tried++;
  }
  expect(tried).toBeGreaterThan(0);
});

test("has types that accept what it takes and refuse what it does not", async () => {
  const compile = async (name: string, line: string): Promise<string> => {
    await writeFile(
      join(folder, name),
      `import { ReviewPublisher } from "${NAME}";\nconst p = new ReviewPublisher();\n${line}\n`,
    );
    const args = [
      "--noEmit",
      "--strict",
      "--exactOptionalPropertyTypes",
      "--module",
      "nodenext",
      "--target",
      "es2022",
      "--types",
      "",
      name,
    ];
    return exec(join(ROOT, "node_modules/.bin/tsc"), args, { cwd: folder }).then(
      () => "",
      (error) => error.stdout as string,
    );
  };
  expect(await compile("good.ts", 'const id: string = await p.publishReview("reviews/a", { force: true }); id;')).toBe(
    "",
  );
  // As from process.env.
  expect(await compile("unset.ts", "declare const topic: string | undefined;\nnew ReviewPublisher({ topic });")).toBe(
    "",
  );
  expect(await compile("bad.ts", "await p.publishReview(7);")).toContain("bad.ts(3,");
});

test("names its files also where TypeScript before 7 does not read `exports`", async () => {
  const { default: manifest } = await import("../../packages/publisher/package.json", { with: { type: "json" } });
  const { main, types, exports } = manifest;
  expect({ types, default: main }).toEqual(exports["."]);
});

test("takes up kilobytes", async () => {
  expect((await stat(tarball)).size).toBeLessThan(20_000);
});

test("contains the license, and types of nothing but itself", async () => {
  const { stdout } = await exec("tar", ["-tzf", tarball]);
  expect(stdout.trim().split("\n").toSorted()).toEqual([
    "package/README.md",
    "package/dist/LICENSE",
    "package/dist/index.js",
    "package/dist/packages/publisher/index.d.ts",
    "package/package.json",
  ]);
});

test("is the only package of the repository that can be imported", async () => {
  const { default: root } = await import("../../package.json", { with: { type: "json" } });
  expect(root).toMatchObject({ private: true });
  expect(root).not.toHaveProperty("exports");
});
