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

/** What is wrong with the text of a request for one text. Quotes nothing of it. */
export function textProblem(request: DirectRequest, model: ModelId): string | undefined {
  const isBlank = "text" in request && unclassifiable(request.text, model) !== undefined;
  return isBlank ? "the text is empty or has no visible character" : undefined;
}

/**
 * Classifies the texts of a request. Of several, one that cannot be classified has an error as its result and does not affect the
 * others.
 * @returns `undefined` if the model failed on one of the texts
 */
export async function classifyDirectly(
  classifier: Pick<Classifier, "model" | "classify">,
  request: DirectRequest,
  settings: LabelSettings,
  options?: { signal?: AbortSignal },
): Promise<DirectAnswer | undefined> {
  const { model } = classifier;
  const texts = textsOf(request);
  const problems = texts.map((text) => unclassifiable(text, model)?.error);
  const outcomes = await classifier.classify(
    texts.filter((_, i) => problems[i] === undefined),
    options,
  );
  const results: DirectResult[] = [];
  for (const error of problems) {
    if (error !== undefined) {
      results.push({ error });
      continue;
    }
    const outcome = outcomes.shift();
    if (outcome === undefined || outcome instanceof Error) return undefined;
    results.push(directResult(outcome, settings));
  }
  return "text" in request ? { model, ...(results[0] as DirectResult) } : { model, results };
}
