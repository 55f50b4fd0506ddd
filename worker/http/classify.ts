import { createHash, timingSafeEqual } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { directResult, type LabelSettings, unclassifiable } from "../../shared/result.ts";
import type { Worker } from "../worker.ts";

export interface ClassifyOptions {
  /** Any of these opens the endpoints; there is at least one. */
  apiKeys: readonly string[];
  labelSettings: LabelSettings;
  /** Whether `GET /?review=…&api_key=…` exists. */
  allowLegacyGet: boolean;
}

/** Texts of one request. */
const MAX_TEXTS = 100;
/** Texts of all requests in work; more get 429. */
const MAX_TEXTS_IN_WORK = 400;

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
      examples: [{ NEGATIVE: 0.03, POSITIVE: 0.97 }],
    },
    language: { type: "string", description: "BCP 47 primary tag, only where it is certain", examples: ["en"] },
    error: {
      type: "object",
      properties: { code: { type: "string", examples: ["language-unsupported"] }, message: { type: "string" } },
      description: "instead of a label, for a text in a language that the model does not read",
    },
  },
} as const;
const problem = { type: "object", properties: { error: { type: "string" } } } as const;
const problems = { 400: problem, 401: problem, 413: problem, 429: problem, 500: problem, 503: problem } as const;
const security = [{ apiKey: [] }, { bearer: [] }];

/** Direct classification, without queue or store: `POST /classify` and, if allowed, `GET /?review=…&api_key=…`. */
export function registerClassify(server: FastifyInstance, worker: Worker, options: ClassifyOptions): void {
  const { apiKeys, labelSettings, allowLegacyGet } = options;
  const digests = apiKeys.map(digest);
  const { model } = worker.classifier;
  let inWork = 0;

  /** Compares with every key, each in constant time, so that the time tells nothing about any of them. */
  const known = (key: string): boolean =>
    digests.map((one) => timingSafeEqual(one, digest(key))).some((equal) => equal);

  const authenticate =
    (keyOf: (request: FastifyRequest) => string | undefined) =>
    async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
      if (!known(keyOf(request) ?? ""))
        await reply.code(401).send({ error: "an API key is needed: in X-Api-Key, or as Authorization: Bearer KEY" });
    };

  /** Results of all texts, or the answer that says why there are none. */
  async function classify(texts: readonly string[], reply: FastifyReply) {
    const blank = texts.findIndex((text) => unclassifiable(text, model) !== undefined);
    if (blank !== -1) {
      const which = texts.length === 1 ? "the text" : `text ${blank}`;
      return reply.code(400).send({ error: `${which} is empty or only white space` });
    }
    if (worker.state !== "RUNNING") return reply.code(503).send({ error: "the worker is stopping" });
    if (inWork + texts.length > MAX_TEXTS_IN_WORK)
      return reply
        .code(429)
        .header("retry-after", "1")
        .send({ error: "too many texts in work; try again in a second" });
    inWork += texts.length;
    try {
      const outcomes = await worker.classifier.classify(texts);
      const results = outcomes.flatMap((outcome) =>
        outcome instanceof Error ? [] : [directResult(outcome, labelSettings)],
      );
      // What a worker that stops has not come to may be asked of another.
      const status = worker.state === "RUNNING" ? 500 : 503;
      if (results.length < texts.length) return reply.code(status).send({ error: "the model failed on a text" });
      return results;
    } finally {
      inWork -= texts.length;
    }
  }

  server.post<{ Body: { text: string } | { texts: string[] } }>(
    "/classify",
    {
      onRequest: authenticate(({ headers }) => {
        const bearer = /^Bearer (\S+)$/i.exec(headers.authorization ?? "")?.[1];
        return [headers["x-api-key"]].flat()[0] ?? bearer;
      }),
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
          oneOf: [{ required: ["text"] }, { required: ["texts"] }],
        },
        response: {
          200: {
            type: "object",
            required: ["model"],
            properties: {
              model: { type: "string", examples: ["lite@3"] },
              ...result.properties,
              results: { type: "array", items: result, description: "in the order of texts" },
            },
          },
          ...problems,
        },
      },
    },
    async ({ body }, reply) => {
      const single = "text" in body;
      const results = await classify(single ? [body.text] : body.texts, reply);
      if (!Array.isArray(results)) return results;
      return single ? { model, ...results[0] } : { model, results };
    },
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
          "Label one text as the ancestor of this service did; a key in an address ends up in logs, so prefer POST",
        deprecated: true,
        querystring: {
          type: "object",
          required: ["review"],
          properties: { review: { type: "string" }, api_key: { type: "string" } },
        },
        response: { 200: result, ...problems },
      },
    },
    async ({ query }, reply) => {
      const results = await classify([query.review], reply);
      return Array.isArray(results) ? results[0] : results;
    },
  );
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
