/** Google's emulators end with the process that started them, however that ends. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createConnection } from "node:net";
import { createInterface } from "node:readline";
import { afterEach, describe, expect, test, vi } from "vitest";
import { findEmulators } from "../../shared/backends/emulators.ts";

const jars = await findEmulators();

/** Whether something listens at `host:port`. */
async function answers(hostAndPort: string): Promise<boolean> {
  const [host, port] = hostAndPort.split(":");
  const socket = createConnection({ host: host as string, port: Number(port) });
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

describe.skipIf(typeof jars === "string")("emulators that a process has started", () => {
  let child: ChildProcess | undefined;
  afterEach(() => {
    child?.kill("SIGKILL");
  });

  /** Starts emulators in another process, which stops them when it gets a line of input; returns where they listen. */
  async function start(): Promise<string[]> {
    const script = `
      import { startEmulators } from ${JSON.stringify(new URL("../../shared/backends/emulators.ts", import.meta.url).href)};
      const { firestoreHost, pubsubHost, stop } = await startEmulators(${JSON.stringify(jars)});
      console.log(JSON.stringify([firestoreHost, pubsubHost]));
      process.stdin.once("data", async () => {
        await stop();
        console.log("stopped");
        process.exit();
      });`;
    child = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["pipe", "pipe", "inherit"] });
    for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) return JSON.parse(line);
    throw new Error("the emulators did not start");
  }

  test("answer, each at a port of its own, and end when the process is killed", async () => {
    const hosts = await start();
    expect(new Set(hosts).size).toBe(2);
    expect(await Promise.all(hosts.map(answers))).toEqual([true, true]);

    child?.kill("SIGKILL");
    await vi.waitFor(async () => expect(await Promise.all(hosts.map(answers))).toEqual([false, false]), {
      timeout: 10_000,
      interval: 100,
    });
  });

  test("have ended when stopping them is done", async () => {
    const hosts = await start();
    child?.stdin?.write("stop\n");
    await once(child as ChildProcess, "exit");
    expect(child?.exitCode).toBe(0);
    expect(await Promise.all(hosts.map(answers))).toEqual([false, false]);
  });
});
