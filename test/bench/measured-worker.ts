import { Contestant } from "./contestant.ts";
import { IMAGE_ENV } from "./deployed-worker.ts";
import type { BenchModel } from "./models.ts";
import type { Bench } from "./part.ts";
import type { PipelineOutcome, PipelineTurn } from "./pipeline-process.ts";
import type { Stage } from "./stage.ts";

/** A worker in a process that measures itself, on the in-memory backend or on the emulators. */
export class MeasuredWorker {
  readonly #process: Contestant<PipelineTurn, PipelineOutcome>;
  readonly #stage: Stage | undefined;
  #turns = 0;

  private constructor(process: Contestant<PipelineTurn, PipelineOutcome>, stage: Stage | undefined) {
    this.#process = process;
    this.#stage = stage;
  }

  /** @param batching the value of `BATCHING` */
  static async start(
    { emulators, threads }: Bench,
    model: BenchModel,
    backend: Backend,
    batching = "auto",
  ): Promise<MeasuredWorker> {
    const stage = backend === "memory" ? undefined : await emulators?.stage();
    const env = {
      ...stage?.env,
      ...IMAGE_ENV,
      MODEL: model.folder,
      INFERENCE_THREADS: String(threads),
      BATCHING: batching,
    };
    return new MeasuredWorker(
      await Contestant.start(new URL("./pipeline-process.ts", import.meta.url), [backend], env),
      stage,
    );
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** Labels the reviews. They are stored and published before the measurement. */
  async label(texts: readonly string[], { watchLoop = false, oneByOne = false } = {}): Promise<PipelineOutcome> {
    const turn = { count: texts.length, watchLoop, oneByOne };
    if (this.#stage === undefined) return this.#process.take({ ...turn, texts });
    await this.#stage.publish(await this.#stage.store(String(this.#turns++), texts));
    return this.#process.take(turn);
  }

  async stop(): Promise<void> {
    await this.#process.stop();
    await this.#stage?.close();
  }
}

export type Backend = "memory" | "emulator";

/** The available backends. */
export function backends({ emulators }: Bench): Backend[] {
  return emulators === undefined ? ["memory"] : ["memory", "emulator"];
}
