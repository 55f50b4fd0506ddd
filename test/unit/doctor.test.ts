import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { googleApi } from "../../shared/backends/google-api.ts";
import { MemoryQueue, MemoryStore } from "../../shared/backends/memory.ts";
import { parseMessage } from "../../shared/message.ts";
import { PathTemplate } from "../../shared/path.ts";
import { type ReviewStore, StoreError } from "../../shared/store.ts";
import { type Diagnosis, examine } from "../../worker/doctor/doctor.ts";
import { Pipeline } from "../../worker/pipeline/pipeline.ts";
import {
  AGENT,
  AT,
  AUDIENCE,
  type Body,
  disabled,
  GoogleApis,
  notFound,
  PROJECT,
  PUSHER,
  permissionDenied,
  policy,
  URL_OF_SERVICE,
  WORKER,
} from "../google-apis.ts";

const REVIEWS = PathTemplate.parse("reviews/{review}");
const TARGET = {
  project: PROJECT,
  database: "(default)",
  topic: "reviews",
  subscription: "review-sentiment",
  deadLetterTopic: "reviews-dead-letter",
  deadLetterSubscription: "reviews-dead-letter",
  reviewsPath: REVIEWS,
  resultField: "sentiment",
  isEmulator: false,
};
const PROBE = { id: "7", waitMs: 30, intervalMs: 10 };

let apis: GoogleApis;
beforeAll(async () => {
  apis = await GoogleApis.start();
});
beforeEach(() => apis.reset());
afterAll(() => apis.stop());

function diagnose(
  store: Pick<ReviewStore, "page"> = new MemoryStore({ textField: "text", resultField: "sentiment" }),
  target = TARGET,
): Promise<Diagnosis> {
  return examine({ api: googleApi(apis.hosts), store }, target, PROBE);
}

const codes = ({ findings }: Diagnosis): string[] => findings.map(({ code }) => code);
const binding = (at: string): Body[] => apis.body(at).bindings;

describe("a deployment without a fault", () => {
  it("has no finding and no unchecked part", async () => {
    const diagnosis = await diagnose();
    expect(diagnosis).toEqual({
      findings: [],
      unchecked: [],
      checked: expect.arrayContaining(["permissions", "Eventarc's triggers", "probe message"]),
      probe: { messageId: "4711", path: "reviews/doctor-7", outcome: "taken" },
    });
  });

  it("is only read, except for one message", async () => {
    await diagnose();
    const writes = apis.requests.filter(({ at }) => !/^GET |:getIamPolicy$|entries:list$/.test(at));
    expect(writes.map(({ at }) => at)).toEqual([AT.publish]);
  });

  it("has its grants read with their conditions", async () => {
    await diagnose();
    const policies = apis.requests.filter(({ at }) => at.endsWith(":getIamPolicy"));
    expect(policies).toHaveLength(6);
    for (const { at, body, query } of policies)
      expect({
        at,
        version: body.options?.requestedPolicyVersion ?? Number(query["options.requestedPolicyVersion"]),
      }).toEqual({ at, version: 3 });
  });

  it("may have grants for the whole project, and custom roles", async () => {
    apis.answers[AT.subscriptionPolicy] = policy();
    apis.answers[AT.eventSubscriptionPolicy] = policy();
    apis.answers[AT.deadLetterPolicy] = policy();
    apis.answers[AT.servicePolicy] = policy();
    apis.answers[AT.pusherPolicy] = policy();
    apis.answers[AT.projectPolicy] = policy(
      ["roles/pubsub.editor", AGENT],
      ["roles/pubsub.serviceAgent", AGENT],
      ["roles/run.invoker", `serviceAccount:${PUSHER}`],
      [`projects/${PROJECT}/roles/reviewWriter`, `serviceAccount:${WORKER}`],
    );
    expect(codes(await diagnose())).toEqual([]);
  });

  it("may be public and have an audience that Cloud Run does not know, because Cloud Run then checks no tokens", async () => {
    binding(AT.servicePolicy).push({ role: "roles/run.invoker", members: ["allUsers"] });
    apis.setEnv("PUSH_AUDIENCE", "my-audience");
    for (const at of [AT.subscription, AT.eventSubscription])
      apis.body(at).pushConfig.oidcToken.audience = "my-audience";
    expect(codes(await diagnose())).toEqual([]);
  });

  it("may trust the platform if it is private", async () => {
    apis.setEnv("PUSH_TRUST_PLATFORM", "true");
    expect(codes(await diagnose())).toEqual([]);
  });

  it("may have variables without a value, which count as not set", async () => {
    apis.setEnv("DEAD_LETTER_TOPIC", "");
    apis.setEnv("ACK_DEADLINE_SECONDS", "");
    expect(codes(await diagnose())).toEqual([]);
  });

  it("may use pull with a short ack deadline, which workers extend", async () => {
    Object.assign(apis.body(AT.subscription), { ackDeadlineSeconds: 10, pushConfig: {} });
    apis.body(AT.triggers).triggers = [];
    expect(await diagnose()).toMatchObject({ findings: [], unchecked: [], probe: { outcome: "taken" } });
  });

  it("may have its database in the multi-region of its service, and no trigger, dashboard or Eventarc", async () => {
    apis.body(AT.database).locationId = "nam5";
    apis.body(AT.indexes).indexes = [];
    apis.answers[AT.triggers] = disabled("eventarc");
    expect(await diagnose()).toMatchObject({ findings: [], unchecked: [] });
  });
});

