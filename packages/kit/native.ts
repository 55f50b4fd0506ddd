/**
 * Loads the native part of ONNX Runtime. The library is compressed in the package: 13 MB instead of 46. The first process unpacks
 * it, which takes 0.2 s of CPU time.
 */
import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
// By another name than that of the banner of `bundle.ts`.
import { createRequire as requireFrom } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { constants, zstdDecompressSync } from "node:zlib";

/** Set by `build.ts`. */
declare const ONNX_RUNTIME_VERSION: string;
declare const LIBRARY_DIGEST: string;

export const LIBRARY = "libonnxruntime.so.1";
export const BINDING = "onnxruntime_binding.node";

export function loadBinding(): unknown {
  const require = requireFrom(import.meta.url);
  const platform = `${process.platform}/${process.arch}`;
  if (platform === "linux/x64") return require(join(unpacked(), BINDING));
  try {
    return require(`onnxruntime-node/bin/napi-v6/${platform}/${BINDING}`);
  } catch {
    throw new Error(
      `this package has ONNX Runtime for Linux on x64, where functions run; to run it on ${platform}, "npm install --save-dev onnxruntime-node@${ONNX_RUNTIME_VERSION}" in the kit's source folder`,
    );
  }
}

/** The folder with the library, which all processes of this user share. */
function unpacked(): string {
  const folder = privateFolder();
  for (const [name, write] of [
    [BINDING, (path: string) => copyFileSync(join(import.meta.dirname, BINDING), path)],
    [LIBRARY, (path: string) => writeFileSync(path, decompressed(join(import.meta.dirname, `${LIBRARY}.zst`)))],
  ] as const) {
    const path = join(folder, name);
    if (existsSync(path)) continue;
    // The rename makes the file appear complete, even if several processes unpack it at the same time.
    const partial = join(mkdtempSync(join(folder, "partial-")), name);
    write(partial);
    renameSync(partial, path);
  }
  return folder;
}

function decompressed(path: string): Buffer {
  return zstdDecompressSync(readFileSync(path), { params: { [constants.ZSTD_d_windowLogMax]: 26 } });
}

/** A folder to which only this user can write: the files in it are executed. */
function privateFolder(): string {
  const uid = process.getuid?.() ?? 0;
  const folder = join(tmpdir(), `review-sentiment-${uid}-${LIBRARY_DIGEST.slice(0, 16)}`);
  try {
    mkdirSync(folder, { mode: 0o700 });
    return folder;
  } catch {
    const { mode, uid: owner, isDirectory } = statOf(folder);
    if (isDirectory && owner === uid && (mode & 0o077) === 0) return folder;
    return mkdtempSync(join(tmpdir(), "review-sentiment-"));
  }
}

function statOf(path: string): { mode: number; uid: number; isDirectory: boolean } {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return { mode: stat?.mode ?? 0, uid: stat?.uid ?? -1, isDirectory: stat?.isDirectory() ?? false };
}
