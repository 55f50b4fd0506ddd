/** A proxy between browser and Firestore, so that a test can cut the connection and restore it. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

export class TcpProxy {
  readonly #target: { host: string; port: number };
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;

  /** @param target `host:port` */
  constructor(target: string) {
    const [host, port] = target.split(":");
    this.#target = { host: host as string, port: Number(port) };
  }

  /** `host:port` */
  get host(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** Starts, or restarts on the same port after {@link cut}. */
  async listen(): Promise<this> {
    this.#server = createServer((socket) => {
      const upstream = connect(this.#target);
      for (const [from, to] of [
        [socket, upstream],
        [upstream, socket],
      ] as const) {
        this.#sockets.add(from);
        from.pipe(to);
        from.on("error", () => {});
        from.on("close", () => {
          this.#sockets.delete(from);
          to.destroy();
        });
      }
    });
    this.#server.listen(this.#port, "127.0.0.1");
    await once(this.#server, "listening");
    this.#port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  /** Closes all connections and accepts no new ones. */
  async cut(): Promise<void> {
    const closed = new Promise((resolve) => this.#server?.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}
