import { randomBytes } from "node:crypto";
import { readsFewerLanguages } from "../../model/named-models.ts";
import { type Backend, type EmulatorBackend, openEmulators, openMemory } from "../../shared/backends/open.ts";
import { InputError } from "../../shared/input-error.ts";
import { classesOf } from "../../shared/result.ts";
import { type Config, readConfig } from "../config.ts";
import { renderNextSteps, renderReviews, renderTotals } from "../demo/render.ts";
import { readReviews, runReviews } from "../demo/run.ts";
import { SAMPLES, type SampleKind } from "../demo/samples.ts";
import { outcomesOf, summarise } from "../demo/summary.ts";
import { backendOptions, labelSettings, openClassifier } from "./backend.ts";
import { counted } from "./counted.ts";
import { openBrowser, openDashboard, requireRepository, untilInterrupted } from "./dashboard-server.ts";
import { type GoldOptions, knownLabels } from "./gold-label.ts";
import { printableLines } from "./printable.ts";
import { progressBar } from "./progress.ts";
import { type RowDocumentsOptions, readFileReviews } from "./row-documents.ts";

export interface DemoOptions extends RowDocumentsOptions, GoldOptions {
  input?: string;
  encoding?: string;
  samples: SampleKind;
  backend: "auto" | "emulator" | "memory";
  rows: number;
  json?: boolean;
  dashboard?: boolean;
  /** Port of the dashboard; 0 is any free one. */
  port: number;
}

/** With a dashboard, the reviews arrive over half a minute. */
const WATCHED = { count: 60, everyMs: 500 };

/** `demo`: everything on one machine. Exits 1 if a review is left without its result. */
export async function demo(options: DemoOptions): Promise<void> {
  const { input, samples, rows: tableRows, json = false, dashboard = false } = options;
  if (dashboard) requireRepository();
  const config = readConfig(process.env);
  const say = (text: string): void => {
    if (!json) console.log(text);
  };
  const fileReviews = await readFileReviews(input ?? SAMPLES[samples], config, input === undefined ? {} : options);
  say(
    `This demo labels ${counted(fileReviews.length, "review")} on this machine: it stores them, publishes their\npaths, runs a worker, and reads the labels back.`,
  );
  const [backend, classifier] = await Promise.all([openBackend(config, options, say), openClassifier(config)]);
  let page: Awaited<ReturnType<typeof openDashboard>> | undefined;
  try {
    if (dashboard && "firestoreHost" in backend) {
      page = await openDashboard(backend, config, classifier.labels, options.port, {
        ...(input === undefined && { ratingField: "rating", groupField: "product" }),
      });
      const url = `${page.url}?range=15m`;
      say(`Dashboard: ${url}\nThe reviews arrive slowly, so that you can watch them.`);
      openBrowser(url);
    }
    const rows = fileReviews.map(({ row }) => row);
    const textField = options.field ?? config.TEXT_FIELD;
    const known = knownLabels(rows, classesOf(classifier.labels, labelSettings(config)), { ...options, textField });
    const bar = progressBar("labelling", fileReviews.length, !json, "reviews");
    const run = await runReviews(fileReviews, { ...backend, classifier }, config, {
      portions: dashboard ? WATCHED : undefined,
      onProgress: bar.update,
    }).finally(bar.stop);
    const reviews = await readReviews(backend, [...run.given.keys()]);
    const outcomes = outcomesOf(reviews, run, known);
    const summary = summarise(run, outcomes, { backend: backend.name, model: classifier.model });
    if (json) console.log(JSON.stringify(summary));
    else {
      const table = tableRows === 0 ? [] : [renderReviews(outcomes, tableRows), ""];
      const unread =
        readsFewerLanguages(classifier.model) && outcomes.some(({ error }) => error === "language-unsupported");
      const next = renderNextSteps({
        samples: input === undefined ? samples : undefined,
        options: input === undefined ? undefined : options,
        model: process.env.MODEL,
        unread,
      });
      const reason = input === undefined ? undefined : known.problem;
      const uncompared = reason === undefined ? [] : [`Labels not compared: ${printableLines(reason)}`];
      console.log(["", ...table, renderTotals(summary, outcomes), ...uncompared, "", next].join("\n"));
    }
    if (summary.labelled + summary.failed !== summary.reviews) process.exitCode = 1;
    if (page !== undefined) {
      const { url } = page;
      await untilInterrupted(() => say(`The dashboard stays open until Ctrl-C: ${url}?range=15m`));
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
    throw new InputError(
      "the dashboard reads Firestore, which the memory backend does not have: leave out --backend memory",
    );
  if (dashboard) return openDashboardBackend(config, say);
  if (wanted === "memory") return openMemory(backendOptions(config));
  const emulators = await openDemoEmulators(config, say);
  if (typeof emulators !== "string") return emulators;
  if (wanted === "emulator") throw new InputError(`${emulators}; or use --backend memory`);
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
  // A project of its own for each run: on emulators that are already running it meets nobody's data.
  return openEmulators({ ...backendOptions(config), projectId: `demo-${randomBytes(4).toString("hex")}` });
}
