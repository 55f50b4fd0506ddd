import { InputError } from "../../shared/input-error.ts";
import { QueueError, type ReviewQueue } from "../../shared/queue.ts";
import { BacklogLimit } from "../replay/backlog-limit.ts";

/**
 * What 16 CPUs label in four minutes, which is the age that a count of Google's may have. One CPU labels as many within hours, and
 * a message has its hundredth attempt after 15.
 */
const MAX_BACKLOG = 400_000;

/**
 * What holds a replay back while many messages wait.
 * @param max `--max-backlog`; 0 for no limit
 * @param sharers replays that run at the same time
 * @throws {InputError | QueueError} if a limit was asked for and cannot be kept
 */
export async function backlogLimitOf(
  queue: Pick<ReviewQueue, "backlog" | "countsBacklog">,
  max: number | undefined,
  sharers = 1,
): Promise<BacklogLimit | undefined> {
  if (max === 0) return undefined;
  if (!queue.countsBacklog) {
    if (max === undefined) return undefined;
    throw new InputError("--max-backlog: an emulator does not say how many messages wait; use --rate");
  }
  if (max !== undefined && max < sharers)
    throw new InputError(
      `--max-backlog ${max}: ${sharers} shards share it, and each publishes at most its part: set it to at least ${sharers}`,
    );
  const limit = new BacklogLimit({ max: max ?? MAX_BACKLOG, sharers, read: () => queue.backlog() });
  try {
    await limit.start();
    return limit;
  } catch (error) {
    if (max !== undefined || !(error instanceof QueueError)) throw error;
    console.error(`review-sentiment: the replay does not slow down by itself, because ${error.message}`);
    return undefined;
  }
}
