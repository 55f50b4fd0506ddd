import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { StoreError } from "../../shared/store.ts";
import { Watchdog } from "../../worker/watchdog.ts";

/** A server that answers, fails, or is silent. */
const server = { name: "store", probes: 0, answer: async (): Promise<void> => {} };
const events: string[] = [];
let watchdog: Watchdog;

/** Time for which the process was frozen: the clock went on, and no timer fired. */
let frozenMs: number;

beforeEach(() => {
  vi.useFakeTimers();
  const now = performance.now.bind(performance);
  frozenMs = 0;
  vi.spyOn(performance, "now").mockImplementation(() => now() + frozenMs);
  Object.assign(server, { probes: 0, answer: async () => {} });
  events.length = 0;
  watchdog = new Watchdog([
    {
      name: server.name,
      reach: () => {
        server.probes++;
        return server.answer();
      },
    },
  ]);
  watchdog.on("silent", (name) => events.push(`${name} silent`));
  watchdog.on("answered", (name) => events.push(`${name} answered`));
  watchdog.start();
});
afterEach(() => {
  watchdog.stop();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const silent = (): Promise<void> => Promise.reject(new StoreError("no answer", "unavailable"));

test("a server that answers probes is never reported, however idle the worker is", async () => {
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(server.probes).toBeGreaterThan(50);
  expect(events).toEqual([]);
});

test("a server that has recently responded is not probed", async () => {
  for (let i = 0; i < 100; i++) {
    await vi.advanceTimersByTimeAsync(10_000);
    watchdog.heard("store");
  }
  expect(server.probes).toBe(0);
});

test("a server that is silent for two minutes is reported once, and so is its next answer", async () => {
  server.answer = silent;
  await vi.advanceTimersByTimeAsync(110_000);
  expect(events).toEqual([]);
  await vi.advanceTimersByTimeAsync(500_000);
  expect(events).toEqual(["store silent"]);
  expect(watchdog.silentServers).toEqual(["store"]);
  expect(watchdog.silence.get("store")).toBeGreaterThanOrEqual(600_000);
  server.answer = async () => {};
  await vi.advanceTimersByTimeAsync(30_000);
  expect(events).toEqual(["store silent", "store answered"]);
  expect(watchdog.silentServers).toEqual([]);
});

test("a probe that never ends is not repeated, and counts as silence", async () => {
  server.answer = () => new Promise(() => {});
  await vi.advanceTimersByTimeAsync(150_000);
  expect(server.probes).toBe(1);
  expect(events).toEqual(["store silent"]);
});

test("an error response counts as an answer", async () => {
  server.answer = () => Promise.reject(new StoreError("no permission", "refused"));
  await vi.advanceTimersByTimeAsync(600_000);
  expect(events).toEqual([]);
});

test("a frozen process does not report a server, and asks anew when it wakes", async () => {
  // Cloud Run gives an idle instance CPU only during a probe, every 30 s. The server answers after the deadline of the request.
  server.answer = () => {
    const answer = Promise.withResolvers<void>();
    setTimeout(() => answer.reject(new StoreError("no answer within 10 s", "unavailable")), 5_000);
    return answer.promise;
  };
  for (let i = 1; i <= 100; i++) {
    frozenMs += 20_000;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(server.probes).toBe(i);
  }
  expect(events).toEqual([]);
  expect(watchdog.silence.get("store")).toBeLessThanOrEqual(20_000);
});

test("after a freeze, a server that is silent while the process runs is reported within two minutes", async () => {
  server.answer = silent;
  frozenMs += 3_600_000;
  await vi.advanceTimersByTimeAsync(100_000);
  expect(events).toEqual([]);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(events).toEqual(["store silent"]);
});

test("a freeze neither hides nor heals a server that was reported", async () => {
  server.answer = silent;
  await vi.advanceTimersByTimeAsync(120_000);
  frozenMs += 3_600_000;
  await vi.advanceTimersByTimeAsync(10_000);
  expect(watchdog.silentServers).toEqual(["store"]);
  server.answer = async () => {};
  await vi.advanceTimersByTimeAsync(10_000);
  expect(events).toEqual(["store silent", "store answered"]);
});
