import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import Table from "cli-table3";
import type { Classifier } from "../../model/classifier.ts";
import { type Backend, type EmulatorBackend, openEmulators, openMemory } from "../../shared/backends/open.ts";
import { ReviewPublisher } from "../../shared/publisher.ts";
import type { Label } from "../../shared/result.ts";
import { InputError, openReviewsFile, RowPaths } from "../../shared/reviews-file.ts";
import type { StoredReview } from "../../shared/store.ts";
import { type Config, readConfig } from "../config.ts";
import { SAMPLES } from "../demo/samples.ts";
import { Worker } from "../worker.ts";
import { backendOptions, openClassifier, workerOptions } from "./backend.ts";
import { openBrowser, openDashboard, untilInterrupted } from "./dashboard-server.ts";
import { expectedLabel } from "./expected-label.ts";
import { progressBar } from "./progress.ts";
import { storeAndPublish } from "./store-and-publish.ts";

export interface DemoOptions {
  input?: string;
  backend: "auto" | "emulator" | "memory";
  rows: number;
  json?: boolean;
  dashboard?: boolean;
  /** Of the dashboard; 0 is any free one. */
  port: number;
}

/** What `demo --json` prints. Times are of this process and this run. */
export interface DemoSummary {
  backend: string;
  model: string;
  reviews: number;
  labelled: number;
  /** Reviews without a classifiable text, which got an `error`. */
  failed: number;
  deadLettered: number;
  /** Of the labelled reviews whose row in the file has a label. */
  accuracy?: number;
  /** From the first publish to the last label. */
  seconds: number;
  reviewsPerSecond: number;
  publishToLabelMs: { p50: number; p95: number };
  peakRssMb: number;
}

/** Reviews stored and published at once. */
const PUBLISH_CHUNK = 500;

/** How reviews come when somebody watches: in so many portions, spread over half a minute. */
const WATCHED = { portions: 60, everyMs: 500 };

/** Documents read at once when the labels are counted. */
const READ_CHUNK = 300;

/** `demo`: the main job, whole, on one machine. Exits 1 if a review is left without its result. */
export async function demo(options: DemoOptions): Promise<void> {
  const { input = SAMPLES, rows, json = false, dashboard = false } = options;
  const config = readConfig(process.env);
  const say = (text: string): void => {
    if (!json) console.log(text);
  };
  const file = await openReviewsFile(input);
  const [backend, classifier] = await Promise.all([openBackend(config, options, say), openClassifier(config)]);
  let page: Awaited<ReturnType<typeof openDashboard>> | undefined;
  try {
    if (dashboard && "firestoreHost" in backend) {
      page = await openDashboard(backend, config, classifier.labels, options.port);
      const url = `${page.url}?range=15m`;
      say(`Dashboard: ${url}\nThe reviews come slowly, so that there is something to watch.`);
      openBrowser(url);
    }
    const run = await runReviews(file, { ...backend, classifier }, config, { showProgress: !json, watched: dashboard });
    const reviews = await readAll(backend, [...run.expected.keys()]);
    const summary = summarise(run, reviews, classifier, backend.name);
    if (json) console.log(JSON.stringify(summary));
    else {
      console.log(reviewTable(reviews, run.expected, classifier.labels, rows));
      console.log(totals(summary));
      if (input === SAMPLES)
        console.log(
          "The samples are hard on purpose: irony, asides, hedges. model/lite/README.md has figures on real reviews.",
        );
    }
    if (summary.labelled + summary.failed !== summary.reviews) process.exitCode = 1;
    if (page !== undefined) {
      const { url } = page;
      await untilInterrupted(() => say(`The dashboard stays until Ctrl-C: ${url}?range=15m`));
    }
  } finally {
    await page?.close();
    await Promise.all([classifier.close(), backend.close()]);
  }
}

async function openBackend(
  config: Config,
  { backend: wanted, dashboard }: DemoOptions,
  say: (text: string) => void,
): Promise<Backend | EmulatorBackend> {
  if (dashboard && wanted === "memory")
    throw new InputError("the dashboard reads Firestore, which memory is not: leave out --backend memory");
  if (dashboard) return openDashboardBackend(config, say);
  if (wanted === "memory") return openMemory(backendOptions(config));
  const emulators = await openDemoEmulators(config, say);
  if (typeof emulators !== "string") return emulators;
  if (wanted === "emulator") throw new InputError(`${emulators}; or take --backend memory`);
  say(`Running in memory instead: ${emulators}.`);
  return openMemory(backendOptions(config));
}

/**
 * The emulators for a run with the dashboard.
 * @throws {InputError} that says what is missing
 */
export async function openDashboardBackend(config: Config, say: (text: string) => void): Promise<EmulatorBackend> {
  const emulators = await openDemoEmulators(config, say);
  if (typeof emulators !== "string") return emulators;
  throw new InputError(`the dashboard reads Firestore, so on this machine it needs Google's emulators: ${emulators}`);
}

function openDemoEmulators(config: Config, say: (text: string) => void): Promise<EmulatorBackend | string> {
  say("Starting Google's emulators of Pub/Sub and Firestore …");
  // A project of its own for each run, so that on emulators which are already running it meets nobody's data.
  return openEmulators({ ...backendOptions(config), projectId: `demo-${randomBytes(4).toString("hex")}` });
}

interface Run {
  /** By path: the label that the file gives, if it does. */
  expected: Map<string, unknown>;
  deadLettered: number;
  seconds: number;
  /** From publish to label of each review that got one. */
  latencies: number[];
}

