/** Builds the dashboard and serves it on this machine. In a deployment, Firebase Hosting serves the same files. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { build } from "./build.ts";
import { FirestoreProxy, type ProxyOptions } from "./proxy.ts";
import type { Settings } from "./src/settings.ts";

export interface ServedDashboard {
  url: string;
  close(): Promise<void>;
}

/**
 * @param settings replace those in `public/settings.json`
 * @param port 0 picks a free port
 * @param proxy if given, the page reads Firestore through this server, with these credentials
 */
export async function serveDashboard(settings: Settings, port: number, proxy?: ProxyOptions): Promise<ServedDashboard> {
  build();
  const { default: sirv } = await import("sirv");
  const files = sirv(fileURLToPath(new URL("dist", import.meta.url)));
  const headers = await hostingHeaders();
  const firestore = proxy && new FirestoreProxy(proxy);
  // Other people on this machine can reach the port, but must not read with these credentials.
  const key = proxy && randomBytes(16).toString("hex");
  const server = createServer((request, response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, forEmulator(value, settings));
    const { port } = server.address() as AddressInfo;
    if (key !== undefined && !isAdmitted(request, response, key, port)) return;
    if (firestore?.handles(request)) firestore.pass(request, response);
    else if (request.url === "/settings.json") {
      response.setHeader("Content-Type", "application/json").end(JSON.stringify(settings));
    } else files(request, response);
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/${key === undefined ? "" : `?key=${key}`}`,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

/** The headers that Firebase Hosting sends with every file. */
async function hostingHeaders(): Promise<Record<string, string>> {
  const { hosting } = JSON.parse(await readFile(new URL("../firebase.json", import.meta.url), "utf8"));
  const rule = hosting.headers.find(({ source }: { source: string }) => source === "**");
  return Object.fromEntries(rule.headers.map(({ key, value }: { key: string; value: string }) => [key, value]));
}

/** A deployed page connects to Google's servers, this one to an emulator. */
function forEmulator(value: string, { emulator }: Settings): string {
  return emulator === undefined
    ? value
    : value.replace("connect-src 'self'", `connect-src 'self' http://${emulator.host}`);
}

const COOKIE = "review-sentiment-key";

/**
 * Lets in who has the key, which the printed address contains, and turns it into a cookie. Other sites cannot use the cookie, and a
 * name that has been rebound to this machine is refused.
 * @returns whether to go on; otherwise the response has ended
 */
function isAdmitted(request: IncomingMessage, response: ServerResponse, key: string, port: number): boolean {
  const { host, cookie = "" } = request.headers;
  if (host !== `127.0.0.1:${port}`) {
    response.writeHead(421).end();
    return false;
  }
  const url = new URL(request.url ?? "/", `http://${host}`);
  const name = `${COOKIE}-${port}`;
  if (url.searchParams.get("key") === key) {
    url.searchParams.delete("key");
    response
      .writeHead(303, {
        Location: url.pathname + url.search,
        "Set-Cookie": `${name}=${key}; Path=/; HttpOnly; SameSite=Strict`,
      })
      .end();
    return false;
  }
  if (cookie.split("; ").includes(`${name}=${key}`)) return true;
  response
    .writeHead(403, { "Content-Type": "text/plain" })
    .end("Open the address that the command has printed: it contains a key.\n");
  return false;
}
