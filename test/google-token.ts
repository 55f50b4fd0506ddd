/** Tokens such as Google signs for the account that pushes. */
import { createSign, generateKeyPairSync, type KeyLike } from "node:crypto";

export const AUDIENCE = "https://worker.example/push";
export const PUSHER = "pusher@my-shop-123.iam.gserviceaccount.com";

export function keyPair(): { privateKey: string; publicKey: string } {
  return generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
}

const { privateKey, publicKey } = keyPair();

/** The keys that verify the tokens, by their ids. */
export const CERTIFICATES = { k1: publicKey };

/** A valid token, except for what a test changes. */
export function googleToken(
  claims: Readonly<Record<string, unknown>> = {},
  header: Readonly<Record<string, unknown>> = {},
  key: KeyLike = privateKey,
): string {
  const now = Math.floor(Date.now() / 1_000);
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString("base64url");
  const usual = {
    iss: "https://accounts.google.com",
    aud: AUDIENCE,
    email: PUSHER,
    email_verified: true,
    sub: "1",
    iat: now,
    exp: now + 3_600,
  };
  const signed = `${encode({ alg: "RS256", kid: "k1", typ: "JWT", ...header })}.${encode({ ...usual, ...claims })}`;
  return `${signed}.${createSign("RSA-SHA256").update(signed).sign(key, "base64url")}`;
}

/** A token as Cloud Run may pass it on. */
export function unsignedToken(claims: Readonly<Record<string, unknown>> = {}): string {
  return googleToken(claims).replace(/[^.]+$/, "SIGNATURE_REMOVED_BY_GOOGLE");
}
