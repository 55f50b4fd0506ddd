import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sha256 } from "../../model/digests.ts";
import { ModelFolderError, readModelFolder } from "../../model/folder.ts";

const WEIGHTS = "the folder reader does not load the network, so any bytes will do";

const CONFIG = {
  architectures: ["BertForSequenceClassification"],
  id2label: { 0: "NEGATIVE", 1: "POSITIVE" },
  max_position_embeddings: 512,
  pad_token_id: 0,
};

const TOKENIZER = { model: { type: "WordPiece", vocab: { "[UNK]": 0, "[PAD]": 1 } } };

let temp: string;
beforeAll(async () => {
  temp = await mkdtemp(join(tmpdir(), "model-folder-"));
});
afterAll(() => rm(temp, { recursive: true }));

/** Creates a model folder. A file given as `undefined` is omitted; a string is written unchanged, anything else as JSON. */
async function folder(files: Record<string, unknown> = {}): Promise<string> {
  const path = await mkdtemp(join(temp, "model-"));
  const all = {
    "config.json": CONFIG,
    "tokenizer.json": TOKENIZER,
    "tokenizer_config.json": { model_max_length: 256 },
    "onnx/model_quantized.onnx": WEIGHTS,
    ...files,
  };
  for (const [name, content] of Object.entries(all)) {
    if (content === undefined) continue;
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), typeof content === "string" ? content : JSON.stringify(content));
  }
  return path;
}

const config = (changes: Record<string, unknown>) => folder({ "config.json": { ...CONFIG, ...changes } });

