/**
 * Brings a registered model onto this machine. Each file is downloaded beside its place as `FILE.partial`, going on where an
 * earlier attempt ended, checked for size and SHA-256, and only then moved into place: what has the right name is the right file.
 */
import { createWriteStream } from "node:fs";
import { mkdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import pRetry, { AbortError } from "p-retry";
import { formatDigests, SUMS_FILE, sha256 } from "./digests.ts";
import type { ModelFile, ModelSource, NamedModel } from "./named-models.ts";

export const HUGGING_FACE = "https://huggingface.co";

/** The model could not be brought here; the message says why, and how to do it by hand. */
export class ModelFetchError extends Error {
  override readonly name = "ModelFetchError";
}

export interface FetchOptions {
  /** Where to put it. @default the model's own folder, where `MODEL` finds it by name */
  to?: string | undefined;
  /** Serves the paths that Hugging Face serves. @default {@link HUGGING_FACE} */
  mirror?: string | undefined;
  /** Bytes that are here, of all files together. */
  onProgress?: ((bytes: number) => void) | undefined;
  /** A connection from which nothing comes for so long is given up. @default 30000 */
  stallMs?: number | undefined;
  /** Attempts after the first that bring nothing new; each waits twice as long as the one before. @default 3 */
  retries?: number | undefined;
}

/**
 * Downloads what is missing or wrong of a model, and checks what is there.
 * @returns the folder, and the files that were downloaded
 * @throws {ModelFetchError}
 */
export async function fetchModel(
  model: NamedModel,
  { to = model.folder, mirror = HUGGING_FACE, onProgress, stallMs = 30_000, retries = 3 }: FetchOptions = {},
): Promise<{ folder: string; downloaded: string[] }> {
  const { source } = model;
  if (source === undefined) return { folder: model.folder, downloaded: [] };
  const downloaded: string[] = [];
  let before = 0;
  for (const file of source.files) {
    const target = join(to, file.path);
    if ((await sha256(target).catch(() => undefined)) !== file.sha256) {
      const url = fileUrl(source, file, mirror);
      await download(url, target, file, {
        onProgress: (bytes) => onProgress?.(before + bytes),
        stallMs,
        retries,
      }).catch(async (error: Error) => {
        throw new ModelFetchError(`${url}: ${reason(error)}\n${await byHand(model, source, to)}`, { cause: error });
      });
      downloaded.push(file.path);
    }
    before += file.bytes;
    onProgress?.(before);
  }
  // For whoever loads it by path, or checks it without this program.
  await writeFile(join(to, SUMS_FILE), formatDigests(model.digests));
  return { folder: to, downloaded };
}

/** https://huggingface.co/docs/hub/models-downloading: `/OWNER/NAME/resolve/REVISION/PATH`. */
function fileUrl({ repository, revision }: ModelSource, { path }: ModelFile, mirror: string): string {
  return `${mirror.replace(/\/+$/, "")}/${repository}/resolve/${revision}/${path}`;
}

/** What to do without a connection. */
async function byHand({ name }: NamedModel, source: ModelSource, folder: string): Promise<string> {
  const lines = [
    `${name} is not complete in ${folder}. From a closed network set MODEL_MIRROR to a mirror of Hugging Face, or HTTPS_PROXY to a proxy.`,
    "Or download these elsewhere, put them there, and run the same command again: it verifies them and downloads nothing.",
  ];
  for (const file of source.files) {
    const target = join(folder, file.path);
    const actual = await sha256(target).catch(() => undefined);
    if (actual === file.sha256) continue;
    const now = actual === undefined ? "" : ` (what lies there has the SHA-256 ${actual}, not ${file.sha256})`;
    lines.push(`  ${fileUrl(source, file, HUGGING_FACE)}`, `    as ${target}${now}`);
  }
  return lines.join("\n");
}

/** Answers that may be other ones a moment later. */
const PASSING = new Set([408, 425, 429]);

interface DownloadOptions {
  onProgress(bytes: number): void;
  stallMs: number;
  retries: number;
}

async function download(
  url: string,
  target: string,
  file: ModelFile,
  { onProgress, stallMs, retries }: DownloadOptions,
): Promise<void> {
  const partial = `${target}.partial`;
  await mkdir(dirname(target), { recursive: true });
  let most = await size(partial);
  await pRetry(
    async () => {
      const from = await size(partial);
      if (from < file.bytes) await receive(url, partial, from, file, onProgress, stallMs);
      const actual = await sha256(partial);
      if (actual === file.sha256) return rename(partial, target);
      await rm(partial);
      const refused = new Error(`refused: what came has the SHA-256 ${actual}, not ${file.sha256}`);
      // Perhaps the parts were of different files; all of it at once will tell.
      throw from > 0 ? refused : new AbortError(refused);
    },
    {
      retries,
      minTimeout: 500,
      shouldConsumeRetry: async () => {
        const bytes = await size(partial);
        const more = bytes > most;
        most = Math.max(most, bytes);
        return !more;
      },
    },
  );
}

/** Appends to `partial`, which has `from` bytes, what is still missing; starts over if the server cannot do that. */
async function receive(
  url: string,
  partial: string,
  from: number,
  { bytes }: ModelFile,
  onProgress: (bytes: number) => void,
  stallMs: number,
): Promise<void> {
  const stall = new AbortController();
  const timer = setTimeout(() => stall.abort(new Error(`nothing came for ${stallMs} ms`)), stallMs);
  try {
    const response = await fetch(url, {
      headers: { "Accept-Encoding": "identity", ...(from > 0 && { Range: `bytes=${from}-` }) },
      signal: stall.signal,
    });
    const problem = `the server answered ${response.status} ${response.statusText}`.trim();
    if (response.status >= 500 || PASSING.has(response.status)) throw new Error(problem);
    if (!response.ok || response.body === null) throw new AbortError(problem);
    const resumed = response.headers.get("content-range")?.startsWith(`bytes ${from}-`) === true;
    let received = resumed ? from : 0;
    const announced = response.headers.get("content-length");
    if (announced !== null && received + Number(announced) !== bytes) {
      throw new AbortError(`refused: the server has ${received + Number(announced)} bytes, not ${bytes}`);
    }
    await pipeline(
      response.body,
      async function* (chunks: AsyncIterable<Uint8Array>) {
        for await (const chunk of chunks) {
          timer.refresh();
          received += chunk.length;
          if (received > bytes) throw new AbortError(`refused: the server has more than ${bytes} bytes`);
          onProgress(received);
          yield chunk;
        }
      },
      createWriteStream(partial, { flags: resumed ? "a" : "w" }),
    );
    if (received < bytes) throw new Error(`the connection ended after ${received} of ${bytes} bytes`);
  } finally {
    clearTimeout(timer);
  }
}

async function size(file: string): Promise<number> {
  return (await stat(file).catch(() => undefined))?.size ?? 0;
}

/** `fetch` says "fetch failed", and what failed in its cause. */
function reason(error: Error): string {
  const { cause } = error;
  return cause instanceof Error && cause.message !== "" ? `${error.message} (${cause.message})` : error.message;
}
