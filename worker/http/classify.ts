import { hash, timingSafeEqual } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchemaValidationError } from "fastify";
import type { LabelSettings } from "../../shared/result.ts";
import { classifyDirectly, type DirectRequest, MAX_TEXTS, textProblem, textsOf } from "../direct.ts";
import type { Worker } from "../worker.ts";

export interface ClassifyOptions {
  /** Each of these grants access; there is at least one. */
  apiKeys: readonly string[];
  labelSettings: LabelSettings;
  /** Whether `GET /?review=…&api_key=…` exists. */
  allowLegacyGet: boolean;
  /** Delay of the response to a wrong key, which slows down guessing. @default 1000 */
  wrongKeyDelayMs?: number;
  /** Estimated tokens of all requests in flight; more are answered 429. @default 65536 */
  maxTokensInFlight?: number;
  /** Called with the reason for each request that is refused. */
  onRefused?: (reason: string) => void;
}

/** Somewhat more than one request with the longest texts: a few seconds of work for a small worker. */
const MAX_TOKENS_IN_FLIGHT = 65_536;
/** Maximum number of delayed responses to wrong keys, since each takes memory. Further connections are closed instead. */
const MAX_DELAYED = 1_000;
/** UTF-8 bytes per token: English has four to five, Chinese two to five. */
const BYTES_PER_TOKEN = 4;
/** Special tokens that are added to each text. */
const SPECIAL_TOKENS = 2;

const probability = { type: "number", minimum: 0, maximum: 1 } as const;
const result = {
  type: "object",
  properties: {
    label: { type: "string", description: "one of the model's classes, or NEUTRAL", examples: ["POSITIVE"] },
    score: { ...probability, description: "the probability of the label's class" },
    scores: {
      type: "object",
      additionalProperties: probability,
      description: "the probability of each class by name",
      examples: [{ NEGATIVE: 0.01, NEUTRAL: 0.02, POSITIVE: 0.97 }],
    },
    language: { type: "string", description: "BCP 47 primary tag, only where it is certain", examples: ["en"] },
    error: {
      type: "object",
      properties: {
        code: { type: "string", examples: ["language-unsupported", "text-blank"] },
        message: { type: "string" },
      },
      description: "instead of a label, for a text that cannot be classified",
    },
  },
} as const;
const problem = { type: "object", properties: { error: { type: "string" } } } as const;
const problems = { 400: problem, 401: problem, 413: problem, 429: problem, 500: problem, 503: problem } as const;
const security = [{ apiKey: [] }, { bearer: [] }];

