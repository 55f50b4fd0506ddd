import { describe, expect, it } from "vitest";
import { readPush } from "../../worker/intake/push.ts";

/** A push as Node's HTTP server reads it. */
function push(body: string, sent: readonly [name: string, value: string][]) {
  const headers = Object.fromEntries(sent.map(([name, value]) => [name.toLowerCase(), value]));
  return readPush(Buffer.from(body), headers, sent.flat());
}

/** A text in UTF-8, as Node reads it in a header. */
function latin1(text: string): string {
  return Buffer.from(text).toString("latin1");
}

const METADATA: [string, string][] = [
  ["x-goog-pubsub-subscription-name", "projects/p/subscriptions/s"],
  ["x-goog-pubsub-message-id", "2070443601311540"],
  ["x-goog-pubsub-publish-time", "2026-02-26T19:13:55.749Z"],
  ["x-goog-pubsub-ordering-key", latin1("Größe 7")],
];
/** Headers that HTTP, Google's front ends and tracing add. */
const TRANSPORT: [string, string][] = [
  ["Host", "worker.example"],
  ["Content-Type", "application/json"],
  ["Content-Length", "2"],
  ["User-Agent", "CloudPubSub-Google"],
  ["Authorization", "Bearer secret"],
  ["X-Forwarded-For", "1.2.3.4"],
  ["X-Cloud-Trace-Context", "105445aa7843bc8bf206b120001000/0;o=1"],
  ["traceparent", "00-105445aa7843bc8bf206b120001000-0000000000000001-01"],
  ["Accept-Encoding", "gzip"],
];

describe("an unwrapped push", () => {
  it("has its metadata and its attributes in headers", () => {
    const message = push('{"path":"reviews/a"}', [
      ...TRANSPORT,
      ...METADATA,
      ["shopId", "7"],
      ["size", latin1("Größe 7")],
    ]);
    expect(message).toEqual({
      id: "2070443601311540",
      data: Buffer.from('{"path":"reviews/a"}'),
      attributes: { shopId: "7", size: "Größe 7" },
      orderingKey: "Größe 7",
      publishTime: new Date("2026-02-26T19:13:55.749Z"),
    });
  });

  it("may have a body that looks like an envelope", () => {
    const envelope = JSON.stringify({ message: { data: "eyJ9", messageId: "1" }, subscription: "s" });
    expect(push(envelope, METADATA).data.toString()).toBe(envelope);
    expect(push(envelope, []).id).toBe("1");
  });

  it("without metadata has neither attributes nor a publish time", () => {
    expect(push("{}", [...TRANSPORT, ["shop", "7"]])).toEqual({
      id: "",
      data: Buffer.from("{}"),
      attributes: {},
      orderingKey: undefined,
      publishTime: undefined,
    });
  });
});

describe("a wrapped push", () => {
  it("has its ordering key, attributes and publish time in the envelope", () => {
    const message = { data: "e30=", messageId: "1", attributes: { shop: "7" }, orderingKey: "k" };
    const publishTime = "2026-02-26T19:13:55.749Z";
    expect(push(JSON.stringify({ message: { ...message, publishTime }, subscription: "s" }), TRANSPORT)).toEqual({
      id: "1",
      data: Buffer.from("{}"),
      attributes: { shop: "7" },
      orderingKey: "k",
      publishTime: new Date(publishTime),
    });
  });
});
