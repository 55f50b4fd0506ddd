import { chunks, InputError, type Row } from "../../shared/reviews-file.ts";
import type { ReviewStore } from "../../shared/store.ts";
import { RecordedLabel, RecordedReview } from "./label-record.ts";

/** A review whose label has changed. */
export interface LabelChange {
  path: string;
  from: string;
  to: string;
  /** Score of the new label. */
  score: number;
}

/** What became of the recorded reviews. Each is counted once. */
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

/**
 * Compares recorded labels with the current ones.
 * @param rows of a record, see {@link RecordedReview}
 * @param options `model` is the id of the model that should have labelled them now; `examples` is the maximum number of changes to list
 * @throws {InputError} if a row is not that of a record
 */
export async function labelChanges(
  rows: AsyncIterable<Row>,
  store: Pick<ReviewStore, "load">,
  { model, examples, progress }: { model: string; examples: number; progress: () => void },
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
    const before = some.map((row) => {
      const parsed = RecordedReview.safeParse(row);
      if (!parsed.success) throw new InputError("the file holds lines that `replay --record` has not written");
      return parsed.data;
    });
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
