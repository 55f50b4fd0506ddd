import type { FastifyInstance } from "fastify";
import type { Worker } from "../worker.ts";

/**
 * Probes: `/startupz` (the model is loaded; store and subscription have answered), `/livez` (the event loop and the inference
 * threads work; no server has been silent for two minutes in which the process ran), `/readyz` (takes messages: neither starting nor
 * stopping nor at capacity). The status is 200 or 503; the body is the state as JSON.
 */
export function registerHealth(server: FastifyInstance, worker: Worker): void {
  const probe = (path: string, healthy: () => boolean): void => {
    server.get(path, { schema: { hide: true } }, async (_, reply) =>
      reply.code(healthy() ? 200 : 503).send({
        state: worker.state,
        backlog: worker.pipeline.backlog,
        model: worker.classifier.model,
        silentServers: worker.watchdog.silentServers,
      }),
    );
  };
  probe("/startupz", () => worker.state !== "STARTING");
  probe("/livez", () => !worker.classifier.broken && worker.watchdog.silentServers.length === 0);
  probe("/readyz", () => worker.state === "RUNNING" && !worker.isAtCapacity);
}
