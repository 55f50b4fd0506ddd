/** Google's REST interfaces, for what the clients of Firestore and Pub/Sub do not offer. */
import { ExplainedError } from "../explained-error.ts";

/** An interface by the first part of its host name: `pubsub.googleapis.com`. */
export type GoogleService =
  | "cloudresourcemanager"
  | "eventarc"
  | "firebase"
  | "firebaserules"
  | "firestore"
  | "iam"
  | "identitytoolkit"
  | "logging"
  | "monitoring"
  | "pubsub"
  | "run";

/** Sends requests with the credentials of the environment. */
export interface GoogleApi {
  /** @throws {GoogleApiError} */
  get<T>(service: GoogleService, path: string): Promise<T>;
  /** @throws {GoogleApiError} */
  post<T>(service: GoogleService, path: string, body: unknown): Promise<T>;
}

/** Google refused a request, or did not answer. */
export class GoogleApiError extends ExplainedError {
  override readonly name = "GoogleApiError";
  override readonly exitCode = 1;
  readonly service: GoogleService;
  /** The HTTP status; `undefined` without an answer. */
  readonly status: number | undefined;
  /** Google's name for the reason, such as SERVICE_DISABLED. https://cloud.google.com/apis/design/errors#error_info */
  readonly reason: string | undefined;

  constructor(service: GoogleService, message: string, status?: number, reason?: string, options?: ErrorOptions) {
    super(message, options);
    this.service = service;
    this.status = status;
    this.reason = reason;
  }

  /** Whether the project has not enabled this API. */
  get isApiDisabled(): boolean {
    return this.reason === "SERVICE_DISABLED";
  }
}

/** The command that enables an API in a project. */
export function enableCommand(service: GoogleService, project: string): string {
  return `gcloud services enable ${service}.googleapis.com --project ${project}`;
}

/** What sends a request: the client that google-auth-library makes of the credentials. It rejects with the answer of a failure. */
export type Send = (request: {
  url: string;
  method: "GET" | "POST";
  data?: unknown;
  timeout: number;
}) => Promise<{ data: unknown }>;

const TIMEOUT_MS = 20_000;

/** The body of an error. https://google.aip.dev/193 */
interface ErrorBody {
  error?: { message?: string; details?: { reason?: string }[] };
}

/**
 * @param hosts of emulators, `host:port`; they get requests without credentials
 * @param send @default with the credentials of the environment
 */
export function googleApi(hosts: Partial<Record<GoogleService, string>> = {}, send: Send = authorised()): GoogleApi {
  const call = async <T>(service: GoogleService, path: string, method: "GET" | "POST", data?: unknown): Promise<T> => {
    const host = hosts[service];
    const url = `${host === undefined ? `https://${service}.googleapis.com` : `http://${host}`}/${path}`;
    const request = { url, method, timeout: TIMEOUT_MS, ...(data !== undefined && { data }) };
    try {
      return (await (host === undefined ? send : plain)(request)).data as T;
    } catch (cause) {
      const { response, message } = cause as Error & { response?: { status?: number; data?: unknown } };
      const { error } = Object(response?.data) as ErrorBody;
      const reason = error?.details?.find((detail) => detail.reason !== undefined)?.reason;
      throw new GoogleApiError(service, error?.message ?? message, response?.status, reason, { cause });
    }
  };
  return {
    get: (service, path) => call(service, path, "GET"),
    post: (service, path, body) => call(service, path, "POST", body),
  };
}

/**
 * Sends with the credentials of the environment.
 * @param quotaProject whose quota and enabled APIs count: those of a person belong to no project. @default what the credentials say
 */
export function authorised(quotaProject?: string): Send {
  let client: Promise<{ request: Send; quotaProjectId?: string }> | undefined;
  const connect = async () => {
    // It takes a while to load, and emulators do not need it.
    const { GoogleAuth } = await import("google-auth-library");
    const auth = new GoogleAuth({ scopes: "https://www.googleapis.com/auth/cloud-platform" });
    const opened = (await auth.getClient()) as unknown as { request: Send; quotaProjectId?: string };
    // Not as an option of the client: what a file of credentials says would override it.
    if (quotaProject !== undefined) opened.quotaProjectId = quotaProject;
    return opened;
  };
  return async (request) => {
    client ??= connect();
    return (await client).request(request);
  };
}

const plain: Send = async ({ url, method, data, timeout }) => {
  const answer = await fetch(url, {
    method,
    signal: AbortSignal.timeout(timeout),
    ...(data !== undefined && { body: JSON.stringify(data), headers: { "content-type": "application/json" } }),
  });
  const text = await answer.text();
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = undefined;
  }
  if (!answer.ok)
    throw Object.assign(new Error(`status ${answer.status}`), { response: { status: answer.status, data: body } });
  return { data: body };
};
