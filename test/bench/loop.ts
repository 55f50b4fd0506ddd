import { backends, MeasuredWorker } from "./measured-worker.ts";
import { type Part, type Row, reviewsOf } from "./part.ts";
import { median, round } from "./turns.ts";

/** Measures whether the main thread stays responsive under load: its timers extend ack deadlines, and it answers probes. */
export const loop: Part = {
  title: "loop: delay of the main thread's event loop at full load, ms",
  async run(bench) {
    const rows: Row[] = [];
    for (const model of bench.models) {
      for (const backend of backends(bench)) {
        bench.say(`event loop with ${model.name} on ${backend}`);
        const worker = await MeasuredWorker.start(bench, model, backend);
        const delays = [];
        for (let n = 0; n < bench.rounds; n++) {
          const texts = bench.maker.texts("mixed", Math.ceil(reviewsOf(bench, model) / 2), n);
          delays.push((await worker.label(texts, { watchLoop: true })).loopDelayMs);
        }
        await worker.stop();
        rows.push({
          model: model.name,
          backend,
          p50: round(median(delays.map(({ p50 }) => p50))),
          p99: round(median(delays.map(({ p99 }) => p99))),
          max: round(Math.max(...delays.map(({ max }) => max))),
        });
      }
    }
    return rows;
  },
};
