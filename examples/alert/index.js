/**
 * A Cloud Run function with a Firestore trigger on the reviews. It reports each new negative review to a webhook once.
 *
 * An event only names the document that changed. The function reads the document, as the worker does, so a late or repeated event
 * never reports an old label.
 *
 * Eventarc delivers an event at least once, and each write of a review causes an event. So the function first creates a document in
 * `alerts` whose id is the hash of path and text. Only the call that creates it reports the review.
 */
import { createHash } from "node:crypto";
import { Firestore, Timestamp } from "@google-cloud/firestore";
import { cloudEvent } from "@google-cloud/functions-framework";

const { WEBHOOK_URL } = process.env;
if (WEBHOOK_URL === undefined) throw new Error("WEBHOOK_URL is not set: set it to the address that gets the alerts");

/** Older reviews are not reported, for example when a replay with a new model labels them again. */
const MAX_AGE_MS = 24 * 60 * 60 * 1000;
/** If a call claimed an alert this long ago and has not sent it, it has died, and another call may try. */
const CLAIM_MS = 60_000;

const ALREADY_EXISTS = 6;

const firestore = new Firestore();

cloudEvent("alert", async ({ data }) => {
  const path = pathIn(data);
  const review = await firestore.doc(path).get();
  const sentiment = review.get("sentiment");
  if (sentiment?.label !== "NEGATIVE") return;
  if (Date.now() - review.createTime.toMillis() > MAX_AGE_MS) return;

  const id = createHash("sha256").update(`${path}|${sentiment.textHash}`).digest("hex");
  const alert = firestore.doc(`alerts/${id}`);
  if (!(await claim(alert, path))) return;
  try {
    await send({ id, path, score: sentiment.score });
  } catch (error) {
    // Eventarc delivers the event again, and that call must be able to claim the alert.
    await alert.delete();
    throw error;
  }
  await alert.update({ sentAt: Timestamp.now() });
});

/** The document's path. The event's subject is a header, where Node garbles what is not ASCII. */
function pathIn(data) {
  // If the document's id cannot be in a header, for example because it ends with a space, the event comes in a Pub/Sub message.
  const { value, oldValue } = data.message === undefined ? data : JSON.parse(Buffer.from(data.message.data, "base64"));
  // A deleted document has no value, or an empty one.
  const name = value?.name ?? oldValue?.name;
  if (name === undefined) throw new Error("this is not an event about a Firestore document in JSON");
  return name.slice(name.indexOf("/documents/") + "/documents/".length);
}

/**
 * Whether this call should send the alert.
 * @throws {Error} while another call is sending it, so that Eventarc delivers the event again in case that call fails
 */
async function claim(alert, path) {
  const claimed = { path, claimedAt: Timestamp.now() };
  try {
    await alert.create(claimed);
    return true;
  } catch (error) {
    if (error.code !== ALREADY_EXISTS) throw error;
  }
  const existing = await alert.get();
  if (existing.get("sentAt") !== undefined) return false;
  if (Date.now() - existing.get("claimedAt").toMillis() < CLAIM_MS)
    throw new Error("another call is sending this alert");
  // The precondition lets only one of several such calls succeed.
  await alert.update(claimed, { lastUpdateTime: existing.updateTime });
  return true;
}

async function send({ id, path, score }) {
  const answer = await fetch(WEBHOOK_URL, {
    method: "POST",
    // If this process died after it sent an alert and before it marked it as sent, a receiver can recognise the duplicate by this key.
    headers: { "content-type": "application/json", "idempotency-key": id },
    body: JSON.stringify({ text: `New negative review (${score.toFixed(2)}): ${path}` }),
    signal: AbortSignal.timeout(10_000),
  });
  if (!answer.ok) throw new Error(`the webhook answered ${answer.status}`);
}
