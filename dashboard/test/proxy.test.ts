/** The local proxy of `dashboard --project`: what it lets through, and to whom. */
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FirestoreProxy } from "../proxy.ts";

interface Received {
  url: string | undefined;
  headers: IncomingMessage["headers"];
  body: string;
}

let upstream: Server;
let proxy: Server;
let received: Received[];
let mayWrite: boolean;

const listen = async (server: Server): Promise<string> => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};
let url: string;

beforeEach(async () => {
  received = [];
  mayWrite = false;
  upstream = createServer(async (request, response) => {
    received.push({ url: request.url, headers: request.headers, body: await text(request) });
    response.writeHead(200, { "x-http-session-id": "s1" }).end("answer");
  });
  const to = await listen(upstream);
  proxy = createServer((request, response) =>
    new FirestoreProxy({
      upstream: to,
      projectId: "my-shop",
      database: "(default)",
      token: async () => "secret",
      mayWrite,
    }).pass(request, response),
  );
  url = await listen(proxy);
});
afterEach(() => {
  proxy.close();
  upstream.close();
});

const DOCUMENTS = "/v1/projects/my-shop/databases/(default)/documents";
const channel = (rpc: string, project = "my-shop"): string =>
  `/google.firestore.v1.Firestore/${rpc}/channel?database=${encodeURIComponent(`projects/${project}/databases/(default)`)}&RID=1`;

const post = (path: string, body = "{}", headers = {}): Promise<Response> =>
  fetch(url + path, { method: "POST", body, headers: { authorization: "Bearer page", cookie: "key=1", ...headers } });

test("queries, counts and listeners pass, with the developer's credentials in place of the page's", async () => {
  for (const path of [`${DOCUMENTS}:runAggregationQuery`, `${DOCUMENTS}:runQuery`, channel("Listen")]) {
    const response = await post(path);
    expect([response.status, await response.text(), response.headers.get("x-http-session-id")]).toEqual([
      200,
      "answer",
      "s1",
    ]);
  }
  expect((await fetch(url + channel("Listen"))).status).toBe(200);
  expect(received).toHaveLength(4);
  for (const { headers } of received) {
    expect(headers.authorization).toBe("Bearer secret");
    expect(headers["x-goog-user-project"]).toBe("my-shop");
    expect(headers.cookie).toBeUndefined();
  }
});

test("the headers in the first request of a stream are replaced as well", async () => {
  const lines = "X-Goog-Api-Client:gl-js/\r\nContent-Type:text/plain\r\nAuthorization:Bearer page\r\n";
  const body = new URLSearchParams({ headers: lines, count: "1", req0___data__: '{"text":"a&b=ü"}' }).toString();
  await post(channel("Listen"), body);
  const sent = new URLSearchParams(received[0]?.body);
  expect(sent.get("headers")?.split("\r\n")).toEqual([
    "X-Goog-Api-Client:gl-js/",
    "Content-Type:text/plain",
    "Authorization:Bearer secret",
    "X-Goog-User-Project:my-shop",
    "",
  ]);
  expect(sent.get("req0___data__")).toBe('{"text":"a&b=ü"}');
});

test.each([
  ["a write", `${DOCUMENTS}:commit`],
  ["a stream of writes", channel("Write")],
  ["another project", `${DOCUMENTS.replace("my-shop", "your-shop")}:runQuery`],
  ["a listener of another project", channel("Listen", "your-shop")],
  ["another database", `${DOCUMENTS.replace("(default)", "other")}:runQuery`],
  ["the administration of databases", "/v1/projects/my-shop/databases/(default):exportDocuments"],
  ["other documents by a detour", `${DOCUMENTS}/../../../../your-shop/databases/(default)/documents:runQuery`],
  ["a list of documents", `${DOCUMENTS}/reviews:listen`],
])("%s is refused", async (_, path) => {
  const response = await post(path);
  expect(response.status).toBe(403);
  expect(await response.json()).toMatchObject({ error: { status: "PERMISSION_DENIED" } });
  expect(received).toEqual([]);
});

test("requests of other sites are refused", async () => {
  expect((await post(`${DOCUMENTS}:runQuery`, "{}", { "sec-fetch-site": "cross-site" })).status).toBe(403);
  expect(received).toEqual([]);
});

test("writes pass where they are allowed", async () => {
  mayWrite = true;
  expect((await post(channel("Write"))).status).toBe(200);
  expect((await post(`${DOCUMENTS}:commit`)).status).toBe(200);
});

test("a server that cannot be reached is a lost connection for the page", async () => {
  upstream.close();
  upstream.closeAllConnections();
  const response = await post(`${DOCUMENTS}:runQuery`);
  expect(response.status).toBe(503);
  expect(await response.json()).toMatchObject({ error: { status: "UNAVAILABLE" } });
});

test("a connection that the server has closed while it was idle is replaced by another", async () => {
  let connections = 0;
  upstream.on("connection", (socket) => {
    connections++;
    // As if it had been closed at the moment when it was used again.
    let requests = 0;
    socket.prependListener("data", () => {
      if (++requests > 1) socket.destroy();
    });
  });
  for (let i = 0; i < 3; i++) {
    const response = await post(`${DOCUMENTS}:runQuery`);
    expect([response.status, await response.text()]).toEqual([200, "answer"]);
  }
  expect(connections).toBeGreaterThan(1);
});
