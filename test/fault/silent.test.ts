/** Connections that die silently. In a separate file, because it mostly waits. */
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
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
    for (let round = 0; round < (SOAK ? 5 : 1); round++) {
      firestore.silence();
      pubsub.silence();
      await rig.publish(await rig.store(SOAK ? 300 : 50, `round${round}-`));
      await rig.allLabelled();
    }
    const tally = await rig.tally("silent connections");
    expect(tally).toMatchObject({ lost: 0, wrong: 0 });
    expect(tally.longestWait).toBeLessThan(60);
    expect(await worker.kill("SIGTERM")).toMatchObject({ code: 0 });
  });

  // It takes two minutes to tell a server that is silent from one that is slow, so the short form has no such test.
  if (SOAK)
    it("are reported if they cannot be replaced, and the worker goes on when they can", async () => {
      const url = listeningAt(worker);
      await rig.firestore.cut();
      await rig.pubsub.cut();
      firestore.silence();
      pubsub.silence();
      await eventually(async () => (await fetch(`${url}/livez`)).status === 503, 240_000);
      const silent = logEntries(worker.stdout).filter(({ message }) => message === "a server does not answer");
      expect(silent.length).toBeGreaterThan(0);
      await Promise.all([rig.firestore.listen(), rig.pubsub.listen()]);
      await rig.publish(await rig.store(50, "later"));
      await rig.allLabelled();
      await eventually(async () => (await fetch(`${url}/livez`)).status === 200, 120_000);
      expect(await rig.tally("silent servers")).toMatchObject({ lost: 0, wrong: 0 });
    });
});
