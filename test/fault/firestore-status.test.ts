/** Which of Firestore's errors the store reports as transient. */
import { describe, expect, inject, it } from "vitest";
import { FirestoreStore } from "../../shared/backends/firestore.ts";
import { StoreError } from "../../shared/store.ts";
import { uniqueOptions } from "../backends.ts";
import { modelId, reviewPath } from "../ids.ts";
import { GrpcProxy } from "./proxy.ts";

const emulators = inject("emulators");

// https://grpc.io/docs/guides/status-codes/
const TRANSIENT = {
  CANCELLED: 1,
  UNKNOWN: 2,
  DEADLINE_EXCEEDED: 4,
  RESOURCE_EXHAUSTED: 8,
  ABORTED: 10,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
};
const PERMANENT = { INVALID_ARGUMENT: 3, PERMISSION_DENIED: 7, UNIMPLEMENTED: 12 };

describe.skipIf(emulators === null).each([
  ["is transient", TRANSIENT, true],
  ["is permanent", PERMANENT, false],
])("an error that %s", (_, codes, transient) => {
  it.concurrent.each(Object.entries(codes))("%s is reported as such, by load and save", async (name, code) => {
    const proxy = await new GrpcProxy(emulators?.firestoreHost as string).listen();
    const path = reviewPath("reviews/a");
    const store = new FirestoreStore({ ...uniqueOptions(), emulatorHost: proxy.host });
    try {
      await store.put([{ path, fields: { text: "Fine." } }]);
      const [review] = await store.load([path]);
      proxy.refusal = { code, message: "injected" };
      proxy.fate = () => "refuse";
      const result = { error: { code: "text-blank" as const, message: "" }, model: modelId("m@1") };
      const [reading, [writing]] = await Promise.all([
        store.load([path]).then(
          () => undefined,
          (error) => error,
        ),
        store.save([{ path, version: review?.version, result }]),
      ]);
      for (const error of [reading, writing]) {
        expect(error, name).toBeInstanceOf(StoreError);
        expect((error as StoreError).transient, `${name}: ${(error as StoreError).message}`).toBe(transient);
      }
    } finally {
      proxy.fate = () => "pass";
      await store.close();
      await proxy.cut();
    }
  });
});
