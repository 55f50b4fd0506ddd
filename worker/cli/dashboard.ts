import { openReviewsFile } from "../../shared/reviews-file.ts";
import type { ReviewStore } from "../../shared/store.ts";
import { readConfig } from "../config.ts";
import { SAMPLES } from "../demo/samples.ts";
import { openClassifier } from "./backend.ts";
import { openBrowser, openDashboard, untilInterrupted } from "./dashboard-server.ts";
import { openDashboardBackend, runReviews } from "./demo.ts";

/** `dashboard`: the page on Google's emulators, with the demo's reviews as if they had come during the last day. */
export async function dashboard({ port }: { port: number }): Promise<void> {
  const config = readConfig(process.env);
  const file = await openReviewsFile(SAMPLES);
  const [backend, classifier] = await Promise.all([openDashboardBackend(config, console.log), openClassifier(config)]);
  try {
    const { expected } = await runReviews(file, { ...backend, classifier }, config, { showProgress: true });
    await spreadOverADay(backend.store, [...expected.keys()], config.RESULT_FIELD);
    const { url, close } = await openDashboard(backend, config, classifier.labels, port);
    await untilInterrupted(() => {
      console.log(`Dashboard of ${expected.size} reviews: ${url} (Ctrl-C ends it)`);
      openBrowser(url);
    });
    await close();
  } finally {
    await Promise.all([classifier.close(), backend.close()]);
  }
}

/** Less than the day that the page shows, which ends with an hour that is not over yet. */
const PAST_MS = 23 * 60 * 60 * 1000;

/** Makes a past for reviews that were labelled a moment ago: a chart of one moment shows nothing. */
async function spreadOverADay(
  store: Pick<ReviewStore, "put">,
  paths: readonly string[],
  resultField: string,
): Promise<void> {
  const now = Date.now();
  await store.put(
    paths.map((path, i) => {
      // The golden ratio spreads any number of them evenly, and not in the order of the file.
      const age = ((i * 0.618034) % 1) * PAST_MS;
      return { path, fields: { [resultField]: { classifiedAt: new Date(now - age) } } };
    }),
  );
}
