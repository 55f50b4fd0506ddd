import { describe, expect, it } from "vitest";
import { type EventOptions, readEvent } from "../../worker/intake/eventarc.ts";
import type { RequestHeaders } from "../../worker/intake/http-intake.ts";
import { encodeEvent } from "../events.ts";

const TYPE = "google.cloud.firestore.document.v1.written";
const TIME = "2026-01-02T03:04:05.678Z";
/** Ends with a space, which a header cannot contain. */
const PATH = "reviews/Ü 😀 ";
const value = {
  name: `projects/p/databases/(default)/documents/${PATH}`,
  fields: {
    content: { mapValue: { fields: { text: { stringValue: "Wonderful" }, __proto: { nullValue: null } } } },
    sentiment: {
      mapValue: {
        fields: {
          label: { stringValue: "POSITIVE" },
          score: { doubleValue: 0.75 },
          scores: { mapValue: { fields: { POSITIVE: { integerValue: "1" }, NEGATIVE: { integerValue: "0" } } } },
          classifiedAt: { timestampValue: "2026-01-02T03:04:05.000Z" },
          ok: { booleanValue: false },
          empty: { mapValue: {} },
        },
      },
    },
  },
};
const EVENT = { value };

const protobuf = Buffer.from(encodeEvent(EVENT));
const json = Buffer.from(JSON.stringify(EVENT));
const ce = { "ce-id": "7", "ce-type": TYPE, "ce-time": TIME };
const context = { specversion: "1.0", id: "7", type: TYPE, time: TIME, source: "//firestore.googleapis.com/x" };

function structured(more: object): Buffer {
  return Buffer.from(JSON.stringify({ ...context, ...more }));
}

function envelope(data: Buffer, attributes: Record<string, string>): Buffer {
  const message = { data: data.toString("base64"), attributes, messageId: "9", publishTime: TIME };
  return Buffer.from(JSON.stringify({ message, subscription: "projects/p/subscriptions/eventarc-x" }));
}

const STRUCTURED = "application/cloudevents+json; charset=UTF-8";
const JSON_TYPE = "application/json";

/** Each form of the same event: its body and its headers. */
const FORMS: [name: string, body: Buffer, headers: RequestHeaders][] = [
  ["binary mode with protobuf", protobuf, { "content-type": "application/protobuf", ...ce }],
  ["binary mode with JSON", json, { "content-type": "application/json; charset=utf-8", ...ce }],
  [
    "structured mode with protobuf",
    structured({ datacontenttype: "application/protobuf", data_base64: protobuf.toString("base64") }),
    { "content-type": STRUCTURED },
  ],
  [
    "structured mode with JSON",
    structured({ datacontenttype: JSON_TYPE, data: EVENT }),
    { "content-type": STRUCTURED },
  ],
  ["structured mode without a data type", structured({ data: EVENT }), { "content-type": STRUCTURED }],
  [
    "structured mode with JSON as base64",
    structured({ data_base64: json.toString("base64") }),
    { "content-type": "Application/CloudEvents+JSON" },
  ],
  [
    "a Pub/Sub push with protobuf",
    envelope(protobuf, { ...ce, "ce-subject": `documents/${PATH}`, "ce-datacontenttype": "application/protobuf" }),
    { "content-type": JSON_TYPE },
  ],
  [
    "a Pub/Sub push with JSON and attributes in another case",
    envelope(json, { "Ce-Id": "7", "Ce-Type": TYPE, "Ce-Time": TIME, "Content-Type": JSON_TYPE }),
    { "content-type": JSON_TYPE },
  ],
  ["a Pub/Sub push with protobuf and no data type", envelope(protobuf, ce), { "content-type": JSON_TYPE }],
  ["a Pub/Sub push with JSON and no data type", envelope(json, ce), { "content-type": JSON_TYPE }],
  [
    "a Pub/Sub push of a structured event",
    envelope(structured({ data: EVENT }), { "content-type": "application/cloudevents+json" }),
    { "content-type": JSON_TYPE },
  ],
];

