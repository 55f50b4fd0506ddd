/**
 * The kit as a Firebase project has it: packed, installed into the folder of a functions codebase, run by the Functions Framework, and
 * called by what stands for Google Cloud: Eventarc, which sends an event for every write of a review until it is taken.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, symlink, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { json } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { type DocumentChange, type DocumentSnapshot, type Firestore, Timestamp } from "@google-cloud/firestore";
import pLimit from "p-limit";
import { installDependencies } from "../../install.ts";
import { freePorts } from "../../shared/backends/emulators.ts";
import { encodeEvent } from "../events.ts";
import { eventually } from "../process.ts";

const exec = promisify(execFile);
const ROOT = resolve(import.meta.dirname, "../..");
const KIT = join(ROOT, "packages/kit");
const FRAMEWORK = join(ROOT, "node_modules/@google-cloud/functions-framework/build/src/main.js");

export interface KitBuild {
  /** Names, separated by commas. @default "lite" */
  models?: string;
  /** Compress as the package is published, which takes half a minute. @default false */
  published?: boolean;
}

/** A codebase whose functions are the kit's. */
export interface KitFolder {
  folder: string;
  /** The name of the package. */
  name: string;
  /** Size of the packed package, in bytes. */
  packedBytes: number;
}

/** Builds and packs the kit, and installs the package into a codebase in a new folder. */
export async function installKit({ models = "lite", published = false }: KitBuild = {}): Promise<KitFolder> {
  const folder = await mkdtemp(join(tmpdir(), "kit-"));
  const modules = join(folder, "node_modules");
  installDependencies(KIT);
  const built = join(folder, "dist");
  const options = ["--models", models, "--out", built, ...(published ? [] : ["--fast"])];
  await exec(process.execPath, ["build.ts", ...options], { cwd: KIT });
  const { stdout } = await exec("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", folder], {
    cwd: built,
  });
  const packed = JSON.parse(stdout);
  // npm 12 prints an object by the package's name.
  const [{ filename, name, size }] = Array.isArray(packed) ? packed : (Object.values(packed) as [PackedPackage]);
  await mkdir(join(modules, name), { recursive: true });
  await exec("tar", ["-xzf", join(folder, filename), "--strip-components=1", "-C", join(modules, name)]);
  for (const dependency of ["firebase-admin", "firebase-functions"])
    await symlink(join(KIT, "node_modules", dependency), join(modules, dependency));
  await writeFile(join(folder, "package.json"), '{"main":"index.js"}');
  await writeFile(join(folder, "index.js"), `module.exports = require("${name}");`);
  return { folder, name, packedBytes: size };
}

interface ParameterInput {
  select?: { options: { value: unknown }[] };
  text?: { validationRegex: string };
}

/** What the Firebase CLI reads of a codebase before it deploys it. */
export interface Manifest {
  endpoints: Record<string, Record<string, unknown>>;
  params: { name: string; default: unknown; input: ParameterInput }[];
  requiredAPIs: { api: string }[];
  lifecycleHooks: Record<string, { task: { function: string } }>;
}

/** @param codebase where the functions are. @default the folder that the kit is installed in */
export async function manifestOf(
  { folder }: KitFolder,
  codebase = folder,
): Promise<Manifest & Record<string, unknown>> {
  const path = join(codebase, "functions.json");
  await exec(
    process.execPath,
    [join(folder, "node_modules/firebase-functions/lib/bin/firebase-functions.js"), codebase],
    {
      cwd: codebase,
      env: { ...process.env, FUNCTIONS_MANIFEST_OUTPUT_PATH: path, GCLOUD_PROJECT: "demo-shop" },
    },
  );
  return JSON.parse(await readFile(path, "utf8"));
}

interface PackedPackage {
  filename: string;
  name: string;
  size: number;
}

export interface InstanceOptions {
  signature?: "cloudevent" | "http";
  env: Readonly<Record<string, string>>;
  /** The number of the only CPU that it may use. @default all */
  cpu?: number | undefined;
}

