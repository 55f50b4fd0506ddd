/**
 * A stand-in for Google's REST interfaces: an HTTP server that has the answers of a deployment without a fault. Bodies and refusals
 * are those that Google documents. A test changes what it is about.
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import dashboardIndexes from "../firestore.indexes.json" with { type: "json" };
import type { GoogleService } from "../shared/backends/google-api.ts";
import { listen } from "./listen.ts";

interface Answer {
  status?: number;
  body: unknown;
}

export const PROJECT = "my-shop-123";
export const NUMBER = "987654321";
export const PUSHER = `review-sentiment-push@${PROJECT}.iam.gserviceaccount.com`;
export const WORKER = `review-sentiment-worker@${PROJECT}.iam.gserviceaccount.com`;
export const AGENT = `serviceAccount:service-${NUMBER}@gcp-sa-pubsub.iam.gserviceaccount.com`;
export const AUDIENCE = `https://review-sentiment.${PROJECT}`;
export const URL_OF_SERVICE = "https://review-sentiment-abcdefghij-uc.a.run.app";

const SERVICES: readonly GoogleService[] = [
  "cloudresourcemanager",
  "eventarc",
  "firebase",
  "firebaserules",
  "firestore",
  "iam",
  "identitytoolkit",
  "logging",
  "monitoring",
  "pubsub",
  "run",
];

/** https://google.aip.dev/193 */
export function refusal(status: number, name: string, message: string, details: object[] = []): Answer {
  return { status, body: { error: { code: status, message, status: name, details } } };
}

export const notFound = refusal(404, "NOT_FOUND", "Resource not found.");

export function permissionDenied(permission: string): Answer {
  const details = [{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "IAM_PERMISSION_DENIED" }];
  return refusal(403, "PERMISSION_DENIED", `Permission '${permission}' denied on the resource.`, details);
}

