import { availableParallelism } from "node:os";
import { startWorker } from "./deployed-worker.ts";
import type { BenchModel } from "./models.ts";
import { type Part, type Row, reviewsOf } from "./part.ts";
import type { Stage } from "./stage.ts";
import { median, quantile, ratio, round, takeTurns } from "./turns.ts";

/**
 * Messages in flight of one worker. With the default of 256, the first of two workers would take nearly all messages of a turn. A worker
 * also labels the short ones of its messages first, so its rate is even only if it receives new ones often.
 */
const OUTSTANDING = 32;

const WORKERS = [1, 2, 4].filter((count) => count <= availableParallelism());

/** Throughput by number of workers. The emulators and this process share the CPUs with them. */
export const scale: Part = {
  title: "scale: worker processes of one inference thread each on one subscription, on the emulators",
  async run(bench) {
    const rows: Row[] = [];
    const stage = await bench.emulators?.stage();
    if (stage === undefined) return rows;
    const model = bench.models[0] as BenchModel;
    bench.say(`scale with ${model.name}`);
    const outcomes = await takeTurns<number, string>(
      bench.rounds,
      Object.fromEntries(
        WORKERS.map((count) => [
          // An integer as a key would be sorted before other names.
          `${count} workers`,
          (n: number) =>
            rateOf(stage, count, model, bench.maker.texts("real", 4 * reviewsOf(bench, model), n), `${count}-${n}`),
        ]),
      ),
    );
    await stage.close();
    const one = outcomes["1 workers"] as number[];
    for (const count of WORKERS) {
      const rates = outcomes[`${count} workers`] as number[];
      rows.push({
        model: model.name,
        workers: count,
        "reviews/s": round(median(rates)),
        "relative to one": round(ratio(rates, one)),
      });
    }
    return rows;
  },
};

/** Reviews a second of `count` workers while all of them are busy: without the first and the last tenth of the reviews. */
async function rateOf(
  stage: Stage,
  count: number,
  model: BenchModel,
  texts: readonly string[],
  name: string,
): Promise<number> {
  const paths = await stage.store(name, texts);
  const settings = { MAX_OUTSTANDING: String(OUTSTANDING) };
  const workers = await Promise.all(Array.from({ length: count }, () => startWorker(stage, model, 1, { settings })));
  await stage.publish(paths);
  const written = await stage.labelled(paths);
  await Promise.all(workers.map((worker) => worker.kill("SIGTERM")));
  const seconds = (quantile(written, 0.9) - quantile(written, 0.1)) / 1_000;
  return (texts.length * 0.8) / seconds;
}
