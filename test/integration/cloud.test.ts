/** The image as on Google Cloud: with credentials, over TLS, and without a variable that says otherwise. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Backend, openEmulators } from "../../shared/backends/open.ts";
import { emulatorEnv, uniqueOptions } from "../backends.ts";
import { encodeEvent, postEvent, readDocument } from "../events.ts";
import { GoogleApis, PROJECT } from "../google-apis.ts";
import { AUDIENCE, CERTIFICATES, googleToken, PUSHER } from "../google-token.ts";
import { buildImage } from "../image.ts";
import { CliProcess, eventually, listeningAt } from "../process.ts";
import { type GoogleCloud, googleCloud } from "./google-cloud.ts";

const hosts = emulatorEnv();

describe.skipIf(hosts === undefined)("the image", () => {
  const options = uniqueOptions();
  let folder: string;
  let cli: string;
  let apis: GoogleApis;
  let cloud: GoogleCloud;
  let backend: Backend;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "review-sentiment-"));
    cli = await buildImage(join(folder, "app"));
    apis = await GoogleApis.start();
    // No message waits.
    apis.answers[`GET monitoring/v3/projects/${options.projectId}/timeSeries`] = { body: {} };
    cloud = await googleCloud(options.projectId, hosts as NonNullable<typeof hosts>, apis.host);
    // It creates the topics and subscriptions.
    backend = (await openEmulators(options, hosts)) as Backend;
  });
  afterAll(async () => {
    await backend.close();
    cloud.close();
    await apis.stop();
    await rm(folder, { recursive: true });
  });

  function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): CliProcess {
    return new CliProcess(args, { ...cloud.env, INFERENCE_THREADS: "1", ...env }, cli);
  }

  it("labels what is published", async () => {
    const worker = start(["worker"]);
    await worker.prints("worker started");
    const input = join(folder, "reviews.jsonl");
    await writeFile(input, '{"id":"a","text":"Terrible. It broke at once.","stars":1}\n');
    expect(await start(["publish", "--input", input, "--rating-field", "stars"]).ended).toMatchObject({ code: 0 });
    await eventually(async () => (await backend.store.get("reviews/a"))?.sentiment);
    expect(await worker.kill("SIGTERM")).toMatchObject({ code: 0, stderr: "" });
    expect([...cloud.called].sort()).toEqual(["firestore.googleapis.com", "pubsub.googleapis.com"]);
  });

  it.each([
    [["replay"], "1 review published"],
    [["redrive", "summary"], "no dead-lettered messages"],
    [["classify", "--from-firestore", "--output", "-"], '"label":"NEGATIVE"'],
    [["eval", "--from-firestore", "--rating-field", "stars"], "100"],
  ])("runs %s", async (args, expected) => {
    const { code, stdout, stderr } = await start(args).ended;
    expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain(expected);
  });

  it("labels what Pub/Sub and Eventarc push with a token that Google has signed, and exports telemetry", async () => {
    apis.answers["GET www/oauth2/v1/certs"] = { body: CERTIFICATES };
    for (const signal of ["traces", "metrics"]) apis.answers[`POST v1/${signal}`] = { body: {} };
    const worker = start(["worker"], {
      DELIVERY: "push",
      PORT: "0",
      PUSH_AUDIENCE: AUDIENCE,
      PUSH_SERVICE_ACCOUNT: PUSHER,
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://${apis.host}`,
    });
    await worker.prints("worker started");
    const url = listeningAt(worker);
    const text = "Wonderful, I love it.";
    await backend.store.put(["pushed", "written"].map((id) => ({ path: `reviews/${id}`, fields: { text } })));
    const token = googleToken();
    const push = (authorization: string) =>
      fetch(`${url}/push`, { method: "POST", headers: { authorization }, body: '{"path":"reviews/pushed"}' });
    expect((await push(`Bearer ${token}`)).status).toBe(204);
    expect((await push(`Bearer ${token.slice(0, -8)}AAAAAAAA`)).status).toBe(401);
    const value = await readDocument(hosts?.FIRESTORE_EMULATOR_HOST as string, options.projectId, "reviews/written");
    const event = encodeEvent({ value });
    expect((await postEvent(url, "created", event, { authorization: `Bearer ${token}` })).status).toBe(204);
    for (const id of ["pushed", "written"])
      expect((await backend.store.get(`reviews/${id}`))?.sentiment).toMatchObject({ label: "POSITIVE" });
    expect(await worker.kill("SIGTERM")).toMatchObject({ code: 0, stderr: "" });
    expect(apis.requests.map(({ at }) => at)).toEqual(expect.arrayContaining(["POST v1/traces", "POST v1/metrics"]));
  });

  it("examines a deployment", async () => {
    expect(await start(["doctor", "--project", PROJECT]).ended).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("no fault found"),
    });
  });
});
