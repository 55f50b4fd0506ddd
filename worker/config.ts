/**
 * Configuration comes from environment variables, which are read once at the start. The table below is the only list of them: the
 * reader, the reference page (`docs/reference/configuration.md`) and the infrastructure's settings derive from it.
 */
import { availableParallelism } from "node:os";
import { z } from "zod";
import { EXPECTED_LANGUAGES, parseLanguages } from "../model/language-tags.ts";
import { ExplainedError } from "../shared/explained-error.ts";
import { PathTemplate, RESERVED_NAME } from "../shared/path.ts";
import {
  API_KEY,
  DATABASE_ID,
  fieldConflict,
  listProblems,
  PROJECT_ID,
  PUBSUB_NAME,
  parsedBy,
  readTable,
  type Setting,
  SHARED,
} from "../shared/settings.ts";

/** The environment is not valid. The message lists every problem, one a line. */
export class ConfigError extends ExplainedError {
  override readonly name = "ConfigError";
  override readonly exitCode = 2;
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(listProblems("the configuration is not valid:", problems));
    this.problems = problems;
  }
}

/** A variable that holds a whole number between two limits. */
export const wholeNumber = (least: number, most: number) =>
  z.string().regex(/^\d+$/).transform(Number).pipe(z.number().min(least).max(most));

const pubsubName = z.string().regex(PUBSUB_NAME);

