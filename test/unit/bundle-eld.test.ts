import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { ES_MODULE, OPTIONS } from "../../bundle.ts";
import { NGRAMS_IN_PIECES } from "../../bundle-eld.ts";
import { LanguageDetector } from "../../model/languages.ts";
import { ENGLISH, LONG, SHORT } from "../fixtures/languages.ts";

const ROOT = resolve(import.meta.dirname, "../..");
let folder: string;
let bundled: LanguageDetector;
/** The turns of the event loop in which n-grams were parsed, each with their number. */
const parsed = new Map<number, number>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "review-sentiment-"));
  await build({
    ...OPTIONS,
    ...ES_MODULE,
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    splitting: true,
    entryPoints: { languages: join(ROOT, "model/languages.ts") },
    plugins: [NGRAMS_IN_PIECES],
  });
  const module = await import(/* @vite-ignore */ pathToFileURL(join(folder, "languages.mjs")).href);
  bundled = new module.LanguageDetector(["en"]);
  let turn = 0;
  let timer = setImmediate(function next() {
    turn++;
    timer = setImmediate(next);
  });
  const parseJson = JSON.parse;
  const parse = vi.spyOn(JSON, "parse");
  parse.mockImplementation((text) => {
    const value = parseJson(text);
    parsed.set(turn, (parsed.get(turn) ?? 0) + Object.keys(Object(value)).length);
    return value;
  });
  await bundled.load();
  parse.mockRestore();
  clearImmediate(timer);
});
afterAll(() => rm(folder, { recursive: true }));

it("the bundle loads the n-grams in pieces, between which other work goes on", () => {
  const sizes = [...parsed.values()];
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeGreaterThan(49_000);
  for (const size of sizes) expect(size).toBeLessThanOrEqual(2_000);
});

it("the bundle detects the same languages as the sources", async () => {
  const detector = new LanguageDetector(["en"]);
  await detector.load();
  for (const text of [
    ...ENGLISH,
    ...LONG.map(({ text }) => text),
    ...SHORT.map((short) => String(Object(short).text ?? short)),
  ])
    expect(bundled.detect(text)).toEqual(detector.detect(text));
});
