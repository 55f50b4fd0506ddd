import { chunks, InputError, type Row } from "../../shared/reviews-file.ts";
import type { ReviewStore } from "../../shared/store.ts";
import { RecordedLabel, RecordedReview } from "./label-record.ts";

/** A review whose label is not what it was. */
export interface LabelChange {
  path: string;
  from: string;
  to: string;
  /** Of the new label. */
  score: number;
}

/** What became of recorded reviews, each of which is counted once. */
export interface LabelChanges {
  reviews: number;
  /** The model labels the same text otherwise than it was. */
  changed: number;
  same: number;
  /** The text is not what it was. */
  edited: number;
  /** One of the two labels came without the hash of its text, so not from the worker: whether it is the same text is unknown. */
  unknown: number;
  /** Labelled now and not before. */
  added: number;
  /** It has no classifiable text. */
  failed: number;
  deleted: number;
  /** Without a result of the model yet. */
  waiting: number;
  /** How often which label became which: `{ "NEGATIVE → POSITIVE": 2 }`. */
  changes: Record<string, number>;
  examples: LabelChange[];
}

/** Documents read at once. */
const READ_CHUNK = 300;

/**
 * Compares recorded labels with those that the reviews have now.
 * @param rows of a record, see {@link RecordedReview}
 * @param options `model` is the one whose labels count, as `name@version`; `examples` the most changes to list
 * @throws {InputError} if a row is none of a record
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
      if (!parsed.success) throw new InputError("the file holds something else than labels recorded by a replay");
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
