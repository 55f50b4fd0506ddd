/**
 * The real worker, as it is in a process of its own, but on any backend and with a clock:
 *
 *     pipeline-process.ts memory|emulator
 *
 * The model and the rest are configured by the environment, as ever.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { openCloud, openMemory } from "../../shared/backends/open.ts";
import { QueuePublisher } from "../../shared/publisher.ts";
import { backendOptions, openClassifier, workerOptions } from "../../worker/cli/backend.ts";
import { readConfig } from "../../worker/config.ts";
import { Worker } from "../../worker/worker.ts";
import { serve } from "./contestant.ts";

export interface PipelineTurn {
  /** Texts of reviews to store and publish first. On the emulators somebody else has done both. */
  texts?: readonly string[];
  /** How many reviews there are to label. */
  count: number;
  /** Whether to measure the main thread's event loop, which costs some processor time itself. */
  watchLoop: boolean;
}

/** From the first message to the last acknowledgement, the messages waiting in the queue from the start. */
export interface PipelineOutcome {
  reviewsPerSecond: number;
  /** Processor time of all threads of this process. */
  cpuMsPerReview: number;
  /** Zeros if it was not asked for. */
  loopDelayMs: { p50: number; p99: number; max: number };
}

const [backend] = process.argv.slice(2);
const config = readConfig(process.env);
const classifier = await openClassifier(config);
const cloud = backend === "memory" ? undefined : openCloud(backendOptions(config));

serve<PipelineTurn, PipelineOutcome>(async ({ texts = [], count, watchLoop }) => {
  const { queue, store } = cloud ?? openMemory(backendOptions(config));
  const reviews = texts.map((text, i) => ({ path: `reviews/${i}`, fields: { text } }));
  await store.put(reviews);
  const publisher = new QueuePublisher({ queue });
  await Promise.all(reviews.map(({ path }) => publisher.publishReview(path)));

  // The sampling interval is part of what it measures.
  const loop = monitorEventLoopDelay({ resolution: 1 });
  const cpu = process.cpuUsage();
  const started = performance.now();
  if (watchLoop) loop.enable();
  const worker = new Worker({ queue, store, classifier }, workerOptions(config));
  const done = new Set<string>();
  await new Promise<void>((resolve, reject) => {
    worker.pipeline.on("settled", (settlement, _, path) => {
      const { outcome } = settlement;
      // The emulator may deliver twice, or a request may have to be made again.
      if (outcome === "labelled" || outcome === "unchanged") done.add(path as string);
      else if (outcome !== "retried") reject(new Error(`not labelled: ${JSON.stringify(settlement)}`));
      if (done.size === count) resolve();
    });
    worker.start().catch(reject);
  });
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  loop.disable();
  await worker.stop(5_000);
  return {
    reviewsPerSecond: count / seconds,
    cpuMsPerReview: (user + system) / 1000 / count,
    loopDelayMs: { p50: loop.percentile(50) / 1e6, p99: loop.percentile(99) / 1e6, max: loop.max / 1e6 },
  };
});
