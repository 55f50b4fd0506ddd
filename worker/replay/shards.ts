/**
 * A replay in parts that run at the same time. Each shard takes the reviews whose paths are in one range. The first range has no
 * beginning and the last no end, and each begins where the one before it ends: whatever the bounds are, every review is in exactly
 * one shard. So all shards must have the same bounds.
 */
import { z } from "zod";
import { InputError } from "../../shared/input-error.ts";
import type { PathTemplate } from "../../shared/path.ts";
import type { PathRange } from "../../shared/selection.ts";

export interface Shard {
  /** 1 for the first. */
  number: number;
  of: number;
}

/**
 * The shard that a command is: as `--shard I/N` says, or else the task of a Cloud Run job with several tasks.
 * https://cloud.google.com/run/docs/container-contract#jobs-env-vars
 * @throws {InputError}
 */
export function shardOf(
  option: string | undefined,
  { CLOUD_RUN_TASK_INDEX, CLOUD_RUN_TASK_COUNT }: Readonly<Record<string, string | undefined>>,
): Shard | undefined {
  if (option === undefined) {
    const of = Number(CLOUD_RUN_TASK_COUNT);
    return of > 1 ? { number: Number(CLOUD_RUN_TASK_INDEX) + 1, of } : undefined;
  }
  const [, number, of] = (/^(\d{1,5})\/(\d{1,5})$/.exec(option) ?? []).map(Number);
  if (number === undefined || of === undefined || number < 1 || number > of)
    throw new InputError(`--shard ${option}: write the number of the shard and how many there are, such as 1/4`);
  return { number, of };
}

/** The characters of the ids that Firestore's clients create, in Firestore's order. Each is equally probable. */
const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const DIGITS = 4;

/** Bounds that every shard can compute. Shards are of equal size if ids are those that Firestore's clients create. */
export function evenBounds(template: PathTemplate, shards: number): string[] {
  return Array.from({ length: shards - 1 }, (_, i) => {
    let rest = Math.floor(((i + 1) / shards) * ALPHABET.length ** DIGITS);
    let id = "";
    for (let digit = 0; digit < DIGITS; digit++) {
      id = ALPHABET[rest % ALPHABET.length] + id;
      rest = Math.floor(rest / ALPHABET.length);
    }
    return template.fill(Object.fromEntries(template.variables.map((name) => [name, id])));
  });
}

/**
 * The paths of a shard.
 * @param text the bounds, as {@link encodeBounds} gives them. @default {@link evenBounds}
 * @throws {InputError}
 */
export function rangeOf(template: PathTemplate, shard: Shard, text?: string): PathRange {
  const bounds = text === undefined ? evenBounds(template, shard.of) : decodeBounds(text, shard);
  if (shard.number <= bounds.length + 1) return { from: bounds[shard.number - 2], before: bounds[shard.number - 1] };
  // There are few reviews, and this shard has none.
  const [somewhere] = evenBounds(template, 2);
  return { from: somewhere, before: somewhere };
}

const Bounds = z.object({ shards: z.number().int().positive(), bounds: z.array(z.string()) });

/** Bounds as the text that `replay shards` prints and `--bounds` takes. */
export function encodeBounds(shards: number, bounds: readonly string[]): string {
  return Buffer.from(JSON.stringify({ shards, bounds })).toString("base64url");
}

/** @throws {InputError} if it is no such text, or one for another number of shards */
function decodeBounds(text: string, { of }: Shard): string[] {
  let decoded: z.infer<typeof Bounds>;
  try {
    decoded = Bounds.parse(JSON.parse(Buffer.from(text, "base64url").toString()));
  } catch (cause) {
    throw new InputError("--bounds takes the text that `replay shards` has printed, whole", { cause });
  }
  if (decoded.shards !== of)
    throw new InputError(`--bounds divides the reviews into ${decoded.shards} shards, not into ${of}`);
  return decoded.bounds;
}
