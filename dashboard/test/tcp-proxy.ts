/** A proxy between browser and Firestore, so that a test can cut the connection and restore it, or give the emulator TLS. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";

export class TcpProxy {
  readonly #target: { host: string; port: number };
  readonly #tls: TlsOptions | undefined;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;

  /**
   * @param target `host:port`
   * @param tls key and certificate, if the browser is to connect with TLS
   */
  constructor(target: string, tls?: TlsOptions) {
    this.#tls = tls;
    const [host, port] = target.split(":");
    this.#target = { host: host as string, port: Number(port) };
  }

  /** `host:port` */
  get host(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** Starts, or restarts on the same port after {@link cut}. */
  async listen(): Promise<this> {
    const forward = (socket: Socket): void => {
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
    };
    this.#server = this.#tls === undefined ? createServer(forward) : createTlsServer(this.#tls, forward);
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
