import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { setImmediate as nextTurn } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { type Classification, InferenceError, type Outcome } from "../../model/classifier.ts";
import { OnnxClassifier } from "../../model/onnx-classifier.ts";
import { Tokenizer } from "../../model/tokenizer.ts";
import { writeWordModel } from "../word-model.ts";

const LITE = fileURLToPath(new URL("../../model/lite", import.meta.url));
const THREAD_FAULTS = new URL("../fault/thread-faults.mjs", import.meta.url).href;
const GOOD = "I love this, it is wonderful. ";
const BAD = "Terrible, broke at once, waste of money. ";

/** Returns an outcome that must be a classification. @throws if it is not one */
function classified(outcome: Outcome | undefined): Classification {
  if (outcome === undefined || outcome instanceof Error || "unsupportedLanguage" in outcome)
    throw new Error(`not classified: ${JSON.stringify(outcome)}`);
  return outcome;
}

/** The labels of texts, or the error message if the model failed. */
async function labelsOf(classifier: OnnxClassifier, texts: readonly string[]): Promise<string[]> {
  const outcomes = await classifier.classify(texts);
  return outcomes.map((outcome) => (outcome instanceof Error ? outcome.message : classified(outcome).label));
}

let classifier: OnnxClassifier;
beforeAll(async () => {
  classifier = await OnnxClassifier.open(LITE, { name: "lite", threads: 2 });
});
afterAll(() => classifier.close());

