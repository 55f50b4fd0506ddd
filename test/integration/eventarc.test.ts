/** The worker as a process that gets Eventarc's events about reviews, on Google's emulators. */
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { EVENT_TYPE, encodeEvent, postEvent, readDocument } from "../events.ts";
import { type Emulators, Rig } from "../fault/rig.ts";
import { type CliProcess, eventually, listeningAt, logEntries } from "../process.ts";

const emulators = inject("emulators");

describe.skipIf(emulators === null)("Eventarc's events", { timeout: 60_000 }, () => {
  let rig: Rig;
  let worker: CliProcess;
  beforeEach(async () => {
    rig = await Rig.start(emulators as Emulators);
    worker = await rig.worker({ DELIVERY: "push", PORT: "0" });
  });
  afterEach(() => rig.stop());

  const read = (path: string): Promise<unknown> =>
    readDocument(emulators?.firestoreHost as string, rig.options.projectId, path);

  async function send(
    type: string,
    body: Uint8Array,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; problem?: string }> {
    const answer = await postEvent(listeningAt(worker), type, body, { "ce-id": "7", ...headers });
    const text = await answer.text();
    return { status: answer.status, ...(text !== "" && { problem: JSON.parse(text).error }) };
  }

  const put = (path: string, text: string) =>
    rig.put([{ path, fields: { text, at: new Date(), n: 1, of: ["a"], by: { name: "Ü 😀" } } }]);
  const sentiment = async (path: string) => (await rig.backend.store.get(path))?.sentiment as { label?: string };
  /** How the events ended that went through the pipeline. */
  const settled = () =>
    logEntries(worker.stdout).flatMap(({ messageId, outcome }) => (messageId === "7" ? [outcome] : []));

  it("have a created and an edited review labelled; those of the worker's own writes change and read nothing", async () => {
    const path = "reviews/Ü 😀";
    await put(path, "Wonderful, I love it.");
    const created = await read(path);
    expect(await send("created", encodeEvent({ value: created }))).toEqual({ status: 204 });
    expect(await sentiment(path)).toMatchObject({ label: "POSITIVE" });
    const labelled = await read(path);
    expect(await send("written", encodeEvent({ value: labelled, oldValue: created }))).toEqual({ status: 204 });

    await put(path, "Terrible. It broke at once, do not buy.");
    const edited = await read(path);
    const event = encodeEvent({ value: edited, oldValue: labelled });
    expect(await send("updated.withAuthContext", event)).toEqual({ status: 204 });
    expect(await sentiment(path)).toMatchObject({ label: "NEGATIVE" });
    const relabelled = await read(path);
    // The same event again, late.
    expect(await send("updated", event)).toEqual({ status: 204 });
    expect(await read(path)).toEqual(relabelled);
    await worker.kill("SIGTERM");
    expect(settled()).toEqual(["labelled", "labelled", "unchanged"]);
  });

  it("of a result that the application has removed or overwritten have the review labelled again", async () => {
    const path = "reviews/r0";
    await rig.store(1);
    const fields = rig.stored.get(path) as Record<string, unknown>;
    await send("created", encodeEvent({ value: await read(path) }));
    const right = await sentiment(path);
    expect(right).toMatchObject({ label: "POSITIVE" });
    const document = rig.backend.store.firestore.doc(path);
    for (const overwritten of [
      undefined,
      null,
      "POSITIVE",
      {},
      { ...right, label: "MINE" },
      { ...right, model: "m@1" },
    ]) {
      const oldValue = await read(path);
      await document.set({ ...fields, ...(overwritten !== undefined && { sentiment: overwritten }) });
      expect(await send("updated", encodeEvent({ value: await read(path), oldValue }))).toEqual({ status: 204 });
      expect(await sentiment(path)).toMatchObject({ label: "POSITIVE", model: expect.stringMatching(/^lite@/) });
    }
    expect(await rig.tally("overwritten result")).toMatchObject({ lost: 0, wrong: 0 });
  });

  it("of a deleted review are ignored", async () => {
    await put("reviews/a", "Wonderful, I love it.");
    const oldValue = await read("reviews/a");
    await rig.backend.store.delete("reviews/a");
    expect(await send("deleted", encodeEvent({ oldValue }))).toEqual({ status: 204 });
    await worker.kill("SIGTERM");
    expect(settled()).toEqual([]);
  });

  it("arrive as a Pub/Sub push where an attribute cannot be a header, and are taken", async () => {
    const path = "reviews/ends with a space ";
    await put(path, "Wonderful, I love it.");
    // The emulator's REST API drops the space.
    await put("reviews/a", "Wonderful, I love it.");
    const other = (await read("reviews/a")) as { name: string };
    const value = { ...other, name: other.name.replace("reviews/a", path) };
    const attributes = { "ce-id": "7", "ce-type": `${EVENT_TYPE}created`, "ce-subject": `documents/${path}` };
    const data = Buffer.from(encodeEvent({ value })).toString("base64");
    const answer = await fetch(`${listeningAt(worker)}/eventarc`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        message: { data, attributes, messageId: "9" },
        subscription: "projects/p/subscriptions/s",
      }),
    });
    expect(answer.status).toBe(204);
    expect(await sentiment(path)).toMatchObject({ label: "POSITIVE" });
  });

  it("that come at the same time are all labelled", async () => {
    const paths = await rig.store(100);
    const events = await Promise.all(paths.map(async (path) => encodeEvent({ value: await read(path) })));
    const answers = await Promise.all(events.map((event) => send("written", event)));
    expect(answers).toEqual(answers.map(() => ({ status: 204 })));
    expect(await rig.tally("events")).toMatchObject({ lost: 0, wrong: 0 });
  });

  it("of a large document are taken", async () => {
    await rig.put([{ path: "reviews/a", fields: { text: "Wonderful, I love it.", more: "x".repeat(1_000_000) } }]);
    const oldValue = await read("reviews/a");
    await rig.put([{ path: "reviews/a", fields: { text: "Wonderful, I still love it." } }]);
    expect(await send("updated", encodeEvent({ value: await read("reviews/a"), oldValue }))).toEqual({ status: 204 });
    expect(await sentiment("reviews/a")).toMatchObject({ label: "POSITIVE" });
  });

  it("of a document that is not a review are dead-lettered", async () => {
    await rig.backend.store.put([{ path: "orders/1", fields: { text: "Wonderful" } }]);
    expect(await send("created", encodeEvent({ value: await read("orders/1") }))).toEqual({ status: 204 });
    await eventually(async () => worker.stdout.includes("path-mismatch"));
    expect(await rig.backend.store.get("orders/1")).toEqual({ text: "Wonderful" });
  });

  it("that are invalid are refused with a reason, and the worker goes on", async () => {
    await put("reviews/a", "Wonderful, I love it.");
    const value = (await read("reviews/a")) as { name: string };
    const event = encodeEvent({ value });
    const named = (name: string) => encodeEvent({ value: { ...value, name } });
    expect(await send("written", Buffer.from("{}"), { "content-type": "text/plain" })).toEqual({
      status: 415,
      problem: expect.stringContaining("application/protobuf"),
    });
    for (const [type, body, problem] of [
      ["renamed", event, /type must be/],
      ["written", Buffer.from("no protobuf"), /DocumentEventData/],
      ["written", event.subarray(0, event.length - 3), /DocumentEventData/],
      ["written", Buffer.alloc(0), /neither/],
      ["written", named("reviews/a"), /name/],
      ["written", named(value.name.replace("(default)", "other")), /FIRESTORE_DATABASE/],
    ] as const)
      expect(await send(type, body)).toEqual({ status: 400, problem: expect.stringMatching(problem) });
    expect(await send("written", event)).toEqual({ status: 204 });
    expect(await sentiment("reviews/a")).toMatchObject({ label: "POSITIVE" });
  });
});
