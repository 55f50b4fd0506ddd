/** A TCP relay whose connections can die silently, as behind a NAT or a load balancer that has forgotten them. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

export class Relay {
  /** Whether new connections are accepted and lead nowhere, as at a load balancer whose servers are gone. */
  deaf = false;
  /** The number of connections that it has accepted. */
  accepted = 0;
  readonly #target: { host: string; port: number };
  readonly #pairs = new Set<[Socket, Socket]>();
  readonly #server: Server;

  /** @param target `host:port` */
  constructor(target: string) {
    const [host, port] = target.split(":");
    this.#target = { host: host as string, port: Number(port) };
    this.#server = createServer((client) => this.#accept(client));
  }

  /** `host:port` */
  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async listen(): Promise<this> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return this;
  }

  /** Swallows everything on the connections that are open now. They stay open, and new connections work. */
  silence(): void {
    for (const [client, upstream] of this.#pairs) {
      client.unpipe(upstream);
      upstream.unpipe(client);
      client.resume();
      upstream.destroy();
    }
  }

  close(): void {
    this.#server.close();
    for (const [client, upstream] of this.#pairs) {
      client.destroy();
      upstream.destroy();
    }
  }

  #accept(client: Socket): void {
    this.accepted++;
    const upstream = connect(this.#target);
    const pair: [Socket, Socket] = [client, upstream];
    this.#pairs.add(pair);
    if (this.deaf) client.resume();
    else {
      client.pipe(upstream);
      upstream.pipe(client);
    }
    for (const socket of pair) socket.on("error", () => {});
    client.on("close", () => {
      this.#pairs.delete(pair);
      upstream.destroy();
    });
  }
}
