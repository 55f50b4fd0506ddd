import { OAuth2Client, type TokenPayload } from "google-auth-library";

/** Who may push, see PUSH_AUDIENCE and PUSH_SERVICE_ACCOUNT. */
export interface PushIdentity {
  /** The audience that the push subscription puts into its tokens. */
  audience: string;
  /** E-mail of the service account in whose name the subscription pushes. */
  serviceAccount: string;
  /**
   * Takes a token whose signature the platform has checked and removed, as Cloud Run may do. Only for a service that nobody can
   * call whom the platform has not let in. @default false
   */
  trustPlatform?: boolean;
}

/** Why a push is refused. 401: no valid token of Google's. 403: a valid one, but of somebody else. */
export interface Refusal {
  status: 401 | 403;
  reason: "no-token" | "invalid-token" | "signature-removed" | "other-account";
}

/** Google's public keys by key id, PEM. */
export type Certificates = () => Promise<Record<string, string>>;

// https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions#claims
const ISSUERS = ["https://accounts.google.com", "accounts.google.com"];

/** What is left of a signature that Cloud Run has removed: https://cloud.google.com/run/docs/troubleshooting#signature-removed */
const REMOVED = ".SIGNATURE_REMOVED_BY_GOOGLE";

/** Checks the token that Pub/Sub sends with each push: signature, issuer, expiry, audience, and whose it is. */
export class PushTokenVerifier {
  readonly #client = new OAuth2Client();
  readonly #identity: PushIdentity;
  readonly #certificates: Certificates;

  /** @param certificates @default Google's, cached as long as they say */
  constructor(identity: PushIdentity, certificates?: Certificates) {
    this.#identity = identity;
    this.#certificates =
      certificates ?? (async () => (await this.#client.getFederatedSignonCertsAsync()).certs as Record<string, string>);
  }

  /**
   * @param authorization the request's Authorization header
   * @returns nothing if the push may come in
   * @throws {Error} if Google's keys cannot be had; a wrong token never throws. The library's own errors quote the token, so
   *   none of them gets out of here.
   */
  async verify(authorization: string | undefined): Promise<Refusal | undefined> {
    const token = /^Bearer (\S+)$/i.exec(authorization ?? "")?.[1];
    if (token === undefined) return { status: 401, reason: "no-token" };
    const removed = token.endsWith(REMOVED);
    if (removed && !this.#identity.trustPlatform) return { status: 401, reason: "signature-removed" };
    const claims = removed ? this.#unsigned(token) : await this.#signed(token);
    if (claims === undefined) return { status: 401, reason: "invalid-token" };
    // The library leaves these to the caller: without them any Google account's token for this audience would do.
    if (claims.email !== this.#identity.serviceAccount || claims.email_verified !== true)
      return { status: 403, reason: "other-account" };
    return undefined;
  }

  /** The claims of a token that Google has signed, for this audience and now. */
  async #signed(token: string): Promise<TokenPayload | undefined> {
    const certificates = await this.#certificates();
    return this.#client.verifySignedJwtWithCertsAsync(token, certificates, this.#identity.audience, ISSUERS).then(
      (ticket) => ticket.getPayload(),
      () => undefined,
    );
  }

  /** The claims of a token for this audience and now; that Google has signed it, the platform has to know. */
  #unsigned(token: string): TokenPayload | undefined {
    try {
      const claims = JSON.parse(Buffer.from(token.split(".")[1] as string, "base64url").toString()) as TokenPayload;
      const { aud, iss, exp } = claims;
      return aud === this.#identity.audience && ISSUERS.includes(iss) && exp * 1000 > Date.now() ? claims : undefined;
    } catch {
      return undefined;
    }
  }
}
