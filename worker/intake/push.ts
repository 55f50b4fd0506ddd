/**
 * Pub/Sub pushes: `POST /push`.
 * https://cloud.google.com/pubsub/docs/push#receive_push
 * https://cloud.google.com/pubsub/docs/payload-unwrapping
 */
import { z } from "zod";
import { HttpIntake, type HttpIntakeOptions, type PushedMessage, type RequestHeaders } from "./http-intake.ts";

/** The body of a wrapped push, as far as it matters. */
const Envelope = z.object({
  message: z.object({
    data: z.base64().default(""),
    attributes: z.record(z.string(), z.string()).default({}),
    messageId: z.string(),
    orderingKey: z.string().optional(),
    publishTime: z.iso.datetime({ offset: true }).optional(),
  }),
  subscription: z.string(),
});

/**
 * A Pub/Sub message has at most 10 MB, which are 14 MB as base64. One that names a review is short, but any other has to reach
 * the dead-letter topic. https://cloud.google.com/pubsub/quotas#resource_limits
 */
export const BODY_LIMIT = 15 * 1024 * 1024;

export function pushIntake(options: HttpIntakeOptions): HttpIntake {
  return new HttpIntake(
    {
      url: "/push",
      bodyLimit: BODY_LIMIT,
      read: (...request) => ({ kind: "message", message: readPush(...request) }),
    },
    options,
  );
}

/**
 * The message of a push: in the envelope, or the body itself with its metadata in headers. Never throws.
 * @param rawHeaders names as they were sent, each followed by its value
 */
export function readPush(body: Buffer, headers: RequestHeaders, rawHeaders: readonly string[] = []): PushedMessage {
  // The metadata headers exist only on unwrapped pushes, whose body may be anything: an envelope too.
  const wrapped = hasMetadata(headers) ? undefined : readEnvelope(body);
  if (wrapped !== undefined) return wrapped;
  const metadata = (name: string): string => utf8([headers[`${METADATA}${name}`]].flat()[0] ?? "");
  return {
    id: metadata("message-id"),
    data: body,
    attributes: hasMetadata(headers) ? attributesOf(rawHeaders) : {},
    orderingKey: metadata("ordering-key") || undefined,
    publishTime: parseTime(metadata("publish-time")),
  };
}

/** The message in the envelope of a wrapped push; `undefined` if the body is no such envelope. */
export function readEnvelope(body: Uint8Array): PushedMessage | undefined {
  const envelope = Envelope.safeParse(parseJson(body)).data;
  if (envelope === undefined) return undefined;
  const { data, messageId, attributes, orderingKey, publishTime } = envelope.message;
  return {
    id: messageId,
    data: Buffer.from(data, "base64"),
    attributes,
    orderingKey: orderingKey || undefined,
    publishTime: parseTime(publishTime),
  };
}

const METADATA = "x-goog-pubsub-";

function hasMetadata(headers: RequestHeaders): boolean {
  return Object.keys(headers).some((name) => name.startsWith(METADATA));
}

/** Headers that HTTP, Google's front ends and tracing add. Every other header of an unwrapped push is an attribute of the message. */
const TRANSPORT =
  /^(x-goog-|x-forwarded-|x-cloud-|x-serverless-|x-appengine-|x-envoy-|accept($|-)|content-(length|type|encoding)$|(:.*|host|connection|keep-alive|transfer-encoding|te|trailer|upgrade|expect|date|via|from|user-agent|authorization|forwarded|cache-control|pragma|traceparent|tracestate|grpc-trace-bin)$)/i;

function attributesOf(rawHeaders: readonly string[]): Record<string, string> {
  const attributes: [string, string][] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const [name, value] = [rawHeaders[i] as string, rawHeaders[i + 1] as string];
    if (!TRANSPORT.test(name)) attributes.push([name, utf8(value)]);
  }
  return Object.fromEntries(attributes);
}

/** The value of a header, which is UTF-8. Node reads it as Latin-1. */
function utf8(header: string): string {
  return Buffer.from(header, "latin1").toString();
}

function parseTime(text: string | undefined): Date | undefined {
  const time = new Date(text ?? Number.NaN);
  return Number.isNaN(time.getTime()) ? undefined : time;
}

/** `undefined` if it is not JSON. */
export function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString());
  } catch {
    return undefined;
  }
}
