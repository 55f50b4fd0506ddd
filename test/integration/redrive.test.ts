/** `redrive` as a process of its own, against Google's emulators. */
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { Delivery } from "../../shared/queue.ts";
import { DeadLetterFile } from "../../worker/replay/dead-letter-file.ts";
import { emulatorPubSub } from "../backends.ts";
import { CliProcess, eventually, run } from "../process.ts";
import { hosts, itStaged, SOAK, type Stage } from "./replay-stage.ts";

describe("the command line", () => {
  it("refuses an unknown reason", async () => {
    const { code, stderr } = await run(["redrive", "--reason", "invalid"]);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringMatching(/Allowed choices are invalid-utf8, .*too-many-/),
    });
  });

  it("refuses a file in a folder that does not exist, before it takes any message", async () => {
    const noFolder = import.meta.filename;
    expect(await run(["redrive", "export", `${noFolder}/dead.jsonl`])).toMatchObject({
      code: 2,
      stderr: `review-sentiment: export ${noFolder}/dead.jsonl: there is no folder ${noFolder}\n`,
    });
  });

  it.each(["dead.jsonl.gz", "-"])("refuses to export to %s, which would not be what the name says", async (name) => {
    expect(await run(["redrive", "export", name])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^review-sentiment: export \S+: .*name (one|the file dead\.jsonl)\n$/),
    });
  });

  it("has a help without empty defaults", async () => {
    const { code, stdout } = await run(["redrive", "--help"]);
    expect(code).toBe(0);
    expect(stdout).not.toContain("default: []");
    expect(stdout).toContain('"too-many-attempts"');
  });
});

