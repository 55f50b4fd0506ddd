/**
 * Downloads a named model. Each file is downloaded to `FILE.partial`, where an interrupted download resumes. It is renamed only after its
 * size and SHA-256 have been checked, so a file with its final name has the right content.
 */
import { createWriteStream } from "node:fs";
import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import pRetry, { AbortError } from "p-retry";
import { ExplainedError } from "../shared/explained-error.ts";
import { formatDigests, SUMS_FILE, sha256 } from "./digests.ts";
import { digestsOf, type ModelFile, type ModelSource, type NamedModel } from "./named-models.ts";

export const HUGGING_FACE = "https://huggingface.co";

/** The model could not be downloaded. The message says why, and how to download it by hand. */
export class ModelFetchError extends ExplainedError {
  override readonly name = "ModelFetchError";
  override readonly exitCode = 1;
}

export interface FetchOptions {
  /** Target folder. @default the model's own folder, where `MODEL` finds it by name */
  to?: string | undefined;
  /** A server that has Hugging Face's paths. @default {@link HUGGING_FACE} */
  mirror?: string | undefined;
  /** Called with the number of bytes that are on this machine so far, over all files. */
  onProgress?: ((bytes: number) => void) | undefined;
  /** A connection that receives nothing for this long is closed, in ms. @default 30000 */
  stallMs?: number | undefined;
  /** Maximum number of retries that receive nothing new. The delay doubles each time. @default 3 */
  retries?: number | undefined;
}

/**
 * Downloads the files of a model that are missing or do not match their digests.
 * @returns the folder and the files that were downloaded
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
  // So that the folder can also be loaded by its path, and checked with sha256sum.
  const sumsFile = join(to, SUMS_FILE);
  const sums = formatDigests(digestsOf(source));
  if ((await readFile(sumsFile, "utf8").catch(() => undefined)) !== sums)
    await writeFile(sumsFile, sums).catch((error: Error) => {
      throw new ModelFetchError(`${sumsFile} could not be written: ${error.message}`, { cause: error });
    });
  return { folder: to, downloaded };
}

/** https://huggingface.co/docs/hub/models-downloading: `/OWNER/NAME/resolve/REVISION/PATH`. */
function fileUrl({ repository, revision }: ModelSource, { path }: ModelFile, mirror: string): string {
  return `${mirror.replace(/\/+$/, "")}/${repository}/resolve/${revision}/${path}`;
}

/** Instructions for a machine without a connection. */
async function byHand({ name }: NamedModel, source: ModelSource, folder: string): Promise<string> {
  const lines = [
    `${name} is incomplete in ${folder}. In a closed network, set MODEL_MIRROR to a mirror of Hugging Face, or HTTPS_PROXY to a proxy (before Node 24.14, also NODE_USE_ENV_PROXY=1).`,
    "Or download these files on another machine, copy them there, and run the same command again: it then only verifies them.",
  ];
  for (const file of source.files) {
    const target = join(folder, file.path);
    const actual = await sha256(target).catch(() => undefined);
    if (actual === file.sha256) continue;
    const now = actual === undefined ? "" : ` (the file there has the SHA-256 ${actual}, not ${file.sha256})`;
    lines.push(`  ${fileUrl(source, file, HUGGING_FACE)}`, `    as ${target}${now}`);
  }
  return lines.join("\n");
}

/** Client errors that may be transient. */
const TRANSIENT_STATUS = new Set([408, 425, 429]);

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
      const refused = new Error(`refused: the download has the SHA-256 ${actual}, not ${file.sha256}`);
      // A resumed download may have joined parts of different files, so retry it. A download in one piece is certainly wrong.
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

/** Appends the missing bytes to `partial`, which has `from` bytes. Starts over if the server cannot resume. */
async function receive(
  url: string,
  partial: string,
  from: number,
  { bytes }: ModelFile,
  onProgress: (bytes: number) => void,
  stallMs: number,
): Promise<void> {
  const stall = new AbortController();
  const timer = setTimeout(() => stall.abort(new Error(`nothing arrived for ${stallMs} ms`)), stallMs);
  try {
    const response = await fetch(url, {
      headers: { "Accept-Encoding": "identity", ...(from > 0 && { Range: `bytes=${from}-` }) },
      signal: stall.signal,
    });
    const problem = `the server answered ${response.status} ${response.statusText}`.trim();
    if (response.status >= 500 || TRANSIENT_STATUS.has(response.status)) throw new Error(problem);
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

/** The message of `fetch` is only "fetch failed"; its cause has the reason. */
function reason(error: Error): string {
  const { cause } = error;
  return cause instanceof Error && cause.message !== "" ? `${error.message} (${cause.message})` : error.message;
}
