/**
 * Texts in, labels out. Texts of all callers wait in one place; whenever an inference thread has room it gets a batch:
 *
 *     classify(texts) ──▶ tokenise ──▶ waiting ──▶ batch: the oldest text and those nearest to it in length ──▶ inference thread
 *
 * Nobody waits for a batch to fill. Rows of like length need little padding, and padding costs more than batching gains,
 * so a batch is small: a few hundred tokens.
 *
 * Texts are tokenised here and not in the threads: it takes a fiftieth of the time that the network takes, batches are made
 * of lengths that are known and not guessed, and the vocabulary is in memory once.
 */
import { availableParallelism } from "node:os";
import { setImmediate as nextTurn } from "node:timers/promises";
import { strongest } from "../shared/result.ts";
import {
  type Classification,
  type Classifier,
  type ClassifierStats,
  InferenceError,
  type Outcome,
} from "./classifier.ts";
import type { Digests } from "./digests.ts";
import { type ModelFolder, ModelFolderError, readModelFolder, verifyModelFolder } from "./folder.ts";
import { InferenceThreads } from "./inference-threads.ts";
import { dependsOnBatch } from "./quantisation.ts";
import type { Tokenizer } from "./tokenizer.ts";

/**
 * How texts share runs of the network. `tokens`: as many as fit into `maxBatchTokens`. `exact`: each has a run of its own, so that
 * its score is the same whatever is classified beside it. `auto`: `exact` for the networks that need it, the dynamically quantised ones.
 */
export type Batching = "auto" | "exact" | "tokens";

export interface ClassifierOptions {
  /** Inference threads, with one session of one thread each. @default the CPUs this process may use */
  threads?: number | undefined;
  /** The most tokens of one run of the network, padding included. @default 512 */
  maxBatchTokens?: number | undefined;
  /** @default "auto" */
  batching?: Batching | undefined;
  /**
   * An inference thread that answers nothing for so long is replaced. What it had is tried again, and those texts fail that
   * take so long again. @default 60000
   */
  timeoutMs?: number | undefined;
}

interface Waiting {
  /** Token ids. */
  ids: readonly number[];
  resolve(outcome: Outcome): void;
}

/** So long at most the main thread tokenises before it looks after other things, in ms. */
const TOKENISING_MS = 4;

export class OnnxClassifier implements Classifier {
  readonly stats: ClassifierStats = {
    texts: 0,
    batches: 0,
    tokens: 0,
    paddedTokens: 0,
  };
  readonly #folder: ModelFolder;
  readonly #threads: InferenceThreads;
  readonly #maxBatchTokens: number;
  /** There as soon as the classifier is open. */
  #tokenizer!: Tokenizer;
  /** Whether each text has a run of its own. */
  #exact = false;
  #waiting: Waiting[] = [];
  #closed = false;

  private constructor(
    folder: ModelFolder,
    { threads = availableParallelism(), maxBatchTokens = 512, timeoutMs = 60_000 }: ClassifierOptions,
  ) {
    this.#folder = folder;
    this.#maxBatchTokens = maxBatchTokens;
    this.#threads = new InferenceThreads(folder, threads, timeoutMs);
  }

