/** The token that an interrupted replay prints and `--resume` takes: everything needed to continue. */
import { z } from "zod";
import { ModelId } from "../../model/model-id.ts";
import { FineTime } from "../../shared/fine-time.ts";
import { InputError } from "../../shared/input-error.ts";
import { PathTemplate } from "../../shared/path.ts";
import type { Selection } from "../../shared/selection.ts";
import type { Config } from "../config.ts";
import type { Checkpoint } from "./replay.ts";
import type { Shard } from "./shards.ts";

/** The options of a replay, and its progress. */
export interface ResumableReplay {
  selection: Selection;
  force: boolean;
  limit?: number | undefined;
  /** Which part of a larger replay it is; its paths are in the selection. */
  shard?: Shard | undefined;
  /** The file of the recorded labels. */
  record?: string | undefined;
  checkpoint: Checkpoint;
}

/** The variables that say where the reviews are and where their messages go. A position has no meaning anywhere else. */
export type Place = Record<
  | "GOOGLE_CLOUD_PROJECT"
  | "FIRESTORE_DATABASE"
  | "REVIEWS_PATH"
  | "RESULT_FIELD"
  | "PUBSUB_TOPIC"
  | "FIRESTORE_EMULATOR_HOST",
  string
>;

/** @param projectId of the queue or the documents */
export function placeOf(config: Config, projectId: string): Place {
  return {
    GOOGLE_CLOUD_PROJECT: projectId,
    FIRESTORE_DATABASE: config.FIRESTORE_DATABASE,
    REVIEWS_PATH: config.REVIEWS_PATH.source,
    RESULT_FIELD: config.RESULT_FIELD,
    PUBSUB_TOPIC: config.PUBSUB_TOPIC,
    // A token of one emulator works on another one, but not on Google Cloud.
    FIRESTORE_EMULATOR_HOST: process.env.FIRESTORE_EMULATOR_HOST ? "set" : "not set",
  };
}

/** JSON has no times, and a string of a condition may look like one. */
const Time = z.object({ time: z.iso.datetime() });
const count = z.number().int().nonnegative();

const Token = z.object({
  place: z.record(z.string(), z.string()),
  where: z.array(
    z.object({
      field: z.string(),
      comparison: z.enum(["==", "<", "<=", ">", ">="]),
      value: z.union([
        z.string(),
        z.number(),
        z.boolean(),
        z.null(),
        Time.transform(({ time }) => FineTime.parse(time)),
      ]),
    }),
  ),
  since: z.iso.datetime().pipe(z.coerce.date()).optional(),
  unlabelled: z.boolean(),
  failed: z.union([z.boolean(), z.string()]),
  otherModel: ModelId.optional(),
  range: z.object({ from: z.string().optional(), before: z.string().optional() }).optional(),
  shard: z.object({ number: count, of: count }).optional(),
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

export function encodeToken(
  { selection: { reviewsPath: _, ...selection }, ...replay }: ResumableReplay,
  place: Place,
): string {
  const token: z.input<typeof Token> = {
    ...replay,
    ...selection,
    place,
    where: selection.where.map(({ value, ...condition }) => ({
      ...condition,
      value: value instanceof Date || value instanceof FineTime ? { time: value.toISOString() } : value,
    })),
    since: selection.since?.toISOString(),
    checkpoint: { ...replay.checkpoint, startedAt: replay.checkpoint.startedAt?.toISOString(), done: false },
  };
  return Buffer.from(JSON.stringify(token)).toString("base64url");
}

/**
 * @param place the configured place, which must be that of the token
 * @throws {InputError} if it is not a token, or is one of another place
 */
export function decodeToken(token: string, place: Place): ResumableReplay {
  let decoded: z.infer<typeof Token>;
  try {
    decoded = Token.parse(JSON.parse(Buffer.from(token, "base64url").toString()));
  } catch (cause) {
    throw new InputError("--resume takes the token that an interrupted replay has printed, whole", { cause });
  }
  const { place: then, where, since, unlabelled, failed, otherModel, range, ...replay } = decoded;
  const others = Object.entries(place).filter(([name, value]) => then[name] !== value);
  if (others.length > 0) {
    const differences = others.map(([name, value]) => `${name} was ${then[name]} and is ${value}`);
    throw new InputError(
      `the token belongs to a replay with other settings: ${differences.join("; ")}. Set them as they were`,
    );
  }
  const reviewsPath = PathTemplate.parse(place.REVIEWS_PATH);
  return { ...replay, selection: { reviewsPath, where, since, unlabelled, failed, otherModel, range } };
}
