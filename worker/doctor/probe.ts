/**
 * A message that goes the whole way and harms nothing. It names a review that does not exist, by an id that nobody else uses. Every
 * version of the worker reads that document, nacks the message while it is younger than a minute, since the review may be about to
 * be written, and then acks it as deleted. It costs a few reads and writes nothing. If no worker runs, it waits in the
 * subscription and is acked later.
 *
 * The worker logs the nack with the message's id. That entry shows that the message was delivered and accepted, and that the store
 * could be read. A push that was refused leaves an entry of the worker or of Cloud Run instead.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { GoogleApiError } from "../../shared/backends/google-api.ts";
import { encodeMessage } from "../../shared/publisher.ts";
import { ask, type Examination } from "./report.ts";
import type { WorkerService } from "./service-checks.ts";

export interface Probe {
  messageId: string;
  /** Of the review that does not exist. */
  path: string;
  /** `unknown` if the logs could not be read. */
  outcome: "taken" | "refused" | "not-taken" | "unknown";
}

export interface ProbeOptions {
  /** Makes the review's id unique. */
  id: string;
  /** How long to wait for the worker, in ms. Refused pushes are logged at most once a minute. */
  waitMs: number;
  /** Between two looks at the logs, in ms. @default 5000 */
  intervalMs?: number;
}

/** https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry */
interface Entry {
  jsonPayload?: { message?: string; messageId?: string; reason?: string; err?: { message?: string } };
  httpRequest?: { status?: number };
  resource?: { labels?: Record<string, string> };
}

/** @returns `undefined` if nothing could be published */
export async function probe(
  examination: Examination,
  service: WorkerService | undefined,
  { id, waitMs, intervalMs = 5_000 }: ProbeOptions,
): Promise<Probe | undefined> {
  const { api, target, report } = examination;
  const { project, topic, reviewsPath } = target;
  const path = reviewsPath.fill(Object.fromEntries(reviewsPath.variables.map((name) => [name, `doctor-${id}`])));
  const data = encodeMessage({ path }).toString("base64");
  const since = new Date(Date.now() - CLOCK_SKEW_MS).toISOString();
  let published: { messageIds?: string[] } | null | undefined;
  try {
    published = await api.post("pubsub", `v1/projects/${project}/topics/${topic}:publish`, { messages: [{ data }] });
  } catch (error) {
    // Reported by the check of the topic.
    if (error instanceof GoogleApiError && error.status === 404) return undefined;
    published = await ask(examination, `publishing to ${topic}`, () => Promise.reject(error));
  }
  const messageId = published?.messageIds?.[0];
  if (messageId === undefined) return undefined;
  report.done("probe message");
  if (target.isEmulator) {
    report.couldNot("whether a worker takes the probe", "emulators have no logs to see it in");
    return { messageId, path, outcome: "unknown" };
  }
  const filter = filterOf(messageId, service, since);
  const deadline = performance.now() + waitMs;
  let refusals: Entry[] = [];
  for (;;) {
    const found = await ask(examination, "whether a worker takes the probe", () =>
      api.post<{ entries?: Entry[] }>("logging", "v2/entries:list", {
        resourceNames: [`projects/${project}`],
        filter,
        orderBy: "timestamp desc",
        pageSize: 100,
      }),
    );
    if (!found) return { messageId, path, outcome: "unknown" };
    const entries = found.entries ?? [];
    const mine = entries.find(({ jsonPayload }) => jsonPayload?.messageId === messageId);
    if (mine !== undefined) {
      judge(examination, mine);
      return { messageId, path, outcome: "taken" };
    }
    refusals = entries;
    if (performance.now() + intervalMs > deadline) break;
    await sleep(intervalMs);
  }
  if (explain(examination, refusals, service)) return { messageId, path, outcome: "refused" };
  report.found(
    "not-taken",
    `Within ${Math.round(waitMs / 1_000)} s, no worker has logged that it took the probe message in its first minute.`,
    `${
      service === undefined
        ? `Start a worker that pulls ${target.subscription}, or read its log`
        : `gcloud run services logs read ${service.name} --region=${service.region} --project ${project}`
    }    # if it is starting or behind by more than a minute, run this command again later; if it logs errors only, or outside this project, it cannot be seen here: --no-probe`,
  );
  return { messageId, path, outcome: "not-taken" };
}

/** The clock of this machine may be ahead of Google's. */
const CLOCK_SKEW_MS = 30_000;

