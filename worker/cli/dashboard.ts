import { InputError } from "../../shared/input-error.ts";
import { fieldOf, listFields } from "../../shared/reviews-file.ts";
import { type Config, readConfig } from "../config.ts";
import { runReviews } from "../demo/run.ts";
import { SAMPLES } from "../demo/samples.ts";
import { openClassifier, readModel } from "./backend.ts";
import { counted } from "./counted.ts";
import { checkDashboard } from "./dashboard-check.ts";
import {
  openBrowser,
  openDashboard,
  openProxied,
  type PageFields,
  requireRepository,
  untilInterrupted,
} from "./dashboard-server.ts";
import { openDashboardBackend } from "./demo.ts";
import { preflight } from "./preflight.ts";
import { progressBar } from "./progress.ts";
import { type FileReview, type RowDocumentsOptions, readFileReviews } from "./row-documents.ts";

export interface DashboardOptions extends Omit<RowDocumentsOptions, keyof PageFields>, PageFields {
  port: number;
  /** A file of reviews to show in place of the demo's. */
  input?: string;
  encoding?: string;
  /** An existing project: on Google Cloud, or in the emulator of FIRESTORE_EMULATOR_HOST. */
  project?: string;
  /** Checks what a deployed page needs. */
  check?: boolean;
  /** With `check`: the account that must be allowed to read. */
  account?: string;
  /** With `check`. */
  json?: boolean;
}

/** `dashboard`: shows the demo's reviews, a file or a project; or checks a deployment. */
export async function dashboard(options: DashboardOptions): Promise<void> {
  requireRepository();
  const { input, project, check, account } = options;
  if (input !== undefined && project !== undefined)
    throw new InputError(
      "give either --input, whose reviews are shown on emulators, or --project, whose own are shown",
    );
  if (account !== undefined && !check) throw new InputError("--account needs --check");
  if (options.dateOrder !== undefined && input === undefined) throw new InputError("--date-order needs --input");
  const config = readConfig({ ...process.env, ...(project !== undefined && { GOOGLE_CLOUD_PROJECT: project }) });
  if (check) return checkDashboard(config, options);
  return project === undefined ? showFile(config, options) : showProject(config, project, options);
}

/** The fields of the demo's reviews that the page uses. */
const DEMO_FIELDS: PageFields = { createdField: "createdAt", ratingField: "rating", groupField: "product" };

async function showFile(config: Config, options: DashboardOptions): Promise<void> {
  const { input, port } = options;
  const fields = input === undefined ? { ...DEMO_FIELDS, ...options } : options;
  const reviews = input === undefined ? await demoReviews(config) : await fileReviews(input, config, options);
  const [backend, classifier] = await Promise.all([openDashboardBackend(config, console.log), openClassifier(config)]);
  try {
    const bar = progressBar("labelling", reviews.length, true, "reviews");
    const { given: stored } = await runReviews(reviews, { ...backend, classifier }, config, {
      onProgress: bar.update,
    }).finally(bar.stop);
    const { url, close } = await openDashboard(backend, config, classifier.labels, port, fields);
    const period = input === undefined ? "" : periodOf(reviews, options.createdField);
    await show(`Dashboard of ${stored.size} reviews`, url + period);
    await close();
  } finally {
    await Promise.all([classifier.close(), backend.close()]);
  }
}

/** All of the demo's reviews, dated within the last two days. */
export async function demoReviews(config: Config): Promise<FileReview[]> {
  const samples = [SAMPLES.ordinary, SAMPLES.hard];
  const reviews = (await Promise.all(samples.map((path) => readFileReviews(path, config)))).flat();
  const now = Date.now();
  return reviews.map((review, i) => ({
    ...review,
    // The golden ratio spreads any number of reviews evenly, in another order than the files'.
    fields: { ...review.fields, createdAt: new Date(now - ((i * 0.618034) % 1) * DEMO_PAST_MS) },
  }));
}