export function disabled(service: GoogleService): Answer {
  const message = `${service}.googleapis.com has not been used in project ${NUMBER} before or it is disabled.`;
  const details = [
    { "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "SERVICE_DISABLED", domain: "googleapis.com" },
  ];
  return refusal(403, "PERMISSION_DENIED", message, details);
}

export function policy(...bindings: [role: string, member: string, condition?: string][]): Answer {
  return {
    body: {
      bindings: bindings.map(([role, member, expression]) => ({
        role,
        members: [member],
        ...(expression !== undefined && { condition: { expression, title: "x" } }),
      })),
    },
  };
}

const pubsub = `pubsub/v1/projects/${PROJECT}`;
const run = `run/v1/projects/${PROJECT}`;
const database = `firestore/v1/projects/${PROJECT}/databases/(default)`;

/** Where each part of the deployment is asked for. */
export const AT = {
  topic: `GET ${pubsub}/topics/reviews`,
  publish: `POST ${pubsub}/topics/reviews:publish`,
  subscription: `GET ${pubsub}/subscriptions/review-sentiment`,
  subscriptionPolicy: `GET ${pubsub}/subscriptions/review-sentiment:getIamPolicy`,
  deadLetterTopic: `GET ${pubsub}/topics/reviews-dead-letter`,
  deadLetterPolicy: `GET ${pubsub}/topics/reviews-dead-letter:getIamPolicy`,
  deadLetterSubscription: `GET ${pubsub}/subscriptions/reviews-dead-letter`,
  eventSubscription: `GET ${pubsub}/subscriptions/eventarc-us-central1-review-sentiment-sub-1`,
  eventSubscriptionPolicy: `GET ${pubsub}/subscriptions/eventarc-us-central1-review-sentiment-sub-1:getIamPolicy`,
  services: `GET ${run}/locations/-/services`,
  servicePolicy: `GET run/v2/projects/${PROJECT}/locations/us-central1/services/review-sentiment:getIamPolicy`,
  database: `GET ${database}`,
  classifiedAt: `GET ${database}/collectionGroups/reviews/fields/sentiment.classifiedAt`,
  indexes: `GET ${database}/collectionGroups/reviews/indexes`,
  project: `GET cloudresourcemanager/v3/projects/${PROJECT}`,
  projectPolicy: `POST cloudresourcemanager/v3/projects/${PROJECT}:getIamPolicy`,
  pusherPolicy: `POST iam/v1/projects/${PROJECT}/serviceAccounts/${PUSHER}:getIamPolicy`,
  triggers: `GET eventarc/v1/projects/${PROJECT}/locations/-/triggers`,
  logs: "POST logging/v2/entries:list",
  backlog: `GET monitoring/v3/projects/${PROJECT}/timeSeries`,
} as const;

// biome-ignore lint/suspicious/noExplicitAny: tests change single fields of bodies
export type Body = any;

function healthy(): Record<string, Answer> {
  const named = (name: string, topic: string, more: object = {}) => ({
    body: {
      name: `projects/${PROJECT}/subscriptions/${name}`,
      topic: `projects/${PROJECT}/topics/${topic}`,
      pushConfig: {},
      ackDeadlineSeconds: 120,
      messageRetentionDuration: "604800s",
      expirationPolicy: {},
      state: "ACTIVE",
      ...more,
    },
  });
  const pushed = (path: string) => ({
    retryPolicy: { minimumBackoff: "10s", maximumBackoff: "600s" },
    deadLetterPolicy: {
      deadLetterTopic: `projects/${PROJECT}/topics/reviews-dead-letter`,
      maxDeliveryAttempts: 100,
    },
    pushConfig: {
      pushEndpoint: `${URL_OF_SERVICE}${path}`,
      oidcToken: { serviceAccountEmail: PUSHER, audience: AUDIENCE },
    },
  });
  const env = {
    GOOGLE_CLOUD_PROJECT: PROJECT,
    DELIVERY: "push",
    PUSH_AUDIENCE: AUDIENCE,
    PUSH_SERVICE_ACCOUNT: PUSHER,
  };
  return {
    [AT.topic]: { body: { name: `projects/${PROJECT}/topics/reviews` } },
    [AT.publish]: { body: { messageIds: ["4711"] } },
    [AT.subscription]: named("review-sentiment", "reviews", pushed("/push")),
    [AT.subscriptionPolicy]: policy(["roles/pubsub.subscriber", AGENT]),
    [AT.deadLetterTopic]: { body: { name: `projects/${PROJECT}/topics/reviews-dead-letter` } },
    [AT.deadLetterPolicy]: policy(
      ["roles/pubsub.publisher", AGENT],
      ["roles/pubsub.publisher", `serviceAccount:${WORKER}`],
    ),
    [AT.deadLetterSubscription]: named("reviews-dead-letter", "reviews-dead-letter", {
      messageRetentionDuration: "2678400s",
    }),
    [AT.eventSubscription]: named("eventarc-us-central1-review-sentiment-sub-1", "eventarc-1", pushed("/eventarc")),
    [AT.eventSubscriptionPolicy]: policy(["roles/pubsub.subscriber", AGENT]),
    [AT.services]: {
      body: {
        items: [
          { metadata: { name: "another" }, status: { url: "https://another-abcdefghij-uc.a.run.app" } },
          {
            metadata: {
              name: "review-sentiment",
              labels: { "cloud.googleapis.com/location": "us-central1" },
              annotations: { "run.googleapis.com/custom-audiences": JSON.stringify([AUDIENCE]) },
            },
            spec: {
              template: {
                spec: {
                  serviceAccountName: WORKER,
                  containers: [{ env: Object.entries(env).map(([name, value]) => ({ name, value })) }],
                },
              },
            },
            status: { url: URL_OF_SERVICE },
          },
        ],
      },
    },
    [AT.servicePolicy]: policy(["roles/run.invoker", `serviceAccount:${PUSHER}`]),
    [AT.database]: {
      body: {
        name: `projects/${PROJECT}/databases/(default)`,
        locationId: "us-central1",
        type: "FIRESTORE_NATIVE",
        databaseEdition: "STANDARD",
      },
    },
    [AT.classifiedAt]: { body: { name: "x", indexConfig: { ancestorField: "x" } } },
    [AT.indexes]: {
      body: {
        indexes: dashboardIndexes.indexes.map(({ queryScope, fields }) => ({
          queryScope,
          state: "READY",
          fields: [...fields, { fieldPath: "__name__", order: "DESCENDING" }],
        })),
      },
    },
    [AT.project]: { body: { name: `projects/${NUMBER}`, projectId: PROJECT } },
    [AT.projectPolicy]: policy(
      [
        "roles/datastore.user",
        `serviceAccount:${WORKER}`,
        `resource.name == "projects/${PROJECT}/databases/(default)"`,
      ],
      ["roles/pubsub.serviceAgent", "serviceAccount:someone@else"],
    ),
    [AT.pusherPolicy]: policy(["roles/iam.serviceAccountOpenIdTokenCreator", AGENT]),
    [AT.triggers]: {
      body: {
        triggers: [
          {
            name: `projects/${PROJECT}/locations/us-central1/triggers/review-sentiment`,
            eventFilters: [
              { attribute: "type", value: "google.cloud.firestore.document.v1.written" },
              { attribute: "database", value: "(default)" },
              { attribute: "document", value: "reviews/{review}", operator: "match-path-pattern" },
            ],
            destination: { cloudRun: { service: "review-sentiment", region: "us-central1", path: "/eventarc" } },
            transport: { pubsub: { subscription: AT.eventSubscription.replace("GET pubsub/v1/", "") } },
          },
        ],
      },
    },
    [AT.logs]: {
      body: { entries: [{ jsonPayload: { message: "message nacked", messageId: "4711", reason: "not-written-yet" } }] },
    },
    [AT.backlog]: { body: {} },
  };
}

export class GoogleApis {
  /** By method and path. What is not here is a request that no test has foreseen. */
  answers = healthy();
  /** Requests in the order of their arrival, with their bodies. */
  readonly requests: { at: string; query: Record<string, string>; body: Body }[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<GoogleApis> {
    const server = createServer();
    const apis = new GoogleApis(server);
    server.on("request", async (request, response) => {
      const { method, url = "", headers } = request;
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const service = /^(\w+)\.googleapis\.com/.exec(headers.host ?? "")?.[1];
      const path = `${service === undefined ? "" : `${service}/`}${url.slice(1).split("?")[0]}`;
      const at = `${method} ${decodeURIComponent(path)}`;
      const text = Buffer.concat(chunks).toString();
      const query = Object.fromEntries(new URL(url, "http://x").searchParams);
      apis.requests.push({ at, query, body: text === "" ? {} : JSON.parse(text) });
      const { status = 200, body } = apis.answers[at] ?? refusal(418, "UNKNOWN", `nobody expects ${at}`);
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
    await listen(server);
    return apis;
  }

  /** `host:port` */
  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Where each service is, for requests that do not name it as their host: `host:port/SERVICE`. */
  get hosts(): Record<GoogleService, string> {
    return Object.fromEntries(SERVICES.map((service) => [service, `${this.host}/${service}`])) as Record<
      GoogleService,
      string
    >;
  }

  reset(): void {
    this.answers = healthy();
    this.requests.length = 0;
  }

  /** The body of an answer, to be changed. */
  body(at: string): Body {
    return (this.answers[at] as Answer).body;
  }

  /** The worker's service. */
  get service(): Body {
    return this.body(AT.services).items[1];
  }

  setEnv(name: string, value: string): void {
    const { env } = this.service.spec.template.spec.containers[0];
    this.service.spec.template.spec.containers[0].env = [
      ...env.filter((variable: { name: string }) => variable.name !== name),
      { name, value },
    ];
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
