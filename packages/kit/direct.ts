/** Classifies texts that are not stored, as the worker's `POST /classify` does. */
import { HttpsError } from "firebase-functions/https";
import { RateLimiterMemory } from "rate-limiter-flexible";
import { z } from "zod";
import { type DirectResult, directResult, unclassifiable } from "../../shared/result.ts";
import type { Labeller } from "./labeller.ts";

/** Texts of one call, and their characters together: Firestore's limit of a document. */
const MAX_TEXTS = 100;
const MAX_CHARACTERS = 1_048_576;

const Texts = z.array(z.string()).min(1).max(MAX_TEXTS);
const Request = z.union([
  z.strictObject({ text: z.string() }).transform(({ text }) => [text]),
  z.strictObject({ texts: Texts }).transform(({ texts }) => texts),
]);

let limiter: RateLimiterMemory | undefined;

/** Counts a call of a user. @throws {HttpsError} if there are too many */
export async function countCall(uid: string, perMinute: number): Promise<void> {
  limiter ??= new RateLimiterMemory({ points: perMinute, duration: 60 });
  await limiter.consume(uid).catch(() => {
    throw new HttpsError("resource-exhausted", `more than ${perMinute} calls in a minute`);
  });
}

/** @throws {HttpsError} */
export async function classifyDirectly({ classifier, settings }: Labeller, data: unknown) {
  const request = Request.safeParse(data);
  if (!request.success) throw new HttpsError("invalid-argument", `send {text} or {texts}, at most ${MAX_TEXTS}`);
  const texts = request.data;
  const { model } = classifier;
  if (texts.some((text) => unclassifiable(text, model) !== undefined))
    throw new HttpsError("invalid-argument", "a text is empty or has no visible character");
  if (texts.reduce((sum, { length }) => sum + length, 0) > MAX_CHARACTERS)
    throw new HttpsError("invalid-argument", `the texts have more than ${MAX_CHARACTERS} characters`);
  const results = (await classifier.classify(texts)).map((outcome): DirectResult => {
    if (outcome instanceof Error) throw new HttpsError("internal", "the model failed on a text");
    return directResult(outcome, settings);
  });
  return "text" in (data as object) ? { model, ...results[0] } : { model, results };
}
