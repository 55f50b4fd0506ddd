import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Contestant } from "./contestant.ts";
import { MeasuredWorker } from "./measured-worker.ts";
import { type Part, type Row, reviewsOf } from "./part.ts";
import type { PeerOutcome, PeerTurn } from "./peers/peer-process.ts";
import { median, ratio, round, takeTurns } from "./turns.ts";

const FOLDER = fileURLToPath(new URL("./peers", import.meta.url));
const PEERS = ["@xenova/transformers", "@huggingface/transformers"] as const;
const BATCHES = [1, 16] as const;

/** The default, with scores that do not depend on the batch, and batches like those of the peers. */
const BATCHINGS = ["exact", "tokens"] as const;

/** Throughput relative to the other libraries that run such a model in Node. */
export const peers: Part = {
  title:
    "peers: throughput relative to transformers' pipelines, in-memory backend, same DistilBERT, each on the whole machine",
  async run(bench) {
    const rows: Row[] = [];
    const model = bench.models.find(({ name }) => name === "distilbert");
    if (model === undefined) {
      bench.say("skipping the peers: they need the model distilbert, which --models leaves out");
      return rows;
    }
    if (!existsSync(`${FOLDER}/node_modules`)) {
      bench.say("installing the peers");
      // The command line of npm is a script on Windows.
      await promisify(execFile)("npm", ["ci", "--no-audit", "--no-fund"], {
        cwd: FOLDER,
        shell: process.platform === "win32",
      });
    }
    const workers = await Promise.all(
      BATCHINGS.map((batching) => MeasuredWorker.start(bench, model, "memory", batching)),
    );
    const processes = await Promise.all(
      PEERS.map((name) =>
        Contestant.start<PeerTurn, PeerOutcome>(new URL("./peers/peer-process.ts", import.meta.url), [
          name,
          model.folder,
        ]),
      ),
    );
    for (const load of bench.loads) {
      bench.say(`peers, ${load}`);
      const texts = (n: number): string[] => bench.maker.texts(load, reviewsOf(bench, model), n);
      const ours = workers.map(
        (worker, i) => [`worker, ${BATCHINGS[i]}`, (n: number) => worker.label(texts(n))] as const,
      );
      const theirs = PEERS.flatMap((name, i) =>
        BATCHES.map((batch) => {
          const peer = processes[i] as (typeof processes)[0];
          const how = batch === 1 ? "one by one" : `batches of ${batch}`;
          return [`${name}, ${how}`, (n: number) => peer.take({ texts: texts(n), batch })] as const;
        }),
      );
      const outcomes = await takeTurns<PeerOutcome, string>(bench.rounds, Object.fromEntries([...ours, ...theirs]));
      const rates = (name: string): number[] => (outcomes[name] ?? []).map((outcome) => outcome.reviewsPerSecond);
      for (const name of Object.keys(outcomes)) {
        rows.push({
          load,
          what: name,
          "reviews/s": round(median(rates(name))),
          ...Object.fromEntries(
            ours.map(([worker]) => [`${worker}, by this`, round(ratio(rates(worker), rates(name)))]),
          ),
        });
      }
    }
    await Promise.all([...workers, ...processes].map((one) => one.stop()));
    return rows;
  },
};
