/** Events as Eventarc sends them, encoded by Google's own description of a Firestore document. */
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
