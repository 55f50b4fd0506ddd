/**
 * `npm run package` packs the command line with its models into `review-sentiment-VERSION.tgz`, for machines without this repository. The
 * only package that it needs is ONNX Runtime; all others are in the bundle.
 *
 * `node package.ts FOLDER` puts the file there. @default the current folder
 */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { SHIPPED_MODELS } from "./model/named-models.ts";
import manifest from "./package.json" with { type: "json" };

const { name, version, description, license, type, engines, bin, dependencies } = manifest;
const files = [...manifest.files, ...SHIPPED_MODELS.map((model) => `model/${model.name}`)];
const [folder = "."] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const staged = mkdtempSync(join(tmpdir(), `${name}-`));
try {
  execFileSync(process.execPath, ["build.ts"], { cwd: import.meta.dirname, stdio: ["ignore", "ignore", "inherit"] });
  for (const path of [...files, "LICENSE", "README.md"])
    cpSync(join(import.meta.dirname, path), join(staged, path), { recursive: true });
  const packed = {
    ...{ name, version, description, license, type, engines, bin, files },
    dependencies: { "onnxruntime-node": dependencies["onnxruntime-node"] },
  };
  writeFileSync(join(staged, "package.json"), `${JSON.stringify(packed, undefined, 2)}\n`);
  execFileSync("npm", ["pack", "--pack-destination", resolve(folder)], { cwd: staged, stdio: "inherit" });
} finally {
  rmSync(staged, { recursive: true });
}
