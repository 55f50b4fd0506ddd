/** The backends that tests run on: memory always, the emulators if they are installed. Each test has its own project and names. */
import { randomBytes } from "node:crypto";
import { PubSub } from "@google-cloud/pubsub";
import { PassThroughClient } from "google-auth-library";
import { inject, type ProvidedContext } from "vitest";
import { type Backend, type BackendOptions, openCloud, openEmulators, openMemory } from "../shared/backends/open.ts";

/** Options with names that no other test uses. */
export function uniqueOptions(
  options: Partial<Omit<BackendOptions, "projectId">> = {},
): BackendOptions & { projectId: string } {
  return {
    projectId: `test-${randomBytes(6).toString("hex")}`,
    topic: "reviews",
    subscription: "review-sentiment",
    deadLetterTopic: "reviews-dead-letter",
    textField: "text",
    resultField: "sentiment",
    ...options,
  };
}

/** The environment that makes a command or {@link openEmulators} use the running emulators. */
export function emulatorEnv(): { FIRESTORE_EMULATOR_HOST: string; PUBSUB_EMULATOR_HOST: string } | undefined {
  const emulators = inject("emulators");
  return emulators === null
    ? undefined
    : { FIRESTORE_EMULATOR_HOST: emulators.firestoreHost, PUBSUB_EMULATOR_HOST: emulators.pubsubHost };
}

/** A backend on the running emulators. */
export function openOnEmulators(options: BackendOptions): ReturnType<typeof openCloud> {
  return openCloud(options, inject("emulators") as NonNullable<ProvidedContext["emulators"]>);
}

/** Google's own client on the running emulator, for what the product has no need of. */
export function emulatorPubSub(projectId: string): PubSub {
  return new PubSub({
    projectId,
    apiEndpoint: emulatorEnv()?.PUBSUB_EMULATOR_HOST as string,
    emulatorMode: true,
    authClient: new PassThroughClient(),
  });
}

type Open = (options?: Partial<Omit<BackendOptions, "projectId">>) => Promise<Backend>;

/** For `describe.each`: name, how to open one, and whether it is there. */
export const backends: { name: string; open: Open; absent: boolean }[] = [
  { name: "memory", open: async (options) => openMemory(uniqueOptions(options)), absent: false },
  {
    name: "emulators",
    open: async (options) => {
      const backend = await openEmulators(uniqueOptions(options), emulatorEnv());
      if (typeof backend === "string") throw new Error(backend);
      return backend;
    },
    absent: emulatorEnv() === undefined,
  },
];
