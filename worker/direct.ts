/** Classification of texts that are not stored: of `POST /classify`, and of the function kit's callable. */
import type { Classifier } from "../model/classifier.ts";
import type { ModelId } from "../model/model-id.ts";
import { type DirectResult, directResult, type LabelSettings, unclassifiable } from "../shared/result.ts";

/** Maximum number of texts in one request. */
export const MAX_TEXTS = 100;

/** One text, or several; the answer has the same shape. */
export type DirectRequest = { text: string } | { texts: readonly string[] };

export type DirectAnswer = { model: ModelId } & (DirectResult | { results: readonly DirectResult[] });

export function textsOf(request: DirectRequest): readonly string[] {
  return "text" in request ? [request.text] : request.texts;
}

/** What is wrong with the texts, if it is something that the sender can mend. Quotes none of them. */
export function textProblem(texts: readonly string[], model: ModelId): string | undefined {
  const blank = texts.findIndex((text) => unclassifiable(text, model) !== undefined);
  if (blank === -1) return undefined;
  return `${texts.length === 1 ? "the text" : `text ${blank}`} is empty or has no visible character`;
}

/** @returns `undefined` if the model failed on one of the texts */
export async function classifyDirectly(
  classifier: Pick<Classifier, "model" | "classify">,
  request: DirectRequest,
  settings: LabelSettings,
  options?: { signal?: AbortSignal },
): Promise<DirectAnswer | undefined> {
  const results: DirectResult[] = [];
  for (const outcome of await classifier.classify(textsOf(request), options)) {
    if (outcome instanceof Error) return undefined;
    results.push(directResult(outcome, settings));
  }
  const { model } = classifier;
  return "text" in request ? { model, ...(results[0] as DirectResult) } : { model, results };
}
