import { expect, test } from "vitest";
import { decodeEntities } from "../../shared/entities.ts";

test.each([
  ["It doesn&#8217;t work", "It doesn’t work"],
  ["It doesn&#x27;t work", "It doesn't work"],
  ["Tom &amp; Jerry &lt;3 &quot;fun&quot;", 'Tom & Jerry <3 "fun"'],
  ["caf&eacute;", "café"],
  ["&nbsp;", "\u00A0"],
  ["escaped twice: it&amp;#39;s", "escaped twice: it's"],
  ["&#128525;", "😍"],
])("entities are decoded: %j", (text, decoded) => {
  expect(decodeEntities(text)).toBe(decoded);
});

test.each(["R&D", "AT&T; and more", "fish & chips;", "&copy", "a &b; c", "100 % & more", "&;", "&#;"])(
  "what is no entity stays: %j",
  (text) => {
    expect(decodeEntities(text)).toBe(text);
  },
);

test("decoding ends even if a text was escaped many times", () => {
  expect(decodeEntities(`&${"amp;".repeat(1_000)}`)).toMatch(/^&(amp;)+$/);
});