function filterOf(messageId: string, service: WorkerService | undefined, since: string): string {
  const wanted = [`jsonPayload.messageId="${messageId}"`];
  if (service !== undefined) {
    const ofService = `resource.type="cloud_run_revision" AND resource.labels.service_name="${service.name}"`;
    wanted.push(
      `(${ofService} AND jsonPayload.message="push refused")`,
      `(${ofService} AND httpRequest.requestUrl:"/push" AND httpRequest.status>=400)`,
    );
  }
  return `timestamp>="${since}" AND (${wanted.join(" OR ")})`;
}

/** What became of the probe when the worker had it. */
function judge({ report, target }: Examination, { jsonPayload = {} }: Entry): void {
  const { reason, err } = jsonPayload;
  if (reason === "store-failed")
    report.found(
      "store-failed",
      `The worker cannot read the database: ${(err?.message ?? "no reason was logged").replace(/\s+/g, " ")}.`,
      `Run this command again after the other findings are mended; the worker needs roles/datastore.user on ${target.database}.`,
    );
  else if (reason === "path-mismatch" || reason === "path-invalid-id")
    report.found(
      "other-reviews-path",
      `The worker does not take ${target.reviewsPath.source} for the path of reviews, and has dead-lettered the probe.`,
      "Set REVIEWS_PATH to the same value here and for the worker.",
    );
}

/** Why pushes were refused, by the entries of the worker and of Cloud Run. */
function explain(
  { report, target }: Examination,
  entries: readonly Entry[],
  service: WorkerService | undefined,
): boolean {
  if (service === undefined) return false;
  const { name, region, isPublic } = service;
  const at = `--region=${region} --project ${target.project}`;
  const reasons = new Set(entries.flatMap(({ jsonPayload }) => jsonPayload?.reason ?? []));
  const statuses = new Set(entries.flatMap(({ httpRequest }) => httpRequest?.status ?? []));
  const refused = (code: string, problem: string, fix: string): true => {
    report.found(code, problem, fix);
    return true;
  };
  if (reasons.has("signature-removed"))
    return isPublic
      ? refused(
          "signature-removed",
          `Cloud Run removes the signature of Pub/Sub's tokens, and the service ${name} is public, so the worker must refuse them.`,
          `gcloud run services remove-iam-policy-binding ${name} --member=allUsers --role=roles/run.invoker ${at}`,
        )
      : refused(
          "signature-removed",
          `Cloud Run removes the signature of Pub/Sub's tokens, and the worker refuses them.`,
          `gcloud run services update ${name} --update-env-vars=PUSH_TRUST_PLATFORM=true ${at}    # only while nobody but Pub/Sub and Eventarc may call it`,
        );
  if (reasons.has("invalid-token"))
    return refused(
      "wrong-audience",
      `The worker refuses Pub/Sub's tokens, most likely because they are for another audience than PUSH_AUDIENCE.`,
      `gcloud pubsub subscriptions describe ${target.subscription} --format='value(pushConfig.oidcToken.audience)' --project ${target.project}    # set PUSH_AUDIENCE to it`,
    );
  if (reasons.has("other-account"))
    return refused(
      "wrong-account",
      "The worker refuses Pub/Sub's tokens, because they are of another account than PUSH_SERVICE_ACCOUNT.",
      `gcloud pubsub subscriptions describe ${target.subscription} --format='value(pushConfig.oidcToken.serviceAccountEmail)' --project ${target.project}    # set PUSH_SERVICE_ACCOUNT to it`,
    );
  if (reasons.has("no-token") || statuses.has(401))
    return refused(
      "push-unauthenticated",
      "The pushes carry no token that Cloud Run or the worker accepts.",
      `gcloud pubsub subscriptions describe ${target.subscription} --format='yaml(pushConfig)' --project ${target.project}    # it needs an account and the worker's audience`,
    );
  if (statuses.has(403))
    return refused(
      "no-invoker-grant",
      `Cloud Run refuses the pushes, because their account may not call the service ${name}.`,
      `gcloud run services add-iam-policy-binding ${name} --member=serviceAccount:ACCOUNT --role=roles/run.invoker ${at}`,
    );
  if (statuses.has(429))
    return refused(
      "at-capacity",
      `The service ${name} is at capacity and refuses pushes.`,
      `gcloud run services update ${name} --max-instances=MORE ${at}    # a replay that is running causes it too`,
    );
  const failed = [...statuses].find((status) => status >= 500);
  if (failed !== undefined)
    return refused(
      "push-failed",
      `The service ${name} answers pushes with ${failed}.`,
      `gcloud run services logs read ${name} ${at}`,
    );
  return false;
}
