/**
 * Compares networks with the same vocabulary, such as exports of one model, by their CPU time for batches of several shapes.
 *
 *     node test/bench/model-graphs.ts [--rounds 20] [--profile] GRAPH.onnx…
 *
 * One thread runs the graphs in short turns. It measures CPU time instead of elapsed time, so other programs matter little. The ratio is
 * the first graph's time divided by the other's, as the median over the rounds. `--profile` shows the time of each operator.
 */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import Table from "cli-table3";
import { Command } from "commander";
import * as ort from "onnxruntime-node";
import { SESSION_OPTIONS } from "../../model/session.ts";
import { median, quantile, ratio, round, takeTurns } from "./turns.ts";

/** Number of texts, and tokens in each. 15 and 30 are usual for short reviews, 170 is the mean of real ones, 384 the limit of `lite`. */
const SHAPES = [
  [1, 15],
  [1, 30],
  [16, 30],
  [1, 170],
  [3, 170],
  [1, 384],
] as const;

/** The smallest token id to use, above the special tokens, and the number of ids. Every vocabulary here contains them. */
const FIRST_ID = 200;
const IDS = 15_000;

/** The target CPU time of a turn, and an estimate for a token, in ms. */
const TURN_MS = 20;
const TOKEN_MS = 0.06;

const command = new Command("model-graphs")
  .argument("<graph...>", "ONNX files")
  .option("--rounds <number>", "number of turns of each graph", Number, 20)
  .option("--profile", "show the time of each operator instead")
  .parse();
const { rounds, profile } = command.opts<{ rounds: number; profile?: boolean }>();
const graphs = command.args;

function feedsOf(session: ort.InferenceSession, texts: number, tokens: number): ort.InferenceSession.FeedsType {
  const tensor = (valueAt: (i: number) => number): ort.Tensor =>
    new ort.Tensor(
      "int64",
      BigInt64Array.from({ length: texts * tokens }, (_, i) => BigInt(valueAt(i))),
      [texts, tokens],
    );
  const feeds: Record<string, ort.Tensor> = {
    input_ids: tensor((i) => FIRST_ID + ((i * 7919) % IDS)),
    attention_mask: tensor(() => 1),
    token_type_ids: tensor(() => 0),
  };
  return Object.fromEntries(session.inputNames.map((name) => [name, feeds[name] as ort.Tensor]));
}

async function compare(): Promise<void> {
  const sessions = await Promise.all(graphs.map((graph) => ort.InferenceSession.create(graph, SESSION_OPTIONS)));
  const table = new Table({ head: ["texts × tokens", ...graphs], style: { head: [], border: [] } });
  for (const [texts, tokens] of SHAPES) {
    const runs = Math.max(1, Math.round(TURN_MS / (texts * tokens * TOKEN_MS)));
    const times = await takeTurns(
      rounds,
      Object.fromEntries(
        sessions.map((session, i) => [
          i,
          async () => {
            const feeds = feedsOf(session, texts, tokens);
            const before = process.threadCpuUsage();
            for (let run = 0; run < runs; run++) await session.run(feeds);
            const { user, system } = process.threadCpuUsage(before);
            return (user + system) / 1000 / runs;
          },
        ]),
      ),
    );
    const first = times[0] as number[];
    table.push([
      `${texts} × ${tokens}`,
      ...Object.values(times).map((own) => `${round(median(own))} ms (${round(ratio(first, own))})`),
    ]);
  }
  console.log(`${table}`);
}

interface ProfileEvent {
  cat: string;
  name: string;
  dur: number;
  args: { op_name?: string };
}

/** Elapsed time by operator, in ms. Of each node it takes the tenth percentile of its runs, which excludes most delays by other programs. */
async function profileOf(graph: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "review-sentiment-profile-"));
  const shapes: { shape: string; operators: Map<string, number> }[] = [];
  for (const [texts, tokens] of SHAPES) {
    const prefix = join(folder, `${texts}-${tokens}`);
    const session = await ort.InferenceSession.create(graph, {
      ...SESSION_OPTIONS,
      enableProfiling: true,
      profileFilePrefix: prefix,
    });
    const feeds = feedsOf(session, texts, tokens);
    for (let run = 0; run < rounds; run++) await session.run(feeds);
    session.endProfiling();
    const file = (await readdir(folder)).find((name) => name.startsWith(basename(prefix))) as string;
    const events = JSON.parse(await readFile(join(folder, file), "utf8")) as ProfileEvent[];
    await rm(join(folder, file));
    const nodes = Map.groupBy(
      events.filter(({ cat, name }) => cat === "Node" && name.endsWith("_kernel_time")),
      ({ name }) => name,
    );
    const operators = new Map<string, number>();
    for (const runs of nodes.values()) {
      const operator = runs[0]?.args.op_name as string;
      const durations = runs.map(({ dur }) => dur / 1000);
      operators.set(operator, (operators.get(operator) ?? 0) + quantile(durations, 0.1));
    }
    shapes.push({ shape: `${texts} × ${tokens}`, operators });
  }
  await rm(folder, { recursive: true });
  const table = new Table({
    head: [graph, ...shapes.map(({ shape }) => `${shape}, ms`)],
    style: { head: [], border: [] },
  });
  const slowest = shapes.at(-1)?.operators ?? new Map<string, number>();
  for (const operator of [...slowest.keys()].toSorted((a, b) => (slowest.get(b) ?? 0) - (slowest.get(a) ?? 0)))
    table.push([operator, ...shapes.map(({ operators }) => round(operators.get(operator) ?? 0))]);
  console.log(`${table}`);
}

if (profile) for (const graph of graphs) await profileOf(graph);
else await compare();
