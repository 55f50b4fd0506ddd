/** One run of the demo: a worker labels reviews while they are stored and published. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Classifier } from "../../model/classifier.ts";
import type { Backend } from "../../shared/backends/open.ts";
import type { Row } from "../../shared/json-rows.ts";
import type { ReviewPath } from "../../shared/path.ts";
import { QueuePublisher } from "../../shared/publisher.ts";
import type { StoredReview } from "../../shared/store.ts";
import { workerOptions } from "../cli/backend.ts";
import type { FileReview } from "../cli/row-documents.ts";
import { storeAndPublish } from "../cli/store-and-publish.ts";
import type { Config } from "../config.ts";
import { Worker } from "../worker.ts";

export interface Run {
  /** The original row of each review, by path. */
  given: Map<ReviewPath, Row>;
  deadLettered: number;
  /** From the first publish to the last settlement. */
  seconds: number;
  /** Milliseconds from publish to label, of each review that got one. */
  latencies: number[];
}

/** Reviews per request. */
const PUBLISH_CHUNK = 500;
/** Documents per request. */
const READ_CHUNK = 300;

export interface RunOptions {
  /** Publishes the reviews in this many portions with a pause before each, so that a person can watch. */
  portions?: { count: number; everyMs: number } | undefined;
  /** Called with the number of reviews that are settled. */
  onProgress?: (settled: number) => void;
}

/** Stores and publishes reviews while a worker labels them. Resolves when all are settled. */
export async function runReviews(
  reviews: readonly FileReview[],
  parts: Backend & { classifier: Classifier },
  config: Config,
  { portions, onProgress = () => {} }: RunOptions = {},
): Promise<Run> {
  const { store, queue } = parts;
  const run: Run = { given: new Map(), deadLettered: 0, seconds: 0, latencies: [] };
  const settled = new Set<ReviewPath>();
  const publisher = new QueuePublisher({ reviewsPath: config.REVIEWS_PATH.source, queue });
  // A worker without intakes pulls, whatever DELIVERY says.
  const worker = new Worker(parts, workerOptions(config));
  const complete = Promise.withResolvers<void>();
  let allPublished = false;
  const check = (): void => {
    if (allPublished && settled.size >= run.given.size) complete.resolve();
  };
  worker.pipeline.on("settled", (settlement, delivery, path) => {
    const { outcome } = settlement;
    if (outcome === "dead-lettered") run.deadLettered++;
    if (outcome === "labelled" && delivery.publishTime !== undefined)
      run.latencies.push(Date.now() - delivery.publishTime.getTime());
    // A text on which the model has failed twice would fail again on each of a hundred attempts.
    const isOver = outcome !== "retried" || settlement.reason === "inference-failed";
    if (path === undefined || !isOver) return;
    settled.add(path);
    onProgress(settled.size);
    check();
  });
  const started = performance.now();
  try {
    await worker.start();
    const size = portions === undefined ? PUBLISH_CHUNK : Math.ceil(reviews.length / portions.count);
    for (let start = 0; start < reviews.length; start += size) {
      if (portions !== undefined) await sleep(portions.everyMs);
      const some = reviews.slice(start, start + size);
      await storeAndPublish(store, publisher, some);
      for (const { path, row } of some) run.given.set(path, row);
    }
    allPublished = true;
    check();
    await Promise.race([complete.promise, worker.done]);
    run.seconds = (performance.now() - started) / 1000;
  } finally {
    await worker.stop(config.SHUTDOWN_GRACE_MS);
  }
  return run;
}

/** Reads the reviews from the store: the summary counts what a dashboard would show. */
export async function readReviews(
  { store }: Pick<Backend, "store">,
  paths: readonly ReviewPath[],
): Promise<StoredReview[]> {
  const reviews: StoredReview[] = [];
  for (let start = 0; start < paths.length; start += READ_CHUNK) {
    const some = await store.load(paths.slice(start, start + READ_CHUNK));
    reviews.push(...some.filter((review) => review !== undefined));
  }
  return reviews;
}
