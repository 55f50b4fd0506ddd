/** Events as Eventarc sends them, encoded by Google's own description of a Firestore document. */
import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";
import { join } from "node:path";
import protobuf from "protobufjs";

const require = createRequire(import.meta.url);
const root = protobuf.Root.fromJSON(require(join(require.resolve("@google-cloud/firestore"), "../../protos/v1.json")));
// https://github.com/googleapis/google-cloudevents/blob/main/proto/google/events/cloud/firestore/v1/data.proto
const DocumentEventData = new protobuf.Type("DocumentEventData")
  .add(new protobuf.Field("value", 1, "google.firestore.v1.Document"))
  .add(new protobuf.Field("oldValue", 2, "google.firestore.v1.Document"))
  .add(new protobuf.Field("updateMask", 3, "google.firestore.v1.DocumentMask"));
root.add(DocumentEventData);

/** @param event documents as Firestore's REST API gives them */
export function encodeEvent(event: { value?: unknown; oldValue?: unknown }): Uint8Array {
  return DocumentEventData.encode(DocumentEventData.fromObject(withTimestamps(event) as object)).finish();
}

/** In JSON a timestamp is text. */
function withTimestamps(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withTimestamps);
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      if (!["createTime", "updateTime", "timestampValue"].includes(key)) return [key, withTimestamps(inner)];
      const ms = Date.parse(inner);
      return [key, { seconds: Math.floor(ms / 1000), nanos: (ms % 1000) * 1e6 }];
    }),
  );
}

/** A document as Firestore's REST API gives it; `undefined` if there is none. */
export async function readDocument(firestoreHost: string, projectId: string, path: string): Promise<unknown> {
  const url = `http://${firestoreHost}/v1/projects/${projectId}/databases/(default)/documents/${path.split("/").map(encodeURIComponent).join("/")}`;
  const answer = await fetch(url, { headers: { authorization: "Bearer owner" } });
  return answer.status === 404 ? undefined : answer.json();
}

/** What the type of an event begins with. */
export const EVENT_TYPE = "google.cloud.firestore.document.v1.";

/**
 * Sends an event to a worker.
 * @param type such as `created`
 * @param headers replace those that Eventarc sends
 */
export function postEvent(
  worker: string,
  type: string,
  body: Uint8Array,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${worker}/eventarc`, {
    method: "POST",
    body: Buffer.from(body),
    headers: {
      "content-type": "application/protobuf",
      "ce-type": EVENT_TYPE + type,
      "ce-specversion": "1.0",
      "ce-id": randomUUID(),
      "ce-source": "//firestore.googleapis.com/projects/test/databases/(default)",
      "ce-time": new Date().toISOString(),
      ...headers,
    },
  });
}
