import { describe, expect, test } from "vitest";
import type { MessageProblem } from "../../shared/message.ts";
import { deadLetterAttributes, deadLetterReason, originalAttributes } from "../../worker/dead-letter.ts";

const PROBLEM: MessageProblem = { code: "invalid-json", detail: "the body is not JSON" };
const OURS = {
  deadLetterReason: "invalid-json",
  deadLetterDetail: "the body is not JSON",
  deadLetterMessageId: "42",
  deadLetterPublishTime: "2025-01-02T03:04:05.678Z",
};

function attributesOf(attributes: Record<string, string>, problem = PROBLEM): Record<string, string> {
  return deadLetterAttributes({ id: "42", publishTime: new Date("2025-01-02T03:04:05.678Z"), attributes }, problem);
}

describe("a dead-lettered message", () => {
  test("has its reason, message id and publish time", () => {
    expect(attributesOf({})).toEqual(OURS);
  });

  test("keeps the message's own attributes", () => {
    expect(attributesOf({ source: "shop", trace: "", "ünïcode 😀": "é" })).toEqual({
      source: "shop",
      trace: "",
      "ünïcode 😀": "é",
      ...OURS,
    });
  });

  test.each(["constructor", "toString"])(
    "keeps an attribute that has the name of a property of every object: %s",
    (name) => {
      const attributes = attributesOf(Object.fromEntries([[name, "kept"]]));
      expect(Object.entries(attributes)).toContainEqual([name, "kept"]);
    },
  );

  test("has no attribute that is invalid in UTF-8, because Pub/Sub would refuse the whole request", () => {
    const half = "\ud800";
    const attributes = attributesOf({ [`a${half}`]: half }, { code: "invalid-message", detail: `${half}: odd` });
    expect(attributes).toEqual({
      "a\ufffd": "\ufffd",
      ...OURS,
      deadLetterReason: "invalid-message",
      deadLetterDetail: "\ufffd: odd",
    });
    expect(attributesOf({}, { code: "invalid-message", detail: half.repeat(2000) }).deadLetterDetail).toMatch(
      /^\ufffd+$/,
    );
  });

  test("omits attributes that only Google may set", () => {
    expect(attributesOf({ googclient_schemaencoding: "JSON", goog: "x", googly: "x", agoog: "kept" })).toEqual({
      agoog: "kept",
      ...OURS,
    });
  });

  test("has a new reason if the message was dead-lettered before", () => {
    expect(attributesOf({ deadLetterReason: "old", deadLetterMessageId: "1", deadLetterFoo: "kept" })).toEqual({
      deadLetterFoo: "kept",
      ...OURS,
    });
  });
});

describe("a message with as many attributes as Pub/Sub allows", () => {
  const many = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`key-${i}`, `value-${i}`]));

  test("the dead letter has at most 100", () => {
    expect(Object.keys(attributesOf(many(100)))).toHaveLength(100);
  });

  test("the first 96 and all of our own are kept", () => {
    expect(attributesOf(many(100))).toEqual({ ...many(96), ...OURS });
  });

  test("attributes omitted for another reason do not count", () => {
    const attributes = attributesOf({ googA: "x", googB: "x", deadLetterReason: "old", ...many(96) });
    expect(attributes).toEqual({ ...many(96), ...OURS });
  });
});

describe("a detail longer than an attribute may be", () => {
  // A Pub/Sub attribute's value has 1024 bytes at most.
  test.each([0, 1, 2, 3])("is cut between characters (%d bytes before four-byte ones)", (before) => {
    const detail = "x".repeat(before) + "😀".repeat(400);
    const clipped = attributesOf({}, { ...PROBLEM, detail }).deadLetterDetail as string;
    expect(Buffer.byteLength(clipped)).toBeLessThanOrEqual(1024);
    expect(Buffer.byteLength(clipped)).toBeGreaterThan(1000);
    expect(detail.startsWith(clipped)).toBe(true);
    expect(clipped.isWellFormed()).toBe(true);
  });

  test("is kept whole up to 1024 bytes", () => {
    const detail = "é".repeat(512);
    expect(attributesOf({}, { ...PROBLEM, detail }).deadLetterDetail).toBe(detail);
  });
});

describe("a dead letter's reason", () => {
  test("is the one that the worker gave", () => {
    expect(deadLetterReason(OURS)).toBe("invalid-json");
  });

  test("is that Pub/Sub gave up, if the worker gave none", () => {
    expect(deadLetterReason({ CloudPubSubDeadLetterSourceDeliveryCount: "100" })).toBe("too-many-attempts");
  });
});

describe("the attributes of a message that is published again", () => {
  test("are those that it had before it was dead-lettered", () => {
    const theirs = { source: "shop", deadLetter: "kept", deadLetterReasons: "kept", "ünïcode 😀": "é", agoog: "kept" };
    expect(originalAttributes(attributesOf(theirs))).toEqual(theirs);
  });

  test("do not include those of Pub/Sub's dead-letter policy and clients", () => {
    const theirs = {
      shop: "7",
      CloudPubSubDeadLetterSourceDeliveryCount: "5",
      CloudPubSubDeadLetterSourceSubscription: "review-sentiment",
      CloudPubSubDeadLetterSourceSubscriptionProject: "my-shop",
      CloudPubSubDeadLetterSourceTopicPublishTime: "2025-01-02T03:04:05.678Z",
      googclient_schemaencoding: "JSON",
    };
    expect(originalAttributes(theirs)).toEqual({ shop: "7" });
  });
});
