import { describe, expect, it } from "vitest";
import { median, quantile, ratio, takeTurns } from "../bench/turns.ts";

describe("turns in a benchmark", () => {
  it("start with another alternative each round, so that none is always first", async () => {
    const order: string[] = [];
    const turn = (name: string) => async (round: number) => order.push(`${name}${round}`);
    await takeTurns(2, { a: turn("a"), b: turn("b") });
    expect(order).toEqual(["a0", "b0", "b1", "a1", "a2", "b2"]);
  });

  it("return each alternative's outcomes in the order of the rounds, without the warm-up", async () => {
    const outcomes = await takeTurns(3, { a: async (round) => round, b: async (round) => 10 * round });
    expect(outcomes).toEqual({ a: [1, 2, 3], b: [10, 20, 30] });
  });

  it("are compared round by round, so a slow round does not count for more", () => {
    expect(ratio([100, 10, 90], [200, 20, 100])).toBe(0.5);
  });

  it("have interpolated quantiles", () => {
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(quantile([0, 10, 20], 0.95)).toBeCloseTo(19);
    expect(quantile([7], 0.99)).toBe(7);
  });
});
