/** The limits of the HTTP server, over real connections: bodies, connections, unknown routes. */
import { once } from "node:events";
import { type AddressInfo, connect, type Socket } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { FastifyInstance } from "fastify";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import type { OnnxClassifier } from "../../model/onnx-classifier.ts";
import type { ServerOptions } from "../../worker/http/server.ts";
import { pushIntake } from "../../worker/intake/push.ts";
import { openLite } from "../lite.ts";
import { eventually } from "../process.ts";
import { type HttpStage, holdLoads, httpStage } from "./http-stage.ts";

let classifier: OnnxClassifier;
let backend: HttpStage["backend"];
let worker: HttpStage["worker"];
let server: HttpStage["server"];
let refusals: string[];
const sockets: Socket[] = [];

beforeAll(async () => {
  classifier = await openLite();
});
afterAll(() => classifier.close());
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await server.close();
  await worker.stop(2_000);
});

async function start(options: ServerOptions = {}, prepare = (_: FastifyInstance) => {}): Promise<void> {
  refusals = [];
  const onRefused = (reason: string) => refusals.push(reason);
  const intakes = [pushIntake({ verifier: undefined })];
  ({ backend, worker, server } = await httpStage(classifier, intakes, { onRefused, ...options }));
  prepare(server);
  await worker.start();
  await server.listen({ host: "127.0.0.1", port: 0 });
}

/** A connection on which a request has begun: its head, and as much of its body as is given. */
function begin(path: string, headers: Record<string, string | number>, body: string | Buffer = ""): Socket {
  const socket = connect((server.addresses()[0] as AddressInfo).port, "127.0.0.1");
  sockets.push(socket);
  socket.on("error", () => {});
  const lines = Object.entries({ host: "worker", ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`POST ${path} HTTP/1.1\r\n${lines.join("")}\r\n`);
  socket.write(body);
  return socket;
}

/** The head of the first answer on a connection. */
async function answerOn(socket: Socket): Promise<string> {
  let answer = "";
  while (!answer.includes("\r\n\r\n")) answer += String((await once(socket, "data"))[0]);
  return answer;
}

/** All that comes back on a connection until the server closes it. */
async function answerUntilClosed(socket: Socket): Promise<string> {
  let answer = "";
  for await (const chunk of socket) answer += chunk;
  return answer;
}

const envelope = (data: string): string =>
  JSON.stringify({ message: { data: Buffer.from(data).toString("base64"), messageId: "1" }, subscription: "s" });

const push = (body: string) =>
  fetch(`http://127.0.0.1:${(server.addresses()[0] as AddressInfo).port}/push`, { method: "POST", body });

it("a body that finds no room is refused with 429 before it is read, and there is room again when the others have gone", async () => {
  await start({ bodyBudget: 1_000_000 });
  const first = begin("/push", { "content-length": 900_000 }, "x".repeat(1_000));
  await eventually(async () => {
    // The second declares its length and sends nothing: an answer can only come before the body is read.
    const answer = await answerOn(begin("/push", { "content-length": 200_000 }));
    return /^HTTP\/1\.1 429 [\s\S]*retry-after: 1\r\n/i.test(answer);
  });
  expect(refusals).toContain("bodies-in-flight");
  first.destroy();
  await eventually(async () => (await push(envelope("x".repeat(200_000)))).status === 204);
});

it("a client that disconnects while its token is verified takes no room", async () => {
  const verified = Promise.withResolvers<void>();
  let waiting = 0;
  await start({ bodyBudget: 1_000_000 }, (server) => {
    server.addHook("onRequest", async ({ headers }) => {
      if (headers.authorization === undefined) return;
      waiting++;
      await verified.promise;
    });
  });
  for (let n = 1; n <= 3; n++) {
    const socket = begin("/push", { "content-length": 900_000, authorization: "Bearer x" });
    await eventually(async () => waiting === n);
    socket.destroy();
  }
  await eventually(
    async () => (await new Promise<number>((resolve) => server.server.getConnections((_, n) => resolve(n)))) === 0,
  );
  verified.resolve();
  expect((await push(envelope("x".repeat(200_000)))).status).toBe(204);
  expect(refusals).not.toContain("bodies-in-flight");
});

it("a body without a declared length is refused when it finds no more room", async () => {
  await start({ bodyBudget: 100_000 });
  const chunk = `${(60_000).toString(16)}\r\n${"x".repeat(60_000)}\r\n`;
  const answer = await answerUntilClosed(begin("/push", { "transfer-encoding": "chunked" }, chunk + chunk));
  expect(answer).toMatch(/^HTTP\/1\.1 429 /);
  expect((await push(envelope("x".repeat(60_000)))).status).toBe(204);
});

it("a body that is parsed takes no room while its review is classified", async () => {
  await start({ bodyBudget: 20_000 });
  const release = holdLoads(backend.store);
  const filler = { filler: "x".repeat(10_000) };
  const wrapped = (id: string): string =>
    JSON.stringify({ ...JSON.parse(envelope(JSON.stringify({ path: `reviews/${id}` }))), ...filler });
  for (const id of ["a", "b", "c", "d"])
    await backend.store.put([{ path: `reviews/${id}`, fields: { text: "Good." } }]);
  const answers: Promise<Response>[] = [];
  for (const id of ["a", "b", "c", "d"]) {
    answers.push(push(wrapped(id)));
    await eventually(async () => worker.pipeline.backlog === answers.length);
  }
  release();
  expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([204, 204, 204, 204]);
});

it("the body of a push is not kept once its message is read", async () => {
  setFlagsFromString("--expose-gc");
  const collectGarbage = runInNewContext("gc") as () => void;
  const bodies: WeakRef<object>[] = [];
  await start({}, (server) =>
    server.addHook("preHandler", async ({ body }) => {
      bodies.push(new WeakRef(body as Buffer));
    }),
  );
  const release = holdLoads(backend.store);
  const answer = push(envelope(JSON.stringify({ path: "reviews/a", filler: "x".repeat(100_000) })));
  try {
    await eventually(async () => worker.pipeline.backlog === 1);
    await eventually(async () => {
      collectGarbage();
      return bodies.length === 1 && bodies[0]?.deref() === undefined;
    }, 5_000);
  } finally {
    release();
    await answer;
  }
});

it("sixty pushes of ten megabytes at once never have more bodies in memory than the budget", async () => {
  await start();
  const body = envelope("x".repeat(7_400_000));
  const before = process.memoryUsage().rss;
  let most = before;
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage().rss);
  }, 5);
  // The senders are in this process too: their bodies are one string, sent in pieces as the server reads them.
  const answers = await Promise.all(
    Array.from({ length: 60 }, async () => {
      const socket = begin("/push", { "content-length": body.length });
      const answer = answerOn(socket);
      for (let at = 0; at < body.length && !socket.destroyed && socket.writable; at += 65_536) {
        if (!socket.write(body.slice(at, at + 65_536)))
          await Promise.race([once(socket, "drain"), once(socket, "close")]).catch(() => {});
      }
      return (await answer).slice(9, 12);
    }),
  );
  clearInterval(watch);
  expect(new Set(answers)).toEqual(new Set(["204", "429"]));
  expect(most - before).toBeLessThan(400 * 1024 * 1024);
});