/** Names that need no quoting in a field path. */
export function isFieldName(name: string): boolean {
  return /^[^.[\]*`/~]+$/.test(name) && !RESERVED_NAME.test(name);
}

const trueOrFalse = () =>
  z
    .enum(["true", "false"])
    .transform((value) => value === "true")
    .default(false);

/** A variable of the worker, and the section of the reference page that shows it. */
interface Variable extends Setting {
  readonly description: string;
  readonly section: (typeof SECTIONS)[number];
}

/** Sections of the reference page, in their order. */
export const SECTIONS = [
  "Project, queue and documents",
  "Model and labels",
  "Throughput",
  "Delivery and HTTP",
  "Operation",
] as const;

export const VARIABLES = {
  GOOGLE_CLOUD_PROJECT: {
    section: "Project, queue and documents",
    schema: z.string().regex(PROJECT_ID).optional(),
    defaultText: "the credentials' project",
    description: "the project that contains the topics and the database",
    expects: "a project id such as my-shop-123, or leave it out to use the credentials' project",
  },
  FIRESTORE_DATABASE: {
    section: "Project, queue and documents",
    schema: z.string().regex(DATABASE_ID).default(SHARED.database.default),
    description: "the database that holds the reviews",
    expects: SHARED.database.expects,
  },
  PUBSUB_TOPIC: {
    section: "Project, queue and documents",
    schema: pubsubName.default(SHARED.topic.default),
    description: "the topic that `publish`, `replay` and `redrive` publish to",
    expects: SHARED.topic.expects,
  },
  PUBSUB_SUBSCRIPTION: {
    section: "Project, queue and documents",
    schema: pubsubName.default(SHARED.subscription.default),
    description: "the subscription that the worker pulls from",
    expects: SHARED.subscription.expects,
  },
  DEAD_LETTER_TOPIC: {
    section: "Project, queue and documents",
    schema: pubsubName.default(SHARED.deadLetterTopic.default),
    description: "the topic for messages that can never be processed",
    expects: SHARED.deadLetterTopic.expects,
  },
  DEAD_LETTER_SUBSCRIPTION: {
    section: "Project, queue and documents",
    schema: pubsubName.optional(),
    defaultText: "the name of `DEAD_LETTER_TOPIC`",
    description: "the subscription that `redrive` reads dead-lettered messages from",
    expects: "a subscription's name, not its path, or leave it out if it equals the name of DEAD_LETTER_TOPIC",
  },
  REVIEWS_PATH: {
    section: "Project, queue and documents",
    schema: z
      .string()
      .default(SHARED.reviewsPath.default)
      .transform(parsedBy((source) => PathTemplate.parse(source))),
    defaultText: `\`${SHARED.reviewsPath.default}\``,
    description:
      "the documents that are reviews, such as `shops/{shop}/reviews/{review}`; a message can name no other document",
    expects: SHARED.reviewsPath.expects,
  },
  TEXT_FIELD: {
    section: "Project, queue and documents",
    schema: z
      .string()
      .refine((path) => path.split(".").every(isFieldName))
      .default(SHARED.textField.default),
    description: "the field with the review's text; dots lead into maps, as in `content.body`",
    expects: SHARED.textField.expects,
  },
  RESULT_FIELD: {
    section: "Project, queue and documents",
    schema: z.string().refine(isFieldName).default(SHARED.resultField.default),
    description: "the field that the worker writes; it writes no other",
    expects: SHARED.resultField.expects,
  },
  MODEL: {
    section: "Model and labels",
    schema: z.string().min(1).default("lite"),
    description:
      "a model's name (`npm run model -- list` shows them), or the path of a text-classification folder in Hugging Face layout with `onnx/model_quantized.onnx` or `onnx/model.onnx`",
    expects: "a model's name, or the path of a model folder",
  },
  MODEL_MIRROR: {
    section: "Model and labels",
    schema: z
      .url({ protocol: /^https?$/ })
      .refine((url) => !URL.canParse(url) || new URL(url).username === "")
      .optional(),
    defaultText: "`https://huggingface.co`",
    description: "where `model fetch` downloads from",
    expects:
      "the address of a mirror of Hugging Face such as https://mirror.example/huggingface, without name and password",
    secret: true,
  },
  NEUTRAL: {
    section: "Model and labels",
    schema: z.enum(["on", "off"]).default("on"),
    description:
      "`off` removes the class NEUTRAL: the label is the stronger of the other classes, and their scores are renormalised",
    expects: "on or off",
  },
  NEUTRAL_BELOW: {
    section: "Model and labels",
    schema: z
      .string()
      .regex(/^(0(\.\d+)?|1(\.0+)?|\.\d+)$/)
      .transform(Number)
      .optional(),
    description: "if the strongest class scores below this number, the label is `NEUTRAL`; works with every model",
    expects: "a score from 0 to 1 such as 0.7, or leave it out to keep the strongest class",
  },
  LANGUAGES: {
    section: "Model and labels",
    schema: z.string().transform(parsedBy(parseLanguages)).optional(),
    defaultText: "the model's languages",
    description:
      "[the languages to label](../models.md#languages), such as `es,ca,pt,en`; a text that is certainly in another language gets the error `language-unsupported`; `any` labels every text",
    expects: EXPECTED_LANGUAGES,
  },
  INFERENCE_THREADS: {
    section: "Throughput",
    schema: wholeNumber(1, 256).default(() => availableParallelism()),
    defaultText: "one for each CPU",
    description: "threads that run the model, one session each",
    expects: "a whole number from 1 to 256, or leave it out to use one for each CPU",
  },
  MAX_BATCH_TOKENS: {
    section: "Throughput",
    schema: wholeNumber(1, 65_536).default(512),
    description: "maximum number of tokens in one run of the network, padding included",
    expects: "a whole number from 1 to 65536",
  },
  BATCHING: {
    section: "Throughput",
    schema: z.enum(["auto", "exact", "tokens"]).default("auto"),
    description:
      "`tokens` runs reviews together; `exact` runs each alone; `auto` runs them alone only if a score would otherwise depend on the rest of the batch",
    expects: "auto, exact or tokens",
  },
  MAX_BATCH_REVIEWS: {
    section: "Throughput",
    schema: wholeNumber(SHARED.maxBatchReviews.least, SHARED.maxBatchReviews.most).default(
      SHARED.maxBatchReviews.default,
    ),
    description: "maximum number of reviews that are loaded and saved together",
    expects: SHARED.maxBatchReviews.expects,
  },
  MAX_CONCURRENT_BATCHES: {
    section: "Throughput",
    schema: wholeNumber(1, 64).default(4),
    description:
      "maximum number of batches in flight; with more than one, loading and saving overlap with classification",
    expects: "a whole number from 1 to 64",
  },
  MAX_OUTSTANDING: {
    section: "Throughput",
    schema: wholeNumber(1, 10_000).default(256),
    description:
      "maximum number of messages in flight; with `DELIVERY=push`, further pushes get 429 and are redelivered",
    expects: "a whole number from 1 to 10000",
  },
  DELIVERY: {
    section: "Delivery and HTTP",
    schema: z.enum(["pull", "push"]).default("pull"),
    description:
      "`pull` subscribes to `PUBSUB_SUBSCRIPTION`; `push` takes messages by HTTP, for a service that scales to zero",
    expects: "pull or push",
  },
  PORT: {
    section: "Delivery and HTTP",
    schema: wholeNumber(0, 65_535).optional(),
    defaultText: "`8080` with push and in a worker pool of Cloud Run; otherwise no server with pull",
    description: "the port of the HTTP server; with pull, setting it starts the server",
    expects: "a port number, or leave it out to run no HTTP server in pull mode",
  },
  ACK_DEADLINE_SECONDS: {
    section: "Delivery and HTTP",
    // Pub/Sub's own range: https://cloud.google.com/pubsub/docs/subscription-properties
    schema: wholeNumber(10, 600).default(60),
    description:
      "with push: the ack deadline of the push subscription; if there are several, the shortest. The worker nacks a message that is not settled after nine tenths of this time, or whose requests to Firestore have failed for three quarters of it (at most 45 s). Not used with pull, where the client extends the deadline",
    expects: "a whole number from 10 to 600, the ack deadline of the push subscription in seconds",
  },
  PUSH_AUDIENCE: {
    section: "Delivery and HTTP",
    schema: z.string().min(1).optional(),
    description:
      "required with push, except on the emulator: the audience of the tokens that the subscription or trigger sends",
    expects: "the audience of the push subscription, usually the service's URL",
  },
  PUSH_SERVICE_ACCOUNT: {
    section: "Delivery and HTTP",
    schema: z.email().optional(),
    description:
      "required with push, except on the emulator: the service account that the subscription or trigger authenticates as",
    expects: "the e-mail of the service account that the subscription authenticates as",
  },
  PUSH_TRUST_PLATFORM: {
    section: "Delivery and HTTP",
    schema: trueOrFalse(),
    description:
      "`true` also accepts tokens whose signature Cloud Run has verified and removed; only for a service that is not public",
    expects: "true or false",
  },
  API_KEYS: {
    section: "Delivery and HTTP",
    schema: z
      .string()
      .transform((keys) => keys.split(",").map((key) => key.trim()))
      .pipe(z.array(z.string().regex(API_KEY)))
      .default([]),
    defaultText: "none",
    description: "comma-separated keys of at least 16 ASCII characters; setting one enables `POST /classify`",
    expects: SHARED.apiKeys.expects,
    secret: true,
  },
  ALLOW_LEGACY_GET: {
    section: "Delivery and HTTP",
    schema: trueOrFalse(),
    description:
      "`true` enables `GET /?review=…&api_key=…`, which puts the key and the text into URLs and therefore into access logs",
    expects: "true or false",
  },
  SHUTDOWN_GRACE_MS: {
    section: "Operation",
    schema: wholeNumber(3_000, 3_600_000).default(8_000),
    description: "the shutdown grace period: milliseconds from SIGTERM to exit; Cloud Run kills a process after 10000",
    expects: "milliseconds from 3000 to 3600000; Cloud Run kills a process after 10000",
  },
  LOG_LEVEL: {
    section: "Operation",
    schema: z.enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"]).default("info"),
    description: "the least severe level that is logged; `debug` logs every settled message",
    expects: "fatal, error, warn, info, debug, trace or silent",
  },
} as const satisfies Record<string, Variable>;

