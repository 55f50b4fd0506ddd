import { describe, expect, test } from "vitest";
import { ConfigError, mistypedVariables, readConfig } from "../../worker/config.ts";

/** The problems of an environment that must have at least one. */
function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  throw new Error("the environment was accepted");
}

describe("an empty environment", () => {
  test("gives the defaults", () => {
    expect(readConfig({})).toMatchObject({
      FIRESTORE_DATABASE: "(default)",
      PUBSUB_TOPIC: "reviews",
      PUBSUB_SUBSCRIPTION: "review-sentiment",
      DEAD_LETTER_TOPIC: "reviews-dead-letter",
      DELIVERY: "pull",
      REVIEWS_PATH: { source: "reviews/{review}" },
      TEXT_FIELD: "text",
      RESULT_FIELD: "sentiment",
      MODEL: "lite",
      MAX_BATCH_REVIEWS: 64,
      MAX_BATCH_TOKENS: 512,
      BATCHING: "auto",
      NEUTRAL: "on",
      MAX_CONCURRENT_BATCHES: 4,
      MAX_OUTSTANDING: 256,
      API_KEYS: [],
      ALLOW_LEGACY_GET: false,
      SHUTDOWN_GRACE_MS: 8_000,
      LOG_LEVEL: "info",
    });
  });

  test("leaves the project to the credentials, the languages to the model, and runs no HTTP server", () => {
    const { GOOGLE_CLOUD_PROJECT, NEUTRAL_BELOW, LANGUAGES, PORT } = readConfig({});
    expect({ GOOGLE_CLOUD_PROJECT, NEUTRAL_BELOW, LANGUAGES, PORT }).toEqual({});
  });

  test("listens on 8080 with push and in a worker pool of Cloud Run", () => {
    expect(readConfig({ DELIVERY: "push", PUBSUB_EMULATOR_HOST: "localhost:8085" }).PORT).toBe(8080);
    expect(readConfig({ CLOUD_RUN_WORKER_POOL: "review-sentiment" }).PORT).toBe(8080);
    expect(readConfig({ CLOUD_RUN_WORKER_POOL: "review-sentiment", PORT: "9090" }).PORT).toBe(9090);
  });

  test("uses at least one inference thread", () => {
    expect(readConfig({}).INFERENCE_THREADS).toBeGreaterThanOrEqual(1);
  });
});

test("every variable is read, and numbers become numbers", () => {
  const config = readConfig({
    GOOGLE_CLOUD_PROJECT: "my-shop-123",
    FIRESTORE_DATABASE: "reviews-eu",
    PUBSUB_TOPIC: "feedback",
    PUBSUB_SUBSCRIPTION: "feedback.tags",
    DEAD_LETTER_TOPIC: "feedback-dead",
    DELIVERY: "push",
    PORT: "8080",
    PUSH_AUDIENCE: "https://worker.example",
    PUSH_SERVICE_ACCOUNT: "push@my-shop-123.iam.gserviceaccount.com",
    API_KEYS: "0123456789abcdef, fedcba9876543210",
    ALLOW_LEGACY_GET: "true",
    REVIEWS_PATH: "shops/{shop}/reviews/{review}",
    TEXT_FIELD: "content.body",
    RESULT_FIELD: "tag",
    MODEL: "/models/mine",
    NEUTRAL: "off",
    NEUTRAL_BELOW: "0.7",
    LANGUAGES: "es, ca,PT,es",
    MAX_BATCH_REVIEWS: "1",
    MAX_BATCH_TOKENS: "4096",
    BATCHING: "exact",
    MODEL_MIRROR: "https://mirror.example/huggingface",
    MAX_CONCURRENT_BATCHES: "2",
    MAX_OUTSTANDING: "10",
    INFERENCE_THREADS: "3",
    SHUTDOWN_GRACE_MS: "5000",
    LOG_LEVEL: "debug",
    SOMETHING_ELSE: "is ignored",
  });
  expect(config).toMatchObject({
    GOOGLE_CLOUD_PROJECT: "my-shop-123",
    FIRESTORE_DATABASE: "reviews-eu",
    PUBSUB_TOPIC: "feedback",
    PUBSUB_SUBSCRIPTION: "feedback.tags",
    DEAD_LETTER_TOPIC: "feedback-dead",
    DELIVERY: "push",
    PORT: 8080,
    PUSH_AUDIENCE: "https://worker.example",
    PUSH_SERVICE_ACCOUNT: "push@my-shop-123.iam.gserviceaccount.com",
    API_KEYS: ["0123456789abcdef", "fedcba9876543210"],
    ALLOW_LEGACY_GET: true,
    REVIEWS_PATH: { variables: ["shop", "review"] },
    TEXT_FIELD: "content.body",
    RESULT_FIELD: "tag",
    MODEL: "/models/mine",
    NEUTRAL: "off",
    NEUTRAL_BELOW: 0.7,
    LANGUAGES: ["es", "ca", "pt"],
    MAX_BATCH_REVIEWS: 1,
    MAX_BATCH_TOKENS: 4096,
    BATCHING: "exact",
    MODEL_MIRROR: "https://mirror.example/huggingface",
    MAX_CONCURRENT_BATCHES: 2,
    MAX_OUTSTANDING: 10,
    INFERENCE_THREADS: 3,
    SHUTDOWN_GRACE_MS: 5000,
    LOG_LEVEL: "debug",
  });
  expect(config).not.toHaveProperty("SOMETHING_ELSE");
});

