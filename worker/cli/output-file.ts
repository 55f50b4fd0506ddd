/** A file that a command writes: it appears when it is complete, and an interrupted command leaves nothing behind. */
import { randomBytes } from "node:crypto";
import { createWriteStream, type Stats, unlinkSync } from "node:fs";
import { access, constants, realpath, rename, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { ExplainedError } from "../../shared/explained-error.ts";
import { CSV_NAME, FOREIGN_NAME } from "../../shared/file-format.ts";
import { InputError } from "../../shared/input-error.ts";
import { systemProblem } from "../system-problem.ts";

/** The names by which standard output is written. */
const STANDARD_OUTPUT = ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"];

/** Whether a name is that of standard output, which must then contain nothing else. */
export function isStandardOutput(path: string): boolean {
  return STANDARD_OUTPUT.includes(path);
}

/**
 * Checks the name of a new file to which JSON lines are appended, before any work is done for it.
 * @param option the option or command that takes the name
 * @throws {InputError} if it ends like another format, is standard output, or see {@link requireFileName}
 */
export async function requireJsonLinesFile(path: string, option: string): Promise<void> {
  if (isStandardOutput(path)) throw new InputError(`${option} ${path}: this needs a file; name one`);
  for (const other of [CSV_NAME, FOREIGN_NAME])
    if (other.test(path))
      throw new InputError(`${option} ${path}: JSON lines are written; name the file ${path.replace(other, "")}.jsonl`);
  if (/\.gz$/i.test(path))
    throw new InputError(`${option} ${path}: it is written without compression; name the file ${path.slice(0, -3)}`);
  await requireFileName(path, option);
}

/** The output could not be written, for example because the disk is full. */
class OutputError extends ExplainedError {
  override readonly name = "OutputError";
  override readonly exitCode = 1;
}

export interface OutputFile {
  /**
   * Writes all lines. The file appears, or replaces an existing one, when they are complete; if the signal is aborted before, it does
   * not appear.
   */
  write(lines: AsyncIterable<string>, signal?: AbortSignal): Promise<void>;
}

/** @throws {OutputError} where the operating system refuses to write; errors of the lines pass as they are */
function explained(name: string, write: OutputFile["write"]): OutputFile["write"] {
  return (...args) =>
    write(...args).catch((error: NodeJS.ErrnoException) => {
      if (error.syscall === undefined || error.code === "EPIPE") throw error;
      throw new OutputError(`${name} could not be written: ${systemProblem(error)}`, { cause: error });
    });
}

/**
 * Checks the name before the file is opened.
 * @param option the option that takes the path
 * @param inputs files that must not be overwritten
 * @returns what has this name now
 * @throws {InputError} if it is one of these, a folder, in a folder that does not exist, or in one where this user may not write
 */
export async function requireFileName(
  path: string,
  option: string,
  inputs: readonly string[] = [],
): Promise<Stats | undefined> {
  if (path === "") throw new InputError(`${option} is empty: name a file`);
  const at = (name: string): Promise<Stats | undefined> => stat(name).catch(() => undefined);
  const existing = await at(path);
  if (/[\\/]$/.test(path) || existing?.isDirectory())
    throw new InputError(`${option} ${path} is a folder; name a file`);
  if (!(await at(dirname(path)))?.isDirectory())
    throw new InputError(`${option} ${path}: there is no folder ${dirname(path)}`);
  // A device or a pipe is written to; any other file is replaced, for which the folder counts.
  await access(existing === undefined || existing.isFile() ? dirname(path) : path, constants.W_OK).catch((error) => {
    throw new InputError(`${option} ${path} cannot be written: ${systemProblem(error)}`, { cause: error });
  });
  for (const input of inputs) {
    const read = await at(input);
    if (existing !== undefined && read?.dev === existing.dev && read.ino === existing.ino)
      throw new InputError(`${option} ${path} is the input: name another file`);
  }
  return existing;
}

/**
 * Checks that the file can be written, before any work is done for it.
 * @param path `-` or `/dev/stdout` is standard output; a name that ends in `.gz` is gzipped
 * @param inputs files that must not be overwritten
 * @param option the option that takes the path
 * @throws {InputError} if it cannot be written
 */
export async function openOutputFile(
  path: string,
  inputs: readonly string[],
  option = "--output",
): Promise<OutputFile> {
  const name = `${option} ${path}`;
  const compress = path.toLowerCase().endsWith(".gz");
  const to = (target: NodeJS.WritableStream, end = true) => {
    return async (lines: AsyncIterable<string>, signal?: AbortSignal): Promise<void> => {
      const options = { end, ...(signal && { signal }) };
      const source = Readable.from(lines);
      await (compress ? pipeline(source, createGzip(), target, options) : pipeline(source, target, options));
    };
  };
  if (isStandardOutput(path)) return { write: to(process.stdout, false) };
  const existing = await requireFileName(path, option, inputs);
  // Devices and pipes, also behind /dev/fd/3, can be written to but not replaced.
  if (existing !== undefined && (!existing.isFile() || /^\/(dev|proc)\//.test(path)))
    return { write: explained(name, to(createWriteStream(path, { flags: "a" }))) };

  const target = existing === undefined ? path : await realpath(path);
  const partial = join(dirname(target), `.${basename(target)}.${randomBytes(8).toString("hex")}.partial`);
  const stream = createWriteStream(partial, { flags: "wx", ...(existing && { mode: existing.mode & 0o777 }) });
  const remove = (): void => {
    try {
      unlinkSync(partial);
    } catch {
      // It has been renamed.
    }
  };
  // process.exit() runs it, too.
  process.on("exit", remove);
  await new Promise<void>((resolve, reject) => {
    stream.on("open", () => resolve());
    stream.on("error", reject);
  }).catch((error: NodeJS.ErrnoException) => {
    throw new InputError(`${name} cannot be written: ${systemProblem(error)}`, { cause: error });
  });
  const writePartial = to(stream);
  return {
    write: explained(name, async (lines, signal) => {
      // At once, since the lines may take long to end, and the process may be killed before.
      signal?.addEventListener("abort", remove);
      await writePartial(lines, signal);
      await rename(partial, target);
      process.off("exit", remove);
    }),
  };
}
