import { batchTokensOf, startLimit } from "./limit.ts";
import { backends, MeasuredWorker } from "./measured-worker.ts";
import { type Part, type Row, reviewsOf } from "./part.ts";
import { median, ratio, round, takeTurns } from "./turns.ts";

/** Measures the cost of everything except the network. */
export const pipeline: Part = {
  title: "pipeline: throughput relative to bare ONNX Runtime",
  async run(bench) {
    const rows: Row[] = [];
    for (const model of bench.models) {
      const limit = await startLimit(bench, model);
      for (const backend of backends(bench)) {
        const worker = await MeasuredWorker.start(bench, model, backend);
        for (const load of bench.loads) {
          bench.say(`${model.name} on ${backend}, ${load}`);
          const texts = (n: number): string[] => bench.maker.texts(load, reviewsOf(bench, model), n);
          const rounds = await takeTurns<{ reviewsPerSecond: number; cpuMsPerReview: number }, "limit" | "worker">(
            bench.rounds,
            {
              limit: (n) => limit.take({ texts: texts(n), batchTokens: batchTokensOf(model) }),
              worker: (n) => worker.label(texts(n)),
            },
          );
          const figures = (key: "reviewsPerSecond" | "cpuMsPerReview") =>
            ({
              limit: rounds.limit.map((outcome) => outcome[key]),
              worker: rounds.worker.map((outcome) => outcome[key]),
            }) as const;
          const rate = figures("reviewsPerSecond");
          const cpu = figures("cpuMsPerReview");
          rows.push({
            model: model.name,
            backend,
            load,
            "limit, reviews/s": round(median(rate.limit)),
            "worker, reviews/s": round(median(rate.worker)),
            ratio: round(ratio(rate.worker, rate.limit)),
            "worker, CPU ms/review": round(median(cpu.worker)),
            "CPU / limit's": round(ratio(cpu.worker, cpu.limit)),
          });
        }
        await worker.stop();
      }
      await limit.stop();
    }
    return rows;
  },
};