/** For each variable, an invalid value and what the message must recommend. */
const WRONG: Record<string, [value: string, remedy: string]> = {
  GOOGLE_CLOUD_PROJECT: ["My Shop", "my-shop-123"],
  FIRESTORE_DATABASE: ["default)", "(default)"],
  PUBSUB_TOPIC: ["projects/p/topics/reviews", "a topic's name, not its path"],
  PUBSUB_SUBSCRIPTION: ["projects/p/subscriptions/s", "a subscription's name, not its path"],
  DEAD_LETTER_TOPIC: ["no", "such as reviews-dead-letter"],
  DELIVERY: ["pigeon", "pull"],
  REVIEWS_PATH: ["reviews", "reviews/{review}"],
  TEXT_FIELD: ["content..body", "content.body"],
  RESULT_FIELD: ["a.b", "top-level field"],
  NEUTRAL: ["yes", "on or off"],
  NEUTRAL_BELOW: ["70%", "a score from 0 to 1"],
  LANGUAGES: ["English", "such as es,ca,pt,en"],
  MAX_BATCH_REVIEWS: ["0", "1 to 500"],
  MAX_BATCH_TOKENS: ["many", "1 to 65536"],
  BATCHING: ["padded", "auto, exact or tokens"],
  MAX_CONCURRENT_BATCHES: ["-1", "1 to 64"],
  MAX_OUTSTANDING: ["1e3", "1 to 10000"],
  INFERENCE_THREADS: ["1.5", "1 to 256"],
  PORT: ["http", "a port number"],
  PUSH_SERVICE_ACCOUNT: ["push", "the e-mail of the service account"],
  ALLOW_LEGACY_GET: ["yes", "true or false"],
  SHUTDOWN_GRACE_MS: ["2999", "3000 to 3600000"],
  LOG_LEVEL: ["loud", "fatal, error, warn, info, debug, trace or silent"],
};

describe("an environment that is not valid", () => {
  const env = Object.fromEntries(Object.entries(WRONG).map(([name, [value]]) => [name, value]));

  test("reports all problems at once", () => {
    expect(problemsOf(env)).toHaveLength(Object.keys(WRONG).length);
  });

  test.each(Object.entries(WRONG))("names %s, its value and what to set", (name, [value, remedy]) => {
    const [problem, ...more] = problemsOf(env).filter((p) => p.startsWith(`${name} `));
    expect(more).toEqual([]);
    expect(problem).toContain(JSON.stringify(value));
    expect(problem?.slice(problem.indexOf("set it to"))).toContain(remedy);
  });

  test("lists every problem in the error's message, one per line", () => {
    expect(() => readConfig(env)).toThrow(ConfigError);
    const problems = problemsOf(env);
    const { message } = new ConfigError(problems);
    expect(message.split("\n")).toHaveLength(problems.length + 1);
    for (const problem of problems) expect(message).toContain(problem);
  });

  test("lists the languages that can be detected, if LANGUAGES has another", () => {
    expect(problemsOf({ LANGUAGES: "es,gl,pt-BR" }).join()).toMatch(/"gl" and "pt-BR" cannot be .* am, .*ca, .*zh;/i);
    for (const LANGUAGES of [",", "es,", "any,es"]) expect(problemsOf({ LANGUAGES })).toHaveLength(1);
  });

  test("explains an error in a path template", () => {
    expect(problemsOf({ REVIEWS_PATH: "reviews/abc" }).join()).toContain("last segment must be a variable");
  });
});

