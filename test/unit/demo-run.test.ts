import { expect, test } from "vitest";
import { type Classifier, InferenceError } from "../../model/classifier.ts";
import { openMemory } from "../../shared/backends/open.ts";
import { backendOptions } from "../../worker/cli/backend.ts";
import { listening } from "../../worker/cli/listening.ts";
import { readConfig } from "../../worker/config.ts";
import { readReviews, runReviews } from "../../worker/demo/run.ts";
import { modelId, reviewPath } from "../ids.ts";

test("a run of the demo ends, even if the model fails on a text each time", async () => {
  const classifier = {
    model: modelId("words@1"),
    labels: ["NEGATIVE", "POSITIVE"],
    languages: "any",
    whenBroken: new Promise<void>(() => {}),
    classify: async (texts: readonly string[]) =>
      texts.map((text) =>
        text === "poison"
          ? new InferenceError("the model returned NaN for a text")
          : { label: "POSITIVE", score: 0.9, scores: { NEGATIVE: 0.1, POSITIVE: 0.9 } },
      ),
  } as unknown as Classifier;
  const backend = openMemory(backendOptions(readConfig({})));
  const texts = ["good", "poison", "fine"];
  const reviews = texts.map((text, i) => ({
    path: reviewPath(`reviews/${i}`),
    fields: { text },
    bytes: 9,
    isRepeated: false,
    row: { text },
  }));
  const { given } = await runReviews(reviews, { ...backend, classifier }, readConfig({}));
  const stored = await readReviews(backend, [...given.keys()]);
  expect(stored.map(({ result }) => (result as { label?: string } | undefined)?.label)).toEqual([
    "POSITIVE",
    undefined,
    "POSITIVE",
  ]);
  await backend.close();
}, 30_000);

test("a port that this user may not use is explained", async () => {
  const refused = () => Promise.reject(Object.assign(new Error("listen EACCES"), { code: "EACCES" }));
  await expect(listening(refused, 80, "set PORT to another port")).rejects.toThrow(
    "this user may not listen on port 80: set PORT to another port, above 1023",
  );
});
