import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ModelFolderError, readModelFolder } from "../../model/folder.ts";

const WEIGHTS = "the folder reader does not load the network, so any bytes will do";
const DIGEST = createHash("sha256").update(WEIGHTS).digest("hex");

const CONFIG = {
  architectures: ["BertForSequenceClassification"],
  id2label: { 0: "NEGATIVE", 1: "POSITIVE" },
  max_position_embeddings: 512,
  pad_token_id: 0,
};

let temp: string;
beforeAll(async () => {
  temp = await mkdtemp(join(tmpdir(), "model-folder-"));
});
afterAll(() => rm(temp, { recursive: true }));

/** Makes a model folder; a file given as `undefined` is left out, a string is written as it is, else it is JSON. */
async function folder(files: Record<string, unknown> = {}): Promise<string> {
  const path = await mkdtemp(join(temp, "model-"));
  const all = {
    "config.json": CONFIG,
    "tokenizer.json": { model: { type: "WordPiece", vocab: {} } },
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

/** The message of the error for a folder that is refused; it has to name the folder. */
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
  expect(await readModelFolder(path, "mine")).toEqual({
    path,
    id: `mine@${DIGEST.slice(0, 8)}`,
    onnxFile: join(path, "onnx/model_quantized.onnx"),
    labels: ["NEGATIVE", "POSITIVE"],
    maxTokens: 256,
    padTokenId: 0,
    digests: new Map(),
  });
});

test("the digests of a model folder are those that its SHA256SUMS lists, and its version comes from them", async () => {
  const digest = "0123456789abcdef".repeat(4);
  const sums = `${digest}  onnx/model_quantized.onnx\n${digest} *config.json\r\n# a comment\n`;
  const { digests, id } = await readModelFolder(await folder({ SHA256SUMS: sums }), "mine");
  expect([...digests]).toEqual([
    ["onnx/model_quantized.onnx", digest],
    ["config.json", digest],
  ]);
  expect(id).toBe("mine@01234567");
});

test("the path of a model folder becomes absolute", async () => {
  const path = await folder();
  expect((await readModelFolder(relative(process.cwd(), path))).path).toBe(path);
});

describe("the id of a model", () => {
  test("has the version of its config.json", async () => {
    expect((await readModelFolder(await config({ version: "2025-06" }), "mine")).id).toBe("mine@2025-06");
  });

  test("changes with the weights where there is no version", async () => {
    const other = await folder({ "onnx/model_quantized.onnx": `${WEIGHTS}!` });
    expect((await readModelFolder(other, "mine")).id).not.toBe((await readModelFolder(await folder(), "mine")).id);
  });

  test("has the folder's name where it has no other", async () => {
    const path = await config({ version: "1" });
    expect((await readModelFolder(path)).id).toBe(`${basename(path)}@1`);
    expect((await readModelFolder(`${path}/`)).id).toBe(`${basename(path)}@1`);
  });
});

describe("the network", () => {
  test("is the quantised one where there are two", async () => {
    const path = await folder({ "onnx/model.onnx": "the other" });
    expect((await readModelFolder(path)).onnxFile).toBe(join(path, "onnx/model_quantized.onnx"));
  });

  test("may be the one that is not quantised", async () => {
    const path = await folder({ "onnx/model_quantized.onnx": undefined, "onnx/model.onnx": WEIGHTS });
    expect((await readModelFolder(path)).onnxFile).toBe(join(path, "onnx/model.onnx"));
  });
});

describe("the most tokens of a text", () => {
  test("are the position embeddings where the tokenizer states an astronomical limit", async () => {
    const path = await folder({ "tokenizer_config.json": { model_max_length: 1e30 } });
    expect((await readModelFolder(path)).maxTokens).toBe(512);
  });

  test("are the position embeddings where the tokenizer states none", async () => {
    expect((await readModelFolder(await folder({ "tokenizer_config.json": {} }))).maxTokens).toBe(512);
  });

  test("are never more than the position embeddings", async () => {
    expect((await readModelFolder(await config({ max_position_embeddings: 128 }))).maxTokens).toBe(128);
  });
});

describe("labels", () => {
  test("are in the order of the logits, not of the file", async () => {
    const labels = Array.from({ length: 12 }, (_, i) => `LABEL_${i}`);
    const id2label = Object.fromEntries([...labels.entries()].toReversed().map(([i, label]) => [String(i), label]));
    expect((await readModelFolder(await config({ id2label }))).labels).toEqual(labels);
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
    ["none", {}],
    ["one", { 0: "POSITIVE" }],
  ])("of which there is %s are refused", async (_, id2label) => {
    expect(await problemOf(await config({ id2label }))).toMatch(/id2label.*two labels/);
  });
});

describe("a folder is refused", () => {
  test("that does not exist", async () => {
    expect(await problemOf(join(temp, "nothing"))).toContain("config.json");
  });

  test.each(["config.json", "tokenizer.json", "tokenizer_config.json"])("without %s", async (file) => {
    expect(await problemOf(await folder({ [file]: undefined }))).toContain(`no readable ${file}`);
  });

  test.each(["config.json", "tokenizer.json", "tokenizer_config.json"])("whose %s is no JSON", async (file) => {
    expect(await problemOf(await folder({ [file]: '{"cut off' }))).toMatch(`${file} is not JSON`);
  });

  test.each([
    ["config.json", { ...CONFIG, id2label: undefined }, "id2label"],
    ["config.json", { ...CONFIG, id2label: ["NEGATIVE", 1] }, "id2label"],
    ["config.json", [], "object"],
    ["config.json", { ...CONFIG, max_position_embeddings: 0 }, "max_position_embeddings"],
    ["config.json", { ...CONFIG, pad_token_id: -1 }, "pad_token_id"],
    ["tokenizer.json", { vocab: {} }, "model"],
    ["tokenizer_config.json", { model_max_length: "256" }, "model_max_length"],
  ])("whose %s does not fit: %j", async (file, content, field) => {
    const problem = await problemOf(await folder({ [file]: content }));
    expect(problem).toContain(`${file} does not fit`);
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

  test("that gives several labels a text", async () => {
    expect(await problemOf(await config({ problem_type: "multi_label_classification" }))).toContain(
      "multi_label_classification",
    );
  });
});

describe("config.json may", () => {
  test.each([
    ["leave out architectures", { architectures: undefined }],
    ["leave out the padding token", { pad_token_id: undefined }],
    ["have no padding token", { pad_token_id: null }],
    ["name the problem type", { problem_type: "single_label_classification" }],
    ["leave the problem type open", { problem_type: null }],
    ["hold more than is needed", { hidden_size: 384, torch_dtype: "float32" }],
  ])("%s", async (_, changes) => {
    expect((await readModelFolder(await config(changes))).padTokenId).toBe(0);
  });

  test("name another padding token", async () => {
    expect((await readModelFolder(await config({ pad_token_id: 1 }))).padTokenId).toBe(1);
  });
});