describe("limits:", () => {
  test.each([
    ["MAX_BATCH_REVIEWS", 1, 500],
    ["MAX_BATCH_TOKENS", 1, 65_536],
    ["MAX_CONCURRENT_BATCHES", 1, 64],
    ["MAX_OUTSTANDING", 1, 10_000],
    ["INFERENCE_THREADS", 1, 256],
    ["PORT", 0, 65_535],
    ["SHUTDOWN_GRACE_MS", 3_000, 3_600_000],
  ] as const)("%s is from %d to %d", (name, least, most) => {
    expect(readConfig({ [name]: String(least) })[name]).toBe(least);
    expect(readConfig({ [name]: String(most) })[name]).toBe(most);
    expect(problemsOf({ [name]: String(least - 1) })).toHaveLength(1);
    expect(problemsOf({ [name]: String(most + 1) })).toHaveLength(1);
  });

  test.each([
    ["0", 0],
    ["0.75", 0.75],
    [".5", 0.5],
    ["1", 1],
    ["1.0", 1],
  ])("NEUTRAL_BELOW may be %s", (text, value) => {
    expect(readConfig({ NEUTRAL_BELOW: text }).NEUTRAL_BELOW).toBe(value);
  });

  test.each(["1.01", "-0.1", "2", "0,5", "NaN", "1e-1", " 0.5"])("NEUTRAL_BELOW may not be %j", (text) => {
    expect(problemsOf({ NEUTRAL_BELOW: text })).toHaveLength(1);
  });
});

describe("an empty variable counts as not set:", () => {
  test.each([...Object.keys(WRONG), "MODEL", "API_KEYS", "PUSH_AUDIENCE"])("%s", (name) => {
    const key = name as keyof ReturnType<typeof readConfig>;
    expect(readConfig({ [name]: "" })[key]).toEqual(readConfig({})[key]);
  });
});

describe("the result field", () => {
  test("may not be the text field", () => {
    expect(problemsOf({ TEXT_FIELD: "review", RESULT_FIELD: "review" }).join()).toMatch(/RESULT_FIELD.*TEXT_FIELD/);
  });

  test("may not be the map that holds the text", () => {
    expect(problemsOf({ TEXT_FIELD: "review.text", RESULT_FIELD: "review" }).join()).toMatch(
      /RESULT_FIELD.*TEXT_FIELD/,
    );
  });

  test("may not be the default text field, nor the text field the default result field", () => {
    expect(problemsOf({ TEXT_FIELD: "sentiment" })).toHaveLength(1);
    expect(problemsOf({ RESULT_FIELD: "text" })).toHaveLength(1);
  });

  test("may have a name that starts with the text field's name", () => {
    expect(readConfig({ TEXT_FIELD: "text", RESULT_FIELD: "textSentiment" }).RESULT_FIELD).toBe("textSentiment");
  });

  test("may have the name of a field inside the text's map", () => {
    expect(readConfig({ TEXT_FIELD: "content.sentiment", RESULT_FIELD: "sentiment" }).RESULT_FIELD).toBe("sentiment");
  });

  test("is reported together with other problems", () => {
    expect(problemsOf({ TEXT_FIELD: "x", RESULT_FIELD: "x", LOG_LEVEL: "loud" })).toHaveLength(2);
  });
});

describe("names with which the worker would receive its own dead letters or overwrite people's decisions", () => {
  test.each([
    [
      { DEAD_LETTER_TOPIC: "reviews", DEAD_LETTER_SUBSCRIPTION: "dead" },
      /^DEAD_LETTER_TOPIC is "reviews", like PUBSUB_TOPIC/,
    ],
    [{ PUBSUB_SUBSCRIPTION: "reviews-dead-letter" }, /^DEAD_LETTER_SUBSCRIPTION is "reviews-dead-letter" by default/],
    [{ DEAD_LETTER_SUBSCRIPTION: "review-sentiment" }, /^DEAD_LETTER_SUBSCRIPTION is "review-sentiment", like/],
    [{ RESULT_FIELD: "triage" }, /^RESULT_FIELD is "triage", which is where the dashboard keeps/],
  ])("are refused: %j", (env, message) => {
    expect(problemsOf(env)).toEqual([expect.stringMatching(message)]);
  });

  test("do not include a subscription with the topic's name", () => {
    expect(readConfig({ PUBSUB_SUBSCRIPTION: "reviews" }).PUBSUB_SUBSCRIPTION).toBe("reviews");
  });
});

