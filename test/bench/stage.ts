/** Google's emulators from an application's point of view: it stores and publishes reviews, and reads their labels. */
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Timestamp } from "@google-cloud/firestore";
import { findEmulators, startEmulators } from "../../shared/backends/emulators.ts";
import type { FirestoreStore } from "../../shared/backends/firestore.ts";
import { type Backend, type EmulatorBackend, openEmulators } from "../../shared/backends/open.ts";
import { QueuePublisher } from "../../shared/publisher.ts";
import { backendOptions, workerOptions } from "../../worker/cli/backend.ts";
import { readConfig } from "../../worker/config.ts";
import { Pipeline } from "../../worker/pipeline/pipeline.ts";
import { modelId } from "../ids.ts";

/** Number of documents in one request. */
const CHUNK = 300;

/**
 * Reviews to process before the measurements. Java compiles code only after it has run thousands of times; until then Firestore's
 * emulator takes ten times as much CPU time per review. Google's service has no such cold start.
 */
const WARM_UP = { rounds: 40, reviews: 250 };

/** A new project on the emulators. */
export class Stage {
  /** The environment of a process that uses this stage. */
  readonly env: Readonly<Record<string, string>>;
  readonly #backend: Backend & { store: FirestoreStore };
  readonly #publisher: QueuePublisher;

  constructor(env: Readonly<Record<string, string>>, backend: Backend & { store: FirestoreStore }) {
    this.env = env;
    this.#backend = backend;
    this.#publisher = new QueuePublisher({ queue: backend.queue });
  }

  /** Stores reviews and returns their paths. */
  async store(prefix: string, texts: readonly string[]): Promise<string[]> {
    const reviews = texts.map((text, i) => ({ path: `reviews/${prefix}-${i}`, fields: { text } }));
    for (const some of chunks(reviews)) await this.#backend.store.put(some);
    return reviews.map(({ path }) => path);
  }

  async publish(paths: readonly string[]): Promise<void> {
    await Promise.all(paths.map((path) => this.#publisher.publishReview(path)));
  }

  /**
   * Waits until all reviews are labelled.
   * @returns the time at which the emulator wrote each document, in ms since 1970
   */
  async labelled(paths: readonly string[]): Promise<number[]> {
    const times = new Map<string, number>();
    for (;;) {
      const open = paths.filter((path) => !times.has(path));
      if (open.length === 0) return paths.map((path) => times.get(path) as number);
      // Checks the last ones first, so that polling costs the workers little.
      for (const some of chunks(open.toReversed())) {
        const { firestore } = this.#backend.store;
        const documents = await firestore.getAll(...some.map((path) => firestore.doc(path)), {
          fieldMask: ["sentiment.label"],
        });
        const done = documents.filter((document) => document.get("sentiment.label") !== undefined);
        for (const { ref, updateTime } of done) times.set(ref.path, milliseconds(updateTime as Timestamp));
        if (done.length < some.length) break;
      }
      if (times.size < paths.length) await sleep(100);
    }
  }

  async close(): Promise<void> {
    await this.#backend.close();
  }
}

/** The running emulators. */
export class Emulators {
  readonly #hosts: Readonly<Record<string, string>>;
  readonly stop: () => Promise<void>;

  private constructor(hosts: Readonly<Record<string, string>>, stop: () => Promise<void>) {
    this.#hosts = hosts;
    this.stop = stop;
  }

  /** @returns a sentence that says what is missing, if they cannot be started */
  static async start(): Promise<Emulators | string> {
    const jars = await findEmulators();
    if (typeof jars === "string") return jars;
    const { firestoreHost, pubsubHost, stop } = await startEmulators(jars);
    const hosts = { FIRESTORE_EMULATOR_HOST: firestoreHost, PUBSUB_EMULATOR_HOST: pubsubHost };
    const emulators = new Emulators(hosts, stop);
    await emulators.#warmUp();
    return emulators;
  }

  /** A new, unused project. */
  async stage(): Promise<Stage> {
    const backend = await this.#project();
    return new Stage({ ...this.#hosts, GOOGLE_CLOUD_PROJECT: backend.projectId }, backend);
  }

  async #project(): Promise<EmulatorBackend> {
    const projectId = `bench-${randomBytes(6).toString("hex")}`;
    const backend = await openEmulators({ ...backendOptions(readConfig({})), projectId }, this.#hosts);
    if (typeof backend === "string") throw new Error(backend);
    return backend;
  }

  /** Lets the emulators process reviews as in the measurements, with a classifier that does nothing. */
  async #warmUp(): Promise<void> {
    const backend = await this.#project();
    const stage = new Stage({}, backend);
    const classifier = {
      model: modelId("none@1"),
      labels: ["POSITIVE"],
      languages: "any" as const,
      classify: async (texts: readonly string[]) =>
        texts.map(() => ({ label: "POSITIVE", score: 1, scores: { POSITIVE: 1 } })),
    };
    const options = workerOptions(readConfig({}));
    const pipeline = new Pipeline({ ...backend, classifier }, options);
    const { promise: lost, reject: onError } = Promise.withResolvers<never>();
    const subscription = backend.queue.subscribe({
      maxOutstanding: options.maxOutstanding,
      onDelivery: (delivery) => pipeline.receive(delivery),
      onError,
    });
    for (let n = 0; n < WARM_UP.rounds; n++) {
      const paths = await stage.store(`warm-up-${n}`, Array(WARM_UP.reviews).fill("Broke after a day."));
      await stage.publish(paths);
      await Promise.race([stage.labelled(paths), lost]);
    }
    await pipeline.drain();
    await subscription.close(5_000);
    await stage.close();
  }
}

function milliseconds({ seconds, nanoseconds }: Timestamp): number {
  return seconds * 1_000 + nanoseconds / 1e6;
}

function chunks<T>(items: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(items.length / CHUNK) }, (_, i) => items.slice(i * CHUNK, (i + 1) * CHUNK));
}
