/**
 * SHA-256 digests of a model's files. They come from the table of named models, or from the file `SHA256SUMS` in the model's folder, in
 * the format of `sha256sum`.
 */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { chunks } from "./chunks.ts";

export const SUMS_FILE = "SHA256SUMS";

/** SHA-256 in hex by path in the model's folder. */
export type Digests = ReadonlyMap<string, string>;

/**
 * The digests in a folder's `SHA256SUMS`, or `undefined` if it has no such file.
 * @throws {Error} if the file does not contain digests
 */
export async function readDigests(folder: string): Promise<Digests | undefined> {
  const content = await readFile(join(folder, SUMS_FILE), "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw new Error(`${SUMS_FILE} cannot be read: ${error.message}`);
  });
  return content === undefined ? undefined : parseDigests(content);
}

/**
 * Parses the content of a `SHA256SUMS`. Blank lines and lines that begin with `#` are ignored.
 * @throws {Error} that names the first line that is not a digest and a path
 */
export function parseDigests(content: string): Digests {
  const digests = new Map<string, string>();
  for (const [i, line] of content.split(/\r?\n/).entries()) {
    if (line === "" || line.startsWith("#")) continue;
    const [, digest, path] = /^([0-9a-f]{64}) [ *](.+)$/i.exec(line) ?? [];
    if (digest === undefined || path === undefined)
      throw new Error(`line ${i + 1} of ${SUMS_FILE} is not a SHA-256 and a path, as sha256sum writes them`);
    digests.set(path, digest.toLowerCase());
  }
  if (digests.size === 0) throw new Error(`${SUMS_FILE} is empty`);
  return digests;
}

/** The content of a `SHA256SUMS`. */
export function formatDigests(digests: Digests): string {
  return [...digests].map(([path, digest]) => `${digest}  ${path}\n`).join("");
}

/** One digest of several files, in hex. */
export function combinedDigest(digests: Digests): string {
  const sorted = new Map([...digests].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return createHash("sha256").update(formatDigests(sorted)).digest("hex");
}

/** SHA-256 of a file in hex. */
export async function sha256(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of chunks(file)) hash.update(chunk);
  return hash.digest("hex");
}

/** The files of a folder that do not match their digests, one sentence per file. */
export async function checksumErrors(folder: string, digests: Digests): Promise<string[]> {
  const errors = await Promise.all(
    [...digests].map(async ([path, expected]) => {
      const actual = await sha256(join(folder, path)).catch(() => undefined);
      if (actual === expected) return [];
      return actual === undefined
        ? [`${path} is missing or cannot be read`]
        : [`${path} has the SHA-256 ${actual}, not ${expected}`];
    }),
  );
  return errors.flat();
}
