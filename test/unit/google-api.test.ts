import { GoogleAuth, OAuth2Client } from "google-auth-library";
import { afterAll, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { authorised, GoogleApiError, googleApi, type Send } from "../../shared/backends/google-api.ts";
import { AT, disabled, GoogleApis, PROJECT, permissionDenied } from "../google-apis.ts";

let apis: GoogleApis;
beforeAll(async () => {
  apis = await GoogleApis.start();
});
beforeEach(() => apis.reset());
afterAll(() => apis.stop());

/** Google's own client with a token, whose requests go to the stand-in. */
function send(): Send {
  const client = new OAuth2Client();
  client.setCredentials({ access_token: "a-token", expiry_date: Date.now() + 3_600_000 });
  return ({ url, data, ...request }) => {
    const { host, pathname, search } = new URL(url);
    const at = `http://${apis.hosts.pubsub.split("/")[0]}/${host.replace(".googleapis.com", "")}${pathname}${search}`;
    return client.request({
      ...request,
      url: at,
      ...(data === undefined ? {} : { data: data as Record<string, string> }),
    });
  };
}

it("sends requests with Google's client, and reads responses and errors", async () => {
  const api = googleApi({}, send());
  expect(await api.get("pubsub", `v1/projects/${PROJECT}/topics/reviews`)).toEqual({
    name: `projects/${PROJECT}/topics/reviews`,
  });
  const body = { messages: [{ data: "e30=" }] };
  expect(await api.post("pubsub", `v1/projects/${PROJECT}/topics/reviews:publish`, body)).toEqual({
    messageIds: ["4711"],
  });
  expect(apis.requests.at(-1)).toMatchObject({ at: AT.publish, body });

  apis.answers[AT.topic] = permissionDenied("pubsub.topics.get");
  const refused = api.get("pubsub", `v1/projects/${PROJECT}/topics/reviews`);
  await expect(refused).rejects.toThrow("Permission 'pubsub.topics.get' denied");
  await expect(refused).rejects.toMatchObject({ service: "pubsub", status: 403, reason: "IAM_PERMISSION_DENIED" });
  apis.answers[AT.triggers] = disabled("eventarc");
  await expect(api.get("eventarc", AT.triggers.slice(13))).rejects.toMatchObject({ reason: "SERVICE_DISABLED" });
});

it("reports if Google does not answer", async () => {
  const unreachable = googleApi({ run: "127.0.0.1:9" }).get("run", "v1/x");
  await expect(unreachable).rejects.toBeInstanceOf(GoogleApiError);
  await expect(unreachable).rejects.toMatchObject({ service: "run", status: undefined });
});

it("uses the quota of the given project, whatever the credentials say", async () => {
  const client = new OAuth2Client();
  client.setCredentials({ access_token: "a-token", expiry_date: Date.now() + 3_600_000 });
  client.quotaProjectId = "from-the-file";
  vi.spyOn(GoogleAuth.prototype, "getClient").mockResolvedValue(client as never);
  const url = `http://${apis.hosts.pubsub}/v1/projects/${PROJECT}/topics/reviews`;
  await authorised(PROJECT)({ url, method: "GET", timeout: 5_000 });
  expect((await client.getRequestHeaders()).get("x-goog-user-project")).toBe(PROJECT);
});
