/** Stack settings (`pulumi config set NAME VALUE`) are read once, and all problems are reported together. */
import { z } from "zod";
import { EXPECTED_LANGUAGES, parseLanguages } from "../model/language-tags.ts";
import { PathTemplate, RESERVED_NAME } from "../shared/path.ts";
import {
  API_KEY,
  DATABASE_ID,
  fieldConflict,
  listProblems,
  PUBSUB_NAME,
  parsedBy,
  readTable,
  SHARED,
} from "../shared/settings.ts";
import { meantVariable, wholeNumber } from "../worker/config.ts";

/** All problems of the settings, one a line. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(listProblems("the stack's settings are not valid:", problems));
    this.problems = problems;
  }
}

const flag = z.enum(["true", "false"]).transform((value) => value === "true");

/** A structured setting, which Pulumi passes as JSON. */
const json = <T extends z.ZodType>(schema: T) =>
  z
    .string()
    .transform((text, context) => {
      try {
        return JSON.parse(text) as unknown;
      } catch {
        context.addIssue("not JSON");
        return z.NEVER;
      }
    })
    .pipe(schema);

/** A list without repetitions: Pulumi refuses two resources with one name. */
const listOf = (item: z.ZodType<string>) => json(z.array(item)).transform((list) => [...new Set(list)]);

const memorySize = z.string().regex(/^[1-9]\d*(Mi|Gi)$/);

const pubsubName = z.string().regex(PUBSUB_NAME);

/** A field of a document, dotted for a nested one. */
const fieldPath = z
  .string()
  .regex(/^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/)
  .refine((path) => !path.split(".").some((name) => RESERVED_NAME.test(name)), {
    error: "Firestore reserves names that begin and end with __",
  });

const kmsKey = z.string().regex(/^projects\/[^/]+\/locations\/[^/]+\/keyRings\/[^/]+\/cryptoKeys\/[^/]+$/);

/** One identity, so neither `allUsers`, `allAuthenticatedUsers` nor a domain. https://cloud.google.com/iam/docs/principal-identifiers */
const member = z
  .string()
  .regex(/^((user|group|serviceAccount):[^\s@]+@[^\s@]+|principal(Set)?:\/\/iam\.googleapis\.com\/\S+)$/);

/** Variables that the program sets itself. Other values would not match the resources it creates. */
const OWN_VARIABLES = new Set([
  "GOOGLE_CLOUD_PROJECT",
  "FIRESTORE_DATABASE",
  "PUBSUB_TOPIC",
  "PUBSUB_SUBSCRIPTION",
  "DEAD_LETTER_TOPIC",
  "DELIVERY",
  "REVIEWS_PATH",
  "TEXT_FIELD",
  "RESULT_FIELD",
  "NEUTRAL",
  "LANGUAGES",
  "INFERENCE_THREADS",
  "MAX_BATCH_REVIEWS",
  "MAX_OUTSTANDING",
  "PORT",
  "ACK_DEADLINE_SECONDS",
  "PUSH_AUDIENCE",
  "PUSH_SERVICE_ACCOUNT",
  "API_KEYS",
]);

/**
 * Variables that Cloud Run sets. It refuses a deployment that sets them; `PORT` is above.
 * https://cloud.google.com/run/docs/container-contract#env-vars
 */
const RESERVED_VARIABLES = /^(K_|CLOUD_RUN_|X_GOOGLE_)/;

/** The alert on failing deliveries counts the worker's warnings. */
const LOG_LEVELS_WITHOUT_WARNINGS = ["error", "fatal", "silent"];

