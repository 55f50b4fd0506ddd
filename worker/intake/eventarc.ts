/**
 * Eventarc events about Firestore documents, where the application publishes nothing: `POST /eventarc`. An event is a CloudEvent
 * in binary mode: attributes in `ce-` headers, the document as protobuf in the body.
 * https://cloud.google.com/eventarc/docs/run/route-trigger-cloud-firestore
 *
 * The worker's own writes cause events too. An event is ignored if the document already has a current result for its text:
 * whatever else changed, there is nothing to do. An application that removes or overwrites the result gets a new one.
 */
import protobuf from "protobufjs";
import { encodeMessage } from "../../shared/message.ts";
import { HttpIntake, type HttpIntakeOptions, type RequestHeaders, type RequestVerdict } from "./http-intake.ts";

export interface EventOptions {
  /** Dotted path of the text. */
  textField: string;
  /** The map field that the worker owns. */
  resultField: string;
  /** The database with the worker's reviews. */
  databaseId: string;
  /** Whether a stored result is what the worker would write for this text. Both are as the event has them, whatever that is. */
  isCurrent(text: unknown, result: unknown): boolean;
}

/** An event holds the document before and after, each of 1 MiB at most. */
const BODY_LIMIT = 3 * 1024 * 1024;

export function eventarcIntake(options: HttpIntakeOptions & EventOptions): HttpIntake {
  return new HttpIntake(
    { url: "/eventarc", bodyLimit: BODY_LIMIT, read: (body, headers) => readEvent(body, headers, options) },
    options,
  );
}

/**
 * The part of `google.events.cloud.firestore.v1.DocumentEventData` that matters. Maps are spelled out as what they are encoded
 * as, so that a field may have any name, `__proto__` too.
 * https://github.com/googleapis/google-cloudevents/blob/main/proto/google/events/cloud/firestore/v1/data.proto
 */
const DocumentEventData = protobuf
  .parse(`
    syntax = "proto3";
    message DocumentEventData { Document value = 1; Document old_value = 2; }
    message Document { string name = 1; repeated Field fields = 2; }
    message Field { string name = 1; Value value = 2; }
    message Value {
      oneof type {
        bool boolean = 1;
        int64 integer = 2;
        double double = 3;
        Map map = 6;
        string string = 17;
      }
    }
    message Map { repeated Field fields = 1; }
  `)
  .root.lookupType("DocumentEventData");

interface Document {
  name: string;
  fields: Field[];
}

interface Field {
  name: string;
  value: Value | null;
}

interface Value {
  boolean?: boolean;
  integer?: { toNumber(): number } | number;
  double?: number;
  map?: { fields: Field[] };
  string?: string;
  type?: keyof Omit<Value, "type">;
}

const TYPE = /^google\.cloud\.firestore\.document\.v1\.(created|updated|written|deleted)(\.withAuthContext)?$/;
const NAME = /^projects\/[^/]+\/databases\/([^/]+)\/documents\/(.+)$/s;

/** Reads an event. Never throws; a problem quotes nothing of the document. */
export function readEvent(
  body: Uint8Array,
  headers: RequestHeaders,
  { textField, resultField, databaseId, isCurrent }: EventOptions,
): RequestVerdict {
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
  if (value === null)
    return oldValue === null ? refused("the body has a document neither before nor after") : { kind: "ignored" };
  const [, database, path] = NAME.exec(value.name) ?? [];
  if (path === undefined) return refused("the document's name is not projects/…/databases/…/documents/…");
  if (database !== databaseId) return refused("the event is about another database than FIRESTORE_DATABASE");
  if (isCurrent(fieldOf(value.fields, textField.split(".")), fieldOf(value.fields, [resultField])))
    return { kind: "ignored" };
  const time = new Date(header("ce-time"));
  return {
    kind: "message",
    message: {
      id: header("ce-id"),
      data: encodeMessage({ path }),
      attributes: {},
      publishTime: Number.isNaN(time.getTime()) ? undefined : time,
    },
  };
}

function refused(problem: string): RequestVerdict {
  return { kind: "refused", status: 400, problem };
}

/** The value of a field, or `undefined` if the document has none. */
function fieldOf(fields: readonly Field[], [name, ...inner]: readonly string[]): unknown {
  const value = fields.findLast((field) => field.name === name)?.value ?? undefined;
  return inner.length > 0 ? fieldOf(value?.map?.fields ?? [], inner) : value && plain(value);
}

/** What Firestore's client would make of a value; `null` for types that neither a text nor a result has. */
function plain(value: Value): unknown {
  if (value.map !== undefined && value.type === "map")
    return Object.fromEntries(value.map.fields.map((field) => [field.name, field.value && plain(field.value)]));
  if (value.integer !== undefined && value.type === "integer")
    return typeof value.integer === "number" ? value.integer : value.integer.toNumber();
  return value.type === undefined ? null : value[value.type];
}
