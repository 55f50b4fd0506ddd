/**
 * The kit as a Firebase project has it: packed, installed into the folder of a functions codebase, run by the Functions Framework, and
 * called by what stands for Google Cloud: Eventarc, which sends an event for every write of a review until it is taken.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
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

/** A codebase whose functions are the kit's. @returns its folder */
export async function installKit(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "kit-"));
  const modules = join(folder, "node_modules");
  installDependencies(KIT);
  await exec(process.execPath, ["build.ts", "--fast"], { cwd: KIT });
  const { stdout } = await exec("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", folder], {
    cwd: join(KIT, "dist"),
  });
  const packed = JSON.parse(stdout);
  // npm 12 prints an object by the package's name.
  const [{ filename, name }] = Array.isArray(packed) ? packed : (Object.values(packed) as [Record<string, string>]);
  await mkdir(join(modules, name), { recursive: true });
  await exec("tar", ["-xzf", join(folder, filename), "--strip-components=1", "-C", join(modules, name)]);
  for (const dependency of ["firebase-admin", "firebase-functions"])
    await symlink(join(KIT, "node_modules", dependency), join(modules, dependency));
  await writeFile(join(folder, "package.json"), '{"main":"index.js"}');
  await writeFile(join(folder, "index.js"), `module.exports = require("${name}");`);
  return folder;
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

  static async start(
    folder: string,
    target: string,
    signature: "cloudevent" | "http",
    env: Readonly<Record<string, string>>,
  ): Promise<KitFunction> {
    const [port] = await freePorts(1);
    const { PATH = "", HOME = "" } = process.env;
    const child = spawn(process.execPath, [FRAMEWORK, `--source=${folder}`], {
      env: {
        ...{ PATH, HOME, PORT: String(port), K_SERVICE: target, INFERENCE_THREADS: "1" },
        ...{ FUNCTION_TARGET: target, FUNCTION_SIGNATURE_TYPE: signature, ...env },
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const started = new KitFunction(child, `http://127.0.0.1:${port}/`);
    await eventually(async () =>
      fetch(started.url, { method: "HEAD" }).then(
        () => true,
        () => undefined,
      ),
    );
    return started;
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
  readonly #stop: () => void;
  #stopped = false;

  constructor(firestore: Firestore, projectId: string) {
    this.#firestore = firestore;
    this.#database = `projects/${projectId}/databases/(default)`;
    this.#stop = this.#firestore.collection("reviews").onSnapshot((snapshot) => {
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

  async deliver(path: string, event: Uint8Array, id: string = crypto.randomUUID()): Promise<number> {
    const answer = await this.target?.post(event, {
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
    });
    return answer?.status ?? 0;
  }

  /** Resolves when every event so far is taken. */
  async idle(): Promise<void> {
    while (this.#sending.size > 0) await Promise.race(this.#sending);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#stop();
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

export function removeKit(folder: string): Promise<void> {
  return rm(folder, { recursive: true });
}
