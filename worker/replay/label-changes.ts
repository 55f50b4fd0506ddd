import type { ModelId } from "../../model/model-id.ts";
import type { PathTemplate, ReviewPath } from "../../shared/path.ts";
import { chunks, InputError, type Row } from "../../shared/reviews-file.ts";
import type { ReviewStore } from "../../shared/store.ts";
import { RecordedLabel, RecordedReview } from "./label-record.ts";

/** A review whose label has changed. */
export interface LabelChange {
  path: ReviewPath;
  from: string;
  to: string;
  /** Score of the new label. */
  score: number;
}

/** Counts of the recorded reviews by outcome. Each is counted once. */
export interface LabelChanges {
  reviews: number;
  /** The same text has another label. */
  changed: number;
  same: number;
  /** The text has changed. */
  edited: number;
  /** One of the two labels has no text hash, so it is not the worker's: whether the text is the same is unknown. */
  unknown: number;
  /** Labelled now, but not before. */
  added: number;
  /** The text cannot be classified. */
  failed: number;
  deleted: number;
  /** The model has not labelled it yet. */
  waiting: number;
  /** Counts of changes by old and new label: `{ "NEGATIVE → POSITIVE": 2 }`. */
  changes: Record<string, number>;
  examples: LabelChange[];
}

/** Documents per request. */
const READ_CHUNK = 300;

export interface LabelChangesOptions {
  /** Which documents are reviews. */
  reviewsPath: PathTemplate;
  /** The model that should have labelled them now. */
  model: ModelId;
  /** Maximum number of changes to list. */
  examples: number;
  /** Called after each request. */
  progress: () => void;
}

/**
 * Compares recorded labels with the current ones.
 * @param rows of a record, see {@link RecordedReview}
 * @throws {InputError} if a row is not that of a record
 */
export async function labelChanges(
  rows: AsyncIterable<Row>,
  store: Pick<ReviewStore, "load">,
  { reviewsPath, model, examples, progress }: LabelChangesOptions,
): Promise<LabelChanges> {
  const found: LabelChanges = {
    reviews: 0,
    changed: 0,
    same: 0,
    edited: 0,
    unknown: 0,
    added: 0,
    failed: 0,
    deleted: 0,
    waiting: 0,
    changes: {},
    examples: [],
  };
  for await (const some of chunks(rows, READ_CHUNK)) {
    const before = some.map((row) => recordedReview(row, reviewsPath));
    const now = await store.load(before.map(({ path }) => path));
    for (const [i, { path, ...old }] of before.entries()) {
      const review = now[i];
      const { label, score, ...result } = RecordedLabel.safeParse(review?.result).data ?? {};
      if (review === undefined) found.deleted++;
      else if (result.model !== model) found.waiting++;
      else if (label === undefined || score === undefined) found.failed++;
      else if (old.label === undefined) found.added++;
      else if (old.textHash === undefined || result.textHash === undefined) found.unknown++;
      else if (old.textHash !== result.textHash) found.edited++;
      else if (old.label === label) found.same++;
      else {
        found.changed++;
        const change = `${old.label} → ${label}`;
        found.changes[change] = (found.changes[change] ?? 0) + 1;
        if (found.examples.length < examples) found.examples.push({ path, from: old.label, to: label, score });
      }
    }
    found.reviews += before.length;
    progress();
  }
  return found;
}

function recordedReview(row: Row, reviewsPath: PathTemplate): RecordedLabel & { path: ReviewPath } {
  const parsed = RecordedReview.safeParse(row);
  if (!parsed.success) throw new InputError("the file holds lines that `replay --record` has not written");
  const checked = reviewsPath.check(parsed.data.path);
  if ("problem" in checked)
    throw new InputError(
      `the file holds reviews whose paths do not match REVIEWS_PATH (${reviewsPath.source}): set it as it was when they were recorded`,
    );
  return { ...parsed.data, ...checked };
}
