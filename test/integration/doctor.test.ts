/** `doctor` as a process: against Google's emulators, and against the stand-in for Google's REST interfaces. */
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { emulatorEnv, openOnEmulators, uniqueOptions } from "../backends.ts";
import { GrpcProxy } from "../fault/proxy.ts";
import { AT, GoogleApis, notFound, PROJECT } from "../google-apis.ts";
import { run } from "../process.ts";

const hosts = emulatorEnv();

describe.skipIf(hosts === undefined)("doctor, on the emulators", { timeout: 120_000 }, () => {
  it("finds what does not exist, and publishes a probe to what does", async () => {
    const options = uniqueOptions();
    const env = { ...(hosts as NonNullable<typeof hosts>), GOOGLE_CLOUD_PROJECT: options.projectId };
    const empty = await run(["doctor", "--json"], env);
    expect(empty.code).toBe(1);
    const { findings, probe } = JSON.parse(empty.stdout);
    expect(findings.map(({ code }: { code: string }) => code)).toEqual([
      "no-topic",
      "no-subscription",
      "no-dead-letter-topic",
    ]);
    for (const { fix } of findings) expect(fix).toMatch(/^Start a worker/);
    expect(probe).toBeUndefined();

    const backend = openOnEmulators(options);
    try {
      await backend.queue.create();
      const whole = await run(["doctor", "--json", "--project", options.projectId], {
        ...env,
        GOOGLE_CLOUD_PROJECT: "another",
      });
      expect(whole.code).toBe(3);
      const diagnosis = JSON.parse(whole.stdout);
      expect(diagnosis).toMatchObject({
        project: options.projectId,
        findings: [],
        probe: { outcome: "unknown", path: expect.stringMatching(/^reviews\/doctor-\w+$/) },
      });
      const data = await new Promise<string>((resolve) => {
        const subscription = backend.queue.subscribe({
          maxOutstanding: 1,
          onDelivery: (delivery) => {
            delivery.ack();
            void subscription.close(1_000).then(() => resolve(Buffer.from(delivery.data).toString()));
          },
          onError: () => {},
        });
      });
      expect(JSON.parse(data)).toEqual({ path: diagnosis.probe.path });

      const firestore = await new GrpcProxy(env.FIRESTORE_EMULATOR_HOST).listen();
      firestore.refusal = { code: 9, message: "The query requires an index: https://console.example/x" };
      firestore.fate = (method) => (method === "RunQuery" ? "refuse" : "pass");
      const unindexed = await run(["doctor", "--no-probe"], { ...env, FIRESTORE_EMULATOR_HOST: firestore.host });
      await firestore.cut();
      expect(unindexed.code).toBe(1);
      expect(unindexed.stdout).toMatch(
        /^✗ The query of `replay --failed` has no index. \(no-index\)\n {4}Create it here: https:\/\/console.example\/x$/m,
      );
    } finally {
      await backend.close();
    }
  });
});

describe("doctor, on the stand-in for Google", { timeout: 120_000 }, () => {
  it("says what it has found and the command, and tells by its exit code", async () => {
    const apis = await GoogleApis.start();
    const env = {
      NODE_OPTIONS: `--import=${fileURLToPath(new URL("google-rest.mjs", import.meta.url))}`,
      GOOGLE_APIS: apis.hosts.pubsub.split("/")[0] as string,
    };
    try {
      expect(await run(["doctor", "--project", PROJECT], env)).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/^✓ a worker has taken the probe message\nmy-shop-123: no fault found in topics/),
      });
      apis.answers[AT.deadLetterTopic] = notFound;
      apis.requests.length = 0;
      expect(await run(["doctor", "--project", PROJECT, "--no-probe"], env)).toMatchObject({
        code: 1,
        stdout: [
          "✗ The dead-letter topic reviews-dead-letter does not exist, so invalid messages are redelivered again and again. (no-dead-letter-topic)",
          "    gcloud pubsub topics create reviews-dead-letter --project my-shop-123",
          "my-shop-123: 1 fault found",
          "",
        ].join("\n"),
      });
      expect(apis.requests.map(({ at }) => at)).not.toContain(AT.publish);
    } finally {
      await apis.stop();
    }
  });

  it("is a usage error without credentials", async () => {
    const { code, stderr } = await run(["doctor", "--project", PROJECT], {
      GOOGLE_APPLICATION_CREDENTIALS: "/nonexistent",
    });
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining("no usable credentials") });
  });
});
