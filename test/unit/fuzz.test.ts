/** Fuzzes all input from outside: messages, pushes, paths, files and the environment. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { InputError } from "../../shared/input-error.ts";
import { parseMessage } from "../../shared/message.ts";
import { PathTemplate } from "../../shared/path.ts";
import { encodeMessage } from "../../shared/publisher.ts";
import { openReviewsFile } from "../../shared/reviews-file.ts";
import { ConfigError, readConfig } from "../../worker/config.ts";
import { deadLetterAttributes } from "../../worker/dead-letter.ts";
import { type EventOptions, readEvent } from "../../worker/intake/eventarc.ts";
import { readPush } from "../../worker/intake/push.ts";
import { encodeEvent } from "../events.ts";

/** `npm run test:soak` tries a hundred thousand of each. */
const RUNS = { numRuns: process.env.SOAK === "true" ? 100_000 : 400 };
vi.setConfig({ testTimeout: process.env.SOAK === "true" ? 600_000 : 30_000 });
/** Any UTF-16 string, including unpaired surrogates. */
const anyString = fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((c) => String.fromCharCode(c)) });

/** Valid and nearly valid ids: those that a shop may have, and those that Firestore refuses. */
const id = fc.oneof(
  fc.string({ minLength: 1, maxLength: 30 }),
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }),
  anyString,
  fc.constantFrom(".", "..", "__x__", "____", "", "a/b", "\0", "\uD83D", "x".repeat(1500), "x".repeat(1501)),
);

const TEMPLATES = ["reviews/{review}", "shops/{shop}/reviews/{review}", "{c}/{d}", "a/{a}/b/{b}/c/{c}/d/{d}/e/{e}"];
const template = fc.constantFrom(...TEMPLATES).map((source) => PathTemplate.parse(source));

/** Paths that match the template, except for the content of the ids. */
const nearPath = (of: PathTemplate) =>
  fc
    .array(id, { minLength: of.variables.length, maxLength: of.variables.length })
    .map((ids) => of.variables.reduce((path, name, i) => path.replace(`{${name}}`, () => ids[i] as string), of.source));

/** Firestore's rules for ids: https://firebase.google.com/docs/firestore/quotas#collections_documents_and_fields */
function expectDocumentId(text: string): void {
  expect(text).not.toBe("");
  expect([".", ".."]).not.toContain(text);
  expect(text.startsWith("__") && text.endsWith("__") && text.length >= 4).toBe(false);
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(1500);
  expect(Buffer.from(text).toString()).toBe(text);
}

describe("any path", () => {
  test("that a template accepts has exactly the template's segments, and ids that Firestore accepts", () => {
    let accepted = 0;
    fc.assert(
      fc.property(
        template.chain((t) => fc.tuple(fc.constant(t), fc.oneof(nearPath(t), anyString))),
        ([t, path]) => {
          const checked = t.check(path);
          if ("problem" in checked) {
            expect(["path-mismatch", "path-invalid-id"]).toContain(checked.problem);
            return;
          }
          expect(checked).toEqual({ path });
          accepted++;
          const segments = t.source.split("/");
          const ids = path.split("/");
          expect(ids).toHaveLength(segments.length);
          for (const [i, segment] of segments.entries()) {
            if (!segment.startsWith("{")) expect(ids[i]).toBe(segment);
            expectDocumentId(ids[i] as string);
          }
        },
      ),
      RUNS,
    );
    expect(accepted).toBeGreaterThan(10);
  });

  test("that results from filling a template matches the template and contains the values", () => {
    let filled = 0;
    fc.assert(
      fc.property(template, fc.array(id, { minLength: 5, maxLength: 5 }), (t, ids) => {
        const values = Object.fromEntries(t.variables.map((name, i) => [name, ids[i]]));
        let path: string;
        try {
          path = t.fill(values);
        } catch (error) {
          expect((error as Error).message).toContain(t.source);
          return;
        }
        if (Buffer.byteLength(path) > 5_800) return;
        filled++;
        expect(t.check(path)).toEqual({ path });
        const found = path.split("/").filter((_, i) => t.source.split("/")[i]?.startsWith("{"));
        expect(found).toEqual(t.variables.map((name) => values[name]));
      }),
      RUNS,
    );
    expect(filled).toBeGreaterThan(10);
  });
});

test("any text is a path template or is refused with a sentence", () => {
  const near = fc.array(fc.oneof(id, fc.constantFrom("{a}", "{b}", "{", "}", "reviews")), { maxLength: 6 });
  fc.assert(
    fc.property(
      fc.oneof(
        anyString,
        near.map((parts) => parts.join("/")),
      ),
      (source) => {
        try {
          expect(PathTemplate.parse(source).source).toBe(source);
        } catch (error) {
          expect((error as Error).message).toMatch(/variable|segments|slash/);
        }
      },
    ),
    RUNS,
  );
});

