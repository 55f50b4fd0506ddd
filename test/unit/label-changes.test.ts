/** Recording labels before a replay, and comparing them with the labels after it. */
import { execFile } from "node:child_process";
import { appendFile, mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ModelId } from "../../model/model-id.ts";
import { MemoryStore } from "../../shared/backends/memory.ts";
import { PathTemplate } from "../../shared/path.ts";
import type { Result } from "../../shared/result.ts";
import { openReviewsFile } from "../../shared/reviews-file.ts";
import { labelChanges } from "../../worker/replay/label-changes.ts";
import { LabelRecord } from "../../worker/replay/label-record.ts";
import { modelId, reviewPath, textHashOf } from "../ids.ts";

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "review-sentiment-"));
  file = join(folder, "labels.jsonl");
});
afterEach(() => rm(folder, { recursive: true }));

const selected = (id: string, result: unknown) => ({
  path: reviewPath(`reviews/${id}`),
  result,
  position: id,
  read: 1,
});
const positive = { label: "POSITIVE", score: 0.9, model: "lite@1", textHash: "ab", classifiedAt: new Date() };
const lines = async (): Promise<unknown[]> =>
  (await readFile(file, "utf8"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

describe("a record of labels", () => {
  test("has one line per review: its path, and its label if it had one", async () => {
    const record = await LabelRecord.open(file);
    const sizes = await record.add([
      selected("é", positive),
      selected("b", { error: { code: "text-blank" }, model: "lite@1" }),
      selected("c", undefined),
      selected("d", "written by somebody else"),
    ]);
    await record.close();
    expect(await lines()).toEqual([
      { path: "reviews/é", label: "POSITIVE", score: 0.9, model: "lite@1", textHash: "ab" },
      { path: "reviews/b", model: "lite@1" },
      { path: "reviews/c" },
      { path: "reviews/d" },
    ]);
    const bytes = await readFile(file);
    expect(sizes.map((size) => bytes[size - 1])).toEqual(Array(4).fill("\n".charCodeAt(0)));
    expect(sizes.at(-1)).toBe(bytes.length);
  });

  test("fails if the disk is full; after the next attempt no line is missing", async () => {
    // As on a full disk, the write that reaches the limit writes a part. Node ignores the signal that the limit raises.
    const script = `
      import { LabelRecord } from ${JSON.stringify(new URL("../../worker/replay/label-record.ts", import.meta.url).href)};
      const record = await LabelRecord.open(${JSON.stringify(file)});
      const reviews = Array.from({ length: 100 }, (_, i) => ({ path: "reviews/r" + i, position: "", read: 1 }));
      await record.add(reviews).then(() => console.log("written"), ({ code }) => console.log(code));
    `;
    const shell = 'ulimit -f 2; exec "$0" --input-type=module -e "$1"';
    const { stdout } = await promisify(execFile)("bash", ["-c", shell, process.execPath, script]);
    expect(stdout).toBe("EFBIG\n");

    const again = await LabelRecord.open(file, 0);
    await again.add(Array.from({ length: 100 }, (_, i) => selected(`r${i}`, undefined)));
    await again.close();
    expect(await lines()).toEqual(Array.from({ length: 100 }, (_, i) => ({ path: `reviews/r${i}` })));
  });

  test("never overwrites a file", async () => {
    await writeFile(file, "precious");
    await expect(LabelRecord.open(file)).rejects.toThrow(/exists already: record the labels in a new file/);
    expect(await readFile(file, "utf8")).toBe("precious");
  });

  test("keeps the first line of a review that is read again when it is continued", async () => {
    const first = await LabelRecord.open(file);
    const [, size] = await first.add(["a", "b", "c", "d"].map((id) => selected(id, positive)));
    await first.close();

    // Interrupted with b confirmed, twice; c and d have their new labels by now.
    const negative = { ...positive, label: "NEGATIVE" };
    const second = await LabelRecord.open(file, size);
    const [atC] = await second.add(["c", "d"].map((id) => selected(id, negative)));
    await second.close();
    const third = await LabelRecord.open(file, atC);
    await third.add(["d", "e"].map((id) => selected(id, negative)));
    await third.close();

    expect(await lines()).toMatchObject([
      { path: "reviews/a", label: "POSITIVE" },
      { path: "reviews/b", label: "POSITIVE" },
      { path: "reviews/c", label: "POSITIVE" },
      { path: "reviews/d", label: "POSITIVE" },
      { path: "reviews/e", label: "NEGATIVE" },
    ]);
  });

  test("has one line per review also if a review is new when it is continued, and it is interrupted again", async () => {
    const first = await LabelRecord.open(file);
    const [size] = await first.add(["a", "b", "d", "e"].map((id) => selected(id, positive)));
    await first.close();
    const second = await LabelRecord.open(file, size);
    const sizes = await second.add(["b", "c", "d", "e"].map((id) => selected(id, positive)));
    await second.close();
    expect(sizes).toEqual(sizes.toSorted((a, b) => a - b));
    // Interrupted with c confirmed.
    const third = await LabelRecord.open(file, sizes[1]);
    await third.add(["d", "e", "f"].map((id) => selected(id, positive)));
    await third.close();
    expect(await lines()).toMatchObject(["a", "b", "d", "e", "c", "f"].map((id) => ({ path: `reviews/${id}` })));
  });

  test("does not wait for a known review that is no longer selected, so that it need not read the whole file again", async () => {
    const first = await LabelRecord.open(file);
    const [size = 0] = await first.add(["a", "b"].map((id) => selected(id, positive)));
    await first.close();
    const second = await LabelRecord.open(file, size);
    const sizes = await second.add(Array.from({ length: 1_000 }, (_, i) => selected(`c${i}`, positive)));
    await second.close();
    expect(sizes.slice(0, 999)).toEqual(Array(999).fill(size));
    expect(sizes.at(-1)).toBe((await readFile(file)).length);
  });

  test.each([
    '{"path":"revi',
    '{"path":"reviews/b"}',
    Buffer.from('{"path":"reviews/é').subarray(0, -1),
    `{"path":"reviews/${"b".repeat(200)}`,
  ])("can be continued after a line that was cut off: %s", async (rest) => {
    const first = await LabelRecord.open(file);
    const [size] = await first.add([selected("a", positive)]);
    await first.close();
    await appendFile(file, rest);
    const second = await LabelRecord.open(file, size);
    await second.add([selected("b", positive)]);
    await second.close();
    expect(await lines()).toMatchObject([{ path: "reviews/a" }, { path: "reviews/b", label: "POSITIVE" }]);
  });

  test("can be continued after paths with any character", async () => {
    const first = await LabelRecord.open(file);
    const ids = ["\u2028", "\r", "é😀"];
    await first.add(ids.map((id) => selected(id, positive)));
    await first.close();
    const second = await LabelRecord.open(file, 0);
    const sizes = await second.add([...ids, "b"].map((id) => selected(id, { ...positive, label: "NEGATIVE" })));
    await second.close();
    expect(await lines()).toMatchObject([...ids.map(() => ({ label: "POSITIVE" })), { label: "NEGATIVE" }]);
    expect(sizes.at(-1)).toBe((await readFile(file)).length);
  });

  test("cannot be continued if something else has written into it", async () => {
    const first = await LabelRecord.open(file);
    const [size] = await first.add([selected("a", positive)]);
    await first.close();
    await appendFile(file, '{"text":"a review"}\n');
    await expect(LabelRecord.open(file, size)).rejects.toThrow(
      /holds lines that the interrupted replay has not written/,
    );
  });

  test("cannot be continued in another file", async () => {
    const first = await LabelRecord.open(file);
    const [size] = await first.add([selected("a", positive)]);
    await first.close();
    await truncate(file, 3);
    await expect(LabelRecord.open(file, size)).rejects.toThrow(/is shorter than it was/);
    await rm(file);
    await expect(LabelRecord.open(file, size)).rejects.toThrow(
      /the labels cannot be recorded in .*: no such file or directory$/,
    );
    await writeFile(file, "");
  });
});

describe("a report of changed labels", () => {
  const label = (name: string, score = 0.8, textHash = "ab"): Result => ({
    label: name,
    score,
    scores: { [name]: score },
    model: modelId("lite@2"),
    textHash: textHashOf(textHash),
  });
  const now: Record<string, Result | undefined> = {
    same: label("POSITIVE"),
    flipped: label("NEGATIVE", 0.6),
    flippedToo: label("NEUTRAL", 0.51),
    edited: label("NEGATIVE", 0.9, "cd"),
    unhashed: { label: "NEGATIVE", score: 0.9, model: modelId("lite@2") } as Result,
    imported: label("NEGATIVE"),
    added: label("NEGATIVE"),
    lost: {
      error: { code: "language-unsupported", message: "The model does not read it." },
      model: modelId("lite@2"),
      textHash: textHashOf("ab"),
    },
    importedLost: { error: { code: "text-missing", message: "none" }, model: modelId("lite@2") },
    failed: { error: { code: "text-blank", message: "blank" }, model: modelId("lite@2") },
    emptied: { error: { code: "text-missing", message: "gone" }, model: modelId("lite@2") },
    waiting: { ...label("POSITIVE"), model: modelId("lite@1") },
    reset: undefined,
  };
  let store: MemoryStore;
  beforeEach(async () => {
    store = new MemoryStore({ textField: "text", resultField: "sentiment" });
    await store.put(
      Object.entries(now).map(([id, sentiment]) => ({
        path: `reviews/${id}`,
        fields: { ...(sentiment && { sentiment }) },
      })),
    );
    await record();
  });
  const record = async (target?: ModelId): Promise<void> => {
    const written = await LabelRecord.open(file, undefined, target);
    const { textHash: _, ...imported } = positive;
    const before: Record<string, unknown> = Object.fromEntries(Object.keys(now).map((id) => [id, positive]));
    Object.assign(before, { added: undefined, failed: undefined, imported, importedLost: imported, deleted: positive });
    await written.add(Object.entries(before).map(([id, result]) => selected(id, result)));
    await written.close();
  };
  const reviewsPath = PathTemplate.parse("reviews/{review}");
  const report = async (examples = 20, model = "lite@2") => {
    const record = await openReviewsFile(file);
    return labelChanges(record, store, { reviewsPath, model: modelId(model), examples, progress: () => {} });
  };

  test("counts each review once, by its outcome", async () => {
    expect(await report()).toEqual({
      model: "lite@2",
      modelRecorded: false,
      reviews: 14,
      changed: 4,
      lost: 2,
      lostBecause: { "language-unsupported": 1, "text-missing": 1 },
      same: 1,
      edited: 2,
      unknown: 2,
      added: 1,
      failed: 1,
      failedBecause: { "text-blank": 1 },
      deleted: 1,
      waiting: 2,
      otherModels: {},
      changes: {
        "POSITIVE → NEGATIVE": 1,
        "POSITIVE → NEUTRAL": 1,
        "POSITIVE → (language-unsupported)": 1,
        "POSITIVE → (text-missing)": 1,
      },
      examples: [
        { path: "reviews/flipped", from: "POSITIVE", to: "NEGATIVE", score: 0.6 },
        { path: "reviews/flippedToo", from: "POSITIVE", to: "NEUTRAL", score: 0.51 },
        { path: "reviews/lost", from: "POSITIVE", to: "(language-unsupported)" },
        { path: "reviews/importedLost", from: "POSITIVE", to: "(text-missing)" },
      ],
    });
  });

  test("counts reviews that another model than the given one has labelled since", async () => {
    expect(await report(20, "lite@1")).toMatchObject({
      modelRecorded: false,
      same: 1,
      deleted: 1,
      waiting: 12,
      otherModels: { "lite@2": 11 },
    });
  });

  test("compares with the model that the record names, whatever MODEL is", async () => {
    const expected = await report();
    await rm(file);
    await record(modelId("lite@2"));
    expect(await report(20, "lite@1")).toEqual({ ...expected, modelRecorded: true });
  });

  test("lists at most the wanted number of examples, and counts all changes", async () => {
    expect(await report(1)).toMatchObject({ changed: 4, examples: [{ path: "reviews/flipped" }] });
  });

  test("refuses a file that is not a record", async () => {
    await writeFile(file, '{"text":"a review"}\n');
    await expect(report()).rejects.toThrow(`${file} holds lines that \`replay --record\` has not written`);
  });

  test("refuses reviews that are not at REVIEWS_PATH, before it reads any of them", async () => {
    await writeFile(file, '{"path":"reviews/same"}\n{"path":"users/a"}\n');
    await expect(report()).rejects.toThrow(
      `${file} holds reviews whose paths do not match REVIEWS_PATH (reviews/{review})`,
    );
  });
});
