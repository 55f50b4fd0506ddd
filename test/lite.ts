/** The model that ships, for tests of what it answers. */
import { readFile } from "node:fs/promises";
import type { Classification, Classifier } from "../model/classifier.ts";
import { resolveModel } from "../model/named-models.ts";
import { OnnxClassifier } from "../model/onnx-classifier.ts";

export async function openLite(): Promise<OnnxClassifier> {
  const { folder, ...named } = await resolveModel("lite");
  // Some texts of the tests are in no language that a detector knows.
  return OnnxClassifier.open(folder, { ...named, threads: 1, languages: "any" });
}

/** Classifies texts, all of which must get a class. */
export async function classifications(classifier: Classifier, texts: readonly string[]): Promise<Classification[]> {
  const outcomes = await classifier.classify(texts);
  return outcomes.map((outcome, i) => {
    if ("label" in outcome) return outcome;
    throw new Error(`No class for ${JSON.stringify(texts[i])}: ${JSON.stringify(outcome)}`);
  });
}

/** P(positive) − P(negative), -1 to 1. */
export function marginOf({ scores }: Classification): number {
  return (scores.POSITIVE ?? 0) - (scores.NEGATIVE ?? 0);
}

/** The rows of a JSON lines file in `fixtures/`, which `model/train` makes. */
export async function fixture<Row>(name: string): Promise<Row[]> {
  const text = await readFile(new URL(`fixtures/${name}`, import.meta.url), "utf8");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Row);
}
