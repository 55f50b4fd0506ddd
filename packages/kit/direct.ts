/** Classifies texts that are not stored, as the worker's `POST /classify` does. */
import { HttpsError } from "firebase-functions/https";
import { RateLimiterMemory } from "rate-limiter-flexible";
import { z } from "zod";
import { classifyDirectly, MAX_TEXTS, textProblem, textsOf } from "../../worker/direct.ts";
import type { Labeller } from "./labeller.ts";

/** Of all texts together: Firestore's limit of a document. */
const MAX_CHARACTERS = 1_048_576;

const Request = z.union([
  z.strictObject({ text: z.string() }),
  z.strictObject({ texts: z.array(z.string()).min(1).max(MAX_TEXTS) }),
]);

let limiter: RateLimiterMemory | undefined;

/**
 * Counts a call of a user, in this instance.
 * @throws {HttpsError} if there are more than `perMinute` within a minute
 */
export async function countCall(uid: string, perMinute: number): Promise<void> {
  limiter ??= new RateLimiterMemory({ points: perMinute, duration: 60 });
  await limiter.consume(uid).catch(() => {
    throw new HttpsError("resource-exhausted", `more than ${perMinute} calls in a minute`);
  });
}

/** @throws {HttpsError} */
export async function answerCall({ classifier, settings }: Labeller, data: unknown) {
  const { data: request } = Request.safeParse(data);
  if (request === undefined) throw new HttpsError("invalid-argument", `send {text} or {texts}, at most ${MAX_TEXTS}`);
  const texts = textsOf(request);
  const problem =
    texts.join("").length > MAX_CHARACTERS
      ? `the texts have more than ${MAX_CHARACTERS} characters`
      : textProblem(request, classifier.model);
  if (problem !== undefined) throw new HttpsError("invalid-argument", problem);
  const answer = await classifyDirectly(classifier, request, settings);
  if (answer === undefined) throw new HttpsError("internal", "the model failed on a text");
  return answer;
}
