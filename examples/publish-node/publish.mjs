/** Stores a review and asks for its sentiment: node publish.mjs "TEXT" */
import { Firestore } from "@google-cloud/firestore";
import { PubSub } from "@google-cloud/pubsub";

const [text] = process.argv.slice(2);
if (text === undefined) {
  console.error('usage: node publish.mjs "TEXT"');
  process.exit(2);
}

const firestore = new Firestore();
const pubsub = new PubSub();

const review = await firestore.collection("reviews").add({ text, createdAt: new Date() });
// After the write: a worker that gets the message must find the document.
await pubsub.topic("reviews").publishMessage({ json: { path: review.path } });
console.log(`${review.path} stored and published`);

await Promise.all([pubsub.close(), firestore.terminate()]);
