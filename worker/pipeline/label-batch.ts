/**
 * Labels a batch of reviews: load ▸ classify ▸ save. It knows no queue; it reports how each job ends, and which are to be done
 * again.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Classifier, Outcome } from "../../model/classifier.ts";
import {
  hashText,
  isCurrent,
  type LabelSettings,
  type Result,
  resultOf,
  type TextHash,
  type Unclassifiable,
  unclassifiable,
} from "../../shared/result.ts";
import { type ReviewStore, type SaveOutcome, type StoredReview, StoreError } from "../../shared/store.ts";
import type { Job } from "./job-queue.ts";
import { nack, type Settlement } from "./settlement.ts";

/** The part of a classifier that the pipeline uses. */
export type LabellingClassifier = Pick<Classifier, "classify" | "model" | "labels" | "languages">;

/** What decides whether a stored result is current. */
export interface LabelContext {
  classifier: LabellingClassifier;
  labelSettings: LabelSettings;
}

export interface BatchContext extends LabelContext {
  store: Pick<ReviewStore, "load" | "save">;
  /** Runs one stage, with its span and its timing. */
  stage<T>(name: "load" | "classify" | "save", jobs: readonly Job[], work: () => Promise<T>): Promise<T>;
  /** The load has ended. @param failed whether the store failed, not only for one review */
  loaded(failed: boolean): void;
  /** All jobs are classified; what follows needs no inference. */
  classified(): void;
  /** How the job ends. */
  settle(job: Job, settlement: Settlement): void;
  /** The job's document does not exist. */
  settleMissing(job: Job): void;
  /** The job is to be done again. */
  retry(job: Job, reason: RetryReason): void;
}

/** `changed`: the document changed between load and save. Otherwise the store failed, and may not fail later. */
export type RetryReason = "changed" | StoreError;

/** A job and its review as it was read. */
interface LoadedJob {
  job: Job;
  review: StoredReview;
}

/** A job whose result is to be saved. */
interface ClassifiedJob extends LoadedJob {
  result: Result;
}

/** Settles or retries every job, unless it throws, which is a bug. */
export async function labelBatch(jobs: readonly Job[], context: BatchContext): Promise<void> {
  const loaded = await context.stage("load", jobs, () => load(jobs, context));
  const toClassify = loaded.map(({ job }) => job);
  const classified =
    loaded.length === 0 ? [] : await context.stage("classify", toClassify, () => classify(loaded, context));
  context.classified();
  if (classified.length === 0) return;
  const toSave = classified.map(({ job }) => job);
  await context.stage("save", toSave, () => save(classified, context));
}

async function load(jobs: readonly Job[], context: BatchContext): Promise<LoadedJob[]> {
  const { store } = context;
  const outcomes = await isolateFailures(jobs, (some) => store.load(some.map(({ path }) => path)));
  context.loaded(outcomes.every((outcome) => outcome instanceof StoreError && outcome.code !== "request-invalid"));
  return jobs.flatMap((job, i) => {
    const review = outcomes[i];
    if (review instanceof Error) retryOrNack(job, review, context);
    else if (review === undefined) context.settleMissing(job);
    else return [{ job, review }];
    return [];
  });
}

/** What can be said about a text without the classifier. */
type TextState = Unclassifiable | { textHash: TextHash };

function stateOf(text: unknown, { model }: LabellingClassifier): TextState {
  return unclassifiable(text, model) ?? { textHash: hashText(text as string) };
}

/** Whether a review's stored result is what labelling it again would write. */
export function hasCurrentResult(
  { text, result }: Pick<StoredReview, "text" | "result">,
  { classifier, labelSettings }: LabelContext,
): boolean {
  return isCurrent(result, stateOf(text, classifier), classifier, labelSettings);
}

/** After this long of looking at texts, the main thread attends to other work, in ms. A text may have a megabyte. */
const TURN_MS = 4;

async function classify(loaded: readonly LoadedJob[], context: BatchContext): Promise<ClassifiedJob[]> {
  const { classifier, labelSettings, settle } = context;
  const { model } = classifier;
  const classified: ClassifiedJob[] = [];
  /** By the hash of the text: the same text in several reviews is classified once. */
  const byText = new Map<TextHash, { text: string; reviews: LoadedJob[] }>();
  let turn = performance.now();
  for (const one of loaded) {
    if (performance.now() - turn > TURN_MS) {
      await nextTurn();
      turn = performance.now();
    }
    const { job, review } = one;
    const state = stateOf(review.text, classifier);
    if (!job.force && isCurrent(review.result, state, classifier, labelSettings)) {
      settle(job, { outcome: "unchanged" });
    } else if ("error" in state) {
      classified.push({ ...one, result: state });
    } else if (job.unsaved?.textHash === state.textHash) {
      classified.push({ ...one, result: job.unsaved });
    } else {
      const same = byText.get(state.textHash);
      if (same === undefined) byText.set(state.textHash, { text: review.text as string, reviews: [one] });
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

async function save(classified: readonly ClassifiedJob[], context: BatchContext): Promise<void> {
  const outcomes = await context.store.save(
    classified.map(({ review: { path, version }, result }) => ({ path, version, result })),
  );
  for (const [i, { job, result }] of classified.entries()) {
    const outcome = outcomes[i] as SaveOutcome;
    if (outcome === "saved") context.settle(job, settlementOf(result));
    else if (outcome === "changed") context.retry(job, "changed");
    else {
      job.unsaved = result;
      retryOrNack(job, outcome, context);
    }
  }
}

function retryOrNack(job: Job, error: Error, { retry, settle }: BatchContext): void {
  if (error instanceof StoreError && error.transient) retry(job, error);
  else settle(job, nack("store-failed", error));
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
    const isItemsFault = error instanceof StoreError && error.code === "request-invalid";
    if (!isItemsFault || items.length === 1) return items.map(() => error as Error);
    return (await Promise.all(items.map((item) => isolateFailures([item], request)))).flat();
  }
}
