/**
 * A model is a folder in Hugging Face layout: `config.json`, `tokenizer.json`, `tokenizer_config.json` and
 * `onnx/model_quantized.onnx` (or `onnx/model.onnx`), with the external data of the network beside it. This file reads such a
 * folder. It refuses a folder whose scores would differ from those in Python, and says why.
 */
import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { z } from "zod";
import { ExplainedError } from "../shared/explained-error.ts";
import { RESERVED_NAME } from "../shared/path.ts";
import { checksumErrors, combinedDigest, type Digests, readDigests, SUMS_FILE, sha256 } from "./digests.ts";
import { DETECTABLE_LANGUAGES } from "./language-tags.ts";
import { ModelId } from "./model-id.ts";
import type { Normalizer } from "./normalizer.ts";
import { TokenizerFile } from "./tokenizer.ts";

export interface ModelFolder {
  /** Absolute. */
  path: string;
  id: ModelId;
  /** The network's files, relative to `path`: the graph, then its external data. */
  networkFiles: readonly [graph: string, ...externalData: string[]];
  /** The labels, in the order of the model's logits. */
  labels: readonly string[];
  /** BCP 47 primary tags of the languages that the model reads; absent if unknown. */
  languages?: readonly string[];
  tokenizer: TokenizerFile;
  /** Maximum number of tokens of a text, special tokens included. */
  maxTokens: number;
  /** Absent if the model has no padding, so each text must run alone. */
  padTokenId?: number;
  /** Digests of all files that are loaded; `undefined` if neither the caller nor `SHA256SUMS` has any. */
  digests: Digests | undefined;
}

/** The folder is not a usable text classifier. The message names the folder, the file and the remedy. */
export class ModelFolderError extends ExplainedError {
  override readonly name = "ModelFolderError";
  override readonly exitCode = 2;
}

const Config = z.object({
  architectures: z.array(z.string()).optional(),
  id2label: z.record(z.string(), z.string()).optional(),
  num_labels: z.number().int().optional(),
  languages: z
    .array(
      // A text in a language with another tag would be detected as one that the model does not read.
      z.enum(DETECTABLE_LANGUAGES, {
        error: ({ input }) =>
          `${JSON.stringify(input)} cannot be detected, only ${DETECTABLE_LANGUAGES.join(", ")}; leave "languages" out to label every text`,
      }),
    )
    .min(1)
    .optional(),
  max_position_embeddings: z.number().int().positive().optional(),
  n_positions: z.number().int().positive().optional(),
  model_type: z.string().optional(),
  pad_token_id: z.number().int().nonnegative().nullish(),
  problem_type: z.string().nullish(),
  version: z.string().optional(),
});
type Config = z.infer<typeof Config>;

const TokenizerConfig = z.object({
  do_lower_case: z.boolean().optional(),
  model_max_length: z.number().positive().optional(),
  pad_token: z.union([z.string(), z.object({ content: z.string() }).transform(({ content }) => content)]).nullish(),
});
type TokenizerConfig = z.infer<typeof TokenizerConfig>;

/** In order of preference: the quantised network is faster on CPUs. */
const ONNX_FILES = ["onnx/model_quantized.onnx", "onnx/model.onnx"];

/** Reviews need no more, and the time of attention grows with the square of the tokens. */
const MAX_TOKENS = 1024;

/** Models whose positions start after the id of the padding token, so they have fewer than `max_position_embeddings`. */
const POSITIONS_BEHIND_PADDING =
  /^(xlm-?)?roberta|^camembert|^mpnet|^longformer|^xmod|^data2vec-?text|^ibert|^markuplm/i;

/** Models that classify the last token before the padding. Without a padding token in `config.json` they take one text at a time. */
const DECODERS = /gpt|llama|mistral|mixtral|qwen|gemma|^opt|phi|falcon|bloom/i;

/**
 * Reads and checks a model folder, without loading the network.
 * @param options `name` of the model, which forms the id together with `version` in `config.json` or else the files' digest;
 * `digests` that the files must have, by default those of `SHA256SUMS`; `languages`, in case `config.json` does not name them
 * @throws {ModelFolderError}
 */
