import { execFile } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { startWorker } from "./deployed-worker.ts";
import { MeasuredWorker } from "./measured-worker.ts";
import type { BenchModel } from "./models.ts";
import { type Bench, type Part, type Row, reviewsOf } from "./part.ts";
import { median, round } from "./turns.ts";

/** Number of real reviews in one turn, or four times as many short ones. */
const TURN = 250;

/** Measures how much memory a worker needs, and whether it grows over time. */
export const memory: Part = {
  title: "memory: resident set, MB",
  async run(bench) {
    const rows = [await soak(bench, bench.models[0] as BenchModel)];
    if (bench.emulators === undefined) return rows;
    for (const model of bench.models) rows.push(await underLoad(bench, model));
    return rows;
  },
};

/** Labels many reviews on the in-memory backend, a thousand at a time. */
async function soak(bench: Bench, model: BenchModel): Promise<Row> {
  bench.say(`memory with ${model.name}, ${bench.soak} reviews`);
  const worker = await MeasuredWorker.start(bench, model, "memory");
  const atStart = await rssMb(worker.pid);
  const samples: { reviews: number; rss: number }[] = [];
  for (let n = 0, reviews = 0; reviews < bench.soak; n++) {
    const texts = bench.maker.texts("short", TURN, n);
    await worker.label(texts);
    reviews += texts.length;
    samples.push({ reviews, rss: await rssMb(worker.pid) });
  }
  await worker.stop();
  const during = (from: number, to: number): number =>
    median(
      samples.filter(({ reviews }) => reviews > from * bench.soak && reviews <= to * bench.soak).map((s) => s.rss),
    );
  return {
    model: model.name,
    backend: "memory",
    "at start": round(atStart),
    peak: round(Math.max(...samples.map(({ rss }) => rss))),
    reviews: bench.soak,
    "at the end": round(during(0.9, 1)),
    "end / first fifth": round(during(0.9, 1) / during(0.1, 0.2)),
  };
}

/** Runs the deployed worker on the emulators at full load. */
async function underLoad(bench: Bench, model: BenchModel): Promise<Row> {
  bench.say(`memory with ${model.name} on the emulators`);
  const stage = await (bench.emulators as NonNullable<typeof bench.emulators>).stage();
  const worker = await startWorker(stage, model, bench.threads);
  const pid = worker.child.pid as number;
  const atStart = await rssMb(pid);
  const paths = await stage.store("memory", bench.maker.texts("mixed", reviewsOf(bench, model), 0));
  await stage.publish(paths);
  const labelled = stage.labelled(paths);
  let done = false;
  void labelled.then(() => {
    done = true;
  });
  let peak = atStart;
  while (!done) {
    peak = Math.max(peak, await rssMb(pid));
    await sleep(100);
  }
  await worker.kill("SIGTERM");
  await stage.close();
  return {
    model: model.name,
    backend: "emulator",
    "at start": round(atStart),
    peak: round(peak),
    reviews: paths.length,
  };
}

/** The resident set of a process, as the operating system reports it. */
export async function rssMb(pid: number): Promise<number> {
  const { stdout } = await promisify(execFile)("ps", ["-o", "rss=", "-p", String(pid)]);
  return Number(stdout) / 1024;
}
