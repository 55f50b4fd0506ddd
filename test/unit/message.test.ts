import { describe, expect, test } from "vitest";
import { parseMessage } from "../../shared/message.ts";
import { PathTemplate } from "../../shared/path.ts";
import { encodeMessage } from "../../shared/publisher.ts";

const template = PathTemplate.parse("reviews/{review}");
const parse = (body: string | Uint8Array) =>
  parseMessage(typeof body === "string" ? Buffer.from(body) : body, template);

/** The problem of a body that must have one. */
function problemOf(body: string | Uint8Array) {
  const parsed = parse(body);
  if (parsed.ok) throw new Error("the message was accepted");
  return parsed.problem;
}

describe("a message is accepted", () => {
  test("with a path", () => {
    expect(parse('{"path":"reviews/abc"}')).toEqual({ ok: true, message: { path: "reviews/abc" } });
  });

  test("with a path and force", () => {
    expect(parse('{"path":"reviews/abc","force":true}')).toEqual({
      ok: true,
      message: { path: "reviews/abc", force: true },
    });
    expect(parse('{"path":"reviews/abc","force":false}')).toEqual({
      ok: true,
      message: { path: "reviews/abc", force: false },
    });
  });

  test("with white space around and within", () => {
    expect(parse('\n { "path" : "reviews/abc" } \r\n')).toMatchObject({ ok: true });
  });

  test.each([
    ["a newer publisher's", '{"path":"reviews/abc","priority":1,"text":"x"}'],
    ["one named __proto__", '{"path":"reviews/abc","__proto__":{"force":true}}'],
    ["a known one in another case", '{"path":"reviews/abc","Force":true}'],
  ])("with unknown fields, which are ignored: %s", (_, body) => {
    const parsed = parse(body);
    expect(parsed).toEqual({ ok: true, message: { path: "reviews/abc" } });
    expect(parsed.ok && parsed.message.force).toBeUndefined();
  });

  test("with half a megabyte of unknown fields", () => {
    const body = JSON.stringify({ path: "reviews/abc", text: "x".repeat(500_000) });
    expect(parse(body)).toEqual({ ok: true, message: { path: "reviews/abc" } });
  });

  test("whatever message came before it", () => {
    expect(parse(Buffer.from([0xe2, 0x82])).ok).toBe(false);
    expect(parse('{"path":"reviews/abc"}').ok).toBe(true);
  });
});

describe("what is wrong with a message has a code:", () => {
  test.each([
    ["bytes that are not UTF-8", Buffer.from([0x7b, 0xff, 0x7d]), "invalid-utf8"],
    ["a character cut in two", Buffer.from('{"path":"reviews/é"}').subarray(0, 18), "invalid-utf8"],
    ["an empty body", "", "invalid-json"],
    ["plain text", "reviews/abc", "invalid-json"],
    ["JSON cut off", '{"path":"reviews/abc"', "invalid-json"],
    ["two values", '{"path":"reviews/a"}{"path":"reviews/b"}', "invalid-json"],
    ["JSON that is no object", '"reviews/abc"', "invalid-message"],
    ["null", "null", "invalid-message"],
    ["an array", '[{"path":"reviews/abc"}]', "invalid-message"],
    ["no path", "{}", "invalid-message"],
    ["a path that is no string", '{"path":7}', "invalid-message"],
    ["a path that is null", '{"path":null}', "invalid-message"],
    ["a force that is no boolean", '{"path":"reviews/abc","force":"yes"}', "invalid-message"],
    ["a force that is null", '{"path":"reviews/abc","force":null}', "invalid-message"],
    ["the path of another document", '{"path":"users/abc"}', "path-mismatch"],
    ["an empty path", '{"path":""}', "path-mismatch"],
    ["an id that Firestore refuses", '{"path":"reviews/__x__"}', "path-invalid-id"],
    ["half a surrogate pair in the id", '{"path":"reviews/\\ud83d"}', "path-invalid-id"],
    ["a body that is too long to be parsed quickly", `{"path":"reviews/abc"${" ".repeat(2 ** 19)}}`, "invalid-message"],
    ["a megabyte of brackets", "[".repeat(1_000_000), "invalid-message"],
  ])("%s", (_, body, code) => {
    expect(problemOf(body).code).toBe(code);
  });
});

describe("the detail of a problem", () => {
  test.each([
    ["users/abc", "the path does not match reviews/{review}"],
    ["/reviews/abc", "the path does not match reviews/{review}; leave out the slash in front"],
    [
      "projects/my-shop/databases/(default)/documents/reviews/abc",
      'the path does not match reviews/{review}; leave out everything up to "/documents/"',
    ],
  ])("says what to change about the path %s", (path, detail) => {
    expect(problemOf(JSON.stringify({ path })).detail).toBe(detail);
  });

  test("says which field is wrong and what was expected", () => {
    expect(problemOf("{}").detail).toBe('"path" is missing; it should be like reviews/abc');
    expect(problemOf('{"path":7}').detail).toBe('"path" is not a string');
    expect(problemOf('{"path":"reviews/abc","force":"yes"}').detail).toBe('"force" is neither true nor false');
    expect(problemOf('{"path":7,"force":7}').detail).toMatch(/path.*force/);
    expect(problemOf("[]").detail).toBe('the body is no object like {"path":"reviews/abc"}');
  });

  test("shows a valid message if the body is not JSON", () => {
    expect(problemOf("hello").detail).toContain('{"path":"reviews/abc"}');
  });

  test("names the template that a path should match", () => {
    expect(problemOf('{"path":"users/abc"}').detail).toContain("reviews/{review}");
  });

  const secret = "Jane Doe, +1 555 0100";
  test.each([
    ["that is no UTF-8", Buffer.concat([Buffer.from(secret), Buffer.from([0xff])])],
    ["that is no JSON", secret],
    ["that is no object", JSON.stringify(secret)],
    ["with a path of another type", JSON.stringify({ path: { secret } })],
    ["with a force of another type", JSON.stringify({ path: "reviews/abc", force: secret })],
    ["with an unknown field, and a path of another type", JSON.stringify({ path: 7, text: secret })],
    ["with a path that does not match", JSON.stringify({ path: `users/${secret}` })],
    ["with an id that is not valid", JSON.stringify({ path: `reviews/__${secret}__` })],
  ])("quotes nothing from a message %s", (_, body) => {
    const { detail } = problemOf(body);
    expect(detail).not.toBe("");
    for (const part of ["Jane", "Doe", "555"]) expect(detail).not.toContain(part);
  });
});

describe("encoding a message", () => {
  test("gives exactly the bytes of the contract", () => {
    expect(encodeMessage({ path: "reviews/abc" }).toString()).toBe('{"path":"reviews/abc"}');
    expect(encodeMessage({ path: "reviews/abc", force: true }).toString()).toBe('{"path":"reviews/abc","force":true}');
  });

  test("produces what parsing accepts", () => {
    const message = { path: 'reviews/"é😀\\', force: true };
    expect(parseMessage(encodeMessage(message), template)).toEqual({ ok: true, message });
  });
});