export async function readModelFolder(
  path: string,
  {
    name = basename(resolve(path)),
    digests,
    languages,
  }: { name?: string; digests?: Digests; languages?: readonly string[] } = {},
): Promise<ModelFolder> {
  const folder = resolve(path);
  const fail = (problem: string): never => {
    throw new ModelFolderError(`${folder} is not a usable model folder: ${problem}`);
  };
  const json = async <T>(file: string, schema: z.ZodType<T>, remedy = ""): Promise<T> => {
    const text = await readFile(join(folder, file), "utf8").catch(() =>
      fail(
        `it has no readable ${file}; a model needs config.json, tokenizer.json, tokenizer_config.json and onnx/model_quantized.onnx or onnx/model.onnx`,
      ),
    );
    try {
      return schema.parse(JSON.parse(text));
    } catch (error) {
      if (error instanceof z.ZodError) return fail(`${file} is not valid: ${z.prettifyError(error)}${remedy}`);
      return fail(`${file} is not JSON`);
    }
  };

  const config = await json("config.json", Config);
  const tokenizerConfig = await json("tokenizer_config.json", TokenizerConfig);
  const tokenizer = await json<TokenizerFile>("tokenizer.json", TokenizerFile, TOKENIZER_REMEDY);
  for (const problem of contradictions(config, tokenizerConfig, tokenizer)) fail(problem);

  const networkFiles = (await findNetwork(folder)) ?? fail(`it has neither ${ONNX_FILES.join(" nor ")}`);
  const files = ["config.json", "tokenizer.json", "tokenizer_config.json", ...networkFiles];
  const expected = digests ?? (await readDigests(folder).catch((error: Error) => fail(error.message)));
  const uncovered = expected === undefined ? [] : files.filter((file) => !expected.has(file));
  if (uncovered.length > 0) fail(`no SHA-256 is known for ${uncovered.join(", ")}. ${SUMS_REMEDY}`);

  const padTokenId = findPadTokenId(config, tokenizerConfig, tokenizer);
  const read = config.languages ?? languages;
  return {
    path: folder,
    id: ModelId.parse(`${name}@${config.version ?? (await digestOf(folder, files, expected)).slice(0, 8)}`),
    networkFiles,
    labels: readLabels(config, fail),
    ...(read !== undefined && { languages: read }),
    tokenizer,
    maxTokens: Math.min(
      // Some tokenizers have an astronomical number here, which means no limit.
      tokenizerConfig.model_max_length ?? Number.POSITIVE_INFINITY,
      positions(config, padTokenId),
      MAX_TOKENS,
    ),
    ...(padTokenId !== undefined && { padTokenId }),
    digests: expected,
  };
}

const TOKENIZER_REMEDY =
  "\nA tokenizer is only loaded if its token ids are the same as in Python. Save it as WordPiece, BPE or Unigram with the components that BERT, RoBERTa, XLM-R, DeBERTa, ALBERT, MPNet, ModernBERT or GPT-2 use";
const SUMS_REMEDY = `Fetch the model again; if you changed it yourself, write its ${SUMS_FILE} again with sha256sum`;

/**
 * Compares the files of a folder with their digests.
 * @throws {ModelFolderError} if one differs
 */
export async function verifyModelFolder({ path, digests }: Pick<ModelFolder, "path" | "digests">): Promise<void> {
  if (digests === undefined) return;
  const problems = await checksumErrors(path, digests);
  if (problems.length > 0)
    throw new ModelFolderError(`${path} does not have the expected files: ${problems.join("; ")}. ${SUMS_REMEDY}`);
}