/** Each setting: how it is read, its default, and which values are valid. */
export const SETTINGS = {
  project: {
    schema: z.string().regex(/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/),
    expects: "a project id such as my-shop-123",
  },
  region: {
    schema: z
      .string()
      .regex(/^[a-z]+-[a-z]+\d+$/)
      .default("us-central1"),
    expects: "a region such as us-central1, not a zone",
  },
  name: {
    // Service account ids have 6 to 30 characters, and `-worker` is added to it. A bucket's name contains it, and must not contain
    // google: https://cloud.google.com/storage/docs/buckets#naming
    schema: z
      .string()
      .regex(/^(?!.*google)[a-z][a-z0-9-]{2,21}[a-z0-9]$/)
      .default("review-sentiment"),
    expects: "4 to 23 lowercase letters, digits and hyphens such as review-sentiment, without the word google",
  },
  image: {
    schema: z
      .string()
      .regex(/^[a-z0-9.-]+(:\d+)?(\/[a-z0-9._-]+)+(@sha256:[0-9a-f]{64}|:(?!latest$)[\w.-]{1,128})$/)
      .optional(),
    expects:
      "an image with its registry and a tag other than latest, or a digest: the same deployment must always run the same image",
  },
  delivery: {
    schema: z.enum(["push", "pull"]).default("push"),
    expects: "push (a service that scales to zero) or pull (a worker pool that is always on)",
  },
  reviewsPath: {
    schema: z
      .string()
      .default(SHARED.reviewsPath.default)
      .transform(
        parsedBy((source) => {
          PathTemplate.parse(source);
          if (collectionOf(source).startsWith("{"))
            throw new Error("the collection of the reviews must have a name, because indexes belong to it");
          return source;
        }),
      ),
    expects: SHARED.reviewsPath.expects,
  },
  textField: {
    schema: fieldPath.default(SHARED.textField.default),
    expects: "a field of letters, digits and _ such as text or content.body",
  },
  resultField: {
    schema: fieldPath.regex(/^\w*$/).default(SHARED.resultField.default),
    expects: "the name of a top-level field of letters, digits and _ such as sentiment",
  },
  createdField: {
    schema: fieldPath.optional(),
    expects: "the field with the time when a review was written, a timestamp, such as createdAt",
  },
  ratingField: {
    schema: fieldPath.optional(),
    expects: "the field with the customer's rating, a number from 1 to 5, such as rating",
  },
  groupField: {
    schema: fieldPath.optional(),
    expects: "the field by which dashboards compare reviews, a text, such as product",
  },
  neutral: {
    schema: z.enum(["on", "off"]).default("on"),
    expects: "on (three labels) or off (only NEGATIVE and POSITIVE)",
  },
  languages: {
    schema: z
      .string()
      .transform(parsedBy((source) => String(parseLanguages(source))))
      .optional(),
    expects: EXPECTED_LANGUAGES,
  },
  firestoreDatabase: {
    schema: z.string().regex(DATABASE_ID).default(SHARED.database.default),
    expects: "the id of an existing Firestore database such as (default)",
  },
  firestoreTrigger: {
    schema: flag.default(false),
    expects: "true (Eventarc sends every write of a review to the worker) or false",
  },
  firestoreLocation: {
    schema: z
      .string()
      .regex(/^([a-z]+-[a-z]+\d+|nam\d+|eur\d+)$/)
      .optional(),
    expects: "the database's location such as us-central1, nam5 or eur3",
  },
  pushAudience: {
    schema: z.url({ protocol: /^https$/ }).optional(),
    expects: "the audience of the trigger's tokens, an address that begins with https://",
  },
  dashboardIndexes: {
    schema: flag.default(true),
    expects: "true or false",
  },
  topic: { schema: pubsubName.default(SHARED.topic.default), expects: SHARED.topic.expects },
  subscription: {
    schema: pubsubName.default(SHARED.subscription.default),
    expects: SHARED.subscription.expects,
  },
  deadLetterTopic: {
    schema: pubsubName.default(SHARED.deadLetterTopic.default),
    expects: SHARED.deadLetterTopic.expects,
  },
  // https://cloud.google.com/pubsub/docs/subscription-properties
  ackDeadlineSeconds: { schema: wholeNumber(60, 600).default(120), expects: "a whole number from 60 to 600" },
  // The maximum: a delivery that is refused because the worker is at capacity counts as an attempt.
  maxDeliveryAttempts: { schema: wholeNumber(5, 100).default(100), expects: "a whole number from 5 to 100" },
  retentionDays: { schema: wholeNumber(1, 31).default(7), expects: "a whole number from 1 to 31" },
  cpu: { schema: z.enum(["1", "2", "4", "6", "8"]).default("2"), expects: "1, 2, 4, 6 or 8" },
  memory: { schema: memorySize.default("1Gi"), expects: "a size such as 1Gi or 1536Mi" },
  maxBatchReviews: {
    schema: wholeNumber(SHARED.maxBatchReviews.least, SHARED.maxBatchReviews.most).default(
      SHARED.maxBatchReviews.default,
    ),
    expects: SHARED.maxBatchReviews.expects,
  },
  minInstances: { schema: wholeNumber(0, 100).default(0), expects: "a whole number from 0 to 100" },
  maxInstances: { schema: wholeNumber(1, 1000).default(8), expects: "a whole number from 1 to 1000" },
  instances: { schema: wholeNumber(1, 100).default(1), expects: "a whole number from 1 to 100" },
  autoscaling: {
    schema: z.enum(["none", "cpu", "crema"]).default("none"),
    expects: "none (always instances), cpu (by the CPUs in use) or crema (by the backlog of the subscription)",
  },
  // The quotas of a new project: https://cloud.google.com/run/quotas
  cpuQuota: { schema: wholeNumber(1, 100_000).default(20), expects: "the region's quota of vCPUs, a whole number" },
  memoryQuota: { schema: memorySize.default("40Gi"), expects: "the region's quota of memory such as 40Gi" },
  kmsKey: {
    schema: kmsKey.optional(),
    expects: "a key in the region, projects/…/locations/REGION/keyRings/…/cryptoKeys/…",
  },
  eventsKmsKey: {
    schema: kmsKey.optional(),
    expects: "a key in the location of the database, projects/…/locations/LOCATION/keyRings/…/cryptoKeys/…",
  },
  scanImages: { schema: flag.default(false), expects: "true (Google scans each image for vulnerabilities) or false" },
  environment: {
    schema: json(
      z
        .record(
          z
            .string()
            .regex(/^[A-Z][A-Z0-9_]*$/)
            .refine((name) => !OWN_VARIABLES.has(name) && !RESERVED_VARIABLES.test(name))
            .refine((name) => meantVariable(name) === undefined),
          // `pulumi config set --path` turns what looks like a number into one.
          z.union([z.string(), z.number(), z.boolean()]).transform(String),
        )
        .refine(({ LOG_LEVEL = "info" }) => !LOG_LEVELS_WITHOUT_WARNINGS.includes(LOG_LEVEL), {
          error: "the alert on failing deliveries needs the worker's warnings, so LOG_LEVEL must be warn or lower",
        }),
    ).default({}),
    expects: `additional variables of the worker such as NEUTRAL_BELOW or LOG_LEVEL, but neither those that other settings determine (${[...OWN_VARIABLES].join(", ")}) nor Cloud Run's own (K_…, CLOUD_RUN_…, X_GOOGLE_…), spelled as in docs/reference/configuration.md`,
  },
  apiKeys: {
    schema: z
      .string()
      .refine((keys) => keys.split(",").every((key) => API_KEY.test(key.trim())))
      .optional(),
    expects: "comma-separated keys of at least 16 ASCII characters, set with --secret",
    secret: true,
  },
  publishers: {
    schema: listOf(member).default([]),
    expects: 'who may publish, such as ["serviceAccount:shop@my-shop-123.iam.gserviceaccount.com"]; never everyone',
  },
  callers: {
    schema: listOf(member).default([]),
    expects: 'who may call POST /classify, such as ["group:support@example.com"]; never everyone',
  },
  alertEmails: {
    schema: listOf(z.email()).default([]),
    expects: 'e-mail addresses such as ["oncall@example.com"]',
  },
} as const;