describe("any message", () => {
  const reviews = PathTemplate.parse("reviews/{review}");
  const CODES = ["invalid-utf8", "invalid-json", "invalid-message", "path-mismatch", "path-invalid-id"];
  const nearMessage = fc.record(
    {
      path: fc.oneof(nearPath(reviews), fc.anything()),
      force: fc.oneof(fc.boolean(), fc.anything()),
      more: fc.anything(),
    },
    { requiredKeys: [] },
  );
  const json = fc
    .oneof(
      nearMessage,
      fc.jsonValue(),
      fc.record({ path: nearPath(reviews) }),
      fc.record({ path: fc.constantFrom("orders/1", "reviews/1/photos/2", "/reviews/1") }),
    )
    .map((value) => {
      try {
        return JSON.stringify(value) ?? "";
      } catch {
        // Some values of anything() have no JSON: big integers, cycles.
        return "";
      }
    })
    .map((text) => Buffer.from(text));

  test("parses to a review or to a problem with a code; parsing never throws", () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 200 }),
          anyString.map((s) => Buffer.from(s)),
          json,
        ),
        (data) => {
          const parsed = parseMessage(data, reviews);
          if (parsed.ok) {
            seen.add("ok");
            const { path, force, ...more } = parsed.message;
            expect(reviews.check(path)).toEqual({ path });
            expect([undefined, true, false]).toContain(force);
            expect(more).toEqual({});
          } else {
            seen.add(parsed.problem.code);
            expect(CODES).toContain(parsed.problem.code);
            expect(parsed.problem.detail).not.toBe("");
            const attributes = deadLetterAttributes(
              { id: "1", publishTime: new Date(), attributes: {} },
              parsed.problem,
            );
            for (const value of Object.values(attributes)) {
              expect(value.isWellFormed()).toBe(true);
              expect(Buffer.byteLength(value)).toBeLessThanOrEqual(1024);
            }
          }
        },
      ),
      RUNS,
    );
    // The messages above are close enough to valid ones that all of this happens.
    expect(seen).toEqual(new Set(["ok", ...CODES]));
  });

  test("that was encoded parses to the original", () => {
    fc.assert(
      fc.property(nearPath(reviews), fc.constantFrom(undefined, true, false), (path, force) => {
        fc.pre("path" in reviews.check(path));
        const message = force === undefined ? { path } : { path, force };
        expect(parseMessage(encodeMessage(message), reviews)).toEqual({ ok: true, message });
      }),
      RUNS,
    );
  });
});

describe("any environment", () => {
  const NAMES = Object.keys(readConfig({}));
  const value = fc.oneof(
    anyString,
    fc.string(),
    fc.integer().map(String),
    fc.double().map(String),
    fc.constantFrom("0", "1", "1.5", "reviews", "a.b", "{a}", "a/{b}", "pull", "info", "x".repeat(2_000), " ", "0x10"),
  );

  test("gives a configuration or a ConfigError that names the problem", () => {
    const outcomes = { accepted: 0, refused: 0 };
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...NAMES), value, { maxKeys: 4 }), (env) => {
        try {
          const config = readConfig(env);
          outcomes.accepted++;
          expect(config.TEXT_FIELD.split(".")[0]).not.toBe(config.RESULT_FIELD);
          for (const number of [config.MAX_BATCH_REVIEWS, config.MAX_OUTSTANDING, config.INFERENCE_THREADS]) {
            expect(Number.isInteger(number) && number >= 1).toBe(true);
          }
          expect(config.NEUTRAL_BELOW ?? 0).toBeGreaterThanOrEqual(0);
          expect(config.NEUTRAL_BELOW ?? 0).toBeLessThanOrEqual(1);
        } catch (error) {
          if (!(error instanceof ConfigError)) throw error;
          outcomes.refused++;
          expect(error.problems.length).toBeGreaterThan(0);
          for (const problem of error.problems) {
            const name = NAMES.find((n) => problem.startsWith(`${n} `));
            expect(name).toBeDefined();
            expect(problem).toContain("set it to");
          }
        }
      }),
      RUNS,
    );
    expect(outcomes.accepted).toBeGreaterThan(10);
    expect(outcomes.refused).toBeGreaterThan(10);
  });

  test("with unknown names and any values is ignored", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), value), (env) => {
        const unknown = Object.fromEntries(Object.entries(env).filter(([name]) => !NAMES.includes(name)));
        expect(JSON.stringify(readConfig(unknown))).toBe(JSON.stringify(readConfig({})));
      }),
      RUNS,
    );
  });
});

