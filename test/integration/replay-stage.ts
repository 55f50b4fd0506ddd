/** What a test of `replay` or `redrive` needs. Each has its own, so that they can run at the same time: most of their time is waiting. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text as textOf } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import pLimit from "p-limit";
import { test } from "vitest";
import { PathTemplate } from "../../shared/path.ts";
import { emulatorEnv, emulatorPubSub, openOnEmulators, uniqueOptions } from "../backends.ts";
import { GrpcProxy } from "../fault/proxy.ts";
import { CliProcess, type Ended } from "../process.ts";

export const hosts = emulatorEnv();
export const CLI = fileURLToPath(new URL("../../worker/cli/main.ts", import.meta.url));
export const PRAISE = "Wonderful, I love it.";
export const BLAME = "Terrible. It broke at once, a waste of money.";

/** `npm run test:soak` does what took its time at full size. */
export const SOAK = process.env.SOAK === "true";

const REVIEWS = PathTemplate.parse("reviews/{review}");

/** Messages that were published since the count began. */
export interface Counted {
  messages: number;
  /** Of the reviews that they name. */
  paths: Set<string>;
}

/** A project of its own on the emulators, a folder, and what a test has started. */
export class Stage {
  readonly options = uniqueOptions();
  /** The environment of the commands. */
  readonly env: Record<string, string> = {
    ...hosts,
    GOOGLE_CLOUD_PROJECT: this.options.projectId,
    INFERENCE_THREADS: "1",
  };
  readonly backend = openOnEmulators(this.options);
  readonly folder: string;
  readonly #closing: (() => Promise<unknown>)[] = [];

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async open(): Promise<Stage> {
    const stage = new Stage(await mkdtemp(join(tmpdir(), "review-sentiment-")));
    await stage.backend.queue.create();
    return stage;
  }

  async close(): Promise<void> {
    for (const close of this.#closing) await close();
    await Promise.all([this.backend.close(), rm(this.folder, { recursive: true })]);
  }

  async startWorker(): Promise<CliProcess> {
    const worker = new CliProcess(["worker"], this.env);
    this.#closing.push(() => worker.kill("SIGKILL"));
    await worker.prints("worker started");
    return worker;
  }

  /** From now on the commands reach Firestore by a proxy. */
  async proxyFirestore(): Promise<GrpcProxy> {
    const proxy = await this.#proxy(hosts?.FIRESTORE_EMULATOR_HOST as string);
    this.env.FIRESTORE_EMULATOR_HOST = proxy.host;
    return proxy;
  }

  /** A proxy to Pub/Sub. The commands use it whose PUBSUB_EMULATOR_HOST is its host. */
  proxyPubSub(): Promise<GrpcProxy> {
    return this.#proxy(hosts?.PUBSUB_EMULATOR_HOST as string);
  }

  async #proxy(host: string): Promise<GrpcProxy> {
    const proxy = await new GrpcProxy(host).listen();
    this.#closing.push(() => proxy.cut());
    return proxy;
  }

  /** Stores the reviews `r0`, `r1` and so on. */
  put(count: number, fields: (i: number) => Record<string, unknown>): Promise<void> {
    const reviews = Array.from({ length: count }, (_, i) => ({ path: `reviews/r${i}`, fields: fields(i) }));
    return this.backend.store.put(reviews);
  }

  /** Counts what is published from now on. */
  async countMessages(): Promise<Counted> {
    const pubsub = emulatorPubSub(this.options.projectId);
    const [subscription] = await pubsub.topic(this.options.topic).createSubscription("counter");
    const counted: Counted = { messages: 0, paths: new Set() };
    // A busy test may ack too late, and the message comes again.
    const ids = new Set<string>();
    subscription.on("message", (message) => {
      counted.messages = ids.add(message.id).size;
      counted.paths.add(JSON.parse(message.data.toString()).path);
      message.ack();
    });
    this.#closing.push(async () => {
      await subscription.close();
      await pubsub.close();
    });
    return counted;
  }

  /** The number of reviews with a value in a field now. */
  async countReviews(field: string, value: string): Promise<number> {
    const where = [{ field, comparison: "==", value } as const];
    const selection = { reviewsPath: REVIEWS, where, unlabelled: false, failed: false };
    return (await this.backend.store.count(selection)).documents;
  }

  /** Runs a command that can write no file larger than `kib` KiB, as if the disk were full. */
  async runOnFullDisk(kib: number, args: readonly string[]): Promise<Ended> {
    const shell = join(this.folder, "full-disk.sh");
    await writeFile(shell, `ulimit -f ${kib}; exec "${process.execPath}" "${CLI}" "$@"`);
    const { PATH = "", HOME = "" } = process.env;
    const child = spawn("bash", [shell, ...args], { env: { PATH, HOME, ...this.env } });
    const output = Promise.all([textOf(child.stdout), textOf(child.stderr)]);
    const [code, signal] = await once(child, "close");
    const [stdout, stderr] = await output;
    return { code, signal, stdout, stderr };
  }
}

/** With more concurrent tests the machine is so busy that the commands' calls to their servers time out. */
const slots = pLimit(2);

const staged = test.extend<{ stage: Stage }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the names of the fixtures from the pattern
  stage: ({}, use) =>
    slots(async () => {
      const stage = await Stage.open();
      await use(stage);
      await stage.close();
    }),
});

/** A test on the emulators with a {@link Stage}. The long tests run one by one. */
export const itStaged = SOAK ? staged : staged.concurrent;
