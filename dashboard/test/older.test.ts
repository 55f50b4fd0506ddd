import { describe, expect, test } from "vitest";
import { olderAfter, pageAfter } from "../src/older.ts";

const LENGTH = 3;
const list = (text: string): string[] => [...text];
const after = (before: string, live: string, older: string): string =>
  olderAfter(
    list(before),
    list(live),
    { documents: list(older), last: older.at(-1), complete: false },
    LENGTH,
    (id) => id,
  )?.documents.join("") ?? "";

describe("the documents below a live page", () => {
  test.each([
    ["one arrives: it pushes the last one out", "abc", "xab", "def", "cdef"],
    ["several arrive", "abc", "xya", "def", "bcdef"],
    ["one is deleted, and the first older one moves up", "abc", "acd", "def", "ef"],
    ["the last one is deleted, and the first older one moves up", "abc", "abd", "def", "ef"],
    ["an older one is labelled again and moves to the top", "abc", "eab", "def", "cdf"],
    ["a live one is labelled again and moves to the top", "abc", "cab", "def", "def"],
    ["nothing changes", "abc", "abc", "def", "def"],
    ["all are deleted", "abc", "", "", ""],
    ["one arrives while the first page of them is loaded", "abc", "xab", "", "c"],
  ])("when %s", (_, before, live, older, expected) => {
    expect(after(before, live, older)).toBe(expected);
  });

  test.each([
    ["the whole live page is new", "abc", "xyz", "def"],
    ["the whole live page has been labelled again", "abc", "fed", "defg"],
    ["the last one of the live page is new", "abc", "aby", "def"],
  ])("are forgotten when %s, because others may be between them", (_, before, live, older) => {
    const kept = { documents: list(older), last: older.at(-1), complete: true };
    expect(olderAfter(list(before), list(live), kept, LENGTH, (id) => id)).toBeUndefined();
  });

  test("are not kept before a page of them is loaded", () => {
    expect(olderAfter(list("abc"), list("xab"), undefined, LENGTH, (id) => id)).toBeUndefined();
  });

  test("are complete after a page that is not full", () => {
    const first = pageAfter({ documents: [], last: "c", complete: false }, list("def"), LENGTH);
    expect(first).toEqual({ documents: list("def"), last: "f", complete: false });
    expect(pageAfter(first, list("g"), LENGTH)).toEqual({ documents: list("defg"), last: "g", complete: true });
  });
});