describe("any push", () => {
  const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array));
  const attributes = fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer()));
  const envelope = fc.record(
    {
      message: fc.record(
        {
          data: fc.oneof(
            bytes.map((data) => data.toString("base64")),
            fc.string(),
            fc.integer(),
          ),
          attributes,
          messageId: fc.oneof(fc.string(), fc.integer()),
          publishTime: fc.oneof(
            fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
            fc.string(),
          ),
        },
        { requiredKeys: [] },
      ),
      subscription: fc.string(),
    },
    { requiredKeys: [] },
  );

  test("contains a message with a body", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          bytes,
          envelope.map((json) => Buffer.from(JSON.stringify(json))),
          fc.json().map((json) => Buffer.from(json)),
        ),
        fc.dictionary(fc.constantFrom("x-goog-pubsub-publish-time", "x-goog-pubsub-message-id"), fc.string()),
        (body, headers) => {
          const message = readPush(body, headers);
          expect(message.data).toBeInstanceOf(Uint8Array);
          expect(message.publishTime?.getTime()).not.toBeNaN();
          expect(typeof message.id).toBe("string");
        },
      ),
      RUNS,
    );
  });

  test("that is wrapped contains the published body", () => {
    fc.assert(
      fc.property(bytes, fc.string(), (data, messageId) => {
        const body = { message: { data: data.toString("base64"), messageId }, subscription: "s" };
        const message = readPush(Buffer.from(JSON.stringify(body)), {});
        expect(Buffer.from(message.data).equals(data)).toBe(true);
        expect(message.id).toBe(messageId);
      }),
      RUNS,
    );
  });
});

