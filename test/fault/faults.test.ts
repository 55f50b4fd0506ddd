/**
 * Faults: real worker processes on Google's emulators, with proxies between them that misbehave. Each test ends with a count: every
 * review has the label of its text, and no other field of a document has changed.
 *
 * Short here; `npm run test:soak` runs the same faults for longer.
 */
import { randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { freePorts } from "../../shared/backends/emulators.ts";
import { openCloud } from "../../shared/backends/open.ts";
import { type CliProcess, eventually, listeningAt, logEntries, run } from "../process.ts";
import { EventSource } from "./event-source.ts";
import { clearText, type Emulators, Rig, SOAK, tallies } from "./rig.ts";

const emulators = inject("emulators");
const MINUTES = 60_000;
const NONE = { lost: 0, wrong: 0 };

describe.skipIf(emulators === null)(
  "nothing is lost and nothing is wrong",
  { timeout: SOAK ? 20 * MINUTES : 3 * MINUTES },
  () => {
    let rig: Rig;
    beforeEach(async () => {
      rig = await Rig.start(emulators as Emulators);
    });
    afterEach(() => rig.stop());
    afterAll(() => console.table(tallies));

    it("when workers are killed at random while they work", async () => {
      const kills = SOAK ? 12 : 2;
      const paths = await rig.store(SOAK ? 3_000 : 300);
      // As far away as a database in the cloud may be: at any moment there is something half done.
      rig.firestore.delayMs = 300;
      const start = () => rig.worker({ MAX_BATCH_REVIEWS: "10" });
      let workers: CliProcess[] = await Promise.all([start(), start()]);
      const share = paths.length / kills;
      for (let kill = 0; kill < kills; kill++) {
        const published = paths.slice(kill * share, (kill + 1) * share);
        await rig.publish(published);
        await sleep(randomInt(SOAK ? 1_500 : 500));
        expect(await rig.labelled(published)).toBeLessThan(published.length);
        const victim = workers[randomInt(workers.length)];
        await victim?.kill("SIGKILL");
        // The other one goes on. What the dead one had in flight is redelivered after its ack deadline.
        workers = [...workers.filter((worker) => worker !== victim), await start()];
      }
      await rig.allLabelled();
      expect(await rig.tally(`${kills} × SIGKILL`)).toMatchObject(NONE);
    });

    it("when Firestore is down for a while", async () => {
      const paths = await rig.store(SOAK ? 1_000 : 200);
      await rig.worker();
      await rig.firestore.cut();
      await rig.publish(paths);
      await sleep(SOAK ? 30_000 : 5_000);
      await rig.firestore.listen();
      await rig.allLabelled();
      expect(await rig.tally("Firestore down")).toMatchObject(NONE);
    });

    it("when Firestore takes 2 s for every answer", async () => {
      const paths = await rig.store(SOAK ? 1_000 : 200);
      await rig.worker();
      rig.firestore.delayMs = 2_000;
      await rig.publish(paths);
      await rig.allLabelled();
      expect(await rig.tally("Firestore slow")).toMatchObject(NONE);
    });

    it("when half of the writes fail, some of them after they were applied", async () => {
      const paths = await rig.store(SOAK ? 1_000 : 200);
      let writes = 0;
      rig.firestore.fate = (method) => {
        if (method !== "BatchWrite") return "pass";
        return (["pass", "refuse", "pass", "lose-answer"] as const)[writes++ % 4] ?? "pass";
      };
      await rig.worker({ MAX_BATCH_REVIEWS: "10" });
      await rig.publish(paths);
      await rig.allLabelled();
      expect(writes).toBeGreaterThan(20);
      expect(await rig.tally("half the writes fail")).toMatchObject(NONE);
    });

    it("when the connection to Pub/Sub is cut and comes back", async () => {
      const paths = await rig.store(SOAK ? 1_000 : 300);
      await rig.worker({ MAX_BATCH_REVIEWS: "10" });
      await rig.publish(paths.slice(0, 150));
      await eventually(async () => (await rig.labelled()) > 10);
      await rig.pubsub.cut();
      await rig.publish(paths.slice(150));
      await sleep(SOAK ? 30_000 : 3_000);
      await rig.pubsub.listen();
      await rig.allLabelled();
      expect(await rig.tally("Pub/Sub cut")).toMatchObject(NONE);
    });

    it("when a worker is stopped under full load: it exits 0 in time, and another gets its messages at once", async () => {
      const paths = await rig.store(SOAK ? 2_000 : 1_200);
      const first = await rig.worker({ MAX_BATCH_REVIEWS: "10" });
      const second = await rig.worker({ MAX_BATCH_REVIEWS: "10" });
      await rig.publish(paths);
      await eventually(async () => (await rig.labelled()) > 10);
      const signalled = performance.now();
      const { code } = await first.kill("SIGTERM");
      const stopping = performance.now() - signalled;
      expect(await rig.labelled()).toBeLessThan(paths.length);
      expect(code).toBe(0);
      expect(stopping).toBeLessThan(8_000);
      // Nacked by the worker, so that the others need not wait for the ack deadline.
      const nacked = logEntries(first.stdout).filter(({ reason }) => reason === "draining");
      expect(nacked.length).toBeGreaterThan(0);
      await rig.allLabelled();
      expect(second.child.exitCode).toBeNull();
      expect(await rig.tally("SIGTERM under load")).toMatchObject(NONE);
    });

    it("when a worker is stopped twice: it exits at once, and another labels its reviews", async () => {
      const paths = await rig.store(100);
      const first = await rig.worker();
      await rig.firestore.cut();
      await rig.publish(paths);
      await sleep(1_000);
      const signalled = performance.now();
      first.child.kill("SIGTERM");
      await first.prints("worker stopping");
      // A signal that comes sooner counts as the first one, passed on by npm.
      await sleep(600);
      const { code } = await first.kill("SIGTERM");
      expect(code).toBe(1);
      expect(performance.now() - signalled).toBeLessThan(4_000);
      await rig.firestore.listen();
      await rig.worker();
      await rig.allLabelled();
      expect(await rig.tally("2 × SIGTERM")).toMatchObject(NONE);
    });

    it("when everything is published three times, in any order", async () => {
      const paths = await rig.store(SOAK ? 1_000 : 200);
      await Promise.all([rig.worker(), rig.worker()]);
      const thrice = [...paths, ...paths, ...paths].sort(() => Math.random() - 0.5);
      await rig.publish(thrice);
      await rig.allLabelled();
      expect(await rig.tally("3 × everything")).toMatchObject(NONE);
    });

    it("when texts are edited while they are classified", async () => {
      const edits = SOAK ? 1_000 : 150;
      const paths = await rig.store(20);
      await Promise.all([rig.worker(), rig.worker()]);
      await rig.publish(paths);
      for (let edit = 0; edit < edits; edit++) {
        const path = paths[randomInt(paths.length)] as string;
        await rig.put([{ path, fields: { text: clearText(edit % 3 === 0 ? "POSITIVE" : "NEGATIVE", edit) } }]);
        await rig.publish([path]);
      }
      await rig.allLabelled();
      expect(await rig.tally(`${edits} edits`)).toMatchObject(NONE);
    });

    it("when some messages and reviews are poison", async () => {
      // In the long form one in a hundred is poison.
      const paths = await rig.store(SOAK ? 1_700 : 200);
      const odd: Record<string, unknown> = {
        emoji: "😀😀🔥",
        control: "\u0001\u0002\u0003",
        white: " \n\t",
        number: 42,
        map: { text: "not a string" },
        megabyte: "I like it. ".repeat(90_000),
      };
      await rig.put(Object.entries(odd).map(([id, text]) => ({ path: `reviews/${id}`, fields: { text } })));
      // A document so near to Firestore's limit of 1 MiB that there is no room for a result.
      const full = { path: "reviews/full", fields: { text: "I like it.", more: "x".repeat(1_048_576 - 120) } };
      await rig.backend.store.put([full]);
      const junk = [
        "",
        "{",
        "[]",
        "null",
        '{"path":5}',
        '{"path":"orders/1"}',
        '{"path":"reviews/../x"}',
        '{"path":["reviews/a"]}',
      ];
      await rig.worker();
      await Promise.all(junk.map((body) => rig.backend.queue.publish(Buffer.from(body), { from: "poison" })));
      await rig.publish([
        ...paths,
        ...Object.keys(odd).map((id) => `reviews/${id}`),
        "reviews/full",
        "reviews/nowhere",
      ]);
      await rig.backend.store.put([{ path: "reviews/gone", fields: { text: "I like it" } }]);
      await Promise.all([rig.publish(["reviews/gone"]), rig.backend.store.delete("reviews/gone")]);
      await rig.allLabelled();
      expect(await rig.backend.store.get("reviews/gone")).toBeUndefined();
      expect(await rig.backend.store.get("reviews/nowhere")).toBeUndefined();

      const deadLettered = new Set<string>();
      const deadLetters = openCloud(
        { ...rig.options, subscription: rig.options.deadLetterTopic },
        emulators as Emulators,
      );
      const subscription = deadLetters.queue.subscribe({
        maxOutstanding: 100,
        onDelivery: (delivery) => {
          expect(delivery.attributes.from).toBe("poison");
          expect(delivery.attributes.deadLetterReason).toMatch(/^(invalid|path)-/);
          deadLettered.add(Buffer.from(delivery.data).toString());
          delivery.ack();
        },
        onError: () => {},
      });
      await eventually(async () => deadLettered.size === junk.length);
      await subscription.close(1_000);
      await deadLetters.close();
      expect(await rig.tally("poison")).toMatchObject(NONE);
    });

    it("when an application saves whole documents again, without the result or with one of its own", async () => {
      const worker = await rig.worker({ DELIVERY: "push", PORT: "0" });
      const paths = await rig.store(SOAK ? 50 : 15);
      const events = new EventSource(rig, emulators as Emulators, listeningAt(worker));
      await rig.allLabelled();
      const rounds = SOAK ? 6 : 2;
      for (let round = 0; round < rounds; round++) {
        // Also while earlier events are on their way.
        const saving = paths.map(async (path, i) => {
          await sleep(randomInt(1_000));
          const { sentiment: right } = (await rig.backend.store.get(path)) ?? {};
          const own = [undefined, null, "POSITIVE", {}, { label: "MINE" }, Object.assign({}, right, { label: "MINE" })];
          const sentiment = own[(i + round) % own.length];
          rig.publishedAt.set(path, Date.now());
          const fields = { ...rig.stored.get(path), ...(sentiment !== undefined && { sentiment }) };
          await rig.backend.store.firestore.doc(path).set(fields);
        });
        await Promise.all(saving);
      }
      await rig.allRight();
      await events.stop();
      // The worker's own writes cause events too. Those events must not cause further writes.
      const labelled = logEntries(worker.stdout).filter(({ outcome }) => outcome === "labelled");
      expect(labelled.length).toBeLessThanOrEqual(paths.length * (rounds + 1));
      expect(await rig.tally("overwritten result")).toMatchObject(NONE);
    });

    it("when the topic refuses one of many dead-lettered messages: redrive names it and publishes the others", async () => {
      const paths = await rig.store(SOAK ? 1_000 : 200);
      const { queue } = rig.backend;
      await rig.worker();
      const bodies = [...paths.map((path) => JSON.stringify({ path })), ""];
      const reason = { deadLetterReason: "path-mismatch" };
      // In any order, so that the refused one is anywhere in the requests.
      const shuffled = bodies.toSorted(() => Math.random() - 0.5);
      await Promise.all(shuffled.map((body) => queue.deadLetter(Buffer.from(body), reason)));
      for (const path of paths) rig.publishedAt.set(path, Date.now());
      rig.published += paths.length;
      const env = {
        PUBSUB_EMULATOR_HOST: rig.pubsub.host,
        FIRESTORE_EMULATOR_HOST: rig.firestore.host,
        GOOGLE_CLOUD_PROJECT: rig.options.projectId,
      };
      const first = await run(["redrive", "--force", "--json"], env);
      expect(JSON.parse(first.stdout)).toMatchObject({ done: paths.length, kept: 1, refused: 1 });
      expect(first).toMatchObject({ code: 1, stderr: expect.stringContaining("the topic refuses 1 message") });
      await rig.allLabelled();
      expect(await rig.tally("one refused message")).toMatchObject(NONE);
    });

    it("when transactions of the application hold reviews: other reviews do not wait for them", async () => {
      const held = await rig.store(SOAK ? 40 : 4, "held");
      const paths = await rig.store(SOAK ? 1_000 : 100);
      const { firestore } = rig.backend.store;
      const release = Promise.withResolvers<void>();
      await rig.worker();
      const reading = held.map(
        (path) =>
          new Promise<void>((resolve) => {
            const transaction = firestore.runTransaction(async (one) => {
              await one.get(firestore.doc(path));
              resolve();
              await release.promise;
            });
            void transaction.catch(() => {});
          }),
      );
      await Promise.all(reading);
      await rig.publish(held);
      await sleep(1_000);
      await rig.publish(paths);
      await eventually(async () => (await rig.labelled(paths)) === paths.length, 60_000);
      // Not that they were labelled later: while the others were held.
      expect(await rig.labelled(held)).toBe(0);
      await sleep(SOAK ? 30_000 : 2_000);
      release.resolve();
      await rig.allLabelled();
      expect(await rig.tally("contended reviews")).toMatchObject(NONE);
    });

    it("when 5,000 messages are about reviews that do not exist: other reviews hardly wait for them", async () => {
      await rig.worker();
      await rig.publish(Array.from({ length: 5_000 }, (_, i) => `reviews/deleted${i}`));
      for (let i = 0; i < (SOAK ? 15 : 1); i++) {
        await rig.publish(await rig.store(1, `good${i}-`));
        await rig.allLabelled();
      }
      expect(await rig.tally("5,000 deleted")).toMatchObject(NONE);
    });

    it.each([-60_000, 60_000])("when a worker's clock is %d ms off", async (offset) => {
      const clock = new URL("./clock.mjs", import.meta.url).href;
      await rig.worker({ NODE_OPTIONS: `--import ${clock}`, CLOCK_OFFSET_MS: String(offset) });
      // The messages come before the reviews are written.
      const paths = Array.from({ length: SOAK ? 50 : 20 }, (_, i) => `reviews/r${i}`);
      await rig.publish([...paths, "reviews/deleted"]);
      await sleep(SOAK ? 30_000 : 1_000);
      await rig.store(paths.length);
      await rig.allLabelled();
      if (SOAK) await eventually(async () => rig.workers[0]?.stdout.includes('"outcome":"deleted"'), 120_000);
      expect(await rig.tally(`clock ${offset / 1000} s`)).toMatchObject(NONE);
    });

    it("when a worker starts before its servers: it logs what it waits for, and is not ready until they answer", async () => {
      await Promise.all([rig.firestore.cut(), rig.pubsub.cut()]);
      const [port, other] = await freePorts(2);
      const starting = [rig.startWorker({ PORT: String(port) }), rig.startWorker({ PORT: String(other) })];
      const [worker, impatient] = starting as [CliProcess, CliProcess];
      await Promise.all(starting.map((one) => one.prints("waiting for a server to answer")));
      expect(worker.stdout).toContain(`"server":"store","emulator":"${rig.firestore.host}"`);
      for (const probe of ["startupz", "readyz"])
        expect((await fetch(`http://127.0.0.1:${port}/${probe}`)).status).toBe(503);
      expect((await fetch(`http://127.0.0.1:${port}/livez`)).status).toBe(200);
      expect(await impatient.kill("SIGTERM")).toMatchObject({ code: 0, stderr: "" });
      await Promise.all([rig.firestore.listen(), rig.pubsub.listen()]);
      await rig.publish(await rig.store(20));
      await rig.allLabelled();
      await worker.prints("worker started");
      for (const probe of ["startupz", "readyz"])
        expect((await fetch(`http://127.0.0.1:${port}/${probe}`)).status).toBe(200);
      expect(await rig.tally("server comes later")).toMatchObject(NONE);
    });

    it("when a worker is stopped at any moment of its start", async () => {
      for (const ms of SOAK ? [0, 50, 100, 200, 400, 600, 800, 1_000, 1_500, 2_000] : [150, 600]) {
        const worker = rig.startWorker();
        await sleep(ms);
        const { code, signal } = await worker.kill("SIGTERM");
        // Node itself ends on the signal until the command has been loaded.
        if (signal !== "SIGTERM") expect({ ms, code }).toEqual({ ms, code: 0 });
      }
    });

    // It takes a minute to tell a thread that hangs from one that is slow, so the short form has no such test.
    if (SOAK)
      it("when inference threads hang: they are replaced, and the same worker labels their texts", async () => {
        const paths = await rig.store(200);
        const faults = new URL("./thread-faults.mjs", import.meta.url).href;
        const worker = await rig.worker({
          NODE_OPTIONS: `--import ${faults}`,
          FAULT: "hang",
          FAULT_EVERY: "5",
          FAULT_THREADS: "2",
          INFERENCE_THREADS: "2",
        });
        await rig.publish(paths);
        await rig.allLabelled();
        expect(await rig.tally("inference threads hang")).toMatchObject(NONE);
        // An orderly exit would wait for them.
        expect(await worker.kill("SIGTERM")).toMatchObject({ signal: "SIGKILL" });
      });

    it.each(["throw", "exit"])("when inference threads %s now and then", async (fault) => {
      const paths = await rig.store(SOAK ? 1_000 : 200);
      const faults = new URL("./thread-faults.mjs", import.meta.url).href;
      await rig.worker({ NODE_OPTIONS: `--import ${faults}`, FAULT: fault, FAULT_EVERY: "5", INFERENCE_THREADS: "2" });
      await rig.publish(paths);
      await rig.allLabelled();
      expect(await rig.tally(`inference threads ${fault}`)).toMatchObject(NONE);
    });
  },
);
