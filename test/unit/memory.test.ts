/** The memory backend beyond the contract that it shares with Google's services, which test/contract covers. */
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import { MemoryQueue } from "../../shared/backends/memory.ts";

const none = { maxOutstanding: 10, onDelivery: () => {}, onError: () => {} };

describe("the memory queue", () => {
  test("allows one subscriber at a time, and another after it", async () => {
    const queue = new MemoryQueue();
    const first = queue.subscribe(none);
    expect(() => queue.subscribe(none)).toThrow("already has a subscriber");
    await first.close(0);
    await queue.subscribe(none).close(0);
  });

  test("dead-letters a message after maxDeliveryAttempts nacks", async () => {
    const queue = new MemoryQueue({ redeliveryMs: 1, maxDeliveryAttempts: 3 });
    let deliveries = 0;
    const subscription = queue.subscribe({
      ...none,
      onDelivery: (delivery) => {
        deliveries++;
        delivery.nack();
      },
    });
    await queue.publish(Buffer.from("bad"), { source: "shop" });
    await vi.waitFor(() => expect(queue.deadLetters).toHaveLength(1));
    await sleep(50);
    expect(deliveries).toBe(3);
    expect(queue.deadLetters).toEqual([{ data: Buffer.from("bad"), attributes: { source: "shop" } }]);
    await subscription.close(0);
  });

  test("waits before it redelivers a nacked message", async () => {
    const queue = new MemoryQueue({ redeliveryMs: 200 });
    const times: number[] = [];
    const subscription = queue.subscribe({
      ...none,
      onDelivery: (delivery) => {
        times.push(performance.now());
        if (times.length === 1) delivery.nack();
        else delivery.ack();
      },
    });
    await queue.publish(Buffer.from("again"));
    await vi.waitFor(() => expect(times).toHaveLength(2), { timeout: 5_000 });
    expect((times[1] as number) - (times[0] as number)).toBeGreaterThan(150);
    await subscription.close(0);
  });

  test("respects only the first of several settlements", async () => {
    const queue = new MemoryQueue({ redeliveryMs: 1 });
    let deliveries = 0;
    const subscription = queue.subscribe({
      ...none,
      onDelivery: (delivery) => {
        deliveries++;
        delivery.ack();
        delivery.nack();
      },
    });
    await queue.publish(Buffer.from("once"));
    await sleep(50);
    expect(deliveries).toBe(1);
    await subscription.close(0);
  });

  test("delivers in order and never within publish()", async () => {
    const queue = new MemoryQueue();
    const bodies: string[] = [];
    const subscription = queue.subscribe({
      ...none,
      onDelivery: (delivery) => {
        bodies.push(Buffer.from(delivery.data).toString());
        delivery.ack();
      },
    });
    const published = ["a", "b", "c"].map((body) => queue.publish(Buffer.from(body)));
    expect(bodies).toEqual([]);
    await Promise.all(published);
    await vi.waitFor(() => expect(bodies).toEqual(["a", "b", "c"]));
    await subscription.close(0);
  });
});
