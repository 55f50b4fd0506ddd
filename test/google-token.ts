/** Tokens such as Google signs for the account that pushes. */
import { createSign, type KeyLike } from "node:crypto";

/**
 * A valid token, except for what a test changes.
 * @param claims at least the audience `aud` and the account `email`
 */
export function googleToken(
  key: KeyLike,
  claims: Readonly<Record<string, unknown>>,
  header: Readonly<Record<string, unknown>> = {},
): string {
  const now = Math.floor(Date.now() / 1_000);
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString("base64url");
  const usual = { iss: "https://accounts.google.com", email_verified: true, iat: now, exp: now + 3_600 };
  const signed = `${encode({ alg: "RS256", kid: "k1", typ: "JWT", ...header })}.${encode({ ...usual, ...claims })}`;
  return `${signed}.${createSign("RSA-SHA256").update(signed).sign(key, "base64url")}`;
}
