/**
 * A worker on the in-memory backend with a classifier that answers at once, to measure the cost of a message without inference.
 */
import type { Classifier } from "../../model/classifier.ts";
import { openMemory } from "../../shared/backends/open.ts";
import { QueuePublisher } from "../../shared/publisher.ts";
import { backendOptions, workerOptions } from "../../worker/cli/backend.ts";
import { readConfig } from "../../worker/config.ts";
import { Worker } from "../../worker/worker.ts";
import { modelId } from "../ids.ts";
import { serve } from "./contestant.ts";

export interface BacklogTurn {
  /** Messages waiting behind the measured ones. */
  waiting: number;
  /** Number of measured messages. */
  messages: number;
  /** How many of these are published at a time. The waiting messages are all published at the start. */
  atATime: number;
}

export interface BacklogOutcome {
  cpuUsPerMessage: number;
  /** Resident set after each hundredth of the messages, in MB. */
  rssMb: readonly number[];
}

/** Messages name these reviews in turn, so that no two messages in flight are about the same review. */
const REVIEWS = 10_000;
const TEXT = "Arrived on time. The lid broke after a week, and nobody answers my mails.";

const config = readConfig(process.env);
const paths = Array.from({ length: REVIEWS }, (_, i) => `reviews/${i}`);
const classifier: Classifier = {
  model: modelId("none@1"),
  labels: ["POSITIVE"],
  languages: "any",
  maxTokens: 512,
  classify: async (texts) => texts.map(() => ({ label: "POSITIVE", score: 1, scores: { POSITIVE: 1 } })),
  stats: { texts: 0, batches: 0, tokens: 0, paddedTokens: 0 },
  busy: 0,
  stuck: 0,
  broken: false,
  whenBroken: new Promise(() => {}),
  close: async () => {},
};

serve<BacklogTurn, BacklogOutcome>(async ({ waiting, messages, atATime }) => {
  const { queue, store } = openMemory(backendOptions(config));
  await store.put(paths.map((path) => ({ path, fields: { text: TEXT } })));
  const publisher = new QueuePublisher({ queue });
  let published = 0;
  const publish = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++)
      await publisher.publishReview(paths[published++ % REVIEWS] as string, { force: true });
  };
  await publish(waiting + Math.min(atATime, messages));
  const worker = new Worker({ queue, store, classifier }, workerOptions(config));
  const rssMb: number[] = [];
  let settled = 0;
  const cpu = process.cpuUsage();
  const { user, system } = await new Promise<NodeJS.CpuUsage>((resolve, reject) => {
    worker.pipeline.on("settled", ({ outcome }) => {
      if (settled === messages) return;
      if (outcome !== "labelled") reject(new Error(`not labelled but ${outcome}`));
      settled++;
      if (settled % Math.ceil(messages / 100) === 0) rssMb.push(process.memoryUsage.rss() / 2 ** 20);
      if (settled === messages) resolve(process.cpuUsage(cpu));
      else if (settled + waiting === published) publish(Math.min(atATime, messages - settled)).catch(reject);
    });
    worker.start().catch(reject);
  });
  await worker.stop(5_000);
  return { cpuUsPerMessage: (user + system) / messages, rssMb };
});
