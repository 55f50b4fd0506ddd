/**
 * Loaded into a command by NODE_OPTIONS=--import: credentials are there, requests to Google's REST interfaces go to GOOGLE_APIS
 * instead, and Firestore is empty.
 */
import { GoogleAuth } from "google-auth-library";
import { FirestoreStore } from "../../shared/backends/firestore.ts";

GoogleAuth.prototype.getClient = async () => ({
  async request({ url, method, data }) {
    const { host, pathname, search } = new URL(url);
    const at = `http://${process.env.GOOGLE_APIS}/${host.split(".")[0]}${pathname}${search}`;
    const answer = await fetch(at, { method, ...(data !== undefined && { body: JSON.stringify(data) }) });
    const body = await answer.json();
    if (answer.ok) return { data: body };
    throw Object.assign(new Error(`Request failed with status code ${answer.status}`), {
      response: { status: answer.status, data: body },
    });
  },
});

FirestoreStore.prototype.page = async () => ({ reviews: [], read: 0, position: undefined, at: new Date() });
