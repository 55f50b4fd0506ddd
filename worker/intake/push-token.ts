import type { IncomingHttpHeaders } from "node:http";
import { OAuth2Client, type TokenPayload } from "google-auth-library";
import { type Certificates, GoogleKeys } from "./google-keys.ts";

/** Who may push, see PUSH_AUDIENCE and PUSH_SERVICE_ACCOUNT. */
export interface PushIdentity {
  /** The audience that the push subscription puts into its tokens. */
  audience: string;
  /** E-mail of the service account that the subscription authenticates as. */
  serviceAccount: string;
  /**
   * Accepts a token whose signature the platform has verified and removed, as Cloud Run may do. Only for a service that admits
   * no request which the platform has not authenticated. @default false
   */
  trustPlatform?: boolean;
}

/** Why a push is refused. 401: no valid token of Google's. 403: a valid token, but of another account. */
export interface Refusal {
  status: 401 | 403;
  reason: "no-token" | "invalid-token" | "signature-removed" | "other-account";
}

type Headers = Pick<IncomingHttpHeaders, "authorization"> & { "x-serverless-authorization"?: string | string[] };

// https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions#claims
const ISSUERS = ["https://accounts.google.com", "accounts.google.com"];

/** Cloud Run replaces a signature by this: https://cloud.google.com/run/docs/troubleshooting#signature-removed */
const REMOVED = "SIGNATURE_REMOVED_BY_GOOGLE";

const BASE64URL = /^[\w-]+$/;
/** As in Google's library: clocks differ. */
const CLOCK_SKEW_S = 300;
/** Google's tokens have about 1 KB. Node allows headers of 16 KB. */
const MAX_TOKEN_LENGTH = 4_096;

/** Checks the token that Pub/Sub sends with each push: signature, issuer, expiry, audience and account. */
export class PushTokenVerifier {
  readonly #client = new OAuth2Client();
  readonly #identity: PushIdentity;
  readonly #certificates: () => Promise<Certificates>;

  /** @param certificates @default {@link GoogleKeys} */
  constructor(identity: PushIdentity, certificates?: () => Promise<Certificates>) {
    this.#identity = identity;
    const keys = new GoogleKeys();
    this.#certificates = certificates ?? (() => keys.get());
  }

  /**
   * @returns `undefined` if the push is accepted
   * @throws {Error} if Google's keys are not available. An invalid token never throws, because the library's errors quote it.
   */
  async verify(headers: Headers): Promise<Refusal | undefined> {
    const token = /^Bearer (\S+)$/i.exec(headers.authorization ?? "")?.[1];
    if (token === undefined) return { status: 401, reason: "no-token" };
    const parts = token.split(".");
    const removed = parts.length === 3 && parts[2] === REMOVED;
    // With X-Serverless-Authorization, Cloud Run checks that header and passes Authorization on as the caller wrote it.
    // A token without a signature then proves nothing. https://cloud.google.com/run/docs/authenticating/service-to-service
    if (removed && (!this.#identity.trustPlatform || headers["x-serverless-authorization"] !== undefined))
      return { status: 401, reason: "signature-removed" };
    // Everything that needs no key is checked first, so that junk cannot cause a request to the key server.
    const claims = token.length <= MAX_TOKEN_LENGTH ? this.#plausible(parts) : undefined;
    if (claims === undefined || !(removed || (await this.#isSigned(token, parts))))
      return { status: 401, reason: "invalid-token" };
    // The library does not check these. Without them, any Google account's token for this audience would be accepted.
    if (claims.email !== this.#identity.serviceAccount || claims.email_verified !== true)
      return { status: 403, reason: "other-account" };
    return undefined;
  }

  /** The claims of a token that has the right shape, audience and issuer, and has not expired. Its signature is not checked. */
  #plausible(parts: readonly string[]): TokenPayload | undefined {
    if (parts.length !== 3 || !parts.every((part) => BASE64URL.test(part))) return undefined;
    const header = decode(parts[0] as string);
    const claims = decode(parts[1] as string) as Partial<TokenPayload> | undefined;
    if (header?.alg !== "RS256" || typeof header.kid !== "string" || claims === undefined) return undefined;
    const { aud, iss, exp, iat } = claims;
    if (aud !== this.#identity.audience || iss === undefined || !ISSUERS.includes(iss)) return undefined;
    if (typeof exp !== "number" || exp + CLOCK_SKEW_S <= Date.now() / 1_000 || typeof iat !== "number")
      return undefined;
    return claims as TokenPayload;
  }

  /** Whether Google has signed the token. */
  async #isSigned(token: string, parts: readonly string[]): Promise<boolean> {
    const certificates = await this.#certificates();
    const kid = decode(parts[0] as string)?.kid;
    if (typeof kid !== "string" || !Object.hasOwn(certificates, kid)) return false;
    return this.#client.verifySignedJwtWithCertsAsync(token, certificates, this.#identity.audience, ISSUERS).then(
      () => true,
      () => false,
    );
  }
}

/** A part of a token, if it is an object. */
function decode(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString());
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
