import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { POOL } from "../../infra/cost.ts";
import { Contestant } from "./contestant.ts";
import { MeasuredWorker } from "./measured-worker.ts";
import { rssMb } from "./memory.ts";
import type { BenchModel } from "./models.ts";
import { type Bench, type Part, type Row, reviewsOf } from "./part.ts";
import type { PeerOutcome, PeerTurn } from "./peers/peer-process.ts";
import { findPython, PythonPeer } from "./python-peer.ts";
import { median, quantile, ratio, round, takeTurns } from "./turns.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const FOLDER = fileURLToPath(new URL("./peers", import.meta.url));
const PACKAGES = ["@xenova/transformers", "@huggingface/transformers"] as const;
const BATCH = 16;

/** Number of reviews with which a turn measures the worker's latency. */
const LATENCY_REVIEWS = 40;

/** A way to label texts, in its own process. */
interface Peer {
  name: string;
  model: string;
  /** Installed size in MB with dependencies, without Node or Python. Only the worker's includes the model. */
  installMb: number;
  label(texts: readonly string[]): Promise<PeerOutcome>;
  stop(): Promise<unknown>;
}

/** Compares the worker with other ways to label texts. */
export const peers: Part = {
  title:
    "peers: the worker on the in-memory backend, and other ways to label texts; each uses the whole machine in its turn",
  inMemory: true,
  async run(bench) {
    const rows: Row[] = [];
    const lite = bench.models.find(({ name }) => name === "lite");
    const distilbert = bench.models.find(({ name }) => name === "distilbert");
    if (lite === undefined || distilbert === undefined) {
      bench.say("SKIPPED the peers: --models must include lite and distilbert");
      return rows;
    }
    const peers = [
      ...(await workers(bench, lite, distilbert)),
      ...(await packages(bench, distilbert)),
      ...(await pythons(bench, distilbert)),
    ];
    for (const load of bench.loads) {
      bench.say(`peers, ${load}`);
      const texts = (n: number): string[] => bench.maker.texts(load, reviewsOf(bench, distilbert), n);
      const outcomes = await takeTurns<PeerOutcome, string>(
        bench.rounds,
        Object.fromEntries(peers.map(({ name, label }) => [name, (n: number) => label(texts(n))])),
      );
      const rates = ({ name }: Peer): number[] => (outcomes[name] ?? []).map((outcome) => outcome.reviewsPerSecond);
      for (const peer of peers) {
        const waits = (outcomes[peer.name] ?? []).flatMap(({ waitsMs }) => waitsMs);
        const rss = Math.max(...(outcomes[peer.name] ?? []).map((outcome) => outcome.rssMb));
        rows.push({
          load,
          what: peer.name,
          model: peer.model,
          "reviews/s": round(median(rates(peer))),
          "lite / this": round(ratio(rates(peers[0] as Peer), rates(peer))),
          "p50, ms": round(median(waits)),
          "p95, ms": round(quantile(waits, 0.95)),
          "memory, MB": Math.round(rss),
          "install, MB": Math.round(peer.installMb),
          "$ a million": round(dollarsPerMillion(median(rates(peer)), rss), 2),
        });
      }
    }
    for (const peer of peers) await peer.stop();
    return rows;
  },
};

/** The worker with `lite`, and with the peers' DistilBERT, one text at a time and in batches. */
async function workers(bench: Bench, lite: BenchModel, distilbert: BenchModel): Promise<Peer[]> {
  const start = async (name: string, model: BenchModel, batching: string): Promise<Peer> => {
    const worker = await MeasuredWorker.start(bench, model, "memory", batching);
    return {
      name,
      model: model.name,
      installMb: await imageMb(model.folder),
      label: async (texts) => {
        const { reviewsPerSecond } = await worker.label(texts);
        const { waitsMs } = await worker.label(texts.slice(0, LATENCY_REVIEWS), { oneByOne: true });
        return { reviewsPerSecond, waitsMs, rssMb: await rssMb(worker.pid) };
      },
      stop: () => worker.stop(),
    };
  };
  return [
    await start("worker", lite, "auto"),
    await start("worker, DistilBERT", distilbert, "exact"),
    await start("worker, DistilBERT in batches", distilbert, "tokens"),
  ];
}

