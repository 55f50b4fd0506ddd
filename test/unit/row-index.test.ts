import { expect, test } from "vitest";
import { RowIndex } from "../../shared/row-index.ts";

test("an index of rows knows the line and the content of each of hundreds of thousands, and no other id", () => {
  const index = new RowIndex();
  const count = 300_000;
  for (let i = 0; i < count; i++)
    if (index.add(`reviews/${i}`, i, `text ${i}`) !== undefined) throw new Error(`${i} is new`);
  for (let i = 0; i < count; i++) {
    const isSame = i % 2 === 0;
    const found = index.add(`reviews/${i}`, 0, isSame ? `text ${i}` : "another text");
    if (found?.line !== i || found.isEqual !== isSame) throw new Error(`${i} is another row`);
  }
  expect(index.add(`reviews/${count}`, 1, "text")).toBeUndefined();
  expect(index.add("", 2)).toBeUndefined();
  expect(index.add("", 3)).toEqual({ line: 2, isEqual: true });
});