/** The error message for a refused folder, which must name the folder. */
async function problemOf(path: string): Promise<string> {
  const error = await readModelFolder(path).then(
    () => undefined,
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(ModelFolderError);
  expect(error.message).toContain(path);
  return error.message.replaceAll(path, "");
}

test("a model folder is read", async () => {
  const path = await folder();
  expect(await readModelFolder(path, { name: "mine" })).toEqual({
    path,
    id: expect.stringMatching(/^mine@[0-9a-f]{8}$/),
    networkFiles: ["onnx/model_quantized.onnx"],
    labels: ["NEGATIVE", "POSITIVE"],
    tokenizer: expect.objectContaining({ model: expect.objectContaining({ type: "WordPiece" }) }),
    maxTokens: 256,
    padTokenId: 0,
    digests: undefined,
  });
});

describe("the digests of a model folder", () => {
  const digest = "0123456789abcdef".repeat(4);
  const FILES = ["config.json", "tokenizer.json", "tokenizer_config.json", "onnx/model_quantized.onnx"];
  const sums = (files: readonly string[], line = (file: string): string => `${digest}  ${file}\n`): string =>
    files.map(line).join("");

  test.each<[string, (file: string) => string]>([
    ["as sha256sum writes it", (file) => `${digest}  ${file}\n`],
    ["with files read as binary", (file) => `${digest} *${file}\n`],
    ["with capitals", (file) => `${digest.toUpperCase()}  ${file}\n`],
    ["with line ends of Windows", (file) => `${digest}  ${file}\r\n`],
    ["with comments", (file) => `# ${file}\n\n${digest}  ${file}\n`],
  ])("are those of its SHA256SUMS, %s", async (_, line) => {
    const { digests } = await readModelFolder(await folder({ SHA256SUMS: sums(FILES, line) }));
    expect(digests).toEqual(new Map(FILES.map((file) => [file, digest])));
  });

  test.each<[string, string | Buffer]>([
    ["empty", ""],
    ["only a comment", "# nothing\n"],
    ["of another format", sums(FILES, (file) => `SHA256 (${file}) = ${digest}\n`)],
    ["UTF-16", Buffer.from(sums(FILES), "utf16le")],
    ["cut off", sums(FILES).slice(0, -60)],
    ["of another algorithm", sums(FILES, (file) => `${digest.slice(0, 40)}  ${file}\n`)],
  ])("are refused if SHA256SUMS is %s", async (_, content) => {
    const path = await folder();
    await writeFile(join(path, "SHA256SUMS"), content);
    expect(await problemOf(path)).toContain("SHA256SUMS");
  });

  test.each(FILES)("are refused if SHA256SUMS omits %s", async (file) => {
    const path = await folder({ SHA256SUMS: sums(FILES.filter((other) => other !== file)) });
    expect(await problemOf(path)).toContain(`no SHA-256 is known for ${file}`);
  });

  test("are refused if they omit the network's external data", async () => {
    const path = await folder({ SHA256SUMS: sums(FILES), "onnx/model_quantized.onnx_data": "weights" });
    expect(await problemOf(path)).toContain("onnx/model_quantized.onnx_data");
  });

  test("from the caller take precedence over the folder's", async () => {
    const given = new Map(FILES.map((file) => [file, "f".repeat(64)]));
    expect((await readModelFolder(await folder({ SHA256SUMS: "" }), { digests: given })).digests).toEqual(given);
  });
});

test("the path of a model folder becomes absolute", async () => {
  const path = await folder();
  expect((await readModelFolder(relative(process.cwd(), path))).path).toBe(path);
});

describe("the id of a model", () => {
  test("has the version from config.json", async () => {
    expect((await readModelFolder(await config({ version: "2025-06" }), { name: "mine" })).id).toBe("mine@2025-06");
  });

  test.each<[string, Record<string, unknown>]>([
    ["the weights", { "onnx/model_quantized.onnx": `${WEIGHTS}!` }],
    ["the external data of the weights", { "onnx/model_quantized.onnx_data": "others" }],
    ["the tokenizer", { "tokenizer.json": { model: { type: "WordPiece", vocab: { "[UNK]": 0, a: 1 } } } }],
    ["the length of texts", { "tokenizer_config.json": { model_max_length: 128 } }],
    ["the labels", { "config.json": { ...CONFIG, id2label: { 0: "POSITIVE", 1: "NEGATIVE" } } }],
  ])("changes with %s if there is no version", async (_, files) => {
    const before = { "onnx/model_quantized.onnx_data": "some" };
    const idOf = async (all: Record<string, unknown>) =>
      (await readModelFolder(await folder(all), { name: "mine" })).id;
    expect(await idOf({ ...before, ...files })).not.toBe(await idOf(before));
    expect(await idOf(before)).toBe(await idOf(before));
  });

  test("is the same with and without a SHA256SUMS", async () => {
    const path = await folder();
    const { id } = await readModelFolder(path, { name: "mine" });
    const files = ["tokenizer_config.json", "onnx/model_quantized.onnx", "config.json", "tokenizer.json"];
    const lines = files.map(async (file) => `${await sha256(join(path, file))}  ${file}\n`);
    await writeFile(join(path, "SHA256SUMS"), (await Promise.all(lines)).join(""));
    expect((await readModelFolder(path, { name: "mine" })).id).toBe(id);
  });

  test("has the folder's name by default", async () => {
    const path = await config({ version: "1" });
    expect((await readModelFolder(path)).id).toBe(`${basename(path)}@1`);
    expect((await readModelFolder(`${path}/`)).id).toBe(`${basename(path)}@1`);
  });
});

describe("the network", () => {
  test("is the quantised one if there are two", async () => {
    const path = await folder({ "onnx/model.onnx": "the other" });
    expect((await readModelFolder(path)).networkFiles).toEqual(["onnx/model_quantized.onnx"]);
  });

  test("does not include what an interrupted download left behind", async () => {
    const path = await folder({ "onnx/model_quantized.onnx.partial": "some" });
    expect((await readModelFolder(path)).networkFiles).toEqual(["onnx/model_quantized.onnx"]);
  });

  test("may be unquantised", async () => {
    const path = await folder({ "onnx/model_quantized.onnx": undefined, "onnx/model.onnx": WEIGHTS });
    expect((await readModelFolder(path)).networkFiles).toEqual(["onnx/model.onnx"]);
  });
});

describe("the maximum number of tokens of a text", () => {
  test("is the number of position embeddings if the tokenizer's limit is astronomical", async () => {
    const path = await folder({ "tokenizer_config.json": { model_max_length: 1e30 } });
    expect((await readModelFolder(path)).maxTokens).toBe(512);
  });

  test("is the number of position embeddings if the tokenizer has no limit", async () => {
    expect((await readModelFolder(await folder({ "tokenizer_config.json": {} }))).maxTokens).toBe(512);
  });

  test.each([
    ["roberta", 1, 512],
    ["roberta", undefined, 512],
    ["xlm-roberta", 1, 512],
    ["camembert", 1, 512],
    ["mpnet", 1, 512],
    ["longformer", 3, 510],
    ["bert", 1, 514],
    ["deberta-v2", 0, 514],
  ])("is the number of positions after the padding token: %s, %s", async (model_type, pad_token_id, tokens) => {
    const path = await folder({
      "config.json": { ...CONFIG, model_type, pad_token_id, max_position_embeddings: 514 },
      "tokenizer_config.json": { model_max_length: 1e30 },
    });
    expect((await readModelFolder(path)).maxTokens).toBe(tokens);
  });

  test("is read from GPT-2's own key", async () => {
    const path = await folder({
      "config.json": { ...CONFIG, max_position_embeddings: undefined, n_positions: 200 },
      "tokenizer_config.json": {},
    });
    expect((await readModelFolder(path)).maxTokens).toBe(200);
  });

  test("is 1024 if a model takes more", async () => {
    const path = await folder({
      "config.json": { ...CONFIG, max_position_embeddings: 8192 },
      "tokenizer_config.json": { model_max_length: 8192 },
    });
    expect((await readModelFolder(path)).maxTokens).toBe(1024);
  });

  test("is never more than the position embeddings", async () => {
    expect((await readModelFolder(await config({ max_position_embeddings: 128 }))).maxTokens).toBe(128);
  });
});

describe("labels", () => {
  test("are in the order of the logits, not of the file", async () => {
    const labels = Array.from({ length: 12 }, (_, i) => `LABEL_${i}`);
    const id2label = Object.fromEntries([...labels.entries()].toReversed().map(([i, label]) => [String(i), label]));
    expect((await readModelFolder(await config({ id2label }))).labels).toEqual(labels);
  });

  test("have transformers' default names if config.json omits them", async () => {
    const two = await config({ id2label: undefined });
    const three = await config({ id2label: undefined, num_labels: 3 });
    expect((await readModelFolder(two)).labels).toEqual(["LABEL_0", "LABEL_1"]);
    expect((await readModelFolder(three)).labels).toEqual(["LABEL_0", "LABEL_1", "LABEL_2"]);
  });

  test("with the same name are refused", async () => {
    expect(await problemOf(await config({ id2label: { 0: "GOOD", 1: "GOOD" } }))).toMatch(/same name/);
  });

  test.each(["", " ", "__POS__"])("that could not be stored are refused: %j", async (label) => {
    expect(await problemOf(await config({ id2label: { 0: "BAD", 1: label } }))).toMatch(/a label without a name, or/);
  });

  test("may be three", async () => {
    const path = await config({ id2label: { 0: "BAD", 1: "SO-SO", 2: "GOOD" } });
    expect((await readModelFolder(path)).labels).toEqual(["BAD", "SO-SO", "GOOD"]);
  });

  test.each([
    ["with a gap", { 0: "NEGATIVE", 2: "POSITIVE" }, "1"],
    ["that begin at 1", { 1: "NEGATIVE", 2: "POSITIVE" }, "0"],
    ["with names for numbers", { NEGATIVE: "NEGATIVE", POSITIVE: "POSITIVE" }, "0"],
  ])("%s are refused; the error names the entry", async (_, id2label, missing) => {
    expect(await problemOf(await config({ id2label }))).toMatch(new RegExp(`id2label.*no entry ${missing}`));
  });

  test.each([
    ["none", { id2label: {} }],
    ["one", { id2label: { 0: "POSITIVE" } }],
    ["one without a name", { id2label: undefined, num_labels: 1 }],
  ])("are refused if there is %s", async (_, changes) => {
    expect(await problemOf(await config(changes))).toContain("config.json needs at least two labels");
  });
});

describe("a folder is refused", () => {
  test("that does not exist", async () => {
    expect(await problemOf(join(temp, "nothing"))).toContain("config.json");
  });

  test.each(["config.json", "tokenizer.json", "tokenizer_config.json"])("without %s", async (file) => {
    expect(await problemOf(await folder({ [file]: undefined }))).toContain(`no readable ${file}`);
  });

  test.each(["config.json", "tokenizer.json", "tokenizer_config.json"])("whose %s is not JSON", async (file) => {
    expect(await problemOf(await folder({ [file]: '{"cut off' }))).toMatch(`${file} is not JSON`);
  });

  test.each([
    ["tokenizer.json", { model: { type: "WordLevel", vocab: {} } }, "model"],
    ["tokenizer.json", { ...TOKENIZER, normalizer: { type: "Nmt" } }, "normalizer"],
    ["config.json", { ...CONFIG, id2label: ["NEGATIVE", 1] }, "id2label"],
    ["config.json", [], "object"],
    ["config.json", { ...CONFIG, max_position_embeddings: 0 }, "max_position_embeddings"],
    ["config.json", { ...CONFIG, pad_token_id: -1 }, "pad_token_id"],
    ["tokenizer.json", { vocab: {} }, "model"],
    ["tokenizer.json", { model: { type: "WordPiece", vocab: ["[UNK]"] } }, "must be an object of numbers"],
    ["tokenizer.json", { model: { type: "WordPiece", vocab: { "[UNK]": 0, a: "1" } } }, "must be an object of numbers"],
    ["tokenizer_config.json", { model_max_length: "256" }, "model_max_length"],
  ])("whose %s is not valid: %j", async (file, content, field) => {
    const problem = await problemOf(await folder({ [file]: content }));
    expect(problem).toContain(`${file} is not valid`);
    expect(problem).toContain(field);
  });

  test("without a network; the error names the files that it looked for", async () => {
    const problem = await problemOf(await folder({ "onnx/model_quantized.onnx": undefined }));
    expect(problem).toContain("onnx/model_quantized.onnx");
    expect(problem).toContain("onnx/model.onnx");
  });

  test("that is another kind of model; the error says which", async () => {
    const problem = await problemOf(await config({ architectures: ["BertForMaskedLM"] }));
    expect(problem).toContain("BertForMaskedLM");
    expect(problem).toContain("not a text classifier");
  });

  test("that gives several labels per text", async () => {
    expect(await problemOf(await config({ problem_type: "multi_label_classification" }))).toContain(
      "multi_label_classification",
    );
  });
});

test("a folder whose two files disagree about capitals is refused", async () => {
  const normalizer = { type: "BertNormalizer", clean_text: true, handle_chinese_chars: true, lowercase: false };
  const files = { "tokenizer.json": { ...TOKENIZER, normalizer }, "tokenizer_config.json": { do_lower_case: true } };
  expect(await problemOf(await folder(files))).toMatch(/do_lower_case true.*lowercase false/);
});

describe("the languages that a model reads", () => {
  test("are those of config.json, or else those from the caller", async () => {
    const named = { languages: ["en"] };
    expect((await readModelFolder(await config({ languages: ["de", "fr"] }), named)).languages).toEqual(["de", "fr"]);
    expect((await readModelFolder(await folder(), named)).languages).toEqual(["en"]);
    expect(await readModelFolder(await folder())).not.toHaveProperty("languages");
  });

  test.each(["nb", "id", "fil", "gml", "English"])("can be detected: %s is refused", async (tag) => {
    expect(await problemOf(await config({ languages: ["en", tag] }))).toMatch(
      new RegExp(`config.json is not valid: .*"${tag}" cannot be detected, only am, .* at languages\\[1\\]`, "s"),
    );
  });
});

describe("the padding token", () => {
  const padTokenId = async (changes: Record<string, unknown>, tokenizerConfig = {}): Promise<number | undefined> =>
    (
      await readModelFolder(
        await folder({ "config.json": { ...CONFIG, ...changes }, "tokenizer_config.json": tokenizerConfig }),
      )
    ).padTokenId;

  test("is that of config.json", async () => {
    expect(await padTokenId({ pad_token_id: 3 })).toBe(3);
  });

  test("is the tokenizer's if config.json omits it", async () => {
    expect(await padTokenId({ pad_token_id: undefined }, { pad_token: "[PAD]" })).toBe(1);
    expect(await padTokenId({ pad_token_id: undefined }, { pad_token: { content: "[PAD]" } })).toBe(1);
  });

  test.each([
    ["config.json has null", { pad_token_id: null }],
    ["the model is a decoder without one", { pad_token_id: undefined, model_type: "gpt2" }],
  ])("is absent if %s", async (_, changes) => {
    expect(await padTokenId(changes, { pad_token: "[PAD]" })).toBeUndefined();
  });

  test("is absent if neither file has one", async () => {
    expect(await padTokenId({ pad_token_id: undefined })).toBeUndefined();
  });
});

test.each([
  ["leave out architectures", { architectures: undefined }],
  ["name the problem type", { problem_type: "single_label_classification" }],
  ["leave the problem type open", { problem_type: null }],
  ["hold more than is needed", { hidden_size: 384, torch_dtype: "float32" }],
])("config.json may %s", async (_, changes) => {
  expect((await readModelFolder(await config(changes))).padTokenId).toBe(0);
});
