/**
 * Eventarc's events about Firestore documents, in place of messages that an application publishes: CloudEvents in binary mode,
 * attributes in `ce-` headers, the document before and after as protobuf in the body.
 * https://cloud.google.com/eventarc/docs/run/route-trigger-cloud-firestore
 */
import { isDeepStrictEqual } from "node:util";
import protobuf from "protobufjs";
import { encodeMessage } from "../../shared/message.ts";
import type { Delivery } from "../../shared/queue.ts";

/** What an event asks for. */
export type EventVerdict =
  | { kind: "review"; message: Omit<Delivery, "ack" | "nack"> }
  /** Of a deletion, or of the worker's own write: there is nothing to do. */
  | { kind: "ignored" }
  | { kind: "refused"; status: 400 | 415; problem: string };

export interface EventOptions {
  /** What the worker itself writes. */
  resultField: string;
  /** Where the worker's reviews are. */
  databaseId: string;
}

/**
 * The part of `google.events.cloud.firestore.v1.DocumentEventData` that matters, with maps spelled out as what they are encoded
 * as, so that a field may have any name. Values are left as the bytes they are: they are compared, never read.
 * https://github.com/googleapis/google-cloudevents/blob/main/proto/google/events/cloud/firestore/v1/data.proto
 */
const DocumentEventData = protobuf
  .parse(`
    syntax = "proto3";
    message DocumentEventData { Document value = 1; Document old_value = 2; }
    message Document { string name = 1; repeated Field fields = 2; }
    message Field { string name = 1; bytes value = 2; }
  `)
  .root.lookupType("DocumentEventData");

interface Document {
  name: string;
  fields: { name: string; value: Uint8Array }[];
}

const TYPE = /^google\.cloud\.firestore\.document\.v1\.(created|updated|written|deleted)(\.withAuthContext)?$/;
const NAME = /^projects\/[^/]+\/databases\/([^/]+)\/documents\/(.+)$/s;

/** Reads an event. Never throws; a problem says nothing of what is in the document. */
export function readEvent(
  body: Uint8Array,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  { resultField, databaseId }: EventOptions,
): EventVerdict {
  const header = (name: string): string => [headers[name]].flat()[0] ?? "";
  if (!/^application\/protobuf\b/i.test(header("content-type")))
    return { kind: "refused", status: 415, problem: "the content type must be application/protobuf" };
  if (!TYPE.test(header("ce-type")))
    return refused("the header ce-type must be google.cloud.firestore.document.v1.written, .created or .updated");
  let value: Document | null;
  let oldValue: Document | null;
  try {
    ({ value, oldValue } = DocumentEventData.decode(body) as unknown as Record<"value" | "oldValue", Document | null>);
  } catch {
    return refused("the body is not a google.events.cloud.firestore.v1.DocumentEventData");
  }
  if (value === null) {
    return oldValue === null ? refused("the body has a document neither before nor after") : { kind: "ignored" };
  }
  const [, database, path] = NAME.exec(value.name) ?? [];
  if (path === undefined) return refused("the document's name is not projects/…/databases/…/documents/…");
  if (database !== databaseId) return refused("the event is of another database than FIRESTORE_DATABASE");
  if (oldValue !== null && sameBut(resultField, value.fields, oldValue.fields)) return { kind: "ignored" };
  const time = new Date(header("ce-time"));
  return {
    kind: "review",
    message: {
      id: header("ce-id"),
      data: encodeMessage({ path }),
      attributes: {},
      publishTime: Number.isNaN(time.getTime()) ? new Date() : time,
    },
  };
}

function refused(problem: string): EventVerdict {
  return { kind: "refused", status: 400, problem };
}

/** Whether fields are the same, byte by byte, but for one. That they differ may be wrong, which costs a read; that not is never. */
function sameBut(name: string, a: Document["fields"], b: Document["fields"]): boolean {
  const others = (fields: Document["fields"]) =>
    new Map(fields.flatMap((field) => (field.name === name ? [] : [[field.name, Buffer.from(field.value)]])));
  return isDeepStrictEqual(others(a), others(b));
}
