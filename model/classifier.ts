/**
 * Texts in, labels out. Texts of all callers wait in one place; whenever an inference thread has room it gets a batch:
 *
 *     classify(texts) ──▶ waiting ──▶ batch: the oldest text and those nearest to it in length ──▶ inference thread
 *
 * Nobody waits for a batch to fill. Rows of like length need little padding, and padding costs more than batching gains,
 * so a batch is small: a few hundred tokens.
 */
import { availableParallelism } from "node:os";
import pLimit, { type LimitFunction } from "p-limit";
import { Piscina } from "piscina";
import { type ModelFolder, readModelFolder } from "./folder.ts";
import type { InferenceResult, InferenceTask } from "./inference-thread.ts";

export interface Classification {
  /** From the model's `id2label`. */
  label: string;
  /** 0..1, the probability of that label. */
  score: number;
}

/** The model failed on this text, by itself. The message holds nothing of the text. */
export class InferenceError extends Error {
  override readonly name = "InferenceError";
}

export interface ClassifierOptions {
  /** Inference threads, with one session of one thread each. @default the CPUs this process may use */
  threads?: number | undefined;
  /** The most tokens of one run of the network, padding included. @default 512 */
  maxBatchTokens?: number | undefined;
  /**
   * A batch that takes longer fails, and the classifier is {@link Classifier.broken} unless its thread answers after all: one
   * that hangs in native code can neither be interrupted nor ended without the process. @default 60000
   */
  timeoutMs?: number | undefined;
}

/** What the inference threads have done since the start. */
export interface ClassifierStats {
  texts: number;
  batches: number;
  tokens: number;
  /** `tokens` and the padding beside them. */
  paddedTokens: number;
}

interface Waiting {
  text: string;
  /** Estimated, to put texts of like length together before anything is tokenised. */
  tokens: number;
  resolve(outcome: Classification | InferenceError): void;
}

/** Of English text in word pieces; only the order and the rough size of estimates matter. */
const CHARACTERS_PER_TOKEN = 4;

/** So many tasks lost in a row, each with a thread, and none done in between. */
const MAX_LOST_THREADS = 10;

export class Classifier {
  readonly stats: ClassifierStats = {
    texts: 0,
    batches: 0,
    tokens: 0,
    paddedTokens: 0,
  };
  readonly #folder: ModelFolder;
  readonly #pool: Piscina<InferenceTask, InferenceResult>;
  readonly #slots: LimitFunction;
  readonly #maxBatchTokens: number;
  readonly #timeoutMs: number;
  #waiting: Waiting[] = [];
  /** Since the last task that came to an end. */
  #lostThreads = 0;
  readonly #running = new Set<Promise<InferenceResult>>();
  #closed = false;

