/**
 * Loaded into a worker by NODE_OPTIONS=--import: the public key that signs tokens is GOOGLE_PUBLIC_KEY instead of Google's;
 * where that is not set, the keys cannot be had.
 */
import { OAuth2Client } from "google-auth-library";

OAuth2Client.prototype.getFederatedSignonCertsAsync = async () => {
  const { GOOGLE_PUBLIC_KEY: key } = process.env;
  if (key === undefined) throw new Error("injected");
  return { certs: { k1: key } };
};
