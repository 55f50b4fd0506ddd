import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BUNDLE, SOURCES, startWorker } from "./deployed-worker.ts";
import type { BenchModel } from "./models.ts";
import type { Bench, Part, Row } from "./part.ts";
import type { Stage } from "./stage.ts";
import { median, round, takeTurns } from "./turns.ts";

/** The image contains the bundle and the code that Node compiled when the image was built. */
const ENTRIES = {
  sources: { entry: SOURCES, isCompiled: false },
  bundle: { entry: BUNDLE, isCompiled: false },
  image: { entry: BUNDLE, isCompiled: true },
};
type Entry = keyof typeof ENTRIES;

interface Started {
  readyMs: number;
  firstLabelMs: number;
}

/** How long a new instance takes to start: Cloud Run adds instances when the load grows. */
export const start: Part = {
  title: "start: process start to ready, and to the first label, on the emulators, ms",
  async run(bench) {
    const rows: Row[] = [];
    const stage = await bench.emulators?.stage();
    if (stage === undefined) return rows;
    const cache = await mkdtemp(join(tmpdir(), "compile-cache-"));
    for (const model of bench.models) {
      bench.say(`start with ${model.name}`);
      const turn = (what: Entry) => (n: number) => {
        const { entry, isCompiled } = ENTRIES[what];
        const settings: Record<string, string> = isCompiled ? { NODE_COMPILE_CACHE: cache } : {};
        return startOnce(bench, stage, { entry, settings }, model, `${model.name}-${what}-${n}`);
      };
      await turn("image")(-1);
      const turns = { sources: turn("sources"), bundle: turn("bundle"), image: turn("image") };
      const outcomes = await takeTurns(bench.rounds + 2, turns);
      for (const [what, times] of Object.entries(outcomes)) {
        rows.push({
          model: model.name,
          what,
          ready: round(median(times.map(({ readyMs }) => readyMs))),
          "first label": round(median(times.map(({ firstLabelMs }) => firstLabelMs))),
        });
      }
    }
    await rm(cache, { recursive: true });
    await stage.close();
    return rows;
  },
};

/** Starts a worker with a message waiting, and stops it when the review is labelled. */
async function startOnce(
  { threads }: Bench,
  stage: Stage,
  how: { entry: string; settings: Record<string, string> },
  model: BenchModel,
  name: string,
): Promise<Started> {
  const paths = await stage.store(name, ["Broke after a day."]);
  await stage.publish(paths);
  const started = Date.now();
  const worker = await startWorker(stage, model, threads, how);
  const readyMs = Date.now() - started;
  const [written] = await stage.labelled(paths);
  await worker.kill("SIGTERM");
  return { readyMs, firstLabelMs: (written as number) - started };
}
