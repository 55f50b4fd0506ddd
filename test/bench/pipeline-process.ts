/**
 * A worker in its own process, on either backend, that measures itself:
 *
 *     pipeline-process.ts memory|emulator
 *
 * Model and settings come from the environment, as usual.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { openCloud, openMemory } from "../../shared/backends/open.ts";
import { QueuePublisher } from "../../shared/publisher.ts";
import { backendOptions, openClassifier, workerOptions } from "../../worker/cli/backend.ts";
import { readConfig } from "../../worker/config.ts";
import { Worker } from "../../worker/worker.ts";
import { serve } from "./contestant.ts";

export interface PipelineTurn {
  /** Texts to store and publish first. On the emulators the parent has already done this. */
  texts?: readonly string[];
  /** The number of reviews to label. */
  count: number;
  /** Whether to measure the delay of the main thread's event loop, which costs some CPU time itself. */
  watchLoop: boolean;
  /** Whether to publish each text only when the previous one is labelled. In memory only. */
  oneByOne?: boolean;
}

/** Measured from the start of the worker to the last ack. */
export interface PipelineOutcome {
  reviewsPerSecond: number;
  /** CPU time of all threads of this process. */
  cpuMsPerReview: number;
  /** Zeros if not measured. */
  loopDelayMs: { p50: number; p99: number; max: number };
  /** Time from publish to ack of each review, if they were published one by one. */
  waitsMs: readonly number[];
}

const [backend] = process.argv.slice(2);
const config = readConfig(process.env);
const classifier = await openClassifier(config);
const cloud = backend === "memory" ? undefined : openCloud(backendOptions(config));

serve<PipelineTurn, PipelineOutcome>(async ({ texts = [], count, watchLoop, oneByOne = false }) => {
  const { queue, store } = cloud ?? openMemory(backendOptions(config));
  const reviews = texts.map((text, i) => ({ path: `reviews/${i}`, fields: { text } }));
  await store.put(reviews);
  const publisher = new QueuePublisher({ queue });
  if (!oneByOne) await Promise.all(reviews.map(({ path }) => publisher.publishReview(path)));

  // The measured delays include the sampling interval.
  const loop = monitorEventLoopDelay({ resolution: 1 });
  const cpu = process.cpuUsage();
  const started = performance.now();
  if (watchLoop) loop.enable();
  const worker = new Worker({ queue, store, classifier }, workerOptions(config));
  const done = new Set<string>();
  const waitsMs: number[] = [];
  let published = 0;
  await new Promise<void>((resolve, reject) => {
    worker.pipeline.on("settled", (settlement, _, path) => {
      const { outcome } = settlement;
      // The emulator may deliver a message twice, and a request may be retried.
      if (outcome === "labelled" || outcome === "unchanged") done.add(path as string);
      else if (outcome !== "retried") reject(new Error(`not labelled: ${JSON.stringify(settlement)}`));
      if (oneByOne && done.size > waitsMs.length) {
        waitsMs.push(performance.now() - published);
        next().catch(reject);
      }
      if (done.size === count) resolve();
    });
    const next = async (): Promise<void> => {
      const review = reviews[done.size];
      if (review === undefined) return;
      published = performance.now();
      await publisher.publishReview(review.path);
    };
    worker.start().then(() => (oneByOne ? next() : undefined), reject);
  });
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  loop.disable();
  await worker.stop(5_000);
  return {
    reviewsPerSecond: count / seconds,
    cpuMsPerReview: (user + system) / 1000 / count,
    loopDelayMs: { p50: loop.percentile(50) / 1e6, p99: loop.percentile(99) / 1e6, max: loop.max / 1e6 },
    waitsMs,
  };
});