function* contradictions(
  { architectures, problem_type }: Config,
  { do_lower_case }: TokenizerConfig,
  { normalizer }: TokenizerFile,
): Generator<string> {
  const architecture = architectures?.[0];
  if (architecture !== undefined && !architecture.endsWith("ForSequenceClassification"))
    yield `config.json says ${architecture}, which is not a text classifier (…ForSequenceClassification)`;
  if (problem_type != null && problem_type !== "single_label_classification")
    yield `config.json says problem_type ${problem_type}; only single_label_classification has one label per review`;
  const lowercase = normalizer && lowercases(normalizer);
  if (do_lower_case !== undefined && lowercase !== undefined && lowercase !== null && do_lower_case !== lowercase)
    yield `tokenizer_config.json says do_lower_case ${do_lower_case}, but tokenizer.json says lowercase ${lowercase}: save the tokenizer again with save_pretrained`;
}

/** Whether a BERT normalizer lowercases; `undefined` if there is none. */
function lowercases(normalizer: Normalizer): boolean | undefined {
  if (normalizer.type === "BertNormalizer") return normalizer.lowercase;
  if (normalizer.type !== "Sequence") return undefined;
  return normalizer.normalizers.map(lowercases).find((each) => each !== undefined);
}

/** The labels in the order of the logits. `transformers` omits `id2label` if there are two labels with its default names. */
function readLabels({ id2label, num_labels = 2 }: Config, fail: (problem: string) => never): string[] {
  const labels =
    id2label === undefined
      ? Array.from({ length: num_labels }, (_, i) => `LABEL_${i}`)
      : Object.keys(id2label).map((_, i) => id2label[i] ?? fail(`id2label of config.json has no entry ${i}`));
  if (labels.length < 2) fail("config.json needs at least two labels in id2label");
  // A result is a map from labels to scores, and a database may refuse such a key.
  if (labels.some((label) => label.trim() === "" || RESERVED_NAME.test(label)))
    fail("id2label of config.json has a label without a name, or one such as __x__, which Firestore reserves");
  if (new Set(labels).size < labels.length) fail("id2label of config.json has two labels with the same name");
  return labels;
}

function findPadTokenId(
  { pad_token_id, model_type = "", architectures }: Config,
  { pad_token }: TokenizerConfig,
  { added_tokens, model }: TokenizerFile,
): number | undefined {
  if (pad_token_id !== undefined) return pad_token_id ?? undefined;
  if (pad_token == null || DECODERS.test(model_type) || DECODERS.test(architectures?.[0] ?? "")) return undefined;
  const added = added_tokens.find(({ content }) => content === pad_token)?.id;
  if (added !== undefined) return added;
  if (model.type !== "Unigram") return model.vocab[pad_token];
  const id = model.vocab.findIndex(([piece]) => piece === pad_token);
  return id === -1 ? undefined : id;
}

/** The number of tokens that can have a position. */
function positions(
  { max_position_embeddings, n_positions, model_type = "", architectures }: Config,
  padTokenId: number | undefined,
): number {
  const all = max_position_embeddings ?? n_positions ?? 512;
  const behind = POSITIONS_BEHIND_PADDING.test(model_type) || POSITIONS_BEHIND_PADDING.test(architectures?.[0] ?? "");
  // In all of these the padding token is 1 by default.
  return behind ? all - (padTokenId ?? 1) - 1 : all;
}

/** The graph, and the files of its external data, whose names begin with the graph's, such as `model.onnx_data`. */
async function findNetwork(folder: string): Promise<ModelFolder["networkFiles"] | undefined> {
  for (const graph of ONNX_FILES) {
    const files = await readdir(join(folder, dirname(graph))).catch((): string[] => []);
    if (!files.includes(basename(graph))) continue;
    // An interrupted download leaves a partial file.
    const data = files.filter(
      (file) => file !== basename(graph) && file.startsWith(basename(graph)) && !file.endsWith(".partial"),
    );
    return [graph, ...data.toSorted().map((file) => join(dirname(graph), file))];
  }
  return undefined;
}

/** A digest of all files that affect a score. */
async function digestOf(folder: string, files: readonly string[], digests: Digests | undefined): Promise<string> {
  const each = await Promise.all(
    files.map(
      async (file): Promise<[string, string]> => [file, digests?.get(file) ?? (await sha256(join(folder, file)))],
    ),
  );
  return combinedDigest(new Map(each));
}
