import { createWriteStream } from "node:fs";
import { rename } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import type { Classifier } from "../../model/classifier.ts";
import { directResult, unclassifiable } from "../../shared/result.ts";
import { chunks, openReviewsFile, type ReviewsFile, type Row } from "../../shared/reviews-file.ts";
import { type Config, readConfig } from "../config.ts";
import { labelSettings, openClassifier } from "./backend.ts";
import { progressBar } from "./progress.ts";

export interface ClassifyOptions {
  input: string;
  output: string;
  field: string;
  json?: boolean;
}

/** Reviews classified together: enough to put like lengths into one batch. */
const CHUNK = 512;

/** `classify`: a file of reviews in, the same with `sentiment` out, in the same order. The output appears when it is complete. */
export async function classify({ input, output, field, json = false }: ClassifyOptions): Promise<void> {
  const config = readConfig(process.env);
  const file = await openReviewsFile(input);
  const classifier = await openClassifier(config);
  const started = performance.now();
  const counts = { reviews: 0, labelled: 0, failed: 0 };
  const bar = progressBar("classifying (bytes)", file.bytes, !json);
  const partial = `${output}.partial`;
  try {
    const lines = Readable.from(
      outputLines(file, field, classifier, config, counts, () => bar.update(file.bytesRead())),
    );
    await (output.endsWith(".gz")
      ? pipeline(lines, createGzip(), createWriteStream(partial))
      : pipeline(lines, createWriteStream(partial)));
    await rename(partial, output);
  } finally {
    bar.stop();
    await classifier.close();
  }
  const seconds = (performance.now() - started) / 1000;
  const summary = { model: classifier.model, ...counts, seconds: Number(seconds.toFixed(3)) };
  console.log(
    json
      ? JSON.stringify(summary)
      : `${counts.labelled} of ${counts.reviews} reviews labelled by ${classifier.model}, ${counts.failed} without a usable text, in ${seconds.toFixed(1)} s: ${output}`,
  );
}

async function* outputLines(
  file: ReviewsFile,
  field: string,
  classifier: Classifier,
  config: Config,
  counts: { reviews: number; labelled: number; failed: number },
  progress: () => void,
): AsyncGenerator<string> {
  // One chunk ahead, so that the inference threads have work while a chunk's last texts are classified and written.
  let ahead: Promise<string[]> | undefined;
  const finish = async (rows: readonly Row[]): Promise<string[]> => {
    const good = rows.filter((row) => unclassifiable(row[field], classifier.model) === undefined);
    const outcomes = await classifier.classify(good.map((row) => row[field] as string));
    const byRow = new Map(good.map((row, i) => [row, outcomes[i]]));
    return rows.map((row) => {
      const outcome = byRow.get(row);
      counts.reviews++;
      if (outcome instanceof Error) throw outcome;
      const sentiment =
        outcome === undefined
          ? { error: unclassifiable(row[field], classifier.model)?.error }
          : directResult(outcome, labelSettings(config));
      if ("error" in sentiment) counts.failed++;
      else counts.labelled++;
      return `${JSON.stringify({ ...row, sentiment })}\n`;
    });
  };
  for await (const rows of chunks(file.rows(), CHUNK)) {
    const next = finish(rows);
    next.catch(() => {});
    if (ahead !== undefined) yield* await ahead;
    ahead = next;
    progress();
  }
  if (ahead !== undefined) yield* await ahead;
  progress();
}