describe("the doctor finds", () => {
  it.each<[fault: string, code: string | string[], command: RegExp, change: () => void]>([
    [
      "no topic",
      "no-topic",
      /gcloud pubsub topics create reviews --project my-shop-123/,
      () => {
        apis.answers[AT.topic] = notFound;
        apis.answers[AT.publish] = notFound;
      },
    ],
    [
      "no subscription",
      ["no-subscription", "not-taken"],
      /subscriptions create review-sentiment --topic=reviews/,
      () => {
        apis.answers[AT.subscription] = notFound;
        apis.body(AT.logs).entries = [];
      },
    ],
    [
      "a subscription whose topic was deleted",
      "topic-deleted",
      /subscriptions delete review-sentiment/,
      () => {
        apis.body(AT.subscription).topic = "_deleted-topic_";
      },
    ],
    [
      "a subscription of another topic",
      "other-topic",
      /PUBSUB_TOPIC=others/,
      () => {
        apis.body(AT.subscription).topic = `projects/${PROJECT}/topics/others`;
      },
    ],
    [
      "a short ack deadline",
      "subscription-deadline",
      /--ack-deadline=120/,
      () => {
        apis.body(AT.subscription).ackDeadlineSeconds = 10;
      },
    ],
    [
      "no retry policy",
      "subscription-retry-policy",
      /--min-retry-delay=10s --max-retry-delay=600s/,
      () => {
        delete apis.body(AT.subscription).retryPolicy;
      },
    ],
    [
      "no dead-letter policy",
      "subscription-dead-letter-policy",
      /--dead-letter-topic=reviews-dead-letter/,
      () => {
        delete apis.body(AT.subscription).deadLetterPolicy;
      },
    ],
    [
      "another dead-letter topic",
      "subscription-other-dead-letter-topic",
      /--dead-letter-topic=reviews-dead/,
      () => {
        apis.body(AT.subscription).deadLetterPolicy.deadLetterTopic = `projects/${PROJECT}/topics/dead`;
      },
    ],
    [
      "few delivery attempts",
      "subscription-attempts",
      /--max-delivery-attempts=100/,
      () => {
        apis.body(AT.subscription).deadLetterPolicy.maxDeliveryAttempts = 20;
      },
    ],
    [
      "a short retention",
      "subscription-retention",
      /--message-retention-duration=7d/,
      () => {
        apis.body(AT.subscription).messageRetentionDuration = "86400s";
      },
    ],
    [
      "a subscription that expires",
      "dead-letter-subscription-expires",
      /--expiration-period=never/,
      () => {
        apis.body(AT.deadLetterSubscription).expirationPolicy = { ttl: "2678400s" };
      },
    ],
    [
      "no dead-letter topic",
      "no-dead-letter-topic",
      /topics create reviews-dead-letter/,
      () => {
        apis.answers[AT.deadLetterTopic] = notFound;
      },
    ],
    [
      "dead letters that nothing keeps",
      "no-dead-letter-subscription",
      /subscriptions create reviews-dead-letter/,
      () => {
        apis.answers[AT.deadLetterSubscription] = notFound;
      },
    ],
    [
      "dead letters whose topic was deleted",
      "dead-letter-topic-deleted",
      /subscriptions delete reviews-dead-letter/,
      () => {
        apis.body(AT.deadLetterSubscription).topic = "_deleted-topic_";
      },
    ],
    [
      "dead letters of another topic",
      "dead-letter-other-topic",
      /DEAD_LETTER_SUBSCRIPTION.*list-subscriptions reviews-dead-letter/,
      () => {
        apis.body(AT.deadLetterSubscription).topic = `projects/${PROJECT}/topics/others`;
      },
    ],
    [
      "no permission to publish dead letters",
      "dead-letter-publisher",
      /topics add-iam-policy-binding.*gcp-sa-pubsub/,
      () => {
        binding(AT.deadLetterPolicy).shift();
      },
    ],
    [
      "no permission to take what is dead-lettered",
      "dead-letter-subscriber",
      /subscriptions add-iam-policy.*gcp-sa/,
      () => {
        apis.answers[AT.subscriptionPolicy] = { body: {} };
      },
    ],
    [
      "no permission to take events that are dead-lettered",
      "dead-letter-subscriber",
      /subscriptions add-iam-policy-binding eventarc-us-central1.*gcp-sa/,
      () => {
        apis.answers[AT.eventSubscriptionPolicy] = { body: {} };
      },
    ],
    [
      "no permission of the worker to dead-letter",
      "no-dead-letter-grant",
      /review-sentiment-worker@/,
      () => {
        binding(AT.deadLetterPolicy).pop();
      },
    ],
    [
      "no permission to create tokens",
      "no-token-grant",
      /serviceAccountOpenIdTokenCreator/,
      () => {
        apis.answers[AT.pusherPolicy] = policy();
      },
    ],
    [
      "no permission to call the service",
      "no-invoker-grant",
      /run services add-iam-policy-binding/,
      () => {
        apis.answers[AT.servicePolicy] = policy();
      },
    ],
    [
      "no permission to use the database",
      "no-store-grant",
      /add-iam-policy-binding.*roles\/datastore.user/,
      () => {
        binding(AT.projectPolicy).shift();
      },
    ],
    [
      "a permission for another database",
      "no-store-grant",
      /databases\/\(default\)/,
      () => {
        binding(AT.projectPolicy)[0].condition.expression = `resource.name == "projects/${PROJECT}/databases/other"`;
      },
    ],
    [
      "a push account that was deleted",
      "no-push-account",
      /service-accounts create review-sentiment-push/,
      () => {
        apis.answers[AT.pusherPolicy] = notFound;
      },
    ],
    [
      "no database",
      "no-database",
      /databases create --database='\(default\)'.*--edition=standard/,
      () => {
        apis.answers[AT.database] = notFound;
      },
    ],
    [
      "Datastore mode",
      "datastore-mode",
      /--type=firestore-native/,
      () => {
        apis.body(AT.database).type = "DATASTORE_MODE";
      },
    ],
    [
      "the Enterprise edition",
      "enterprise-edition",
      /--edition=standard/,
      () => {
        apis.body(AT.database).databaseEdition = "ENTERPRISE";
      },
    ],
    [
      "another region",
      ["wrong-region", "eventarc-region"],
      /config set gcp:region europe-west3/,
      () => {
        apis.body(AT.database).locationId = "europe-west3";
      },
    ],
    [
      "an index of the time",
      "hot-index",
      /fields update 'sentiment.classifiedAt' --disable-indexes/,
      () => {
        apis.body(AT.classifiedAt).indexConfig = { usesAncestorConfig: true, indexes: [{ state: "READY" }] };
      },
    ],
    [
      "some of the dashboard's indexes missing",
      "no-dashboard-index",
      /deploy --only firestore:indexes/,
      () => {
        apis.body(AT.indexes).indexes.shift();
      },
    ],
    [
      "another audience",
      "wrong-audience",
      /modify-push-config review-sentiment .*--push-auth-token-audience=https:\/\/review-sentiment.my-shop-123 /,
      () => {
        apis.body(AT.subscription).pushConfig.oidcToken.audience = "https://old.example";
      },
    ],
    [
      "an audience that neither the service nor Cloud Run knows",
      ["wrong-audience", "wrong-audience"],
      /^gcloud run services update .*'PUSH_AUDIENCE=https:\/\/review-sentiment.my-shop-123'/m,
      () => apis.setEnv("PUSH_AUDIENCE", "https://mistyped.example"),
    ],
    [
      "an audience that Cloud Run does not know",
      "audience-unknown-to-cloud-run",
      /--add-custom-audiences='https:\/\/review-sentiment.my-shop-123'/,
      () => {
        apis.service.metadata.annotations = {};
      },
    ],
    [
      "another account",
      ["wrong-account", "no-invoker-grant"],
      /PUSH_SERVICE_ACCOUNT=other@x/,
      () => {
        apis.body(AT.subscription).pushConfig.oidcToken.serviceAccountEmail = "other@x.iam.gserviceaccount.com";
        apis.answers["POST iam/v1/projects/x/serviceAccounts/other@x.iam.gserviceaccount.com:getIamPolicy"] = policy([
          "roles/iam.serviceAccountTokenCreator",
          AGENT,
        ]);
      },
    ],
    [
      "a push without a token",
      "push-without-token",
      /modify-push-config.*--push-auth-service-account/,
      () => {
        delete apis.body(AT.subscription).pushConfig.oidcToken;
      },
    ],
    [
      "a push to another path",
      "push-path",
      /--push-endpoint=https:\/\/review-sentiment-abcdefghij-uc.a.run.app\/push/,
      () => {
        apis.body(AT.subscription).pushConfig.pushEndpoint += "/x";
      },
    ],
    [
      "a public service that trusts the platform",
      "public-and-trusting",
      /--remove-env-vars=PUSH_TRUST_PLATFORM/,
      () => {
        binding(AT.servicePolicy).push({ role: "roles/run.invoker", members: ["allUsers"] });
        apis.setEnv("PUSH_TRUST_PLATFORM", "true");
      },
    ],
    [
      "a service with other settings",
      "other-settings",
      /REVIEWS_PATH='shops\/\{shop\}\/reviews\/\{review\}'/,
      () => {
        apis.setEnv("REVIEWS_PATH", "shops/{shop}/reviews/{review}");
      },
    ],
    [
      "a worker that expects longer ack deadlines than the subscriptions have",
      ["push-deadline-below-worker", "eventarc-deadline-below-worker"],
      /subscriptions update review-sentiment --ack-deadline=300/,
      () => apis.setEnv("ACK_DEADLINE_SECONDS", "300"),
    ],
    [
      "the defaults of Eventarc's subscription",
      [
        "eventarc-deadline",
        "eventarc-retry-policy",
        "eventarc-dead-letter-policy",
        "eventarc-retention",
        "eventarc-expires",
      ],
      /subscriptions update eventarc-us-central1-review-sentiment-sub-1 --ack-deadline=120/,
      () => {
        const state = apis.body(AT.eventSubscription);
        Object.assign(state, { ackDeadlineSeconds: 10, messageRetentionDuration: "86400s" });
        state.expirationPolicy = { ttl: "2678400s" };
        delete state.retryPolicy;
        delete state.deadLetterPolicy;
      },
    ],
    [
      "the audience of Eventarc",
      "wrong-audience",
      /modify-push-config review-sentiment --push-endpoint=\S+\/push .*-audience=\S+\/eventarc .*&& .*PUSH_AUDIENCE=\S+\/eventarc,/,
      () => {
        apis.body(AT.eventSubscription).pushConfig.oidcToken.audience = apis.body(
          AT.eventSubscription,
        ).pushConfig.pushEndpoint;
      },
    ],
    [
      "a trigger of another database",
      "eventarc-database",
      /triggers delete review-sentiment/,
      () => {
        apis.body(AT.triggers).triggers[0].eventFilters[1].value = "other";
      },
    ],
    [
      "a trigger of other documents",
      "eventarc-document",
      /triggers delete review-sentiment/,
      () => {
        apis.body(AT.triggers).triggers[0].eventFilters[2].value = "orders/{order}";
      },
    ],
    [
      "a trigger to another path",
      "eventarc-path",
      /--destination-run-path=\/eventarc/,
      () => {
        delete apis.body(AT.triggers).triggers[0].destination.cloudRun.path;
      },
    ],
    [
      "an API that is not enabled",
      "api-disabled",
      /gcloud services enable firestore.googleapis.com/,
      () => {
        apis.answers[AT.database] = disabled("firestore");
      },
    ],
  ])("%s", async (_, code, command, change) => {
    change();
    const diagnosis = await diagnose();
    expect(codes(diagnosis).toSorted()).toEqual([code].flat().toSorted());
    expect(diagnosis.findings.map(({ fix }) => fix).join("\n")).toMatch(command);
    // One sentence each.
    for (const { problem } of diagnosis.findings) expect(problem).toMatch(/^[^\n]+\.$/);
  });

  it("one way to go if the pushes of messages and of events differ, whichever of them the service accepts", async () => {
    const events = apis.body(AT.eventSubscription).pushConfig;
    events.oidcToken.audience = events.pushEndpoint;
    for (const accepted of [AUDIENCE, events.pushEndpoint]) {
      apis.setEnv("PUSH_AUDIENCE", accepted);
      const { findings } = await diagnose();
      expect(findings.map(({ fix }) => fix)).toEqual([
        expect.stringContaining(`review-sentiment --push-endpoint=${URL_OF_SERVICE}/push`),
      ]);
      expect(findings[0]?.fix).toContain(`--push-auth-token-audience=${events.pushEndpoint} `);
    }
  });

  it("no trigger whose pattern only names the variables otherwise", async () => {
    for (const pattern of ["reviews/{id}", "reviews/{review=*}", "reviews/*"]) {
      apis.body(AT.triggers).triggers[0].eventFilters[2].value = pattern;
      expect(codes(await diagnose())).toEqual([]);
    }
  });

  it("the indexes of another database, and of a result field with any name", async () => {
    for (const [at, answer] of Object.entries(apis.answers))
      apis.answers[at.replace("(default)", "shop").replace("/sentiment.", "/`my-sentiment`.")] = answer;
    apis.answers[AT.classifiedAt] = notFound;
    apis.body(AT.indexes).indexes.shift();
    const { findings, unchecked } = await diagnose(undefined, {
      ...TARGET,
      database: "shop",
      resultField: "my-sentiment",
    });
    expect(unchecked).toEqual([]);
    expect(findings.find(({ code }) => code === "no-dashboard-index")?.fix).toMatch(
      /^FIRESTORE_DATABASE='shop' npm run dashboard -- --check --project my-shop-123/,
    );
  });

  it("a query of replay without an index, with Firestore's link", async () => {
    const page = () => {
      throw new StoreError("Firestore: 9 The query requires an index: https://console.example/x", "index-missing");
    };
    const { findings } = await diagnose({ page });
    expect(findings.map(({ code, fix }) => `${code}: ${fix}`)).toEqual([
      "no-index: Create it here: https://console.example/x",
      "no-index: Create it here: https://console.example/x",
    ]);
  });
});

