import swagger from "@fastify/swagger";
import Fastify, { type FastifyInstance } from "fastify";
import { type PushOptions, registerPush } from "../intake/push.ts";
import type { Worker } from "../worker.ts";
import { type ClassifyOptions, registerClassify } from "./classify.ts";
import { registerHealth } from "./health.ts";

export interface ServerOptions {
  /** `POST /push` exists with these, see {@link registerPush}. */
  push?: PushOptions | undefined;
  /** `POST /classify` exists with these, see {@link registerClassify}. */
  classify?: ClassifyOptions | undefined;
  /** Told of what goes wrong inside, of which a caller hears nothing. */
  onError?: (error: Error) => void;
}

const BODY_LIMIT = 1024 * 1024;
/** A client that has not sent its headers, or its whole request, after so long is cut off. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
/** How often Node looks who has exceeded these; twice a minute, unless told. */
const CHECK_INTERVAL_MS = 1_000;

/** After one of these the rest of the request is of no interest. */
const REFUSALS = [401, 403, 413];

/** The HTTP side of a worker. It logs no requests: addresses may hold keys, and bodies reviews. */
export async function createServer(
  worker: Worker,
  { push, classify, onError }: ServerOptions,
): Promise<FastifyInstance> {
  const server = Fastify({
    bodyLimit: BODY_LIMIT,
    requestTimeout: REQUEST_TIMEOUT_MS,
    http: { headersTimeout: HEADERS_TIMEOUT_MS, connectionsCheckingInterval: CHECK_INTERVAL_MS },
    forceCloseConnections: "idle",
    // Types are part of the contract: a number is no text.
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false } },
  });
  server.setErrorHandler<Error & { statusCode?: number }>(async (error, _, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) onError?.(error);
    // What went wrong inside is nobody's business outside.
    return reply.code(status).send({ error: status < 500 ? error.message : "internal error" });
  });
  server.addHook("onSend", async (_, reply) => {
    if (REFUSALS.includes(reply.statusCode)) reply.header("connection", "close");
  });
  server.setNotFoundHandler(async (_, reply) => reply.code(404).send({ error: "there is nothing here" }));
  await server.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "review-sentiment",
        version: worker.classifier.model,
        description: "Sentiment of customer reviews",
      },
      components: {
        securitySchemes: {
          apiKey: { type: "apiKey", in: "header", name: "X-Api-Key" },
          bearer: { type: "http", scheme: "bearer" },
        },
      },
    },
  });
  registerHealth(server, worker);
  if (push !== undefined) registerPush(server, worker, push);
  if (classify !== undefined) {
    registerClassify(server, worker, classify);
    server.get("/openapi.json", { schema: { hide: true } }, async () => server.swagger());
  }
  return server;
}
