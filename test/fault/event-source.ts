/** What Eventarc does, on the emulator, which has no events: it tells a worker of each change of a review. */
import { randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { encodeEvent, postEvent, readDocument } from "../events.ts";
import type { Emulators, Rig } from "./rig.ts";

/** Events are late by up to this, so that some arrive after newer ones. */
const MAX_DELAY_MS = 500;

export class EventSource {
  readonly #rig: Rig;
  readonly #firestoreHost: string;
  readonly #worker: string;
  readonly #sending = new Set<Promise<void>>();
  readonly #stop: () => void;
  #stopped = false;

  /** @param worker address that the events are sent to */
  constructor(rig: Rig, { firestoreHost }: Emulators, worker: string) {
    this.#rig = rig;
    this.#firestoreHost = firestoreHost;
    this.#worker = worker;
    const reviews = rig.backend.store.firestore.collection("reviews");
    this.#stop = reviews.onSnapshot((snapshot) => {
      for (const { doc } of snapshot.docChanges()) {
        const sending = this.#send(doc.ref.path).finally(() => this.#sending.delete(sending));
        this.#sending.add(sending);
      }
    });
  }

  /** Resolves when the events that are on their way are acked or given up. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#stop();
    await Promise.all(this.#sending);
  }

  /** Sends an event until it is acked, and one in five once more. */
  async #send(path: string): Promise<void> {
    const value = await readDocument(this.#firestoreHost, this.#rig.options.projectId, path);
    if (value === undefined) return;
    const event = encodeEvent({ value });
    this.#rig.published++;
    for (let left = randomInt(5) === 0 ? 2 : 1; left > 0 && !this.#stopped; ) {
      await sleep(randomInt(MAX_DELAY_MS));
      const answer = await postEvent(this.#worker, "written", event).catch(() => undefined);
      if (answer?.status === 204) left--;
    }
  }
}