describe("the mirror of models", () => {
  test.each(["hub.example", "ftp://hub.example", "file:///models", "https://me:hunter2@hub.example"])(
    "may not be %s, which is not shown: a password could be in it",
    (mirror) => {
      const [problem] = problemsOf({ MODEL_MIRROR: mirror });
      expect(problem).toMatch(/^MODEL_MIRROR is not valid.*https:\/\/mirror\.example\/huggingface/);
      expect(problem).not.toContain(mirror.split("//").at(-1));
    },
  );
});

describe("API keys", () => {
  test("with fewer than 16 characters are refused, and never shown", () => {
    const [problem] = problemsOf({ API_KEYS: "0123456789abcdef,hunter2" });
    expect(problem).toMatch(/^API_KEYS .*at least 16 ASCII characters/);
    expect(problem).not.toContain("hunter2");
    expect(problem).not.toContain("0123456789abcdef");
  });

  test("that no HTTP header can carry are refused", () => {
    expect(problemsOf({ API_KEYS: "schlüssel-schlüssel" })[0]).toMatch(/^API_KEYS .* ASCII characters/);
  });

  test.each(["0123456789abcdef,", ",", "0123456789abcdef,,fedcba9876543210"])("may not be empty: %j", (keys) => {
    expect(problemsOf({ API_KEYS: keys })).toHaveLength(1);
  });
});

describe("push delivery", () => {
  const token = { PUSH_AUDIENCE: "https://worker.example", PUSH_SERVICE_ACCOUNT: "push@example.com" };

  test("needs to know which tokens to accept", () => {
    const problems = problemsOf({ DELIVERY: "push" });
    expect(problems).toHaveLength(2);
    expect(problems[0]).toMatch(/^PUSH_AUDIENCE is not set.*set it to/);
    expect(problems[1]).toMatch(/^PUSH_SERVICE_ACCOUNT is not set.*set it to/);
    expect(readConfig({ DELIVERY: "push", ...token })).toMatchObject(token);
  });

  test.each(["PUSH_AUDIENCE", "PUSH_SERVICE_ACCOUNT"])("needs %s, not only the other", (name) => {
    expect(problemsOf({ DELIVERY: "push", ...token, [name]: "" })).toHaveLength(1);
  });

  test("reports a wrong value once", () => {
    expect(problemsOf({ DELIVERY: "push", ...token, PUSH_SERVICE_ACCOUNT: "push" })).toHaveLength(1);
  });

  test("needs no tokens from the emulator", () => {
    expect(readConfig({ DELIVERY: "push", PUBSUB_EMULATOR_HOST: "127.0.0.1:8085" }).DELIVERY).toBe("push");
  });

  test("still needs tokens if the emulator's variable is set but empty", () => {
    expect(problemsOf({ DELIVERY: "push", PUBSUB_EMULATOR_HOST: "" })).toHaveLength(2);
  });
});

test("names of variables that are probably mistyped are found, but not those of other programs", () => {
  expect(mistypedVariables({ TEXT_FEILD: "body", API_KEY: "k", MAX_OUTSTANDINGS: "1" })).toEqual([
    expect.stringMatching(/^TEXT_FEILD .* did you mean TEXT_FIELD\?$/),
    expect.stringMatching(/^API_KEY .* did you mean API_KEYS\?$/),
    expect.stringMatching(/^MAX_OUTSTANDINGS .* did you mean MAX_OUTSTANDING\?$/),
  ]);
  expect(
    mistypedVariables({ TEXT_FIELD: "body", LANGUAGE: "en_GB:en", MODE: "x", K_SERVICE: "x", LOG_FORMAT: "x" }),
  ).toEqual([]);
});

describe("field names that Firestore reserves are refused:", () => {
  test.each(["RESULT_FIELD", "TEXT_FIELD"])("%s=__name__", (name) => {
    expect(problemsOf({ [name]: "__name__" }).join()).toContain(name);
  });
});
