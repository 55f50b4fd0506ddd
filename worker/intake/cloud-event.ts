/**
 * The CloudEvent in an HTTP request. Eventarc documents one of these forms and has been seen to use another:
 *
 * - Binary: attributes in `ce-` headers, the data in the body. https://cloud.google.com/eventarc/docs/event-format
 * - A Pub/Sub push, with the attributes in those of the message. Eventarc sends it instead if an attribute cannot be a header, for
 *   example because the document's id, which is part of `ce-subject`, ends with a space. Eventarc does not document that:
 *   https://github.com/GoogleCloudPlatform/functions-framework-nodejs/pull/786 does, and for the attributes' names
 *   https://github.com/googleapis/google-cloudevents/blob/main/docs/spec/pubsub.md
 * - Structured: all of it in a JSON object. Other senders of CloudEvents use it, and so may a message in a Pub/Sub push.
 *   https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
 */
import { z } from "zod";
import type { RequestHeaders } from "./http-intake.ts";
import { parseJson, readEnvelope } from "./push.ts";

/** Attributes that the sender left out are empty. */
export interface CloudEvent {
  id: string;
  type: string;
  /** As sent, RFC 3339. */
  time: string;
  /** A value if the data is JSON, bytes if it is anything else. */
  data: { bytes: Uint8Array } | { json: unknown };
}

/** The request holds no CloudEvent. */
export interface NoCloudEvent {
  status: 400 | 415;
  problem: string;
}

const JSON_TYPE = "application/json";
const PROTOBUF_TYPE = "application/protobuf";
const STRUCTURED_TYPE = "application/cloudevents+json";

/** Reads an event. Never throws; a problem quotes nothing of the event. */
export function readCloudEvent(body: Uint8Array, headers: RequestHeaders): CloudEvent | NoCloudEvent {
  const header = (name: string): string => [headers[name]].flat()[0] ?? "";
  const contentType = mediaType(header("content-type"));
  if (contentType === STRUCTURED_TYPE) return structured(body);
  if (contentType === JSON_TYPE && header("ce-type") === "") {
    const message = readEnvelope(body);
    if (message === undefined)
      return { status: 400, problem: "the request has neither a header ce-type nor the envelope of a Pub/Sub push" };
    const names = new Map(Object.keys(message.attributes).map((name) => [name.toLowerCase(), name]));
    const attribute = (name: string): string => message.attributes[names.get(name) ?? name] ?? "";
    const sent = attribute("content-type") || attribute("ce-datacontenttype");
    if (mediaType(sent) === STRUCTURED_TYPE) return structured(message.data);
    // Every event in protobuf begins with a tag of 10 or 18, JSON with a brace.
    const dataType = sent || (message.data[0] === "{".charCodeAt(0) ? JSON_TYPE : PROTOBUF_TYPE);
    return binary(message.data, mediaType(dataType), (name) => attribute(`ce-${name}`), message.id);
  }
  if (contentType === JSON_TYPE || contentType === PROTOBUF_TYPE)
    return binary(body, contentType, (name) => header(`ce-${name}`));
  return {
    status: 415,
    problem: `the content type must be ${PROTOBUF_TYPE}, ${JSON_TYPE} or ${STRUCTURED_TYPE}`,
  };
}

/** @param attribute the value of a CloudEvents attribute */
function binary(
  bytes: Uint8Array,
  dataType: string,
  attribute: (name: "id" | "type" | "time") => string,
  id = "",
): CloudEvent | NoCloudEvent {
  let data: CloudEvent["data"] = { bytes };
  if (dataType === JSON_TYPE) {
    const json = parseJson(bytes);
    if (json === undefined) return { status: 400, problem: "the data is not JSON" };
    data = { json };
  }
  return { id: attribute("id") || id, type: attribute("type"), time: attribute("time"), data };
}

const text = z.string().default("");

const Structured = z.object({
  id: text,
  type: text,
  time: text,
  datacontenttype: z.string().default(JSON_TYPE),
  data: z.unknown().optional(),
  data_base64: z.base64().optional(),
});

function structured(body: Uint8Array): CloudEvent | NoCloudEvent {
  const parsed = Structured.safeParse(parseJson(body));
  if (!parsed.success) return { status: 400, problem: "the body is not a CloudEvent in JSON" };
  const { datacontenttype, data, data_base64, ...attributes } = parsed.data;
  if (data_base64 === undefined) return { ...attributes, data: { json: data } };
  const attribute = (name: keyof typeof attributes): string => attributes[name];
  return binary(Buffer.from(data_base64, "base64"), mediaType(datacontenttype), attribute);
}

function mediaType(contentType: string): string {
  return (contentType.split(";")[0] as string).trim().toLowerCase();
}
