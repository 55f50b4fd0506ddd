/** A worker and its HTTP server in the process of the test. */
import type { FastifyInstance } from "fastify";
import type { Classifier } from "../../model/classifier.ts";
import { openMemory } from "../../shared/backends/open.ts";
import { PathTemplate } from "../../shared/path.ts";
import { createServer, type ServerOptions } from "../../worker/http/server.ts";
import type { HttpIntake } from "../../worker/intake/http-intake.ts";
import { Worker, type WorkerOptions } from "../../worker/worker.ts";

export interface HttpStage {
  backend: ReturnType<typeof openMemory>;
  /** Not started yet. */
  worker: Worker;
  server: FastifyInstance;
}

export async function httpStage(
  classifier: Classifier,
  intakes: readonly HttpIntake[],
  options: ServerOptions,
  more: Partial<WorkerOptions> = {},
): Promise<HttpStage> {
  const backend = openMemory({ textField: "text", resultField: "sentiment" });
  const worker = new Worker(
    { ...backend, classifier, intakes },
    {
      reviewsPath: PathTemplate.parse("reviews/{review}"),
      labelSettings: { neutral: "on" },
      maxBatchReviews: 64,
      maxConcurrentBatches: 4,
      maxOutstanding: 256,
      nackDelayMs: 0,
      ...more,
    },
  );
  return { backend, worker, server: await createServer(worker, { ...options, intakes }) };
}

/**
 * Lets reads of reviews wait from now on.
 * @returns ends the waiting
 */
export function holdLoads(store: HttpStage["backend"]["store"]): () => void {
  const gate = Promise.withResolvers<void>();
  const { load } = store;
  store.load = async (paths) => {
    await gate.promise;
    return load.call(store, paths);
  };
  return gate.resolve;
}