/** Stores and publishes the reviews of a file while a worker labels them, until each has been settled. */
export async function runReviews(
  file: Awaited<ReturnType<typeof openReviewsFile>>,
  parts: Backend & { classifier: Classifier },
  config: Config,
  { showProgress, watched = false }: { showProgress: boolean; watched?: boolean },
): Promise<Run> {
  const { store, queue } = parts;
  const run: Run = { expected: new Map(), deadLettered: 0, seconds: 0, latencies: [] };
  const settled = new Set<string>();
  const publisher = new ReviewPublisher({ reviewsPath: config.REVIEWS_PATH.source, queue });
  const paths = new RowPaths(config.REVIEWS_PATH);
  const all = await collect(file.rows());
  // Whatever the environment says of a worker's delivery: nobody pushes to this one.
  const service = new Worker(parts, workerOptions(config));
  const bar = progressBar("labelling", all.length, showProgress);
  const complete = Promise.withResolvers<void>();
  let published = false;
  const check = (): void => {
    if (published && settled.size >= run.expected.size) complete.resolve();
  };
  service.pipeline.on("settled", ({ outcome }, delivery, path) => {
    if (outcome === "dead-lettered") run.deadLettered++;
    if (outcome === "labelled" && delivery.publishTime !== undefined)
      run.latencies.push(Date.now() - delivery.publishTime.getTime());
    if (path === undefined || outcome === "retried") return;
    settled.add(path);
    bar.update(settled.size);
    check();
  });
  const started = performance.now();
  try {
    await service.start();
    const portion = watched ? Math.ceil(all.length / WATCHED.portions) : PUBLISH_CHUNK;
    for (let start = 0; start < all.length; start += portion) {
      if (watched) await sleep(WATCHED.everyMs);
      const rows = all.slice(start, start + portion);
      const stored = await storeAndPublish(store, publisher, paths, rows, { omit: config.RESULT_FIELD });
      for (const [i, path] of stored.entries()) run.expected.set(path, rows[i]?.label);
    }
    published = true;
    check();
    await Promise.race([complete.promise, service.done]);
    run.seconds = (performance.now() - started) / 1000;
  } finally {
    bar.stop();
    await service.stop(config.SHUTDOWN_GRACE_MS);
  }
  return run;
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** The reviews as they now lie in the store: what the summary counts is what a dashboard would see. */
async function readAll({ store }: Backend, paths: readonly string[]): Promise<StoredReview[]> {
  const reviews: StoredReview[] = [];
  for (let start = 0; start < paths.length; start += READ_CHUNK) {
    const some = await store.load(paths.slice(start, start + READ_CHUNK));
    reviews.push(...some.filter((review) => review !== undefined));
  }
  return reviews;
}

function summarise(
  { expected, deadLettered, seconds, latencies }: Run,
  reviews: readonly StoredReview[],
  classifier: Classifier,
  backend: string,
): DemoSummary {
  const results = reviews.map(({ path, result }) => ({
    ...(result as Partial<Label> & { error?: unknown }),
    expected: expectedLabel(expected.get(path), classifier.labels),
  }));
  const labelled = results.filter(({ label }) => label !== undefined);
  const judged = labelled.filter((result) => result.expected !== undefined);
  const right = judged.filter((result) => result.label === result.expected).length;
  return {
    backend,
    model: classifier.model,
    reviews: expected.size,
    labelled: labelled.length,
    failed: results.filter(({ error }) => error !== undefined).length,
    deadLettered,
    ...(judged.length > 0 && { accuracy: round(right / judged.length, 4) }),
    seconds: round(seconds, 3),
    reviewsPerSecond: round(expected.size / seconds, 1),
    publishToLabelMs: { p50: percentile(latencies, 50), p95: percentile(latencies, 95) },
    peakRssMb: Math.round(process.resourceUsage().maxRSS / 1024),
  };
}

/** The smallest value that is not below `share` percent of them; 0 of none. */
function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((share / 100) * sorted.length) - 1)] ?? 0;
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

function reviewTable(
  reviews: readonly StoredReview[],
  expected: ReadonlyMap<string, unknown>,
  labels: readonly string[],
  rows: number,
): string {
  const table = new Table({ head: ["review", "label", "score", "text"], style: { head: [], border: [] } });
  const step = Math.max(1, reviews.length / rows);
  for (let i = 0; i < reviews.length && table.length < rows; i += step) {
    const { path, text, result } = reviews[Math.floor(i)] as StoredReview;
    const { label, score, error } = result as Partial<Label> & { error?: { code: string } };
    const wanted = expectedLabel(expected.get(path), labels);
    const missed = label !== undefined && wanted !== undefined && wanted !== label;
    table.push([
      path,
      label === undefined ? `(${error?.code})` : `${label}${missed ? ` (given: ${wanted})` : ""}`,
      score?.toFixed(3) ?? "",
      excerpt(text),
    ]);
  }
  return table.toString();
}

function excerpt(text: unknown): string {
  const line = String(text ?? "")
    .replace(/\s+/g, " ")
    .trim();
  return line.length > 60 ? `${line.slice(0, 59).toWellFormed()}…` : line;
}

function totals(summary: DemoSummary): string {
  const { reviews, labelled, failed, deadLettered, accuracy, publishToLabelMs } = summary;
  return [
    `${reviews} reviews: ${labelled} labelled, ${failed} without a usable text, ${deadLettered} dead-lettered`,
    ...(accuracy === undefined ? [] : [`${(accuracy * 100).toFixed(1)} % of the labels are those given in the file`]),
    `${summary.seconds.toFixed(1)} s, ${summary.reviewsPerSecond} reviews/s, publish to label ${publishToLabelMs.p50} ms (p50) ${publishToLabelMs.p95} ms (p95)`,
    `backend ${summary.backend}, model ${summary.model}, peak memory ${summary.peakRssMb} MB`,
  ].join("\n");
}
