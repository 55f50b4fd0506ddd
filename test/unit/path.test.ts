import { describe, expect, test } from "vitest";
import { PathTemplate } from "../../shared/path.ts";

const reviews = PathTemplate.parse("reviews/{review}");
const shopReviews = PathTemplate.parse("shops/{shop}/reviews/{review}");

describe("a path template is refused", () => {
  test.each([
    ["with an odd number of segments", "reviews", /even number of segments/],
    ["that names a subcollection instead of documents", "shops/{shop}/reviews", /even number of segments/],
    ["whose last segment is a literal", "reviews/abc", /last segment must be a variable/],
    ["that uses a variable twice", "shops/{id}/reviews/{id}", /each variable may occur once/],
    ["with an empty segment", "reviews//x/{review}", /"" is neither/],
    ["with a leading slash", "/reviews/{review}", /leave out the slash in front/],
    ["that is empty", "", /"" is neither/],
    ["with a brace that is not closed", "reviews/{review", /"\{review" is neither/],
    ["with text around a variable", "reviews/r-{review}", /"r-\{review\}" is neither/],
    ["with an empty variable", "reviews/{}", /"\{\}" is neither/],
    ["with a variable that is no name", "reviews/{1st}", /"\{1st\}" is neither/],
    ["with a literal that Firestore reserves", "__reviews__/{review}", /"__reviews__" is neither/],
    ["with a literal of one dot", "./{review}", /"\." is neither/],
  ])("%s: %j", (_, source, message) => {
    expect(() => PathTemplate.parse(source)).toThrow(message);
  });
});

describe("a path template", () => {
  test("keeps its source", () => {
    expect(shopReviews.source).toBe("shops/{shop}/reviews/{review}");
  });

  test("names its variables in order", () => {
    expect(shopReviews.variables).toEqual(["shop", "review"]);
  });

  test.each([
    ["reviews/{review}", { path: "reviews" }],
    ["tenants/acme/reviews/{review}", { path: "tenants/acme/reviews" }],
    ["shops/{shop}/reviews/{review}", { group: "reviews" }],
    ["shops/{shop}/{kind}/{review}", undefined],
  ])("names the collection or collection group of its documents: %s", (source, collection) => {
    expect(PathTemplate.parse(source).collection).toEqual(collection);
  });

  test("may have a variable for a collection", () => {
    const any = PathTemplate.parse("{collection}/{document}");
    expect(any.check("anything/at-all")).toEqual({ path: "anything/at-all" });
  });
});

describe("a path of a review is accepted:", () => {
  test.each([
    [reviews, "reviews/abc"],
    [shopReviews, "shops/7/reviews/abc"],
    [reviews, "reviews/with space"],
    [reviews, "reviews/😀 ünïcode"],
    [reviews, "reviews/..."],
    [reviews, "reviews/.hidden"],
    [reviews, "reviews/__"],
    [reviews, "reviews/___"],
    [reviews, "reviews/__starts"],
    [reviews, "reviews/ends__"],
    [reviews, "reviews/{review}"],
    [reviews, "reviews/__id7__"],
    [reviews, "reviews/__id-9223372036854775808__"],
    [reviews, "reviews/a\0b\u0001"],
    [reviews, `reviews/${"x".repeat(1500)}`],
    [reviews, `reviews/${"😀".repeat(375)}`],
  ])("%#: %.40s", (template, path) => {
    expect(template.check(path)).toEqual({ path });
  });
});

describe("a path does not match the template", () => {
  test.each([
    ["in another collection", "users/abc"],
    ["in a collection that is spelt in another case", "Reviews/abc"],
    ["in a collection whose name begins alike", "reviewsArchive/abc"],
    ["of the collection itself", "reviews"],
    ["of a document in a subcollection of a review", "reviews/abc/votes/1"],
    ["with a leading slash", "/reviews/abc"],
    ["with a trailing slash", "reviews/abc/"],
    ["that climbs up", "reviews/../users/abc"],
    ["that is a full resource name", "projects/p/databases/(default)/documents/reviews/abc"],
    ["that is empty", ""],
  ])("%s: %j", (_, path) => {
    expect(reviews.check(path)).toEqual({ problem: "path-mismatch" });
  });

  test("if a literal in its middle differs", () => {
    expect(shopReviews.check("shops/7/orders/abc")).toEqual({ problem: "path-mismatch" });
  });
});