/** The page shows the last day and compares it with the day before. */
const DEMO_PAST_MS = 47 * 60 * 60 * 1000;

/**
 * The reviews of a file, with the fields that the page needs.
 * @throws {InputError} if no review has a field that the options name: the page would be empty without saying why
 */
export async function fileReviews(input: string, config: Config, options: DashboardOptions): Promise<FileReview[]> {
  const { createdField, groupField } = options;
  const reviews = await readFileReviews(input, config, options);
  if (groupField !== undefined) {
    const groups = reviews.map(({ fields }) => fieldOf(fields, groupField)).filter((group) => group !== undefined);
    if (!groups.some((group) => typeof group === "string")) {
      const reason =
        groups.length === 0 ? "a value in this field" : "a text in this field, and only texts can be compared";
      const names = listFields(reviews.flatMap(({ fields }) => Object.keys(fields)));
      throw new InputError(`--group-field ${groupField}: no review of ${input} has ${reason}; the fields are ${names}`);
    }
  }
  if (createdField === undefined) return reviews;
  const undated = reviews.filter(({ fields }) => !(fieldOf(fields, createdField) instanceof Date)).length;
  if (undated > 0) console.error(`${counted(undated, "review")} without a time in ${createdField} will not be shown.`);
  return reviews;
}

/**
 * The query of a page that shows the days from a file's first review to its last: the page's default is the last 24 hours. Empty if
 * the page shows when the reviews were labelled.
 */
export function periodOf(reviews: readonly FileReview[], createdField: string | undefined): string {
  if (createdField === undefined) return "";
  const days = reviews
    .map(({ fields }) => fieldOf(fields, createdField))
    .filter((time) => time instanceof Date)
    .map(dayOf)
    // The page reads years of four digits. Exports have 0001-01-01 for a missing date.
    .filter((day) => /^[1-9]\d{3}-/.test(day))
    .toSorted();
  return days.length === 0 ? "" : `?since=${days[0]}&until=${days.at(-1)}`;
}

/** A day in the local time zone, which is the browser's: `2026-11-25`. */
function dayOf(time: Date): string {
  const parts = [time.getFullYear(), time.getMonth() + 1, time.getDate()];
  return parts.map((part) => String(part).padStart(2, "0")).join("-");
}

/** Shows the reviews of an existing project. */
async function showProject(config: Config, projectId: string, options: DashboardOptions): Promise<void> {
  const { labels } = await readModel(config);
  const { FIRESTORE_EMULATOR_HOST: emulator } = process.env;
  const on = emulator ? `the emulator at ${emulator}` : "Google Cloud, read only";
  const proxy = {
    projectId,
    database: config.FIRESTORE_DATABASE,
    ...(emulator
      ? { upstream: `http://${emulator}`, token: async () => "owner", mayWrite: true }
      : { upstream: "https://firestore.googleapis.com", token: await cloudToken(config), mayWrite: false }),
  };
  const { url, close } = await openProxied(proxy, config, labels, options.port, options);
  if (!emulator) console.log("Each review that the page loads costs a read; the page says how many it has cost.");
  await show(`Dashboard of ${projectId} on ${on}`, url);
  await close();
}

/** Access tokens of the developer's own credentials. @throws {InputError} that says how to get some */
async function cloudToken(config: Config): Promise<() => Promise<string>> {
  await preflight(config);
  const { GoogleAuth } = await import("google-auth-library");
  const auth = new GoogleAuth({ scopes: "https://www.googleapis.com/auth/datastore" });
  return async () => {
    const token = await auth.getAccessToken();
    if (!token) throw new Error("the credentials gave no access token");
    return token;
  };
}

async function show(what: string, url: string): Promise<void> {
  await untilInterrupted(() => {
    console.log(`${what}: ${url} (Ctrl-C ends it)`);
    openBrowser(url);
  });
}
