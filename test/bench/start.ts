import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BUNDLE, SOURCES, startWorker } from "./deployed-worker.ts";
import { rssMb } from "./memory.ts";
import type { BenchModel } from "./models.ts";
import type { Bench, Part, Row } from "./part.ts";
import type { Stage } from "./stage.ts";
import { median, round, takeTurns } from "./turns.ts";

/** The image contains the bundle, and the cache of code that Node compiled when the image was built. */
const ENTRIES = {
  sources: { entry: SOURCES, isCompiled: false },
  bundle: { entry: BUNDLE, isCompiled: false },
  image: { entry: BUNDLE, isCompiled: true },
};
type Entry = keyof typeof ENTRIES;

interface Started {
  readyMs: number;
  firstLabelMs: number;
  /** CPU time of the main thread, and of all threads, until shortly after the first label. Only on Linux. */
  mainCpuMs: number | undefined;
  cpuMs: number | undefined;
  rssMb: number;
}

/** Measures how long a new instance takes to start, since Cloud Run adds instances when the load grows. */
export const start: Part = {
  title: "start: process start to ready, and to the first label, on the emulators",
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
      for (const [what, starts] of Object.entries(outcomes)) {
        const medianOf = (key: keyof Started): number | string => {
          const figures = starts.flatMap((outcome) => outcome[key] ?? []);
          return figures.length === 0 ? "" : round(median(figures));
        };
        rows.push({
          model: model.name,
          what,
          "ready, ms": medianOf("readyMs"),
          "first label, ms": medianOf("firstLabelMs"),
          "CPU of the main thread, ms": medianOf("mainCpuMs"),
          "CPU of all threads, ms": medianOf("cpuMs"),
          "memory when ready, MB": medianOf("rssMb"),
        });
      }
    }
    await rm(cache, { recursive: true });
    await stage.close();
    return rows;
  },
};

/** Starts a worker while a message is waiting, and stops it when the review is labelled. */
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
  const pid = worker.child.pid as number;
  const rss = await rssMb(pid);
  const [written] = await stage.labelled(paths);
  const mainCpuMs = await cpuMs(`/proc/${pid}/task/${pid}/schedstat`);
  const all = await processCpuMs(pid);
  await worker.kill("SIGTERM");
  return { readyMs, firstLabelMs: (written as number) - started, mainCpuMs, cpuMs: all, rssMb: rss };
}

/** CPU time of a thread: https://docs.kernel.org/scheduler/sched-stats.html#proc-pid-schedstat */
async function cpuMs(schedstat: string): Promise<number | undefined> {
  try {
    return Number((await readFile(schedstat, "utf8")).split(" ")[0]) / 1e6;
  } catch {
    return undefined;
  }
}

/** User and system time of a process, with a resolution of 10 ms: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
async function processCpuMs(pid: number): Promise<number | undefined> {
  try {
    // The program's name is in parentheses and may contain spaces.
    const fields = (await readFile(`/proc/${pid}/stat`, "utf8")).split(") ").at(-1)?.split(" ") ?? [];
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return undefined;
  }
}
