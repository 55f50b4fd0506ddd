import { mkdir, rm } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pLimit from "p-limit";
import { MODELS_BY_NAME } from "../../model/named-models.ts";
import { FirestoreStore } from "../../shared/backends/firestore.ts";
import { Eventarc, installKit, type KitFolder, KitFunction } from "../packages/kit-project.ts";
import type { Part, Row } from "./part.ts";
import type { Stage } from "./stage.ts";
import { median, round } from "./turns.ts";

/** The CPU that instances are pinned to: the last one, because the first handles interrupts. */
const CPU = availableParallelism() - 1;

/** Number of reviews that are written at once after the first label. */
const FLOOD = 500;
/** Number of events that an instance takes at once. */
const CONCURRENCY = 80;

interface Start {
  firstLabelMs: number;
  cpuMs: number;
  firstPeakMb: number;
  peakMb: number;
}

/** Measures the time from process start to the first label of the Firebase function kit on one CPU, and its memory. */
export const kitStart: Part = {
  title: `kit-start: Functions Framework on one CPU, process start to first label; memory with ${FLOOD} reviews at once`,
  async run({ emulators, models, rounds, say }) {
    const rows: Row[] = [];
    for (const { name: model } of models.filter(({ name }) => MODELS_BY_NAME.has(name))) {
      const stage = await emulators?.stage();
      if (stage === undefined) break;
      say(`kit-start with ${model}`);
      const kit = await installKit({ models: model, published: true });
      const starts: Start[] = [];
      // The first start fills the page cache.
      for (let n = 0; n <= rounds + 2; n++) {
        const start = await startOnce(stage, kit, model, n);
        if (n > 0) starts.push(start);
      }
      await rm(kit.folder, { recursive: true });
      await stage.close();
      const medianOf = (figure: keyof Start) => round(median(starts.map((start) => start[figure])));
      rows.push({
        model,
        "package, MB": round(kit.packedBytes / 1e6),
        "first label, ms": medianOf("firstLabelMs"),
        "CPU, ms": medianOf("cpuMs"),
        "memory after first label, MB": medianOf("firstPeakMb"),
        "peak memory, MB": medianOf("peakMb"),
      });
    }
    return rows;
  },
};

async function startOnce(stage: Stage, kit: KitFolder, model: string, n: number): Promise<Start> {
  const projectId = stage.env.GOOGLE_CLOUD_PROJECT as string;
  const store = new FirestoreStore({
    projectId,
    emulatorHost: stage.env.FIRESTORE_EMULATOR_HOST,
    textField: "text",
    resultField: "sentiment",
  });
  const eventarc = new Eventarc(store.firestore, projectId);
  const texts = Array.from({ length: FLOOD + 1 }, (_, i) => `Broke after ${i} days. I want my money back.`);
  const [first, ...others] = await Promise.all(
    (await stage.store(`start-${model}-${n}`, texts)).map(async (path) => ({
      path,
      event: await eventarc.event(path),
    })),
  );
  // An instance on Cloud Run starts with an empty temporary folder.
  const temporary = join(kit.folder, `tmp-${n}`);
  await mkdir(temporary);
  const started = performance.now();
  const instance = await KitFunction.spawn(kit.folder, "classifyReviews", {
    cpu: CPU,
    env: {
      ...stage.env,
      GCLOUD_PROJECT: projectId,
      FIREBASE_CONFIG: JSON.stringify({ projectId }),
      MODEL: model,
      TMPDIR: temporary,
      // The limit that Node chooses in an instance with 1 GiB.
      NODE_OPTIONS: "--max-old-space-size=512",
    },
  });
  eventarc.target = instance;
  const deliver = async ({ path, event }: { path: string; event: Uint8Array }): Promise<void> => {
    for (;;) {
      const status = await eventarc.deliver(path, event).catch(() => 0);
      if (status === 204) return;
      if (status !== 0) throw new Error(`the event was answered ${status}: ${instance.output}`);
      await sleep(5);
    }
  };
  try {
    await deliver(first as (typeof others)[0]);
    const firstLabelMs = performance.now() - started;
    const { cpuMs, peakMb: firstPeakMb } = await instance.usage();
    const slots = pLimit(CONCURRENCY);
    await Promise.all(others.map((one) => slots(() => deliver(one))));
    await stage.labelled([first, ...others].map((one) => (one as (typeof others)[0]).path));
    const { peakMb } = await instance.usage();
    return { firstLabelMs, cpuMs, firstPeakMb, peakMb };
  } finally {
    await instance.kill();
    await store.close();
    await rm(temporary, { recursive: true });
  }
}
