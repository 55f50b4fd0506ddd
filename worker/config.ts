/** Configuration is by environment variables, read once at the start. */
import { availableParallelism } from "node:os";
import { z } from "zod";
import { PathTemplate } from "../shared/path.ts";

/** All that is wrong with the environment, a line a variable. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`the configuration is wrong:\n${problems.map((p) => `  ${p}`).join("\n")}`);
    this.problems = problems;
  }
}

const wholeNumber = (least: number, most: number) =>
  z.string().regex(/^\d+$/).transform(Number).pipe(z.number().min(least).max(most));

// https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names
const resourceName = z.string().regex(/^(?!goog)[A-Za-z][\w.~+%-]{2,254}$/);

/** Names that need no quoting in a field path. https://firebase.google.com/docs/firestore/quotas#collections_documents_and_fields */
export function isFieldName(name: string): boolean {
  return /^[^.[\]*`/~]+$/.test(name) && !/^__.*__$/.test(name);
}

const trueOrFalse = () =>
  z
    .enum(["true", "false"])
    .transform((value) => value === "true")
    .default(false);

/** Each variable: how it is read, its default, and what to say when it is wrong. */
const VARIABLES = {
  GOOGLE_CLOUD_PROJECT: {
    schema: z
      .string()
      .regex(/^[a-z][a-z0-9.:-]{4,62}$/)
      .optional(),
    expects: "a project id such as my-shop-123, or leave it out to use the credentials' project",
  },
  FIRESTORE_DATABASE: {
    schema: z
      .string()
      .regex(/^(\(default\)|[a-z][a-z0-9-]{2,61}[a-z0-9])$/)
      .default("(default)"),
    expects: "a Firestore database id such as (default)",
  },
  PUBSUB_TOPIC: {
    schema: resourceName.default("reviews"),
    expects: "a topic's name, not its path, such as reviews",
  },
  PUBSUB_SUBSCRIPTION: {
    schema: resourceName.default("review-sentiment"),
    expects: "a subscription's name, not its path, such as review-sentiment",
  },
  DEAD_LETTER_TOPIC: {
    schema: resourceName.default("reviews-dead-letter"),
    expects: "a topic's name, not its path, such as reviews-dead-letter",
  },
  DEAD_LETTER_SUBSCRIPTION: {
    schema: resourceName.optional(),
    expects: "a subscription's name, not its path, or leave it out where it has the name of DEAD_LETTER_TOPIC",
  },
  DELIVERY: {
    schema: z.enum(["pull", "push"]).default("pull"),
    expects: "pull or push",
  },
  REVIEWS_PATH: {
    schema: z
      .string()
      .default("reviews/{review}")
      .transform((source, context) => {
        try {
          return PathTemplate.parse(source);
        } catch (error) {
          context.addIssue((error as Error).message);
          return z.NEVER;
        }
      }),
    expects: "a template of document paths such as reviews/{review} or shops/{shop}/reviews/{review}",
  },
  TEXT_FIELD: {
    schema: z
      .string()
      .refine((path) => path.split(".").every(isFieldName))
      .default("text"),
    expects: "a field of the review's document such as text or content.body",
  },
  RESULT_FIELD: {
    schema: z.string().refine(isFieldName).default("sentiment"),
    expects: "the name of a top-level field such as sentiment",
  },
  MODEL: {
    schema: z.string().min(1).default("lite"),
    expects: "lite, distilbert-sst2, or the path of a model folder",
  },
  MODEL_MIRROR: {
    schema: z
      .url({ protocol: /^https?$/ })
      .refine((url) => !URL.canParse(url) || new URL(url).username === "")
      .optional(),
    expects:
      "the address of a mirror of Hugging Face such as https://mirror.example/huggingface, without name and password",
    secret: true,
  },
  NEUTRAL_BELOW: {
    schema: z
      .string()
      .regex(/^(0(\.\d+)?|1(\.0+)?|\.\d+)$/)
      .transform(Number)
      .optional(),
    expects: "a score from 0 to 1 such as 0.7, or leave it out to have no NEUTRAL label",
  },
  MAX_BATCH_REVIEWS: {
    schema: wholeNumber(1, 500).default(64),
    expects: "a whole number from 1 to 500",
  },
  MAX_BATCH_TOKENS: {
    schema: wholeNumber(1, 65_536).default(512),
    expects: "a whole number from 1 to 65536",
  },
  BATCHING: {
    schema: z.enum(["auto", "exact", "tokens"]).default("auto"),
    expects: "auto, exact or tokens",
  },
  MAX_CONCURRENT_BATCHES: {
    schema: wholeNumber(1, 64).default(4),
    expects: "a whole number from 1 to 64",
  },
  MAX_OUTSTANDING: {
    schema: wholeNumber(1, 10_000).default(256),
    expects: "a whole number from 1 to 10000",
  },
  INFERENCE_THREADS: {
    schema: wholeNumber(1, 256).default(() => availableParallelism()),
    expects: "a whole number from 1 to 256, or leave it out to use one a CPU",
  },
  PORT: {
    schema: wholeNumber(0, 65_535).optional(),
    expects: "a port number, or leave it out to have no HTTP server in pull mode",
  },
  PUSH_AUDIENCE: {
    schema: z.string().min(1).optional(),
    expects: "the audience of the push subscription, mostly the service's URL",
  },
  PUSH_SERVICE_ACCOUNT: {
    schema: z.email().optional(),
    expects: "the e-mail of the service account in whose name the subscription pushes",
  },
  PUSH_TRUST_PLATFORM: {
    schema: trueOrFalse(),
    expects: "true or false",
  },
  API_KEYS: {
    schema: z
      .string()
      .transform((keys) => keys.split(",").map((key) => key.trim()))
      .pipe(z.array(z.string().min(16)))
      .default([]),
    expects: "keys of at least 16 characters with commas between, or leave it out to have no direct classification",
    secret: true,
  },
  ALLOW_LEGACY_GET: {
    schema: trueOrFalse(),
    expects: "true or false",
  },
  SHUTDOWN_GRACE_MS: {
    schema: wholeNumber(3_000, 3_600_000).default(8_000),
    expects: "milliseconds from 3000 to 3600000; Cloud Run kills after 10000",
  },
  LOG_LEVEL: {
    schema: z.enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"]).default("info"),
    expects: "fatal, error, warn, info, debug, trace or silent",
  },
} as const;

type Variables = typeof VARIABLES;

/** The environment's variables by their own names, parsed, with defaults. */
export type Config = {
  readonly [Name in keyof Variables]: z.infer<Variables[Name]["schema"]>;
};

/**
 * Reads the configuration. An empty variable counts as not set.
 * @throws {ConfigError} with every problem
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const problems: string[] = [];
  const config: Record<string, unknown> = {};
  for (const [name, { schema, expects, ...more }] of Object.entries(VARIABLES)) {
    const parsed = schema.safeParse(env[name] || undefined);
    if (parsed.success) config[name] = parsed.data;
    else {
      const why = parsed.error.issues.find(({ code }) => code === "custom");
      problems.push(
        `${name} is ${"secret" in more ? "wrong" : JSON.stringify(env[name])}${why === undefined ? "" : `: ${why.message}`}; set it to ${expects}`,
      );
    }
  }
  if (config.TEXT_FIELD !== undefined && config.RESULT_FIELD !== undefined) {
    const [top] = String(config.TEXT_FIELD).split(".");
    if (top === config.RESULT_FIELD)
      problems.push(
        `RESULT_FIELD is "${top}", where TEXT_FIELD has the text; the worker would overwrite it: set it to another field`,
      );
  }
  // The emulator pushes without a token; anywhere else a push that nobody checks would let everybody in.
  if (config.DELIVERY === "push" && !env.PUBSUB_EMULATOR_HOST) {
    for (const name of ["PUSH_AUDIENCE", "PUSH_SERVICE_ACCOUNT"] as const)
      if (config[name] === undefined && !problems.some((problem) => problem.startsWith(name)))
        problems.push(`${name} is not set; DELIVERY=push needs it: set it to ${VARIABLES[name].expects}`);
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return config as Config;
}
