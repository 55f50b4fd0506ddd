/** The models that have a name. Any other is the path of a folder. */
import { access } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Digests, readDigests, SUMS_FILE } from "./digests.ts";
import { ModelFolderError } from "./folder.ts";

export interface ModelFile {
  /** In the model's folder, and in its repository. */
  path: string;
  bytes: number;
  /** SHA-256 in hex. */
  sha256: string;
}

/** Where a model that is not in this repository comes from. */
export interface ModelSource {
  /** `owner/name` on Hugging Face. */
  repository: string;
  /** A commit, so that what is fetched never changes. */
  revision: string;
  files: readonly ModelFile[];
}

export interface RegisteredModel {
  name: string;
  /** Where it lies, or will when it has been fetched. */
  folder: string;
  /** None for what is in this repository. */
  source?: ModelSource;
}

/** `model/` is beside the folder of the bundle, `dist/`, too. */
const MODELS = new URL("../model/", import.meta.url);

export const LITE: RegisteredModel = {
  name: "lite",
  folder: fileURLToPath(new URL("lite", MODELS)),
};

export const DISTILBERT_SST2: RegisteredModel = {
  name: "distilbert-sst2",
  folder: fileURLToPath(new URL("cache/distilbert-sst2", MODELS)),
  source: {
    repository: "Xenova/distilbert-base-uncased-finetuned-sst-2-english",
    revision: "0b6928efcb76139cae2c6881d49cda67fe119f42",
    // The weights come last: with them the folder is complete.
    files: [
      { path: "config.json", bytes: 735, sha256: "b0e9ec981125ef799f31847b1410053069e7708078bb2236ae05239efdd4d428" },
      {
        path: "tokenizer_config.json",
        bytes: 372,
        sha256: "2bbf2ea55c232406706144b907ca020cd7528a78e3e4741115be3b3566542b0b",
      },
      {
        path: "tokenizer.json",
        bytes: 711_396,
        sha256: "d241a60d5e8f04cc1b2b3e9ef7a4921b27bf526d9f6050ab90f9267a1f9e5c66",
      },
      {
        path: "onnx/model_quantized.onnx",
        bytes: 67_581_197,
        sha256: "79b45c7fd8c2673aa53615aba07caeb2de798f63a95a2393a365982429c94f7f",
      },
    ],
  },
};

export const MODELS_BY_NAME: ReadonlyMap<string, RegisteredModel> = new Map(
  [LITE, DISTILBERT_SST2].map((model) => [model.name, model]),
);

/** What a registered model's files have to be. @throws {ModelFolderError} if nothing says so */
export async function digestsOf({ folder, source }: RegisteredModel): Promise<Digests> {
  if (source !== undefined) return new Map(source.files.map(({ path, sha256 }) => [path, sha256]));
  const digests = await readDigests(folder);
  if (digests === undefined)
    throw new ModelFolderError(`${folder} has no ${SUMS_FILE}, so nothing says what its files have to be`);
  return digests;
}

/** A folder to load, with the name and the digests that it must have if it is a registered model's. */
export interface ResolvedModel {
  folder: string;
  name?: string;
  digests?: Digests;
}

/**
 * Resolves `MODEL`: a registered name, or the path of a folder in Hugging Face layout.
 * @throws {ModelFolderError} for a registered model that has not been fetched
 */
export async function resolveModel(model: string): Promise<ResolvedModel> {
  const registered = MODELS_BY_NAME.get(model);
  if (registered === undefined) return { folder: model };
  const { name, folder, source } = registered;
  const files = source?.files ?? [];
  const here = await Promise.allSettled(files.map(({ path }) => access(join(folder, path))));
  const missing = files.filter((_, i) => here[i]?.status === "rejected");
  if (missing.length > 0) {
    throw new ModelFolderError(
      `the model ${name} is not on this machine (${missing.map(({ path }) => path).join(", ")} missing in ${folder}): fetch it with "model fetch ${name}" (npm run model -- fetch ${name})`,
    );
  }
  return { name, folder, digests: await digestsOf(registered) };
}
