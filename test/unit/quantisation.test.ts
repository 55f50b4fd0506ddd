import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dependsOnBatch } from "../../model/quantisation.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "quantisation-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** Bytes in chunks of which a file is read. */
const CHUNK = 1 << 20;

test.each([
  ["at the start", 0],
  ["across the end of a chunk", CHUNK - 5],
  ["with one byte in the first chunk", CHUNK - 1],
  ["at the start of a chunk", CHUNK],
  ["at the end", 3 * CHUNK - 21],
])("an operator that shares a scale is found %s", async (_, at) => {
  const content = Buffer.alloc(3 * CHUNK, 7);
  content.write("DynamicQuantizeLinear", at);
  await writeFile(join(folder, "network"), content);
  expect(await dependsOnBatch(join(folder, "network"))).toBe(true);
});

test("other operators of quantised networks are ignored", async () => {
  await writeFile(join(folder, "network"), "QuantizeLinear DequantizeLinear MatMulInteger Dynamic");
  expect(await dependsOnBatch(join(folder, "network"))).toBe(false);
});
