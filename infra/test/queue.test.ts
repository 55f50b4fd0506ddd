import { expect, test } from "vitest";
import { ReviewMessage } from "../../shared/message.ts";
import { graphOf, PROJECT } from "./graph.ts";

const TOPIC = "pubsub/topic:Topic";
const SUBSCRIPTION = "pubsub/subscription:Subscription";

test("the topic keeps messages for a week and refuses messages that do not match the schema", async () => {
  const graph = await graphOf();
  expect(graph.the(TOPIC, "reviews").inputs).toEqual({
    name: "reviews",
    messageRetentionDuration: "604800s",
    schemaSettings: { schema: `projects/${PROJECT}/schemas/reviews-message`, encoding: "JSON" },
  });
  const { inputs } = graph.the("pubsub/schema:Schema");
  expect(inputs).toMatchObject({ name: "reviews-message", type: "PROTOCOL_BUFFER" });
  expect(
    Object.fromEntries(
      [...inputs.definition.matchAll(/^ {2}(\w+) (\w+) = \d+;$/gm)].map(([, type, field]) => [field, type]),
    ),
  ).toEqual({
    path: "string",
    force: "bool",
  });
  expect(Object.keys(ReviewMessage.shape)).toEqual(["path", "force"]);
});

test("the subscription never expires, backs off, and dead-letters after the configured attempts", async () => {
  expect((await graphOf({ delivery: "pull" })).the(SUBSCRIPTION, "review-sentiment").inputs).toEqual({
    name: "review-sentiment",
    topic: `projects/${PROJECT}/topics/reviews`,
    ackDeadlineSeconds: 120,
    messageRetentionDuration: "604800s",
    expirationPolicy: { ttl: "" },
    retryPolicy: { minimumBackoff: "10s", maximumBackoff: "600s" },
    deadLetterPolicy: { deadLetterTopic: `projects/${PROJECT}/topics/reviews-dead-letter`, maxDeliveryAttempts: 100 },
  });
});

test("push: the subscription calls the service's /push with a token for the audience that the worker expects", async () => {
  const graph = await graphOf();
  const service = graph.the("cloudrunv2/service:Service").inputs;
  const { pushConfig } = graph.the(SUBSCRIPTION, "review-sentiment").inputs;
  expect(pushConfig).toEqual({
    pushEndpoint: "https://review-sentiment-abc.a.run.app/push",
    oidcToken: {
      serviceAccountEmail: `review-sentiment-push@${PROJECT}.iam.gserviceaccount.com`,
      audience: "https://review-sentiment.my-shop-123",
    },
  });
  expect(service.customAudiences).toEqual([pushConfig.oidcToken.audience]);
});

test("the dead-letter topic has a subscription that keeps messages for 31 days and never expires", async () => {
  const graph = await graphOf();
  expect(graph.the(TOPIC, "dead-letters").inputs).toEqual({ name: "reviews-dead-letter" });
  expect(graph.the(SUBSCRIPTION, "dead-letters").inputs).toEqual({
    name: "reviews-dead-letter",
    topic: `projects/${PROJECT}/topics/reviews-dead-letter`,
    messageRetentionDuration: "2678400s",
    expirationPolicy: { ttl: "" },
  });
});

test("names, deadlines and limits follow the settings", async () => {
  const graph = await graphOf({
    topic: "shop-reviews",
    subscription: "shop-sentiment",
    deadLetterTopic: "shop-dead",
    ackDeadlineSeconds: "300",
    maxDeliveryAttempts: "7",
    retentionDays: "31",
  });
  expect(graph.the(TOPIC, "reviews").inputs).toMatchObject({
    name: "shop-reviews",
    messageRetentionDuration: "2678400s",
  });
  expect(graph.the(SUBSCRIPTION, "review-sentiment").inputs).toMatchObject({
    name: "shop-sentiment",
    topic: `projects/${PROJECT}/topics/shop-reviews`,
    ackDeadlineSeconds: 300,
    messageRetentionDuration: "2678400s",
    deadLetterPolicy: { deadLetterTopic: `projects/${PROJECT}/topics/shop-dead`, maxDeliveryAttempts: 7 },
  });
  expect(graph.the(SUBSCRIPTION, "dead-letters").inputs).toMatchObject({
    name: "shop-dead",
    topic: `projects/${PROJECT}/topics/shop-dead`,
  });
});

test("the grants to dead-letter and to push exist before the subscription", async () => {
  const { after } = (await graphOf()).the(SUBSCRIPTION, "review-sentiment");
  expect(after).toEqual(
    expect.arrayContaining([
      "pubsub/topicIAMMember:TopicIAMMember pubsub-agent-publishes-dead-letters",
      "serviceaccount/iAMMember:IAMMember pubsub-agent-signs-push-tokens",
      "cloudrunv2/serviceIamMember:ServiceIamMember push-invokes",
    ]),
  );
});