/** An instance of one function. */
export class KitFunction {
  readonly url: string;
  output = "";
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
    for (const stream of [child.stdout, child.stderr])
      stream?.on("data", (chunk: Buffer) => {
        this.output += chunk;
      });
  }

  /** Starts a process. It listens some time later. */
  static async spawn(folder: string, target: string, options: InstanceOptions): Promise<KitFunction> {
    const { signature = "cloudevent", env, cpu } = options;
    const [port] = await freePorts(1);
    const { PATH = "", HOME = "" } = process.env;
    const node = [process.execPath, FRAMEWORK, `--source=${folder}`];
    const [program, ...args] = cpu === undefined ? node : ["taskset", "--cpu-list", String(cpu), ...node];
    const child = spawn(program as string, args, {
      env: {
        ...{ PATH, HOME, PORT: String(port), K_SERVICE: target, INFERENCE_THREADS: "1" },
        ...{ FUNCTION_TARGET: target, FUNCTION_SIGNATURE_TYPE: signature, ...env },
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    return new KitFunction(child, `http://127.0.0.1:${port}/`);
  }

  /** As {@link spawn}, and waits until the instance listens. */
  static async start(folder: string, target: string, options: InstanceOptions): Promise<KitFunction> {
    const started = await KitFunction.spawn(folder, target, options);
    await eventually(async () => {
      if (started.#child.exitCode !== null) throw new Error(`the function has ended: ${started.output}`);
      return fetch(started.url, { method: "HEAD" }).then(
        () => true,
        () => undefined,
      );
    });
    return started;
  }

  /** What it has used since its start. Linux only. */
  async usage(): Promise<{ cpuMs: number; peakMb: number }> {
    const [stat, status] = await Promise.all(
      ["stat", "status"].map((file) => readFile(`/proc/${this.#child.pid}/${file}`, "utf8")),
    );
    // After the program's name in parentheses; ticks of 10 ms. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
    const fields = (stat as string).slice((stat as string).lastIndexOf(")") + 2).split(" ");
    const [user, system] = [Number(fields[11]), Number(fields[12])];
    const peakKb = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status as string)?.[1]);
    return { cpuMs: (user + system) * 10, peakMb: peakKb / 1024 };
  }

  async post(body: unknown, headers: Record<string, string> = {}): Promise<{ status: number; json: unknown }> {
    const answer = await fetch(this.url, {
      method: "POST",
      body: body instanceof Uint8Array ? Buffer.from(body) : JSON.stringify(body),
      headers: { "content-type": "application/json", ...headers },
    });
    const text = await answer.text();
    return { status: answer.status, json: text.startsWith("{") ? JSON.parse(text) : undefined };
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill("SIGKILL");
    await once(this.#child, "close");
  }
}

/** A task as the queue holds it. */
interface Task {
  name: string;
  httpRequest: { body: string };
}

/** Stands for Cloud Tasks: takes tasks as its REST API does, and delivers each of them as often as the test wants. */
export class CloudTasks {
  /** `host:port` */
  readonly host: string;
  /** Tasks that were accepted and are not delivered yet. */
  readonly waiting: Task[] = [];
  /** Names of accepted tasks. */
  readonly names = new Set<string>();
  /** Tasks that were refused because there was one of the same name. */
  duplicates = 0;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on("request", async (request, response) => {
      const { task } = (await json(request)) as { task: Task };
      const isDuplicate = this.names.has(task.name);
      if (isDuplicate) this.duplicates++;
      else this.waiting.push(task);
      this.names.add(task.name);
      response.writeHead(isDuplicate ? 409 : 200, { "content-type": "application/json" }).end("{}");
    });
  }

  static async start(): Promise<CloudTasks> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    return new CloudTasks(server);
  }

  /** Delivers a task. @returns the status of the answer */
  async deliver({ name, httpRequest }: Task, target: KitFunction): Promise<number> {
    const body = JSON.parse(Buffer.from(httpRequest.body, "base64").toString());
    const { status } = await target.post(body, {
      "x-cloudtasks-queuename": "backfillReviews",
      "x-cloudtasks-taskname": name.split("/").at(-1) as string,
      authorization: "Bearer x.e30.x",
    });
    return status;
  }

  async close(): Promise<void> {
    this.#server.close();
    await once(this.#server, "close");
  }
}

/** As many deliveries of an event are made. */
const MAX_ATTEMPTS = 100;

/** Sends the events of the collection `reviews`. */
export class Eventarc {
  /** The instance that takes the events; without one, they wait. */
  target: KitFunction | undefined;
  /** Events taken. */
  taken = 0;
  /** Deliveries that were refused, or got no answer. */
  refused = 0;
  readonly #firestore: Firestore;
  readonly #database: string;
  /** As many requests as an instance gets at once. */
  readonly #slots = pLimit(80);
  readonly #sending = new Set<Promise<void>>();
  #unsubscribe = () => {};
  #stopped = false;

  constructor(firestore: Firestore, projectId: string) {
    this.#firestore = firestore;
    this.#database = `projects/${projectId}/databases/(default)`;
  }

  /** Sends an event for every document there is, and for every change from now on. */
  start(): void {
    this.#unsubscribe = this.#firestore.collection("reviews").onSnapshot((snapshot) => {
      for (const change of snapshot.docChanges()) this.#track(this.#send(change));
    });
  }

  /** The event about a document as it is now. */
  async event(path: string): Promise<Uint8Array> {
    return this.#encode(await this.#firestore.doc(path).get());
  }

  #encode(document: DocumentSnapshot): Uint8Array {
    const name = `${this.#database}/documents/${document.ref.path}`;
    if (!document.exists) {
      const at = new Date().toISOString();
      return encodeEvent({ oldValue: { name, fields: {}, createTime: at, updateTime: at } });
    }
    const [createTime, updateTime] = [document.createTime, document.updateTime].map((at) => at?.toDate().toISOString());
    const fields = fieldsOf(document.data() as Record<string, unknown>);
    return encodeEvent({ value: { name, fields, createTime, updateTime } });
  }

  /** @param path as the headers have it, which are sent in UTF-8 */
  async deliver(path: string, event: Uint8Array, id: string = crypto.randomUUID()): Promise<number> {
    const headers = Object.entries(this.#attributes(path, id)).map(([name, value]) => [
      name,
      Buffer.from(value).toString("latin1"),
    ]);
    const answer = await this.target?.post(event, Object.fromEntries(headers));
    return answer?.status ?? 0;
  }

  /** Delivers as Eventarc does if the path cannot be in a header. */
  async push(path: string, event: Uint8Array): Promise<number> {
    const message = {
      ...{ messageId: "7", publishTime: new Date().toISOString(), data: Buffer.from(event).toString("base64") },
      attributes: this.#attributes(path, crypto.randomUUID()),
    };
    const answer = await this.target?.post({ message, subscription: "projects/p/subscriptions/s" });
    return answer?.status ?? 0;
  }

  #attributes(path: string, id: string): Record<string, string> {
    return {
      "content-type": "application/protobuf",
      "ce-id": id,
      "ce-specversion": "1.0",
      "ce-source": `//firestore.googleapis.com/${this.#database}`,
      "ce-subject": `documents/${path}`,
      "ce-time": new Date().toISOString(),
      "ce-type": "google.cloud.firestore.document.v1.written",
      "ce-datacontenttype": "application/protobuf",
      "ce-project": this.#database.split("/")[1] as string,
      "ce-database": "(default)",
      "ce-namespace": "(default)",
      "ce-document": path,
    };
  }

  /** Resolves when every event so far is taken. */
  async idle(): Promise<void> {
    while (this.#sending.size > 0) await Promise.race(this.#sending);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#unsubscribe();
    await this.idle();
  }

  async #send({ doc, type }: DocumentChange): Promise<void> {
    const { path } = doc.ref;
    const event = type === "removed" ? await this.event(path) : this.#encode(doc);
    const id = crypto.randomUUID();
    let status = 0;
    for (let attempt = 0; attempt < MAX_ATTEMPTS && !this.#stopped; attempt++) {
      while (this.target === undefined && !this.#stopped) await sleep(50);
      if (attempt > 0) await sleep(200);
      status = await this.#slots(() => this.deliver(path, event, id)).catch(() => 0);
      if (status >= 200 && status < 300) {
        this.taken++;
        return;
      }
      this.refused++;
    }
    if (!this.#stopped)
      throw new Error(`the event about ${path} was refused ${MAX_ATTEMPTS} times, at last with ${status}`);
  }

  #track(work: Promise<void>): void {
    const sending = work.finally(() => this.#sending.delete(sending));
    // The failure is that of `idle`.
    sending.catch(() => {});
    this.#sending.add(sending);
  }
}

/** Fields as Firestore's REST API gives them. */
function fieldsOf(data: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, valueAsJson(value)]));
}

function valueAsJson(value: unknown): unknown {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "number") return { doubleValue: value };
  if (value instanceof Timestamp) return { timestampValue: value.toDate().toISOString() };
  return { mapValue: { fields: fieldsOf(value as Record<string, unknown>) } };
}
