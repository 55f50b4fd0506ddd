import { FirebaseError } from "firebase/app";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Recount } from "../src/recount.ts";

let failure: Error | undefined;
/** The times of the counts, in seconds. */
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

test("a failed count is retried, with a pause that doubles up to a minute", async () => {
  failure = new Error("no index");
  recount.request();
  await seconds(200);
  expect(counted).toEqual([0, 3, 9, 21, 45, 93, 153]);
});

test("requests do not shorten the pause after a failure", async () => {
  failure = new Error("no index");
  for (let i = 0; i < 20; i++) {
    recount.request();
    await seconds(1);
  }
  expect(counted).toEqual([0, 3, 9]);
});

test("a success resets the pause", async () => {
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

test("many requests cause one count per interval", async () => {
  for (let i = 0; i < 6; i++) {
    recount.request();
    await seconds(0.5);
  }
  await seconds(10);
  expect(counted).toEqual([0, 1.5, 3]);
});

test("while paused nothing is counted; one request afterwards causes one count", async () => {
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

test("a count that finishes during a pause is not reported", async () => {
  recount.request();
  vi.advanceTimersByTime(0);
  expect(counted).toEqual([0]);
  recount.pause();
  await seconds(10);
  expect(reports).toEqual([]);
});

test("without a connection the pause does not grow, so that its return is noticed at once", async () => {
  failure = new FirebaseError("unavailable", "The network is gone.");
  recount.request();
  await seconds(10);
  expect(counted).toEqual([0, 3, 6, 9]);
});

test("a pause resets the waiting after failures", async () => {
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
