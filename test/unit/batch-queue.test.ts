import { describe, expect, test } from "vitest";
import { BatchQueue, Call, type QueuedText } from "../../model/batch-queue.ts";

interface Text extends QueuedText {
  name: string;
}

const text = (call: Call, name: string, length: number): Text => ({ call, name, ids: Array(length).fill(0) });

/** The names of the texts of all batches, until the queue is empty. */
function drain(queue: BatchQueue<Text>, maxTokens: number): string[][] {
  const batches: string[][] = [];
  while (queue.size > 0) batches.push(queue.take(maxTokens).map(({ name }) => name));
  return batches;
}

describe("a batch", () => {
  test("has the oldest text and those nearest to it in length, as many as fit with their padding", () => {
    const queue = new BatchQueue<Text>();
    const call = new Call();
    for (const [name, length] of Object.entries({ a: 10, b: 100, c: 12, d: 9, e: 11, f: 50 }))
      queue.add(text(call, name, length));
    expect(
      queue
        .take(40)
        .toSorted((x, y) => x.name.localeCompare(y.name))
        .map(({ name }) => name),
    ).toEqual(["a", "d", "e"]);
    expect(drain(queue, 40)).toEqual([["b"], ["c"], ["f"]]);
  });

  test("has no text that would need more padding than a run of its own is worth", () => {
    const queue = new BatchQueue<Text>();
    const call = new Call();
    for (const [name, length] of Object.entries({ a: 100, b: 90, c: 60, d: 112, e: 200 }))
      queue.add(text(call, name, length));
    // With d, a would need 12 tokens of padding and b 22: 24 more than without it.
    expect(drain(queue, 512)).toEqual([["b", "a"], ["c"], ["d"], ["e"]]);
  });

  test("has one text where nothing else fits", () => {
    const queue = new BatchQueue<Text>();
    const call = new Call();
    for (const name of ["a", "b"]) queue.add(text(call, name, 7));
    expect(drain(queue, 1)).toEqual([["a"], ["b"]]);
  });
});

describe("calls that wait at the same time", () => {
  test("take turns: short texts do not wait until the long ones of another call are done", () => {
    const queue = new BatchQueue<Text>();
    const [long, short] = [new Call(), new Call()];
    for (let i = 0; i < 100; i++) queue.add(text(long, `long${i}`, 400));
    queue.take(512);
    for (let i = 0; i < 3; i++) queue.add(text(short, `short${i}`, 20));
    expect(drain(queue, 1).slice(0, 5)).toEqual([["short0"], ["short1"], ["short2"], ["long1"], ["long2"]]);
  });

  test("get equal shares of the tokens", () => {
    const queue = new BatchQueue<Text>();
    const [a, b] = [new Call(), new Call()];
    for (let i = 0; i < 50; i++) queue.add(text(a, `a${i}`, 300));
    for (let i = 0; i < 150; i++) queue.add(text(b, `b${i}`, 100));
    drain(queue, 1).slice(0, 100);
    expect(Math.abs(a.served - b.served)).toBeLessThanOrEqual(300);
  });

  test("share batches with each other where their texts are of like length", () => {
    const queue = new BatchQueue<Text>();
    queue.add(text(new Call(), "a", 10));
    queue.add(text(new Call(), "b", 10));
    expect(queue.take(20).map(({ name }) => name)).toEqual(["a", "b"]);
  });

  test("do not make a call wait that comes later, nor let it make up for the time before", () => {
    const queue = new BatchQueue<Text>();
    const early = new Call();
    for (let i = 0; i < 40; i++) queue.add(text(early, `early${i}`, 100));
    for (let i = 0; i < 20; i++) queue.take(1);
    const late = new Call();
    for (let i = 0; i < 20; i++) queue.add(text(late, `late${i}`, 100));
    const next = drain(queue, 1).slice(0, 10).flat();
    expect(next.filter((name) => name.startsWith("late")).length).toBe(5);
  });
});

test("the texts of one call can be removed; those of others stay", () => {
  const queue = new BatchQueue<Text>();
  const [a, b] = [new Call(), new Call()];
  queue.add(text(a, "a", 1));
  queue.add(text(b, "b", 1));
  expect(queue.remove(a).map(({ name }) => name)).toEqual(["a"]);
  expect(queue.remove(a)).toEqual([]);
  expect(queue.remove().map(({ name }) => name)).toEqual(["b"]);
  expect(queue.size).toBe(0);
});
