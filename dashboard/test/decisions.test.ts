import { expect, test } from "vitest";
import { type Decision, withProblem } from "../src/use-decisions.ts";

const decision = (said: string): Decision => ({ said, undo: async () => {} });

test("a decision that was not saved is no longer said to be made, but a later one is, and can be taken back", () => {
  const [earlier, later] = [decision("Corrected."), decision("Marked as done.")];
  const shown = { last: later, isShown: true, problem: undefined };
  expect(withProblem(shown, later, "Not saved")).toEqual({ last: undefined, isShown: false, problem: "Not saved" });
  expect(withProblem(shown, earlier, "Not saved")).toEqual({ ...shown, problem: "Not saved" });
});