describe.skipIf(hosts === undefined)("redrive on the emulators", { timeout: 300_000 }, () => {
  const messages: [body: string, reason: string][] = [
    ["{", "invalid-json"],
    ['{"path":"orders/1"}', "path-mismatch"],
    ['{"path":"reviews/a"}', "path-mismatch"],
  ];
  const deadLetter = async ({ backend }: Stage): Promise<void> => {
    for (const [body, deadLetterReason] of messages)
      await backend.queue.deadLetter(Buffer.from(body), { deadLetterReason, deadLetterDetail: "x", shop: "7" });
  };

  itStaged(
    "counts by reason, takes what is asked for into a file or back to the topic, and keeps the rest",
    async ({ stage }) => {
      await deadLetter(stage);
      const summary = await run(["redrive", "summary", "--json"], stage.env);
      expect(summary).toMatchObject({ code: 0 });
      const reasons = {
        "invalid-json": { messages: 1, stillRefused: 1 },
        "path-mismatch": { messages: 2, stillRefused: 1 },
      };
      expect(JSON.parse(summary.stdout)).toEqual({
        messages: 3,
        refused: 0,
        returned: 0,
        reasons,
        complete: true,
      });

      const file = join(stage.folder, "junk.jsonl");
      expect(await run(["redrive", "export", file, "--reason", "invalid-json"], stage.env)).toMatchObject({
        code: 0,
        stdout: `1 dead-lettered message moved to ${file}, 2 kept\n`,
      });
      expect(JSON.parse(await readFile(file, "utf8"))).toEqual({
        messageId: expect.any(String),
        deadSince: expect.any(String),
        reason: "invalid-json",
        attributes: { deadLetterReason: "invalid-json", deadLetterDetail: "x", shop: "7" },
        data: "{",
      });

      const copied = await run(["redrive", "export", join(stage.folder, "copy.jsonl"), "--keep", "--json"], stage.env);
      expect(JSON.parse(copied.stdout)).toMatchObject({ done: 2, kept: 2, complete: true });

      const received: Delivery[] = [];
      const subscription = stage.backend.queue.subscribe({
        maxOutstanding: 10,
        onDelivery: (delivery) => {
          received.push(delivery);
          delivery.ack();
        },
        onError: () => {},
      });
      const dryRun = await run(["redrive", "--dry-run"], stage.env);
      expect(dryRun).toMatchObject({
        code: 0,
        stdout: "1 dead-lettered message would be published to reviews, 1 kept\n",
      });
      expect(dryRun.stderr).toContain(
        "1 message kept, because a worker with REVIEWS_PATH=reviews/{review} would refuse it again (path-mismatch 1)",
      );
      expect(JSON.parse((await run(["redrive", "--json"], stage.env)).stdout)).toMatchObject({
        done: 1,
        kept: 1,
        skipped: { "path-mismatch": 1 },
        complete: true,
      });
      expect(await run(["redrive", "--force"], stage.env)).toEqual({
        code: 0,
        stdout: "1 dead-lettered message published to reviews, 0 kept\n",
        stderr: "",
        signal: null,
      });
      await eventually(async () => received.length === 2);
      expect(received.map(({ data }) => Buffer.from(data).toString()).toSorted()).toEqual([
        '{"path":"orders/1"}',
        '{"path":"reviews/a"}',
      ]);
      expect(received.map(({ attributes }) => attributes)).toEqual([{ shop: "7" }, { shop: "7" }]);
      await subscription.close(1_000);
    },
  );

  if (SOAK)
    itStaged("copies messages to a file and keeps them", async ({ stage }) => {
      await deadLetter(stage);
      const look = join(stage.folder, "look.jsonl");
      expect(await run(["redrive", "export", look, "--keep"], stage.env)).toMatchObject({
        code: 0,
        stdout: `3 dead-lettered messages copied to ${look}, all kept\n`,
      });
      expect((await readFile(look, "utf8")).trim().split("\n")).toHaveLength(3);
      expect(JSON.parse((await run(["redrive", "--dry-run", "--json"], stage.env)).stdout)).toMatchObject({
        done: 1,
        kept: 2,
      });
    });

  if (SOAK)
    itStaged(
      "publishes again what the dead-letter policy gave up on, by one command, and keeps what is invalid",
      async ({ stage }) => {
        const pubsub = emulatorPubSub(stage.options.projectId);
        const topic = pubsub.topic(stage.options.topic);
        await pubsub.subscription(stage.options.subscription).delete();
        const deadLetterTopic = pubsub.topic(stage.options.deadLetterTopic).name;
        const [subscription] = await topic.createSubscription(stage.options.subscription, {
          deadLetterPolicy: { deadLetterTopic, maxDeliveryAttempts: 5 },
        });
        await deadLetter(stage);
        let attempts = 0;
        subscription.on("message", (message) => {
          attempts++;
          message.nack();
        });
        await topic.publishMessage({ data: Buffer.from('{"path":"reviews/b"}'), attributes: { shop: "8" } });
        await eventually(async () => attempts >= 5);
        // The emulator dead-letters it then.
        await sleep(2_000);
        await subscription.close();
        const counted = await stage.countMessages();
        expect(await run(["redrive", "--reason", "too-many-attempts"], stage.env)).toMatchObject({
          code: 0,
          stdout: "1 dead-lettered message published to reviews, 3 kept\n",
        });
        await eventually(async () => counted.messages === 1);
        expect([...counted.paths]).toEqual(["reviews/b"]);
        await pubsub.close();
      },
    );

  itStaged("publishes what it has exported", async ({ stage }) => {
    await deadLetter(stage);
    await stage.backend.queue.deadLetter(Buffer.from([0xff, 0x00]), { deadLetterReason: "invalid-utf8" });
    const file = join(stage.folder, "dead.jsonl");
    expect(await run(["redrive", "export", file], stage.env)).toMatchObject({ code: 0 });
    const received: string[] = [];
    const subscription = stage.backend.queue.subscribe({
      maxOutstanding: 10,
      onDelivery: ({ data, attributes, ack }) => {
        received.push(`${Buffer.from(data).toString("latin1")} ${JSON.stringify(attributes)}`);
        ack();
      },
      onError: () => {},
    });
    const stdout = "4 dead-lettered messages published to reviews\n";
    expect(await run(["redrive", "import", file], stage.env)).toMatchObject({ code: 0, stdout });
    await eventually(async () => received.length === 4);
    const moved = messages.map(([body]) => `${body} {"shop":"7"}`);
    expect(received.toSorted()).toEqual([...moved, "\xff\x00 {}"].toSorted());
    await subscription.close(1_000);

    // Pub/Sub refuses a message without data and attributes.
    const empty = '{"attributes":{},"data":""}\n';
    await writeFile(file, `${empty}{"attributes":{},"data":"x"}\n${empty}`);
    const refused = await run(["redrive", "import", file, "--json"], stage.env);
    expect(refused).toMatchObject({ code: 1, stdout: '{"done":1,"refused":2}\n' });
    expect(refused.stderr).toMatch(/message 1: the topic refuses the message: .*\n.*message 3: the topic refuses/);

    // As an export leaves it that is killed while it writes.
    await writeFile(file, '{"attributes":{},"data":"x"}\n{"attributes":{},"da');
    expect(await run(["redrive", "import", file, "--json"], stage.env)).toMatchObject({
      code: 2,
      stdout: '{"done":1,"refused":0}\n',
      stderr: expect.stringMatching(/, message 2: not JSON; .* it is still dead-lettered\n$/),
    });

    await writeFile(file, '{"text":"a review"}\n');
    expect(await run(["redrive", "import", file], stage.env)).toMatchObject({ code: 2 });
  });

  itStaged("exports and publishes a message as large as Pub/Sub takes, whatever its content", async ({ stage }) => {
    // JSON takes six characters for each of these bytes.
    const largest = Buffer.alloc(9_900_000, 1);
    await stage.backend.queue.deadLetter(largest, { deadLetterReason: "invalid-message" });
    const file = join(stage.folder, "large.jsonl");
    expect(await run(["redrive", "export", file], stage.env)).toMatchObject({ code: 0 });
    const received: Uint8Array[] = [];
    const subscription = stage.backend.queue.subscribe({
      maxOutstanding: 10,
      onDelivery: ({ data, ack }) => {
        received.push(data);
        ack();
      },
      onError: () => {},
    });
    expect(await run(["redrive", "import", file], stage.env)).toMatchObject({ code: 0, stderr: "" });
    await eventually(async () => received.length > 0);
    expect(Buffer.from(received[0] as Uint8Array).equals(largest)).toBe(true);
    await subscription.close(1_000);
  });

  if (SOAK)
    itStaged("writes all messages that can be in flight, which are more than fit into a string", async ({ stage }) => {
      const path = join(stage.folder, "all.jsonl");
      const file = await DeadLetterFile.create(path);
      const data = Buffer.alloc(9_900_000, "x");
      const message = { data, attributes: {}, publishTime: undefined, orderingKey: undefined };
      await Promise.all(
        Array.from({ length: 58 }, (_, i) => file.add({ ...message, id: String(i), ack() {}, nack() {} })),
      );
      await file.close();
      expect((await stat(path)).size).toBeGreaterThan(58 * data.length);
    });

  itStaged("fails if Pub/Sub cannot be reached, instead of reporting no messages", async ({ stage }) => {
    await deadLetter(stage);
    const pubsub = await stage.proxyPubSub();
    // Those are what starts the emulators' stage.backend.
    pubsub.fate = (method) => (method.startsWith("Create") ? "pass" : "refuse");
    const silent = await run(["redrive", "summary"], { ...stage.env, PUBSUB_EMULATOR_HOST: pubsub.host });
    expect({ code: silent.code, stdout: silent.stdout }).toEqual({ code: 1, stdout: "" });
    expect(silent.stderr).toMatch(/^review-sentiment: waiting for Pub\/Sub to answer, \d+ s so far\n/);
    expect(silent.stderr).toMatch(/^review-sentiment: Pub\/Sub: no answer/m);
  });

  itStaged("on a full disk keeps each message once, in the file or in the subscription", async ({ stage }) => {
    const count = 300;
    const body = (i: number) => Buffer.from(`{"path":"orders/${String(i).padStart(500, "0")}"}`);
    for (let i = 0; i < count; i++)
      await stage.backend.queue.deadLetter(body(i), { deadLetterReason: "path-mismatch" });
    const linesOf = async (file: string): Promise<{ data: string }[]> =>
      // The first write may have failed: then there is no file.
      (await readFile(file, "utf8").catch(() => ""))
        .split("\n")
        .slice(0, -1)
        .map((line) => JSON.parse(line));

    const copy = join(stage.folder, "copy.jsonl");
    const copied = await stage.runOnFullDisk(64, ["redrive", "export", copy, "--keep", "--json"]);
    expect(copied).toMatchObject({ code: 1, stderr: expect.stringMatching(/^review-sentiment: .*EFBIG.*\n$/m) });
    expect(await linesOf(copy)).toHaveLength(JSON.parse(copied.stdout).done);

    const file = join(stage.folder, "moved.jsonl");
    const moved = await stage.runOnFullDisk(64, ["redrive", "export", file, "--json"]);
    expect(moved).toMatchObject({ code: 1, stderr: expect.stringMatching(/^review-sentiment: .*EFBIG.*\n$/m) });
    const { done } = JSON.parse(moved.stdout);
    // Pub/Sub redelivers messages that it sent to a closing client when their ack deadline expires, after ten seconds.
    await sleep(12_000);
    const rest = join(stage.folder, "rest.jsonl");
    const after = await run(["redrive", "export", rest, "--json"], stage.env);
    expect(JSON.parse(after.stdout)).toMatchObject({ done: count - done, complete: true });
    const all = [...(await linesOf(file)), ...(await linesOf(rest))];
    expect(new Set(all.map(({ data }) => data)).size).toBe(count);
    expect(all).toHaveLength(count);
  });

  if (SOAK)
    itStaged("takes 200 MB of messages", async ({ stage }) => {
      const data = Buffer.alloc(5_000_000, "x");
      for (let i = 0; i < 40; i++) await stage.backend.queue.deadLetter(data, {});
      const summary = await run(["redrive", "summary", "--json"], stage.env);
      expect(JSON.parse(summary.stdout)).toMatchObject({ messages: 40, complete: true });
    });

  itStaged("interrupted, loses none of hundreds and says that the rest is still there", async ({ stage }) => {
    const count = 600;
    await Promise.all(
      Array.from({ length: count }, (_, i) =>
        stage.backend.queue.deadLetter(Buffer.from(`{"path":"reviews/r${i}"}`), { deadLetterReason: "path-mismatch" }),
      ),
    );
    const counted = await stage.countMessages();
    const pubsub = await stage.proxyPubSub();
    // Slow enough to be interrupted in the middle.
    pubsub.delayMs = 300;
    const first = new CliProcess(["redrive", "--json"], { ...stage.env, PUBSUB_EMULATOR_HOST: pubsub.host });
    await eventually(async () => counted.messages > 0, 60_000);
    const interrupted = await first.kill("SIGTERM");
    expect(interrupted.code).toBe(1);
    expect(interrupted.stderr).toContain("interrupted; the messages that were not taken are kept");

    expect((await run(["redrive", "--json"], stage.env)).code).toBe(0);
    await eventually(async () => counted.paths.size === count, 60_000);
    expect(counted.messages).toBeLessThan(2 * count);
  });
});
