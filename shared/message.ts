import { z } from "zod";
import { mismatchHint, type PathTemplate, type ReviewPath } from "./path.ts";

/**
 * The body of a Pub/Sub message, which names a review. It carries no text: the document is the truth. Unknown fields are
 * ignored, so that a newer publisher can add some before the workers are updated.
 */
export const ReviewMessage = z.object(
  {
    /** The review's document path, as `ref.path` of the Firestore SDKs gives it. */
    path: z.string({
      error: ({ input }) => (input === undefined ? "is missing; it should be like reviews/abc" : "is not a string"),
    }),
    /** Classify even if text and model are those of the stored result. */
    force: z.boolean("is neither true nor false").optional(),
  },
  'the body is no object like {"path":"reviews/abc"}',
);
export type ReviewMessage = z.infer<typeof ReviewMessage>;

/** Why a message can never be processed; `code` is stable, `detail` is for a person and holds no message content. */
export interface MessageProblem {
  code: "invalid-utf8" | "invalid-json" | "invalid-message" | "path-mismatch" | "path-invalid-id";
  detail: string;
}

export type ParsedMessage =
  | { ok: true; message: Omit<ReviewMessage, "path"> & { path: ReviewPath } }
  | { ok: false; problem: MessageProblem };

/**
 * A path has 6 KiB at most, which leaves plenty for unknown fields. A longer body is not parsed: 10 MB of junk, the most that
 * Pub/Sub takes, would hold the main thread for most of a second.
 */
const MAX_BYTES = 512 * 1024;

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Parses a message body and checks that its path is one of `template`'s. Never throws. */
export function parseMessage(data: Uint8Array, template: PathTemplate): ParsedMessage {
  if (data.length > MAX_BYTES)
    return refused("invalid-message", `the body is longer than ${MAX_BYTES / 1024} KiB; it should only name a review`);
  let text: string;
  try {
    text = utf8.decode(data);
  } catch {
    return refused("invalid-utf8", "the body is not UTF-8");
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return refused("invalid-json", 'the body is not JSON; it should be like {"path":"reviews/abc"}');
  }
  const parsed = ReviewMessage.safeParse(json);
  if (!parsed.success) return refused("invalid-message", describe(parsed.error));
  const checked = template.check(parsed.data.path);
  if ("problem" in checked) {
    return refused(
      checked.problem,
      checked.problem === "path-mismatch"
        ? `the path does not match ${template.source}${mismatchHint(parsed.data.path)}`
        : "the path holds a segment that cannot be a Firestore id",
    );
  }
  return { ok: true, message: { ...parsed.data, ...checked } };
}

function refused(code: MessageProblem["code"], detail: string): ParsedMessage {
  return { ok: false, problem: { code, detail } };
}

/** Names the fields that are wrong and what was expected; of what was sent, only the names of fields. */
function describe(error: z.ZodError): string {
  return error.issues
    .map((issue) => (issue.path.length > 0 ? `"${issue.path.join(".")}" ${issue.message}` : issue.message))
    .join("; ");
}
