/**
 * Texts in, labels out. The texts of all callers wait in one queue. As soon as an inference thread has room it gets a batch:
 *
 *     classify(texts) ──▶ decode entities ──▶ detect language ──▶ tokenise ──▶ queue ──▶ batch ──▶ inference thread
 *
 * Nobody waits for a batch to fill.
 *
 * Texts are tokenised on this thread: it takes a fiftieth of the time of the network, batches are made of known lengths, and
 * the vocabulary is in memory once.
 */
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { decodeEntities } from "../shared/entities.ts";
import { strongest } from "../shared/result.ts";
import { BatchQueue, Call, type QueuedText } from "./batch-queue.ts";
import {
  type Classification,
  type Classifier,
  type ClassifierStats,
  InferenceError,
  type Outcome,
} from "./classifier.ts";
import { type Digests, sha256 } from "./digests.ts";
import { type ModelFolder, ModelFolderError, readModelFolder, verifyModelFolder } from "./folder.ts";
import type { Network } from "./inference-thread.ts";
import { InferenceThreads } from "./inference-threads.ts";
import { LanguageDetector } from "./languages.ts";
import type { ModelId } from "./model-id.ts";
import { dependsOnBatch } from "./quantisation.ts";
import type { Tokenizer } from "./tokenizer.ts";

/**
 * How texts share a run of the network. `tokens`: as many as fit into `maxBatchTokens`. `exact`: each text runs alone, so its
 * score never depends on other texts. `auto`: `exact` for the networks that need it, which are the dynamically quantised ones.
 */
export type Batching = "auto" | "exact" | "tokens";

export interface ClassifierOptions {
  /** Inference threads, each with a session of one thread. @default the CPUs this process may use */
  threads?: number | undefined;
  /** Maximum number of tokens in one run of the network, padding included. @default 512 */
  maxBatchTokens?: number | undefined;
  /** @default "auto" */
  batching?: Batching | undefined;
  /**
   * An inference thread that does not answer for this long is replaced. Its texts are tried once more; those that take this long
   * again fail. @default 60000
   */
  timeoutMs?: number | undefined;
  /** `any` refuses no text for its language. @default the languages that the model reads */
  languages?: "any" | undefined;
}

interface Waiting extends QueuedText {
  language: string | undefined;
  resolve(outcome: Outcome): void;
}

/** After this long of tokenising, the main thread attends to other work, in ms. */
const TOKENISING_MS = 4;

interface OpenOptions extends Omit<ClassifierOptions, "languages"> {
  name?: string;
  digests?: Digests;
  /** `any` refuses no text for its language; others are those that the model reads if its folder does not say so. */
  languages?: readonly string[] | "any" | undefined;
}

/** The files that the threads load, with their digests. */
async function networkOf({ path, networkFiles, digests, labels, padTokenId }: ModelFolder): Promise<Network> {
  return {
    folder: path,
    files: await Promise.all(
      networkFiles.map(async (file) => ({
        path: file,
        sha256: digests?.get(file) ?? (await sha256(join(path, file))),
      })),
    ),
    labels: labels.length,
    ...(padTokenId !== undefined && { padTokenId }),
  };
}

export class OnnxClassifier implements Classifier {
  readonly stats: ClassifierStats = {
    texts: 0,
    batches: 0,
    tokens: 0,
    paddedTokens: 0,
  };
  readonly model: ModelId;
  readonly labels: readonly string[];
  readonly maxTokens: number;
  readonly #threads: InferenceThreads;
  readonly #maxBatchTokens: number;
  readonly #queue = new BatchQueue<Waiting>();
  /** BCP 47 primary tags. */
  readonly languages: readonly string[] | "any";
  /** Set by {@link open}. */
  #tokenizer!: Tokenizer;
  readonly #detector: LanguageDetector;
  /** Whether each text runs alone. */
  #exact = false;
  #closed = false;

  private constructor(
    folder: ModelFolder,
    network: Network,
    { threads = availableParallelism(), maxBatchTokens = 512, timeoutMs = 60_000, languages }: ClassifierOptions,
  ) {
    this.model = folder.id;
    this.labels = folder.labels;
    this.maxTokens = folder.maxTokens;
    this.languages = languages ?? folder.languages ?? "any";
    this.#detector = new LanguageDetector(this.languages);
    this.#maxBatchTokens = maxBatchTokens;
    this.#threads = new InferenceThreads(network, threads, timeoutMs);
  }

