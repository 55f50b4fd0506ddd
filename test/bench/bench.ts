/**
 * Measures the worker's performance: `npm run bench`. Where possible, a figure is the ratio of two alternatives that took turns in one
 * run, because absolute figures mean little on a shared machine.
 *
 *     npm run bench -- [PART…] [--json] …
 */
import { availableParallelism, cpus, loadavg } from "node:os";
import Table from "cli-table3";
import { Argument, Command, Option } from "commander";
import { backlog } from "./backlog.ts";
import { buildBundle } from "./deployed-worker.ts";
import { kitStart } from "./kit-start.ts";
import { latency } from "./latency.ts";
import { limit } from "./limit.ts";
import { LOADS, type Load, ReviewMaker } from "./load.ts";
import { loop } from "./loop.ts";
import { memory } from "./memory.ts";
import { model } from "./model.ts";
import { MODELS, type ModelName, openModels } from "./models.ts";
import type { Part, Row } from "./part.ts";
import { peers } from "./peers.ts";
import { pipeline } from "./pipeline.ts";
import { scale } from "./scale.ts";
import { Emulators } from "./stage.ts";
import { start } from "./start.ts";

const PARTS: Readonly<Record<string, Part>> = {
  model,
  limit,
  pipeline,
  peers,
  latency,
  start,
  "kit-start": kitStart,
  memory,
  loop,
  scale,
  backlog,
};

const positive = (value: string): number => {
  const number = Number(value);
  if (!(number > 0)) throw new Error(`${value} is not a positive number`);
  return number;
};

const command = new Command("bench")
  .addArgument(new Argument("[part...]", "what to measure").choices(Object.keys(PARTS)).default(Object.keys(PARTS)))
  .option("--rounds <number>", "number of turns of each alternative", positive, 3)
  .option(
    "--reviews <number>",
    "real reviews in one turn of lite; slower models get fewer, so that all turns take about as long",
    positive,
    400,
  )
  .option("--threads <number>", "inference threads", positive, availableParallelism())
  .addOption(new Option("--loads <load...>", "kinds of reviews").choices(LOADS).default(LOADS))
  .addOption(new Option("--models <model...>", "models").choices(MODELS).default(["lite", "distilbert"]))
  .option("--seconds <number>", "duration of each rate in the latency part", positive, 15)
  .option("--soak <number>", "number of reviews in the memory part", positive, 50_000)
  .option("--input <file>", "reviews to use as the real load: JSON lines or CSV with a header, also .gz")
  .option("--json", "print one line of JSON and nothing else")
  .parse();
const options = command.opts<{
  rounds: number;
  reviews: number;
  threads: number;
  loads: Load[];
  models: ModelName[];
  seconds: number;
  soak: number;
  input?: string;
  json?: boolean;
}>();

const began = performance.now();
const say = (what: string): void => {
  console.error(`${Math.round((performance.now() - began) / 1000)} s: ${what}`);
};

await buildBundle();
const { models, remove } = await openModels(options.models);
const parts = command.processedArgs[0] as string[];
const emulators = parts.every((name) => PARTS[name]?.inMemory) ? undefined : await Emulators.start();
if (typeof emulators === "string") say(`the parts on Google's emulators are skipped: ${emulators}`);
const machine = {
  node: process.version,
  cpu: `${availableParallelism()} x ${cpus()[0]?.model.trim()}`,
  // The load of the minute before the benchmark. Above about 0.1, other programs are using the machine.
  loadBefore: loadavg()[0] as number,
};
const results: Record<string, Row[]> = {};
try {
  const bench = {
    ...options,
    models,
    emulators: typeof emulators === "string" ? undefined : emulators,
    maker: await ReviewMaker.open((models[0] as (typeof models)[0]).folder, options.input),
    say,
  };
  for (const name of parts) {
    const part = PARTS[name] as Part;
    results[name] = await part.run(bench);
    if (!options.json) print(part.title, results[name]);
  }
} finally {
  if (typeof emulators !== "string") await emulators?.stop();
  await remove();
}
const seconds = Math.round((performance.now() - began) / 1000);
if (options.json) console.log(JSON.stringify({ ...machine, seconds, ...results }));
else console.log(`${seconds} s, ${machine.cpu}, Node ${machine.node}, load before ${machine.loadBefore.toFixed(1)}`);

function print(title: string, rows: readonly Row[]): void {
  const columns = [...new Set(rows.flatMap(Object.keys))];
  const table = new Table({ head: columns, style: { head: [], border: [] } });
  for (const row of rows) table.push(columns.map((column) => row[column] ?? ""));
  console.log(`\n${title}\n${table}`);
}
