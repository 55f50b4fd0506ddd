/** The models that have a name. Any other is the path of a folder. */
import { fileURLToPath } from "node:url";

/** Folder and name of a model that `MODEL` may say. */
export interface NamedModel {
  name: string;
  folder: string;
}

/** This file is in `model/`, or one level deeper once built; `lite/` lies beside the sources in both cases. */
const LITE = new URL(import.meta.url.includes("/dist/") ? "../../model/lite" : "./lite", import.meta.url);

/** Resolves `MODEL`: a registered name, or the path of a folder in Hugging Face layout. */
export function resolveModel(model: string): NamedModel | { folder: string } {
  return model === "lite" ? { name: "lite", folder: fileURLToPath(LITE) } : { folder: model };
}