describe("a classifier", () => {
  test("reports its model and labels", () => {
    expect(classifier.model).toMatch(/^lite@.+/);
    expect(classifier.labels).toEqual(expect.arrayContaining(["NEGATIVE", "POSITIVE"]));
  });

  test("distinguishes praise from complaints", async () => {
    expect(await labelsOf(classifier, [GOOD, BAD])).toEqual(["POSITIVE", "NEGATIVE"]);
  });

  test("gives the probability of each class; label and score belong to the strongest", async () => {
    const mixed = ["It is a chair.", "Good and bad.", GOOD, BAD];
    for (const outcome of await classifier.classify(mixed)) {
      const { label, score, scores } = classified(outcome);
      expect(Object.keys(scores)).toEqual(classifier.labels);
      expect(Object.values(scores).reduce((sum, one) => sum + one)).toBeCloseTo(1, 9);
      expect(scores[label]).toBe(score);
      expect(Math.max(...Object.values(scores))).toBe(score);
    }
  });

  test("keeps the order of many texts of mixed length, in several calls at once", async () => {
    // An irregular pattern, so that shifting, reversing or sorting by length would change it.
    const good = Array.from({ length: 100 }, (_, i) => Math.sin(i * i) > 0);
    const texts = good.map((g, i) => (g ? GOOD : BAD).repeat(1 + ((i * 7) % 6)));
    const labels = good.map((g) => (g ? "POSITIVE" : "NEGATIVE"));
    const before = { ...classifier.stats };

    const parts = await Promise.all([texts.slice(0, 60), texts.slice(60)].map((part) => labelsOf(classifier, part)));

    expect(parts.flat()).toEqual(labels);
    const { texts: done, batches, tokens, paddedTokens } = classifier.stats;
    expect(done - before.texts).toBe(100);
    expect(batches - before.batches).toBeLessThan(100);
    expect(batches - before.batches).toBeGreaterThanOrEqual(2);
    expect(paddedTokens).toBeGreaterThanOrEqual(tokens);
  });

  test("decodes HTML entities", async () => {
    const [escaped, plain] = await classifier.classify([
      "It doesn&#8217;t work &amp; they don&#39;t answer",
      "It doesn’t work & they don't answer",
    ]);
    expect(escaped).toEqual(plain);
  });

  test("names the language of a text, and rejects languages that it does not read", async () => {
    const outcomes = await classifier.classify([
      "The battery died after a week, and that was it.",
      "La batería dejó de funcionar después de una semana y nadie contesta.",
      "👍",
    ]);
    expect(outcomes).toEqual([
      expect.objectContaining({ label: "NEGATIVE", language: "en" }),
      { unsupportedLanguage: "es" },
      expect.not.objectContaining({ language: expect.anything() }),
    ]);
  });

  test("labels texts in every language with languages: any", async () => {
    const any = await OnnxClassifier.open(LITE, { name: "lite", threads: 1, languages: "any" });
    const [outcome] = await any.classify(["La batería dejó de funcionar después de una semana y nadie contesta."]);
    await any.close();
    expect(any.languages).toBe("any");
    expect(outcome).toMatchObject({ label: expect.any(String), language: "es" });
  });

  test("labels the listed languages instead of those that the model reads", async () => {
    const catalan = "El paquet va arribar amb tres dies de retard i ningú no contesta els correus.";
    const listed = await OnnxClassifier.open(LITE, { name: "lite", threads: 1, languages: ["es", "ca"] });
    const outcomes = await listed.classify([
      "La batería dejó de funcionar después de una semana y nadie contesta.",
      catalan,
      "The battery died after a week, and that was it.",
    ]);
    await listed.close();
    expect(listed.languages).toEqual(["es", "ca"]);
    expect(outcomes).toEqual([
      expect.objectContaining({ label: expect.any(String), language: "es" }),
      expect.objectContaining({ label: expect.any(String), language: "ca" }),
      { unsupportedLanguage: "en" },
    ]);
    expect(await classifier.classify([catalan])).toEqual([{ unsupportedLanguage: "ca" }]);
  });

  test("removes the texts of a cancelled call from the queue", async () => {
    const abort = new AbortController();
    const before = classifier.stats.texts;
    const encode = vi.spyOn(Tokenizer.prototype, "encode");
    const cancelled = classifier.classify(Array(200).fill(GOOD.repeat(20)), { signal: abort.signal });
    while (encode.mock.calls.length < 200) await nextTurn();
    encode.mockRestore();
    abort.abort();
    const outcomes = await cancelled;
    expect(outcomes.filter((outcome) => outcome instanceof InferenceError).length).toBeGreaterThan(100);
    expect(await labelsOf(classifier, [GOOD])).toEqual(["POSITIVE"]);
    expect(classifier.stats.texts - before).toBeLessThan(100);
    expect(await classifier.classify([GOOD], { signal: abort.signal })).toEqual([expect.any(InferenceError)]);
  });

  test("yields while it tokenises, so that a call can be cancelled before all its texts are tokenised", async () => {
    const abort = new AbortController();
    const encode = vi.spyOn(Tokenizer.prototype, "encode");
    const cancelled = classifier.classify(Array(500).fill(GOOD.repeat(20)), { signal: abort.signal });
    await nextTurn();
    abort.abort();
    await cancelled;
    expect(encode.mock.calls.length).toBeLessThan(500);
  });

  test("does not make a short text wait for all the long texts of another call", async () => {
    let longDone = false;
    const long = classifier.classify(Array(60).fill(GOOD.repeat(60))).then(() => {
      longDone = true;
    });
    await nextTurn();
    await labelsOf(classifier, [BAD]);
    expect(longDone).toBe(false);
    await long;
  });

  test("gives no outcomes if there are no texts", async () => {
    expect(await classifier.classify([])).toEqual([]);
  });

  test("accepts any text", async () => {
    const strange = ["", " ", "😀", "\uD83D", "\0", "x".repeat(100_000), "[SEP] [CLS]", "非常好用, ok"];
    for (const outcome of await classifier.classify(strange)) {
      expect(classifier.labels).toContain(classified(outcome).label);
    }
  });

  test("reads both ends of a text that is longer than the model's limit", async () => {
    const filler = "The parcel came on a Monday and weighs two kilograms. ".repeat(200);
    expect(await labelsOf(classifier, [filler + GOOD.repeat(20), filler + BAD.repeat(20)])).toEqual([
      "POSITIVE",
      "NEGATIVE",
    ]);
  });

  test("does not block the main thread", async () => {
    const before = performance.eventLoopUtilization();
    let ticks = 0;
    const timer = setInterval(() => ticks++, 5);
    const begun = performance.now();
    try {
      await classifier.classify(Array.from({ length: 60 }, (_, i) => GOOD.repeat(10 + (i % 10))));
    } finally {
      clearInterval(timer);
    }
    expect(ticks).toBeGreaterThan((performance.now() - begun) / 5 / 10);
    expect(performance.eventLoopUtilization(before).utilization).toBeLessThan(0.5);
  });
});