async function packages({ say }: Bench, { folder, name: model }: BenchModel): Promise<Peer[]> {
  if (!existsSync(`${FOLDER}/node_modules`)) {
    say("installing the packages of the peers");
    // On Windows, npm is a script.
    await promisify(execFile)("npm", ["ci", "--no-audit", "--no-fund"], {
      cwd: FOLDER,
      shell: process.platform === "win32",
    });
  }
  const peers: Peer[] = [];
  for (const name of PACKAGES) {
    const peer = await Contestant.start<PeerTurn, PeerOutcome>(new URL("./peers/peer-process.ts", import.meta.url), [
      name,
      folder,
    ]);
    const installMb = await packagesMb(name);
    for (const batch of [1, BATCH]) {
      peers.push({
        name: `${name}, ${batch === 1 ? "one by one" : `batches of ${batch}`}`,
        model,
        installMb,
        label: (texts) => peer.take({ texts, batch }),
        stop: () => peer.stop(),
      });
    }
  }
  return peers;
}

async function pythons({ say, threads }: Bench, { folder, name: model }: BenchModel): Promise<Peer[]> {
  const found = await findPython();
  if (typeof found === "string") {
    say(`SKIPPED the peers in Python, which are missing in the table: ${found}`);
    return [];
  }
  const pipeline = await PythonPeer.start(found.python, "transformers", folder, threads);
  const linear = await PythonPeer.start(found.python, "fasttext", folder, threads);
  const server = await PythonPeer.start(found.python, "http", folder, threads);
  const peer = (name: string, process: PythonPeer, batch: number, runs: string = model): Peer => ({
    name,
    model: runs,
    installMb: process.installMb,
    label: (texts) => process.take({ texts, batch }),
    stop: () => process.stop(),
  });
  return [
    peer("Python transformers (fp32), one by one", pipeline, 1),
    peer(`Python transformers (fp32), batches of ${BATCH}`, pipeline, BATCH),
    peer("fastText in Python, one by one", linear, 1, "words and pairs"),
    peer("ONNX Runtime behind HTTP, one caller", server, 1),
    peer("ONNX Runtime behind HTTP, eight callers", server, BATCH),
  ];
}

/** The price of a million reviews on a fully used machine: all CPUs, and the used memory in steps of 0.5 GiB. */
function dollarsPerMillion(reviewsPerSecond: number, rss: number): number {
  const { vcpuSecond, gibSecond } = POOL.service;
  const second = availableParallelism() * vcpuSecond + (Math.ceil(rss / 512) / 2) * gibSecond;
  return (1e6 / reviewsPerSecond) * second;
}

/** Size of the image with a model, without the base image. */
async function imageMb(model: string): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "review-sentiment-image-"));
  try {
    await promisify(execFile)(process.execPath, ["build.ts", folder], { cwd: ROOT });
    await cp(model, join(folder, "model", basename(model)), { recursive: true });
    return (await bytesIn(folder)) / 1e6;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Size of a package with all its dependencies. */
async function packagesMb(name: string): Promise<number> {
  const seen = new Set<string>();
  let bytes = 0;
  const open = [join(FOLDER, "node_modules", name)];
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    if (seen.has(folder)) continue;
    seen.add(folder);
    bytes += await bytesIn(folder, "node_modules");
    const manifest = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
    for (const dependency of Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })) {
      const places = [join(folder, "node_modules", dependency), join(FOLDER, "node_modules", dependency)];
      const place = places.find((path) => existsSync(path));
      if (place !== undefined) open.push(place);
    }
  }
  return bytes / 1e6;
}

async function bytesIn(folder: string, without?: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && entry.name !== without) bytes += await bytesIn(path, without);
    if (entry.isFile()) bytes += (await stat(path)).size;
  }
  return bytes;
}
