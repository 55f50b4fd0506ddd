/** Finds Google's emulators in an installed Cloud SDK, starts them on free ports, and stops them whatever happens. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { existsSync, globSync, realpathSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

export interface EmulatorJars {
  java: string;
  firestore: string;
  pubsub: string;
}

export interface RunningEmulators {
  /** `host:port` */
  firestoreHost: string;
  /** `host:port` */
  pubsubHost: string;
  stop(): Promise<void>;
}

const JAVA_AT_LEAST = 11;
const START_TIMEOUT_MS = 60_000;

/** The emulators of the Cloud SDK on this machine, or a sentence that says what is missing. */
export async function findEmulators(
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<EmulatorJars | string> {
  const sdk = sdkFolders(env).find((folder) => existsSync(join(folder, "platform")));
  if (sdk === undefined) return "no Google Cloud SDK was found (gcloud is not on the PATH)";
  const [firestore] = globSync(join(sdk, "platform/cloud-firestore-emulator/cloud-firestore-emulator*.jar"));
  const [pubsub] = globSync(join(sdk, "platform/pubsub-emulator/lib/cloud-pubsub-emulator*.jar"));
  if (firestore === undefined || pubsub === undefined) {
    return `the Google Cloud SDK in ${sdk} lacks the emulators: gcloud components install cloud-firestore-emulator pubsub-emulator`;
  }
  const java = env.JAVA_HOME ? join(env.JAVA_HOME, "bin", "java") : "java";
  const version = await javaVersion(java);
  if (version === undefined) return `there is no Java (${java}): install version ${JAVA_AT_LEAST} or newer`;
  if (version < JAVA_AT_LEAST) return `Java ${JAVA_AT_LEAST} or newer is needed, and ${java} is ${version}`;
  return { java, firestore, pubsub };
}

/** Where a Cloud SDK may be: beside `gcloud` on the PATH, then the usual places of its installers. */
function sdkFolders(env: Readonly<Record<string, string | undefined>>): string[] {
  const onPath = (env.PATH ?? "")
    .split(delimiter)
    .map((folder) => join(folder, "gcloud"))
    .filter((file) => existsSync(file))
    .map((file) => dirname(dirname(realpathSync(file))));
  return [
    ...(env.CLOUDSDK_ROOT_DIR ? [env.CLOUDSDK_ROOT_DIR] : []),
    ...onPath,
    join(homedir(), "google-cloud-sdk"),
    "/usr/lib/google-cloud-sdk",
    "/usr/local/google-cloud-sdk",
    "/opt/google-cloud-sdk",
    "/snap/google-cloud-sdk/current",
    "/snap/google-cloud-cli/current",
    "/opt/homebrew/share/google-cloud-sdk",
    "/usr/local/share/google-cloud-sdk",
  ];
}

async function javaVersion(java: string): Promise<number | undefined> {
  try {
    const { stderr } = await promisify(execFile)(java, ["-version"]);
    // "17.0.15", or "1.8.0" for Java 8
    const [, major, minor] = /version "(\d+)(?:\.(\d+))?/.exec(stderr) ?? [];
    return major === "1" ? Number(minor) : Number(major);
  } catch {
    return undefined;
  }
}

/**
 * Starts both emulators and waits until they answer.
 * @throws {Error} with the end of an emulator's output if it does not start
 */
export async function startEmulators({ java, firestore, pubsub }: EmulatorJars): Promise<RunningEmulators> {
  const [firestorePort, pubsubPort] = await freePorts(2);
  const emulators = [
    new Emulator("Firestore", firestorePort as number, [
      java,
      "-Duser.language=en",
      "-cp",
      firestore,
      "com.google.cloud.datastore.emulator.firestore.CloudFirestore",
      "start",
      "--host=127.0.0.1",
      `--port=${firestorePort}`,
    ]),
    new Emulator("Pub/Sub", pubsubPort as number, [java, "-jar", pubsub, "--host=127.0.0.1", `--port=${pubsubPort}`]),
  ];
  const stop = async (): Promise<void> => {
    await Promise.all(emulators.map((emulator) => emulator.stop()));
  };
  try {
    await Promise.all(emulators.map((emulator) => emulator.answers()));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    firestoreHost: `127.0.0.1:${firestorePort}`,
    pubsubHost: `127.0.0.1:${pubsubPort}`,
    stop,
  };
}

/**
 * Makes the Firestore emulator ask these security rules when a browser reads or writes in a project. Without, it allows all.
 * @throws {Error} that says where the rules are wrong
 */
export async function loadRules(firestoreHost: string, projectId: string, rules: string): Promise<void> {
  const response = await fetch(`http://${firestoreHost}/emulator/v1/projects/${projectId}:securityRules`, {
    method: "PUT",
    body: JSON.stringify({ rules: { files: [{ name: "firestore.rules", content: rules }] } }),
  });
  if (!response.ok) throw new Error(`the Firestore emulator refused the rules: ${await response.text()}`);
}

/**
 * Kills the emulator when the standard input ends, which is a pipe from this process: however this process ends, by SIGKILL
 * too, so does the emulator. Ends when the emulator does.
 */
const GUARD = [
  "exec 3<&0",
  '"$@" 3<&- & emulator=$!',
  '{ read -r _ <&3; kill -KILL "$emulator"; } & watch=$!',
  'wait "$emulator"',
  'kill "$watch" 2>/dev/null',
].join("\n");

class Emulator {
  readonly #guard: ChildProcess;
  readonly #exited: Promise<unknown>;
  readonly #name: string;
  readonly #port: number;
  #output = "";

  constructor(name: string, port: number, command: readonly string[]) {
    this.#name = name;
    this.#port = port;
    // Detached: a Ctrl-C at the terminal goes to this process, which then finishes its work with the emulator still there.
    this.#guard = spawn("sh", ["-c", GUARD, "sh", ...command], {
      detached: true,
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.#exited = once(this.#guard, "exit").catch(() => {});
    for (const stream of [this.#guard.stdout, this.#guard.stderr]) {
      stream?.on("data", (chunk: Buffer) => {
        this.#output = (this.#output + chunk.toString()).slice(-4_000);
      });
      (stream as unknown as { unref?(): void })?.unref?.();
    }
    (this.#guard.stdin as unknown as { unref?(): void })?.unref?.();
    this.#guard.unref();
  }

  async answers(): Promise<void> {
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (Date.now() < deadline) {
      if (this.#guard.exitCode !== null) break;
      try {
        await fetch(`http://127.0.0.1:${this.#port}/`, {
          signal: AbortSignal.timeout(2_000),
        });
        return;
      } catch {
        await sleep(100);
      }
    }
    throw new Error(`the ${this.#name} emulator did not start:\n${this.#output}`);
  }

  async stop(): Promise<void> {
    this.#guard.ref();
    this.#guard.stdin?.end();
    await this.#exited;
  }
}

/**
 * Ports that nobody listens at. They are below those that systems give to outgoing connections, which could take such a port before
 * it is used.
 */
export async function freePorts(count: number): Promise<number[]> {
  const servers: Server[] = [];
  while (servers.length < count) {
    const server = createServer().listen(randomInt(20_000, 32_768), "127.0.0.1");
    const listens = once(server, "listening").then(
      () => true,
      () => false,
    );
    if (await listens) servers.push(server);
  }
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
