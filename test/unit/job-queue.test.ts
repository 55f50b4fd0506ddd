import { describe, expect, it } from "vitest";
import type { ReviewPath } from "../../shared/path.ts";
import type { Delivery } from "../../shared/queue.ts";
import { type Job, JobQueue } from "../../worker/pipeline/job-queue.ts";

const path = (name: string): ReviewPath => `reviews/${name}` as ReviewPath;
const pathsOf = (jobs: readonly Job[]): string[] => jobs.map((job) => job.path.replace("reviews/", ""));

function delivery(id: string): Delivery {
  return { id, data: Buffer.of(), attributes: {}, publishTime: undefined, ack() {}, nack() {} };
}

function queueOf(...names: readonly string[]): JobQueue {
  const queue = new JobQueue();
  for (const name of names) queue.add(path(name), false, delivery(name));
  return queue;
}

describe("jobs", () => {
  it("are taken in order of arrival, one per review, up to a limit", () => {
    const queue = queueOf("a", "b", "a", "c");
    expect([pathsOf(queue.take(2)), pathsOf(queue.take(2)), pathsOf(queue.take(2))]).toEqual([["a", "b"], ["c"], []]);
  });

  it("for a review in a running batch wait until the batch is done", () => {
    const queue = queueOf("a");
    const [job] = queue.take(1) as [Job];
    queue.add(path("a"), false, delivery("a2"));
    expect([queue.hasWaiting, queue.take(1)]).toEqual([true, []]);
    queue.release(job);
    expect(pathsOf(queue.take(1))).toEqual(["a"]);
  });

  it("that are put back absorb deliveries for the same review that arrived meanwhile, including force", () => {
    const queue = queueOf("a");
    const [job] = queue.take(1) as [Job];
    queue.add(path("a"), true, delivery("a2"));
    job.changes = 3;
    queue.putBack(job);
    const [again, ...others] = queue.take(2);
    expect(others).toEqual([]);
    expect(again).toMatchObject({ force: true, changes: 3, deliveries: [{ id: "a" }, { id: "a2" }] });
  });

  it("that have failed get a batch each, and take turns with new ones", () => {
    const queue = queueOf("a", "b", "c", "d");
    for (const job of queue.take(2)) {
      job.failures = 1;
      queue.putBack(job);
    }
    const batches = [queue.take(1), queue.take(1), queue.take(1), queue.take(1)].map(pathsOf);
    expect(batches).toEqual([["a"], ["c"], ["b"], ["d"]]);
    expect(queue.hasWaiting).toBe(false);
  });

  it("that are waiting, including failed ones, are removed and returned on shutdown", () => {
    const queue = queueOf("a", "b", "c");
    const [job] = queue.take(1) as [Job];
    queue.putBack(Object.assign(job, { failures: 1 }));
    expect(pathsOf(queue.clear()).toSorted()).toEqual(["a", "b", "c"]);
    expect(queue.hasWaiting).toBe(false);
  });
});
