import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { breakEven, costsOf } from "../../infra/cost.ts";

/** 2,628,000 of them. */
const SECONDS = 730 * 3_600;

describe("the cost of a month", () => {
  it("includes one read and one write in Firestore per review, at twice the price in nam5 and eur3", () => {
    const here = costsOf(1_000_000, "push");
    expect([here.firestoreReads, here.firestoreWrites]).toEqual([1_000_000, 1_000_000]);
    // $0.03 + $0.09 for 100,000
    expect(here.firestore).toBeCloseTo(1.2, 10);
    for (const location of ["nam5", "eur3"] as const)
      expect(costsOf(1_000_000, "push", { location }).firestore).toBeCloseTo(2.4, 10);
  });

  it("includes 2 kB of Pub/Sub per review, with the first 10 GiB free", () => {
    expect(costsOf(5_000_000, "pull").pubsub).toBe(0);
    // 1e9 reviews are 2e12 bytes: 1.8190 TiB less 0.0098, at $40
    expect(costsOf(1e9, "pull").pubsub).toBeCloseTo(72.37, 2);
  });

  it("is at low load, with push, a tenth of a second of one instance per review, and the request", () => {
    // 10,000 x 0.1 s x (2 x $0.000024 + 1 x $0.0000025) + 10,000 x $0.40 / million = $0.0505 + $0.004
    expect(costsOf(10_000, "push").run).toBeCloseTo(0.0545, 4);
  });

  it("is at low load, with push, as many tenths of a second as a review of a slow model takes", () => {
    // 10,000 x 0.2 s x (2 x $0.000024 + 1 x $0.0000025) + 10,000 x $0.40 / million = $0.1010 + $0.004
    expect(costsOf(10_000, "push", { perVcpuSecond: 7 }).run).toBeCloseTo(0.105, 4);
  });

  it("is at low load, with pull, a whole instance", () => {
    const { instances, vcpuSeconds, run } = costsOf(10_000, "pull");
    expect([instances, vcpuSeconds]).toEqual([1, 2 * SECONDS]);
    expect(run).toBeCloseTo(SECONDS * (2 * 0.000018 + 0.000002), 6);
  });

  it("is at high load that of instances that are never idle, with push and with pull", () => {
    const assumptions = { perVcpuSecond: 100, vcpus: 2, utilisation: 0.5 };
    // 100 reviews a second keep an instance busy for half of its time.
    const reviews = 1_000 * SECONDS;
    const [push, pull] = [costsOf(reviews, "push", assumptions), costsOf(reviews, "pull", assumptions)];
    expect([push.instances, pull.instances]).toEqual([10, 10]);
    expect(push.vcpuSeconds / pull.vcpuSeconds).toBeCloseTo(1, 3);
    expect(push.run - pull.run).toBeCloseTo(10 * SECONDS * (2 * 6e-6 + 5e-7) + reviews * 4e-7, -1);
  });

  it("is lower with pull at the reported price of pools", () => {
    const { run } = costsOf(10_000, "pull", { pool: "reported" });
    expect(run).toBeCloseTo(SECONDS * (2 * 0.000011 + 0.0000012), 6);
  });

  it("is the same with push and pull at the break-even", () => {
    for (const pool of ["service", "reported"] as const) {
      const reviews = breakEven({ pool });
      expect(costsOf(reviews - 200_000, "push", { pool }).run).toBeLessThan(costsOf(reviews, "pull", { pool }).run);
      expect(costsOf(reviews, "push", { pool }).run).toBeGreaterThanOrEqual(costsOf(reviews, "pull", { pool }).run);
    }
  });

  it("has no break-even where even a busy instance costs less with push than with pull", () => {
    const slow = { perVcpuSecond: 2 };
    expect(breakEven(slow)).toBe(Number.POSITIVE_INFINITY);
    for (const reviews of [1e6, 1e7, 1e9])
      expect(costsOf(reviews, "push", slow).run).toBeLessThan(costsOf(reviews, "pull", slow).run);
  });

  it("falls as a vCPU labels more reviews per second", () => {
    const slow = costsOf(1e9, "pull", { perVcpuSecond: 50 });
    const fast = costsOf(1e9, "pull", { perVcpuSecond: 200 });
    expect(slow.instances).toBe(4 * fast.instances);
    expect(slow.run).toBeCloseTo(4 * fast.run, 6);
  });

  it("is the sum of its parts", () => {
    const { run, firestore, pubsub, total } = costsOf(1e8, "push");
    expect(total).toBeCloseTo(run + firestore + pubsub, 10);
  });
});

describe("the command", () => {
  const program = fileURLToPath(new URL("../../infra/cost.ts", import.meta.url));
  const run = async (...args: string[]): Promise<string> =>
    (await promisify(execFile)(process.execPath, [program, ...args])).stdout;

  it("reads numbers as people write them, and prints the cost of a year", async () => {
    const stdout = await run("--reviews", "2,000,000", "2.000.000", "--reviews", "2000000", "--location", "eur3");
    const rows = stdout.split("\n").filter((row) => row.startsWith("push"));
    expect(rows).toEqual(Array(3).fill(rows[0]));
    const { total } = costsOf(2_000_000, "push", { location: "eur3" });
    expect(rows[0]?.split(/ +/).slice(-3, -1)).toEqual([total.toFixed(2), String(Math.round(12 * total))]);
  });

  it("computes with the speed of the model", async () => {
    const busy = async (model: string) =>
      JSON.parse(await run("--reviews", "1000000000", "--json", "--model", model))[0].instances;
    expect(await busy("lite-multi")).toBeGreaterThan(2 * (await busy("lite")));
  });

  it("says that pull is never cheaper with a slow model", async () => {
    expect(await run("--per-vcpu-second", "2")).toContain(
      "reviews a month above which pull is cheaper: none (at the price that is reported for pools: 3.2 million)",
    );
  });

  it.each([
    ["--reviews", "many", "Give a whole number such as 2000000."],
    ["--per-vcpu-second", "0", "Give a number above 0"],
    ["--location", "europe-southwest1", "Allowed choices are us-central1, nam5, eur3."],
  ])("names an option that it cannot read: %s %s", async (option, value, advice) => {
    const failed = await run(option, value).catch((error) => error);
    expect(failed).toMatchObject({ code: 2, stdout: "" });
    expect(failed.stderr).toContain(option);
    expect(failed.stderr).toContain(advice);
    expect(failed.stderr.trim().split("\n")).toHaveLength(2);
  });

  it("explains its options", async () => {
    expect(await run("--help")).toMatch(/--reviews <number...>.*--model.*--location/s);
  });
});