/** Variables of other software that the worker respects. They are documented here and read where they apply. */
export const FOREIGN_VARIABLES: Readonly<Record<string, string>> = {
  PUBSUB_EMULATOR_HOST: "`host:port` of a Pub/Sub emulator to use instead of Google Cloud",
  FIRESTORE_EMULATOR_HOST: "`host:port` of a Firestore emulator to use instead of Google Cloud",
  GOOGLE_APPLICATION_CREDENTIALS: "a credentials file, if the environment does not provide credentials",
  "OTEL_*": "any of OpenTelemetry's variables enables telemetry, for example `OTEL_EXPORTER_OTLP_ENDPOINT`",
  "HTTPS_PROXY, NO_PROXY":
    "the proxy for downloads of models (before Node 24.14, with `NODE_USE_ENV_PROXY=1`), credentials and Google's REST interfaces. On Google Cloud, exempt the metadata server: `NO_PROXY=metadata.google.internal,169.254.169.254`",
  "https_proxy, no_proxy":
    "in lower case: the same proxy for Firestore and Pub/Sub, whose clients read only these names",
  NO_COLOR: "any value turns colours off",
};

/** A name, and what is left of it without each of its characters. Names that differ by one typing error have one of these in common. */
function nearby(name: string): Set<string> {
  return new Set([name, ...Array.from(name, (_, i) => name.slice(0, i) + name.slice(i + 1))]);
}

