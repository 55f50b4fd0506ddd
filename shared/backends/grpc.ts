/** Settings and error codes that the clients of Firestore and Pub/Sub share: both speak gRPC. */

/**
 * Options of a channel. A connection can die silently: a NAT or a load balancer drops it and swallows what is sent. gRPC's own
 * pings find that out, and then the channel connects again. Both clients would otherwise wait for minutes.
 *
 * An emulator rejects pings that come more often than every five minutes, and gRPC prints that to standard error. So emulators
 * get none, unless GRPC_KEEPALIVE_TIME_MS asks for them, as a test does.
 */
export function channelOptions(isEmulator: boolean): Record<string, number> {
  const keepaliveMs = Number(process.env.GRPC_KEEPALIVE_TIME_MS) || (isEmulator ? undefined : KEEPALIVE_TIME_MS);
  return {
    // Two clients of one process must not share a dead connection.
    "grpc.use_local_subchannel_pool": 1,
    // gRPC's own limit of two minutes would keep reviews waiting for that long after a server is back.
    "grpc.max_reconnect_backoff_ms": MAX_RECONNECT_BACKOFF_MS,
    ...(keepaliveMs !== undefined && {
      "grpc.keepalive_time_ms": keepaliveMs,
      "grpc.keepalive_timeout_ms": KEEPALIVE_TIMEOUT_MS,
    }),
  };
}

/**
 * Google's front ends allow this, and answer `too_many_pings` to more: https://github.com/googleapis/java-bigtable/pull/528.
 * If one of them allows less, gRPC doubles the interval. Dead connections are then found by calls that go unanswered, see
 * {@link ReplaceableClient}, of which the watchdog makes one after 20 s of silence.
 */
const KEEPALIVE_TIME_MS = 30_000;
const KEEPALIVE_TIMEOUT_MS = 10_000;

/** How long a client waits at most before it tries again to reach a server that is down. */
export const MAX_RECONNECT_BACKOFF_MS = 5_000;

/** Ends a message about a server that does not answer. An emulator's address comes from the environment, and is often wrong. */
export function originOf(emulatorHost: string | undefined): string {
  return emulatorHost === undefined ? "" : ` from the emulator at ${emulatorHost}`;
}

/** How long a question may take that only tests whether the server answers, in ms. */
export const REACH_TIMEOUT_MS = 10_000;

/** https://grpc.io/docs/guides/status-codes/ */
export const Status = {
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const;

/** Statuses after which the same request may succeed. */
const TRANSIENT: ReadonlySet<unknown> = new Set<number>([
  Status.CANCELLED,
  Status.UNKNOWN,
  Status.DEADLINE_EXCEEDED,
  Status.RESOURCE_EXHAUSTED,
  Status.ABORTED,
  Status.INTERNAL,
  Status.UNAVAILABLE,
  // Also when the metadata server fails for a moment. Wrong credentials are reported when the retries are over.
  Status.UNAUTHENTICATED,
]);

/** The name of a client error's status, or `undefined` if it has none: then the request did not reach the server. */
export function statusOf(error: unknown): string | undefined {
  const { code } = Object(error) as { code?: unknown };
  return Object.entries(Status).find(([, number]) => number === code)?.[0];
}

/** Whether the request that failed with this client error may succeed later. */
export function isTransient(error: unknown): boolean {
  if (lacksCredentials(error)) return false;
  return statusOf(error) === undefined || TRANSIENT.has((error as { code: unknown }).code);
}

/** Whether the client found no credentials or no project to send the request with. */
function lacksCredentials(error: unknown): boolean {
  return /could not load the default credentials|unable to detect a project id/i.test(String(Object(error).message));
}

/**
 * Whether Google's own message says what to do, because a refusal is not about the topic, subscription or database: the project has not
 * enabled the API, or the account may not use the project that its requests are counted for.
 * https://cloud.google.com/service-usage/docs/access-control
 */
export function isAboutProject(error: unknown): boolean {
  return /has not been used in project|permission to use project/.test(String(Object(error).message));
}
