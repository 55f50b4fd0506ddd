import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { listen } from "./listen.ts";

/**
 * A server of files on this machine that honours `Range`, as Hugging Face does; what it does instead can be said for each request.
 * It is also a proxy, whose every tunnel ends at itself.
 */
export class FileServer {
  readonly files = new Map<string, Uint8Array>();
  readonly requests: { path: string; range: string | undefined }[] = [];
  /** What tunnels were asked for: `host:port`. */
  readonly tunnels: string[] = [];
  /** Called before a request is answered; returns true if it has answered itself. */
  instead: (request: IncomingMessage, response: ServerResponse, content: Uint8Array) => boolean = () => false;
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      const path = request.url ?? "";
      this.requests.push({ path, range: request.headers.range });
      const content = this.files.get(path);
      if (content === undefined) return response.writeHead(404).end();
      if (this.instead(request, response, content)) return;
      const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
      if (from >= content.length) return response.writeHead(416).end();
      response.writeHead(from > 0 ? 206 : 200, {
        "Content-Length": content.length - from,
        ...(from > 0 && { "Content-Range": `bytes ${from}-${content.length - 1}/${content.length}` }),
      });
      response.end(content.subarray(from));
    });
    this.#server.on("connect", (request, client) => {
      this.tunnels.push(request.url ?? "");
      const { port } = this.#server.address() as AddressInfo;
      const server = connect(port, "127.0.0.1", () => {
        client.write("HTTP/1.1 200 Connection established\r\n\r\n");
        client.pipe(server).pipe(client);
      });
      for (const socket of [client, server]) socket.on("error", () => {});
    });
  }

  async listen(): Promise<string> {
    return `http://${await listen(this.#server)}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}