  private constructor(
    folder: ModelFolder,
    { threads = availableParallelism(), maxBatchTokens = 512, timeoutMs = 60_000 }: ClassifierOptions,
  ) {
    this.#folder = folder;
    this.#maxBatchTokens = maxBatchTokens;
    this.#timeoutMs = timeoutMs;
    // Each thread has one batch in work and one at hand, so that it need not wait for this thread between them.
    this.#slots = pLimit(threads * 2);
    this.#pool = new Piscina({
      filename: new URL(
        import.meta.url.endsWith(".ts") ? "./inference-thread.ts" : "./inference-thread.js",
        import.meta.url,
      ).href,
      workerData: folder,
      minThreads: threads,
      maxThreads: threads,
      concurrentTasksPerWorker: 2,
      // Its waiting primitive would keep a thread from answering while it holds a second task.
      atomics: "disabled",
      recordTiming: false,
    });
  }

  /**
   * Loads a model into the inference threads and warms them up.
   * @param path of a folder in Hugging Face layout
   * @param name of the model, for its id
   * @throws {ModelFolderError} if the folder is not a text classifier
   * @throws {Error} if the network cannot be loaded or run
   */
  static async open(
    path: string,
    { name, ...options }: ClassifierOptions & { name?: string } = {},
  ): Promise<Classifier> {
    const folder = await readModelFolder(path, name);
    const classifier = new Classifier(folder, options);
    try {
      await classifier.#warmUp();
    } catch (error) {
      await classifier.close();
      throw new Error(`the model in ${folder.path} cannot be run: ${(error as Error).message}`, { cause: error });
    }
    return classifier;
  }

  /** `name@version` of the model. */
  get model(): string {
    return this.#folder.id;
  }

  get labels(): readonly string[] {
    return this.#folder.labels;
  }

  /** Whether an inference thread hangs, or one after another dies, and none has answered since. */
  get broken(): boolean {
    return this.#lostThreads >= MAX_LOST_THREADS;
  }

  /**
   * Classifies texts; each gets an outcome of its own, and one on which the model fails harms no other.
   * @returns in the order of `texts`; never rejects
   */
  classify(texts: readonly string[]): Promise<(Classification | InferenceError)[]> {
    return Promise.all(
      texts.map(
        (text) =>
          new Promise<Classification | InferenceError>((resolve) => {
            if (this.#closed) return resolve(new InferenceError("the classifier is closed"));
            const tokens = Math.min(Math.ceil(text.length / CHARACTERS_PER_TOKEN) + 2, this.#folder.maxTokens);
            this.#waiting.push({ text, tokens, resolve });
            void this.#slots(() => this.#runBatch());
          }),
      ),
    );
  }

  /**
   * Stops the inference threads when the batches in work are done. Texts that wait, and texts that still come, get an
   * {@link InferenceError}.
   */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { resolve } of this.#waiting) resolve(new InferenceError("the classifier is closed"));
    this.#waiting = [];
    // A thread that is ended in the midst of a native inference takes the whole process with it (onnxruntime-node 1.30).
    while (this.#running.size > 0) await Promise.race(this.#running);
    await this.#pool.destroy();
  }

  async #warmUp(): Promise<void> {
    const results = await Promise.all(this.#pool.threads.map(() => this.#run(["warm-up"])));
    for (const result of results) if ("error" in result) throw new Error(result.error);
  }

  async #runBatch(): Promise<void> {
    const batch = this.#take();
    if (batch.length === 0) return;
    const outcomes = await this.#infer(batch.map(({ text }) => text));
    for (const [i, { resolve }] of batch.entries()) resolve(outcomes[i] as Classification | InferenceError);
  }

  /** Removes the oldest waiting text and those nearest to it in length, as many as fit into a batch. */
  #take(): Waiting[] {
    const oldest = this.#waiting[0];
    if (oldest === undefined) return [];
    const byLength = this.#waiting.toSorted((a, b) => a.tokens - b.tokens);
    let from = byLength.indexOf(oldest);
    let to = from + 1;
    for (;;) {
      const shorter = byLength[from - 1];
      const longer = byLength[to];
      const widest = (byLength[to - 1] as Waiting).tokens;
      const nearest =
        longer === undefined ||
        (shorter !== undefined && oldest.tokens - shorter.tokens < longer.tokens - oldest.tokens)
          ? shorter
          : longer;
      if (nearest === undefined) break;
      const width = Math.max(widest, nearest.tokens);
      if ((to - from + 1) * width > this.#maxBatchTokens) break;
      if (nearest === shorter) from--;
      else to++;
    }
    const batch = byLength.slice(from, to);
    const taken = new Set(batch);
    this.#waiting = this.#waiting.filter((text) => !taken.has(text));
    return batch;
  }

  /** Runs texts together; if that fails, each by itself. */
  async #infer(texts: readonly string[]): Promise<(Classification | InferenceError)[]> {
    const result = await this.#run(texts);
    if ("error" in result) {
      if (texts.length > 1) return (await Promise.all(texts.map((text) => this.#infer([text])))).flat();
      return [new InferenceError(`the model failed on a text: ${result.error}`)];
    }
    this.stats.texts += texts.length;
    this.stats.batches++;
    this.stats.tokens += result.tokens;
    this.stats.paddedTokens += result.paddedTokens;
    return result.probabilities.map((probabilities) => strongest(probabilities, this.#folder.labels));
  }

  /** One task of an inference thread. A thread that dies is replaced by the pool, and counted; one that hangs cannot be. */
  async #run(texts: readonly string[]): Promise<InferenceResult> {
    if (this.#closed) return { error: "the classifier is closed" };
    if (this.broken) return { error: "the inference threads are broken" };
    const task = this.#pool.run({ texts, maxBatchTokens: this.#maxBatchTokens }).then(
      (result) => {
        this.#lostThreads = 0;
        return result;
      },
      (error: Error) => {
        this.#lostThreads++;
        return { error: `its inference thread was lost (${error.message})` };
      },
    );
    const { promise: tooLong, resolve } = Promise.withResolvers<InferenceResult>();
    const timer = setTimeout(() => {
      this.#lostThreads = MAX_LOST_THREADS;
      resolve({ error: `no answer from its inference thread within ${this.#timeoutMs} ms` });
    }, this.#timeoutMs);
    this.#running.add(task);
    void task.finally(() => this.#running.delete(task));
    const answer = await Promise.race([task, tooLong]);
    clearTimeout(timer);
    return answer;
  }
}

function strongest(probabilities: readonly number[], labels: readonly string[]): Classification {
  const score = Math.max(...probabilities);
  return { label: labels[probabilities.indexOf(score)] as string, score };
}
