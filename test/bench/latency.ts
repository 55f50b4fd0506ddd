import { setTimeout as sleep } from "node:timers/promises";
import { shuffled } from "../reviews.ts";
import { startWorker } from "./deployed-worker.ts";
import type { BenchModel } from "./models.ts";
import { type Bench, type Part, type Row, reviewsOf } from "./part.ts";
import type { Stage } from "./stage.ts";
import { median, quantile, round } from "./turns.ts";

const SHARES = [0.01, 0.1, 0.5];

/** With fewer reviews, percentiles mean nothing. So low rates are measured for longer, up to this multiple of the duration. */
const MIN_REVIEWS = 50;
const MAX_STRETCH = 4;

/** Measures the time from publishing a review to the write of its label. */
export const latency: Part = {
  title: "latency: publish to labelled document on the emulators, ms, by share of capacity",
  async run(bench) {
    const rows: Row[] = [];
    const stage = await bench.emulators?.stage();
    if (stage === undefined) return rows;
    const model = bench.models[0] as BenchModel;
    const worker = await startWorker(stage, model, bench.threads);
    const capacity = await measureCapacity(bench, model, stage);
    for (const share of SHARES) {
      const rate = capacity * share;
      const seconds = Math.min(Math.max(bench.seconds, MIN_REVIEWS / rate), MAX_STRETCH * bench.seconds);
      const count = Math.ceil(rate * seconds);
      bench.say(`latency of ${model.name} at ${rate.toFixed(1)} reviews/s, ${Math.round(seconds)} s`);
      const paths = await stage.store(`share-${share}`, bench.maker.texts("real", count, SHARES.indexOf(share) + 100));
      const published = await publishAt(stage, paths, rate);
      const written = await stage.labelled(paths);
      const waits = written.map((time, i) => time - (published[i] as number));
      rows.push({
        model: model.name,
        "capacity, reviews/s": round(capacity),
        share,
        reviews: count,
        p50: round(median(waits)),
        p95: round(quantile(waits, 0.95)),
        p99: round(quantile(waits, 0.99)),
      });
    }
    await worker.kill("SIGTERM");
    await stage.close();
    return rows;
  },
};

/** Reviews per second with a backlog. */
async function measureCapacity(bench: Bench, model: BenchModel, stage: Stage): Promise<number> {
  const rates: number[] = [];
  for (let n = 0; n < bench.rounds; n++) {
    bench.say(`capacity with ${model.name}`);
    const paths = await stage.store(`capacity-${n}`, bench.maker.texts("real", reviewsOf(bench, model), n));
    const started = Date.now();
    await stage.publish(paths);
    rates.push(paths.length / ((Math.max(...(await stage.labelled(paths))) - started) / 1_000));
  }
  return median(rates);
}

/**
 * Publishes reviews at random times, as independent customers would: a Poisson process.
 * @returns the time at which each was published, in ms since 1970
 */
async function publishAt(stage: Stage, paths: readonly string[], rate: number): Promise<number[]> {
  const gaps = shuffled(paths.map((_, i) => -Math.log(1 - (i + 0.5) / paths.length) / rate));
  const published: number[] = [];
  const publishing: Promise<void>[] = [];
  let due = Date.now();
  for (const [i, path] of paths.entries()) {
    due += (gaps[i] as number) * 1_000;
    await sleep(Math.max(0, due - Date.now()));
    published.push(Date.now());
    publishing.push(stage.publish([path]));
  }
  await Promise.all(publishing);
  return published;
}
