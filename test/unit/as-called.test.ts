import { expect, test } from "vitest";
import { asCalled } from "../../worker/cli/as-called.ts";

test.each([
  ["Next: npm run replay -- --unlabelled", "Next: review-sentiment replay --unlabelled"],
  ["npm run redrive -- summary", "review-sentiment redrive summary"],
  ["MODEL=NAME npm run worker", "MODEL=NAME review-sentiment worker"],
  ["npm run --silent worker | tee worker.log", "review-sentiment worker | tee worker.log"],
])("%s is %s in a bundle", (text, called) => {
  expect(asCalled(text, true)).toBe(called);
  expect(asCalled(text, false)).toBe(text);
});
