/** What is measured with: `lite`, and a DistilBERT, which stands for the models that people have. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LITE } from "../../model/named-models.ts";
import { writeRandomDistilBert } from "../distilbert.ts";

export const MODELS = ["lite", "distilbert"] as const;

export type ModelName = (typeof MODELS)[number];

export interface BenchModel {
  name: ModelName;
  folder: string;
  /** Each text has a run of the network of its own, see `Batching`. */
  exact: boolean;
  /** How many times the work of lite a review is, about: so many times fewer are taken. */
  work: number;
}

/** Layers of the DistilBERT that everybody has. */
const LAYERS = 6;

/**
 * @param names which ones are wanted
 * @returns the models and a function that removes what was written for them
 */
export async function openModels(
  names: readonly ModelName[],
): Promise<{ models: BenchModel[]; remove(): Promise<void> }> {
  const scratch = await mkdtemp(join(tmpdir(), "review-sentiment-bench-"));
  const models = await Promise.all(
    names.map(async (name): Promise<BenchModel> => {
      if (name === "lite") return { name, folder: LITE.folder, exact: false, work: 1 };
      // Of random weights: the time that a network takes does not depend on them.
      const folder = join(scratch, "distilbert");
      await writeRandomDistilBert(folder, LAYERS);
      return { name, folder, exact: true, work: 5 };
    }),
  );
  return { models, remove: () => rm(scratch, { recursive: true }) };
}
