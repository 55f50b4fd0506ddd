import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Delivery } from "../../shared/queue.ts";
import type { DeliverySink, Intake } from "./intake.ts";
import type { PushTokenVerifier } from "./push-token.ts";

/** A message without the means to settle it: the answer to the request settles it. */
export type PushedMessage = Omit<Delivery, "ack" | "nack">;

/** The content of a request. */
export type RequestVerdict =
  | { kind: "message"; message: PushedMessage }
  /** There is nothing to do; the request is acked. */
  | { kind: "ignored" }
  | { kind: "refused"; status: 400 | 415; problem: string };

export type RequestHeaders = Readonly<Record<string, string | string[] | undefined>>;

export interface HttpIntakeOptions {
  /** `undefined` accepts every request: for the emulator, which sends no tokens. */
  verifier: PushTokenVerifier | undefined;
  /** Called for each request that is refused: its sender learns little, and only redelivers the message. */
  onRefused?: (reason: string) => void;
}

interface Route {
  url: string;
  /** Maximum size of a body, in bytes. */
  bodyLimit: number;
  /** @param rawHeaders names as they were sent, each followed by its value */
  read(body: Buffer, headers: RequestHeaders, rawHeaders: readonly string[]): RequestVerdict;
}

/** Messages that are the bodies of HTTP requests: 204 acks a message, any other status has it delivered again. */
export class HttpIntake implements Intake {
  readonly #route: Route;
  readonly #options: HttpIntakeOptions;
  #sink: DeliverySink | undefined;

  constructor(route: Route, options: HttpIntakeOptions) {
    this.#route = route;
    this.#options = options;
  }

  start(sink: DeliverySink): void {
    this.#sink = sink;
  }

  async stop(): Promise<void> {
    this.#sink = undefined;
  }

  /** Adds the route to a server. Requests before {@link start} and after {@link stop} are answered 503. */
  register(server: FastifyInstance): void {
    const { url, bodyLimit, read } = this.#route;
    const { verifier, onRefused = () => {} } = this.#options;
    server.register(async (scope) => {
      // Whatever the content type, the body is the message: an invalid one is dead-lettered as it was sent.
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser("*", { parseAs: "buffer" }, (_, body, done) => done(null, body));
      scope.addHook("onRequest", async (request, reply) => {
        if (verifier === undefined) return;
        const refusal = await verifier.verify(request.headers);
        if (refusal === undefined) return;
        onRefused(refusal.reason);
        await reply.code(refusal.status).send();
      });
      // A function of its own: a handler that waits for its message would keep the body as long.
      const take = (request: FastifyRequest): RequestVerdict => {
        const { body, headers, raw } = request;
        // A request without a body has nothing that a parser could take.
        const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
        const verdict = read(bytes, headers, raw.rawHeaders);
        request.releaseBody(verdict.kind === "message" ? verdict.message.data.length : 0);
        return verdict;
      };
      scope.post(url, { bodyLimit }, async (request, reply) => {
        const verdict = take(request);
        if (verdict.kind === "refused") {
          onRefused(verdict.problem);
          return reply.code(verdict.status).send({ error: verdict.problem });
        }
        return reply.code(verdict.kind === "ignored" ? 204 : await this.#deliver(verdict.message)).send();
      });
    });
  }

  /** @returns the status of the answer, once the message is settled */
  async #deliver(message: PushedMessage): Promise<204 | 429 | 503> {
    const sink = this.#sink;
    if (sink === undefined) return 503;
    if (sink.isAtCapacity()) return 429;
    return new Promise((resolve) => sink.receive({ ...message, ack: () => resolve(204), nack: () => resolve(503) }));
  }
}