test("a collection cannot have a numeric id", () => {
  expect(PathTemplate.parse("{collection}/{document}").check("__id7__/a")).toEqual({ problem: "path-invalid-id" });
});

describe("an id that Firestore refuses makes a path invalid:", () => {
  test.each([
    ["an empty one", ""],
    ["one dot", "."],
    ["two dots", ".."],
    ["a reserved one", "__x__"],
    ["the shortest reserved one", "____"],
    ["a reserved one across lines", "__x\ny__"],
    ["a reserved one that looks like a number's", "__id007__"],
    ["a number's beyond 64 bits", "__id9223372036854775808__"],
    ["one of 1501 bytes", "x".repeat(1501)],
    ["one of 1504 bytes in few characters", "😀".repeat(376)],
    ["one with half of a surrogate pair", "a\uD83D"],
    ["one with the other half", "\uDE00a"],
  ])("%s", (_, id) => {
    expect(reviews.check(`reviews/${id}`)).toEqual({ problem: "path-invalid-id" });
    expect(shopReviews.check(`shops/${id}/reviews/a`)).toEqual({ problem: "path-invalid-id" });
    expect(() => reviews.fill({ review: id })).toThrow("no Firestore document id");
  });
});

test("an id that cannot be one is quoted with the reason, unless it is long enough to be a text", () => {
  const fill = (review: string) => () => PathTemplate.parse("reviews/{review}").fill({ review });
  expect(fill("B/1000")).toThrow(
    '{review} of the path reviews/{review} has a value that is no Firestore document id: "B/1000" contains "/"',
  );
  expect(fill("__a__")).toThrow('"__a__" begins and ends with "__"');
  expect(fill(`I love it and/or like it${"!".repeat(60)}`)).toThrow('document id: it contains "/"');
  expect(fill("x".repeat(1501))).toThrow("it has 1501 bytes, and the maximum is 1500");
});

describe("the length of a whole path", () => {
  const deep = PathTemplate.parse("a/{a}/b/{b}/c/{c}/d/{d}/e/{e}");
  const path = (bytes: number): string => {
    const longest = "x".repeat(1400);
    const rest = bytes - Buffer.byteLength(`a/${longest}/b/${longest}/c/${longest}/d/${longest}/e/`);
    return `a/${longest}/b/${longest}/c/${longest}/d/${longest}/e/${"y".repeat(rest)}`;
  };

  test("leaves room in Firestore's 6 KiB for the names of project and database", () => {
    expect(deep.check(path(6 * 1024))).toEqual({ problem: "path-invalid-id" });
    expect(deep.check(path(6 * 1024 - 100))).toEqual({ problem: "path-invalid-id" });
  });

  test("may come close to the limit", () => {
    expect(deep.check(path(5_800))).toEqual({ path: path(5_800) });
  });

  test("is also checked when a template is filled", () => {
    const id = "x".repeat(1500);
    expect(() => deep.fill({ a: id, b: id, c: id, d: id, e: id })).toThrow();
  });
});

describe("filling a template", () => {
  test("replaces its variables", () => {
    expect(shopReviews.fill({ shop: "7", review: "abc" })).toBe("shops/7/reviews/abc");
  });

  test("ignores values without a variable", () => {
    expect(reviews.fill({ review: "abc", shop: "7" })).toBe("reviews/abc");
  });

  test("names the variable that has no value, and the template", () => {
    expect(() => shopReviews.fill({ review: "abc" })).toThrow(/\{shop\}.*shops\/\{shop\}\/reviews\/\{review\}/);
  });

  test("refuses a value with a slash, which would name another document", () => {
    expect(() => reviews.fill({ review: "abc/votes/1" })).toThrow(/\{review\}/);
  });
});
