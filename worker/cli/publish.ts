import { existsSync } from "node:fs";
import { InputError } from "../../shared/input-error.ts";
import { QueuePublisher } from "../../shared/publisher.ts";
import { chunks, openReviewsFile, requireRereadable } from "../../shared/reviews-file.ts";
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

export interface PublishOptions extends RowDocumentsOptions {
  input?: string;
  encoding?: string;
  force?: boolean;
  json?: boolean;
}

/** Reviews stored and published at once. */
const CHUNK = 500;

/** Time to end after a stop signal. */
const GRACE_MS = 5_000;

/**
 * `publish`: stores the reviews of a file and publishes them, or publishes stored reviews by their paths. The whole file is checked
 * before the first review is stored. Exits 1 if not all were published, and then prints how many were.
 */
export async function publish(paths: readonly string[], options: PublishOptions): Promise<void> {
  const { input, encoding, force = false, json = false } = options;
  if ((input === undefined) === (paths.length === 0))
    throw new InputError("name what to publish: either paths such as reviews/abc, or --input FILE");
  if (input === undefined && (options.createdField ?? options.ratingField) !== undefined)
    throw new InputError("--created-field and --rating-field need --input");
  const config = readConfig(process.env);
  const reviewsPath = config.REVIEWS_PATH;
  for (const path of paths) {
    if (!("problem" in reviewsPath.check(path))) continue;
    if (existsSync(path))
      throw new InputError(`${path} is a file: use --input ${path} to store and publish the reviews in it`);
    throw new InputError(`"${path}" is not a review: it does not match REVIEWS_PATH, which is ${reviewsPath.source}`);
  }
  const { field } = new RowDocuments(config, options);
  const file = input === undefined ? undefined : await openReviewsFile(input, { field, encoding });
  const total = input === undefined ? paths.length : await check(input, config, options);
  const backend = await openChecked(config);
  const publisher = new QueuePublisher({ reviewsPath: reviewsPath.source, queue: backend.queue });
  const { stop: signal, overdue } = stopSignals(GRACE_MS);
  const bar = progressBar("publishing", total, !json, "reviews");
  let published = 0;
  let failure: Error | undefined;
  const run = async (): Promise<void> => {
    if (file === undefined) {
      for (let start = 0; start < paths.length && !signal.aborted; start += CHUNK) {
        const some = paths.slice(start, start + CHUNK);
        await publishAll(publisher, some, { force, signal });
        published += some.length;
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
    json ? JSON.stringify({ published }) : `${counted(published, "review")} published to ${config.PUBSUB_TOPIC}`,
  );
  if (published < total) {
    const why = signal.aborted ? "interrupted" : printable(failure?.message ?? "not all reviews were published");
    console.error(
      `review-sentiment: ${why}\nOf ${counted(total, "review")} the first ${published} are done. Up to ${CHUNK} more may be stored; running the command again is harmless`,
    );
    process.exitCode = 1;
  } else if (!json && total > 0)
    printNextStep(
      "Workers label them now. To publish those that have no label later on: npm run replay -- --unlabelled",
    );
  await backend.close();
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
