/**
 * One reader for every table of settings: the worker's environment variables and the settings of the infrastructure. It reports all
 * problems together, and never shows the value of a secret. This file imports no package, because the infrastructure is installed
 * without the worker's.
 */

/** What a schema has to offer; a zod schema does. */
export interface Schema<T> {
  safeParse(
    value: unknown,
  ):
    | { success: true; data: T }
    | { success: false; error: { issues: readonly { code?: string | undefined; message: string }[] } };
}

/** One setting: how it is read, and what people are told about it. */
export interface Setting<T = unknown> {
  readonly schema: Schema<T>;
  /** What it does: a phrase for the reference page, in Markdown. */
  readonly description?: string;
  /** What a valid value is: it completes "set it to …". */
  readonly expects: string;
  /** The default as people read it, where the schema's own does not say it. */
  readonly defaultText?: string;
  /** The value is never shown. */
  readonly secret?: true;
}

/**
 * Reads every setting of a table. An empty value counts as not set.
 * @param textOf the text that is set for a setting, by its name in the table
 * @param nameOf what people call the setting
 * @returns the values that are valid, and a sentence for each that is not
 */
export function readTable(
  table: Readonly<Record<string, Setting>>,
  textOf: (name: string) => string | undefined,
  nameOf: (name: string) => string = (name) => name,
): { values: Record<string, unknown>; problems: string[] } {
  const values: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const [name, { schema, expects, secret }] of Object.entries(table)) {
    const value = textOf(name) || undefined;
    const parsed = schema.safeParse(value);
    if (parsed.success) {
      values[name] = parsed.data;
      continue;
    }
    const state = value === undefined ? "not set" : secret ? "not valid" : JSON.stringify(value);
    // A schema's own message explains a value that has a grammar; zod's default message for a failed refinement explains nothing.
    const why = parsed.error.issues.find(({ code, message }) => code === "custom" && message !== "Invalid input");
    problems.push(`${nameOf(name)} is ${state}${why === undefined ? "" : `: ${why.message}`}; set it to ${expects}`);
  }
  return { values, problems };
}

/**
 * A transformation for a schema, by a parser that throws an error about text that it cannot read. `context` is what zod passes, and it
 * takes no notice of the result for text with an issue.
 */
export function parsedBy<T>(
  parse: (text: string) => T,
): (text: string, context: { addIssue(message: string): void }) => T {
  return (text, context) => {
    try {
      return parse(text);
    } catch (error) {
      context.addIssue((error as Error).message);
      return undefined as never;
    }
  };
}

/** An error message with a line for each problem. */
export function listProblems(title: string, problems: readonly string[]): string {
  return `${title}\n${problems.map((problem) => `  ${problem}`).join("\n")}`;
}

/** Names of topics and subscriptions. https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names */
export const PUBSUB_NAME = /^(?!goog)[A-Za-z][\w.~+%-]{2,254}$/;

/** Ids of Google Cloud projects, also those of a domain such as example.com:my-shop. */
export const PROJECT_ID = /^[a-z][a-z0-9.:-]{4,62}$/;

/** Ids of Firestore databases. https://firebase.google.com/docs/firestore/manage-databases#database_id */
export const DATABASE_ID = /^(\(default\)|[a-z][a-z0-9-]{2,61}[a-z0-9])$/;

/** An API key. It is sent in an HTTP header, which can carry ASCII characters only. */
export const API_KEY = /^[ -~]{16,}$/;

/** What the worker and the infrastructure both have to know, under one name each. */
export const SHARED = {
  topic: { default: "reviews", expects: "a topic's name, not its path, such as reviews" },
  subscription: {
    default: "review-sentiment",
    expects: "a subscription's name, not its path, such as review-sentiment",
  },
  deadLetterTopic: {
    default: "reviews-dead-letter",
    expects: "a topic's name, not its path, such as reviews-dead-letter",
  },
  database: { default: "(default)", expects: "a Firestore database id such as (default)" },
  reviewsPath: {
    default: "reviews/{review}",
    expects: "a template of document paths such as reviews/{review} or shops/{shop}/reviews/{review}",
  },
  textField: { default: "text", expects: "a field of the review's document such as text or content.body" },
  resultField: { default: "sentiment", expects: "the name of a top-level field such as sentiment" },
  maxBatchReviews: { default: 64, least: 1, most: 500, expects: "a whole number from 1 to 500" },
  apiKeys: {
    expects:
      "keys of at least 16 ASCII characters, separated by commas, or leave it out to turn direct classification off",
  },
} as const;

/** The document's field that the dashboard writes, and the worker never does. `firestore.rules` says who may write what into it. */
export const TRIAGE_FIELD = "triage";

/** The problem of a result field that holds something else, which the worker would overwrite. */
export function fieldConflict(
  textField: { name: string; value: string },
  resultField: { name: string; value: string },
): string | undefined {
  const use =
    resultField.value === TRIAGE_FIELD
      ? "which is where the dashboard keeps people's corrections"
      : textField.value.split(".")[0] === resultField.value
        ? `which is where ${textField.name} keeps the text`
        : undefined;
  return (
    use &&
    `${resultField.name} is "${resultField.value}", ${use}, and the worker would overwrite it; set it to another field`
  );
}
