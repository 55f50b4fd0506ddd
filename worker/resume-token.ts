/** What an interrupted replay prints and `--resume` takes: everything that it needs to go on. */
import { z } from "zod";
import type { PathTemplate } from "../shared/path.ts";
import { InputError } from "../shared/reviews-file.ts";
import type { Selection } from "../shared/selection.ts";
import type { Checkpoint } from "./replay.ts";

/** A replay as it was asked for, and how far it has come. */
export interface ResumableReplay {
  selection: Selection;
  force: boolean;
  limit?: number | undefined;
  /** The file of the recorded labels. */
  record?: string | undefined;
  checkpoint: Checkpoint;
}

/** JSON has no times; in a condition a string may look like one. */
const Time = z.object({ time: z.iso.datetime() });
const count = z.number().int().nonnegative();

const Token = z.object({
  reviewsPath: z.string(),
  where: z.array(
    z.object({
      field: z.string(),
      comparison: z.enum(["==", "<", "<=", ">", ">="]),
      value: z.union([z.string(), z.number(), z.boolean(), z.null(), Time.transform(({ time }) => new Date(time))]),
    }),
  ),
  since: z.iso.datetime().pipe(z.coerce.date()).optional(),
  unlabelled: z.boolean(),
  failed: z.boolean(),
  otherModel: z.string().optional(),
  force: z.boolean(),
  limit: count.optional(),
  record: z.string().optional(),
  checkpoint: z.object({
    position: z.string().optional(),
    startedAt: z.iso.datetime().pipe(z.coerce.date()).optional(),
    read: count,
    published: count,
    recorded: count,
    done: z.literal(false),
  }),
});

export function encodeToken({ selection, ...replay }: ResumableReplay): string {
  const token: z.input<typeof Token> = {
    ...replay,
    ...selection,
    reviewsPath: selection.reviewsPath.source,
    where: selection.where.map(({ value, ...condition }) => ({
      ...condition,
      value: value instanceof Date ? { time: value.toISOString() } : value,
    })),
    since: selection.since?.toISOString(),
    checkpoint: { ...replay.checkpoint, startedAt: replay.checkpoint.startedAt?.toISOString(), done: false },
  };
  return Buffer.from(JSON.stringify(token)).toString("base64url");
}

/**
 * @param reviewsPath as it is configured, which must be the one of the token
 * @throws {InputError} if it is no token, or not one of these reviews
 */
export function decodeToken(token: string, reviewsPath: PathTemplate): ResumableReplay {
  let decoded: z.infer<typeof Token>;
  try {
    decoded = Token.parse(JSON.parse(Buffer.from(token, "base64url").toString()));
  } catch (cause) {
    throw new InputError("--resume takes the token that an interrupted replay has printed, whole", { cause });
  }
  const { reviewsPath: source, where, since, unlabelled, failed, otherModel, ...replay } = decoded;
  if (source !== reviewsPath.source)
    throw new InputError(
      `the token is of a replay of ${source}, and REVIEWS_PATH is ${reviewsPath.source}: set it to the former`,
    );
  return { ...replay, selection: { reviewsPath, where, since, unlabelled, failed, otherModel } };
}
