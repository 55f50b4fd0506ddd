import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { retrying } from "../../shared/retry.ts";
import { StoreError } from "../../shared/store.ts";

describe("A request that fails", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const never = new AbortController().signal;

  /** When each attempt was made, in milliseconds, and the error that ended them. */
  async function attempts(error: Error, ms: number): Promise<{ times: number[]; thrown: unknown }> {
    const times: number[] = [];
    const start = performance.now();
    const request = (): Promise<never> => {
      times.push(performance.now() - start);
      return Promise.reject(error);
    };
    const ended = retrying(request, ms, never).catch((thrown: unknown) => thrown);
    await vi.advanceTimersByTimeAsync(2 * ms);
    return { times, thrown: await ended };
  }

  test("at once and transiently is repeated for the whole time, and not longer", async () => {
    const down = new StoreError("Firestore: down", "unavailable");
    const { times, thrown } = await attempts(down, 180_000);
    expect(thrown).toBe(down);
    expect(times.at(-1)).toBeGreaterThan(170_000);
    expect(times.at(-1)).toBeLessThanOrEqual(180_001);
    const waits = times.slice(1).map((time, i) => time - (times[i] as number));
    expect(Math.max(...waits)).toBeLessThanOrEqual(5_000);
  });

  test("for good is not repeated", async () => {
    const refused = new StoreError("Firestore: no permission", "refused");
    expect(await attempts(refused, 180_000)).toEqual({ times: [0], thrown: refused });
  });
});
