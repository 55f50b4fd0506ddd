import { withDeadline } from "../../shared/deadline.ts";
import { InputError } from "../../shared/input-error.ts";
import { QueueError } from "../../shared/queue.ts";
import type { Config } from "../config.ts";
import { type ConfiguredBackend, connectConfigured } from "./backend.ts";
import { announced } from "./waiting.ts";

/** Outside Google Cloud, the search for a metadata server takes seconds. */
const TIMEOUT_MS = 20_000;

/**
 * The backend of a command, after the {@link preflight}.
 * @throws {InputError} that says what to set, {QueueError} if an emulator does not answer
 */
export async function openChecked(config: Config): Promise<ConfiguredBackend> {
  await preflight(config);
  const backend = await connectConfigured(config);
  await announced(backend.prepare(), "Pub/Sub to answer").catch((cause) => {
    throw new QueueError((cause as Error).message, true, { cause });
  });
  return backend;
}

/**
 * The same for a command that only reads Firestore: it needs no Pub/Sub, and its queue must not be used.
 * @throws {InputError} that says what to set, {StoreError} if Firestore refuses or does not answer
 */
export async function openStore(config: Config): Promise<ConfiguredBackend> {
  await preflight(config, { storeOnly: true });
  const backend = await connectConfigured(config);
  await announced(backend.store.reach(), "Firestore to answer").catch(async (error) => {
    await backend.close();
    throw error;
  });
  return backend;
}

/**
 * Checks that there are a project and credentials, before a command does anything. Emulators need neither.
 * @param options `storeOnly`: the command does not use Pub/Sub
 * @throws {InputError} that says what to set
 */
export async function preflight(
  { GOOGLE_CLOUD_PROJECT }: Pick<Config, "GOOGLE_CLOUD_PROJECT">,
  { storeOnly = false } = {},
): Promise<void> {
  const { PUBSUB_EMULATOR_HOST, FIRESTORE_EMULATOR_HOST } = process.env;
  if (FIRESTORE_EMULATOR_HOST && (PUBSUB_EMULATOR_HOST || storeOnly)) return;
  if (PUBSUB_EMULATOR_HOST || FIRESTORE_EMULATOR_HOST)
    throw new InputError(
      `${PUBSUB_EMULATOR_HOST ? "PUBSUB" : "FIRESTORE"}_EMULATOR_HOST is set and ${PUBSUB_EMULATOR_HOST ? "FIRESTORE" : "PUBSUB"}_EMULATOR_HOST is not: set both for the emulators, or neither for Google Cloud`,
    );
  // It takes a while to load, and emulators do not need it.
  const { GoogleAuth } = await import("google-auth-library");
  const auth = new GoogleAuth({ scopes: "https://www.googleapis.com/auth/cloud-platform" });
  await inTime(auth.getClient()).catch((cause: Error) => {
    const { GOOGLE_APPLICATION_CREDENTIALS: file } = process.env;
    throw new InputError(
      file
        ? `GOOGLE_APPLICATION_CREDENTIALS names ${file}, which holds no usable credentials: ${cause.message}`
        : "no Google credentials: run `gcloud auth application-default login`, or set GOOGLE_APPLICATION_CREDENTIALS to a key file; to use emulators, set PUBSUB_EMULATOR_HOST and FIRESTORE_EMULATOR_HOST",
      { cause },
    );
  });
  if (GOOGLE_CLOUD_PROJECT !== undefined) return;
  await inTime(auth.getProjectId()).catch((cause) => {
    throw new InputError("no project: set GOOGLE_CLOUD_PROJECT, since the credentials do not name one", { cause });
  });
}

function inTime<T>(work: Promise<T>): Promise<T> {
  return withDeadline(work, TIMEOUT_MS, `no answer within ${TIMEOUT_MS / 1000} s`);
}