function read(body: Buffer, headers: RequestHeaders, isCurrent: EventOptions["isCurrent"] = () => false) {
  const options = { textField: "content.text", resultField: "sentiment", databaseId: "(default)", isCurrent };
  return readEvent(body, headers, options);
}

describe("an event about a review", () => {
  it.each(FORMS)("in %s names the review", (_, body, headers) => {
    expect(read(body, headers)).toEqual({
      kind: "message",
      message: {
        id: "7",
        data: Buffer.from(JSON.stringify({ path: PATH })),
        attributes: {},
        publishTime: new Date(TIME),
        existed: true,
      },
    });
  });

  it.each(FORMS)("in %s contains the values that decide whether to process it", (_, body, headers) => {
    const seen: unknown[] = [];
    expect(read(body, headers, (...values) => seen.push(...values) > 0)).toEqual({ kind: "ignored" });
    expect(seen).toEqual([
      "Wonderful",
      {
        label: "POSITIVE",
        score: 0.75,
        scores: { POSITIVE: 1, NEGATIVE: 0 },
        classifiedAt: null,
        ok: false,
        empty: {},
      },
    ]);
  });

  it("in a Pub/Sub push without an id gets the message's id", () => {
    const { "ce-id": _, ...attributes } = ce;
    expect(read(envelope(protobuf, attributes), { "content-type": JSON_TYPE })).toMatchObject({ message: { id: "9" } });
  });

  it("that was deleted is ignored, also in JSON", () => {
    const deleted = Buffer.from(JSON.stringify({ oldValue: value, value: null }));
    expect(read(deleted, { "content-type": JSON_TYPE, ...ce })).toEqual({ kind: "ignored" });
  });
});

describe("a request that is not an event", () => {
  const level = '{"mapValue":{"fields":{"a":';
  const deep = `${level.repeat(5_000)}{}${"}}}".repeat(5_000)}`;
  it.each<[string, Buffer, RequestHeaders, number, RegExp]>([
    ["has another content type", protobuf, { "content-type": "text/plain", ...ce }, 415, /cloudevents\+json/],
    ["is a batch", Buffer.from("[]"), { "content-type": "application/cloudevents-batch+json" }, 415, /content type/],
    ["is JSON without a type", json, { "content-type": JSON_TYPE }, 400, /ce-type.*envelope/],
    ["is a push of something else", envelope(json, {}), { "content-type": JSON_TYPE }, 400, /type must be/],
    ["is not JSON", Buffer.from("{"), { "content-type": STRUCTURED }, 400, /not a CloudEvent/],
    ["has data that is not JSON", Buffer.from("{"), { "content-type": JSON_TYPE, ...ce }, 400, /not JSON/],
    ["has no data", structured({}), { "content-type": STRUCTURED }, 400, /DocumentEventData/],
    ["has data that is a list", structured({ data: [] }), { "content-type": STRUCTURED }, 400, /DocumentEventData/],
    ["names no document", structured({ data: { value: {} } }), { "content-type": STRUCTURED }, 400, /DocumentEvent/],
    [
      "has a value that is no value",
      structured({ data: { value: { ...value, fields: { a: "x" } } } }),
      { "content-type": STRUCTURED },
      400,
      /DocumentEventData/,
    ],
    [
      "nests maps without end",
      Buffer.from(
        structured({ data: { value: { ...value, fields: { a: 9 } } } })
          .toString()
          .replace(":9}", `:${deep}}`),
      ),
      { "content-type": STRUCTURED },
      400,
      /DocumentEventData/,
    ],
  ])("because it %s is refused with a reason", (_, body, headers, status, problem) => {
    expect(read(body, headers)).toEqual({ kind: "refused", status, problem: expect.stringMatching(problem) });
  });
});
