/**
 * Labels stored reviews, page by page, as `replay` publishes them. A run that reaches the end of its time, or fails, leaves the
 * rest to another task, which continues after the last review that is done.
 */
import type { Settlement } from "../../worker/pipeline/settlement.ts";
import { type Checkpoint, replay, START } from "../../worker/replay/replay.ts";
import type { Labeller } from "./labeller.ts";

/** The rest of a backfill, as JSON. */
export interface Rest {
  position: string | undefined;
  read: number;
  published: number;
  startedAt: string | undefined;
}

/** Failures of one review. It is left without a label, so that the others get theirs. */
const SKIPPED = new Set(["inference-failed", "keeps-changing", "not-written-yet"]);

/**
 * @param rest where to start; @default at the first review
 * @param signal ends the run
 * @returns what is left; `undefined` if nothing is
 * @throws {Error} if it failed before it got anywhere
 */
export async function backfill(
  labeller: Pick<Labeller, "store" | "config" | "classifier" | "log" | "label">,
  rest: Rest | undefined,
  signal: AbortSignal,
): Promise<Rest | undefined> {
  const { store, config, classifier, log } = labeller;
  const publishReview = async (path: string): Promise<string> => {
    const settlement = await labeller.label(path);
    if (settlement.outcome === "retried")
      failOrSkip(settlement, (reason) => log.warn({ path, reason }, "review skipped"));
    return path;
  };
  const start: Checkpoint =
    rest === undefined
      ? START
      : { ...START, ...rest, startedAt: rest.startedAt === undefined ? undefined : new Date(rest.startedAt) };
  const selection = {
    reviewsPath: config.REVIEWS_PATH,
    where: [],
    unlabelled: true,
    failed: false,
    otherModel: classifier.model,
  } as const;
  let last = start;
  try {
    for await (const checkpoint of replay({ store, publisher: { publishReview } }, start, {
      selection,
      force: false,
      signal,
    }))
      last = checkpoint;
  } catch (error) {
    if (last.read === start.read && last.position === start.position) throw error;
    log.warn({ err: error }, "backfill interrupted");
  }
  const { position, read, published, startedAt, done } = last;
  log.info({ read, labelled: published, done }, "backfill");
  return done ? undefined : { position, read, published, startedAt: startedAt?.toISOString() };
}

function failOrSkip(
  { reason, error }: Extract<Settlement, { outcome: "retried" }>,
  skip: (reason: string) => void,
): void {
  if (!SKIPPED.has(reason)) throw error ?? new Error(reason);
  skip(reason);
}
