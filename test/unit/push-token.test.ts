import { describe, expect, it } from "vitest";
import { type Certificates, GoogleKeys } from "../../worker/intake/google-keys.ts";
import { PushTokenVerifier } from "../../worker/intake/push-token.ts";
import { AUDIENCE, CERTIFICATES, googleToken, PUSHER, unsignedToken } from "../google-token.ts";

const encode = (part: unknown): string => Buffer.from(JSON.stringify(part)).toString("base64url");

const bearer = (value: string) => ({ authorization: `Bearer ${value}` });

/** A verifier, and how often it has asked for keys. */
function verifierWith(
  fetch: () => Promise<Certificates> = async () => CERTIFICATES,
  options: { trustPlatform?: boolean; deadlineMs?: number; retryAfterMs?: number } = {},
) {
  const count = { fetches: 0 };
  const keys = new GoogleKeys({
    ...options,
    fetch: () => {
      count.fetches++;
      return fetch();
    },
  });
  const identity = { audience: AUDIENCE, serviceAccount: PUSHER, trustPlatform: options.trustPlatform ?? false };
  return { verifier: new PushTokenVerifier(identity, () => keys.get()), count };
}

describe("a token that cannot be valid", () => {
  it.each([
    ["one part", "junk"],
    ["two parts", "a.b"],
    ["parts that are not base64url", "a$.b.c"],
    ["no signature", googleToken().replace(/[^.]+$/, "")],
    ["a signature that is not base64url", googleToken().replace(/[^.]+$/, "a$b")],
    ["a fourth part", `${googleToken()}.YQ`],
    ["a header that is not JSON", "YQ.YQ.YQ"],
    ["a header that is null", `${encode(null)}.${encode({})}.YQ`],
    ["another algorithm", googleToken({}, { alg: "none" })],
    ["a symmetric algorithm", googleToken({}, { alg: "HS256" })],
    ["no key id", googleToken({}, { kid: undefined })],
    ["a key id that is a number", googleToken({}, { kid: 1 })],
    ["another audience", googleToken({ aud: "https://other.example" })],
    ["another issuer", googleToken({ iss: "https://evil.example" })],
    ["a time in the past", googleToken({ exp: 1_600_000_000 })],
    ["a length that no token of Google's has", googleToken({ filler: "x".repeat(10_000) })],
  ])("because it has %s is refused without a request to the key server", async (_, junk) => {
    const { verifier, count } = verifierWith();
    expect(await verifier.verify(bearer(junk))).toEqual({ status: 401, reason: "invalid-token" });
    expect(count.fetches).toBe(0);
  });

  it.each(["toString", "__proto__", "unknown"])("because its key id is %s is refused", async (kid) => {
    const { verifier } = verifierWith();
    expect(await verifier.verify(bearer(googleToken({}, { kid })))).toEqual({ status: 401, reason: "invalid-token" });
  });
});

describe("the key server", () => {
  it("gets one request for any number of tokens at once", async () => {
    const gate = Promise.withResolvers<Certificates>();
    const { verifier, count } = verifierWith(() => gate.promise);
    const answers = Array.from({ length: 150 }, () => verifier.verify(bearer(googleToken())));
    gate.resolve(CERTIFICATES);
    expect(new Set(await Promise.all(answers))).toEqual(new Set([undefined]));
    expect(count.fetches).toBe(1);
  });

  it("that hangs fails every waiting push at the timeout, and is not asked again for a while", async () => {
    const { verifier, count } = verifierWith(() => new Promise(() => {}), { deadlineMs: 20, retryAfterMs: 60_000 });
    const answers = await Promise.allSettled(Array.from({ length: 150 }, () => verifier.verify(bearer(googleToken()))));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set(["rejected"]));
    await expect(verifier.verify(bearer(googleToken()))).rejects.toThrow("did not answer within 20 ms");
    expect(count.fetches).toBe(1);
  });

  it("is asked again after a failure", async () => {
    let down = true;
    const { verifier, count } = verifierWith(
      async () => {
        if (down) throw new Error("down");
        return CERTIFICATES;
      },
      { retryAfterMs: 0 },
    );
    await expect(verifier.verify(bearer(googleToken()))).rejects.toThrow("down");
    down = false;
    expect(await verifier.verify(bearer(googleToken()))).toBeUndefined();
    expect(count.fetches).toBe(2);
  });

  it("that is down does not affect pushes whose key is known", async () => {
    let down = false;
    const { verifier } = verifierWith(async () => {
      if (down) throw new Error("down");
      return CERTIFICATES;
    });
    expect(await verifier.verify(bearer(googleToken()))).toBeUndefined();
    down = true;
    expect(await verifier.verify(bearer(googleToken()))).toBeUndefined();
    expect(await verifier.verify(bearer(googleToken()))).toBeUndefined();
  });
});

describe("a token whose signature the platform has removed", () => {
  it("is accepted only if the platform is trusted", async () => {
    expect(
      await verifierWith(undefined, { trustPlatform: true }).verifier.verify(bearer(unsignedToken())),
    ).toBeUndefined();
    const refusal = { status: 401, reason: "signature-removed" };
    expect(await verifierWith().verifier.verify(bearer(unsignedToken()))).toEqual(refusal);
  });

  it("is refused if X-Serverless-Authorization is present, because the platform then checks only that header", async () => {
    const { verifier } = verifierWith(undefined, { trustPlatform: true });
    for (const value of ["Bearer x", "", ["Bearer x"]])
      expect(await verifier.verify({ ...bearer(unsignedToken()), "x-serverless-authorization": value })).toEqual({
        status: 401,
        reason: "signature-removed",
      });
    expect(
      await verifier.verify({ ...bearer(googleToken()), "x-serverless-authorization": "Bearer x" }),
    ).toBeUndefined();
  });
});
