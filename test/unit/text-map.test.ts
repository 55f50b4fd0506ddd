import { expect, test } from "vitest";
import { TextMap } from "../../shared/text-map.ts";

test("a map of texts knows the number of each of hundreds of thousands, and no other text", () => {
  const map = new TextMap();
  for (let i = 0; i < 300_000; i++) if (map.add(`reviews/${i}`, i) !== undefined) throw new Error(`${i} is new`);
  for (let i = 0; i < 300_000; i++) if (map.add(`reviews/${i}`, -1) !== i) throw new Error(`${i} has another number`);
  expect(map.add("reviews/300000", 1)).toBeUndefined();
  expect(map.add("", 0)).toBeUndefined();
  expect(map.add("", 1)).toBe(0);
});