  /**
   * Loads a model into the inference threads and warms them up.
   * @param folder path of one in Hugging Face layout, or what {@link readModelFolder} found in it: the threads then start at once
   * @param options if `folder` is a path: `name` of the model, for its id; `digests` that its files have to have
   * @throws {ModelFolderError} if the folder is not a text classifier, or its files are not what they have to be
   * @throws {Error} if the network cannot be loaded or run
   */
  static async open(
    folder: string | ModelFolder,
    { name, digests, batching = "auto", ...options }: ClassifierOptions & { name?: string; digests?: Digests } = {},
  ): Promise<OnnxClassifier> {
    const model = typeof folder === "string" ? await readModelFolder(folder, name, digests) : folder;
    const classifier = new OnnxClassifier(model, options);
    // While the threads load the network, which takes longer, the files are checked and the tokenizer is loaded.
    const warmUp = classifier.#threads.warmUp([[model.padTokenId]]);
    const tokenizer = import("./tokenizer.ts").then(({ Tokenizer }) => Tokenizer.load(model.path, model.maxTokens));
    for (const loading of [warmUp, tokenizer]) loading.catch(() => {});
    try {
      await verifyModelFolder(model);
      classifier.#exact = batching === "exact" || (batching === "auto" && (await dependsOnBatch(model.onnxFile)));
      classifier.#tokenizer = await tokenizer;
      await warmUp;
    } catch (error) {
      await classifier.close();
      if (error instanceof ModelFolderError) throw error;
      throw new Error(`the model in ${model.path} cannot be run: ${(error as Error).message}`, { cause: error });
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

  get languages(): readonly string[] | "any" {
    return "any";
  }

  /** What `auto` came to. */
  get batching(): Exclude<Batching, "auto"> {
    return this.#exact ? "exact" : "tokens";
  }

  /** Inference threads at work. */
  get busy(): number {
    return this.#threads.busy;
  }

  /** Inference threads that do not come back, see {@link InferenceThreads.stuck}. */
  get stuck(): number {
    return this.#threads.stuck;
  }

  /** Resolves when the classifier is {@link broken} for the first time. */
  get whenBroken(): Promise<void> {
    return this.#threads.whenBroken;
  }

  /** Whether inference threads are lost one after another, so that a new process is needed. */
  get broken(): boolean {
    return this.#threads.broken;
  }

  /**
   * Classifies texts; each gets an outcome of its own, and one on which the model fails harms no other.
   * @returns in the order of `texts`; never rejects
   */
  async classify(texts: readonly string[]): Promise<Outcome[]> {
    const outcomes: Promise<Outcome>[] = [];
    let turn = performance.now();
    for (const text of texts) {
      outcomes.push(this.#enqueue(text));
      if (performance.now() - turn < TOKENISING_MS) continue;
      this.#pump();
      await nextTurn();
      turn = performance.now();
    }
    this.#pump();
    return Promise.all(outcomes);
  }

  /**
   * Stops the inference threads when the batches in work are done. Texts that wait, and texts that still come, get an
   * {@link InferenceError}.
   */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { resolve } of this.#waiting) resolve(new InferenceError("the classifier is closed"));
    this.#waiting = [];
    await this.#threads.close();
  }

  #enqueue(text: string): Promise<Outcome> {
    return new Promise((resolve) => {
      if (this.#closed) return resolve(new InferenceError("the classifier is closed"));
      try {
        this.#waiting.push({ ids: this.#tokenizer.encode(text), resolve });
      } catch {
        // What went wrong may quote the text.
        resolve(new InferenceError("a text cannot be tokenised"));
      }
    });
  }

  /** Hands batches to the inference threads as long as they have room. */
  #pump(): void {
    while (this.#threads.room && this.#waiting.length > 0)
      void this.#runBatch(this.#take()).finally(() => this.#pump());
  }

  async #runBatch(batch: readonly Waiting[]): Promise<void> {
    const outcomes = await this.#infer(batch.map(({ ids }) => ids));
    for (const [i, { resolve }] of batch.entries()) resolve(outcomes[i] as Outcome);
  }

  /** Removes the oldest waiting text and those nearest to it in length, as many as fit into a batch. */
  #take(): Waiting[] {
    const oldest = this.#waiting[0] as Waiting;
    const most = this.#exact ? 1 : this.#maxBatchTokens;
    const byLength = this.#waiting.toSorted((a, b) => a.ids.length - b.ids.length);
    let from = byLength.indexOf(oldest);
    let to = from + 1;
    for (;;) {
      const shorter = byLength[from - 1];
      const longer = byLength[to];
      const widest = (byLength[to - 1] as Waiting).ids.length;
      const nearest =
        longer === undefined ||
        (shorter !== undefined && oldest.ids.length - shorter.ids.length < longer.ids.length - oldest.ids.length)
          ? shorter
          : longer;
      if (nearest === undefined) break;
      const width = Math.max(widest, nearest.ids.length);
      if ((to - from + 1) * width > most) break;
      if (nearest === shorter) from--;
      else to++;
    }
    const batch = byLength.slice(from, to);
    const taken = new Set(batch);
    this.#waiting = this.#waiting.filter((text) => !taken.has(text));
    return batch;
  }

  /** Runs texts together: once more if that costs the thread, which may have been nobody's fault; then each by itself. */
  async #infer(rows: readonly (readonly number[])[], again = false): Promise<Outcome[]> {
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
    return result.probabilities.map((probabilities) => classification(probabilities, this.#folder.labels));
  }
}

function classification(probabilities: readonly number[], labels: readonly string[]): Classification {
  const scores = Object.fromEntries(labels.map((label, i) => [label, probabilities[i] as number]));
  const [label, score] = strongest(scores);
  return { label, score, scores };
}
