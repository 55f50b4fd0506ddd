import type { ReviewStore } from "../../shared/store.ts";
import { readConfig } from "../config.ts";
import { runReviews } from "../demo/run.ts";
import { SAMPLES } from "../demo/samples.ts";
import { openClassifier } from "./backend.ts";
import { openBrowser, openDashboard, untilInterrupted } from "./dashboard-server.ts";
import { openDashboardBackend } from "./demo.ts";
import { progressBar } from "./progress.ts";
import { readFileReviews } from "./row-documents.ts";

/** `dashboard`: the page on Google's emulators, with all sample reviews as if they had come during the last day. */
export async function dashboard({ port }: { port: number }): Promise<void> {
  const config = readConfig(process.env);
  const samples = Object.values(SAMPLES).map((path) => readFileReviews(path, config));
  const reviews = (await Promise.all(samples)).flat();
  const [backend, classifier] = await Promise.all([openDashboardBackend(config, console.log), openClassifier(config)]);
  try {
    const bar = progressBar("labelling", reviews.length, true, "reviews");
    const { given } = await runReviews(reviews, { ...backend, classifier }, config, { onProgress: bar.update }).finally(
      bar.stop,
    );
    await spreadOverADay(backend.store, [...given.keys()], config.RESULT_FIELD);
    const { url, close } = await openDashboard(backend, config, classifier.labels, port);
    await untilInterrupted(() => {
      console.log(`Dashboard of ${given.size} reviews: ${url} (Ctrl-C ends it)`);
      openBrowser(url);
    });
    await close();
  } finally {
    await Promise.all([classifier.close(), backend.close()]);
  }
}

/** Less than the day that the page shows: its last hour is not over yet. */
const PAST_MS = 23 * 60 * 60 * 1000;

/** Gives reviews that were labelled a moment ago a past, because a chart of one moment shows nothing. */
async function spreadOverADay(
  store: Pick<ReviewStore, "put">,
  paths: readonly string[],
  resultField: string,
): Promise<void> {
  const now = Date.now();
  await store.put(
    paths.map((path, i) => {
      // The golden ratio spreads any number of reviews evenly, and not in the order of the files.
      const age = ((i * 0.618034) % 1) * PAST_MS;
      return { path, fields: { [resultField]: { classifiedAt: new Date(now - age) } } };
    }),
  );
}
