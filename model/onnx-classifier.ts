/**
 * Classifies texts with an ONNX model. The texts of all callers wait in one queue. As soon as an inference thread has room, it gets a
 * batch:
 *
 *     classify(texts) ──▶ decode entities ──▶ detect language ──▶ tokenise ──▶ queue ──▶ batch ──▶ inference thread
 *
 * A batch does not wait until it is full.
 *
 * Texts are tokenised on the main thread. That takes a fiftieth of the network's time, the queue needs the number of tokens to form
 * batches, and the vocabulary is in memory only once.
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
 * How texts share a run of the network. `tokens`: as many texts as fit into `maxBatchTokens`. `exact`: each text runs alone, so its
 * score never depends on other texts. `auto`: `exact` for networks that need it (the dynamically quantised ones), otherwise `tokens`.
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
   * An inference thread that does not answer for this long, in ms, is replaced. Its texts are tried once more; if they take this long
   * again, they fail. @default 60000
   */
  timeoutMs?: number | undefined;
  /** BCP 47 primary tags of the languages to label; with `any`, no text is refused for its language. @default those that the model reads */
  languages?: readonly string[] | "any" | undefined;
}

interface Waiting extends QueuedText {
  language: string | undefined;
  resolve(outcome: Outcome): void;
}

/** The main thread tokenises for at most this long, in ms, before it does other work. */
const TOKENISING_MS = 4;

interface OpenOptions extends ClassifierOptions {
  name?: string;
  digests?: Digests;
}

/** The part of a model that the inference threads load, with the digests of its files. */
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
   * @param folder path of a model, or the result of {@link readModelFolder}
   * @param options if `folder` is a path, also those of {@link readModelFolder}
   * @throws {ModelFolderError} if the folder is not a text classifier that can be run, or its files do not match their digests
   * @throws {Error} if an inference thread dies or does not answer
   */
  static async open(
    folder: string | ModelFolder,
    { name, digests, batching = "auto", ...options }: OpenOptions = {},
  ): Promise<OnnxClassifier> {
    const named = { ...(name !== undefined && { name }), ...(digests !== undefined && { digests }) };
    const model = typeof folder === "string" ? await readModelFolder(folder, named) : folder;
    const network = await networkOf(model);
    const classifier = new OnnxClassifier(model, network, options);
    // Each inference thread verifies the files that it loads. Meanwhile this thread verifies all files and loads the tokenizer.
    const warmUp = classifier.#threads.warmUp([[model.padTokenId ?? 0]]);
    const tokenizer = import("./tokenizer.ts").then(({ Tokenizer }) =>
      Tokenizer.create(model.tokenizer, model.maxTokens).catch((cause: Error) => {
        throw new ModelFolderError(`the tokenizer.json in ${model.path} cannot be used: ${cause.message}`, { cause });
      }),
    );
    for (const loading of [warmUp, tokenizer]) loading.catch(() => {});
    try {
      await verifyModelFolder(model);
      // Without a padding token, texts cannot share a run.
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

  /** How texts share a run; if `auto` was set, the mode that it chose. */
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

  /** Passes batches to the inference threads as long as they have room. */
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

  /** Runs rows together. If the thread is lost, which may not be their fault, tries once more; if that fails, runs each row alone. */
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
  if (!probabilities.every(Number.isFinite)) return new InferenceError("the model returned NaN for a text");
  const scores = Object.fromEntries(labels.map((label, i) => [label, probabilities[i] as number]));
  const [label, score] = strongest(scores);
  return { label, score, scores };
}