  /**
   * Loads a model into the inference threads and warms them up.
   * @param folder path of a model, or what {@link readModelFolder} read
   * @param options if `folder` is a path, also those of {@link readModelFolder}
   * @throws {ModelFolderError} if the folder is not a text classifier or its files are not the right ones
   * @throws {Error} if the network cannot be loaded or run
   */
  static async open(
    folder: string | ModelFolder,
    { name, digests, languages, batching = "auto", ...options }: OpenOptions = {},
  ): Promise<OnnxClassifier> {
    const named = { ...(name !== undefined && { name }), ...(digests !== undefined && { digests }) };
    const read = typeof languages === "object" ? { languages } : {};
    const model = typeof folder === "string" ? await readModelFolder(folder, { ...named, ...read }) : folder;
    const network = await networkOf(model);
    const classifier = new OnnxClassifier(model, network, {
      ...options,
      languages: languages === "any" ? languages : undefined,
    });
    // Each thread verifies what it loads. Meanwhile this one verifies all files and loads what it needs itself.
    const warmUp = classifier.#threads.warmUp([[model.padTokenId ?? 0]]);
    const tokenizer = import("./tokenizer.ts").then(({ Tokenizer }) =>
      Tokenizer.create(model.tokenizer, model.maxTokens),
    );
    for (const loading of [warmUp, tokenizer]) loading.catch(() => {});
    try {
      await verifyModelFolder(model);
      // Without a padding token, no texts can share a run.
      const alone =
        model.padTokenId === undefined ||
        (batching === "auto" && (await dependsOnBatch(join(model.path, model.networkFiles[0]))));
      classifier.#exact = batching === "exact" || alone;
      classifier.#tokenizer = await tokenizer;
      await warmUp;
    } catch (error) {
      await classifier.close();
      if (error instanceof ModelFolderError) throw error;
      throw new Error(`the model in ${model.path} cannot be run: ${(error as Error).message}`, { cause: error });
    }
    return classifier;
  }

  /** The choice of `auto`, if that was set. */
  get batching(): Exclude<Batching, "auto"> {
    return this.#exact ? "exact" : "tokens";
  }

  get busy(): number {
    return this.#threads.busy;
  }

  get stuck(): number {
    return this.#threads.stuck;
  }

  get whenBroken(): Promise<void> {
    return this.#threads.whenBroken;
  }

  get broken(): boolean {
    return this.#threads.broken;
  }

  async classify(texts: readonly string[], { signal }: { signal?: AbortSignal } = {}): Promise<Outcome[]> {
    const call = new Call();
    const cancel = (): void => this.#fail(this.#queue.remove(call), "the call was cancelled");
    signal?.addEventListener("abort", cancel);
    try {
      const outcomes: Promise<Outcome>[] = [];
      let turn = performance.now();
      for (const text of texts) {
        outcomes.push(this.#enqueue(text, call, signal));
        if (performance.now() - turn < TOKENISING_MS) continue;
        this.#pump();
        await nextTurn();
        turn = performance.now();
      }
      this.#pump();
      return await Promise.all(outcomes);
    } finally {
      signal?.removeEventListener("abort", cancel);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#fail(this.#queue.remove(), "the classifier is closed");
    await this.#threads.close();
  }

  #fail(texts: readonly Waiting[], reason: string): void {
    for (const { resolve } of texts) resolve(new InferenceError(reason));
  }

  async #enqueue(text: string, call: Call, signal: AbortSignal | undefined): Promise<Outcome> {
    try {
      const decoded = decodeEntities(text);
      let detected = this.#detector.detect(decoded);
      const late = detected === undefined;
      if (late) {
        await this.#detector.load();
        detected = this.#detector.detect(decoded);
      }
      if (this.#closed) return new InferenceError("the classifier is closed");
      if (signal?.aborted) return new InferenceError("the call was cancelled");
      if (detected?.unsupported !== undefined) return { unsupportedLanguage: detected.unsupported };
      const { promise, resolve } = Promise.withResolvers<Outcome>();
      this.#queue.add({ call, ids: this.#tokenizer.encode(decoded), language: detected?.language, resolve });
      if (late) this.#pump();
      return promise;
    } catch {
      // The message of the error may quote the text.
      return new InferenceError("a text cannot be tokenised");
    }
  }

  /** Hands batches to the inference threads as long as they have room. */
  #pump(): void {
    while (this.#threads.room && this.#queue.size > 0)
      void this.#runBatch(this.#queue.take(this.#exact ? 1 : this.#maxBatchTokens)).finally(() => this.#pump());
  }

  async #runBatch(batch: readonly Waiting[]): Promise<void> {
    const outcomes = await this.#infer(batch.map(({ ids }) => ids));
    for (const [i, { language, resolve }] of batch.entries()) {
      const outcome = outcomes[i] as Classification | InferenceError;
      resolve(outcome instanceof Error || language === undefined ? outcome : { ...outcome, language });
    }
  }

  /** Runs rows together; once more if the thread is lost, which need not be their fault; then each row alone. */
  async #infer(rows: readonly (readonly number[])[], again = false): Promise<(Classification | InferenceError)[]> {
    const result = await this.#threads.run(rows);
    if (!("probabilities" in result)) {
      if ("lost" in result && !again) return this.#infer(rows, true);
      if (rows.length > 1) return (await Promise.all(rows.map((row) => this.#infer([row], again)))).flat();
      return [new InferenceError(`the model failed on a text: ${"lost" in result ? result.lost : result.error}`)];
    }
    const lengths = rows.map((row) => row.length);
    this.stats.texts += rows.length;
    this.stats.batches++;
    this.stats.tokens += lengths.reduce((a, b) => a + b);
    this.stats.paddedTokens += rows.length * Math.max(...lengths);
    return result.probabilities.map((probabilities) => classification(probabilities, this.labels));
  }
}

function classification(probabilities: readonly number[], labels: readonly string[]): Classification | InferenceError {
  if (!probabilities.every(Number.isFinite)) return new InferenceError("the model gave a text no score but NaN");
  const scores = Object.fromEntries(labels.map((label, i) => [label, probabilities[i] as number]));
  const [label, score] = strongest(scores);
  return { label, score, scores };
}
