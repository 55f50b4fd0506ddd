/**
 * Labels stored reviews, page by page, with the selection of `replay`. A run that is out of time, or fails, leaves the rest to the next
 * one, which continues after the last review that is done.
 */
import pLimit from "p-limit";
import { retrying } from "../../shared/retry.ts";
import { type ReviewStore, StoreError } from "../../shared/store.ts";
import type { Nack } from "../../worker/pipeline/settlement.ts";
import { type Checkpoint, replay, START } from "../../worker/replay/replay.ts";
import { decodeToken, encodeToken, placeOf } from "../../worker/replay/resume-token.ts";
import type { Labeller } from "./labeller.ts";

/** How long a transient failure of a review is retried, also after the end of a run. */
const RETRY_MS = 60_000;
const NEVER = new AbortController().signal;

/** The parts of a {@link Labeller} that a backfill needs. */
export type BackfillParts = Pick<Labeller, "config" | "classifier" | "log" | "label"> & {
  store: Pick<ReviewStore, "page">;
};

/**
 * @param token where to continue; `undefined` starts at the first review
 * @param ms how long the run may take. It then finishes what is in flight; even with 0 it makes progress
 * @returns the token for the rest; `undefined` if nothing is left
 * @throws {Error} if it failed before it made progress
 */
export async function backfill(
  { store, config, classifier, log, label }: BackfillParts,
  token: string | undefined,
  ms: number,
): Promise<string | undefined> {
  const place = placeOf(config, config.GOOGLE_CLOUD_PROJECT ?? "");
  const start = token === undefined ? START : decodeToken(token, place).checkpoint;
  const reviews = { reviewsPath: config.REVIEWS_PATH, where: [], failed: false };
  const plan = { selection: { ...reviews, unlabelled: true, otherModel: classifier.model }, force: false };
  const stop = new AbortController();
  const slots = pLimit(config.MAX_OUTSTANDING);
  const counts = { settled: 0, skipped: 0 };
  const labelOrSkip = async (path: string): Promise<string> => {
    const settlement = await label(path);
    if (settlement.outcome !== "retried") {
      counts.settled++;
      return path;
    }
    const { reason, error } = settlement;
    // Without an error the pipeline was only too slow, so retry.
    if (!isReviewsFault(settlement)) throw error ?? new StoreError(reason, "unavailable");
    counts.skipped++;
    log.warn({ path, reason, err: error }, "review skipped");
    return path;
  };
  const publishReview = (path: string) => slots(() => retrying(() => labelOrSkip(path), RETRY_MS, NEVER));
  const deadline = performance.now() + ms;
  let checkpoint: Checkpoint = start;
  try {
    const options = { ...plan, signal: stop.signal };
    for await (checkpoint of replay({ store, publisher: { publishReview } }, start, options))
      if (performance.now() > deadline) stop.abort();
  } catch (error) {
    if (checkpoint === start) throw error;
    log.warn({ err: error }, "backfill interrupted");
  }
  const { read, done } = checkpoint;
  log.info({ read: read - start.read, ...counts, done }, "backfill");
  return done ? undefined : encodeToken({ ...plan, checkpoint }, place);
}

/** Whether the review itself is the cause. It is then skipped, so that the others get their labels. */
function isReviewsFault({ reason, error }: Nack): boolean {
  // For example, the document is so large that a result does not fit.
  if (error instanceof StoreError) return error.code === "request-invalid";
  return reason === "inference-failed" || reason === "keeps-changing";
}