/** Direct classification, without queue or store: `POST /classify` and, if allowed, `GET /?review=…&api_key=…`. */
export function registerClassify(
  server: FastifyInstance,
  worker: Worker,
  {
    apiKeys,
    labelSettings,
    allowLegacyGet,
    wrongKeyDelayMs = 1_000,
    maxTokensInFlight = MAX_TOKENS_IN_FLIGHT,
    onRefused = () => {},
  }: ClassifyOptions,
): void {
  readOnlyJson(server);
  const digests = apiKeys.map(digest);
  const { model, maxTokens } = worker.classifier;
  let tokensInFlight = 0;
  let delayed = 0;

  /** Compares with every key, each in constant time, so that the time reveals nothing about any of them. */
  const isKnown = (key: string): boolean =>
    digests.map((one) => timingSafeEqual(one, digest(key))).some((equal) => equal);

  // A worker that is still waiting for its store or subscription can classify, because that needs neither.
  const isStopping = (): boolean => worker.state === "DRAINING" || worker.state === "STOPPED";

  const authenticate =
    (keyOf: (request: FastifyRequest) => string | undefined) =>
    async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
      const key = keyOf(request);
      if (key !== undefined && isKnown(key)) return;
      onRefused(key === undefined ? "no-api-key" : "wrong-api-key");
      if (delayed >= MAX_DELAYED) reply.header("connection", "close");
      else if (key !== undefined) {
        delayed++;
        await sleep(wrongKeyDelayMs, undefined, { ref: false });
        delayed--;
      }
      const error =
        key === undefined
          ? "an API key is needed: in X-Api-Key, or as Authorization: Bearer KEY"
          : "this API key is not known";
      await reply.code(401).send({ error });
    };

  async function classify(body: DirectRequest, reply: FastifyReply) {
    const texts = textsOf(body);
    const error = textProblem(body, model);
    if (error !== undefined) return reply.code(400).send({ error });
    if (isStopping()) return reply.code(503).send({ error: "the worker is shutting down" });
    const tokens = texts.reduce((sum, text) => sum + estimatedTokens(text, maxTokens), 0);
    // If nothing is in flight, a request of any size is accepted.
    if (tokensInFlight > 0 && tokensInFlight + tokens > maxTokensInFlight) {
      onRefused("texts-in-flight");
      return reply
        .code(429)
        .header("retry-after", "1")
        .send({ error: "the worker is at capacity; try again in a second" });
    }
    tokensInFlight += tokens;
    const disconnect = new AbortController();
    reply.raw.once("close", () => disconnect.abort());
    try {
      const answer = await classifyDirectly(worker.classifier, body, labelSettings, { signal: disconnect.signal });
      // 503: another worker can classify the texts that this one did not reach before it stopped.
      const status = isStopping() ? 503 : 500;
      return answer ?? reply.code(status).send({ error: "the model failed on a text" });
    } finally {
      tokensInFlight -= tokens;
    }
  }

  server.post<{ Body: DirectRequest }>(
    "/classify",
    {
      onRequest: authenticate(({ headers }) => {
        const bearer = /^Bearer +(.+)$/i.exec(headers.authorization ?? "")?.[1];
        return [headers["x-api-key"]].flat()[0] ?? bearer;
      }),
      schemaErrorFormatter: explainBody,
      schema: {
        summary: "Label one text, or several",
        security,
        body: {
          type: "object",
          properties: {
            text: { type: "string", examples: ["Broke after a day."] },
            texts: { type: "array", items: { type: "string" }, minItems: 1, maxItems: MAX_TEXTS },
          },
          additionalProperties: false,
          // With their type, so that a body that is no object does not count as having both.
          oneOf: [
            { type: "object", required: ["text"] },
            { type: "object", required: ["texts"] },
          ],
        },
        response: {
          200: {
            type: "object",
            required: ["model"],
            properties: {
              model: { type: "string", examples: [model] },
              ...result.properties,
              results: { type: "array", items: result, description: "in the order of texts" },
            },
          },
          ...problems,
        },
      },
    },
    ({ body }, reply) => classify(body, reply),
  );

  if (!allowLegacyGet) return;
  server.get<{ Querystring: { review: string; api_key?: string } }>(
    "/",
    {
      onRequest: authenticate(({ query }) => {
        const { api_key: key } = query as { api_key?: unknown };
        return typeof key === "string" ? key : undefined;
      }),
      schema: {
        summary:
          "Label one text, in the form of an earlier service; a key in a URL ends up in access logs, so prefer POST",
        deprecated: true,
        querystring: {
          type: "object",
          required: ["review"],
          properties: { review: { type: "string" }, api_key: { type: "string" } },
        },
        response: { 200: result, ...problems },
      },
    },
    ({ query, url }, reply) =>
      isUtf8(url)
        ? classify({ text: query.review }, reply)
        : reply.code(400).send({ error: "the query is not percent-encoded UTF-8" }),
  );
}

/** The first error of a body as a sentence, such as `texts[3] must be string`. */
function explainBody([error]: readonly FastifySchemaValidationError[]): Error {
  const { keyword = "", instancePath = "", message = "is not valid" } = error ?? {};
  // If a body has neither, the validator first reports what one alternative lacks.
  if (keyword === "required") return new Error('the body has neither "text" nor "texts"');
  if (keyword === "oneOf") return new Error('give either "text" or "texts", and not both');
  if (keyword === "additionalProperties") return new Error('give "text" or "texts", and no other field');
  const path = instancePath.slice(1).replace(/\/(\d+)/g, "[$1]");
  return new Error(`${path === "" ? "the body" : path} ${message}`);
}

/** Refuses bodies that are not JSON in UTF-8: invalid bytes would become other characters, and the result would be wrong. */
function readOnlyJson(server: FastifyInstance): void {
  const parse = server.getDefaultJsonParser("error", "error");
  const utf8 = new TextDecoder("utf-8", { fatal: true });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser("application/json", { parseAs: "buffer" }, (request, body, done) => {
    let text: string;
    try {
      text = utf8.decode(body as Buffer);
    } catch {
      done(Object.assign(new Error("the body is not UTF-8"), { statusCode: 400 }), undefined);
      return;
    }
    parse(request, text, done);
  });
}

/** Whether what is percent-encoded in a URL is UTF-8. An "é" in Latin-1 would be classified as "%E9". A bare "%" stands for itself. */
function isUtf8(url: string): boolean {
  try {
    decodeURIComponent(url.replace(/%(?![\dA-Fa-f]{2})/g, ""));
    return true;
  } catch {
    return false;
  }
}

/** An estimate of a text's cost to the network: exact numbers need the tokenizer. */
function estimatedTokens(text: string, maxTokens: number): number {
  return Math.min(maxTokens, Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN) + SPECIAL_TOKENS);
}

function digest(text: string): Buffer {
  return hash("sha256", text, "buffer");
}
