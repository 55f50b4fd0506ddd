import type { ModelId } from "../../model/model-id.ts";
import { InputError } from "../../shared/input-error.ts";
import type { Row } from "../../shared/json-rows.ts";
import type { PathTemplate, ReviewPath } from "../../shared/path.ts";
import { storedErrorCode } from "../../shared/result.ts";
import { chunks, type ReviewsFile } from "../../shared/reviews-file.ts";
import type { ReviewStore } from "../../shared/store.ts";
import { RecordedLabel, RecordedReview } from "./label-record.ts";

/** A review whose label has changed. */
export interface LabelChange {
  path: ReviewPath;
  from: string;
  /** The new label, or the code of an error in parentheses if the label was lost. */
  to: string;
  /** Score of the new label; absent if the label was lost. */
  score?: number;
}

/** Counts of the recorded reviews by outcome. Each is counted once, except that `changed` includes `lost`. */
export interface LabelChanges {
  /** The model that should have labelled the reviews, and whether the record names it. */
  model: ModelId;
  modelRecorded: boolean;
  reviews: number;
  /** The same text has another label, or none. */
  changed: number;
  /**
   * The same text, as far as is known, has an error instead of a label: for example, the new model does not read its language.
   * Includes reviews whose label was another program's, without a text hash.
   */
  lost: number;
  /** The same by error code. */
  lostBecause: Record<string, number>;
  same: number;
  /** The text has changed. */
  edited: number;
  /** There are two labels, and one has no text hash, so it is not the worker's: whether the text is the same is unknown. */
  unknown: number;
  /** Labelled now, but not before. */
  added: number;
  /** The review had no label, and cannot be classified now. */
  failed: number;
  /** The same by error code. */
  failedBecause: Record<string, number>;
  deleted: number;
  /** The model has not labelled it yet. */
  waiting: number;
  /** Counts of waiting reviews that another model has labelled since they were recorded, by model. */
  otherModels: Record<string, number>;
  /** Counts of changes by old and new label: `{ "NEGATIVE → POSITIVE": 2 }`. */
  changes: Record<string, number>;
  examples: LabelChange[];
}

/** The counts before the first review. */
export function noChanges(model: ModelId): LabelChanges {
  return {
    model,
    modelRecorded: false,
    reviews: 0,
    changed: 0,
    lost: 0,
    lostBecause: {},
    same: 0,
    edited: 0,
    unknown: 0,
    added: 0,
    failed: 0,
    failedBecause: {},
    deleted: 0,
    waiting: 0,
    otherModels: {},
    changes: {},
    examples: [],
  };
}

/** Documents per request. */
const READ_CHUNK = 300;

export interface LabelChangesOptions {
  /** Which documents are reviews. */
  reviewsPath: PathTemplate;
  /** The model that should have labelled them now, for records that do not name it. */
  model: ModelId;
  /** Maximum number of changes to list. */
  examples: number;
  /** Called after each request. */
  progress: () => void;
}

/**
 * Compares recorded labels with the current ones.
 * @param file a record, see {@link RecordedReview}
 * @throws {InputError} if a row is not that of a record
 */
export async function labelChanges(
  file: Pick<ReviewsFile, "name" | "rows">,
  store: Pick<ReviewStore, "load">,
  { reviewsPath, model, examples, progress }: LabelChangesOptions,
): Promise<LabelChanges> {
  const found = noChanges(model);
  const addChange = (change: LabelChange): void => {
    found.changed++;
    increment(found.changes, `${change.from} → ${change.to}`);
    if (found.examples.length < examples) found.examples.push(change);
  };
  for await (const some of chunks(file.rows(), READ_CHUNK)) {
    const before = some.map((row) => recordedReview(row, reviewsPath, file.name));
    const target = before[0]?.target;
    if (found.reviews === 0 && target !== undefined) {
      found.model = target;
      found.modelRecorded = true;
    }
    const now = await store.load(before.map(({ path }) => path));
    for (const [i, { path, ...old }] of before.entries()) {
      const review = now[i];
      const { label, score, ...result } = RecordedLabel.safeParse(review?.result).data ?? {};
      const unlabelled = label === undefined || score === undefined;
      const code = storedErrorCode(review?.result) ?? "no label";
      if (review === undefined) found.deleted++;
      else if (result.model !== found.model) {
        found.waiting++;
        if (result.model !== undefined && result.model !== old.model) increment(found.otherModels, result.model);
      } else if (old.label === undefined && unlabelled) {
        found.failed++;
        increment(found.failedBecause, code);
      } else if (old.label === undefined) found.added++;
      else if (unlabelled && (old.textHash === undefined || old.textHash === result.textHash)) {
        found.lost++;
        increment(found.lostBecause, code);
        addChange({ path, from: old.label, to: `(${code})` });
      } else if (old.textHash === undefined || (result.textHash === undefined && !unlabelled)) found.unknown++;
      else if (unlabelled || old.textHash !== result.textHash) found.edited++;
      else if (old.label === label) found.same++;
      else addChange({ path, from: old.label, to: label, score });
    }
    found.reviews += before.length;
    progress();
  }
  return found;
}

function increment(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}

function recordedReview(
  row: Row,
  reviewsPath: PathTemplate,
  file: string,
): Omit<RecordedReview, "path"> & { path: ReviewPath } {
  const parsed = RecordedReview.safeParse(row);
  if (!parsed.success) throw new InputError(`${file} holds lines that \`replay --record\` has not written`);
  const checked = reviewsPath.check(parsed.data.path);
  if ("problem" in checked)
    throw new InputError(
      `${file} holds reviews whose paths do not match REVIEWS_PATH (${reviewsPath.source}): set it as it was when they were recorded`,
    );
  return { ...parsed.data, ...checked };
}
