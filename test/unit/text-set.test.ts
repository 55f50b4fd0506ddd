import { expect, test } from "vitest";
import { TextSet } from "../../shared/text-set.ts";

test("a set of texts knows each of hundreds of thousands, and no other", () => {
  const set = new TextSet();
  for (let i = 0; i < 300_000; i++) if (!set.add(`reviews/${i}`)) throw new Error(`${i} is new`);
  for (let i = 0; i < 300_000; i++) if (set.add(`reviews/${i}`)) throw new Error(`${i} is not new`);
  expect(set.add("reviews/300000")).toBe(true);
  expect(set.add("")).toBe(true);
  expect(set.add("")).toBe(false);
});
