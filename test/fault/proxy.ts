/** A gRPC proxy that misbehaves on demand. It passes HTTP/2 streams on as they are, so it knows nothing of their content. */
import { once } from "node:events";
import http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** The fate of a call: passed on, refused before the server sees it, or carried out and its answer dropped. */
export type Fate = "pass" | "refuse" | "lose-answer";

/** The status that an answer has in place of the server's; 14 is UNAVAILABLE. https://grpc.io/docs/guides/status-codes/ */
interface Refusal {
  code: number;
  message: string;
}

export class GrpcProxy {
  /** Before each call is passed on, in ms. */
  delayMs = 0;
  /** Decides by the call's method, such as BatchWrite. */
  fate: (method: string) => Fate = () => "pass";
  /** How calls are refused. */
  refusal: Refusal = { code: 14, message: "injected" };
  readonly #target: string;
  readonly #sessions = new Set<http2.Http2Session>();
  #server: http2.Http2Server | undefined;
  #port = 0;

  /** @param target `host:port` of the server */
  constructor(target: string) {
    this.#target = target;
  }

  get host(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** Starts, or comes back on the same port after {@link cut}. */
  async listen(): Promise<this> {
    const server = http2.createServer();
    server.on("session", (session) => this.#accept(session));
    server.on("sessionError", () => {});
    server.listen(this.#port, "127.0.0.1");
    await once(server, "listening");
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
    return this;
  }

  /** Breaks all connections and takes no new ones. */
  async cut(): Promise<void> {
    const closed = new Promise((resolve) => this.#server?.close(resolve));
    for (const session of this.#sessions) session.destroy();
    await closed;
  }

  get #refused(): http2.OutgoingHttpHeaders {
    const { code, message } = this.refusal;
    return {
      ":status": 200,
      "content-type": "application/grpc",
      "grpc-status": String(code),
      "grpc-message": encodeURI(message),
    };
  }

  #accept(session: http2.ServerHttp2Session): void {
    const upstream = http2.connect(`http://${this.#target}`);
    for (const one of [session, upstream]) {
      this.#sessions.add(one);
      one.on("error", () => {});
      one.on("close", () => {
        this.#sessions.delete(one);
        session.destroy();
        upstream.destroy();
      });
    }
    session.on("stream", (stream, headers) => void this.#forward(stream, headers, upstream));
  }

  async #forward(
    stream: http2.ServerHttp2Stream,
    headers: http2.IncomingHttpHeaders,
    upstream: http2.ClientHttp2Session,
  ): Promise<void> {
    stream.on("error", () => {});
    const fate = this.fate(String(headers[":path"]).split("/").at(-1) as string);
    if (this.delayMs > 0) await sleep(this.delayMs);
    if (stream.destroyed || upstream.destroyed) return;
    if (fate === "refuse") {
      stream.respond(this.#refused, { endStream: true });
      stream.resume();
      return;
    }
    const { ":method": _method, ":authority": _authority, ":scheme": _scheme, ...rest } = headers;
    const call = upstream.request({ ...rest, ":method": "POST" });
    call.on("error", () => stream.close(http2.constants.NGHTTP2_CANCEL));
    stream.on("close", () => call.close(http2.constants.NGHTTP2_CANCEL));
    stream.pipe(call);
    let trailers: http2.IncomingHttpHeaders = {};
    call.on("trailers", (received) => {
      trailers = received;
    });
    call.on("response", (response, flags) => {
      if (fate === "lose-answer") {
        call.resume();
        call.on("end", () => !stream.destroyed && stream.respond(this.#refused, { endStream: true }));
        return;
      }
      if (stream.destroyed) return;
      const ended = (flags & http2.constants.NGHTTP2_FLAG_END_STREAM) !== 0;
      stream.respond(plain(response), { endStream: ended, waitForTrailers: !ended });
      if (ended) return;
      stream.on("wantTrailers", () => stream.sendTrailers(plain(trailers)));
      call.pipe(stream);
    });
  }
}

/** Without the symbols that Node adds to headers it has received. */
function plain(headers: http2.IncomingHttpHeaders): http2.OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers));
}
