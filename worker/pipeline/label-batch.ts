/**
 * Labels a batch of reviews: load ▸ classify ▸ save, and again for the documents that changed in between. It knows no queue;
 * it reports through `settle` how each job ends.
 */
import type { Classifier, Outcome } from "../../model/classifier.ts";
import { hashText, isCurrent, type LabelSettings, type Result, resultOf, unclassifiable } from "../../shared/result.ts";
import { type ReviewStore, type SaveOutcome, type StoredReview, StoreError } from "../../shared/store.ts";
import type { Job } from "./job-queue.ts";
import { nack, type Settlement } from "./settlement.ts";

/** What the pipeline needs of a classifier. */
export type LabellingClassifier = Pick<Classifier, "classify" | "model" | "labels" | "languages">;

/** What decides whether a stored result is current. */
export interface LabelContext {
  classifier: LabellingClassifier;
  labelSettings: LabelSettings;
}

export interface BatchContext extends LabelContext {
  store: Pick<ReviewStore, "load" | "save">;
  /** Repeats a request to the store while it fails transiently. */
  retry<T>(request: () => Promise<T>): Promise<T>;
  /** Runs one stage, with its span and its timing. */
  stage<T>(name: "load" | "classify" | "save", reviews: number, work: () => Promise<T[]>): Promise<T[]>;
  settle(job: Job, settlement: Settlement): void;
  /** The job's document does not exist. */
  settleMissing(job: Job): void;
}

/** A job and its review as it was read. */
interface LoadedJob {
  job: Job;
  review: StoredReview;
}

/** A job whose result is to be saved. */
interface ClassifiedJob extends LoadedJob {
  result: Result;
}

/** A document that changes faster than it can be classified is nacked after this many attempts. */
const MAX_ATTEMPTS = 5;

/** Settles every job, unless it throws, which is a bug. */
export async function labelBatch(jobs: readonly Job[], context: BatchContext): Promise<void> {
  let open = jobs;
  for (let attempt = 0; attempt < MAX_ATTEMPTS && open.length > 0; attempt++) open = await labelOnce(open, context);
  for (const job of open) context.settle(job, nack("keeps-changing"));
}

/** @returns the jobs whose documents changed between load and save; all others are settled */
async function labelOnce(jobs: readonly Job[], context: BatchContext): Promise<Job[]> {
  const loaded = await context.stage("load", jobs.length, () => load(jobs, context));
  const classified = await context.stage("classify", loaded.length, () => classify(loaded, context));
  return context.stage("save", classified.length, () => save(classified, context));
}

async function load(jobs: readonly Job[], { store, retry, settle, settleMissing }: BatchContext): Promise<LoadedJob[]> {
  const outcomes = await isolateFailures(jobs, (some) => retry(() => store.load(some.map(({ path }) => path))));
  return jobs.flatMap((job, i) => {
    const review = outcomes[i];
    if (review instanceof Error) settle(job, nack("store-failed", review));
    else if (review === undefined) settleMissing(job);
    else return [{ job, review }];
    return [];
  });
}

/** Whether a review's stored result is what labelling it again would write. */
export function hasCurrentResult(
  { text, result }: Pick<StoredReview, "text" | "result">,
  { classifier, labelSettings }: LabelContext,
): boolean {
  const wanted = unclassifiable(text, classifier.model) ?? { textHash: hashText(text as string) };
  return isCurrent(result, wanted, classifier, labelSettings);
}

async function classify(loaded: readonly LoadedJob[], context: BatchContext): Promise<ClassifiedJob[]> {
  const { classifier, labelSettings, settle } = context;
  const { model } = classifier;
  const classified: ClassifiedJob[] = [];
  /** By the hash of the text: the same text in several reviews is classified once. */
  const byText = new Map<string, { text: string; reviews: LoadedJob[] }>();
  for (const one of loaded) {
    const { text } = one.review;
    const error = unclassifiable(text, model);
    if (!one.job.force && hasCurrentResult(one.review, context)) {
      settle(one.job, { outcome: "unchanged" });
    } else if (error !== undefined) {
      classified.push({ ...one, result: error });
    } else {
      const hash = hashText(text as string);
      const same = byText.get(hash);
      if (same === undefined) byText.set(hash, { text: text as string, reviews: [one] });
      else same.reviews.push(one);
    }
  }
  if (byText.size === 0) return classified;
  const outcomes = await classifier.classify([...byText.values()].map(({ text }) => text));
  for (const [i, [textHash, { reviews }]] of [...byText].entries()) {
    const outcome = outcomes[i] as Outcome;
    for (const one of reviews) {
      if (outcome instanceof Error) settle(one.job, nack("inference-failed", outcome));
      else classified.push({ ...one, result: resultOf(outcome, { model, textHash }, labelSettings) });
    }
  }
  return classified;
}

/** Writes results and retries those that fail transiently. @returns the jobs whose documents have changed */
async function save(classified: readonly ClassifiedJob[], { store, retry, settle }: BatchContext): Promise<Job[]> {
  const changed: Job[] = [];
  let open: readonly { one: ClassifiedJob; failure?: StoreError }[] = classified.map((one) => ({ one }));
  const attempt = async (): Promise<void> => {
    if (open.length === 0) return;
    const batch = open;
    const writes = batch.map(({ one: { review, result } }) => ({
      path: review.path,
      version: review.version,
      result,
    }));
    const outcomes = await store.save(writes);
    open = batch.flatMap(({ one }, i) => {
      const outcome = outcomes[i] as SaveOutcome;
      if (outcome === "saved") settle(one.job, settlementOf(one.result));
      else if (outcome === "changed") changed.push(one.job);
      else if (outcome.transient) return [{ one, failure: outcome }];
      else settle(one.job, nack("store-failed", outcome));
      return [];
    });
    const [first] = open;
    if (first?.failure !== undefined) throw first.failure;
  };
  await retry(attempt).catch((error: Error) => {
    for (const { one, failure } of open) settle(one.job, nack("store-failed", failure ?? error));
  });
  return changed;
}

function settlementOf(result: Result): Settlement {
  return "error" in result
    ? { outcome: "unclassifiable", reason: result.error.code }
    : { outcome: "labelled", label: result.label, score: result.score };
}

/** Makes one request for all items. If one of them makes it invalid, makes one request for each, so that only that one fails. */
async function isolateFailures<T, R>(
  items: readonly T[],
  request: (items: readonly T[]) => Promise<R[]>,
): Promise<(R | Error)[]> {
  try {
    return await request(items);
  } catch (error) {
    // Any other failure (no permission, no connection) would be the same for each of them.
    const isItemsFault = error instanceof StoreError && error.code === "INVALID_ARGUMENT";
    if (!isItemsFault || items.length === 1) return items.map(() => error as Error);
    return (await Promise.all(items.map((item) => isolateFailures([item], request)))).flat();
  }
}
