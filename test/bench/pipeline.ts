/**
 * What the pipeline costs beside the model: the real worker on the memory backend (or Google's emulators), against the bare
 * classifier on the same texts, in turns in one run. Event-loop delay is the main thread's while the worker is at full load.
 *
 *     npm run bench -- [--reviews 2000] [--rounds 3] [--backend memory|emulator] [--input FILE] [--json]
 */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { Command, Option } from "commander";
import { type Backend, openEmulators, openMemory } from "../../shared/backends/open.ts";
import { ReviewPublisher } from "../../shared/publisher.ts";
import { openReviewsFile } from "../../shared/reviews-file.ts";
import { backendOptions, openClassifier, workerOptions } from "../../worker/commands/backend.ts";
import { readConfig } from "../../worker/config.ts";
import { SAMPLES } from "../../worker/demo/samples.ts";
import { Worker } from "../../worker/worker.ts";

const options = new Command()
  .option("--reviews <number>", "reviews a round", Number, 2000)
  .option("--rounds <number>", "rounds", Number, 3)
  .addOption(new Option("--backend <name>").choices(["memory", "emulator"]).default("memory"))
  .option("--input <file>", "reviews to take the texts from", SAMPLES)
  .option("--json", "print one line of JSON and nothing else")
  .parse()
  .opts<{ reviews: number; rounds: number; backend: "memory" | "emulator"; input: string; json?: boolean }>();

const config = readConfig(process.env);
const texts = await takeTexts(options.input, options.reviews);
const classifier = await openClassifier(config);
const backend = await open();

const rounds = [];
for (let round = 0; round < options.rounds; round++) {
  const bare = await bareRate();
  const { rate, loopDelayMs } = await pipelineRate(round);
  rounds.push({ barePerSecond: bare, pipelinePerSecond: rate, ratio: rate / bare, loopDelayMs });
}
await backend.close();
await classifier.close();

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
const summary = {
  model: classifier.model,
  backend: options.backend,
  reviews: options.reviews,
  rounds: options.rounds,
  inferenceThreads: config.INFERENCE_THREADS,
  barePerSecond: round1(median(rounds.map((r) => r.barePerSecond))),
  pipelinePerSecond: round1(median(rounds.map((r) => r.pipelinePerSecond))),
  ratio: Number(median(rounds.map((r) => r.ratio)).toFixed(3)),
  paddingRatio: Number((1 - classifier.stats.tokens / classifier.stats.paddedTokens).toFixed(3)),
  eventLoopDelayMs: {
    p50: round1(median(rounds.map((r) => r.loopDelayMs.p50))),
    p99: round1(median(rounds.map((r) => r.loopDelayMs.p99))),
    max: round1(Math.max(...rounds.map((r) => r.loopDelayMs.max))),
  },
  peakRssMb: Math.round(process.resourceUsage().maxRSS / 1024),
};
if (options.json) console.log(JSON.stringify(summary));
else console.table({ ...summary, eventLoopDelayMs: JSON.stringify(summary.eventLoopDelayMs) });

/** Distinct texts: those of the file, over again with a number behind them where they do not suffice. */
async function takeTexts(path: string, count: number): Promise<string[]> {
  const found: string[] = [];
  for await (const row of (await openReviewsFile(path)).rows()) {
    const text = row[config.TEXT_FIELD];
    if (typeof text === "string" && text.trim() !== "") found.push(text);
  }
  return Array.from({ length: count }, (_, i) => `${found[i % found.length]} ${i}`);
}

async function open(): Promise<Backend> {
  const names = backendOptions(config);
  if (options.backend === "memory") return openMemory(names);
  const emulators = await openEmulators({ ...names, projectId: "bench-review-sentiment" });
  if (typeof emulators === "string") throw new Error(emulators);
  return emulators;
}

/** Texts a second when nothing but the classifier works, all texts at hand from the start. */
async function bareRate(): Promise<number> {
  const started = performance.now();
  await classifier.classify(texts);
  return texts.length / ((performance.now() - started) / 1000);
}

/** Reviews a second from the first message to the last label, the messages waiting in the queue from the start. */
async function pipelineRate(
  round: number,
): Promise<{ rate: number; loopDelayMs: { p50: number; p99: number; max: number } }> {
  const reviews = texts.map((text, i) => ({ path: `reviews/${round}-${i}`, fields: { text } }));
  await backend.store.put(reviews);
  const publisher = new ReviewPublisher({ queue: backend.queue });
  await Promise.all(reviews.map(({ path }) => publisher.publishReview(path)));
  // Resolution is the sampling interval, which every figure includes.
  const loop = monitorEventLoopDelay({ resolution: 1 });
  const started = performance.now();
  loop.enable();
  const worker = new Worker({ ...backend, classifier }, workerOptions(config));
  const labelled = new Set<string>();
  await new Promise<void>((resolve) => {
    worker.pipeline.on("settled", ({ outcome }, _, path) => {
      if (path === undefined || outcome === "retried") return;
      labelled.add(path);
      if (labelled.size === reviews.length) resolve();
    });
  });
  const seconds = (performance.now() - started) / 1000;
  loop.disable();
  await worker.stop(5_000);
  const ms = (nanoseconds: number): number => nanoseconds / 1e6;
  return {
    rate: reviews.length / seconds,
    loopDelayMs: { p50: ms(loop.percentile(50)), p99: ms(loop.percentile(99)), max: ms(loop.max) },
  };
}

function round1(value: number): number {
  return Number(value.toFixed(1));
}