describe("the probe shows", () => {
  const refused = (reason: string) => ({ jsonPayload: { message: "push refused", reason } });
  const answered = (status: number) => ({ httpRequest: { status } });
  it.each<[what: string, code: string, outcome: string, entry: Body, command: RegExp]>([
    ["a removed signature", "signature-removed", "refused", refused("signature-removed"), /PUSH_TRUST_PLATFORM=true/],
    ["a token for another audience", "wrong-audience", "refused", refused("invalid-token"), /oidcToken.audience/],
    ["a token of another account", "wrong-account", "refused", refused("other-account"), /serviceAccountEmail/],
    ["a token that Cloud Run does not accept", "push-unauthenticated", "refused", answered(401), /pushConfig/],
    ["a call that Cloud Run forbids", "no-invoker-grant", "refused", answered(403), /roles\/run.invoker/],
    ["a service at capacity", "at-capacity", "refused", answered(429), /--max-instances/],
    ["a service that fails", "push-failed", "refused", answered(503), /logs read/],
    [
      "a store that cannot be read",
      "store-failed",
      "taken",
      { jsonPayload: { messageId: "4711", reason: "store-failed", err: { message: "7 PERMISSION_DENIED" } } },
      /roles\/datastore.user/,
    ],
    [
      "a worker with another path",
      "other-reviews-path",
      "taken",
      { jsonPayload: { messageId: "4711", reason: "path-mismatch" } },
      /REVIEWS_PATH/,
    ],
  ])("%s", async (_, code, outcome, entry, command) => {
    apis.body(AT.logs).entries = [entry];
    const { findings, probe } = await diagnose();
    expect(probe?.outcome).toBe(outcome);
    expect(findings).toEqual([{ code, problem: expect.any(String), fix: expect.stringMatching(command) }]);
  });

  it("that a public service must not be made to trust the platform", async () => {
    binding(AT.servicePolicy).push({ role: "roles/run.invoker", members: ["allUsers"] });
    apis.body(AT.logs).entries = [refused("signature-removed")];
    const { findings } = await diagnose();
    expect(findings.map(({ fix }) => fix)).toEqual([expect.stringMatching(/remove-iam-policy-binding.*allUsers/)]);
  });

  it("that no worker received it", async () => {
    apis.body(AT.logs).entries = [];
    const { findings } = await diagnose();
    expect(findings).toEqual([
      {
        code: "not-taken",
        problem: expect.stringContaining("in its first minute"),
        fix: expect.stringMatching(/behind by more than a minute.*--no-probe/),
      },
    ]);
  });

  it("nothing if the logs cannot be read, which is reported", async () => {
    apis.answers[AT.logs] = permissionDenied("logging.logEntries.list");
    const { findings, unchecked, probe } = await diagnose();
    expect({ findings, unchecked, outcome: probe?.outcome }).toEqual({
      findings: [],
      unchecked: [
        { check: "whether a worker takes the probe", why: expect.stringContaining("logging.logEntries.list") },
      ],
      outcome: "unknown",
    });
  });

  it("only log entries since then, and only about this message", async () => {
    await diagnose();
    const { body } = apis.requests.find(({ at }) => at === AT.logs) as { body: Body };
    expect(body.filter).toMatch(/^timestamp>="\d{4}-.*" AND \(jsonPayload.messageId="4711" OR /);
  });
});

describe("the probe message", () => {
  it.each(["reviews/{review}", "shops/{shop}/reviews/{review}"])(
    "names a review of %s that does not exist; the worker acks it and writes nothing",
    async (source) => {
      const reviewsPath = PathTemplate.parse(source);
      await diagnose(undefined, { ...TARGET, reviewsPath });
      const { body } = apis.requests.find(({ at }) => at === AT.publish) as { body: Body };
      const data = Buffer.from(body.messages[0].data, "base64");
      expect(parseMessage(data, reviewsPath)).toMatchObject({ ok: true });

      const store = new MemoryStore({ textField: "text", resultField: "sentiment" });
      const queue = new MemoryQueue();
      const classifier = { model: "m@1", classify: () => Promise.reject(new Error("nothing to classify")) } as never;
      const pipeline = new Pipeline(
        { queue, store, classifier },
        {
          reviewsPath,
          labelSettings: { neutral: "on", neutralBelow: undefined },
          maxBatchReviews: 1,
          maxConcurrentBatches: 1,
          maxOutstanding: 9,
          nackDelayMs: 0,
        },
      );
      const settled = (ageMs: number) =>
        new Promise<string>((resolve) => {
          pipeline.receive({
            id: "4711",
            data,
            attributes: {},
            publishTime: new Date(Date.now() - ageMs),
            ack: () => resolve("ack"),
            nack: () => resolve("nack"),
          });
        });
      expect(await settled(0)).toBe("nack");
      expect(await settled(70_000)).toBe("ack");
      expect(queue.deadLetters).toEqual([]);
      expect((await store.page({ reviewsPath, where: [], unlabelled: false, failed: false }, { limit: 9 })).read).toBe(
        0,
      );
    },
  );
});

describe("a part that cannot be checked", () => {
  it.each([AT.projectPolicy, AT.deadLetterPolicy, AT.services, AT.servicePolicy, AT.indexes, AT.triggers])(
    "because %s is refused is said, and is no finding",
    async (at) => {
      apis.answers[at] = permissionDenied("some.permission");
      const { findings, unchecked } = await diagnose();
      expect(findings).toEqual([]);
      expect(unchecked).toEqual([{ check: expect.any(String), why: expect.stringContaining("some.permission") }]);
    },
  );

  it("because the service runs elsewhere is reported", async () => {
    apis.body(AT.subscription).pushConfig.pushEndpoint = "https://gone-abcdefghij-uc.a.run.app/push";
    expect(await diagnose()).toMatchObject({
      findings: [],
      unchecked: [{ check: "the service", why: expect.stringContaining("https://gone-abcdefghij-uc.a.run.app") }],
    });
  });

  it("because its API is not enabled is reported with the command", async () => {
    apis.answers[AT.project] = disabled("cloudresourcemanager");
    apis.answers[AT.projectPolicy] = disabled("cloudresourcemanager");
    const { findings, unchecked } = await diagnose();
    expect(findings).toEqual([]);
    expect(unchecked.map(({ why }) => why).join()).toContain("gcloud services enable cloudresourcemanager");
  });

  it("because Google does not answer is reported", async () => {
    const api = googleApi({ ...apis.hosts, eventarc: "127.0.0.1:9/eventarc" });
    const store = new MemoryStore({ textField: "text", resultField: "sentiment" });
    const { findings, unchecked } = await examine({ api, store }, TARGET, PROBE);
    expect({ findings, checks: unchecked.map(({ check }) => check) }).toEqual({
      findings: [],
      checks: ["Eventarc's triggers"],
    });
  });
});
