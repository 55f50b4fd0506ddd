import type { ReviewQueue } from "../queue.ts";
import type { FieldNames, ReviewStore } from "../store.ts";
import { findEmulators, startEmulators } from "./emulators.ts";
import { FirestoreStore } from "./firestore.ts";
import { MemoryQueue, MemoryStore } from "./memory.ts";
import { type PubSubNames, PubSubQueue } from "./pubsub.ts";

/** A queue and a store that belong together. */
export interface Backend {
  /** For people: `memory`, `emulator` or `cloud`. */
  readonly name: string;
  readonly queue: ReviewQueue;
  readonly store: ReviewStore & {
    get(path: string): Promise<Record<string, unknown> | undefined>;
    delete(path: string): Promise<void>;
  };
  close(): Promise<void>;
}

/** Google's emulators and their addresses. */
export interface EmulatorBackend extends Backend {
  readonly queue: PubSubQueue;
  readonly store: FirestoreStore;
  readonly projectId: string;
  /** `host:port` */
  readonly firestoreHost: string;
}

export interface BackendOptions extends FieldNames, PubSubNames {
  projectId?: string | undefined;
  databaseId?: string | undefined;
}

/** Google Cloud, or the emulators in `PUBSUB_EMULATOR_HOST` and `FIRESTORE_EMULATOR_HOST`. */
export function openCloud(
  options: BackendOptions,
  hosts: { firestoreHost?: string; pubsubHost?: string } = {},
): Backend & { queue: PubSubQueue; store: FirestoreStore } {
  const { projectId } = options;
  const queue = new PubSubQueue({ projectId, emulatorHost: hosts.pubsubHost }, options);
  const store = new FirestoreStore({
    ...options,
    emulatorHost: hosts.firestoreHost,
  });
  return {
    name: "cloud",
    queue,
    store,
    close: async () => {
      await Promise.all([queue.close(), store.close()]);
    },
  };
}

export function openMemory(fields: FieldNames): Backend & { queue: MemoryQueue; store: MemoryStore } {
  return {
    name: "memory",
    queue: new MemoryQueue(),
    store: new MemoryStore(fields),
    close: async () => {},
  };
}

/**
 * Google's emulators, with topics and subscriptions: those in the `*_EMULATOR_HOST` variables, or else emulators that are started
 * from an installed Cloud SDK and stopped by `close`.
 * @returns the backend, or a sentence that says what is missing
 */
export async function openEmulators(
  options: BackendOptions & { projectId: string },
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<EmulatorBackend | string> {
  const { PUBSUB_EMULATOR_HOST, FIRESTORE_EMULATOR_HOST } = env;
  let hosts: { firestoreHost: string; pubsubHost: string };
  let stop = async (): Promise<void> => {};
  if (PUBSUB_EMULATOR_HOST && FIRESTORE_EMULATOR_HOST) {
    hosts = { firestoreHost: FIRESTORE_EMULATOR_HOST, pubsubHost: PUBSUB_EMULATOR_HOST };
  } else {
    const jars = await findEmulators(env);
    if (typeof jars === "string") return jars;
    const running = await startEmulators(jars);
    hosts = running;
    stop = () => running.stop();
  }
  const backend = openCloud(options, hosts);
  try {
    await backend.queue.create();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    ...backend,
    name: "emulator",
    projectId: options.projectId,
    firestoreHost: hosts.firestoreHost,
    close: async () => {
      await backend.close().finally(stop);
    },
  };
}
