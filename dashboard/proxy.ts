import { request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { request as httpsRequest } from "node:https";
import { text } from "node:stream/consumers";

export interface ProxyOptions {
  /** Where Firestore is: `https://firestore.googleapis.com`, or an emulator. */
  upstream: string;
  projectId: string;
  database: string;
  /** A current access token. */
  token(): Promise<string>;
  /** Whether the page may write. If not, only what reads is passed on. */
  mayWrite: boolean;
}

/** What the page's client uses: a stream of listeners and a stream of writes, and single requests. */
const STREAM = /^\/google\.firestore\.v1\.Firestore\/(Listen|Write)\/channel$/;
const SINGLE = /^\/v1\/(projects\/[^/]+\/databases\/[^/]+)\/documents(?:\/.*)?:(\w+)$/;

const READS = new Set(["Listen", "runQuery", "runAggregationQuery", "batchGet"]);
const WRITES = new Set(["Write", "commit"]);

/** Longer than any query of the page. */
const MAX_BODY = 1_000_000;

/** Passes a browser's requests on to Firestore, with other credentials and for one database only. */
export class FirestoreProxy {
  readonly #options: ProxyOptions;

  constructor(options: ProxyOptions) {
    this.#options = options;
  }

  handles({ url = "" }: IncomingMessage): boolean {
    return url.startsWith("/google.firestore.") || url.startsWith("/v1/");
  }

  pass(request: IncomingMessage, response: ServerResponse): void {
    this.#pass(request, response).catch((error: Error) => {
      // The browser's client takes it for a lost connection, and tries again.
      if (!response.headersSent) response.writeHead(503, { "Content-Type": "text/plain" });
      response.end(`${error.message}\n`);
    });
  }

  async #pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { upstream, token, projectId } = this.#options;
    const refusal = this.#refusal(request);
    if (refusal !== undefined) {
      const error = { code: 403, status: "PERMISSION_DENIED", message: refusal };
      response.writeHead(403, { "Content-Type": "application/json" }).end(JSON.stringify({ error }));
      return;
    }
    const authorization = `Bearer ${await token()}`;
    let body = "";
    if (request.method === "POST") {
      if (Number(request.headers["content-length"] ?? 0) > MAX_BODY) throw new Error("the request is too long");
      body = withAuthorization(await text(request), authorization, projectId);
    }
    const { host: _, cookie: _cookie, origin: _origin, referer: _referer, ...headers } = request.headers;
    const target = new URL(request.url as string, upstream);
    const send = target.protocol === "https:" ? httpsRequest : httpRequest;
    const sent = send(target, {
      method: request.method,
      headers: {
        ...headers,
        host: target.host,
        authorization,
        "x-goog-user-project": projectId,
        ...(request.method === "POST" && { "content-length": Buffer.byteLength(body) }),
      },
    });
    sent.on("response", (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    sent.on("error", (error) => {
      if (response.headersSent) response.destroy();
      else response.writeHead(503, { "Content-Type": "text/plain" }).end(`${error.message}\n`);
    });
    response.on("close", () => sent.destroy());
    sent.end(body);
  }

  /** Why a request is not passed on. */
  #refusal({ method, url = "", headers }: IncomingMessage): string | undefined {
    const { projectId, database, mayWrite } = this.#options;
    if (headers["sec-fetch-site"] !== undefined && headers["sec-fetch-site"] !== "same-origin")
      return "only the dashboard may use this address";
    const { pathname, searchParams } = new URL(url, "http://localhost");
    const stream = STREAM.exec(pathname)?.[1];
    const [, single, verb] = SINGLE.exec(decodeURI(pathname)) ?? [];
    const wanted = `projects/${projectId}/databases/${database}`;
    if ((single ?? searchParams.get("database")) !== wanted) return `only ${wanted} can be read here`;
    const what = stream ?? verb ?? "";
    if (method !== "POST" && (method !== "GET" || stream === undefined)) return `${method} is not possible here`;
    if (READS.has(what) || (mayWrite && WRITES.has(what))) return undefined;
    return WRITES.has(what) ? "this page can only read" : `${what} is not possible here`;
  }
}

/** The first request of a stream carries its headers in its body. */
function withAuthorization(body: string, authorization: string, projectId: string): string {
  if (!body.startsWith("headers=")) return body;
  const form = new URLSearchParams(body);
  const others = (form.get("headers") ?? "")
    .split("\r\n")
    .filter((line) => line !== "" && !/^(authorization|x-goog-user-project):/i.test(line));
  form.set(
    "headers",
    [...others, `Authorization:${authorization}`, `X-Goog-User-Project:${projectId}`, ""].join("\r\n"),
  );
  return form.toString();
}