type Table = typeof SETTINGS;

/** The settings by name, parsed, with defaults. */
export type Settings = { readonly [Name in keyof Table]: z.infer<Table[Name]["schema"]> };

/** The key of a setting in Pulumi's configuration: two belong to the provider, the others to this program. */
function keyOf(name: string): string {
  return name === "project" || name === "region" ? `gcp:${name}` : `${PREFIX}${name}`;
}

const PREFIX = "review-sentiment:";

/**
 * Reads the stack's settings.
 * @param config the stack's configuration by full key, as `pulumi.runtime.allConfig` returns it
 * @throws {SettingsError} with every problem
 */
export function readSettings(config: Readonly<Record<string, string>>): Settings {
  const { values: settings, problems } = readTable(SETTINGS, (name) => config[keyOf(name)], keyOf);
  for (const key of Object.keys(config)) {
    if (!key.startsWith(PREFIX)) continue;
    const name = key.slice(PREFIX.length);
    const known = Object.hasOwn(SETTINGS, name) ? keyOf(name) : undefined;
    if (known === key) continue;
    const instead = known === undefined ? "" : `, and set ${known} instead`;
    problems.push(`${key} is not a setting: remove it with pulumi config rm ${key}${instead}`);
  }
  if (problems.length === 0) problems.push(...contradictions(settings as Settings));
  if (problems.length > 0) throw new SettingsError(problems);
  return settings as Settings;
}

