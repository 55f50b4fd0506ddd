import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { Delivery } from "../../shared/queue.ts";
import type { Worker } from "../worker.ts";
import { type EventOptions, readEvent } from "./eventarc.ts";
import type { PushTokenVerifier } from "./push-token.ts";

/** The body of a wrapped push, as far as it matters: https://cloud.google.com/pubsub/docs/push#receive_push */
const Envelope = z.object({
  message: z.object({
    data: z.base64().default(""),
    attributes: z.record(z.string(), z.string()).default({}),
    messageId: z.string(),
    publishTime: z.iso.datetime({ offset: true }).optional(),
  }),
  subscription: z.string(),
});

export interface PushOptions extends EventOptions {
  /** Told of each push and event that is refused, as its sender is told little and its message just comes again. */
  onRefused?: (reason: string) => void;
  /** `undefined` accepts every push: for the emulator, which sends no tokens. */
  verifier: PushTokenVerifier | undefined;
}

/**
 * A Pub/Sub message has 10 MB at most, which are 14 as base64. One that names a review is short, but any other has to reach the dead
 * letters. https://cloud.google.com/pubsub/quotas#resource_limits
 */
const PUSH_LIMIT = 15 * 1024 * 1024;

/** An event has the document before and after, each of 1 MiB at most. */
const EVENT_LIMIT = 3 * 1024 * 1024;

/**
 * `POST /push` takes a Pub/Sub push into the pipeline and answers when it is settled: 204 acks it, anything else has it
 * delivered again. Wrapped and unwrapped bodies are told apart by their shape. `POST /eventarc` does the same with an event about
 * a review's document, where the application publishes nothing.
 */
export function registerPush(
  server: FastifyInstance,
  worker: Worker,
  { verifier, onRefused = () => {}, ...options }: PushOptions,
): void {
  server.register(async (scope) => {
    // Whatever the body is, it is the message: a wrong one has to reach the dead letters as it came.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", { parseAs: "buffer" }, (_, body, done) => done(null, body));
    scope.addHook("onRequest", async (request, reply) => {
      if (verifier === undefined) return;
      const refusal = await verifier.verify(request.headers);
      if (refusal === undefined) return;
      onRefused(refusal.reason);
      await reply.code(refusal.status).send();
    });
    scope.post("/push", { bodyLimit: PUSH_LIMIT }, async (request, reply) => {
      const message = messageOf(bytesOf(request.body), request.headers);
      request.releaseBody(message.data.length);
      return reply.code(await settle(worker, message)).send();
    });
    scope.post("/eventarc", { bodyLimit: EVENT_LIMIT }, async (request, reply) => {
      const event = readEvent(bytesOf(request.body), request.headers, options);
      request.releaseBody(0);
      if (event.kind === "refused") {
        onRefused(event.problem);
        return reply.code(event.status).send({ error: event.problem });
      }
      return reply.code(event.kind === "ignored" ? 204 : await settle(worker, event.message)).send();
    });
  });
}

/** Takes a message into the pipeline. Returns the status that acks it, once it is settled, or one that has it delivered again. */
async function settle(worker: Worker, message: Message): Promise<204 | 429 | 503> {
  if (worker.state !== "RUNNING") return 503;
  if (worker.full) return 429;
  return new Promise((resolve) =>
    worker.pipeline.receive({ ...message, ack: () => resolve(204), nack: () => resolve(503) }),
  );
}

/** A request without a body has none that a parser could take. */
function bytesOf(body: unknown): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0);
}

type Message = Omit<Delivery, "ack" | "nack">;

/** The message in a push body: out of its envelope, or the body itself with its metadata in headers. Never throws. */
export function messageOf(body: Buffer, headers: Readonly<Record<string, string | string[] | undefined>>): Message {
  const envelope = Envelope.safeParse(parseJson(body));
  if (envelope.success) {
    const { data, attributes, messageId, publishTime } = envelope.data.message;
    return {
      id: messageId,
      data: Buffer.from(data, "base64"),
      attributes,
      publishTime: publishTime === undefined ? new Date() : new Date(publishTime),
    };
  }
  const header = (name: string): string | undefined => [headers[name]].flat()[0];
  const publishTime = new Date(header("x-goog-pubsub-publish-time") ?? Number.NaN);
  return {
    id: header("x-goog-pubsub-message-id") ?? "",
    data: body,
    attributes: {},
    publishTime: Number.isNaN(publishTime.getTime()) ? new Date() : publishTime,
  };
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}