/** What is nearby each variable. The names of an environment are compared with all of them. */
let nearVariables: readonly (readonly [name: string, near: ReadonlySet<string>])[] | undefined;

/** The variable that a name is probably meant to be, which would keep its default without a word. */
export function meantVariable(name: string): string | undefined {
  if (Object.hasOwn(VARIABLES, name)) return undefined;
  nearVariables ??= Object.keys(VARIABLES).map((one) => [one, nearby(one)]);
  const parts = [...nearby(name)];
  return nearVariables.find(([, near]) => parts.some((part) => near.has(part)))?.[0];
}

/** A sentence for each variable of the environment whose name is probably mistyped. */
export function mistypedVariables(env: Readonly<Record<string, string | undefined>>): string[] {
  return Object.keys(env).flatMap((name) => {
    // Names of one word may be another program's, such as LANGUAGE.
    const meant = name.includes("_") ? meantVariable(name) : undefined;
    return meant === undefined ? [] : [`${name} is set, but there is no such setting; did you mean ${meant}?`];
  });
}

type Variables = typeof VARIABLES;

/** The environment's variables by their own names, parsed, with defaults. */
export type Config = {
  readonly [Name in keyof Variables]: z.infer<Variables[Name]["schema"]>;
};

/** The port of the HTTP server where `PORT` is not set. */
const DEFAULT_PORT = 8080;

/** Names that must differ but are equal. */
function nameConflicts(values: Partial<Config>): string[] {
  const { PUBSUB_TOPIC, PUBSUB_SUBSCRIPTION, DEAD_LETTER_TOPIC, DEAD_LETTER_SUBSCRIPTION } = values;
  const { TEXT_FIELD, RESULT_FIELD } = values;
  const conflicts: string[] = [];
  if (DEAD_LETTER_TOPIC !== undefined && DEAD_LETTER_TOPIC === PUBSUB_TOPIC)
    conflicts.push(
      `DEAD_LETTER_TOPIC is "${DEAD_LETTER_TOPIC}", like PUBSUB_TOPIC, so the worker would receive an invalid message again forever; set it to another topic`,
    );
  const subscription = DEAD_LETTER_SUBSCRIPTION ?? DEAD_LETTER_TOPIC;
  if (subscription !== undefined && subscription === PUBSUB_SUBSCRIPTION)
    conflicts.push(
      `DEAD_LETTER_SUBSCRIPTION is "${subscription}"${DEAD_LETTER_SUBSCRIPTION === undefined ? " by default" : ""}, like PUBSUB_SUBSCRIPTION, so redrive would publish every message again; set it to the subscription of the dead-letter topic`,
    );
  if (TEXT_FIELD !== undefined && RESULT_FIELD !== undefined) {
    const conflict = fieldConflict(
      { name: "TEXT_FIELD", value: TEXT_FIELD },
      { name: "RESULT_FIELD", value: RESULT_FIELD },
    );
    if (conflict !== undefined) conflicts.push(conflict);
  }
  return conflicts;
}

/**
 * Reads the configuration. An empty variable counts as not set.
 * @throws {ConfigError} with every problem
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const { values, problems } = readTable(VARIABLES, (name) => env[name]);
  problems.push(...nameConflicts(values as Partial<Config>));
  // The emulator pushes without a token. Anywhere else an unchecked push would let everybody in.
  if (values.DELIVERY === "push" && !env.PUBSUB_EMULATOR_HOST) {
    for (const name of ["PUSH_AUDIENCE", "PUSH_SERVICE_ACCOUNT"] as const)
      if (values[name] === undefined && !problems.some((problem) => problem.startsWith(name)))
        problems.push(`${name} is not set; DELIVERY=push needs it: set it to ${VARIABLES[name].expects}`);
  }
  if (problems.length > 0) throw new ConfigError(problems);
  // The probes of a worker pool need a server. Cloud Run sets `PORT` only for services, and reserves the name.
  if (values.DELIVERY === "push" || env.CLOUD_RUN_WORKER_POOL) values.PORT ??= DEFAULT_PORT;
  return values as Config;
}
