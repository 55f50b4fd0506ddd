/**
 * Counts the reviews of each bar of the chart with few queries. A query costs at least one read and, on Google Cloud, tens of
 * milliseconds; a day by the hour and three labels would be 72 queries.
 *
 * The number of all reviews with a label in the whole time is known. The time is halved: one half is counted, the other is the
 * difference. Each half is halved again, unless nothing is in it, or it has as many reviews as when its bars were last counted. Then
 * the last bar is counted first: what arrives is there.
 * Where a few documents cost little more than their counts, they are read instead, with one query.
 */

/** One per label, by its name. */
export type Counts = ReadonlyMap<string, number>;

export interface BucketSource {
  /** How many reviews with a label are in a time. */
  count(label: string, from: Date, before: Date): Promise<number>;
  /** The label and time of all reviews with one of the labels in a time. */
  read(labels: readonly string[], from: Date, before: Date): Promise<{ label: string; time: Date }[]>;
}

/** Documents are read if that costs at most this many times the reads of counting them: one query instead of dozens. */
const READS_PER_QUERY = 5;

/** A change that leaves all sums equal, such as an edited time, is noticed after this time. */
export const MAX_AGE_MS = 10 * 60_000;

/** The last counts of buckets. */
export class BucketCache {
  #buckets = new Map<string, Counts>();
  #since = 0;

  /** Forgets everything once it is too old. */
  expire(now: number): void {
    if (now - this.#since < MAX_AGE_MS) return;
    this.#buckets.clear();
    this.#since = now;
  }

  get(start: Date, end: Date): Counts | undefined {
    return this.#buckets.get(keyOf(start, end));
  }

  set(start: Date, end: Date, counts: Counts): void {
    this.#buckets.set(keyOf(start, end), counts);
  }
}

function keyOf(start: Date, end: Date): string {
  return `${start.getTime()}-${end.getTime()}`;
}

/**
 * @param edges one more than there are buckets, oldest first
 * @param totals of the whole time; what the buckets before the last do not have is in the last
 * @param cache of these labels and filters
 * @returns one for each bucket
 */
export async function countInBuckets(
  source: BucketSource,
  edges: readonly Date[],
  totals: Counts,
  cache: BucketCache,
): Promise<Counts[]> {
  const buckets = edges.slice(1).map(() => new Map<string, number>());
  const edge = (i: number): Date => edges[i] as Date;
  const cached = edges.slice(1).map((end, i) => cache.get(edge(i), end));

  /**
   * Fills the buckets from `first` until before `end`.
   * @param isLastCounted whether the last bucket of all is counted, or elsewhere: a review that is labelled again moves there
   */
  const fill = async (first: number, end: number, sums: Counts, isLastCounted: boolean): Promise<void> => {
    const unknown = new Map<string, number>();
    for (const [label, sum] of sums) {
      const known = cached.slice(first, end).map((counts) => counts?.get(label));
      const isUnchanged = known.reduce<number>((total, count) => total + (count ?? Number.NaN), 0) === sum;
      if (end - first === 1) buckets[first]?.set(label, sum);
      else if (sum === 0) for (let i = first; i < end; i++) buckets[i]?.set(label, 0);
      else if (isUnchanged && isLastCounted)
        for (const [i, count] of known.entries()) buckets[first + i]?.set(label, count as number);
      else unknown.set(label, sum);
    }
    if (unknown.size === 0) return;
    const labels = [...unknown.keys()];
    const hasCached = cached.slice(first, end - 1).every((counts) => counts !== undefined);
    const queries = (end - first - 1) * unknown.size;
    if (!hasCached && sumOf(unknown) <= queries * READS_PER_QUERY) {
      for (let i = first; i < end; i++) for (const label of labels) buckets[i]?.set(label, 0);
      for (const { label, time } of await source.read(labels, edge(first), edge(end))) {
        const i = edges.findLastIndex((start) => start <= time);
        const bucket = buckets[Math.min(i, end - 1)];
        bucket?.set(label, (bucket.get(label) ?? 0) + 1);
      }
      return;
    }
    // What arrives is in the last bucket, so that most often the others are as they were.
    const countLast = hasCached && !isLastCounted;
    const middle = countLast ? end - 1 : (first + end) >> 1;
    const older = new Map<string, number>();
    const newer = new Map<string, number>();
    await Promise.all(
      labels.map(async (label) => {
        const sum = unknown.get(label) as number;
        const [from, before] = countLast ? [middle, end] : [first, middle];
        // Reviews may have come and gone since the sum was counted.
        const counted = Math.min(sum, await source.count(label, edge(from), edge(before)));
        older.set(label, countLast ? sum - counted : counted);
        newer.set(label, countLast ? counted : sum - counted);
      }),
    );
    await Promise.all([fill(first, middle, older, true), fill(middle, end, newer, isLastCounted)]);
  };

  await fill(0, buckets.length, totals, false);
  for (const [i, counts] of buckets.entries()) cache.set(edge(i), edge(i + 1), counts);
  return buckets;
}

function sumOf(counts: Counts): number {
  return [...counts.values()].reduce((a, b) => a + b, 0);
}
