/**
 * `node build.ts` makes the package in `dist/`: the functions, bundled so that they need no package but Firebase's, the models, and of
 * ONNX Runtime's 288 MB what functions run on: the files for Linux on x64, compressed.
 *
 * `--models lite-multi` makes the package `review-sentiment-kit-lite-multi`, with that model instead of `lite`. `--models lite,lite-multi`
 * makes one with both, among which the parameter `MODEL` chooses.
 *
 * `--out FOLDER` is another folder, a new or empty one. `--fast` compresses in a second instead of half a minute, for tests.
 */
import { createHash } from "node:crypto";
import { copyFile, cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { constants, zstdCompressSync } from "node:zlib";
import { build, type Plugin } from "esbuild";
import { ES_MODULE, OPTIONS } from "../../bundle.ts";
import { SHIPPED_MODELS } from "../../model/named-models.ts";
import { BINDING, LIBRARY } from "./native.ts";

const KIT = import.meta.dirname;
const ROOT = join(KIT, "../..");
const ONNX_RUNTIME = join(ROOT, "node_modules/onnxruntime-node");
const NATIVE = join(ONNX_RUNTIME, "bin/napi-v6/linux/x64");

const DEFAULT_MODELS = "lite";

const {
  values: { fast, models: modelNames, out },
} = parseArgs({
  options: {
    fast: { type: "boolean", default: false },
    models: { type: "string", default: DEFAULT_MODELS },
    out: { type: "string" },
  },
});
const DIST = resolve(out ?? join(KIT, "dist"));
const LIB = join(DIST, "lib");
const models = [...new Set(modelNames.split(","))].map(
  (name) =>
    SHIPPED_MODELS.find((model) => model.name === name) ??
    refuse(`--models ${modelNames}: choose among ${SHIPPED_MODELS.map((model) => model.name).join(" and ")}`),
);
const library = await readFile(join(NATIVE, LIBRARY));
const { version } = JSON.parse(await readFile(join(ONNX_RUNTIME, "package.json"), "utf8"));

/** Has ONNX Runtime load its native part as `native.ts` does. */
const PACKED_RUNTIME: Plugin = {
  name: "packed-runtime",
  setup({ onLoad }) {
    onLoad({ filter: /onnxruntime-node[\\/]dist[\\/]binding\.js$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      const contents = source.replace(
        /require\(`\.\.\/bin\/napi-v6\/[^`]+`\)/,
        `require(${JSON.stringify(join(KIT, "native.ts"))}).loadBinding()`,
      );
      if (contents === source) throw new Error(`${path} does not load its native part as build.ts expects`);
      return { contents };
    });
  },
};

if (out === undefined) await rm(DIST, { recursive: true, force: true });
else if ((await readdir(DIST).catch(() => [])).length > 0) refuse(`--out ${DIST}: the folder is not empty`);
await mkdir(LIB, { recursive: true });
await build({
  ...OPTIONS,
  format: "cjs",
  outfile: join(LIB, "index.cjs"),
  entryPoints: [join(KIT, "index.ts")],
  // The same client that the triggers load.
  alias: { "@google-cloud/firestore": "firebase-admin/firestore" },
  external: ["firebase-admin/*", "firebase-functions", "firebase-functions/*", "@napi-rs/nice"],
  // The models and the files of the threads are found from here.
  banner: { js: 'const importMetaUrl=require("node:url").pathToFileURL(__filename).href;' },
  define: { "import.meta.url": "importMetaUrl", PACKED_MODELS: JSON.stringify(models.map(({ name }) => name)) },
});
await build({
  ...OPTIONS,
  ...ES_MODULE,
  outdir: LIB,
  entryPoints: {
    "inference-thread": join(ROOT, "model/inference-thread.ts"),
    // piscina starts its threads with a file of this name beside its own.
    worker: join(ROOT, "node_modules/piscina/dist/worker.js"),
  },
  external: ["@napi-rs/nice"],
  plugins: [...(OPTIONS.plugins ?? []), PACKED_RUNTIME],
  define: {
    ...ES_MODULE.define,
    ONNX_RUNTIME_VERSION: JSON.stringify(version),
    LIBRARY_DIGEST: JSON.stringify(createHash("sha256").update(library).digest("hex")),
  },
});

await copyFile(join(NATIVE, BINDING), join(LIB, BINDING));
const params = {
  [constants.ZSTD_c_compressionLevel]: fast ? 3 : 19,
  [constants.ZSTD_c_windowLog]: 26,
};
await writeFile(join(LIB, `${LIBRARY}.zst`), zstdCompressSync(library, { params, pledgedSrcSize: library.length }));
for (const { name, folder, digests } of models) {
  for (const file of digests.keys()) await cp(join(folder, file), join(DIST, "model", name, file));
}

for (const file of ["index.mjs", "index.d.cts"]) await copyFile(join(KIT, file), join(LIB, file));
await copyFile(join(KIT, "README.md"), join(DIST, "README.md"));
for (const file of ["LICENSE", "NOTICE"]) await copyFile(join(ROOT, file), join(DIST, file));
const {
  private: _,
  scripts: _s,
  devDependencies: _d,
  ...manifest
} = JSON.parse(await readFile(join(KIT, "package.json"), "utf8"));
const suffix = models.map(({ name }) => name).join("-");
if (suffix !== DEFAULT_MODELS) manifest.name += `-${suffix}`;
await writeFile(join(DIST, "package.json"), JSON.stringify(manifest, null, 2));
// The CLI asks publishers for locked dependencies. There are none: what is not Firebase's is in the bundle.
const { name, version: kitVersion, license, peerDependencies } = manifest;
await writeFile(
  join(DIST, "npm-shrinkwrap.json"),
  JSON.stringify({
    name,
    version: kitVersion,
    lockfileVersion: 3,
    requires: true,
    packages: { "": { name, version: kitVersion, license, peerDependencies } },
  }),
);

function refuse(message: string): never {
  console.error(`build.ts: ${message}`);
  process.exit(2);
}
