/** The models to measure: those that ship, and a DistilBERT as a typical alternative. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MODELS_BY_NAME } from "../../model/named-models.ts";
import { writeRandomDistilBert } from "../distilbert.ts";

/** The work per review of each model, roughly and relative to lite. */
const WORK = { lite: 1, "lite-multi": 3, distilbert: 5 } as const;

export type ModelName = keyof typeof WORK;

export const MODELS = Object.keys(WORK) as ModelName[];

export interface BenchModel {
  name: ModelName;
  folder: string;
  /** Whether each text gets its own run of the network, see `Batching`. */
  exact: boolean;
  /** Divides the number of reviews in a turn: see {@link WORK}. */
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
      const work = WORK[name];
      const shipped = MODELS_BY_NAME.get(name);
      if (shipped !== undefined) return { name, folder: shipped.folder, exact: false, work };
      // The weights are random, which does not affect the speed.
      const folder = join(scratch, "distilbert");
      await writeRandomDistilBert(folder, LAYERS);
      return { name, folder, exact: true, work };
    }),
  );
  return { models, remove: () => rm(scratch, { recursive: true }) };
}