it("an unknown address or method is answered 404 without its body being read", async () => {
  await start();
  // Of this body, which a parser would wait for, nothing is ever sent.
  const unsent = { "content-type": "application/json", "content-length": 1_000 };
  for (const path of ["/nowhere", "/livez", "/push/x"])
    expect(await answerOn(begin(path, unsent))).toMatch(/^HTTP\/1\.1 404 /);
  for (const path of ["/nowhere", "/livez", "/push/x"]) {
    const answer = await answerUntilClosed(begin(path, { "content-length": 500_000_000 }));
    expect(answer).toMatch(/^HTTP\/1\.1 404 /);
    expect(answer).toMatch(/connection: close/i);
  }
});

it("connections beyond the limit are closed and reported, and others go on", async () => {
  await start({ maxConnections: 2 });
  const first = begin("/push", { "content-length": 10 });
  const second = begin("/push", { "content-length": 10 });
  await eventually(
    async () => (await new Promise<number>((resolve) => server.server.getConnections((_, n) => resolve(n)))) === 2,
  );
  expect(await answerUntilClosed(begin("/push", { "content-length": 10 })).catch(() => "")).toBe("");
  expect(refusals).toEqual(["too-many-connections"]);
  second.destroy();
  first.write("0123456789");
  const [answer] = (await once(first, "data")) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 204 /);
});

it("no answer may be kept by a cache", async () => {
  await start();
  for (const url of ["/livez", "/nowhere"])
    expect((await server.inject(url)).headers["cache-control"]).toBe("no-store");
});

it("does not wait, when it closes, for connections on which nothing has arrived", async () => {
  await start();
  const socket = connect((server.addresses()[0] as AddressInfo).port, "127.0.0.1");
  sockets.push(socket);
  await once(socket, "connect");
  await eventually(
    async () => (await new Promise<number>((counted) => server.server.getConnections((_, n) => counted(n)))) === 1,
  );
  const closed = once(socket, "close");
  await server.close();
  await closed;
});
