/**
 * What a model's files have to be: their SHA-256, in a file `SHA256SUMS` of their folder as `sha256sum` writes and checks it,
 * or in the registry.
 */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pieces } from "./chunks.ts";

export const SUMS_FILE = "SHA256SUMS";

/** SHA-256 in hex by the file's path in the model's folder. */
export type Digests = ReadonlyMap<string, string>;

/** What the folder's own `SHA256SUMS` says; `undefined` if it has none. */
export async function readDigests(folder: string): Promise<Digests | undefined> {
  const text = await readFile(join(folder, SUMS_FILE), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  return new Map(
    [...text.matchAll(/^([0-9a-f]{64}) [ *](.+?)\r?$/gm)].map(([, digest, path]) => [path as string, digest as string]),
  );
}

/** The content of a `SHA256SUMS`. */
export function formatDigests(digests: Digests): string {
  return [...digests].map(([path, digest]) => `${digest}  ${path}\n`).join("");
}

/** SHA-256 of a file in hex. */
export async function sha256(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of pieces(file)) hash.update(piece);
  return hash.digest("hex");
}

/** What is wrong with the files of a folder, a sentence a file; nothing if all of them are what they have to be. */
export async function wrongFiles(folder: string, digests: Digests): Promise<string[]> {
  const problems = await Promise.all(
    [...digests].map(async ([path, expected]) => {
      const actual = await sha256(join(folder, path)).catch(() => undefined);
      if (actual === expected) return [];
      return actual === undefined
        ? [`${path} is missing or not readable`]
        : [`${path} has the SHA-256 ${actual}, not ${expected}`];
    }),
  );
  return problems.flat();
}
