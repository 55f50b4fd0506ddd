/**
 * A model is a folder in Hugging Face layout: `config.json`, `tokenizer.json`, `tokenizer_config.json` and
 * `onnx/model_quantized.onnx` (or `onnx/model.onnx`). This file reads one and says what is wrong with one that does not fit.
 */
import { access, readFile } from "node:fs/promises";
import { basename, join, relative, resolve } from "node:path";
import { z } from "zod";
import { type Digests, readDigests, SUMS_FILE, sha256, wrongFiles } from "./digests.ts";

export interface ModelFolder {
  /** Absolute. */
  path: string;
  /** `name@version`: stored with every result, and what tells a result of this model from another's. */
  id: string;
  /** Absolute. */
  onnxFile: string;
  /** Labels in the order of the model's logits. */
  labels: readonly string[];
  /** BCP 47 primary tags of the languages that the model reads; `undefined` if nothing says so. */
  languages?: readonly string[];
  /** The most tokens of a text, special tokens included. */
  maxTokens: number;
  padTokenId: number;
  /** What its files have to be, as far as anybody says so: for {@link verifyModelFolder}. */
  digests: Digests;
}

/** The folder is not a text classifier that can be served; the message names folder, file and remedy. */
export class ModelFolderError extends Error {
  override readonly name = "ModelFolderError";
}

const Config = z.object({
  architectures: z.array(z.string()).optional(),
  id2label: z.record(z.string(), z.string()),
  languages: z
    .array(z.string().regex(/^[a-z]{2,3}$/, "only tags such as en"))
    .min(1)
    .optional(),
  max_position_embeddings: z.number().int().positive().default(512),
  pad_token_id: z.number().int().nonnegative().nullish(),
  problem_type: z.string().nullish(),
  version: z.string().optional(),
});

const TokenizerConfig = z.object({
  model_max_length: z.number().positive().optional(),
});

/** Files in order of preference: on CPUs the quantised one is the faster. */
const ONNX_FILES = ["onnx/model_quantized.onnx", "onnx/model.onnx"];

/**
 * Reads and checks a model folder, without loading the network.
 * @param name of the model; with the `version` of `config.json`, or else the digest of the weights, it makes the id
 * @param digests that its files have to have; by default those of its `SHA256SUMS`, if there is one
 * @throws {ModelFolderError}
 */
export async function readModelFolder(
  path: string,
  name = basename(resolve(path)),
  digests?: Digests,
): Promise<ModelFolder> {
  const folder = resolve(path);
  const fail = (problem: string): never => {
    throw new ModelFolderError(`${folder} is not a usable model folder: ${problem}`);
  };
  const json = async <T>(file: string, schema: z.ZodType<T>): Promise<T> => {
    const text = await readFile(join(folder, file), "utf8").catch(() =>
      fail(
        `it has no readable ${file}; a model needs config.json, tokenizer.json, tokenizer_config.json and onnx/model_quantized.onnx or onnx/model.onnx`,
      ),
    );
    try {
      return schema.parse(JSON.parse(text));
    } catch (error) {
      return fail(`${file} ${error instanceof z.ZodError ? `does not fit: ${z.prettifyError(error)}` : "is not JSON"}`);
    }
  };

  const config = await json("config.json", Config);
  const tokenizerConfig = await json("tokenizer_config.json", TokenizerConfig);
  await json("tokenizer.json", z.object({ model: z.looseObject({}) }));

  const architecture = config.architectures?.[0];
  if (architecture !== undefined && !architecture.endsWith("ForSequenceClassification")) {
    fail(`config.json says ${architecture}, which is not a text classifier (…ForSequenceClassification)`);
  }
  if (config.problem_type != null && config.problem_type !== "single_label_classification") {
    fail(
      `config.json says problem_type ${config.problem_type}; only single_label_classification has one label per review`,
    );
  }
  const labels = Object.keys(config.id2label).map(
    (_, index) => config.id2label[index] ?? fail(`id2label of config.json has no entry ${index}`),
  );
  if (labels.length < 2) fail("id2label of config.json needs at least two labels");

  const onnxFile = await firstReadable(ONNX_FILES.map((file) => join(folder, file)));
  if (onnxFile === undefined) {
    return fail(`it has neither ${ONNX_FILES.join(" nor ")}`);
  }
  // Some tokenizers state no limit as an astronomical one; the position embeddings are the limit then.
  const maxTokens = Math.min(
    tokenizerConfig.model_max_length ?? Number.POSITIVE_INFINITY,
    config.max_position_embeddings,
  );
  const expected = digests ?? (await readDigests(folder)) ?? new Map<string, string>();
  const weights = async () => expected.get(relative(folder, onnxFile)) ?? (await sha256(onnxFile));
  const version = config.version ?? (await weights()).slice(0, 8);
  return {
    path: folder,
    id: `${name}@${version}`,
    onnxFile,
    labels,
    ...(config.languages !== undefined && { languages: config.languages }),
    maxTokens,
    padTokenId: config.pad_token_id ?? 0,
    digests: expected,
  };
}

/**
 * Refuses a folder whose files are not those that its digests say.
 * @throws {ModelFolderError}
 */
export async function verifyModelFolder({ path, onnxFile, digests }: ModelFolder): Promise<void> {
  if (digests.size === 0) return;
  const weights = relative(path, onnxFile);
  const problems = digests.has(weights) ? [] : [`nothing says what ${weights} has to be`];
  problems.push(...(await wrongFiles(path, digests)));
  if (problems.length > 0) {
    throw new ModelFolderError(
      `${path} is not the model that it should be: ${problems.join("; ")}. Fetch it again; if you changed it yourself, write its ${SUMS_FILE} again (sha256sum)`,
    );
  }
}

async function firstReadable(files: readonly string[]): Promise<string | undefined> {
  for (const file of files) {
    try {
      await access(file);
      return file;
    } catch {
      // the next one
    }
  }
  return undefined;
}
