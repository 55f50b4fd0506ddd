/** Ack deadlines after an outage. In a separate file, because it mostly waits. */
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, inject, it } from "vitest";
import { PubSubQueue } from "../../shared/backends/pubsub.ts";
import type { Delivery } from "../../shared/queue.ts";
import { eventually } from "../process.ts";
import { type Emulators, Rig } from "./rig.ts";

const emulators = inject("emulators");

describe.skipIf(emulators === null)("messages in flight while Pub/Sub hangs", () => {
  it("have their deadlines extended at the usual pace when it answers again", async () => {
    const rig = await Rig.start(emulators as Emulators);
    const { pubsub, options } = rig;
    const queue = new PubSubQueue({ projectId: options.projectId, emulatorHost: pubsub.host }, options);
    let extensions = 0;
    pubsub.fate = (method) => {
      if (method === "ModifyAckDeadline") extensions++;
      return "pass";
    };
    const warnings: string[] = [];
    const onWarning = ({ name }: Error): void => void warnings.push(name);
    process.on("warning", onWarning);
    const inFlight: Delivery[] = [];
    const subscription = queue.subscribe({
      maxOutstanding: 100,
      onDelivery: (delivery) => inFlight.push(delivery),
      onError: (error) => warnings.push(error.message),
    });
    await Promise.all(Array.from({ length: 20 }, (_, i) => rig.backend.queue.publish(Buffer.from(String(i)))));
    await eventually(async () => inFlight.length >= 20);

    // Nine tenths of the shortest ack deadline is 9 s.
    pubsub.delayMs = 12_000;
    await sleep(14_000);
    pubsub.delayMs = 0;
    const before = extensions;
    await sleep(6_000);
    // A timer of a negative time fires every millisecond.
    expect(warnings).toEqual([]);
    // Once in 3 s at most on average; every 100 ms, and more for redelivered messages, if the timer fires without a pause.
    expect(extensions - before).toBeLessThan(15);
    process.off("warning", onWarning);
    for (const delivery of inFlight) delivery.ack();
    await subscription.close(2_000);
    await queue.close();
    await rig.stop();
  });
});