/**
 * Runs a script in its own process, with `OnnxClassifier`, `LITE` and `long` texts available: ending or replacing an inference thread
 * involves native code, whose failures would end the process.
 */
async function alone(script: string, env: NodeJS.ProcessEnv = {}): Promise<unknown> {
  const prelude = `
    import { OnnxClassifier } from ${JSON.stringify(new URL("../../model/onnx-classifier.ts", import.meta.url).href)};
    const LITE = ${JSON.stringify(LITE)};
    const long = (count) => Array.from({ length: count }, () => ${JSON.stringify(GOOD)}.repeat(8));
    const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    const kinds = (outcomes) => outcomes.map((outcome) => outcome.name ?? outcome.label);`;
  const file = join(await mkdtemp(join(tmpdir(), "alone-")), "script.mjs");
  await writeFile(file, `${prelude}\n${script}`);
  const child = spawn(process.execPath, [file], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
    timeout: 120_000,
    killSignal: "SIGKILL",
  });
  const [stdout, stderr, [code, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close"),
  ]);
  await rm(dirname(file), { recursive: true });
  expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: "" });
  return JSON.parse(stdout);
}

describe("in its own process", () => {
  test("closing a busy classifier fails the waiting texts, and every call resolves", async () => {
    const names = await alone(`
      const classifier = await OnnxClassifier.open(LITE, { threads: 2 });
      const waiting = classifier.classify(long(200));
      await sleep(20);
      await classifier.close();
      console.log(JSON.stringify(kinds(await waiting)));`);
    expect(names).toHaveLength(200);
    expect((names as string[]).filter((name) => name === "InferenceError").length).toBeGreaterThan(100);
  });

  test("a closed classifier answers later calls with errors", async () => {
    const names = await alone(`
      const classifier = await OnnxClassifier.open(LITE, { threads: 1 });
      await classifier.close();
      console.log(JSON.stringify(kinds(await classifier.classify(["one", "two"]))));`);
    expect(names).toEqual(["InferenceError", "InferenceError"]);
  });

  test("a classifier can be opened after another was closed, and closed twice", async () => {
    const names = await alone(`
      const first = await OnnxClassifier.open(LITE, { threads: 1 });
      await first.close();
      await first.close();
      const second = await OnnxClassifier.open(LITE, { threads: 1 });
      const outcomes = await second.classify([${JSON.stringify(GOOD)}]);
      await second.close();
      console.log(JSON.stringify(kinds(outcomes)));`);
    expect(names).toEqual(["POSITIVE"]);
  });

  test.concurrent("a thread that does not answer in time is replaced, its batch is tried again, and its late answer is ignored", async () => {
    // The first thread answers the warm-up and is late with the texts. Its replacement has no warm-up, and answers them.
    const [labels, broken] = (await alone(
      `
      const classifier = await OnnxClassifier.open(LITE, { threads: 1, timeoutMs: 6_000 });
      const running = classifier.classify([${JSON.stringify(GOOD)}]);
      while (classifier.stuck === 0) await sleep(50);
      const labels = kinds(await running);
      while (classifier.stuck > 0) await sleep(50);
      await classifier.close();
      console.log(JSON.stringify([labels, classifier.broken]));`,
      { NODE_OPTIONS: `--import ${THREAD_FAULTS}`, FAULT: "late", FAULT_EVERY: "2", FAULT_MS: "9000" },
    )) as [string[], boolean];
    expect(labels).toEqual(["POSITIVE"]);
    expect(broken).toBe(false);
  }, 180_000);

  test.concurrent("a thread that hangs while the classifier is closed does not keep it from closing", async () => {
    const [labels, closed] = (await alone(
      `
      const classifier = await OnnxClassifier.open(LITE, { threads: 1, timeoutMs: 6_000 });
      const running = classifier.classify([${JSON.stringify(GOOD)}]);
      await sleep(500);
      const closing = classifier.close().then(() => "closed");
      const labels = kinds(await running);
      console.log(JSON.stringify([labels, await Promise.race([closing, sleep(5_000)])]));
      process.exit();`,
      { NODE_OPTIONS: `--import ${THREAD_FAULTS}`, FAULT: "hang", FAULT_EVERY: "2" },
    )) as [string[], string];
    expect(labels).toEqual(["InferenceError"]);
    expect(closed).toBe("closed");
  }, 180_000);

  test.concurrent("a freeze of the process is not taken for a thread that hangs", async () => {
    const [stuck, labels] = (await alone(
      `
      const classifier = await OnnxClassifier.open(LITE, { threads: 1, timeoutMs: 6_000 });
      // The process freezes when it has given the batch to the thread: as it wakes, the timer that it has set is due.
      const { setTimeout } = globalThis;
      const stuck = [];
      globalThis.setTimeout = (callback) => {
        globalThis.setTimeout = setTimeout;
        return setTimeout(() => {
          callback();
          stuck.push(classifier.stuck);
        }, 0);
      };
      const labels = kinds(await classifier.classify([${JSON.stringify(GOOD)}]));
      await classifier.close();
      console.log(JSON.stringify([stuck, labels]));`,
      { NODE_OPTIONS: `--import ${THREAD_FAULTS}`, FAULT: "late", FAULT_EVERY: "2", FAULT_MS: "300" },
    )) as [number[], string[]];
    expect(stuck).toEqual([0]);
    expect(labels).toEqual(["POSITIVE"]);
  }, 180_000);

  test.concurrent("hanging threads are replaced; too many of them break the classifier", async () => {
    const [first, rest, end] = (await alone(
      `
      // Each thread answers three times; one of them is the warm-up, which replacements do not have.
      const classifier = await OnnxClassifier.open(LITE, { threads: 1, timeoutMs: 6_000 });
      const first = [];
      for (let i = 0; i < 3; i++) first.push(...kinds(await classifier.classify([${JSON.stringify(GOOD)}])));
      const between = [classifier.stuck, classifier.broken];
      const rest = [];
      while (!classifier.broken) rest.push(...kinds(await classifier.classify([${JSON.stringify(GOOD)}])));
      const end = [between, classifier.stuck, kinds(await classifier.classify([${JSON.stringify(GOOD)}]))];
      await classifier.close();
      console.log(JSON.stringify([first, rest, end]));
      process.exit();`,
      {
        NODE_OPTIONS: `--import ${THREAD_FAULTS}`,
        FAULT: "hang",
        FAULT_EVERY: "4",
      },
    )) as [string[], string[], unknown[]];
    // The third batch hangs in the first thread, and the second thread answers it.
    expect(first).toEqual(["POSITIVE", "POSITIVE", "POSITIVE"]);
    expect(rest.slice(0, -1)).toEqual(Array(rest.length - 1).fill("POSITIVE"));
    expect(rest.at(-1)).toBe("InferenceError");
    expect(end).toEqual([[1, false], 3, ["InferenceError"]]);
  }, 180_000);
});

