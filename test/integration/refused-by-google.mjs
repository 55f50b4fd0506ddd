/** Loaded into a command by NODE_OPTIONS=--import: Google refuses it, with an error that holds the request as theirs do. */
import { PubSub } from "@google-cloud/pubsub";

PubSub.prototype.topic = () => {
  const config = { headers: { authorization: "Bearer CANARY" }, data: "CANARY" };
  throw Object.assign(new Error("refused by Google", { cause: Object.assign(new Error("401"), { config }) }), {
    config,
  });
};
