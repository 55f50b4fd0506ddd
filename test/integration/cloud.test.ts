/** The image as on Google Cloud: with credentials, over TLS, and without a variable that says otherwise. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Backend, openEmulators } from "../../shared/backends/open.ts";
import { emulatorEnv, uniqueOptions } from "../backends.ts";
import { buildImage } from "../image.ts";
import { CliProcess, eventually } from "../process.ts";
import { type GoogleCloud, googleCloud } from "./google-cloud.ts";

const hosts = emulatorEnv();

describe.skipIf(hosts === undefined)("the image", () => {
  const options = uniqueOptions();
  let folder: string;
  let cli: string;
  let cloud: GoogleCloud;
  let backend: Backend;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "review-sentiment-"));
    cli = await buildImage(join(folder, "app"));
    cloud = await googleCloud(options.projectId, hosts as NonNullable<typeof hosts>);
    // It creates the topics and subscriptions.
    backend = (await openEmulators(options, hosts)) as Backend;
  });
  afterAll(async () => {
    await backend.close();
    cloud.close();
    await rm(folder, { recursive: true });
  });

  function start(...args: string[]): CliProcess {
    return new CliProcess(args, { ...cloud.env, INFERENCE_THREADS: "1" }, cli);
  }

  it("labels what is published", async () => {
    const worker = start("worker");
    await worker.prints("worker started");
    const input = join(folder, "reviews.jsonl");
    await writeFile(input, '{"id":"a","text":"Terrible. It broke at once.","stars":1}\n');
    expect(await start("publish", "--input", input, "--rating-field", "stars").ended).toMatchObject({ code: 0 });
    await eventually(async () => (await backend.store.get("reviews/a"))?.sentiment);
    expect(await worker.kill("SIGTERM")).toMatchObject({ code: 0, stderr: "" });
    expect([...cloud.called].sort()).toEqual(["firestore.googleapis.com", "pubsub.googleapis.com"]);
  });

  it.each([
    [["replay", "--dry-run"], "1 review would be published"],
    [["redrive", "summary"], "no dead-lettered messages"],
    [["classify", "--from-firestore", "--output", "-"], '"label":"NEGATIVE"'],
    [["eval", "--from-firestore", "--rating-field", "stars"], "100"],
  ])("runs %s", async (args, expected) => {
    const { code, stdout, stderr } = await start(...args).ended;
    expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain(expected);
  });
});