describe("a custom model", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "words-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const open = () => OnnxClassifier.open(folder, { threads: 1, batching: "tokens" });

  test("that returns NaN or infinity for a text fails only that text", async () => {
    await writeWordModel(folder, { good: [0, 4], nan: [Number.NaN, 0], endless: [Number.POSITIVE_INFINITY, 0] });
    const own = await open();
    const outcomes = await own.classify(["good good", "good nan", "endless", "good"]);
    await own.close();
    expect(
      outcomes.map((outcome) => (outcome instanceof InferenceError ? outcome.name : classified(outcome).label)),
    ).toEqual(["POSITIVE", "InferenceError", "InferenceError", "POSITIVE"]);
  });

  test("that fails on a batch because of one text still labels the others", async () => {
    await writeWordModel(folder, { good: [0, 4], bad: [4, 0], poison: null });
    const own = await open();
    const outcomes = await own.classify(["good", "bad", "poison", "good"]);
    await own.close();
    expect(own.batching).toBe("tokens");
    expect(
      outcomes.map((outcome) => (outcome instanceof InferenceError ? outcome.name : classified(outcome).label)),
    ).toEqual(["POSITIVE", "NEGATIVE", "InferenceError", "POSITIVE"]);
  });

  test("without a padding token runs each text alone", async () => {
    // The network ignores the mask, so padding would change the scores.
    const logits = { good: [0, 4], bad: [4, 0] } as const;
    await writeWordModel(folder, logits, { pad_token_id: null });
    const own = await open();
    const [long, short] = await own.classify(["good good good good good good bad", "good"]);
    await own.close();
    expect(own.batching).toBe("exact");
    expect(classified(short).score).toBeCloseTo(1 / (1 + Math.exp(-4)), 6);
    expect(classified(long).score).toBeCloseTo(1 / (1 + Math.exp(-20 / 7)), 6);
  });

  test("that returns half-precision logits is refused: some versions of Node read them as integers", async () => {
    await writeWordModel(folder, { good: [0, 4] }, undefined, { half: true });
    await expect(open()).rejects.toThrow("returns its logits as float16, not float32");
  });

  test("without a mask is refused, unless each text runs alone", async () => {
    const logits = { good: [0, 4] } as const;
    await writeWordModel(folder, logits, undefined, { masked: false });
    await expect(open()).rejects.toThrow('has no input "attention_mask"');
    await writeWordModel(folder, logits, { pad_token_id: null }, { masked: false });
    const own = await open();
    expect(await labelsOf(own, ["good"])).toEqual(["POSITIVE"]);
    await own.close();
  });

  test("verifies its network again when a thread is replaced", async () => {
    await writeWordModel(folder, { good: [0, 4] });
    const network = await readFile(join(folder, "onnx/model.onnx"));
    const result = await alone(
      `
      import { writeFileSync } from "node:fs";
      const own = await OnnxClassifier.open(${JSON.stringify(folder)}, { threads: 1, timeoutMs: 20_000 });
      const label = async () => (await own.classify(["good"]))[0];
      const before = await label();
      writeFileSync(${JSON.stringify(join(folder, "onnx/model.onnx"))}, Buffer.from(${JSON.stringify(network.toString("base64"))}, "base64").fill(0, 0, 8));
      const crash = await label();
      const after = await label();
      console.log(JSON.stringify([before.label, crash.message ?? crash.label, after.message ?? after.label]));
      await own.close();`,
      { NODE_OPTIONS: `--import ${THREAD_FAULTS}`, FAULT: "exit", FAULT_EVERY: "3" },
    );
    expect(result).toEqual([
      "POSITIVE",
      expect.stringMatching(/onnx\/model\.onnx has changed: it does not have the SHA-256/),
      expect.stringMatching(/onnx\/model\.onnx has changed: it does not have the SHA-256/),
    ]);
  });
});

