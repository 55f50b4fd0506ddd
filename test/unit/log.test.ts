import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createLogger, rateLimitedLog } from "../../worker/log.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("a warning that may occur with every request is logged at once, and then once a minute with a count", () => {
  const log = createLogger("info");
  const entries: unknown[] = [];
  vi.spyOn(log, "warn").mockImplementation((entry: unknown, message?: unknown) => void entries.push([message, entry]));
  const refused = rateLimitedLog(log, "warn", "push refused");
  for (let i = 0; i < 5; i++) refused("no-token");
  refused("other-account");
  expect(entries).toEqual([
    ["push refused", { reason: "no-token", times: 1 }],
    ["push refused", { reason: "other-account", times: 1 }],
  ]);
  // The flood has ended, but its count is still logged.
  vi.advanceTimersByTime(60_001);
  expect(entries.slice(2)).toEqual([["push refused", { reason: "no-token", times: 4 }]]);
  refused("no-token");
  vi.advanceTimersByTime(60_001);
  expect(entries.slice(3)).toEqual([["push refused", { reason: "no-token", times: 1 }]]);
  vi.advanceTimersByTime(60_001);
  refused("no-token");
  expect(entries.slice(4)).toEqual([["push refused", { reason: "no-token", times: 1 }]]);
});
