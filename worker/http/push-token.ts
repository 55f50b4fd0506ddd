import { OAuth2Client } from "google-auth-library";

/** Who may push, see PUSH_AUDIENCE and PUSH_SERVICE_ACCOUNT. */
export interface PushIdentity {
  /** The audience that the push subscription puts into its tokens. */
  audience: string;
  /** E-mail of the service account in whose name the subscription pushes. */
  serviceAccount: string;
}

/** `unauthorized`: no valid token of Google's. `forbidden`: a valid one, but of somebody else. */
export type TokenVerdict = "ok" | "unauthorized" | "forbidden";

/** Google's public keys by key id, PEM. */
export type Certificates = () => Promise<Record<string, string>>;

// https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions#claims
const ISSUERS = ["https://accounts.google.com", "accounts.google.com"];

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
   * @throws {Error} if Google's keys cannot be had; a wrong token never throws. The library's own errors quote the token, so
   *   none of them gets out of here.
   */
  async verify(authorization: string | undefined): Promise<TokenVerdict> {
    const token = /^Bearer (\S+)$/i.exec(authorization ?? "")?.[1];
    if (token === undefined) return "unauthorized";
    const certificates = await this.#certificates();
    try {
      const ticket = await this.#client.verifySignedJwtWithCertsAsync(
        token,
        certificates,
        this.#identity.audience,
        ISSUERS,
      );
      const claims = ticket.getPayload();
      // The library leaves these to the caller: without them any Google account's token for this audience would do.
      return claims?.email === this.#identity.serviceAccount && claims.email_verified === true ? "ok" : "forbidden";
    } catch {
      return "unauthorized";
    }
  }
}