describe("any Eventarc event", () => {
  /** A result is current if it is the text itself. */
  const options: EventOptions = {
    textField: "text",
    resultField: "sentiment",
    databaseId: "(default)",
    isCurrent: (text, result) => isDeepStrictEqual(text, result),
  };
  const value = fc.oneof(
    fc.string().map((stringValue) => ({ stringValue })),
    fc.integer().map((integerValue) => ({ integerValue })),
    fc.constant({ mapValue: { fields: { label: { stringValue: "POSITIVE" } } } }),
    fc.uint8Array({ maxLength: 9 }).map((bytesValue) => ({ bytesValue })),
  );
  const name = fc.oneof(
    id.map((review) => `projects/p/databases/(default)/documents/reviews/${review}`),
    fc.constantFrom("projects/p/databases/other/documents/reviews/a", "reviews/a", ""),
    anyString,
  );
  const fields = fc.dictionary(fc.oneof(fc.constantFrom("text", "sentiment", "__proto__"), anyString), value, {
    maxKeys: 4,
  });
  const document = fc.option(fc.record({ name, fields }), { nil: undefined });
  const real = fc.record({ value: document, oldValue: document }).map(encodeEvent);
  const body = fc.oneof(
    real,
    fc.uint8Array({ maxLength: 200 }),
    // A changed byte somewhere, or a truncated end.
    fc.tuple(real, fc.nat(), fc.nat(255)).map(([bytes, at, byte]) => bytes.map((b, i) => (i === at ? byte : b))),
    fc.tuple(real, fc.nat()).map(([bytes, length]) => bytes.subarray(0, length % (bytes.length + 1))),
  );
  const headers = fc.record(
    {
      "content-type": fc.oneof({ weight: 9, arbitrary: fc.constant("application/protobuf") }, fc.string()),
      "ce-type": fc
        .oneof({ weight: 9, arbitrary: fc.constantFrom("written", "created", "updated", "deleted") }, fc.string())
        .map((type) => `google.cloud.firestore.document.v1.${type}`),
      "ce-time": fc.oneof(
        fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
        fc.string(),
      ),
      "ce-id": fc.string(),
    },
    { requiredKeys: ["content-type", "ce-type"] },
  );

  test("names a review, is ignored, or is refused with a reason; reading never throws", () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(body, headers, (bytes, sent) => {
        const verdict = readEvent(bytes, sent, options);
        seen.add(verdict.kind);
        if (verdict.kind === "refused") {
          expect([400, 415]).toContain(verdict.status);
          expect(verdict.problem).not.toBe("");
        } else if (verdict.kind === "message") {
          expect(verdict.message.publishTime?.getTime()).not.toBeNaN();
          expect(JSON.parse(Buffer.from(verdict.message.data).toString()).path).not.toBe("");
        }
      }),
      RUNS,
    );
    expect(seen).toEqual(new Set(["message", "ignored", "refused"]));
  });

  test("is also read without throwing as JSON, in structured mode and as a push", () => {
    const type = {
      type: "google.cloud.firestore.document.v1.written",
      "ce-type": "google.cloud.firestore.document.v1.written",
    };
    const data = fc.oneof(
      fc.record({ value: document, oldValue: document }, { requiredKeys: [] }),
      fc.dictionary(fc.constantFrom("value", "oldValue"), fc.jsonValue({ maxDepth: 4 })),
      fc.jsonValue(),
    );
    const base64 = fc
      .oneof(real, fc.uint8Array({ maxLength: 50 }))
      .map((bytes) => Buffer.from(bytes).toString("base64"));
    const json = fc.oneof(
      data,
      data.map((data) => ({ ...type, data })),
      base64.map((data_base64) => ({ ...type, data_base64, datacontenttype: "application/protobuf" })),
      base64.map((data) => ({ message: { data, attributes: type, messageId: "1" }, subscription: "s" })),
    );
    const sent = fc.record(
      {
        "content-type": fc.constantFrom("application/json", "application/cloudevents+json"),
        "ce-type": fc.constant(type.type),
      },
      { requiredKeys: ["content-type"] },
    );
    const seen = new Set<string>();
    fc.assert(
      fc.property(json, sent, (body, headers) => {
        const verdict = readEvent(Buffer.from(JSON.stringify(body)), headers, options);
        seen.add(verdict.kind);
        if (verdict.kind === "refused") expect(verdict.problem).not.toBe("");
      }),
      RUNS,
    );
    expect(seen).toEqual(new Set(["message", "ignored", "refused"]));
  });

  test("is ignored if and only if the document has a current result for its text", () => {
    fc.assert(
      fc.property(fields, fields, (before, after) => {
        const rest = { name: "projects/p/databases/(default)/documents/reviews/a" };
        const read = (fields: typeof after): string =>
          readEvent(
            encodeEvent({ value: { ...rest, fields }, oldValue: { ...rest, fields: before } }),
            { "content-type": "application/protobuf", "ce-type": "google.cloud.firestore.document.v1.updated" },
            options,
          ).kind;
        const text = { stringValue: "a text" };
        expect(read({ ...after, text, sentiment: text })).toBe("ignored");
        expect(read({ ...after, text, sentiment: { stringValue: "another text" } })).toBe("message");
        const { sentiment: _, ...others } = after;
        expect(read({ ...others, text })).toBe("message");
      }),
      RUNS,
    );
  });

  test("has the same values in the relevant fields as Firestore's own client reads", () => {
    const seen: unknown[] = [];
    const value = {
      name: "projects/p/databases/(default)/documents/reviews/a",
      fields: {
        content: { mapValue: { fields: { text: { stringValue: "Ü 😀" } } } },
        sentiment: {
          mapValue: {
            fields: {
              label: { stringValue: "POSITIVE" },
              score: { doubleValue: 0.75 },
              scores: { mapValue: { fields: { POSITIVE: { integerValue: 1 }, NEGATIVE: { integerValue: 0 } } } },
              classifiedAt: { timestampValue: "2026-01-02T03:04:05.000Z" },
              ok: { booleanValue: false },
              nothing: { nullValue: "NULL_VALUE" },
            },
          },
        },
      },
    };
    readEvent(
      encodeEvent({ value }),
      { "content-type": "application/protobuf", "ce-type": "google.cloud.firestore.document.v1.written" },
      { ...options, textField: "content.text", isCurrent: (...read) => seen.push(...read) > 0 },
    );
    expect(seen).toEqual([
      "Ü 😀",
      {
        label: "POSITIVE",
        score: 0.75,
        scores: { POSITIVE: 1, NEGATIVE: 0 },
        classifiedAt: null,
        ok: false,
        nothing: null,
      },
    ]);
  });
});

test("any file gives rows, or an InputError that names it", async () => {
  const folder = await mkdtemp(join(tmpdir(), "fuzz-"));
  const line = fc.oneof(
    fc.json(),
    fc.string(),
    fc.constant('{"text":"fine"}'),
    fc.constant('"a,b'),
    fc.constant("a,b"),
  );
  const content = fc.oneof(
    fc.array(line, { maxLength: 8 }).map((lines) => Buffer.from(lines.join("\n"))),
    fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array)),
  );
  await fc.assert(
    fc.asyncProperty(content, fc.constantFrom("jsonl", "csv"), fc.boolean(), async (bytes, kind, zipped) => {
      const path = join(folder, `input.${kind}${zipped ? ".gz" : ""}`);
      await writeFile(path, zipped && bytes.length % 5 !== 0 ? gzipSync(bytes) : bytes);
      try {
        for await (const row of (await openReviewsFile(path)).rows()) {
          expect(typeof row === "object" && row !== null && !Array.isArray(row)).toBe(true);
        }
      } catch (error) {
        expect(error).toBeInstanceOf(InputError);
        expect((error as Error).message).toContain(path);
      }
    }),
    // Each run writes a file.
    { numRuns: RUNS.numRuns / 4 },
  );
  await rm(folder, { recursive: true });
});
