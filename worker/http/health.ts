import type { FastifyInstance } from "fastify";
import type { Worker } from "../worker.ts";

/**
 * Probes for Cloud Run and for people: `/startupz` (model loaded and warmed up), `/livez` (the event loop and the inference
 * threads work), `/readyz` (takes messages: neither draining nor full). 200 or 503, with the state as JSON.
 */
export function registerHealth(server: FastifyInstance, worker: Worker): void {
  const probe = (path: string, healthy: () => boolean): void => {
    server.get(path, { schema: { hide: true } }, async (_, reply) =>
      reply.code(healthy() ? 200 : 503).send({
        state: worker.state,
        backlog: worker.pipeline.backlog,
        model: worker.classifier.model,
      }),
    );
  };
  // The server listens only once the model is loaded and warmed up, so an answer is the proof.
  probe("/startupz", () => true);
  probe("/livez", () => !worker.classifier.broken);
  probe("/readyz", () => worker.state === "RUNNING" && !worker.full);
}
