import { FirebaseError } from "firebase/app";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Recount } from "../src/recount.ts";

let failure: Error | undefined;
/** When it was counted, in seconds. */
let counted: number[];
let reports: (string | undefined)[];
let recount: Recount<string>;

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
  failure = undefined;
  counted = [];
  reports = [];
  recount = new Recount(
    async () => {
      counted.push(Date.now() / 1000);
      if (failure !== undefined) throw failure;
      return { value: "5", reads: 1 };
    },
    (value) => reports.push(value),
  );
});
afterEach(() => {
  recount.stop();
  vi.useRealTimers();
});

const seconds = (n: number): Promise<unknown> => vi.advanceTimersByTimeAsync(n * 1000);

test("a count that fails is tried again, after twice as long each time, up to a minute", async () => {
  failure = new Error("no index");
  recount.request();
  await seconds(200);
  expect(counted).toEqual([0, 3, 9, 21, 45, 93, 153]);
});

test("requests do not hurry a count that fails", async () => {
  failure = new Error("no index");
  for (let i = 0; i < 20; i++) {
    recount.request();
    await seconds(1);
  }
  expect(counted).toEqual([0, 3, 9]);
});

test("after a success the next failure is tried again soon", async () => {
  failure = new Error("no index");
  recount.request();
  await seconds(10);
  failure = undefined;
  await seconds(20);
  failure = new Error("no index");
  recount.request();
  await seconds(4);
  expect(counted).toEqual([0, 3, 9, 21, 30, 33]);
  expect(reports.filter((report) => report !== undefined)).toEqual(["5"]);
});

test("many requests are one count each time that it may count", async () => {
  for (let i = 0; i < 6; i++) {
    recount.request();
    await seconds(0.5);
  }
  await seconds(10);
  expect(counted).toEqual([0, 1.5, 3]);
});

test("while paused nothing is counted; one request afterwards is one count", async () => {
  recount.request();
  await seconds(0.1);
  recount.request();
  recount.pause();
  await seconds(100);
  expect(counted).toEqual([0]);
  recount.request();
  await seconds(100);
  expect(counted).toEqual([0, 100.1]);
});

test("what has begun before a pause is not reported in it", async () => {
  recount.request();
  vi.advanceTimersByTime(0);
  expect(counted).toEqual([0]);
  recount.pause();
  await seconds(10);
  expect(reports).toEqual([]);
});

test("a lost connection is tried as often as before, so that its return is seen at once", async () => {
  failure = new FirebaseError("unavailable", "The network is gone.");
  recount.request();
  await seconds(10);
  expect(counted).toEqual([0, 3, 6, 9]);
});

test("a pause ends the waiting after failures", async () => {
  failure = new Error("no index");
  recount.request();
  await seconds(50);
  recount.pause();
  await seconds(1);
  expect(counted).toEqual([0, 3, 9, 21, 45]);
  recount.request();
  await seconds(1);
  expect(counted.at(-1)).toBe(51);
});
