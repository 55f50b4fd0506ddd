import { createHash, timingSafeEqual } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { labelled, unclassifiable } from "../../shared/result.ts";
import type { Worker } from "../worker.ts";

export interface ClassifyOptions {
  /** Any of these opens the endpoints; there is at least one. */
  apiKeys: readonly string[];
  neutralBelow: number | undefined;
  /** Whether `GET /?review=…&api_key=…` exists. */
  allowLegacyGet: boolean;
}

/** Texts of one request. */
const MAX_TEXTS = 100;
/** Texts of all requests in work; more get 429. */
const MAX_TEXTS_IN_WORK = 400;

const label = {
  type: "object",
  required: ["label", "score"],
  properties: {
    label: { type: "string", description: "from the model's labels, or NEUTRAL", examples: ["POSITIVE"] },
    score: { type: "number", minimum: 0, maximum: 1, description: "probability of the strongest class" },
  },
} as const;
const problem = { type: "object", properties: { error: { type: "string" } } } as const;
const problems = { 400: problem, 401: problem, 413: problem, 429: problem, 500: problem, 503: problem } as const;
const security = [{ apiKey: [] }, { bearer: [] }];

/** Direct classification, without queue or store: `POST /classify` and, if allowed, `GET /?review=…&api_key=…`. */
export function registerClassify(server: FastifyInstance, worker: Worker, options: ClassifyOptions): void {
  const { apiKeys, neutralBelow, allowLegacyGet } = options;
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

  /** Labels of all texts, or the answer that says why there are none. */
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
      const results = await worker.classifier.classify(texts);
      const labels = results.flatMap((one) => (one instanceof Error ? [] : [labelled(one, neutralBelow)]));
      // What a worker that stops has not come to may be asked of another.
      const status = worker.state === "RUNNING" ? 500 : 503;
      if (labels.length < results.length) return reply.code(status).send({ error: "the model failed on a text" });
      return labels;
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
              ...label.properties,
              results: { type: "array", items: label, description: "in the order of texts" },
            },
          },
          ...problems,
        },
      },
    },
    async ({ body }, reply) => {
      const single = "text" in body;
      const labels = await classify(single ? [body.text] : body.texts, reply);
      if (!Array.isArray(labels)) return labels;
      return single ? { model, ...labels[0] } : { model, results: labels };
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
        response: { 200: label, ...problems },
      },
    },
    async ({ query }, reply) => {
      const labels = await classify([query.review], reply);
      return Array.isArray(labels) ? labels[0] : labels;
    },
  );
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