describe("a model is refused", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "classifier-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** A copy of lite with one file replaced, with its digests only if `sums` is set. */
  async function changed(
    name: string,
    file: string,
    content: (old: Buffer) => string | Uint8Array,
    { sums = false } = {},
  ): Promise<string> {
    const copy = join(folder, name);
    await cp(LITE, copy, { recursive: true, dereference: true });
    if (!sums) await rm(join(copy, "SHA256SUMS"));
    await writeFile(join(copy, file), content(await readFile(join(copy, file))));
    return copy;
  }

  /** The error for a model that cannot be opened. */
  async function problemOf(path: string): Promise<{ name: string; message: string }> {
    return (await alone(`
      const problem = await OnnxClassifier.open(${JSON.stringify(path)}, { threads: 1 }).then(
        () => ({ name: "none", message: "it was opened" }),
        ({ name, message }) => ({ name, message }),
      );
      console.log(JSON.stringify(problem));`)) as { name: string; message: string };
  }

  test("if its network is corrupt; the error names the folder", async () => {
    const path = await changed("garbage", "onnx/model_quantized.onnx", () => "not a network");
    const { name, message } = await problemOf(path);
    expect(name).toBe("ModelFolderError");
    expect(message).toContain(`the model in ${path} cannot be run`);
    expect(message).toContain("onnx");
  });

  test("if its network is truncated; the error names the folder", async () => {
    const path = await changed("cut", "onnx/model_quantized.onnx", (old) => old.subarray(0, old.length / 2));
    const { name, message } = await problemOf(path);
    expect(name).toBe("ModelFolderError");
    expect(message).toContain(`the model in ${path} cannot be run`);
    expect(message).toContain("onnx");
  });

  test("if its tokenizer contradicts itself; the error names the folder", async () => {
    const path = await changed("tokens", "tokenizer.json", (old) => {
      const file = JSON.parse(old.toString());
      return JSON.stringify({ ...file, model: { ...file.model, unk_token: "[NONE]" } });
    });
    expect(await problemOf(path)).toEqual({
      name: "ModelFolderError",
      message: `the tokenizer.json in ${path} cannot be used: its vocabulary has no [NONE]`,
    });
  });

  test("if the numbers of labels and logits differ; the error has both", async () => {
    const path = await changed("labels", "config.json", (old) =>
      JSON.stringify({ ...JSON.parse(old.toString()), id2label: { 0: "BAD", 1: "GOOD" } }),
    );
    const { name, message } = await problemOf(path);
    expect(name).toBe("ModelFolderError");
    expect(message).toContain(path);
    expect(message).toMatch(/3 logits.*config\.json.*2 labels/);
  });

  test("if a file does not match its digest, even if it could be run", async () => {
    const added = await changed("other", "tokenizer.json", (old) => `${old} `, { sums: true });
    const { name, message } = await problemOf(added);
    expect(name).toBe("ModelFolderError");
    expect(message).toMatch(/tokenizer\.json has the SHA-256 [0-9a-f]{64}, not [0-9a-f]{64}/);

    const flipped = await changed(
      "flipped",
      "onnx/model_quantized.onnx",
      (old) => {
        const at = old.length >> 1;
        old.writeUInt8(old.readUInt8(at) ^ 1, at);
        return old;
      },
      { sums: true },
    );
    expect((await problemOf(flipped)).message).toContain("onnx/model_quantized.onnx has the SHA-256");
  });

  test("if its digests do not include the network", async () => {
    const path = await changed("unnamed", "SHA256SUMS", (old) => old.toString().replace(/^.*onnx.*\n/m, ""), {
      sums: true,
    });
    expect((await problemOf(path)).message).toContain("no SHA-256 is known for onnx/model_quantized.onnx");
  });

  test("if its tokenizer is broken; the error names the folder", async () => {
    const path = await changed("tokenizer", "tokenizer.json", () => '{"model":{}}');
    const { name, message } = await problemOf(path);
    expect(name).toBe("ModelFolderError");
    expect(message).toContain(`${path} is not a usable model folder: tokenizer.json is not valid`);
  });

  test("before ONNX Runtime gets it, if its network is not the verified one", async () => {
    // Otherwise the error would come from ONNX Runtime.
    const path = await changed("evil", "onnx/model_quantized.onnx", () => "not a network", { sums: true });
    const { name, message } = await problemOf(path);
    expect(name).toBe("ModelFolderError");
    expect(message).toContain("onnx/model_quantized.onnx has the SHA-256");
  });

  test("if there is no such folder", async () => {
    const { name, message } = await problemOf(join(folder, "nothing"));
    expect(name).toBe("ModelFolderError");
    expect(message).toContain(join(folder, "nothing"));
  });
});
