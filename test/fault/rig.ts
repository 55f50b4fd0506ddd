/** The rig of every fault test: the emulators behind proxies, workers as processes, reviews with a clear label, and the final count. */
import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { Timestamp } from "@google-cloud/firestore";
import { openCloud } from "../../shared/backends/open.ts";
import { QueuePublisher } from "../../shared/publisher.ts";
import { hashText } from "../../shared/result.ts";
import { uniqueOptions } from "../backends.ts";
import { CliProcess, eventually } from "../process.ts";
import { GrpcProxy } from "./proxy.ts";

/** `npm run test:soak` runs the long form. */
export const SOAK = process.env.SOAK === "true";

/** The result of the final count. */
export interface Tally {
  fault: string;
  reviews: number;
  /** Without a result. */
  lost: number;
  /** With a label that is not its text's, or another field changed. */
  wrong: number;
  /** Deliveries beyond one per published message. */
  duplicates: number;
  /** The longest time from the latest publication of a review to its label, in seconds. */
  longestWait: number;
  seconds: number;
}

/** All tallies of this test file, in order. */
export const tallies: Tally[] = [];

/** A result as far as it is checked. An application may have written anything in its place. */
interface StoredResult {
  label?: string;
  textHash?: string;
  error?: { code?: string };
  classifiedAt?: Timestamp;
}

export interface Emulators {
  firestoreHost: string;
  pubsubHost: string;
}

const PRAISE = ["Wonderful, I love it", "Excellent quality, highly recommended", "Great product, works perfectly"];
const BLAME = ["Terrible, a waste of money", "Awful quality, it broke at once", "Horrible product, never again"];

/** A text with a clear label. */
export function clearText(label: "POSITIVE" | "NEGATIVE", number: number): string {
  const phrases = label === "POSITIVE" ? PRAISE : BLAME;
  return `${phrases[number % phrases.length]}. Order ${number}.`;
}

export class Rig {
  readonly options = uniqueOptions();
  readonly firestore: GrpcProxy;
  readonly pubsub: GrpcProxy;
  /** Not through the proxies. */
  readonly backend: ReturnType<typeof openCloud>;
  readonly publisher: QueuePublisher;
  /** By path, the fields that a review was stored with last. */
  readonly stored = new Map<string, Record<string, unknown>>();
  readonly workers: CliProcess[] = [];
  /** By path, when a review was published last, in ms. */
  readonly publishedAt = new Map<string, number>();
  published = 0;
  #settled = 0;
  readonly #started = performance.now();

  private constructor(emulators: Emulators, firestore: GrpcProxy, pubsub: GrpcProxy) {
    this.firestore = firestore;
    this.pubsub = pubsub;
    this.backend = openCloud(this.options, emulators);
    this.publisher = new QueuePublisher({ queue: this.backend.queue });
  }

  static async start(emulators: Emulators): Promise<Rig> {
    const [firestore, pubsub] = await Promise.all([
      new GrpcProxy(emulators.firestoreHost).listen(),
      new GrpcProxy(emulators.pubsubHost).listen(),
    ]);
    const rig = new Rig(emulators, firestore, pubsub);
    await rig.backend.queue.create();
    return rig;
  }

  async worker(env: Record<string, string> = {}): Promise<CliProcess> {
    const worker = this.startWorker(env);
    await worker.prints("worker started");
    return worker;
  }

  /** A worker that may not have started yet. */
  startWorker(env: Record<string, string> = {}): CliProcess {
    const worker = new CliProcess(["worker"], {
      FIRESTORE_EMULATOR_HOST: this.firestore.host,
      PUBSUB_EMULATOR_HOST: this.pubsub.host,
      GOOGLE_CLOUD_PROJECT: this.options.projectId,
      INFERENCE_THREADS: "1",
      LOG_LEVEL: "debug",
      ...env,
    });
    this.workers.push(worker);
    return worker;
  }

  /** Stores reviews with clear texts and other fields beside them; returns their paths. */
  async store(count: number, prefix = "r"): Promise<string[]> {
    const reviews = Array.from({ length: count }, (_, i) => ({
      path: `reviews/${prefix}${i}`,
      fields: {
        text: clearText(i % 2 === 0 ? "POSITIVE" : "NEGATIVE", i),
        stars: (i % 5) + 1,
        by: { name: randomBytes(6).toString("hex"), verified: i % 3 === 0 },
      },
    }));
    await this.put(reviews);
    return reviews.map(({ path }) => path);
  }

