/** The models to measure: those in this repository, and a DistilBERT as a typical alternative. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LITE, LITE_MULTI } from "../../model/named-models.ts";
import { writeRandomDistilBert } from "../distilbert.ts";

export const MODELS = ["lite", "lite-multi", "distilbert"] as const;

export type ModelName = (typeof MODELS)[number];

export interface BenchModel {
  name: ModelName;
  folder: string;
  /** Whether each text gets its own run of the network, see `Batching`. */
  exact: boolean;
  /** Divides the number of reviews in a turn: roughly the work per review relative to lite. */
  work: number;
}

/** The number of layers in DistilBERT. */
const LAYERS = 6;

/**
 * @returns the models, and a function that removes their temporary files
 */
export async function openModels(
  names: readonly ModelName[],
): Promise<{ models: BenchModel[]; remove(): Promise<void> }> {
  const scratch = await mkdtemp(join(tmpdir(), "review-sentiment-bench-"));
  const models = await Promise.all(
    names.map(async (name): Promise<BenchModel> => {
      if (name === "lite") return { name, folder: LITE.folder, exact: false, work: 1 };
      if (name === "lite-multi") return { name, folder: LITE_MULTI.folder, exact: false, work: 3 };
      // The weights are random, which does not affect the speed.
      const folder = join(scratch, "distilbert");
      await writeRandomDistilBert(folder, LAYERS);
      return { name, folder, exact: true, work: 5 };
    }),
  );
  return { models, remove: () => rm(scratch, { recursive: true }) };
}
