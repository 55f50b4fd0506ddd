import { afterEach, expect, test, vi } from "vitest";
import { announced, reportWaiting } from "../../worker/cli/waiting.ts";

const never = new Promise<never>(() => {});

afterEach(() => {
  vi.useRealTimers();
});

test("a call's result and its error pass through", async () => {
  expect(await announced(Promise.resolve(7), "a server")).toBe(7);
  await expect(announced(Promise.reject(new Error("refused")), "a server")).rejects.toThrow("refused");
});

test("a stop signal ends the wait, whether it comes before the call or during it", async () => {
  await expect(announced(never, "a server", AbortSignal.abort(new Error("stopped")))).rejects.toThrow("stopped");
  const stop = new AbortController();
  const waiting = announced(never, "a server", stop.signal);
  stop.abort(new Error("stopped later"));
  await expect(waiting).rejects.toThrow("stopped later");
});

test("a call that takes more than three seconds is reported, but not after it has ended", async () => {
  const print = vi.spyOn(console, "error").mockImplementation(() => {});
  await announced(Promise.resolve(), "a fast server");
  const stop = new AbortController();
  const waiting = announced(never, "a slow server", stop.signal).catch(() => {});
  await vi.waitFor(() => expect(print).toHaveBeenCalled(), { timeout: 30_000 });
  stop.abort();
  await waiting;
  expect(print.mock.calls[0]?.[0]).toMatch(/^review-sentiment: waiting for a slow server, \d s so far$/);
  expect(print.mock.calls.join()).not.toContain("fast");
});

test("a wait is reported after three seconds and then every fifteen, and again three seconds after progress", () => {
  vi.useFakeTimers();
  const print = vi.spyOn(console, "error").mockImplementation(() => {});
  let progressAt = Date.now();
  const stop = reportWaiting(
    () => Date.now() - progressAt,
    () => "the workers",
  );
  vi.advanceTimersByTime(20_000);
  progressAt = Date.now();
  vi.advanceTimersByTime(4_000);
  stop();
  vi.advanceTimersByTime(60_000);
  const seconds = print.mock.calls.map(
    ([line]) => /^review-sentiment: waiting for the workers, (\d+) s/.exec(line)?.[1],
  );
  expect(seconds).toEqual(["3", "18", "3"]);
});
