/** The named models. `MODEL` may also be the path of a folder. */
import { existsSync } from "node:fs";
import { access } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Digests, parseDigests } from "./digests.ts";
import { ModelFolderError } from "./folder.ts";
import type { ModelId } from "./model-id.ts";

export interface ModelFile {
  /** Relative to the model's folder, and to its repository. */
  path: string;
  bytes: number;
  /** SHA-256 in hex. */
  sha256: string;
}

/** Where a model that is not part of this repository is fetched from. */
export interface ModelSource {
  /** `owner/name` on Hugging Face. */
  repository: string;
  /** A commit, so that the files never change. */
  revision: string;
  files: readonly ModelFile[];
}

export interface NamedModel {
  name: string;
  /** The folder that it is in or is downloaded to. */
  folder: string;
  /** Digests of all its files. */
  digests: Digests;
  /** BCP 47 primary tags of the languages that it reads, if its `config.json` does not name them. */
  languages?: readonly string[];
  /** Absent for a model that is part of this repository. */
  source?: ModelSource;
}

/** The bundle's folder `dist/` is next to `model/`, so this works there too. */
const MODELS = new URL("../model/", import.meta.url);

// The contents of the models' files `SHA256SUMS`, repeated here so that a change in a model's folder alone is noticed.
const LITE_SUMS = `
693bac108bf5710f83cf30a6d9178cfb3652660914abdfd9e17d8420cc55ba66  config.json
283210cf7f07bce500363258bdc42a0bb41495548f30979a314e5e715e9dc9a7  onnx/model_quantized.onnx
c6fd8b14915b526c60861808f5dab2344629e9927beef64e9cc6d0eafce064a5  tokenizer.json
147841f25c43448bd05b1e9463ac676c2da60ea81e6db6630e6dfecb4107aba4  tokenizer_config.json
`;

const LITE_MULTI_SUMS = `
5851847e6fa6495fd5de780fb59c3e2807322b1cf8da2670fd6906821939afdf  config.json
f1cca23ca9ad2f3273164a5a64b582fe5a66e81973f4fb6ab7d44c85a3bb395f  onnx/model_quantized.onnx
2bc51a6a99ab824917d0d7662b084109b75d89275cbe52b3c57068933cb9ba61  tokenizer.json
f599cac7cf249a2696303b78feb60f3d0bda984dd79a9307ca83cbf1fc6de5ed  tokenizer_config.json
`;

export const LITE: NamedModel = inRepository("lite", LITE_SUMS);
/** Twelve languages, at about a third of the speed of `lite`. */
export const LITE_MULTI: NamedModel = inRepository("lite-multi", LITE_MULTI_SUMS);

function inRepository(name: string, sums: string): NamedModel {
  return { name, folder: fileURLToPath(new URL(name, MODELS)), digests: parseDigests(sums) };
}

const DISTILBERT_SOURCE: ModelSource = {
  repository: "Xenova/distilbert-base-uncased-finetuned-sst-2-english",
  revision: "0b6928efcb76139cae2c6881d49cda67fe119f42",
  // The weights come last: when they are there, the folder is complete.
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
};

export const DISTILBERT_SST2: NamedModel = {
  name: "distilbert-sst2",
  folder: fileURLToPath(new URL("cache/distilbert-sst2", MODELS)),
  digests: digestsOf(DISTILBERT_SOURCE),
  languages: ["en"],
  source: DISTILBERT_SOURCE,
};

/** The models that ship with this program. */
export const SHIPPED_MODELS: readonly NamedModel[] = [LITE, LITE_MULTI];

export const MODELS_BY_NAME: ReadonlyMap<string, NamedModel> = new Map(
  [...SHIPPED_MODELS, DISTILBERT_SST2].map((model) => [model.name, model]),
);

/** Whether a model reads fewer languages than `LITE_MULTI`. False for a model of the user's own, whose languages are not known here. */
export function readsFewerLanguages(model: ModelId): boolean {
  const [name = ""] = model.split("@");
  return MODELS_BY_NAME.has(name) && name !== LITE_MULTI.name;
}

/** Where to go on with texts in languages that a model does not read. */
export function languageHint(model: ModelId): string {
  return readsFewerLanguages(model)
    ? `MODEL=${LITE_MULTI.name} reads twelve languages.`
    : "docs/models.md says how to label other languages.";
}

/** The digests of all files of a source. */
export function digestsOf({ files }: ModelSource): Digests {
  return new Map(files.map(({ path, sha256 }) => [path, sha256]));
}

/** A folder to load; for a named model, with what is known about it. */
export interface ResolvedModel {
  folder: string;
  name?: string;
  digests?: Digests;
  languages?: readonly string[];
}

/**
 * Resolves `MODEL`: the name of a model, or the path of a folder in Hugging Face layout.
 * @throws {ModelFolderError} if a named model is not on this machine, or if the name is neither a model nor a folder
 */
export async function resolveModel(model: string): Promise<ResolvedModel> {
  const named = MODELS_BY_NAME.get(model);
  if (named === undefined) {
    if (!/[/\\]/.test(model) && !existsSync(model))
      throw new ModelFolderError(
        `there is neither a model nor a folder "${model}"; the models are ${new Intl.ListFormat("en").format(MODELS_BY_NAME.keys())}`,
      );
    return { folder: model };
  }
  const { name, folder, digests, languages, source } = named;
  const paths = [...digests.keys()];
  const here = await Promise.allSettled(paths.map((path) => access(join(folder, path))));
  const missing = paths.filter((_, i) => here[i]?.status === "rejected");
  if (missing.length > 0) {
    const remedy =
      source === undefined
        ? `an image and a kit contain only the model that they were built with, so build the image with --build-arg MODEL=${name}, or the kit with --models ${name}`
        : `fetch it with "model fetch ${name}" (npm run model -- fetch ${name})`;
    throw new ModelFolderError(
      `the model ${name} is not on this machine (${missing.join(", ")} missing in ${folder}): ${remedy}`,
    );
  }
  return { folder, name, digests, ...(languages !== undefined && { languages }) };
}
