/** The chart's counts: exact, and with few queries. */
import { describe, expect, test } from "vitest";
import { BucketCache, type BucketSource, countInBuckets, MAX_AGE_MS } from "../src/buckets.ts";

const LABELS = ["NEGATIVE", "NEUTRAL", "POSITIVE"];
const HOUR_MS = 3_600_000;
const EDGES = Array.from({ length: 25 }, (_, i) => new Date(i * HOUR_MS));

interface Stored {
  label: string;
  time: Date;
}

/** A review every so often, with the labels by turns. */
function reviewsEvery(minutes: number): Stored[] {
  return Array.from({ length: (24 * 60) / minutes }, (_, i) => ({
    label: LABELS[i % 3] as string,
    time: new Date(i * minutes * 60_000),
  }));
}

/** Counts what it is asked. */
class Source implements BucketSource {
  readonly reviews: Stored[];
  queries = 0;
  reads = 0;

  constructor(reviews: readonly Stored[]) {
    this.reviews = [...reviews];
  }

  async count(label: string, from: Date, before: Date): Promise<number> {
    const { length } = this.#in([label], from, before);
    this.#cost(length / 1000);
    return length;
  }

  async read(labels: readonly string[], from: Date, before: Date): Promise<Stored[]> {
    const found = this.#in(labels, from, before);
    this.#cost(found.length);
    return found;
  }

  #in(labels: readonly string[], from: Date, before: Date): Stored[] {
    return this.reviews.filter(({ label, time }) => labels.includes(label) && time >= from && time < before);
  }

  #cost(reads: number): void {
    this.queries++;
    this.reads += Math.max(1, Math.ceil(reads));
  }

  totals(): Map<string, number> {
    return new Map(LABELS.map((label) => [label, this.reviews.filter((one) => one.label === label).length]));
  }

  /** What {@link countInBuckets} should find. */
  expected(): number[][] {
    return EDGES.slice(1).map((end, i) => LABELS.map((label) => this.#in([label], EDGES[i] as Date, end).length));
  }

  async counted(cache = new BucketCache()): Promise<number[][]> {
    this.queries = 0;
    this.reads = 0;
    const buckets = await countInBuckets(this, EDGES, this.totals(), cache);
    return buckets.map((counts) => LABELS.map((label) => counts.get(label) as number));
  }
}

describe("the bars of the chart", () => {
  test.each([1, 7, 60, 500])("are exact with a review every %d minutes", async (minutes) => {
    const source = new Source(reviewsEvery(minutes));
    expect(await source.counted()).toEqual(source.expected());
  });

  test("are read with one query where there are few reviews, for a bounded price", async () => {
    const source = new Source(reviewsEvery(5));
    expect(await source.counted()).toEqual(source.expected());
    expect(source.queries).toBe(1);
    expect(source.reads).toBeLessThanOrEqual(5 * 23 * 3);
  });

  test("are counted where there are many, with fewer queries than bars and labels", async () => {
    const source = new Source(reviewsEvery(1));
    expect(await source.counted()).toEqual(source.expected());
    expect(source.queries).toBeLessThanOrEqual(23 * 3);
    expect(source.reads).toBe(source.queries);
  });

  test("cost a few queries where all reviews are in one of them", async () => {
    const source = new Source(
      Array.from({ length: 9_000 }, (_, i) => ({ label: LABELS[i % 3] as string, time: new Date(5.5 * HOUR_MS) })),
    );
    expect(await source.counted()).toEqual(source.expected());
    expect(source.queries).toBeLessThanOrEqual(5 * 3);
  });

  test("are never below zero where reviews have come since the sum was counted", async () => {
    const source = new Source(reviewsEvery(1));
    const fewer = new Map(LABELS.map((label) => [label, 350]));
    const buckets = await countInBuckets(source, EDGES, fewer, new BucketCache());
    const counts = buckets.flatMap((bucket) => [...bucket.values()]);
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(0);
    expect(counts.reduce((a, b) => a + b)).toBe(3 * 350);
  });

  test("cost nothing without reviews", async () => {
    const source = new Source([]);
    expect(await source.counted()).toEqual(source.expected());
    expect(source.queries).toBe(0);
  });
});

describe("bars that have been counted before", () => {
  const arrivals = (hour: number): Stored[] => [
    { label: "NEGATIVE", time: new Date(hour * HOUR_MS) },
    { label: "NEGATIVE", time: new Date(hour * HOUR_MS) },
  ];

  test.each([1, 5])("cost one query for each label when reviews arrive (every %d minutes)", async (minutes) => {
    const source = new Source(reviewsEvery(minutes));
    const cache = new BucketCache();
    await source.counted(cache);
    source.reviews.push(...arrivals(23.5));
    expect(await source.counted(cache)).toEqual(source.expected());
    expect(source.queries).toBe(3);
  });

  test("are counted again where something has changed in the past", async () => {
    const source = new Source(reviewsEvery(1));
    const cache = new BucketCache();
    await source.counted(cache);
    source.reviews.push(...arrivals(4.5));
    source.reviews.splice(
      source.reviews.findIndex(({ label }) => label === "POSITIVE"),
      1,
    );
    expect(await source.counted(cache)).toEqual(source.expected());
    expect(source.queries).toBeLessThan(20);
  });

  test("are counted again when a review is labelled again and moves to the last one", async () => {
    const source = new Source(reviewsEvery(1));
    const cache = new BucketCache();
    await source.counted(cache);
    (source.reviews[300] as Stored).time = new Date(23.5 * HOUR_MS);
    expect(await source.counted(cache)).toEqual(source.expected());
  });

  test("are all counted again after some minutes: two changes may leave the sum as it was", async () => {
    const source = new Source(reviewsEvery(1));
    const cache = new BucketCache();
    cache.expire(MAX_AGE_MS);
    await source.counted(cache);
    (source.reviews[300] as Stored).time = new Date(20.5 * HOUR_MS);
    cache.expire(2 * MAX_AGE_MS);
    expect(await source.counted(cache)).toEqual(source.expected());
  });

  test("keep their counts when the hour ends and the oldest leaves", async () => {
    const source = new Source(reviewsEvery(1));
    const cache = new BucketCache();
    const totals = (edges: readonly Date[]) =>
      new Map(
        LABELS.map((label) => [
          label,
          source.reviews.filter((one) => one.label === label && one.time >= (edges[0] as Date)).length,
        ]),
      );
    const [before, after] = [EDGES.slice(0, -1), EDGES.slice(1)];
    source.reviews.splice(23 * 60);
    await countInBuckets(source, before, totals(before), cache);
    source.reviews.push(...arrivals(23.5));
    source.queries = 0;
    const counted = await countInBuckets(source, after, totals(after), cache);
    expect(counted.map((counts) => LABELS.map((label) => counts.get(label)))).toEqual(source.expected().slice(1));
    expect(source.queries).toBe(3);
  });
});