  async put(reviews: { path: string; fields: Record<string, unknown> }[]): Promise<void> {
    await this.backend.store.put(reviews);
    for (const { path, fields } of reviews) this.stored.set(path, { ...this.stored.get(path), ...fields });
  }

  async publish(paths: readonly string[]): Promise<void> {
    for (const path of paths) this.publishedAt.set(path, Date.now());
    await Promise.all(paths.map((path) => this.publisher.publishReview(path)));
    this.published += paths.length;
  }

  /** How many of these reviews have the result of the text that is stored now. */
  async labelled(paths: readonly string[] = [...this.stored.keys()]): Promise<number> {
    return paths.length - (await this.#waiting(paths)).length;
  }

  async #waiting(paths: readonly string[]): Promise<string[]> {
    const documents = await this.#documents(paths);
    return paths.filter((path) => {
      const { textHash, error } = Object(documents.get(path)?.sentiment) as StoredResult;
      const { text } = this.stored.get(path) ?? {};
      return error === undefined && (typeof text !== "string" || textHash !== hashText(text));
    });
  }

  async #documents(paths: readonly string[]): Promise<Map<string, Record<string, unknown>>> {
    const { firestore } = this.backend.store;
    const read = new Map<string, Record<string, unknown>>();
    for (let i = 0; i < paths.length; i += 300) {
      const documents = await firestore.getAll(...paths.slice(i, i + 300).map((path) => firestore.doc(path)));
      for (const document of documents) if (document.exists) read.set(document.ref.path, document.data() ?? {});
    }
    return read;
  }

  /** Waits until every stored review has the result of its text. Reads again only those without. */
  async allLabelled(ms = SOAK ? 600_000 : 120_000): Promise<void> {
    let waiting = [...this.stored.keys()];
    await eventually(async () => {
      waiting = await this.#waiting(waiting);
      return waiting.length === 0;
    }, ms);
  }

  /** Waits until every stored review has the label of its text, whatever the application has written over it. */
  async allRight(ms = SOAK ? 600_000 : 120_000): Promise<void> {
    await eventually(async () => {
      const { lost, wrong } = await this.#count();
      return lost + wrong === 0;
    }, ms);
  }

  /** Counts, and adds the tally to {@link tallies}. It does not wait: a label that is missing now is lost. */
  async tally(fault: string): Promise<Tally> {
    const count = await this.#count();
    for (const { stdout } of this.workers)
      this.#settled += stdout.split('"message settled"').length + stdout.split('"message nacked"').length - 2;
    const tally = {
      fault,
      reviews: this.stored.size,
      lost: count.lost,
      wrong: count.wrong,
      duplicates: Math.max(0, this.#settled - this.published),
      longestWait: count.longestWait,
      seconds: Number(((performance.now() - this.#started) / 1000).toFixed(1)),
    };
    tallies.push(tally);
    return tally;
  }

  async #count(): Promise<Pick<Tally, "lost" | "wrong" | "longestWait">> {
    const count = { lost: 0, wrong: 0, longestWait: 0 };
    const documents = await this.#documents([...this.stored.keys()]);
    for (const [path, fields] of this.stored) {
      const { sentiment, ...others } = documents.get(path) ?? {};
      const result = sentiment as StoredResult | undefined;
      count.longestWait = Math.max(count.longestWait, this.waited(path, result));
      if (result === undefined) count.lost++;
      else if (!isDeepStrictEqual(others, fields) || !isRight(fields.text, result)) count.wrong++;
    }
    return count;
  }

  /** How long a review has waited for its label, in seconds. */
  waited(path: string, result: StoredResult | undefined): number {
    const published = this.publishedAt.get(path);
    if (published === undefined || typeof result?.classifiedAt?.toMillis !== "function") return 0;
    return Math.max(0, Number(((result.classifiedAt.toMillis() - published) / 1000).toFixed(1)));
  }

  async stop(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.kill("SIGKILL")));
    await this.backend.close();
    await Promise.all([this.firestore.cut(), this.pubsub.cut()]);
  }
}

function isRight(text: unknown, result: StoredResult): boolean {
  const { label, textHash, error } = Object(result) as StoredResult;
  if (typeof text !== "string") return error?.code === "text-not-a-string" && label === undefined;
  // Nothing but white space and control characters.
  if (!/[^\s\p{Cc}]/u.test(text)) return error?.code === "text-blank" && label === undefined;
  if (error !== undefined || textHash !== hashText(text)) return false;
  if (PRAISE.some((phrase) => text.startsWith(phrase))) return label === "POSITIVE";
  if (BLAME.some((phrase) => text.startsWith(phrase))) return label === "NEGATIVE";
  return label !== undefined;
}