function contradictions(settings: Settings): string[] {
  const { delivery, firestoreTrigger, firestoreLocation, callers, apiKeys, minInstances, maxInstances } = settings;
  const { autoscaling, kmsKey, eventsKmsKey, pushAudience } = settings;
  const problems: string[] = [];
  const conflict = fieldConflict(
    { name: "textField", value: settings.textField },
    { name: "resultField", value: settings.resultField },
  );
  if (conflict !== undefined) problems.push(conflict);
  if (settings.topic === settings.deadLetterTopic)
    problems.push(
      "deadLetterTopic is the topic itself, so dead-lettered messages would be redelivered for ever; set it to another name",
    );
  if (settings.subscription === settings.deadLetterTopic)
    problems.push(
      "subscription has the name of deadLetterTopic, as that topic's own subscription has; set it to another name",
    );
  if (firestoreTrigger && delivery === "pull")
    problems.push("firestoreTrigger needs delivery push: Eventarc calls a service, and a worker pool has no address");
  if (firestoreTrigger && firestoreLocation === undefined)
    problems.push(
      `firestoreLocation is not set; firestoreTrigger needs it, because a trigger must be in the location of its database: gcloud firestore databases describe --database='${settings.firestoreDatabase}' --project=${settings.project} --format='value(locationId)'`,
    );
  if (pushAudience !== undefined && !firestoreTrigger)
    problems.push(
      "pushAudience is set but firestoreTrigger is not, and Cloud Run would refuse pushes for another service's audience; remove it with pulumi config rm pushAudience",
    );
  if (delivery === "pull" && (apiKeys !== undefined || callers.length > 0))
    problems.push("apiKeys and callers need delivery push: a worker pool has no address to call");
  if (callers.length > 0 && apiKeys === undefined)
    problems.push("callers is set but apiKeys is not; without a key there is no POST /classify to call");
  if (minInstances > maxInstances) problems.push("minInstances is greater than maxInstances");
  if (autoscaling !== "none" && delivery === "push")
    problems.push("autoscaling needs delivery pull: a service that Pub/Sub pushes to scales by itself");
  if (kmsKey !== undefined && locationOf(kmsKey) !== settings.region)
    problems.push(`kmsKey is in ${locationOf(kmsKey)}, and it must be in the region, ${settings.region}`);
  if (eventsKmsKey !== undefined && !firestoreTrigger)
    problems.push("eventsKmsKey is set but firestoreTrigger is not; there are no events to encrypt");
  const [min, max] = MEMORY_MEBIBYTES[settings.cpu];
  if (mebibytes(settings.memory) < min)
    problems.push(`memory is ${settings.memory}, and ${settings.cpu} CPUs need at least ${min}Mi`);
  if (mebibytes(settings.memory) > max)
    problems.push(`memory is ${settings.memory}, and ${settings.cpu} CPUs can have at most ${max / 1024}Gi`);
  problems.push(...quotaProblems(settings));
  return problems;
}

/** Whether the platform changes the number of instances, up to `maxInstances`. */
function scales({ delivery, autoscaling }: Settings): boolean {
  return delivery === "push" || autoscaling !== "none";
}

/** The location in the full name of a key. */
function locationOf(key: string): string {
  return key.split("/")[3] as string;
}

/** An instance of the autoscaler that `crema` adds, of which there is one. */
export const AUTOSCALER_LIMITS = { cpu: "1", memory: "512Mi" };

/** Cloud Run refuses a deployment whose instances together may exceed a quota of the region. */
function quotaProblems(settings: Settings): string[] {
  const { cpu, memory, cpuQuota, memoryQuota } = settings;
  const setting = scales(settings) ? "maxInstances" : "instances";
  const count = settings[setting];
  const raise = (quota: string): string =>
    `lower ${setting}, or have the quota of Cloud Run in ${settings.region} raised (console, IAM & Admin, Quotas) and set ${quota} to it`;
  const problems: string[] = [];
  const autoscaler = settings.autoscaling === "crema" ? AUTOSCALER_LIMITS : undefined;
  if (Number(cpu) * count + Number(autoscaler?.cpu ?? 0) > cpuQuota)
    problems.push(
      `${setting} is ${count}, and ${count} × ${cpu} CPUs${autoscaler ? ` and ${autoscaler.cpu} for the autoscaler` : ""} exceed cpuQuota, which is ${cpuQuota}: ${raise("cpuQuota")}`,
    );
  if (mebibytes(memory) * count + mebibytes(autoscaler?.memory ?? "0Mi") > mebibytes(memoryQuota))
    problems.push(
      `${setting} is ${count}, and ${count} × ${memory}${autoscaler ? ` and ${autoscaler.memory} for the autoscaler` : ""} exceed memoryQuota, which is ${memoryQuota}: ${raise("memoryQuota")}`,
    );
  return problems;
}

/** Minimum and maximum memory of an instance, by its CPUs: https://cloud.google.com/run/docs/configuring/services/memory-limits */
const MEMORY_MEBIBYTES = {
  "1": [512, 4_096],
  "2": [512, 8_192],
  "4": [2_048, 16_384],
  "6": [4_096, 24_576],
  "8": [4_096, 32_768],
} as const;

function mebibytes(size: string): number {
  return Number.parseInt(size, 10) * (size.endsWith("Gi") ? 1024 : 1);
}

/** The id of the collection that holds the reviews: `reviews` of `shops/{shop}/reviews/{review}`. */
export function collectionOf(reviewsPath: string): string {
  return reviewsPath.split("/").at(-2) as string;
}
