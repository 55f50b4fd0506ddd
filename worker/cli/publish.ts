import { existsSync } from "node:fs";
import { InputError } from "../../shared/input-error.ts";
import { type ReviewPath, refusal } from "../../shared/path.ts";
import { QueuePublisher } from "../../shared/publisher.ts";
import { chunks, openReviewsFile, requireRereadable } from "../../shared/reviews-file.ts";
import { type ReviewStore, StoreError } from "../../shared/store.ts";
import { type Config, readConfig } from "../config.ts";
import { counted } from "./counted.ts";
import { openChecked } from "./preflight.ts";
import { printable } from "./printable.ts";
import { progressBar } from "./progress.ts";
import { reportBlankRows } from "./report-blank-rows.ts";
import { RowDocuments, type RowDocumentsOptions, reportUnstored } from "./row-documents.ts";
import { stopSignals } from "./stop-signals.ts";
import { publishAll, storeAndPublish } from "./store-and-publish.ts";
import { printNextStep } from "./terminal.ts";
import { UntypedFields } from "./untyped-fields.ts";
import { announced } from "./waiting.ts";

export interface PublishOptions extends RowDocumentsOptions {
  input?: string;
  encoding?: string;
  force?: boolean;
  json?: boolean;
}

/** Reviews stored and published at once. */
const CHUNK = 500;

/** Maximum number of documents that a message lists. */
const LISTED = 20;

/** Time to end after a stop signal. */
const GRACE_MS = 5_000;

/**
 * `publish`: stores the reviews of a file and publishes them, or publishes stored reviews by their paths. The whole file is checked
 * before the first review is stored. Paths of documents that do not exist are not published: the worker would drop them without a
 * word. Exits 1 if not all were published, and then prints how many were.
 */
export async function publish(paths: readonly string[], options: PublishOptions): Promise<void> {
  const { input, encoding, force = false, json = false } = options;
  if ((input === undefined) === (paths.length === 0))
    throw new InputError("name what to publish: either paths such as reviews/abc, or --input FILE");
  if (input === undefined && (options.createdField ?? options.ratingField) !== undefined)
    throw new InputError("--created-field and --rating-field need --input");
  const config = readConfig(process.env);
  const reviewsPath = config.REVIEWS_PATH;
  const reviewPaths = [...new Set(paths)].map((path) => {
    const checked = reviewsPath.check(path);
    if ("path" in checked) return checked.path;
    if (existsSync(path))
      throw new InputError(`${path} is a file: use --input ${path} to store and publish the reviews in it`);
    throw new InputError(refusal(path, checked.problem, `REVIEWS_PATH, which is ${reviewsPath.source}`));
  });
  const { field } = new RowDocuments(config, options);
  const file = input === undefined ? undefined : await openReviewsFile(input, { field, encoding });
  const total = input === undefined ? reviewPaths.length : await check(input, config, options);
  const backend = await openChecked(config);
  const publisher = new QueuePublisher({ reviewsPath: reviewsPath.source, queue: backend.queue });
  const { stop: signal, overdue } = stopSignals(GRACE_MS);
  const bar = progressBar("publishing", total, !json, "reviews");
  let published = 0;
  const missing: string[] = [];
  let failure: Error | undefined;
  const run = async (): Promise<void> => {
    if (file === undefined) {
      const findMissing = missingIn(backend.store, signal);
      for (let start = 0; start < reviewPaths.length && !signal.aborted; start += CHUNK) {
        const some = reviewPaths.slice(start, start + CHUNK);
        const absent = await findMissing(some);
        const existing = some.filter((path) => !absent.has(path));
        await publishAll(publisher, existing, { force, signal });
        published += existing.length;
        missing.push(...absent);
        bar.update(published);
      }
      return;
    }
    const documents = new RowDocuments(config, options);
    for await (const rows of chunks(file.rows(), CHUNK)) {
      if (signal.aborted) return;
      const some = rows.map((row) => documents.documentOf(row)).filter(({ isRepeated }) => !isRepeated);
      await storeAndPublish(backend.store, publisher, some, { force, signal });
      published += some.length;
      bar.update(published);
    }
  };
  await Promise.race([run(), overdue]).catch((error: Error) => {
    failure = error;
  });
  bar.stop();
  console.log(
    json
      ? JSON.stringify({ published, ...(missing.length > 0 && { missing }) })
      : `${counted(published, "review")} published to ${config.PUBSUB_TOPIC}`,
  );
  if (missing.length > 0) {
    console.error(`review-sentiment: ${describeMissing(missing)}`);
    process.exitCode = 1;
  }
  const done = published + missing.length;
  if (done < total) {
    const why = signal.aborted ? "interrupted" : printable(failure?.message ?? "not all reviews were published");
    console.error(
      `review-sentiment: ${why}\nOf ${counted(total, "review")} the first ${done} are done. Up to ${CHUNK} more may be stored; running the command again is harmless`,
    );
    process.exitCode = 1;
  } else if (!json && published > 0)
    printNextStep(
      "Workers label them now. To publish those that have no label later on: npm run replay -- --unlabelled",
    );
  await backend.close();
}

