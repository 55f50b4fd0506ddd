/** Tests a fetched model from download to scores, with a DistilBERT with random weights: 1 layer, or all 6 in the soak. */
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Classification } from "../../model/classifier.ts";
import { sha256 } from "../../model/digests.ts";
import { fetchModel } from "../../model/fetch.ts";
import { DISTILBERT_SST2, type ModelSource } from "../../model/named-models.ts";
import { type Batching, OnnxClassifier } from "../../model/onnx-classifier.ts";
import { decodeEntities } from "../../shared/entities.ts";
import { writeRandomDistilBert } from "../distilbert.ts";
import { FileServer } from "../file-server.ts";
import { reviews, shuffled } from "../reviews.ts";

const LAYERS = process.env.SOAK ? 6 : 1;
const REVIEWS = process.env.SOAK ? 500 : 200;
const MINUTES = 60_000 * (process.env.SOAK ? 30 : 4);
const REFERENCE = fileURLToPath(new URL("../reference/pipeline.ts", import.meta.url));

let temp: string;
let folder: string;

beforeAll(async () => {
  temp = await mkdtemp(join(tmpdir(), "distilbert-"));
  const made = join(temp, "made");
  await writeRandomDistilBert(made, LAYERS);

  const server = new FileServer();
  const { repository, revision, files } = DISTILBERT_SST2.source as ModelSource;
  const source = { repository, revision, files: [] as ModelSource["files"][number][] };
  for (const { path } of files) {
    const content = await readFile(join(made, path));
    server.files.set(`/${repository}/resolve/${revision}/${path}`, content);
    source.files.push({ path, bytes: content.length, sha256: await sha256(join(made, path)) });
  }
  folder = join(temp, "fetched");
  const mirror = await server.listen();
  await fetchModel({ ...DISTILBERT_SST2, folder, source }, { mirror });
  await server.close();
}, MINUTES);
afterAll(() => rm(temp, { recursive: true }));

/** The probability of POSITIVE, which unlike the score also distinguishes the labels. */
const positive = ({ label, score }: Classification): number => (label === "POSITIVE" ? score : 1 - score);

async function withClassifier<T>(batching: Batching, use: (classifier: OnnxClassifier) => Promise<T>): Promise<T> {
  const classifier = await OnnxClassifier.open(folder, { name: "distilbert-sst2", batching });
  return use(classifier).finally(() => classifier.close());
}

async function probabilities(classifier: OnnxClassifier, texts: readonly string[]): Promise<number[]> {
  return ((await classifier.classify(texts)) as Classification[]).map(positive);
}

/** The reference's results for each text. */
async function reference(texts: readonly string[]): Promise<(Classification & { tokens: number })[]> {
  const child = spawn(process.execPath, [REFERENCE, folder], { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(JSON.stringify(texts));
  return (await json(child.stdout)) as (Classification & { tokens: number })[];
}

const UNICODE = [
  "Très déçu, la qualité est médiocre… ça ne vaut pas 30 €",
  "Größe paßt nicht! Schade um das schöne Geld.",
  "非常好用,下次还会买。",
  "とても良いです!また買います。",
  "منتج رائع، أنصح به",
  "Отличный товар, рекомендую",
  "👍🏽👍🏽 love it 😍 — 10/10 👨‍👩‍👧‍👦",
  "It’s “great” – no, really ½ price ™",
  "ﬁne ﬂoor, Åsa e\u0301te\u0301 \u00a0 zero\u200bwidth",
  "tab\tnew\nline\r\nand \0 control \u0007 characters \ufffd",
  "İstanbul'da ŞAHANE bir ürün",
  "[SEP] [CLS] [MASK] [UNK] [PAD] are words too",
  "a".repeat(300),
  "!?!?!?!? ........ $$$ @@@ ###",
  "don't can't won't I'm they're it's",
  "𝓛𝓸𝓿𝓮 𝓲𝓽",
];

/** The reference strips only the marks from U+0300 to U+036F. Python strips all; the tokenizer's test compares with Python. */
function isComparable(text: string): boolean {
  return !/(?![\u0300-\u036F])\p{Mn}/u.test(text.normalize("NFD"));
}

describe("a fetched DistilBERT", () => {
  it(
    "gives the scores of its own pipeline, whatever the script and however long the text",
    async () => {
      const words = (count: number): string =>
        Array.from({ length: count }, (_, i) => (i % 3 ? "good" : "bad")).join(" ");
      // 512 tokens are 510 words and two special ones.
      const texts = [...UNICODE, words(509), words(510), words(511), words(2_000), ...(await reviews(200))].filter(
        isComparable,
      );
      // The classifier decodes HTML entities; the reference does not.
      const expected = await reference(texts.map(decodeEntities));
      const long = expected.filter(({ tokens }) => tokens > 512);
      expect(long.length).toBeGreaterThanOrEqual(4);
      expect(expected.filter(({ tokens }) => tokens === 512)).toHaveLength(1);
      // The scores must differ from each other, or a wrong one would not be noticed.
      expect(new Set(expected.map(({ score }) => score.toFixed(4))).size).toBeGreaterThan(texts.length * 0.75);

      const actual = await withClassifier("auto", (classifier) => probabilities(classifier, texts));
      const differences = expected.map((one, i) => Math.abs(positive(one) - (actual[i] as number)));
      expect(Math.max(...differences)).toBeLessThan(1e-4);
    },
    MINUTES,
  );

  it(
    "gives a text the same score alone, in shuffled batches and in sorted ones",
    async () => {
      const texts = await reviews(REVIEWS);
      await withClassifier("auto", async (classifier) => {
        expect(classifier.batching).toBe("exact");
        const alone: number[] = [];
        for (const text of texts) alone.push(...(await probabilities(classifier, [text])));
        for (const order of [shuffled(texts), texts.toSorted((a, b) => a.length - b.length)]) {
          const together = await probabilities(classifier, order);
          const byText = new Map(order.map((text, i) => [text, together[i] as number]));
          for (const [i, text] of texts.entries()) {
            const [one, other] = [alone[i] as number, byText.get(text) as number];
            expect(Math.abs(one - other)).toBeLessThan(1e-3);
            expect(one > 0.5).toBe(other > 0.5);
          }
        }
      });
    },
    MINUTES,
  );

  it("would not with batches, even of equal lengths, so it needs exact batching", async () => {
    const texts = ["bad", "good", "awful", "wonderful", "so", "broken", "love", "cheap"];
    await withClassifier("tokens", async (classifier) => {
      const together = await probabilities(classifier, texts);
      const alone: number[] = [];
      for (const text of texts) alone.push(...(await probabilities(classifier, [text])));
      expect(Math.max(...alone.map((one, i) => Math.abs(one - (together[i] as number))))).toBeGreaterThan(1e-3);
    });
  });
});
