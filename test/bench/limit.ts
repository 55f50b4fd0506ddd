import { Contestant } from "./contestant.ts";
import type { LimitOutcome, LimitTurn } from "./limit-process.ts";
import type { BenchModel } from "./models.ts";
import { type Bench, type Part, type Row, reviewsOf } from "./part.ts";
import { median, ratio, round, takeTurns } from "./turns.ts";

/** The worker's default of `MAX_BATCH_TOKENS`. */
const BATCH_TOKENS = 512;

export type Limit = Contestant<LimitTurn, LimitOutcome>;

export function startLimit({ threads }: Bench, { folder }: BenchModel): Promise<Limit> {
  return Contestant.start(new URL("./limit-process.ts", import.meta.url), [folder, String(threads)]);
}

/** The batch size, in tokens, that the worker uses for this model. */
export function batchTokensOf({ exact }: BenchModel): number {
  return exact ? 1 : BATCH_TOKENS;
}

/** Measures the throughput of bare ONNX Runtime by batch size. */
export const limit: Part = {
  title: "limit: bare ONNX Runtime, by tokens in a batch",
  inMemory: true,
  async run(bench) {
    const rows: Row[] = [];
    for (const model of bench.models) {
      const contestant = await startLimit(bench, model);
      for (const load of bench.loads) {
        bench.say(`limit of ${model.name}, ${load}`);
        const turn = (batchTokens: number) => (n: number) =>
          contestant.take({ texts: bench.maker.texts(load, reviewsOf(bench, model), n), batchTokens });
        const { alone, ...batched } = await takeTurns(bench.rounds, {
          alone: turn(1),
          "256": turn(256),
          "512": turn(512),
          "1024": turn(1024),
        });
        const rates = (outcomes: LimitOutcome[]): number[] => outcomes.map(({ reviewsPerSecond }) => reviewsPerSecond);
        rows.push({
          model: model.name,
          load,
          "one by one, reviews/s": round(median(rates(alone))),
          ...Object.fromEntries(
            Object.entries(batched).map(([tokens, outcomes]) => [
              `${tokens} tokens / one by one`,
              round(ratio(rates(outcomes), rates(alone))),
            ]),
          ),
        });
      }
      await contestant.stop();
    }
    return rows;
  },
};