/**
 * Looks for documents that do not exist, at one read of a document for each path. An account that may publish but not read can
 * publish all the same.
 * @returns a function that takes distinct paths and returns those without a document
 */
function missingIn(
  store: Pick<ReviewStore, "load">,
  signal: AbortSignal,
): (paths: readonly ReviewPath[]) => Promise<Set<ReviewPath>> {
  let isReadable = true;
  return async (paths) => {
    if (!isReadable) return new Set();
    try {
      const reviews = await announced(store.load(paths), "Firestore to look for the documents", signal);
      return new Set(paths.filter((_, i) => reviews[i] === undefined));
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      isReadable = false;
      console.error(
        `review-sentiment: all paths are published, whether or not their documents exist: ${printable(error.message)}`,
      );
      return new Set();
    }
  };
}

function describeMissing(paths: readonly string[]): string {
  const more = paths.length - LISTED;
  const listed = paths.slice(0, LISTED).map(printable).join(", ");
  return `${counted(paths.length, "document")} ${paths.length === 1 ? "does" : "do"} not exist and ${paths.length === 1 ? "was" : "were"} not published: ${listed}${more > 0 ? ` and ${more} more` : ""}`;
}

/**
 * Reads a whole file and warns of values that are not stored as they are in the file.
 * @returns the number of its reviews
 * @throws {InputError} at the first row that cannot be stored
 */
async function check(input: string, config: Config, options: PublishOptions): Promise<number> {
  const documents = new RowDocuments(config, options);
  const { field } = documents;
  // What is stored is looked at, which has no columns of a result.
  const { idField, createdField, ratingField, dateOrder } = options;
  const ignored = [config.TEXT_FIELD, idField, createdField, ratingField].flat();
  const untyped = new UntypedFields(ignored, dateOrder !== undefined);
  const file = await openReviewsFile(input, {
    field,
    encoding: options.encoding,
    check: (row, line) => documents.problem(row, line, ({ fields }) => untyped.add(fields)),
  });
  requireRereadable(file);
  let rows = 0;
  for await (const _ of file.rows()) rows++;
  reportBlankRows(file);
  if (rows === 0) console.error(`review-sentiment: ${printable(file.name)} contains no reviews`);
  documents.requireStorable(file.name);
  reportUnstored(documents);
  if (documents.digested > 0)
    console.error(
      `review-sentiment: ${counted(documents.digested, "row")} ${documents.digested === 1 ? "has" : "have"} no id, and ${documents.digested === 1 ? "gets a digest as its id" : "get digests as their ids"}; a row that is edited later becomes another document. --id-field names the field of the ids`,
    );
  const warning = untyped.describe();
  if (warning !== undefined) console.error(`review-sentiment: ${printable(warning)}`);
  return rows - documents.repeated;
}
