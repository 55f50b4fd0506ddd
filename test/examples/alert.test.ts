/** The example function on the Functions Framework, called with the events that Eventarc sends about writes of reviews. */
import { type ChildProcess, spawn } from "node:child_process";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { freePorts } from "../../shared/backends/emulators.ts";
import { emulatorEnv } from "../backends.ts";
import { listen } from "../listen.ts";
import { eventually } from "../process.ts";
import { EXAMPLES, ExampleProject } from "./worker.ts";

const FRAMEWORK = fileURLToPath(
  new URL("../../node_modules/@google-cloud/functions-framework/build/src/main.js", import.meta.url),
);
const NEGATIVE = { label: "NEGATIVE", score: 0.97, model: "lite@4", textHash: "abc", classifiedAt: new Date() };

describe.skipIf(emulatorEnv() === undefined)("the function that alerts", { timeout: 90_000 }, () => {
  let project: ExampleProject;
  let webhook: Server;
  /** The requests that the webhook received. */
  let alerts: { key: string | undefined; text: string }[];
  /** The status that the webhook answers. */
  let status: number;
  let running: ChildProcess;
  let port: number;

  beforeAll(async () => {
    project = await ExampleProject.open();
    webhook = createServer(async (request, response) => {
      const body = JSON.parse(Buffer.concat(await request.toArray()).toString());
      if (status === 200) alerts.push({ key: [request.headers["idempotency-key"]].flat()[0], text: body.text });
      response.writeHead(status).end();
    });
    const url = `http://${await listen(webhook)}/`;
    port = (await freePorts(1))[0] as number;
    const { PATH = "", HOME = "" } = process.env;
    running = spawn(
      process.execPath,
      [FRAMEWORK, "--target=alert", "--signature-type=cloudevent", `--source=${join(EXAMPLES, "alert")}`],
      { env: { PATH, HOME, ...project.env, WEBHOOK_URL: url, PORT: String(port) }, stdio: "ignore" },
    );
    await eventually(async () => (await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined)) !== undefined);
  });
  afterAll(async () => {
    running?.kill("SIGKILL");
    webhook?.close();
    await project?.close();
  });
  beforeEach(() => {
    [alerts, status] = [[], 200];
  });

  async function post(body: unknown, headers: Record<string, string>): Promise<number> {
    const answer = await fetch(`http://127.0.0.1:${port}/`, {
      method: "POST",
      body: JSON.stringify(body),
      headers: { "content-type": "application/json", ...headers },
    });
    await answer.text();
    return answer.status;
  }

  /** The event of a write, as Eventarc sends it, without the document's fields. */
  function eventOf(path: string): { attributes: Record<string, string>; data: unknown } {
    const database = `projects/${project.projectId}/databases/(default)`;
    const attributes = {
      "ce-id": crypto.randomUUID(),
      "ce-source": `//firestore.googleapis.com/${database}`,
      "ce-specversion": "1.0",
      "ce-subject": `documents/${path}`,
      "ce-time": new Date().toISOString(),
      "ce-type": "google.cloud.firestore.document.v1.written",
    };
    return { attributes, data: { value: { name: `${database}/documents/${path}` } } };
  }

  /** Sends the event of a write in binary mode. */
  function written(path: string): Promise<number> {
    const { attributes, data } = eventOf(path);
    return post(data, { ...attributes, "ce-subject": Buffer.from(`documents/${path}`).toString("latin1") });
  }

  it("reports a new negative review once, however often its events arrive, and again when its text changes", async () => {
    await project.put("reviews/repeated", { text: "Broke after a day.", sentiment: NEGATIVE });
    expect(await written("reviews/repeated")).toBe(204);
    expect(await written("reviews/repeated")).toBe(204);
    expect(alerts.map(({ text }) => text)).toEqual(["New negative review (0.97): reviews/repeated"]);
    expect(alerts[0]?.key).toMatch(/^[0-9a-f]{64}$/);

    await project.put("reviews/repeated", { text: "Broke twice.", sentiment: { ...NEGATIVE, textHash: "def" } });
    expect(await written("reviews/repeated")).toBe(204);
    expect(new Set(alerts.map(({ key }) => key)).size).toBe(2);
  });

  it("reports it once if its events arrive at the same time", async () => {
    await project.put("reviews/simultaneous", { text: "Broke after a day.", sentiment: NEGATIVE });
    const statuses = await Promise.all(Array.from({ length: 5 }, () => written("reviews/simultaneous")));
    expect(alerts).toHaveLength(1);
    // A call that lost while the alert was being sent fails, so that its event is delivered again.
    expect(statuses.filter((code) => code !== 204 && code !== 500)).toEqual([]);
    expect(await written("reviews/simultaneous")).toBe(204);
    expect(alerts).toHaveLength(1);
  });

  it("reports a review whose id is not ASCII, or cannot be in a header, so that its event comes in a Pub/Sub push", async () => {
    await project.put("reviews/Électre", { text: "Broke after a day.", sentiment: NEGATIVE });
    expect(await written("reviews/Électre")).toBe(204);
    await project.put("reviews/space ", { text: "Broke after a day.", sentiment: NEGATIVE });
    const { attributes, data } = eventOf("reviews/space ");
    const message = { attributes, data: Buffer.from(JSON.stringify(data)).toString("base64"), messageId: "7" };
    expect(await post({ message, subscription: "projects/p/subscriptions/s" }, {})).toBe(204);
    expect(alerts.map(({ text }) => text.slice("New negative review (0.97): ".length))).toEqual([
      "reviews/Électre",
      "reviews/space ",
    ]);
  });

  it("fails on an event that does not name a document", async () => {
    expect(await post({}, eventOf("reviews/none").attributes)).toBe(500);
  });

  it("says nothing about a review that is deleted", async () => {
    const { attributes, data } = eventOf("reviews/deleted");
    const { value: oldValue } = data as { value: unknown };
    expect(await post({ oldValue }, attributes)).toBe(204);
    expect(await post({ value: {}, oldValue }, attributes)).toBe(204);
    expect(alerts).toEqual([]);
  });

  it("says nothing about a positive review or one that is not labelled yet", async () => {
    await project.put("reviews/positive", { text: "I love it.", sentiment: { ...NEGATIVE, label: "POSITIVE" } });
    await project.put("reviews/unlabelled", { text: "Broke after a day." });
    expect(await written("reviews/positive")).toBe(204);
    expect(await written("reviews/unlabelled")).toBe(204);
    expect(alerts).toEqual([]);
  });

  it("fails while the webhook does, so that the event is delivered again, and reports then", async () => {
    await project.put("reviews/retried", { text: "Broke after a day.", sentiment: NEGATIVE });
    status = 503;
    expect(await written("reviews/retried")).toBe(500);
    expect(alerts).toEqual([]);
    status = 200;
    expect(await written("reviews/retried")).toBe(204);
    expect(alerts).toHaveLength(1);
  });
});
