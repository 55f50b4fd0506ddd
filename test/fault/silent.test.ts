/** Connections that die silently. In a separate file, because it mostly waits. */
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { PubSubQueue } from "../../shared/backends/pubsub.ts";
import { type CliProcess, eventually, listeningAt, logEntries } from "../process.ts";
import { Relay } from "./relay.ts";
import { type Emulators, Rig, SOAK, tallies } from "./rig.ts";

const emulators = inject("emulators");

describe.skipIf(emulators === null)("connections that are silently dead", { timeout: 600_000 }, () => {
  let rig: Rig;
  let firestore: Relay;
  let pubsub: Relay;
  let worker: CliProcess;

  beforeEach(async () => {
    rig = await Rig.start(emulators as Emulators);
    firestore = await new Relay(rig.firestore.host).listen();
    pubsub = await new Relay(rig.pubsub.host).listen();
    worker = await rig.worker({
      FIRESTORE_EMULATOR_HOST: firestore.host,
      PUBSUB_EMULATOR_HOST: pubsub.host,
      // Emulators get no pings by default.
      GRPC_KEEPALIVE_TIME_MS: "20000",
      PORT: "0",
    });
    const [first] = await rig.store(1, "first");
    await rig.publish([first as string]);
    await rig.allLabelled();
  });
  afterEach(async () => {
    await rig.stop();
    firestore.close();
    pubsub.close();
    console.table(tallies);
  });

  it("delay a review by less than a minute, and lose none", async () => {
    for (let round = 0; round < (SOAK ? 3 : 1); round++) {
      firestore.silence();
      pubsub.silence();
      await rig.publish(await rig.store(50, `round${round}-`));
      await rig.allLabelled();
    }
    const tally = await rig.tally("silent connections");
    expect(tally).toMatchObject({ lost: 0, wrong: 0 });
    expect(tally.longestWait).toBeLessThan(60);
    expect(await worker.kill("SIGTERM")).toMatchObject({ code: 0 });
  });

  // It takes two minutes to tell a server that is silent from one that is slow, so the short form has no such test.
  if (SOAK)
    it("are reported while they cannot be replaced, and the worker continues when they can", async () => {
      const url = listeningAt(worker);
      for (const relay of [firestore, pubsub]) {
        relay.deaf = true;
        relay.silence();
      }
      await eventually(async () => (await fetch(`${url}/livez`)).status === 503, 240_000);
      const silent = () =>
        logEntries(worker.stdout).flatMap(({ message, server }) =>
          message === "a server does not answer" ? [server] : [],
        );
      await eventually(async () => silent().length === 2, 60_000);
      expect(silent().toSorted()).toEqual(["store", "subscription"]);
      firestore.deaf = false;
      pubsub.deaf = false;
      await rig.publish(await rig.store(50, "later"));
      await rig.allLabelled();
      await eventually(async () => (await fetch(`${url}/livez`)).status === 200, 120_000);
      expect(await rig.tally("silent servers")).toMatchObject({ lost: 0, wrong: 0 });
    });
});

describe.skipIf(emulators === null)("a subscription whose new connections lead nowhere either", () => {
  it("continues over another connection as soon as one works", async () => {
    const rig = await Rig.start(emulators as Emulators);
    const relay = await new Relay(rig.pubsub.host).listen();
    const { projectId } = rig.options;
    const queue = new PubSubQueue({ projectId, emulatorHost: relay.host }, rig.options);
    const delivered: string[] = [];
    const subscription = queue.subscribe({
      maxOutstanding: 10,
      onDelivery: (delivery) => {
        delivered.push(delivery.data.toString());
        delivery.ack();
      },
      onError: (error) => delivered.push(error.message),
    });
    const publish = (text: string): Promise<string> => rig.backend.queue.publish(Buffer.from(text));
    await publish("before");
    await eventually(async () => delivered.includes("before"));
    const { accepted } = relay;
    relay.deaf = true;
    relay.silence();
    await expect(queue.reach()).rejects.toThrow("no answer within 10 s");
    // It has connected anew, and gRPC by itself would wait for ever for this connection to say its first word.
    await eventually(async () => relay.accepted > accepted);
    relay.deaf = false;
    await expect(queue.reach()).rejects.toThrow("no answer within 10 s");
    await publish("after");
    await eventually(async () => delivered.includes("after"), 60_000);
    await queue.reach();
    // Only the ack of the first one may have been lost.
    expect(new Set(delivered)).toEqual(new Set(["before", "after"]));
    await subscription.close(1_000);
    await queue.close();
    relay.close();
    await rig.stop();
  });
});
