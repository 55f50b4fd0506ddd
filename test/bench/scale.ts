import { availableParallelism } from "node:os";
import { startWorker } from "./deployed-worker.ts";
import type { BenchModel } from "./models.ts";
import { type Part, type Row, reviewsOf } from "./part.ts";
import type { Stage } from "./stage.ts";
import { median, quantile, ratio, round, takeTurns } from "./turns.ts";

/**
 * `MAX_OUTSTANDING` of each worker. With the default of 256, the first of two workers would take nearly all messages of a turn. Also, a
 * worker labels short texts first, so its rate is only steady if it often receives new messages.
 */
const OUTSTANDING = 32;

/** Numbers of processes, and of inference threads in each. The others are compared with the first. */
const CONTESTANTS = [
  { workers: 1, threads: 1 },
  { workers: 2, threads: 1 },
  { workers: 4, threads: 1 },
  ...[2, 4].filter((threads) => threads <= availableParallelism()).map((threads) => ({ workers: 1, threads })),
];
type Contestants = (typeof CONTESTANTS)[number];

const nameOf = ({ workers, threads }: Contestants): string => `${workers} x ${threads}`;

/** Measures throughput by the number of workers and inference threads. They share the CPUs with the emulators and this process. */
export const scale: Part = {
  title: "scale: worker processes and inference threads on one subscription, on the emulators",
  async run(bench) {
    const rows: Row[] = [];
    const stage = await bench.emulators?.stage();
    if (stage === undefined) return rows;
    const model = bench.models[0] as BenchModel;
    bench.say(`scale with ${model.name}`);
    const outcomes = await takeTurns<number, string>(
      bench.rounds,
      Object.fromEntries(
        CONTESTANTS.map((contestants) => [
          nameOf(contestants),
          (n: number) => {
            const texts = bench.maker.texts("real", 4 * reviewsOf(bench, model), n);
            return rateOf(stage, contestants, model, texts, `${contestants.workers}-${contestants.threads}-${n}`);
          },
        ]),
      ),
    );
    await stage.close();
    const one = outcomes[nameOf(CONTESTANTS[0] as Contestants)] as number[];
    for (const contestants of CONTESTANTS) {
      const rates = outcomes[nameOf(contestants)] as number[];
      rows.push({
        model: model.name,
        workers: contestants.workers,
        "threads of each": contestants.threads,
        "reviews/s": round(median(rates)),
        "relative to the first": round(ratio(rates, one)),
      });
    }
    return rows;
  },
};

/** Reviews per second while all workers are busy: the first and the last tenth of the reviews do not count. */
async function rateOf(
  stage: Stage,
  { workers: count, threads }: Contestants,
  model: BenchModel,
  texts: readonly string[],
  name: string,
): Promise<number> {
  const paths = await stage.store(name, texts);
  const settings = { MAX_OUTSTANDING: String(OUTSTANDING) };
  const workers = await Promise.all(
    Array.from({ length: count }, () => startWorker(stage, model, threads, { settings })),
  );
  await stage.publish(paths);
  const written = await stage.labelled(paths);
  await Promise.all(workers.map((worker) => worker.kill("SIGTERM")));
  const seconds = (quantile(written, 0.9) - quantile(written, 0.1)) / 1_000;
  return (texts.length * 0.8) / seconds;
}
