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
    this.#pass(request, response).catch((error: Error) => answerError(response, 503, "UNAVAILABLE", error.message));
  }

  async #pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { upstream, token, projectId } = this.#options;
    const refusal = this.#refusal(request);
    if (refusal !== undefined) {
      answerError(response, 403, "PERMISSION_DENIED", refusal);
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
    const options = {
      method: request.method,
      headers: {
        ...headers,
        host: target.host,
        authorization,
        "x-goog-user-project": projectId,
        ...(request.method === "POST" && { "content-length": Buffer.byteLength(body) }),
      },
    };
    const attempt = (): void => {
      const sent = send(target, options);
      const abandon = (): void => {
        sent.destroy();
      };
      response.once("close", abandon);
      sent.on("response", (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      sent.on("error", (error: NodeJS.ErrnoException) => {
        response.off("close", abandon);
        // The server has closed an idle connection at the moment when it was used again: https://nodejs.org/api/http.html#requestreusedsocket
        if (sent.reusedSocket && error.code === "ECONNRESET" && !response.headersSent && !response.destroyed) attempt();
        else answerError(response, 503, "UNAVAILABLE", error.message);
      });
      sent.end(body);
    };
    attempt();
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

/** An error as Firestore gives it: the browser's client cannot read another. `UNAVAILABLE` is a lost connection, after which it tries again. */
function answerError(response: ServerResponse, code: number, status: string, message: string): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const error = { code, status, message };
  response.writeHead(code, { "Content-Type": "application/json" }).end(JSON.stringify({ error }));
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
