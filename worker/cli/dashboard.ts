import { fieldOf, InputError } from "../../shared/reviews-file.ts";
import { type Config, readConfig } from "../config.ts";
import { runReviews } from "../demo/run.ts";
import { SAMPLES } from "../demo/samples.ts";
import { openClassifier, readModel } from "./backend.ts";
import { counted } from "./counted.ts";
import { checkDashboard } from "./dashboard-check.ts";
import { openBrowser, openDashboard, openProxied, type PageFields, untilInterrupted } from "./dashboard-server.ts";
import { openDashboardBackend } from "./demo.ts";
import { preflight } from "./preflight.ts";
import { progressBar } from "./progress.ts";
import { type FileReview, type RowDocumentsOptions, readFileReviews } from "./row-documents.ts";

export interface DashboardOptions extends RowDocumentsOptions, PageFields {
  port: number;
  /** A file of reviews to show in place of the demo's. */
  input?: string;
  encoding?: string;
  /** A project that exists: on Google Cloud, or in the emulator of FIRESTORE_EMULATOR_HOST. */
  project?: string;
  /** Checks what a deployed page needs. */
  check?: boolean;
  /** With `check`: the account that has to be able to read. */
  account?: string;
  /** With `check`. */
  json?: boolean;
}

/** `dashboard`: the page for the demo's reviews or those of a file, on Google's emulators; for a project; or a check of a deployment. */
export async function dashboard(options: DashboardOptions): Promise<void> {
  const { input, project, check, account } = options;
  if (input !== undefined && project !== undefined)
    throw new InputError(
      "give either --input, whose reviews are shown on emulators, or --project, whose own are shown",
    );
  if (account !== undefined && !check) throw new InputError("--account needs --check");
  const config = readConfig({ ...process.env, ...(project !== undefined && { GOOGLE_CLOUD_PROJECT: project }) });
  if (check) return checkDashboard(config, options);
  return project === undefined ? showFile(config, options) : showProject(config, project, options);
}

/** The demo's fields, for those of the page. */
const DEMO_FIELDS: PageFields = { createdField: "createdAt", ratingField: "rating", groupField: "product" };

async function showFile(config: Config, options: DashboardOptions): Promise<void> {
  const { input, port } = options;
  const fields = input === undefined ? { ...DEMO_FIELDS, ...given(options) } : given(options);
  const reviews = input === undefined ? await demoReviews(config) : await fileReviews(input, config, options);
  const [backend, classifier] = await Promise.all([openDashboardBackend(config, console.log), openClassifier(config)]);
  try {
    const bar = progressBar("labelling", reviews.length, true, "reviews");
    const { given: stored } = await runReviews(reviews, { ...backend, classifier }, config, {
      onProgress: bar.update,
    }).finally(bar.stop);
    const { url, close } = await openDashboard(backend, config, classifier.labels, port, fields);
    await show(`Dashboard of ${stored.size} reviews`, url);
    await close();
  } finally {
    await Promise.all([classifier.close(), backend.close()]);
  }
}

/** The names that the options give. */
function given({ createdField, ratingField, groupField }: PageFields): PageFields {
  return {
    ...(createdField !== undefined && { createdField }),
    ...(ratingField !== undefined && { ratingField }),
    ...(groupField !== undefined && { groupField }),
  };
}

/** All of the demo's reviews, as if they had been written during the last two days. */
export async function demoReviews(config: Config): Promise<FileReview[]> {
  const samples = [SAMPLES.ordinary, SAMPLES.hard];
  const reviews = (await Promise.all(samples.map((path) => readFileReviews(path, config)))).flat();
  const now = Date.now();
  return reviews.map((review, i) => ({
    ...review,
    // The golden ratio spreads any number of reviews evenly, and not in the order of the files.
    fields: { ...review.fields, createdAt: new Date(now - ((i * 0.618034) % 1) * DEMO_PAST_MS) },
  }));
}

/** The page shows the last day and compares it with the day before. */
const DEMO_PAST_MS = 47 * 60 * 60 * 1000;

/** The reviews of a file, with times and ratings as the page needs them: CSV has texts only, and JSON no times. */
export async function fileReviews(input: string, config: Config, options: DashboardOptions): Promise<FileReview[]> {
  const { createdField, ratingField, groupField } = options;
  const reviews = await readFileReviews(input, config, options);
  if (createdField?.includes(".") || ratingField?.includes("."))
    throw new InputError("a file has no nested fields for --created-field and --rating-field: name a column");
  const converted = reviews.map((review) => {
    const { fields } = review;
    return {
      ...review,
      fields: {
        ...fields,
        ...(createdField !== undefined && { [createdField]: toTime(fields[createdField]) }),
        ...(ratingField !== undefined && { [ratingField]: toRating(fields[ratingField]) }),
      },
    };
  });
  // A field that no review has would leave the page empty, without a word.
  const isNumber = (value: unknown): boolean => typeof value === "number";
  for (const [option, field, isUsable, kind] of [
    ["--created-field", createdField, (value) => value !== null, "a time such as 2026-01-31 or 2026-01-31T12:00:00Z"],
    ["--rating-field", ratingField, isNumber, "a number"],
    ["--group-field", groupField, (value) => value !== undefined, "a value"],
  ] satisfies [string, string | undefined, (value: unknown) => boolean, string][]) {
    if (field === undefined) continue;
    const unusable = converted.filter(({ fields }) => !isUsable(fieldOf(fields, field))).length;
    if (unusable === converted.length)
      throw new InputError(`${option} ${field}: no review of ${input} has ${kind} in this field`);
    if (unusable > 0 && field === createdField)
      console.error(`${counted(unusable, "review")} without ${kind} in ${field} will not be shown.`);
  }
  return converted;
}

/** A file's time as a timestamp, or `null`. Numbers are milliseconds since 1970, or seconds where that would be before 1971. */
function toTime(value: unknown): Date | null {
  const number = typeof value === "number" ? value : /^\d{9,}$/.test(String(value)) ? Number(value) : undefined;
  const time = new Date(number === undefined ? String(value) : number < 31_536_000_000 ? number * 1000 : number);
  return Number.isNaN(time.getTime()) ? null : time;
}

/** A file's rating as a number: all columns of CSV are texts. */
function toRating(value: unknown): unknown {
  return typeof value === "string" && /^\d(\.\d+)?$/.test(value.trim()) ? Number(value) : (value ?? null);
}

/** The page for reviews that exist already. */
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
  const { url, close } = await openProxied(proxy, config, labels, options.port, given(options));
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
