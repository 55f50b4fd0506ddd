/**
 * Eventarc events about Firestore documents, where the application publishes nothing: `POST /eventarc`. An event is a CloudEvent with
 * the document as protobuf or JSON, as the trigger says.
 * https://cloud.google.com/eventarc/docs/run/route-trigger-cloud-firestore
 *
 * The worker's own writes cause events too. An event is ignored if the document already has a current result for its text:
 * whatever else changed, there is nothing to do. An application that removes or overwrites the result gets a new one.
 */
import protobuf from "protobufjs";
import { encodeMessage } from "../../shared/publisher.ts";
import { readCloudEvent } from "./cloud-event.ts";
import { HttpIntake, type HttpIntakeOptions, type RequestHeaders, type RequestVerdict } from "./http-intake.ts";
import { BODY_LIMIT } from "./push.ts";

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
  const event = readCloudEvent(body, headers);
  if ("problem" in event) return { kind: "refused", ...event };
  if (!TYPE.test(event.type))
    return refused("the event's type must be google.cloud.firestore.document.v1.written, .created or .updated");
  let documents: Documents;
  try {
    documents = "json" in event.data ? documentsIn(event.data.json) : decode(event.data.bytes);
  } catch {
    return refused("the data is not a google.events.cloud.firestore.v1.DocumentEventData");
  }
  const { value, oldValue } = documents;
  if (value === null)
    return oldValue === null ? refused("the data has a document neither before nor after") : { kind: "ignored" };
  const [, database, path] = NAME.exec(value.name) ?? [];
  if (path === undefined) return refused("the document's name is not projects/…/databases/…/documents/…");
  if (database !== databaseId) return refused("the event is about another database than FIRESTORE_DATABASE");
  if (isCurrent(fieldOf(value.fields, textField.split(".")), fieldOf(value.fields, [resultField])))
    return { kind: "ignored" };
  const time = new Date(event.time);
  return {
    kind: "message",
    message: {
      id: event.id,
      data: encodeMessage({ path }),
      attributes: {},
      publishTime: Number.isNaN(time.getTime()) ? undefined : time,
      existed: true,
    },
  };
}

interface Documents {
  value: Document | null;
  oldValue: Document | null;
}

function decode(bytes: Uint8Array): Documents {
  return DocumentEventData.decode(bytes) as unknown as Documents;
}

/** Firestore nests maps up to this depth: https://firebase.google.com/docs/firestore/quotas#limits */
const MAX_DEPTH = 20;

/**
 * The documents of an event in JSON, as protobuf's JSON mapping has them.
 * @throws {TypeError} if they are not documents
 */
function documentsIn(json: unknown): Documents {
  const { value = null, oldValue = null } = objectOf(json);
  return { value: documentIn(value), oldValue: documentIn(oldValue) };
}

function documentIn(json: unknown): Document | null {
  if (json === null) return null;
  const { name, fields = {} } = objectOf(json);
  if (typeof name !== "string") throw new TypeError("a document has no name");
  return { name, fields: fieldsIn(fields, 0) };
}

function fieldsIn(json: unknown, depth: number): Field[] {
  if (depth > MAX_DEPTH) throw new TypeError("too many maps in maps");
  return Object.entries(objectOf(json)).map(([name, value]) => ({ name, value: valueIn(objectOf(value), depth) }));
}

function valueIn(json: Record<string, unknown>, depth: number): Value {
  const { booleanValue, integerValue, doubleValue, mapValue, stringValue } = json;
  if (typeof stringValue === "string") return { type: "string", string: stringValue };
  if (typeof booleanValue === "boolean") return { type: "boolean", boolean: booleanValue };
  if (integerValue !== undefined) return { type: "integer", integer: Number(integerValue) };
  if (doubleValue !== undefined) return { type: "double", double: Number(doubleValue) };
  if (mapValue === undefined) return {};
  return { type: "map", map: { fields: fieldsIn(objectOf(mapValue).fields ?? {}, depth + 1) } };
}

function objectOf(json: unknown): Record<string, unknown> {
  if (typeof json !== "object" || json === null || Array.isArray(json)) throw new TypeError("not an object");
  return json as Record<string, unknown>;
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
