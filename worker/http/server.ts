import type { Socket } from "node:net";
import swagger from "@fastify/swagger";
import Fastify, { type FastifyInstance } from "fastify";
import manifest from "../../package.json" with { type: "json" };
import type { HttpIntake } from "../intake/http-intake.ts";
import type { Worker } from "../worker.ts";
import { limitBodies } from "./body-budget.ts";
import { type ClassifyOptions, registerClassify } from "./classify.ts";
import { registerHealth } from "./health.ts";

export interface ServerOptions {
  /** Intakes whose routes the server has. */
  intakes?: readonly HttpIntake[] | undefined;
  /** `POST /classify` exists with these, see {@link registerClassify}. */
  classify?: ClassifyOptions | undefined;
  /** Called for each internal error, because the response does not say what failed. */
  onError?: (error: Error) => void;
  /** Called with the reason for each request or connection that is refused. */
  onRefused?: (reason: string) => void;
  /** Bytes of all request bodies in flight; more are answered 429. @default 32 MiB */
  bodyBudget?: number;
  /** Connections at once; further ones are closed. @default 1024 */
  maxConnections?: number;
}

const MEBIBYTE = 1024 * 1024;
const BODY_LIMIT = MEBIBYTE;
/** Enough for two of the largest pushes. While a body is parsed, it takes a few times its size. */
const BODY_BUDGET = 32 * MEBIBYTE;
/** The largest body that any route accepts. */
const DISCARD_LIMIT = 15 * MEBIBYTE;
/** Cloud Run sends at most 1,000 requests at once to an instance. https://cloud.google.com/run/docs/about-concurrency */
const MAX_CONNECTIONS = 1_024;
/**
 * The attributes of an unwrapped push are headers: up to 100, each with up to 256 bytes of name and 1024 of value.
 * https://cloud.google.com/pubsub/quotas#resource_limits
 */
const MAX_HEADER_BYTES = 160 * 1024;
/** A client that has not sent its headers, or its whole request, by then is disconnected. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
/** How often Node checks these timeouts. Its default of 30 s would make them as long as 60 s. */
const CHECK_INTERVAL_MS = 1_000;

/** Fastify's message does not say what to do. Requests with other content types explain their own errors. */
function explained({ code, message }: Error & { code?: string }): string {
  return code === "FST_ERR_CTP_INVALID_MEDIA_TYPE" ? "send Content-Type: application/json" : message;
}

/** When the server closes, closes connections on which no request has arrived. Node counts them as busy and would wait for them. */
function closeSilentConnections(server: FastifyInstance): void {
  const open = new Set<Socket>();
  server.server.on("connection", (socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
  });
  server.addHook("preClose", async () => {
    for (const socket of open) if (socket.bytesRead === 0) socket.destroy();
  });
}

/** The HTTP server of a worker. It logs no requests, because URLs may contain keys and bodies contain reviews. */
export async function createServer(
  worker: Worker,
  {
    intakes = [],
    classify,
    onError,
    onRefused = () => {},
    bodyBudget = BODY_BUDGET,
    maxConnections = MAX_CONNECTIONS,
  }: ServerOptions,
): Promise<FastifyInstance> {
  const server = Fastify({
    bodyLimit: BODY_LIMIT,
    requestTimeout: REQUEST_TIMEOUT_MS,
    http: {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADERS_TIMEOUT_MS,
      connectionsCheckingInterval: CHECK_INTERVAL_MS,
    },
    forceCloseConnections: "idle",
    // Types are part of the contract: a number is not accepted as a text.
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false } },
  });
  server.server.maxConnections = maxConnections;
  server.server.on("drop", () => onRefused("too-many-connections"));
  closeSilentConnections(server);
  server.setErrorHandler<Error & { statusCode?: number }>(async (error, _, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) onError?.(error);
    if (status === 429) reply.header("retry-after", "1");
    // The response to an internal error does not say what failed.
    return reply.code(status).send({ error: status < 500 ? explained(error) : "internal error" });
  });
  server.addHook("onRequest", async (request, reply) => {
    if (request.is404) await reply.code(404).send({ error: "there is no such address or method" });
  });
  limitBodies(server, bodyBudget, onRefused);
  server.addHook("onSend", async (request, reply) => {
    reply.header("cache-control", "no-store");
    // If the response is sent before the body has arrived, Node discards the rest of the body. If that could take long, close the
    // connection instead; not otherwise, because closing resets a connection that is still sending, and the client may miss the response.
    const { "content-length": length = "0", "transfer-encoding": chunked } = request.headers;
    if (!request.raw.complete && (chunked !== undefined || Number(length) > DISCARD_LIMIT))
      reply.header("connection", "close");
  });
  await server.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "review-sentiment",
        version: manifest.version,
        description: `Sentiment of customer reviews, by the model ${worker.classifier.model}`,
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
  for (const intake of intakes) intake.register(server);
  if (classify !== undefined) {
    registerClassify(server, worker, { onRefused, ...classify });
    server.get("/openapi.json", { schema: { hide: true } }, async () => server.swagger());
  }
  return server;
}
