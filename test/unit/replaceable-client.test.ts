import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { NoAnswerError, ReplaceableClient } from "../../shared/backends/replaceable-client.ts";

let opened: number;
let client: ReplaceableClient<object>;

beforeEach(() => {
  vi.useFakeTimers();
  opened = 0;
  client = new ReplaceableClient({ open: () => ({ number: ++opened }), close: async () => {} });
});
afterEach(() => {
  vi.useRealTimers();
});

test("a call that is not answered in time ends, and the client is replaced", async () => {
  const outcome = client.call(10_000, "no answer", () => new Promise(() => {})).catch((error) => error);
  await vi.advanceTimersByTimeAsync(9_900);
  expect(opened).toBe(1);
  await vi.advanceTimersByTimeAsync(100);
  expect(await outcome).toEqual(new NoAnswerError("no answer"));
  expect(opened).toBe(2);
});

test("an answer that arrives while the process is frozen is in time, however long the freeze was", async () => {
  const answer = Promise.withResolvers<string>();
  const outcome = client.call(10_000, "no answer", () => answer.promise).catch((error) => error);
  // When a frozen process wakes, a timer that is due fires before anything is read from a connection, and fires once.
  vi.advanceTimersToNextTimer();
  answer.resolve("answered");
  expect(await outcome).toBe("answered");
  expect(opened).toBe(1);
});

test("a freeze delays the end of a call that is never answered, and does not prevent it", async () => {
  const outcome = client.call(10_000, "no answer", () => new Promise(() => {})).catch((error) => error);
  vi.advanceTimersToNextTimer();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await outcome).toBeInstanceOf(NoAnswerError);
});
