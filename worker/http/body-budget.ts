/**
 * Bounds the memory that request bodies take. Bytes are reserved before they are read. If too few are left, the server
 * responds with status 429 and does not read the body. After parsing, the handler releases the bytes that it no longer needs. The rest is
 * released when the request ends.
 */
import { Transform } from "node:stream";
import type { FastifyInstance, FastifyRequest } from "fastify";

declare module "fastify" {
  interface FastifyRequest {
    /** Bytes that are reserved for this request's body. */
    bodyBytes: number;
    /**
     * Drops the raw body, once it is parsed.
     * @param kept bytes of it that the handler still holds
     */
    releaseBody(kept: number): void;
  }
}

class BudgetExceeded extends Error {
  readonly statusCode = 429;
  constructor() {
    super("too many request bodies in flight; try again in a second");
  }
}

class ClientGone extends Error {
  readonly statusCode = 400;
  constructor() {
    super("the client has closed the connection");
  }
}

/**
 * @param budget bytes of all bodies in flight; at least the largest body that a route accepts
 * @param onRefused called for each request that finds no room
 */
export function limitBodies(server: FastifyInstance, budget: number, onRefused: (reason: string) => void): void {
  let reserved = 0;

  const reserve = (request: FastifyRequest, bytes: number): boolean => {
    if (reserved + bytes > budget) {
      onRefused("bodies-in-flight");
      return false;
    }
    reserved += bytes;
    request.bodyBytes += bytes;
    return true;
  };
  const keep = (request: FastifyRequest, bytes: number): void => {
    const kept = Math.min(bytes, request.bodyBytes);
    reserved -= request.bodyBytes - kept;
    request.bodyBytes = kept;
  };

  server.decorateRequest("bodyBytes", 0);
  server.decorateRequest("releaseBody", function (this: FastifyRequest, kept: number) {
    this.body = undefined;
    keep(this, kept);
  });
  // This runs after authentication (onRequest), so unauthenticated requests reserve nothing.
  server.addHook("preParsing", async (request, reply, payload) => {
    // The client may have disconnected during authentication. Then nothing would release bytes that are reserved here.
    if (reply.raw.closed) throw new ClientGone();
    reply.raw.once("close", () => keep(request, 0));
    const declared = request.headers["content-length"];
    if (declared !== undefined) {
      // A body that declares more than its route accepts is refused with 413, unread.
      if (Number(declared) <= request.routeOptions.bodyLimit && !reserve(request, Number(declared)))
        throw new BudgetExceeded();
      return payload;
    }
    if (request.headers["transfer-encoding"] === undefined) return payload;
    const counted = new Transform({
      transform(chunk: Buffer, _, done) {
        if (reserve(request, chunk.length)) done(null, chunk);
        else done(new BudgetExceeded());
      },
    });
    payload.once("error", (error) => counted.destroy(error));
    return payload.pipe(counted);
  });
}
