/**
 * `node build.ts` builds `dist/`: `cli.js`, the parts that it loads, and the files of its threads. They are bundled, so the only package
 * that they need is `onnxruntime-node`. Like the sources, they find the models in `../model`.
 *
 * `node build.ts FOLDER` writes everything that is needed to run on this platform, except a model, to FOLDER: the bundle and the required
 * parts of packages. This is the content of the image.
 */
import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { ES_MODULE, OPTIONS } from "./bundle.ts";
import { DYNAMIC_IMPORTS } from "./bundle-dynamic.ts";
import { NGRAMS_IN_PIECES } from "./bundle-eld.ts";
import { GOOGLE_CLIENTS } from "./bundle-google.ts";

const IMAGE = [
  "package.json",
  "LICENSE",
  "NOTICE",
  "node_modules/onnxruntime-common/package.json",
  "node_modules/onnxruntime-common/dist/cjs",
  "node_modules/onnxruntime-node/package.json",
  "node_modules/onnxruntime-node/dist",
  // The package contains the native files of all platforms.
  `node_modules/onnxruntime-node/bin/napi-v6/${process.platform}/${process.arch}`,
];

async function buildCommandLine(outdir: string): Promise<void> {
  // The names of the parts change with their content.
  await rm(outdir, { recursive: true, force: true });
  await build({
    ...OPTIONS,
    ...ES_MODULE,
    outdir,
    // A command loads only its own part.
    splitting: true,
    entryPoints: {
      cli: "worker/cli/main.ts",
      "ordinary-reviews": "worker/demo/ordinary-reviews.jsonl",
      "hard-reviews": "worker/demo/hard-reviews.jsonl",
      "multilingual-reviews": "worker/demo/multilingual-reviews.jsonl",
      "inference-thread": "model/inference-thread.ts",
      // piscina starts its threads from a file with this name in its own folder.
      worker: "node_modules/piscina/dist/worker.js",
    },
    loader: { ".jsonl": "copy" },
    plugins: [DYNAMIC_IMPORTS, ...(OPTIONS.plugins ?? []), GOOGLE_CLIENTS, NGRAMS_IN_PIECES],
    // piscina would set a thread's priority with the second, which is not used.
    external: ["onnxruntime-node", "@napi-rs/nice"],
  });
}

const [folder] = process.argv.slice(2);
if (folder === undefined) await buildCommandLine("dist");
else {
  await buildCommandLine(join(folder, "dist"));
  for (const path of IMAGE) await cp(path, join(folder, path), { recursive: true });
}
