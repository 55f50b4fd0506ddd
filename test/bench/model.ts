import { batchTokensOf, startLimit } from "./limit.ts";
import { type Part, type Row, reviewsOf } from "./part.ts";
import { median, ratio, round, takeTurns } from "./turns.ts";

/** Measures the throughput of bare ONNX Runtime with the batch size that the worker uses for each model. */
export const model: Part = {
  title: "model: bare ONNX Runtime, the models taking turns",
  inMemory: true,
  async run(bench) {
    const contestants = await Promise.all(
      bench.models.map(async (model) => ({ model, limit: await startLimit(bench, model) })),
    );
    const rows: Row[] = [];
    for (const load of bench.loads) {
      bench.say(`models, ${load}`);
      const outcomes = await takeTurns(
        bench.rounds,
        Object.fromEntries(
          contestants.map(({ model, limit }) => [
            model.name,
            (n: number) =>
              limit.take({
                texts: bench.maker.texts(load, reviewsOf(bench, model), n),
                batchTokens: batchTokensOf(model),
              }),
          ]),
        ),
      );
      const rates = Object.entries(outcomes).map(
        ([name, turns]) => [name, turns.map(({ reviewsPerSecond }) => reviewsPerSecond)] as const,
      );
      const [first, ...others] = rates;
      rows.push({
        load,
        ...Object.fromEntries(rates.map(([name, these]) => [`${name}, reviews/s`, round(median(these))])),
        ...Object.fromEntries(
          others.map(([name, theirs]) => [`${first?.[0]} / ${name}`, round(ratio(first?.[1] ?? [], theirs))]),
        ),
      });
    }
    for (const { limit } of contestants) await limit.stop();
    return rows;
  },
};
